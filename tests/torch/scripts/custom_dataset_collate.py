"""Dataset, samplers and a collate function that pads; an IterableDataset; a weighted sampler."""

import torch
from torch.nn.utils.rnn import pad_sequence
from torch.utils.data import ConcatDataset, DataLoader, Dataset, Subset, TensorDataset, WeightedRandomSampler


class VariableLength(Dataset):
    def __init__(self, n):
        self.items = [(torch.randint(1, 100, (int(torch.randint(2, 7, ())),)), i % 2) for i in range(n)]

    def __len__(self):
        return len(self.items)

    def __getitem__(self, i):
        return self.items[i]


def collate_fn(batch):
    sequences, labels = zip(*batch, strict=True)
    lengths = torch.tensor([len(s) for s in sequences])
    return pad_sequence(sequences, batch_first=True, padding_value=0), lengths, torch.tensor(labels)


torch.manual_seed(3)
dataset = VariableLength(10)
print(len(dataset), dataset[0])
loader = DataLoader(dataset, batch_size=4, shuffle=True, collate_fn=collate_fn)
for epoch in range(2):
    for padded, lengths, labels in loader:
        print(epoch, tuple(padded.shape), lengths.tolist(), labels.tolist(), padded[0].tolist())

loader = DataLoader(dataset, batch_size=4, shuffle=True, collate_fn=collate_fn, drop_last=True)
print(len(loader), [len(b[1]) for b in loader])

generator = torch.Generator().manual_seed(7)
tensors = TensorDataset(torch.arange(12).view(6, 2), torch.arange(6) * 10.0)
for x, y in DataLoader(tensors, batch_size=3, shuffle=True, generator=generator):
    print(x.tolist(), y)

weights = torch.tensor([0.05, 0.05, 0.05, 0.05, 0.4, 0.4])
sampler = WeightedRandomSampler(weights, num_samples=12, replacement=True)
print([int(y) for _, y in DataLoader(tensors, sampler=sampler, batch_size=None)])

joined = ConcatDataset([tensors, Subset(tensors, [0, 5])])
print(len(joined), joined[7])


class Dicts(Dataset):
    def __len__(self):
        return 3

    def __getitem__(self, i):
        return {"image": torch.full((2, 2), float(i)), "label": i, "name": f"item{i}", "pair": (i, i * 0.5)}


for batch in DataLoader(Dicts(), batch_size=2):
    print(batch)
