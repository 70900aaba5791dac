"""Classify made-up names by their language with a GRU over padded, packed sequences."""

import torch
from torch import nn
from torch.nn.utils.rnn import pack_padded_sequence, pad_packed_sequence, pad_sequence

names = {
    "italian": [
        "rossi",
        "bianchi",
        "ferrari",
        "russo",
        "romano",
        "gallo",
        "conti",
        "bruno",
        "greco",
        "lombardi",
    ],
    "russian": [
        "ivanov",
        "petrov",
        "sidorov",
        "smirnov",
        "kuznetsov",
        "popov",
        "sokolov",
        "lebedev",
        "kozlov",
        "orlov",
    ],
    "irish": [
        "obrien",
        "okelly",
        "oneill",
        "oreilly",
        "odoherty",
        "osullivan",
        "oconnor",
        "obyrne",
        "odonnell",
        "ogrady",
    ],
}
categories = list(names)
letters = "abcdefghijklmnopqrstuvwxyz"


def to_tensor(name):
    return torch.tensor([letters.index(ch) + 1 for ch in name])


pairs = [(to_tensor(n), categories.index(c)) for c in categories for n in names[c]]
sequences, labels = zip(*pairs, strict=True)
lengths = torch.tensor([len(s) for s in sequences])
padded = pad_sequence(sequences, batch_first=True)
labels = torch.tensor(labels)
print(padded.shape, padded[0], lengths[:10].tolist())


class NameClassifier(nn.Module):
    def __init__(self, hidden=24):
        super().__init__()
        self.embed = nn.Embedding(27, 8, padding_idx=0)
        self.gru = nn.GRU(8, hidden, batch_first=True, bidirectional=True)
        self.out = nn.Linear(2 * hidden, len(categories))

    def forward(self, x, lengths):
        packed = pack_padded_sequence(self.embed(x), lengths, batch_first=True, enforce_sorted=False)
        _, h = self.gru(packed)
        return self.out(torch.cat([h[0], h[1]], dim=1)).log_softmax(dim=1)


torch.manual_seed(11)
model = NameClassifier()
criterion = nn.NLLLoss()
optimizer = torch.optim.SGD(model.parameters(), lr=0.3, momentum=0.5)
for epoch in range(1, 41):
    output = model(padded, lengths)
    loss = criterion(output, labels)
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
    if epoch % 5 == 0:
        guess = output.argmax(1)
        print(f"{epoch:3d} {loss.item():.4f} {(guess == labels).float().mean().item():.3f}")

print("padding row:", model.embed.weight[0].abs().sum().item())
packed = pack_padded_sequence(model.embed(padded[:3]), lengths[:3], batch_first=True, enforce_sorted=False)
print(packed.data.shape, packed.batch_sizes)
states, sizes = pad_packed_sequence(model.gru(packed)[0], batch_first=True)
print(states.shape, sizes)
for name in ["romanov", "ricci", "okeefe"]:
    with torch.no_grad():
        logp = model(to_tensor(name)[None], torch.tensor([len(name)]))
        top = logp.topk(2)
    print(name, [(categories[i], f"{v:.3f}") for v, i in zip(top.values[0], top.indices[0], strict=True)])
