"""Joining tensors, and splitting one into several."""

from __future__ import annotations

# Arrays are Any here: formulas are lambdas over arrays and tensors alike.
# pyright: reportUnknownLambdaType=false, reportUnknownArgumentType=false
# pyright: reportUnknownVariableType=false, reportUnknownMemberType=false
import builtins
import itertools
from collections.abc import Sequence
from typing import Any

import numpy as np

from pellucid.torch.autograd.graph import Several
from pellucid.torch.autograd.mode import Modes
from pellucid.torch.dtypes import int64, result_type
from pellucid.torch.ops import apply as made
from pellucid.torch.ops.apply import Operation, apply, become_view, record_several
from pellucid.torch.ops.views import embed, expand, part_of, ravel, select_, slice_
from pellucid.torch.size import dimension, index
from pellucid.torch.tensor import Tensor, memory, wrap


# ── Joining ──────────────────────────────────────────────────────────────────────────────────────────────────────────────────
class CatBackward0(Operation):
    """Tensors joined along a dimension."""

    __slots__ = ()

    def forward(self, *args: Any) -> Any:
        """The joined array; the last argument is the dimension."""
        *arrays, dim = args
        self.dim, self.ends = dim, np.cumsum([a.shape[dim] if a.ndim else 1 for a in arrays]).tolist()
        return np.concatenate(arrays, dim)

    def pull(self, g: Any) -> tuple[Any, ...]:
        """The parts of the gradient."""
        lead = (slice(None),) * self.dim
        starts = [0, *self.ends[:-1]]
        return tuple(part_of(g, (*lead, slice(a, b))) for a, b in zip(starts, self.ends, strict=True))


def cat(tensors: Sequence[Any], dim: int = 0, *, axis: int | None = None) -> Any:
    """Tensors joined along an existing dimension."""
    tensors, dim = list(tensors), dim if axis is None else axis
    if not tensors:
        raise ValueError("torch.cat(): expected a non-empty list of Tensors")
    if not isinstance(tensors[0], Tensor):
        if isinstance(tensors[0], np.ndarray) and Modes.arrays:
            return np.concatenate(tensors, dim)
        raise TypeError(f"expected Tensor as element 0 in argument 0, but got {type(tensors[0]).__name__}")
    shapes = [x.array.shape for x in tensors]
    full = [k for k, s in enumerate(shapes) if s != (0,)]  # torch skips empty vectors
    if () in shapes:
        raise RuntimeError("zero-dimensional tensor (at position 0) cannot be concatenated")
    if len(full) < len(shapes) and full:
        tensors, shapes = [tensors[k] for k in full], [shapes[k] for k in full]
    place = dimension(dim, len(shapes[0]))
    for number, shape in enumerate(shapes):
        if len(shape) != len(shapes[0]):
            raise RuntimeError(
                f"Tensors must have same number of dimensions: got {len(shapes[0])} and {len(shape)}"
            )
        if shape[:place] + shape[place + 1 :] != shapes[0][:place] + shapes[0][place + 1 :]:
            wrong = next(k for k in range(len(shape)) if k != place and shape[k] != shapes[0][k])
            raise RuntimeError(
                f"Sizes of tensors must match except in dimension {place}. "
                f"Expected size {shapes[0][wrong]} but got size {shape[wrong]} for tensor number {number} in the list."
            )
    own = result_type(*tensors)
    return apply(CatBackward0, tuple([x.to(own) for x in tensors]), place)


concat = concatenate = cat


class StackBackward0(Operation):
    """Tensors joined along a new dimension."""

    __slots__ = ()

    def forward(self, *args: Any) -> Any:
        """The stacked array; the last argument is the dimension."""
        *arrays, self.dim = args
        return np.stack(arrays, self.dim)

    def pull(self, g: Any) -> tuple[Any, ...]:
        """The slices of the gradient."""
        lead = (slice(None),) * self.dim
        return tuple(part_of(g, (*lead, k, Ellipsis)) for k in range(len(self.next) or g.shape[self.dim]))


def stack(tensors: Sequence[Any], dim: int = 0) -> Any:
    """Tensors of one shape joined along a new dimension."""
    tensors = list(tensors)
    if not tensors:
        raise RuntimeError("stack expects a non-empty TensorList")
    if not isinstance(tensors[0], Tensor):
        if isinstance(tensors[0], (np.ndarray, np.generic)) and Modes.arrays:
            return np.stack(tensors, dim)
        raise TypeError(f"expected Tensor as element 0 in argument 0, but got {type(tensors[0]).__name__}")
    shape = tensors[0].array.shape
    for number, x in enumerate(tensors):
        if x.array.shape != shape:
            raise RuntimeError(
                f"stack expects each tensor to be equal size, but got {list(shape)} at entry 0 "
                f"and {list(x.array.shape)} at entry {number}"
            )
    own = result_type(*tensors)
    return apply(StackBackward0, tuple([x.to(own) for x in tensors]), dimension(dim, len(shape) + 1))


