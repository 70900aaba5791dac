"""Dropout: elements, or whole channels, set to zero at random; the rest scaled so that the mean stays."""

from __future__ import annotations

# Arrays are Any here: formulas are lambdas over arrays and tensors alike.
# pyright: reportUnknownLambdaType=false, reportUnknownArgumentType=false
# pyright: reportUnknownVariableType=false, reportUnknownMemberType=false
import math
from typing import Any

import numpy as np

from pellucid.torch.ops.inplace import overwrite
from pellucid.torch.random.sampling import bernoulli_mask, dropout_mask
from pellucid.torch.tensor import Tensor, memory, wrap


def check_probability(p: float) -> None:
    """ValueError for what is no probability."""
    if not 0.0 <= p <= 1.0:
        raise ValueError(f"dropout probability has to be between 0 and 1, but got {p}")


def check_scalable(input: Tensor) -> None:
    """RuntimeError for whole numbers, which cannot be scaled."""
    if not input.dtype.is_floating_point:
        raise RuntimeError(f"result type Float can't be cast to the desired output type {input.dtype.legacy}")


def nothing_left(input: Tensor, inplace: bool) -> Tensor:
    """The input times 0. Nothing is drawn for that."""
    out = input * 0.0
    return overwrite(input, out) if inplace else out


def drop(input: Tensor, shape: tuple[int, ...], p: float, training: bool, inplace: bool) -> Tensor:
    """The input times a mask of `shape`, which is broadcast."""
    check_probability(p)
    if not training or not p or not input.array.size:
        return input
    if p == 1:
        return nothing_left(input, inplace)
    check_scalable(input)
    strides = memory(input).strides
    axes = sorted(range(len(shape)), key=lambda k: -strides[k])  # drawn in the order of the memory
    drawn = dropout_mask(tuple(shape[k] for k in axes), p, input.dtype)
    mask: Any = drawn.transpose(np.argsort(axes)) if axes else drawn
    out = input * wrap(mask, input.dtype)
    return overwrite(input, out) if inplace else out


def dropout(input: Tensor, p: float = 0.5, training: bool = True, inplace: bool = False) -> Tensor:
    """Each element zero with probability p, else divided by 1 − p (Srivastava et al. 2014)."""
    return drop(input, input.array.shape, p, training, inplace)


def feature_dropout(input: Tensor, p: float = 0.5, training: bool = True, inplace: bool = False) -> Tensor:
    """Each channel (n, c) zero as a whole with probability p."""
    shape = input.array.shape
    return drop(input, (*shape[:2], *[1] * (len(shape) - 2)), p, training, inplace)


dropout1d = dropout2d = dropout3d = feature_dropout


def drop_to_limit(input: Tensor, shape: tuple[int, ...], p: float, training: bool, inplace: bool) -> Tensor:
    """What a mask of `shape` drops becomes SELU's lower limit; scaled so that mean 0 and variance 1 persist."""
    check_probability(p)
    if not training or not p or not input.array.size:
        return input
    if p == 1:
        return nothing_left(input, inplace)
    check_scalable(input)
    alpha = 1.7580993408473766
    a = 1.0 / math.sqrt((alpha * alpha * p + 1) * (1 - p))
    kept = bernoulli_mask(shape, 1 - p).astype(input.array.dtype)
    shift = (kept - 1) * (alpha * a) + alpha * a * p
    out = input * wrap(kept * a, input.dtype) + wrap(shift, input.dtype)
    return overwrite(input, out) if inplace else out


def alpha_dropout(input: Tensor, p: float = 0.5, training: bool = False, inplace: bool = False) -> Tensor:
    """Dropout for SELU: each element at its lower limit with probability p (Klambauer et al. 2017)."""
    return drop_to_limit(input, input.array.shape, p, training, inplace)


def feature_alpha_dropout(
    input: Tensor, p: float = 0.5, training: bool = False, inplace: bool = False
) -> Tensor:
    """alpha_dropout of whole channels (n, c)."""
    shape = input.array.shape
    return drop_to_limit(input, (*shape[:2], *[1] * (len(shape) - 2)), p, training, inplace)
