"""Losses of margins: what is right has to be right by a distance."""

from __future__ import annotations

# Arrays are Any here: formulas are lambdas over arrays and tensors alike.
# pyright: reportUnknownLambdaType=false, reportUnknownArgumentType=false
# pyright: reportUnknownVariableType=false, reportUnknownMemberType=false
from collections.abc import Callable
from typing import Any

import numpy as np

from pellucid.torch.nn.functional.activations import logsigmoid
from pellucid.torch.nn.functional.distances import pairwise_distance
from pellucid.torch.nn.functional.kinds import check_floating
from pellucid.torch.nn.functional.losses import reduced
from pellucid.torch.ops import choice, elementwise
from pellucid.torch.ops.elementwise import clamp_min, exp
from pellucid.torch.tensor import Tensor, wrap


def hinge_embedding_loss(
    input: Tensor, target: Tensor, margin: float = 1.0, *, reduction: str = "mean"
) -> Tensor:
    """x where y = 1, max(0, margin − x) where y = −1."""
    apart = choice.where(target.ne(1), clamp_min(margin - input, 0), 0.0)
    return reduced(apart + choice.where(target.ne(-1), input, 0.0), reduction)


def margin_ranking_loss(
    input1: Tensor,
    input2: Tensor,
    target: Tensor,
    margin: float = 0,
    *,
    reduction: str = "mean",
) -> Tensor:
    """max(0, −y·(x₁ − x₂) + margin)."""
    if not input1.array.ndim == input2.array.ndim == target.array.ndim:
        raise RuntimeError(
            f"margin_ranking_loss : All input tensors should have same dimension but got sizes: input1: {input1.size()}, "
            f"input2: {input2.size()}, target: {target.size()} "
        )
    return reduced(clamp_min(-target * (input1 - input2) + margin, 0), reduction)


def soft_margin_loss(input: Tensor, target: Tensor, *, reduction: str = "mean") -> Tensor:
    """log(1 + e^(−y·x))."""
    if not input.dtype.is_floating_point:
        raise RuntimeError(f"result type Float can't be cast to the desired output type {input.dtype.legacy}")
    return reduced(elementwise.log1p(exp(-target * input)).to(input.dtype), reduction)


def multilabel_soft_margin_loss(
    input: Tensor, target: Tensor, weight: Tensor | None = None, *, reduction: str = "mean"
) -> Tensor:
    """The mean over the classes of the binary cross-entropy of each."""
    losses = -(target * logsigmoid(input) + (1 - target) * logsigmoid(-input))
    losses = losses if weight is None else losses * weight
    return reduced(losses.sum(-1) / input.array.shape[-1], reduction)


def multi_margin_loss(
    input: Tensor,
    target: Tensor,
    p: int = 1,
    margin: float = 1.0,
    weight: Tensor | None = None,
    *,
    reduction: str = "mean",
) -> Tensor:
    """Σ over the wrong classes of max(0, margin − x[y] + x[k])ᵖ, divided by the number of classes."""
    if p not in (1, 2):
        raise RuntimeError("only p == 1 and p == 2 supported")
    check_floating(input, "multi_margin_loss_cpu_kernel")
    x = input if input.array.ndim == 2 else input.reshape(1, -1)
    t = target.reshape(-1, 1)
    terms = clamp_min(margin - x.gather(1, t) + x, 0) ** p
    if weight is not None:
        terms = terms * weight[t.reshape(-1)].reshape(-1, 1)
    losses = terms.scatter(1, t, 0.0).sum(1) / x.array.shape[1]
    return reduced(losses if input.array.ndim == 2 else losses.reshape(()), reduction)


def cosine_embedding_loss(
    input1: Tensor,
    input2: Tensor,
    target: Tensor,
    margin: float = 0,
    *,
    reduction: str = "mean",
) -> Tensor:
    """1 − cos where y = 1, max(0, cos − margin) where y = −1."""
    eps = 1e-12
    product = (input1 * input2).sum(-1)
    lengths = ((input1 * input1).sum(-1) + eps) * ((input2 * input2).sum(-1) + eps)
    cos = product / elementwise.sqrt(lengths)
    alike = choice.where(target.eq(1), 1 - cos, 0.0)
    return reduced(alike + choice.where(target.eq(-1), clamp_min(cos - margin, 0), 0.0), reduction)


def triplet_margin_loss(
    anchor: Tensor,
    positive: Tensor,
    negative: Tensor,
    margin: float = 1.0,
    p: float = 2,
    eps: float = 1e-6,
    swap: bool = False,
    *,
    reduction: str = "mean",
) -> Tensor:
    """max(0, d(a, p) − d(a, n) + margin); swap: the lesser of d(a, n) and d(p, n) (Balntas et al. 2016)."""
    near_by = pairwise_distance(anchor, positive, p, eps)
    far = pairwise_distance(anchor, negative, p, eps)
    if swap:
        far = elementwise.minimum(far, pairwise_distance(positive, negative, p, eps))
    return reduced(clamp_min(near_by - far + margin, 0), reduction)


def triplet_margin_with_distance_loss(
    anchor: Tensor,
    positive: Tensor,
    negative: Tensor,
    *,
    distance_function: Callable[[Tensor, Tensor], Tensor] | None = None,
    margin: float = 1.0,
    swap: bool = False,
    reduction: str = "mean",
) -> Tensor:
    """max(0, d(a, p) − d(a, n) + margin) for any distance d; swap: the nearer of d(a, n) and d(p, n)."""
    if margin <= 0:
        raise ValueError(f"margin must be greater than 0, got {margin}")
    distance = distance_function or pairwise_distance
    near_by, far = distance(anchor, positive), distance(anchor, negative)
    if swap:
        far = elementwise.minimum(far, distance(positive, negative))
    return reduced(clamp_min(near_by - far + margin, 0), reduction)


def multilabel_margin_loss(input: Tensor, target: Tensor, *, reduction: str = "mean") -> Tensor:
    """Σ max(0, 1 − (x[j] − x[i]))/C over target classes j and others i; target (N, C): classes, then −1."""
    x = input if input.array.ndim == 2 else input.reshape(1, -1)
    classes = np.asarray(target.array).reshape(x.array.shape)
    if classes.size and not -1 <= classes.min() <= classes.max() < classes.shape[1]:
        raise RuntimeError("argument #2 'target' is out of range")
    listed: Any = np.cumprod(classes >= 0, axis=1, dtype=bool)  # −1 ends the list
    wanted: Any = np.zeros(classes.shape, bool)
    wanted[np.nonzero(listed)[0], classes[listed]] = True
    pairs = (listed[:, :, None] & ~wanted[:, None, :]).astype(x.array.dtype)  # (N, j, i)
    scores = x.gather(1, wrap(np.maximum(classes, 0), target.dtype))  # of the classes in the list
    gaps = clamp_min(1 - scores.unsqueeze(2) + x.unsqueeze(1), 0) * wrap(pairs, x.dtype)
    losses = gaps.sum((1, 2)) / x.array.shape[1]
    return reduced(losses if input.array.ndim == 2 else losses.reshape(()), reduction)