def at_least(input: Any, ndim: int) -> Any:
    """With dimensions of length 1 added as torch.atleast_1d, 2d and 3d do."""
    shape = input.array.shape
    if len(shape) >= ndim:
        return input
    new = {0: (1,) * ndim, 1: (1, *shape, 1)[:ndim], 2: (*shape, 1)}[len(shape)]
    return made.reshape(input, new)


def each(tensors: tuple[Any, ...], ndim: int) -> Any:
    """at_least for one tensor or several."""
    if len(tensors) == 1:
        return (
            at_least(tensors[0], ndim)
            if isinstance(tensors[0], Tensor)
            else tuple(at_least(x, ndim) for x in tensors[0])
        )
    return tuple(at_least(x, ndim) for x in tensors)


def atleast_1d(*tensors: Any) -> Any:
    """At least one dimension."""
    return each(tensors, 1)


def atleast_2d(*tensors: Any) -> Any:
    """At least two dimensions."""
    return each(tensors, 2)


def atleast_3d(*tensors: Any) -> Any:
    """At least three dimensions."""
    return each(tensors, 3)


def vstack(tensors: Sequence[Any]) -> Tensor:
    """Joined as rows."""
    return cat([at_least(x, 2) for x in tensors], 0)


row_stack = vstack


def hstack(tensors: Sequence[Any]) -> Tensor:
    """Joined side by side."""
    made_ = [at_least(x, 1) for x in tensors]
    return cat(made_, 0 if made_[0].array.ndim == 1 else 1)


def dstack(tensors: Sequence[Any]) -> Tensor:
    """Joined in depth."""
    return cat([at_least(x, 3) for x in tensors], 2)


def column_stack(tensors: Sequence[Any]) -> Tensor:
    """Vectors joined as columns."""
    return hstack([made.reshape(x, (x.array.size, 1)) if x.array.ndim <= 1 else x for x in tensors])


# ── Splitting: several views of one tensor, with one node ────────────────────────────────────────────────────────────────────
class SplitParts(Several):
    """Parts along a dimension; the gradient is what arrived for each, zero where nothing did."""

    __slots__ = ("keys", "shape")

    def gradients(self, grads: list[Any]) -> tuple[Any]:
        """One tensor put together from the parts' gradients."""
        return (assemble(grads, self.shape, self.keys),)


class SplitBackward0(SplitParts):
    """torch.split by one size."""

    __slots__ = ()


class SplitWithSizesBackward0(SplitParts):
    """torch.split by sizes."""

    __slots__ = ()


class UnbindBackward0(SplitParts):
    """torch.unbind."""

    __slots__ = ()


def assemble(grads: list[Any], shape: tuple[int, ...], keys: list[Any]) -> Any:
    """Zeros of `shape` with each gradient at its key."""
    first = next(g for g in grads if g is not None)
    if isinstance(first, Tensor):
        total: Any = None
        for g, key in zip(grads, keys, strict=True):
            if g is not None:
                total = embed(g, shape, key) if total is None else total + embed(g, shape, key)
        return total
    whole = np.zeros(shape, first.dtype)
    for g, key in zip(grads, keys, strict=True):
        if g is not None:
            whole[key] = g
    return whole


def cut(kind: type[SplitParts], input: Tensor, keys: list[Any], select: bool) -> tuple[Tensor, ...]:
    """The views of `input` at `keys`, with one node."""
    a = memory(input)
    look = select_ if select else slice_
    outs: list[Tensor] = []
    for key in keys:
        out = wrap(a[key], input.dtype)
        become_view(out, input, look, (key,))
        out.one_of_several = True
        outs.append(out)
    if input.node is not None and Modes.grad:
        node = kind()
        node.saved, node.guards, node.keys, node.shape = (), (), keys, a.shape
        record_several(node, (input,), tuple(outs))
    return tuple(outs)


def unbind(input: Tensor, dim: int = 0) -> tuple[Tensor, ...]:
    """The slices along `dim`, without it."""
    if not input.array.ndim:
        raise IndexError("Dimension specified as 0 but tensor has no dimensions")
    place = dimension(dim, input.array.ndim)
    lead = (slice(None),) * place
    return cut(UnbindBackward0, input, [(*lead, k, Ellipsis) for k in range(input.array.shape[place])], True)


def split(tensor: Tensor, split_size_or_sections: Any, dim: int = 0) -> tuple[Tensor, ...]:
    """Parts of one size (the last may be shorter), or of the given sizes, along `dim`."""
    if not tensor.array.ndim:
        raise RuntimeError("split expects at least a 1-dimensional tensor")
    place = dimension(dim, tensor.array.ndim)
    n = tensor.array.shape[place]
    lead = (slice(None),) * place
    if isinstance(split_size_or_sections, int):
        step = split_size_or_sections
        if step < 0 or (step == 0 and n):
            raise RuntimeError(f"split expects split_size be non-negative, but got split_size={step}")
        starts = range(0, n, step) if n else [0]
        return cut(SplitBackward0, tensor, [(*lead, slice(s, min(s + step, n))) for s in starts], False)
    parts = [index(k) for k in split_size_or_sections]
    if builtins.sum(parts) != n:
        raise RuntimeError(
            f"split_with_sizes expects split_sizes to sum exactly to {n} (input tensor's size at dimension {dim}), "
            f"but got split_sizes={parts}"
        )
    ends = np.cumsum(parts).tolist()
    keys = [(*lead, slice(e - k, e)) for e, k in zip(ends, parts, strict=True)]
    return cut(SplitWithSizesBackward0, tensor, keys, False)


