"""Views: other shapes, orders and parts of the same memory."""

from __future__ import annotations

# Arrays are Any here: formulas are lambdas over arrays and tensors alike.
# pyright: reportUnknownLambdaType=false, reportUnknownArgumentType=false
# pyright: reportUnknownVariableType=false, reportUnknownMemberType=false
import math
from collections.abc import Sequence
from typing import Any

import numpy as np

from pellucid.torch.ops import apply as made
from pellucid.torch.ops.apply import Operation, apply, viewing
from pellucid.torch.size import dimension, sizes
from pellucid.torch.tensor import Tensor, memory, wrap


def embed(g: Any, shape: tuple[int, ...], key: Any) -> Any:
    """Zeros of `shape` with `g` at `key` (without repeated places): the gradient of taking a part."""
    return apply(EmbedBackward0, (g,), shape, key)


class EmbedBackward0(Operation):
    """A part put into zeros."""

    __slots__ = ()

    def forward(self, part: Any, shape: tuple[int, ...], key: Any) -> Any:
        """Zeros but for the part."""
        self.key = key
        whole = np.zeros(shape, part.dtype)
        whole[key] = part
        return whole

    def pull(self, g: Any) -> tuple[Any]:
        """The part of the gradient."""
        return (part_of(g, self.key),)


def diagonal_key(shape: tuple[int, ...], offset: int, dim1: int, dim2: int) -> tuple[Any, ...]:
    """The index arrays of a diagonal, with the remaining dimensions first."""
    n1, n2 = shape[dim1], shape[dim2]
    length = max(0, min(n1 + min(offset, 0), n2 - max(offset, 0)))
    i = np.arange(length)
    others = [k for k in range(len(shape)) if k not in (dim1, dim2)]
    grids: Any = np.ix_(*[np.arange(shape[k]) for k in others], i)
    key: list[Any] = [None] * len(shape)
    for place, k in enumerate(others):
        key[k] = grids[place]
    key[dim1], key[dim2] = grids[-1] - min(offset, 0), grids[-1] + max(offset, 0)
    return tuple(key)


# ── Views: NumPy's view, and the gradient's way back ─────────────────────────────────────────────────────────────────────────
def inverse(dims: Sequence[int]) -> tuple[int, ...]:
    """The permutation that undoes `dims`."""
    return tuple(sorted(range(len(dims)), key=dims.__getitem__))


permute_ = viewing(
    "PermuteBackward0", lambda a, dims: a.transpose(dims), lambda g, s, dims: permute_(g, inverse(dims))
)
transpose_ = viewing(
    "TransposeBackward0", lambda a, i, j: a.swapaxes(i, j), lambda g, s, i, j: transpose_(g, i, j)
)
t_ = viewing("TBackward0", lambda a: a.T, lambda g, s: t_(g))
squeeze_all = viewing("SqueezeBackward0", lambda a: a.squeeze(), lambda g, s: made.reshape(g, s))
squeeze_one = viewing(
    "SqueezeBackward1", lambda a, shape: a.reshape(shape), lambda g, s, new: made.reshape(g, s)
)
squeeze_some = viewing(
    "SqueezeBackward2", lambda a, shape: a.reshape(shape), lambda g, s, new: made.reshape(g, s)
)
unsqueeze_ = viewing(
    "UnsqueezeBackward0", lambda a, shape: a.reshape(shape), lambda g, s, new: made.reshape(g, s)
)
alias = viewing("AliasBackward0", lambda a: a[...], lambda g, s: g)
select_ = viewing("SelectBackward0", lambda a, key: a[key], lambda g, s, key: embed(g, s, key))
slice_ = viewing("SliceBackward0", lambda a, key: a[key], lambda g, s, key: embed(g, s, key))
part_of = viewing("SliceBackward0", lambda a, key: a[key], lambda g, s, key: embed(g, s, key))
diagonal_ = viewing(
    "DiagonalBackward0",
    lambda a, offset, i, j: diagonal_view(a, offset, i, j),
    lambda g, s, offset, i, j: embed(g, s, diagonal_key(s, offset, i, j)),
)
unfold_ = viewing(
    "UnfoldBackward0",
    lambda a, dim, size, step: windows(a, dim, size, step),
    lambda g, s, dim, size, step: made.apply(UnfoldBackwardBackward0, (g,), s, dim, size, step),
)
as_strided_ = viewing(
    "AsStridedBackward0",
    lambda a, size, stride, offset: strided(a, size, stride, offset),
    lambda g, s, size, stride, offset: made.apply(AsStridedBackwardBackward0, (g,), s, size, stride, offset),
)


