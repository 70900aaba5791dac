"""Sorting, the greatest few, distinct values."""

from __future__ import annotations

# Arrays are Any here: formulas are lambdas over arrays and tensors alike.
# pyright: reportUnknownLambdaType=false, reportUnknownArgumentType=false
# pyright: reportUnknownVariableType=false, reportUnknownMemberType=false
import math
from typing import Any

import numpy as np

from pellucid.torch import dtypes
from pellucid.torch.ops.apply import unrecorded
from pellucid.torch.ops.elementwise import maximum, minimum
from pellucid.torch.ops.extremes import MaxBackward1, MinBackward1, extreme, values_at
from pellucid.torch.ops.reduce import named
from pellucid.torch.size import dimension
from pellucid.torch.tensor import Tensor, wrap

max = extreme("max", np.argmax, MaxBackward1, maximum)
min = extreme("min", np.argmin, MinBackward1, minimum)

Sorted = named("sort", "values", "indices")
Topk = named("topk", "values", "indices")
Kth = named("kthvalue", "values", "indices")


def ranking(x: Any, dim: int, descending: bool) -> Any:
    """The stable order along `dim`; NaN counts as greatest."""
    if not x.ndim:
        return np.zeros((), np.int64)
    if not descending:
        return np.argsort(x, axis=dim, kind="stable")
    backward = np.flip(np.argsort(np.flip(x, dim), axis=dim, kind="stable"), dim)
    return x.shape[dim] - 1 - backward


def sort(input: Tensor, dim: int = -1, descending: bool = False, stable: bool = False) -> Any:
    """The elements in order along `dim`, and where they were. Equal ones keep their order, stable or not."""
    place = dimension(dim, input.array.ndim)
    return Sorted(*values_at("SortBackward0", input, ranking(input.array, place, descending), place))


def argsort(input: Tensor, dim: int = -1, descending: bool = False, stable: bool = False) -> Tensor:
    """Where the elements in order are found; equal ones keep their order, stable or not."""
    places = ranking(input.array, dimension(dim, input.array.ndim), descending)
    return wrap(places.astype(np.int64), dtypes.int64)


def msort(input: Tensor) -> Tensor:
    """The elements in order along the first dimension."""
    return sort(input, 0)[0]


def topk(input: Tensor, k: int, dim: int = -1, largest: bool = True, sorted: bool = True) -> Any:
    """The k greatest (or least) elements along `dim`, and where they are; in order, whether or not `sorted` asks for it."""
    place = dimension(dim, input.array.ndim)
    if not 0 <= k <= (input.array.shape[place] if input.array.ndim else 1):
        raise RuntimeError("selected index k out of range")
    order = ranking(input.array, place, largest)
    if input.array.ndim:
        order = order[(slice(None),) * place + (slice(0, k),)]
    return Topk(*values_at("TopkBackward0", input, order, place))


def kthvalue(input: Tensor, k: int, dim: int = -1, keepdim: bool = False) -> Any:
    """The k-th least element along `dim`, counted from 1, and where it is."""
    place = dimension(dim, input.array.ndim)
    if not 1 <= k <= (input.array.shape[place] if input.array.ndim else 1):
        raise RuntimeError("kthvalue(): selected number k out of range for dimension " + str(place))
    order = ranking(input.array, place, False)
    if input.array.ndim:
        order = order[(slice(None),) * place + (slice(k - 1, k),)]
    return Kth(*values_at("KthvalueBackward0", input, order, place, keepdim))


def unique(
    input: Tensor,
    sorted: bool = True,
    return_inverse: bool = False,
    return_counts: bool = False,
    dim: int | None = None,
) -> Any:
    """The distinct values, in order whether or not `sorted` asks for it.

    With them, where each element's value is, and how often each occurs.
    """
    found: Any = np.unique(
        input.array, return_index=True, return_inverse=True, return_counts=True, axis=dim, equal_nan=False
    )
    values, _, inverse, counts = found
    shape = input.array.shape if dim is None else (-1,)
    return pick(wrap(values, input.dtype), inverse.reshape(shape), counts, return_inverse, return_counts)


def unique_consecutive(
    input: Tensor, return_inverse: bool = False, return_counts: bool = False, dim: int | None = None
) -> Any:
    """The values (the slices along dim) without immediate repetitions."""
    x: Any = input.array.reshape(-1) if dim is None else input.array
    place = 0 if dim is None else dimension(dim, x.ndim)
    rows: Any = np.moveaxis(x, place, 0).reshape(x.shape[place], -1)
    new: Any = np.concatenate([np.ones(int(rows.shape[0] > 0), bool), (rows[1:] != rows[:-1]).any(1)])
    inverse: Any = np.cumsum(new) - 1
    counts: Any = np.bincount(inverse) if inverse.size else inverse
    shape = input.array.shape if dim is None else (-1,)
    return pick(
        wrap(np.compress(new, x, place), input.dtype),
        inverse.reshape(shape),
        counts,
        return_inverse,
        return_counts,
    )


