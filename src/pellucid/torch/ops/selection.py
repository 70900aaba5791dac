"""Slices and elements picked by index or mask."""

from __future__ import annotations

# Arrays are Any here: formulas are lambdas over arrays and tensors alike.
# pyright: reportUnknownLambdaType=false, reportUnknownArgumentType=false
# pyright: reportUnknownVariableType=false, reportUnknownMemberType=false
from typing import Any

import numpy as np

from pellucid.torch import dtypes
from pellucid.torch.ops import apply as made
from pellucid.torch.ops.apply import Operation, apply, quietly, sum_to
from pellucid.torch.ops.choice import masked, where
from pellucid.torch.ops.index import IndexBackward0, IndexPutBackward0, Key, index_with
from pellucid.torch.ops.inplace import check_overwrite
from pellucid.torch.ops.scatter import scatter_reduce
from pellucid.torch.size import check_device, dimension
from pellucid.torch.tensor import Tensor, memory, wrap


def whole_slices(dim: int, index: Any) -> Key:
    """The key that takes `index` along `dim` and all of the others."""
    return (*(slice(None),) * dim, index)


class IndexSelectBackward0(IndexBackward0):
    """Slices along a dimension."""

    __slots__ = ()


def index_select(input: Tensor, dim: int, index: Any) -> Tensor:
    """The slices at `index` along `dim`."""
    place = dimension(dim, input.array.ndim)
    if not isinstance(index, Tensor):
        raise TypeError(
            f"index_select(): argument 'index' (position 3) must be Tensor, not {type(index).__name__}"
        )
    array: Any = index.array
    if array.ndim > 1:
        raise IndexError("index_select(): Index is supposed to be a vector")
    if not input.array.ndim:
        return input.clone()
    if array.size and ((array < 0) | (array >= input.array.shape[place])).any():
        raise IndexError("index out of range in self")
    return apply(IndexSelectBackward0, (input,), whole_slices(place, np.atleast_1d(array)))


class IndexAddBackward0(IndexPutBackward0):
    """Slices added along a dimension."""

    __slots__ = ()


def index_add(input: Tensor, dim: int, index: Tensor, source: Tensor, *, alpha: Any = 1) -> Tensor:
    """A copy with alpha times the slices of `source` added at `index` along `dim`."""
    part = source if alpha == 1 else source * alpha
    if not input.array.ndim:
        return (input + part.sum()).to(input.dtype)
    key = whole_slices(dimension(dim, input.array.ndim), np.atleast_1d(index.array))
    return apply(IndexAddBackward0, (input, part), key, True)


def index_copy(input: Tensor, dim: int, index: Tensor, source: Tensor) -> Tensor:
    """A copy with the slices at `index` along `dim` replaced by those of `source`."""
    if not input.array.ndim:
        return source.reshape(())
    key = whole_slices(dimension(dim, input.array.ndim), np.atleast_1d(index.array))
    return apply(IndexPutBackward0, (input, source), key, False)


def index_reduce(
    input: Tensor, dim: int, index: Tensor, source: Tensor, reduce: str, *, include_self: bool = True
) -> Tensor:
    """A copy with the slices of `source` folded in at `index` along `dim` by prod, mean, amax or amin."""
    if reduce not in ("prod", "mean", "amax", "amin"):
        raise RuntimeError(f"reduce argument must be either prod, mean, amax or amin, got {reduce}.")
    if not input.array.ndim:
        return scatter_reduce(input, 0, index, source, reduce, include_self=include_self)
    place = dimension(dim, input.array.ndim)
    lengths = [1] * input.array.ndim
    lengths[place] = -1
    spread = index.reshape(*lengths).expand(*source.array.shape)
    return scatter_reduce(input, place, spread, source, reduce, include_self=include_self)


def index_fill(input: Tensor, dim: int, index: Tensor, value: Any) -> Tensor:
    """A copy with the slices at `index` along `dim` set to a value."""
    v = value if isinstance(value, Tensor) else wrap(dtypes.fitting(value, input.dtype), input.dtype)
    if not input.array.ndim:
        return index_fill(input.reshape(1), 0, index.reshape(1), value).reshape(())
    key = whole_slices(dimension(dim, input.array.ndim), np.atleast_1d(index.array))
    return apply(IndexPutBackward0, (input, v), key, False)


class MaskedFillBackward0(Operation):
    """x with one value where the mask holds."""

    __slots__ = ()

    def forward(self, x: Any, value: Any, mask: Any) -> Any:
        """The changed copy."""
        self.how = x.shape, mask
        return np.where(mask, value.astype(x.dtype), x)

    def pull(self, g: Any) -> tuple[Any, Any]:
        """g beside the mask; the sum of g within."""
        shape, mask = self.how
        return sum_to(masked(g, ~mask), shape), masked(g, mask).sum()