def diagonal_view(a: Any, offset: int, i: int, j: int) -> Any:
    """A diagonal by strides, since NumPy's own is read-only."""
    key = [slice(None)] * a.ndim
    key[i], key[j] = slice(max(-offset, 0), None), slice(max(offset, 0), None)
    part = a[tuple(key)]
    others = [k for k in range(a.ndim) if k not in (i, j)]
    shape = (*(part.shape[k] for k in others), min(part.shape[i], part.shape[j]))
    strides = (*(part.strides[k] for k in others), part.strides[i] + part.strides[j])
    return np.lib.stride_tricks.as_strided(part, shape, strides, writeable=bool(a.flags.writeable))


def windows(a: Any, dim: int, size: int, step: int) -> Any:
    """Every `step`-th window of length `size` along `dim`, its elements in a new last dimension."""
    found: Any = np.lib.stride_tricks.sliding_window_view(
        a, size, axis=dim, writeable=bool(a.flags.writeable)
    )
    return found[(slice(None),) * dim + (slice(None, None, step),)]


class UnfoldBackwardBackward0(Operation):
    """Overlapping windows added up where they came from."""

    __slots__ = ()

    def forward(self, g: Any, shape: tuple[int, ...], dim: int, size: int, step: int) -> Any:
        """The sum over windows."""
        self.args = dim, size, step
        whole = np.zeros(shape, g.dtype)
        parts: Any = windows(whole, dim, size, step)
        adding: Any = np.add
        adding.at(parts, (Ellipsis,), g)
        return whole

    def pull(self, g: Any) -> tuple[Any]:
        """The windows of the gradient."""
        return (unfold_(g, *self.args),)


def strided(a: Any, size: tuple[int, ...], stride: tuple[int, ...], offset: int) -> Any:
    """A view by element strides into contiguous memory."""
    if offset < 0:
        raise RuntimeError(f"storage_offset must be non-negative, or within a leaf's own memory: {offset}")
    flat = a.reshape(-1)[offset:]
    need = 1 + sum((n - 1) * s for n, s in zip(size, stride, strict=True)) if all(size) else 0
    if need > flat.size:
        raise RuntimeError(
            f"setStorage: sizes {list(size)}, strides {list(stride)}, storage offset {offset}, and itemsize {a.itemsize} "
            f"requiring a storage size of {(need + offset) * a.itemsize} are out of bounds for storage of size {a.nbytes}"
        )
    return np.lib.stride_tricks.as_strided(flat, size, tuple(s * a.itemsize for s in stride))


class AsStridedBackwardBackward0(Operation):
    """Elements added up where a strided view took them."""

    __slots__ = ()

    def forward(self, g: Any, shape: tuple[int, ...], size: Any, stride: Any, offset: int) -> Any:
        """The sum over places of the view."""
        self.args = size, stride, offset
        whole = np.zeros(shape, g.dtype)
        places = strided(np.arange(whole.size), size, stride, offset)
        np.add.at(whole.reshape(-1), places.reshape(-1), g.reshape(-1))
        return whole

    def pull(self, g: Any) -> tuple[Any]:
        """The same view of the gradient."""
        return (as_strided_(g, *self.args),)


