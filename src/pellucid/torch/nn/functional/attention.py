"""Attention."""

from __future__ import annotations

# Arrays are Any here: formulas are lambdas over arrays and tensors alike.
# pyright: reportUnknownLambdaType=false, reportUnknownArgumentType=false
# pyright: reportUnknownVariableType=false, reportUnknownMemberType=false
import math
from typing import Any

import numpy as np

from pellucid.torch.dtypes import bool_
from pellucid.torch.nn.functional.dropout import dropout
from pellucid.torch.ops import choice
from pellucid.torch.ops.exponentials import softmax
from pellucid.torch.ops.products import linear
from pellucid.torch.tensor import Tensor, wrap


def added_mask(mask: Tensor | None, like: Tensor) -> Any:
    """A mask as numbers to be added to the scores: what is not to be seen gets −∞."""
    if mask is None or mask.dtype is not bool_:
        return mask
    return wrap(np.where(mask.array, -np.inf, 0).astype(like.array.dtype), like.dtype)


def scaled_dot_product_attention(
    query: Tensor,
    key: Tensor,
    value: Tensor,
    attn_mask: Tensor | None = None,
    dropout_p: float = 0.0,
    is_causal: bool = False,
    scale: float | None = None,
    enable_gqa: bool = False,
) -> Tensor:
    """softmax(QKᵀ·scale + mask)·V: query (…, L, d), key (…, S, d), value (…, S, e) → (…, L, e) (Vaswani et al. 2017).

    attn_mask: True where a query may look (or numbers to add); is_causal: query i sees keys 0 … i; scale: 1/√d unless given;
    enable_gqa: fewer heads of keys and values than of queries, each for several queries.
    """
    if is_causal and attn_mask is not None:
        raise RuntimeError(
            "_scaled_dot_product_attention: Explicit attn_mask should not be set when is_causal=True"
        )
    if enable_gqa:
        groups = query.array.shape[-3] // key.array.shape[-3]
        key, value = key.repeat_interleave(groups, -3), value.repeat_interleave(groups, -3)
    if scale is None:
        scale = 1 / math.sqrt(query.array.shape[-1])
    root = math.sqrt(abs(scale))  # on both factors, so that the product cannot overflow
    scores = (query * math.copysign(root, scale)) @ (key * root).transpose(-2, -1)
    if is_causal:
        seen: Any = np.tril(np.ones(scores.array.shape[-2:], np.bool_))
        attn_mask = wrap(seen, bool_)
    if attn_mask is None:
        weights = softmax(scores, -1)
    elif attn_mask.dtype is bool_:
        weights = masked_softmax(scores, attn_mask)
    else:
        weights = softmax(scores + attn_mask, -1)
    return dropout(weights, dropout_p) @ value if dropout_p else weights @ value


def masked_softmax(scores: Tensor, seen: Tensor) -> Tensor:
    """softmax over what is seen; a query that sees nothing gets zeros."""
    weights = softmax(scores + added_mask(~seen, scores), -1)
    blind: Any = ~np.broadcast_to(seen.array, scores.array.shape).any(axis=-1, keepdims=True)
    return choice.where(wrap(blind, bool_), 0.0, weights) if blind.any() else weights


def merged_mask(
    attn_mask: Tensor | None,
    key_padding_mask: Tensor | None,
    like: Tensor,
    heads: int,
    shape: tuple[int, int, int],
) -> Any:
    """Both masks as one to be added to scores (batch, heads, L, S); None where there is none."""
    batch, targets, sources = shape
    mask = added_mask(attn_mask, like)
    if mask is not None:
        if mask.array.ndim == 3:
            mask = mask.reshape(batch, heads, targets, sources)
        elif mask.array.shape != (targets, sources):
            raise RuntimeError(
                f"The shape of the 2D attn_mask is {mask.shape}, but should be {(targets, sources)}."
            )
    if key_padding_mask is None:
        return mask
    padding = added_mask(key_padding_mask, like).reshape(batch, 1, 1, sources)
    return padding if mask is None else mask + padding


def attend(
    projected: tuple[Tensor, Tensor, Tensor],
    heads: int,
    mask: Any,
    dropout_p: float,
    need_weights: bool,
) -> tuple[Tensor, Tensor | None]:
    """Many heads: query, key and value (batch, length, E), split into heads → (L, batch, E) and weights (batch, heads, L, S)."""
    q, k, v = (
        t.reshape(*t.array.shape[:2], heads, t.array.shape[2] // heads).transpose(1, 2) for t in projected
    )  # (batch, heads, length, d)
    scores = (q * (1 / math.sqrt(q.array.shape[-1]))) @ k.transpose(-2, -1)
    weights = softmax(scores if mask is None else scores + mask, -1)
    weights = dropout(weights, dropout_p) if dropout_p else weights
    out = (weights @ v).permute(2, 0, 1, 3)  # (L, batch, heads, d)
    return out.reshape(*out.array.shape[:2], -1), weights if need_weights else None


def project(
    query: Tensor, key: Tensor, value: Tensor, weight: Tensor, bias: Any
) -> tuple[Tensor, Tensor, Tensor]:
    """The three inputs by the three parts of one weight (3E, E); one product where the inputs are one."""
    if query is key and key is value:
        q, k, v = linear(query, weight, bias).chunk(3, -1)
        return q, k, v
    biases = (None, None, None) if bias is None else bias.chunk(3)
    inputs = zip((query, key, value), weight.chunk(3), biases, strict=True)
    q, k, v = (linear(x, w, b) for x, w, b in inputs)
    return q, k, v