def mask_array(name: str, mask: Any) -> Any:
    """The array of a bool tensor."""
    if not isinstance(mask, Tensor) or mask.dtype is not dtypes.bool_:
        kind = mask.dtype.legacy if isinstance(mask, Tensor) else type(mask).__name__
        raise RuntimeError(f"{name} only supports boolean masks, but got mask with dtype {kind}")
    return mask.array


def masked_fill(input: Tensor, mask: Tensor, value: Any) -> Tensor:
    """A copy with `value` where the mask holds."""
    m = mask_array("masked_fill", mask)
    v = value if isinstance(value, Tensor) else wrap(dtypes.fitting(value, input.dtype), input.dtype)
    if v.array.ndim:
        raise RuntimeError(
            f"masked_fill only supports a 0-dimensional value tensor, but got tensor with {v.array.ndim} dimension(s)."
        )
    try:
        return apply(MaskedFillBackward0, (input, v), m)
    except ValueError:
        made.check_broadcast(input.array, m)
        raise


class MaskedSelectBackward0(IndexBackward0):
    """The elements where a mask holds."""

    __slots__ = ()


def masked_select(input: Tensor, mask: Tensor) -> Tensor:
    """The elements where the mask holds, one after another."""
    shape = np.broadcast_shapes(input.array.shape, mask.array.shape)
    x = input if input.array.shape == shape else input.expand(*shape)
    return apply(MaskedSelectBackward0, (x,), (np.broadcast_to(mask_array("masked_select", mask), shape),))


def masked_scatter(input: Tensor, mask: Tensor, source: Tensor) -> Tensor:
    """A copy with the elements of `source`, in turn, where the mask holds."""
    shape = np.broadcast_shapes(input.array.shape, mask.array.shape)
    m: Any = np.broadcast_to(mask_array("masked_scatter", mask), shape)
    count = int(m.sum())
    return apply(IndexPutBackward0, (made.expand(input, shape), source.reshape(-1)[:count]), (m,), False)


def take(input: Tensor, index: Tensor) -> Tensor:
    """The elements at `index` of the flattened tensor."""
    return index_with(input.reshape(-1), (index.array,)).reshape(index.array.shape)


def put(input: Tensor, index: Tensor, source: Tensor, accumulate: bool = False) -> Tensor:
    """A copy with the elements at `index` of the flattened tensor replaced, or added to."""
    flat = apply(
        IndexPutBackward0, (input.reshape(-1), source.reshape(-1)), (index.array.reshape(-1),), accumulate
    )
    return flat.reshape(input.array.shape)


def nonzero(input: Tensor, *, as_tuple: bool = False) -> Any:
    """The coordinates of the elements that are not 0, one row each; as_tuple: one tensor for each dimension."""
    if as_tuple:
        found: Any = np.nonzero(np.atleast_1d(input.array))
        return tuple(wrap(k.astype(np.int64), dtypes.int64) for k in found)
    return wrap(np.argwhere(input.array).astype(np.int64), dtypes.int64)


argwhere = nonzero


def tril_indices(
    row: int, col: int, offset: int = 0, *, dtype: Any = dtypes.int64, device: Any = None
) -> Tensor:
    """The coordinates of the lower triangle, (2, count)."""
    check_device(device)
    return wrap(np.stack(np.tril_indices(row, offset, col)).astype(dtype.numpy), dtype)


def triu_indices(
    row: int, col: int, offset: int = 0, *, dtype: Any = dtypes.int64, device: Any = None
) -> Tensor:
    """The coordinates of the upper triangle, (2, count)."""
    check_device(device)
    return wrap(np.stack(np.triu_indices(row, offset, col)).astype(dtype.numpy), dtype)


def diagonal_scatter(input: Tensor, src: Tensor, offset: int = 0, dim1: int = 0, dim2: int = 1) -> Tensor:
    """A copy with its diagonal replaced."""
    out = input.clone()
    out.diagonal(offset, dim1, dim2).copy_(src)
    return out


def select_scatter(input: Tensor, src: Tensor, dim: int, index: int) -> Tensor:
    """A copy with one slice replaced."""
    out = input.clone()
    out.select(dim, index).copy_(src)
    return out


def slice_scatter(
    input: Tensor, src: Tensor, dim: int = 0, start: Any = None, end: Any = None, step: int = 1
) -> Tensor:
    """A copy with a range of slices replaced."""
    out = input.clone()
    out[(slice(None),) * dimension(dim, input.array.ndim) + (slice(start, end, step),)] = src
    return out


def fill_diagonal_(self: Tensor, fill_value: float, wrap: bool = False) -> Tensor:
    """One value on the main diagonal, in place."""
    check_overwrite(self)
    quietly(np.fill_diagonal, memory(self), fill_value, wrap)
    self.clock[0] += 1
    return self


def where_(condition: Any, input: Any, other: Any) -> Any:
    """where, for methods: x.where(condition, other)."""
    return where(condition, input, other)
