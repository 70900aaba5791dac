"""Skip-gram word vectors with negative sampling on a toy corpus."""

from collections import Counter

import torch
import torch.nn as nn
import torch.nn.functional as F

text = """the king rules the land the queen rules the land the king wears a crown the queen wears a crown
the dog chases the cat the cat chases the mouse a dog eats meat a cat eats fish a mouse eats cheese
the king and the queen sit on the throne the dog and the cat sleep on the floor"""
corpus = text.split()
counts = Counter(corpus)
vocab = [w for w, _ in counts.most_common()]
word_to_ix = {w: i for i, w in enumerate(vocab)}
print(len(corpus), len(vocab), vocab[:5])

window = 2
pairs = [
    (word_to_ix[corpus[i]], word_to_ix[corpus[j]])
    for i in range(len(corpus))
    for j in range(max(0, i - window), min(len(corpus), i + window + 1))
    if i != j
]
pairs = torch.tensor(pairs)
print(pairs.shape, pairs[:4].tolist())

freq = torch.tensor([counts[w] for w in vocab], dtype=torch.float) ** 0.75
noise = freq / freq.sum()


class SkipGram(nn.Module):
    def __init__(self, n, dim):
        super().__init__()
        self.center = nn.Embedding(n, dim)
        self.context = nn.Embedding(n, dim)
        nn.init.uniform_(self.center.weight, -0.5 / dim, 0.5 / dim)
        nn.init.zeros_(self.context.weight)

    def forward(self, c, o, neg):
        v = self.center(c)
        positive = F.logsigmoid((v * self.context(o)).sum(-1))
        negative = F.logsigmoid(-torch.bmm(self.context(neg), v.unsqueeze(-1)).squeeze(-1)).sum(-1)
        return -(positive + negative).mean()


torch.manual_seed(6)
model = SkipGram(len(vocab), 10)
optimizer = torch.optim.Adam(model.parameters(), lr=0.05)
for epoch in range(1, 13):
    order = torch.randperm(len(pairs))
    total, batches = 0.0, 0
    for idx in order.split(64):
        c, o = pairs[idx].unbind(1)
        neg = torch.multinomial(noise, len(idx) * 4, replacement=True).view(len(idx), 4)
        loss = model(c, o, neg)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        total += loss.item()
        batches += 1
    if epoch % 2 == 0:
        print(f"epoch {epoch:2d} loss {total / batches:.4f}")

vectors = F.normalize(model.center.weight.detach(), dim=1)
for word in ["king", "dog", "the"]:
    similarity = vectors @ vectors[word_to_ix[word]]
    best = similarity.argsort(descending=True)[1:4]
    print(word, [(vocab[i], f"{similarity[i]:.3f}") for i in best.tolist()])
