"""A character RNN: one-hot input, hidden state carried, text sampled with a temperature."""

import torch
from torch import nn

text = "hello world, hello torch. the words follow the words that follow the words. "
chars = sorted(set(text))
stoi = {ch: i for i, ch in enumerate(chars)}
itos = dict(enumerate(chars))
vocab_size = len(chars)
data = torch.tensor([stoi[c] for c in text], dtype=torch.long)
print(vocab_size, "".join(chars), data[:10])


class CharRNN(nn.Module):
    def __init__(self, vocab, hidden_size, num_layers=1):
        super().__init__()
        self.hidden_size = hidden_size
        self.num_layers = num_layers
        self.rnn = nn.RNN(vocab, hidden_size, num_layers, batch_first=True)
        self.fc = nn.Linear(hidden_size, vocab)

    def forward(self, x, hidden):
        out, hidden = self.rnn(x, hidden)
        out = self.fc(out)
        return out, hidden

    def init_hidden(self, batch_size):
        return torch.zeros(self.num_layers, batch_size, self.hidden_size)


def sample(model, start, length, temperature=1.0):
    model.eval()
    hidden = model.init_hidden(1)
    out = start
    with torch.no_grad():
        for ch in start[:-1]:
            x = nn.functional.one_hot(torch.tensor([[stoi[ch]]]), vocab_size).float()
            _, hidden = model(x, hidden)
        last = stoi[start[-1]]
        for _ in range(length):
            x = nn.functional.one_hot(torch.tensor([[last]]), vocab_size).float()
            logits, hidden = model(x, hidden)
            probs = torch.softmax(logits[0, -1] / temperature, dim=-1)
            last = torch.multinomial(probs, 1).item()
            out += itos[last]
    model.train()
    return out


torch.manual_seed(0)
model = CharRNN(vocab_size, 48)
print(model)
print(repr(sample(model, "h", 30)))

criterion = nn.CrossEntropyLoss()
optimizer = torch.optim.Adam(model.parameters(), lr=0.01)
inputs = nn.functional.one_hot(data[:-1], vocab_size).float().unsqueeze(0)
targets = data[1:]

for step in range(1, 81):
    hidden = model.init_hidden(1)
    output, hidden = model(inputs, hidden)
    loss = criterion(output.view(-1, vocab_size), targets)
    optimizer.zero_grad()
    loss.backward()
    nn.utils.clip_grad_norm_(model.parameters(), 1.0)
    optimizer.step()
    if step % 10 == 0:
        print(f"step {step:3d} loss {loss.item():.4f} hidden {hidden.norm().item():.4f}")

print(repr(sample(model, "hello", 40, temperature=0.3)))
