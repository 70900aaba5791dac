"""Attention looked at: scaled dot products by hand, nn.MultiheadAttention, masks, maps as text."""

import math

import torch
import torch.nn.functional as F
from torch import nn


def attention(query, key, value, mask=None, dropout=None):
    d_k = query.size(-1)
    scores = torch.matmul(query, key.transpose(-2, -1)) / math.sqrt(d_k)
    if mask is not None:
        scores = scores.masked_fill(mask == 0, -1e9)
    p_attn = scores.softmax(dim=-1)
    if dropout is not None:
        p_attn = dropout(p_attn)
    return torch.matmul(p_attn, value), p_attn


def subsequent_mask(size):
    return torch.triu(torch.ones(1, size, size), diagonal=1).type(torch.uint8) == 0


def show(weights):
    for row in weights:
        print("  " + " ".join(f"{w:.2f}" for w in row.tolist()))


torch.manual_seed(4)
tokens = ["the", "cat", "sat", "on", "the", "mat"]
vocab = {w: i for i, w in enumerate(dict.fromkeys(tokens))}
x = nn.Embedding(len(vocab), 16)(torch.tensor([[vocab[w] for w in tokens]]))
print(x.shape, torch.equal(x[0, 0], x[0, 4]))

out, weights = attention(x, x, x)
print("self-attention")
show(weights[0])
out, causal = attention(x, x, x, mask=subsequent_mask(6))
print("causal")
show(causal[0])
builtin = F.scaled_dot_product_attention(x, x, x, is_causal=True)
print("built in agrees:", torch.allclose(out, builtin, atol=1e-6))

mha = nn.MultiheadAttention(16, 4, batch_first=True)
out, w = mha(x, x, x)
print(out.shape, w.shape, w.sum(-1))
out, w = mha(x, x, x, average_attn_weights=False, attn_mask=torch.triu(torch.full((6, 6), float("-inf")), 1))
for head in range(4):
    peak = w[0, head].max(dim=-1)
    print(f"head {head}", peak.indices.tolist(), [f"{v:.2f}" for v in peak.values.tolist()])
padding = torch.tensor([[False] * 4 + [True] * 2])
out, w = mha(x, x, x, key_padding_mask=padding)
print("padded columns:", w[0, :, 4:].abs().sum().item())

entropy = -(weights * weights.log()).sum(-1)
print("entropy", entropy, "max", math.log(6))
for scale in (0.1, 1.0, 10.0):
    print(scale, F.softmax(scale * x[0] @ x[0].T / 4, dim=-1)[0])
q = torch.randn(2, 3, 4)
print(torch.einsum("bqd,bkd->bqk", q, q)[0], (q @ q.mT)[0, 0, 0])