def chunk(input: Tensor, chunks: int, dim: int = 0) -> tuple[Tensor, ...]:
    """At most `chunks` parts of equal size along `dim`; the last may be shorter."""
    if chunks <= 0:
        raise RuntimeError(f"chunk expects `chunks` to be greater than 0, got: {chunks}")
    if not input.array.ndim:
        raise RuntimeError("chunk expects at least a 1-dimensional tensor")
    n = input.array.shape[dimension(dim, input.array.ndim)]
    return split(input, max(-(-n // chunks), 1), dim)


def tensor_split(input: Tensor, indices_or_sections: Any, dim: int = 0) -> tuple[Tensor, ...]:
    """Parts that differ by at most one in length, or parts that begin at the given places."""
    if not input.array.ndim:
        raise RuntimeError(
            "tensor_split expected at least a 1-dimensional tensor, but got a tensor with 0 dims"
        )
    place = dimension(dim, input.array.ndim)
    n = input.array.shape[place]
    lead = (slice(None),) * place
    wanted: Any = (
        indices_or_sections.tolist() if isinstance(indices_or_sections, Tensor) else indices_or_sections
    )
    if isinstance(wanted, int):
        short, longer = divmod(n, wanted)
        ends = np.cumsum([short + 1] * longer + [short] * (wanted - longer)).tolist()
        starts = [0, *ends[:-1]]
    else:
        starts, ends = [0, *wanted], [*wanted, n]
    keys = [(*lead, slice(a, b)) for a, b in zip(starts, ends, strict=True)]
    return tuple(slice_(input, key) for key in keys)


def split_with_sizes(input: Tensor, split_sizes: Any, dim: int = 0) -> tuple[Tensor, ...]:
    """Parts of the given sizes along `dim`."""
    return split(input, list(split_sizes), dim)


def splitting(name: str, dim: Any, at_least_dims: int) -> Any:
    """hsplit, vsplit, dsplit: tensor_split along one dimension, into equal parts where a number is given."""

    def operation(input: Tensor, *args: Any, indices: Any = None, sections: Any = None) -> tuple[Tensor, ...]:
        wanted: Any = args or (indices if indices is not None else sections)
        wanted = wanted[0] if isinstance(wanted, tuple) and len(wanted) == 1 else wanted
        ndim = input.array.ndim
        if ndim < at_least_dims:
            raise RuntimeError(
                f"torch.{name} requires a tensor with at least {at_least_dims} dimension{'s' * (at_least_dims > 1)}, but got a "
                f"tensor with {ndim} dimensions!"
            )
        place = dim(ndim)
        if isinstance(wanted, int) and (wanted <= 0 or input.array.shape[place] % wanted):
            raise RuntimeError(
                f"torch.{name} attempted to split along dimension {place}, but the size of the dimension "
                f"{input.array.shape[place]} is not divisible by the split_size {wanted}!"
            )
        return tensor_split(input, wanted, place)

    operation.__doc__ = (
        f"The parts of {name}: a number of equal ones, or those that begin at the given places."
    )
    return operation


hsplit = splitting("hsplit", lambda ndim: 0 if ndim == 1 else 1, 1)
vsplit = splitting("vsplit", lambda ndim: 0, 2)
dsplit = splitting("dsplit", lambda ndim: 2, 3)


def combinations(input: Tensor, r: int = 2, with_replacement: bool = False) -> Tensor:
    """Every choice of r elements of a vector, in the order of itertools, as rows."""
    if input.array.ndim != 1:
        raise RuntimeError(f"Expect a 1D vector, but got shape {list(input.array.shape)}")
    if r < 0:
        raise RuntimeError(f"Expect a non-negative number, but got {r}")
    choose = itertools.combinations_with_replacement if with_replacement else itertools.combinations
    places = np.array(list(choose(range(input.array.size), r)), np.int64).reshape(-1, r)
    return input[wrap(places, int64)] if r else input.new_empty(0)


def meshgrid(*tensors: Any, indexing: str = "ij") -> tuple[Tensor, ...]:
    """The coordinates of every point of a grid, one tensor for each axis."""
    axes: Any = tensors[0] if len(tensors) == 1 and not isinstance(tensors[0], Tensor) else tensors
    if indexing == "xy" and len(axes) >= 2:
        second, first, *rest = meshgrid(axes[1], axes[0], *axes[2:])
        return (first, second, *rest)
    shape = [x.array.size for x in axes]
    return tuple(
        expand(made.reshape(x, tuple(n if i == k else 1 for i, n in enumerate(shape))), *shape)
        for k, x in enumerate(axes)
    )


def cartesian_prod(*tensors: Any) -> Tensor:
    """Every combination of one element of each vector, as rows."""
    axes = list(tensors)
    return stack([ravel(g) for g in meshgrid(*axes)], 1) if len(axes) > 1 else axes[0]
