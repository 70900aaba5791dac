"""A bigram table learned by gradient, then greedy, sampled, nucleus and beam-search decoding."""

from itertools import pairwise

import torch
import torch.nn.functional as F

words = [
    "emma",
    "olivia",
    "ava",
    "isabella",
    "sophia",
    "mia",
    "amelia",
    "ella",
    "luna",
    "mila",
    "aria",
    "nora",
    "lily",
]
chars = sorted(set("".join(words)))
stoi = {s: i + 1 for i, s in enumerate(chars)}
stoi["."] = 0
itos = {i: s for s, i in stoi.items()}
V = len(stoi)

N = torch.zeros((V, V), dtype=torch.int32)
xs, ys = [], []
for w in words:
    chs = ["."] + list(w) + ["."]  # noqa: RUF005
    for ch1, ch2 in pairwise(chs):
        N[stoi[ch1], stoi[ch2]] += 1
        xs.append(stoi[ch1])
        ys.append(stoi[ch2])
xs, ys = torch.tensor(xs), torch.tensor(ys)
print(N.sum(), N[0])

P = (N + 1).float()
P /= P.sum(1, keepdim=True)
print("smoothed nll", -P[xs, ys].log().mean())

g = torch.Generator().manual_seed(2147483647)
W = torch.randn((V, V), generator=g, requires_grad=True)
for k in range(60):
    xenc = F.one_hot(xs, num_classes=V).float()
    logits = xenc @ W
    counts = logits.exp()
    probs = counts / counts.sum(1, keepdims=True)
    loss = -probs[torch.arange(len(ys)), ys].log().mean() + 0.01 * (W**2).mean()
    if k % 10 == 0:
        print(k, f"{loss.item():.4f}")
    W.grad = None
    loss.backward()
    W.data += -20 * W.grad
print("learned", f"{loss.item():.4f}")

log_p = torch.log_softmax(W.detach(), dim=1)
for i in range(3):
    out, ix = [], 0
    while len(out) < 12:
        ix = torch.multinomial(log_p[ix].exp(), num_samples=1, replacement=True, generator=g).item()
        if ix == 0:
            break
        out.append(itos[ix])
    print("sampled", i, "".join(out))


def nucleus(logp, p):
    values, order = logp.exp().sort(descending=True)
    keep = values.cumsum(0) - values < p
    return order[keep], values[keep] / values[keep].sum()


for p in (0.3, 0.6, 0.9):
    index, q = nucleus(log_p[stoi["a"]], p)
    print("nucleus", p, [itos[i] for i in index.tolist()], q)

beams = [([0], 0.0, False)]
for _ in range(6):
    candidates = []
    for tokens, score, done in beams:
        if done:
            candidates.append((tokens, score, done))
            continue
        for token, value in enumerate(log_p[tokens[-1]].tolist()):
            candidates.append(([*tokens, token], score + value, token == 0))
    beams = sorted(candidates, key=lambda c: c[1] / len(c[0]), reverse=True)[:3]
for tokens, score, _ in beams:
    print("beam", "".join(itos[t] for t in tokens), f"{score:.4f}")
