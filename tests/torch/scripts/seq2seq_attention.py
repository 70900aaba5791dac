"""Sequence to sequence with Bahdanau attention: learn to sort digits; attention drawn as text."""

import random

import torch
import torch.nn as nn
import torch.nn.functional as F

SOS, EOS, OFFSET = 0, 1, 2
VOCAB, LENGTH, HIDDEN = 8, 4, 32


class Encoder(nn.Module):
    def __init__(self):
        super().__init__()
        self.embedding = nn.Embedding(VOCAB, HIDDEN)
        self.gru = nn.GRU(HIDDEN, HIDDEN, batch_first=True)

    def forward(self, x):
        return self.gru(self.embedding(x))


class BahdanauAttention(nn.Module):
    def __init__(self, hidden_size):
        super().__init__()
        self.Wa = nn.Linear(hidden_size, hidden_size)
        self.Ua = nn.Linear(hidden_size, hidden_size)
        self.Va = nn.Linear(hidden_size, 1)

    def forward(self, query, keys):
        scores = self.Va(torch.tanh(self.Wa(query) + self.Ua(keys)))
        scores = scores.squeeze(2).unsqueeze(1)
        weights = F.softmax(scores, dim=-1)
        return torch.bmm(weights, keys), weights


class AttnDecoder(nn.Module):
    def __init__(self):
        super().__init__()
        self.embedding = nn.Embedding(VOCAB, HIDDEN)
        self.attention = BahdanauAttention(HIDDEN)
        self.gru = nn.GRU(2 * HIDDEN, HIDDEN, batch_first=True)
        self.out = nn.Linear(HIDDEN, VOCAB)

    def forward_step(self, token, hidden, encoder_outputs):
        embedded = self.embedding(token)
        context, weights = self.attention(hidden.permute(1, 0, 2), encoder_outputs)
        output, hidden = self.gru(torch.cat((embedded, context), dim=2), hidden)
        return self.out(output), hidden, weights

    def forward(self, encoder_outputs, hidden, target=None):
        token = torch.empty(encoder_outputs.size(0), 1, dtype=torch.long).fill_(SOS)
        outputs, attentions = [], []
        for i in range(LENGTH + 1):
            output, hidden, weights = self.forward_step(token, hidden, encoder_outputs)
            outputs.append(output)
            attentions.append(weights)
            token = target[:, i : i + 1] if target is not None else output.argmax(-1).detach()
        return torch.cat(outputs, dim=1), torch.cat(attentions, dim=1)


def batch(n):
    rows = [[random.randrange(OFFSET, VOCAB) for _ in range(LENGTH)] for _ in range(n)]
    x = torch.tensor(rows)
    y = torch.cat([x.sort(dim=1).values, torch.full((n, 1), EOS)], dim=1)
    return x, y


random.seed(3)
torch.manual_seed(3)
encoder, decoder = Encoder(), AttnDecoder()
encoder_optimizer = torch.optim.Adam(encoder.parameters(), lr=0.01)
decoder_optimizer = torch.optim.Adam(decoder.parameters(), lr=0.01)
for step in range(1, 41):
    x, y = batch(32)
    outputs, hidden = encoder(x)
    logits, _ = decoder(outputs, hidden, y if random.random() < 0.8 else None)
    loss = F.cross_entropy(logits.reshape(-1, VOCAB), y.reshape(-1))
    encoder_optimizer.zero_grad()
    decoder_optimizer.zero_grad()
    loss.backward()
    encoder_optimizer.step()
    decoder_optimizer.step()
    if step % 5 == 0:
        print(
            f"step {step:3d} loss {loss.item():.4f} token accuracy {(logits.argmax(-1) == y).float().mean():.3f}"
        )

with torch.no_grad():
    x, y = batch(1)
    outputs, hidden = encoder(x)
    logits, attention = decoder(outputs, hidden)
print("input ", x[0].tolist())
print("target", y[0].tolist())
print("output", logits.argmax(-1)[0].tolist())
for row in attention[0]:
    print(" ".join("." if w < 0.25 else "o" if w < 0.5 else "#" for w in row), f"{row.sum():.4f}")