# ── torch's names for the views ──────────────────────────────────────────────────────────────────────────────────────────────
def complete(shape: tuple[int, ...], count: int) -> tuple[int, ...]:
    """`shape` with its -1 worked out for `count` elements."""
    if -1 in shape:
        rest = math.prod(n for n in shape if n != -1)
        if shape.count(-1) > 1:
            raise RuntimeError("only one dimension can be inferred")
        if rest == 0 and count == 0:
            raise RuntimeError(
                f"cannot reshape tensor of 0 elements into shape {list(shape)} because the unspecified dimension size -1 "
                "can be any value and is ambiguous"
            )
        if rest and count % rest == 0:
            return tuple(count // rest if n == -1 else n for n in shape)
    elif math.prod(shape) == count and all(n >= 0 for n in shape):
        return shape
    bad = next((n for n in shape if n < -1), None)
    if bad is not None:
        raise RuntimeError(
            f"invalid shape dimension {bad} at index {shape.index(bad)} of shape {list(shape)}"
        )
    raise RuntimeError(f"shape '{list(shape)}' is invalid for input of size {count}")


def given(args: tuple[Any, ...], named: Any) -> tuple[Any, ...]:
    """Sizes or dimensions that came one by one, as a sequence, or by name."""
    return args if named is None else (tuple(named),)


def reshape(input: Any, *args: Any, shape: Any = None) -> Any:
    """The elements in row order in another shape; one -1 is worked out. A view where that is possible."""
    if not isinstance(input, Tensor):
        return input.reshape(*args)
    new = complete(sizes(given(args, shape)), input.array.size)
    return made.reshape(input, new)


def view(input: Tensor, *shape: Any) -> Tensor:
    """reshape that never copies."""
    if len(shape) == 1 and not isinstance(shape[0], (int, tuple, list)):
        return view_as_type(input, shape[0])
    new = complete(sizes(shape), input.array.size)
    if input.array.size and not np.may_share_memory(memory(input), input.array.reshape(new)):
        raise RuntimeError(
            "view size is not compatible with input tensor's size and stride (at least one dimension spans across two "
            "contiguous subspaces). Use .reshape(...) instead."
        )
    return made.view(input, new)


def view_as_type(input: Tensor, own: Any) -> Tensor:
    """The same bits read as another element type of the same width."""
    return wrap(memory(input).view(own.numpy), own)


def view_as(input: Tensor, other: Tensor) -> Tensor:
    """view in the shape of `other`."""
    return view(input, *other.array.shape)


def reshape_as(input: Tensor, other: Tensor) -> Tensor:
    """reshape in the shape of `other`."""
    return reshape(input, *other.array.shape)


def permute(input: Any, *args: Any, dims: Any = None) -> Any:
    """The dimensions in another order."""
    order = sizes(given(args, dims))
    ndim = input.array.ndim
    if len(order) != ndim:
        raise RuntimeError(
            f"permute(sparse_coo): number of dimensions in the tensor input does not match the length of the desired "
            f"ordering of dimensions i.e. input.dim() = {ndim} is not equal to len(dims) = {len(order)}"
        )
    order = tuple(dimension(d, ndim) for d in order)
    if len(set(order)) != len(order):
        raise RuntimeError("permute(): duplicate dims are not allowed.")
    return permute_(input, order)


def transpose(input: Any, dim0: int, dim1: int) -> Any:
    """Two dimensions exchanged."""
    if not isinstance(input, Tensor):
        return input.swapaxes(dim0, dim1)
    ndim = input.array.ndim
    if not ndim:
        dimension(dim0, 0)
        dimension(dim1, 0)
        return alias(input)
    return transpose_(input, dimension(dim0, ndim), dimension(dim1, ndim))


swapaxes = swapdims = transpose


def t(input: Tensor) -> Tensor:
    """The transpose of a matrix."""
    if input.array.ndim > 2:
        raise RuntimeError(f"t() expects a tensor with <= 2 dimensions, but self is {input.array.ndim}D")
    return t_(input)


def numpy_T(input: Any) -> Any:  # noqa: N802
    """All dimensions reversed."""
    if not isinstance(input, Tensor):
        return input.T
    return permute_(input, tuple(range(input.array.ndim))[::-1])


def matrix_transpose(input: Any) -> Any:
    """The last two dimensions exchanged."""
    if input.ndim < 2:
        raise RuntimeError(
            f"tensor.mT is only supported on matrices or batches of matrices. Got {input.ndim}-D tensor."
        )
    return transpose(input, -2, -1)


adjoint = matrix_transpose


def movedim(input: Tensor, source: Any, destination: Any) -> Tensor:
    """Dimensions moved to other places."""
    ndim = input.array.ndim
    if isinstance(source, int):
        source, destination = (source,), (destination,)
    source = [dimension(d, ndim) for d in source]
    destination = [dimension(d, ndim) for d in destination]
    order = [d for d in range(ndim) if d not in source]
    for to, d in sorted(zip(destination, source, strict=True)):
        order.insert(to, d)
    return permute_(input, tuple(order))


moveaxis = movedim


def squeeze(input: Tensor, dim: Any = None) -> Tensor:
    """Without the dimensions of length 1, or without those named that have it."""
    shape = input.array.shape
    if dim is None:
        return squeeze_all(input)
    dims = {dimension(d, len(shape)) for d in ((dim,) if isinstance(dim, int) else dim)}
    new = tuple(n for k, n in enumerate(shape) if not (k in dims and n == 1))
    return (squeeze_one if isinstance(dim, int) else squeeze_some)(input, new)


def unsqueeze(input: Any, dim: int) -> Any:
    """A new dimension of length 1 at `dim`."""
    if not isinstance(input, Tensor):
        return np.expand_dims(input, dim)
    shape = input.array.shape
    place = dimension(dim, len(shape) + 1)
    return unsqueeze_(input, (*shape[:place], 1, *shape[place:]))


def expand(input: Any, *shape: Any) -> Any:
    """Dimensions of length 1 repeated without copying; -1 keeps a length."""
    new, old = list(sizes(shape)), input.array.shape
    lead = len(new) - len(old)
    if lead < 0:
        raise RuntimeError(
            f"expand(torch.{input.dtype.legacy}Tensor{{{list(old)}}}, size={new}): the number of sizes provided ({len(new)}) "
            f"must be greater or equal to the number of dimensions in the tensor ({len(old)})"
        )
    for k, n in enumerate(new):
        have = old[k - lead] if k >= lead else None
        if n == -1:
            if have is None:
                raise RuntimeError(
                    f"The expanded size of the tensor (-1) isn't allowed in a leading, non-existing dimension {k}"
                )
            new[k] = have
        elif have not in (None, 1, n):
            raise RuntimeError(
                f"The expanded size of the tensor ({n}) must match the existing size ({have}) at non-singleton dimension {k}.  "
                f"Target sizes: {new}.  Tensor sizes: {list(old)}"
            )
    return made.expand(input, tuple(new))


def expand_as(input: Tensor, other: Tensor) -> Tensor:
    """expand to the shape of `other`."""
    return expand(input, *other.array.shape)


def broadcast_to(input: Tensor, *size: Any) -> Tensor:
    """expand to `size`."""
    return expand(input, *sizes(size))


def broadcast_shapes(*shapes: Any) -> Any:
    """The shape that tensors of these shapes broadcast to."""
    from pellucid.torch.size import Size

    try:
        return Size(np.broadcast_shapes(*[s if isinstance(s, int) else tuple(s) for s in shapes]))
    except ValueError:
        raise RuntimeError(
            "Shape mismatch: objects cannot be broadcast to a single shape: "
            + ", ".join(str(list(s)) for s in shapes)
        ) from None


def broadcast_tensors(*tensors: Any) -> tuple[Tensor, ...]:
    """The tensors expanded to their common shape."""
    shape = broadcast_shapes(*[x.array.shape for x in tensors])
    return tuple(expand(x, *shape) for x in tensors)


def flatten(input: Tensor, start_dim: int = 0, end_dim: int = -1) -> Tensor:
    """The dimensions from start_dim to end_dim made one."""
    shape = input.array.shape
    if not shape:
        return made.reshape(input, (1,))
    first, last = dimension(start_dim, len(shape)), dimension(end_dim, len(shape))
    if first > last:
        raise RuntimeError("flatten() has invalid args: start_dim cannot come after end_dim")
    if first == last:
        return input
    return made.reshape(input, (*shape[:first], math.prod(shape[first : last + 1]), *shape[last + 1 :]))


def unflatten(input: Tensor, dim: int, sizes: Any) -> Tensor:
    """One dimension made several."""
    shape = input.array.shape
    place = dimension(dim, len(shape))
    inner = complete(tuple(sizes), shape[place])
    return made.reshape(input, shape[:place] + inner + shape[place + 1 :])


def ravel(input: Tensor) -> Tensor:
    """One dimension, in row order."""
    return made.reshape(input, (input.array.size,))


def diagonal(input: Tensor, offset: int = 0, dim1: int = 0, dim2: int = 1) -> Tensor:
    """The diagonal of two dimensions, as the last one."""
    ndim = input.array.ndim
    first, second = dimension(dim1, ndim), dimension(dim2, ndim)
    if first == second:
        raise RuntimeError(f"diagonal dimensions cannot be identical {dim1}, {dim2}")
    return diagonal_(input, offset, first, second)


def select(input: Tensor, dim: int, index: int) -> Tensor:
    """The part at `index` of dimension `dim`, which goes."""
    ndim = input.array.ndim
    if not ndim:
        raise IndexError("select() cannot be applied to a 0-dim tensor.")
    place = dimension(dim, ndim)
    n = input.array.shape[place]
    if not -n <= index < n:
        raise IndexError(
            f"select(): index {index} out of range for tensor of size {list(input.array.shape)} at dimension {place}"
        )
    return select_(input, (slice(None),) * place + (index, Ellipsis))


def narrow(input: Tensor, dim: int, start: int, length: int) -> Tensor:
    """`length` places from `start` on, along `dim`."""
    if not input.array.ndim:
        raise RuntimeError("narrow() cannot be applied to a 0-dim tensor.")
    if length < 0:
        raise RuntimeError("narrow(): length must be non-negative.")
    place = dimension(dim, input.array.ndim)
    n = input.array.shape[place]
    if not -n <= start <= n:
        raise IndexError(f"start out of range (expected to be in range of [{-n}, {n}], but got {int(start)})")
    start = int(start) + n if start < 0 else int(start)
    if start + length > n:
        raise RuntimeError(f"start ({start}) + length ({length}) exceeds dimension size ({n}).")
    return slice_(input, (slice(None),) * place + (slice(start, start + length),))


def unfold(input: Tensor, dimension: int, size: int, step: int) -> Tensor:
    """Windows of `size` elements, `step` apart, along a dimension; their elements are a new last dimension."""
    if not input.array.ndim:
        return made.reshape(unfold(made.reshape(input, (1,)), dimension, size, step), (size,))
    place = dimension % input.array.ndim
    if size > input.array.shape[place]:
        raise RuntimeError(
            f"maximum size for tensor at dimension {place} is {input.array.shape[place]} but size is {size}"
        )
    return unfold_(input, place, size, step)


def as_strided(input: Tensor, size: Any, stride: Any, storage_offset: int | None = None) -> Tensor:
    """A view of the memory that `input` lies in, by strides and from an offset on, both counted in elements.

    Raises NotImplementedError where that memory does not begin with a tensor in row order.
    """
    offset = input.storage_offset() if storage_offset is None else storage_offset
    whole = input if input.base is None else input.base
    if whole.node is None and input.node is not None:  # a leaf that is a view: its own memory only
        whole, offset = input, offset - input.storage_offset()
    if not whole.is_contiguous():
        raise NotImplementedError(
            "pellucid.torch's as_strided needs memory in row order: call contiguous() first"
        )
    if min(stride, default=0) < 0:
        raise RuntimeError(
            f"as_strided: Negative strides are not supported at the moment, got strides: {list(stride)}"
        )
    return as_strided_(whole, tuple(size), tuple(stride), offset)
