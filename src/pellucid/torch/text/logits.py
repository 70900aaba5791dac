"""What is done to logits before a token is drawn: logits in, logits of the same shape out, -inf for what must not be drawn.

The last dimension is the vocabulary; any dimensions may stand before it.
"""

from __future__ import annotations

# pyright: reportUnknownArgumentType=false, reportUnknownVariableType=false, reportUnknownMemberType=false
import math
from collections.abc import Sequence

import numpy as np

from pellucid.torch.creation import as_tensor
from pellucid.torch.ops.cumulative import cumsum
from pellucid.torch.ops.exponentials import softmax
from pellucid.torch.ops.order import sort, topk
from pellucid.torch.ops.scatter import scatter
from pellucid.torch.ops.selection import masked_fill
from pellucid.torch.tensor import Tensor

NEVER = -math.inf


def temperature(logits: Tensor, t: float) -> Tensor:
    """logits / t: below 1 the likely become likelier; towards 0 only the likeliest is left; at ∞ all are alike.

    ValueError unless t > 0. Ackley, Hinton and Sejnowski 1985.
    """
    if not t > 0:
        raise ValueError(f"temperature must be greater than 0, got {t}; its limit 0 is greedy decoding")
    return logits / t


def top_k(logits: Tensor, k: int) -> Tensor:
    """Only the k largest logits, and what equals the k-th; all of them if there are no more than k.

    ValueError unless k ≥ 1. Fan, Lewis and Dauphin 2018.
    """
    if k < 1:
        raise ValueError(f"top_k must be at least 1, got {k}")
    least = topk(logits, min(k, logits.shape[-1]))[0][..., -1:]  # (…, 1)
    return masked_fill(logits, logits < least, NEVER)


def top_p(logits: Tensor, p: float) -> Tensor:
    """Only the nucleus: the smallest set of most probable tokens whose probabilities add up to p or more, at least one.

    ValueError unless 0 < p ≤ 1. Holtzman et al. 2020.
    """
    if not 0 < p <= 1:
        raise ValueError(f"top_p must be in (0, 1], got {p}")
    ascending, order = sort(logits, -1)
    tail = cumsum(softmax(ascending, -1), -1) <= 1 - p  # what can be left out together
    tail[..., -1] = False
    return masked_fill(logits, scatter(tail, -1, order, tail), NEVER)


def forbid(logits: Tensor, tokens: Sequence[int]) -> Tensor:
    """-inf for some tokens: the end of the sequence before its least length, say. ValueError for a token that there is not."""
    mask = np.zeros(logits.shape[-1], bool)
    if outside := [token for token in tokens if not 0 <= token < mask.size]:
        raise ValueError(f"the tokens {outside} are not among the {mask.size} of the vocabulary")
    mask[list(tokens)] = True
    return masked_fill(logits, as_tensor(mask), NEVER)


def warp(logits: Tensor, t: float = 1.0, k: int | None = None, p: float | None = None) -> Tensor:
    """temperature, top_k and top_p in this order, each where it is given."""
    scaled = temperature(logits, t) if t != 1 else logits
    best = top_k(scaled, k) if k is not None else scaled
    return top_p(best, p) if p is not None else best