def pick(values: Tensor, inverse: Any, counts: Any, return_inverse: bool, return_counts: bool) -> Any:
    """The values alone, or with what else was asked for."""
    out: list[Tensor] = [values]
    if return_inverse:
        out.append(wrap(inverse.astype(np.int64), dtypes.int64))
    if return_counts:
        out.append(wrap(counts.astype(np.int64), dtypes.int64))
    return out[0] if len(out) == 1 else tuple(out)


def searchsorted(
    sorted_sequence: Tensor,
    input: Any,
    *,
    out_int32: bool = False,
    right: bool = False,
    side: str | None = None,
    sorter: Tensor | None = None,
) -> Tensor:
    """Where values would be inserted into sorted rows (or rows that `sorter` sorts) to keep them sorted."""
    rows: Any = sorted_sequence.array
    if sorter is not None:
        rows = np.take_along_axis(rows, sorter.array, -1)
    values: Any = np.asarray(input.array if isinstance(input, Tensor) else input)
    way: Any = "right" if right or side == "right" else "left"
    if rows.ndim == 1:
        found: Any = np.searchsorted(rows, values, way)
    else:
        flat = zip(rows.reshape(-1, rows.shape[-1]), values.reshape(-1, values.shape[-1]), strict=True)
        found = np.stack([np.searchsorted(r, v, way) for r, v in flat]).reshape(values.shape)
    own = dtypes.int32 if out_int32 else dtypes.int64
    return wrap(np.asarray(found).astype(own.numpy), own)


def bucketize(input: Any, boundaries: Tensor, *, out_int32: bool = False, right: bool = False) -> Tensor:
    """The number of the interval between `boundaries` that each value lies in."""
    return searchsorted(boundaries, input, out_int32=out_int32, right=right)


def bincount(input: Tensor, weights: Tensor | None = None, minlength: int = 0) -> Tensor:
    """How often each of 0, 1, … occurs, or the sum of its weights."""
    if input.array.ndim != 1 or input.dtype.is_floating_point or (input.array < 0).any():
        raise RuntimeError("bincount only supports 1-d non-negative integral inputs.")
    place: Any = input.array.astype(np.intp)  # of 32 bits in the browser, where NumPy refuses others
    if weights is None:
        return wrap(np.bincount(place, minlength=minlength).astype(np.int64), dtypes.int64)
    counts: Any = np.bincount(place, weights.array, minlength)
    own = dtypes.float32 if weights.dtype is dtypes.float32 else dtypes.float64
    return wrap(counts.astype(own.numpy), own)


def histc(input: Tensor, bins: int = 100, min: float = 0, max: float = 0) -> Tensor:
    """How many elements fall into each of `bins` equal parts of [min, max] (of the data's range where both are equal)."""
    x: Any = input.array.reshape(-1)
    low, high = (min, max) if min != max else (float(x.min()), float(x.max())) if x.size else (0.0, 1.0)
    if low == high:
        low, high = low - 1, high + 1
    inside = x[(x >= low) & (x <= high)]
    place = np.minimum(((inside - low) * (bins / (high - low))).astype(np.intp), bins - 1)
    return wrap(np.bincount(place, minlength=bins).astype(input.array.dtype), input.dtype)


def isin(elements: Any, test_elements: Any, *, assume_unique: bool = False, invert: bool = False) -> Tensor:
    """Whether each element is among the test elements. assume_unique could only save time."""
    if not isinstance(elements, Tensor) and not isinstance(test_elements, Tensor):
        raise ValueError("isin(): one of elements and test_elements must be a Tensor")
    return unrecorded(lambda a, b: np.isin(a, b, invert=invert), elements, test_elements)


def unravel_index(indices: Tensor, shape: Any) -> tuple[Tensor, ...]:
    """The coordinates in a tensor of `shape` of places in the flattened one."""
    sizes = (shape,) if isinstance(shape, int) else tuple(shape)
    flat: Any = indices.array
    if flat.size and (flat.min() < 0 or flat.max() >= math.prod(sizes)):
        raise ValueError("unravel_index(): an index is out of bounds for the shape")
    found: list[Any] = []
    rest: Any = np.asarray(flat).astype(np.int64)
    for n in reversed(sizes):  # NumPy's own takes 32 bits in the browser
        rest, coordinate = np.divmod(rest, n)
        found.append(coordinate)
    return tuple(wrap(np.asarray(k), dtypes.int64) for k in reversed(found))


def histogram(
    input: Tensor, bins: Any, *, range: Any = None, weight: Tensor | None = None, density: bool = False
) -> Any:
    """How many elements (how much weight) lie in each bin, the last closed on both sides; and the bins' edges."""
    x: Any = input.array.reshape(-1)
    edges: Any = bins.array if isinstance(bins, Tensor) else None
    if edges is None:
        low, high = range if range is not None else (x.min(), x.max()) if x.size else (0.0, 1.0)
        low, high = (low - 0.5, high + 0.5) if low == high else (low, high)
        edges = np.linspace(low, high, bins + 1, dtype=x.dtype)
    weights: Any = None if weight is None else weight.array.reshape(-1)
    counts: Any = np.histogram(x, edges, weights=weights, density=density)[0]
    result = named("histogram", "hist", "bin_edges")
    return result(wrap(counts.astype(x.dtype), input.dtype), wrap(edges.astype(x.dtype), input.dtype))
