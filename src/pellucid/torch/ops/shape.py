"""Operations that arrange elements anew: views, joins, splits, repeats."""

from __future__ import annotations

# Arrays are Any here: formulas are lambdas over arrays and tensors alike.
# pyright: reportUnknownLambdaType=false, reportUnknownArgumentType=false
# pyright: reportUnknownVariableType=false, reportUnknownMemberType=false
import builtins
import math
from collections.abc import Sequence
from typing import Any

import numpy as np

from pellucid.torch.autograd.graph import Several
from pellucid.torch.autograd.mode import Modes
from pellucid.torch.dtypes import result_type
from pellucid.torch.ops import apply as made
from pellucid.torch.ops.apply import Operation, apply, become_view, record_several, sum_to, viewing
from pellucid.torch.size import dimension, index, sizes
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
    return t_(input) if input.array.ndim == 2 else permute_(input, tuple(range(input.array.ndim))[::-1])


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


def broadcast_to(input: Tensor, size: Any) -> Tensor:
    """expand to `size`."""
    return expand(input, *size)


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
    return diagonal_(input, offset, dimension(dim1, ndim), dimension(dim2, ndim))


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
    place = dimension(dim, input.array.ndim)
    n = input.array.shape[place]
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


def as_strided(input: Tensor, size: Any, stride: Any, storage_offset: int = 0) -> Tensor:
    """A view by strides, counted in elements."""
    return as_strided_(input, tuple(size), tuple(stride), storage_offset)


# ── Copies ───────────────────────────────────────────────────────────────────────────────────────────────────────────────────
class CloneBackward0(Operation):
    """A copy."""

    __slots__ = ()

    def forward(self, x: Any) -> Any:
        """x in memory of its own."""
        return x.copy(order="K") if isinstance(x, np.ndarray) and all(x.strides) else x.copy()

    def pull(self, g: Any) -> tuple[Any]:
        """The same gradient."""
        return (g,)


def clone(input: Any, *, memory_format: Any = None) -> Any:
    """A copy in memory of its own, recorded."""
    return apply(CloneBackward0, (input,))


def contiguous(input: Tensor, memory_format: Any = None) -> Tensor:
    """Itself if the elements lie in row order, else a copy in which they do."""
    if input.array.flags.c_contiguous:
        return input
    out = clone(input)
    out.array = np.ascontiguousarray(out.array)
    return out


class FlipBackward0(Operation):
    """The order along some dimensions reversed."""

    __slots__ = ()

    def forward(self, x: Any, dims: tuple[int, ...]) -> Any:
        """x reversed."""
        self.dims = dims
        return np.flip(x, dims).copy()

    def pull(self, g: Any) -> tuple[Any]:
        """g reversed."""
        return (apply(FlipBackward0, (g,), self.dims),)


def flip(input: Any, *args: Any, dims: Any = None) -> Any:
    """The order along `dims` reversed, as a copy."""
    order = tuple(dimension(d, input.ndim) for d in sizes(given(args, dims)))
    return apply(FlipBackward0, (input,), order)


def fliplr(input: Tensor) -> Tensor:
    """Columns reversed."""
    return flip(input, 1)


def flipud(input: Tensor) -> Tensor:
    """Rows reversed."""
    return flip(input, 0)


class RollBackward0(Operation):
    """Elements moved around in a circle."""

    __slots__ = ()

    def forward(self, x: Any, shifts: Any, dims: Any) -> Any:
        """x rolled."""
        self.args = shifts, dims
        return np.roll(x, shifts, dims)

    def pull(self, g: Any) -> tuple[Any]:
        """g rolled back."""
        shifts, dims = self.args
        back = tuple(-s for s in shifts) if isinstance(shifts, tuple) else -shifts
        return (apply(RollBackward0, (g,), back, dims),)


def roll(input: Tensor, shifts: Any, dims: Any = None) -> Tensor:
    """Elements moved by `shifts` along `dims` in a circle; without dims along the flattened tensor."""
    return apply(
        RollBackward0, (input,), *(tuple(v) if isinstance(v, (list, tuple)) else v for v in (shifts, dims))
    )  # pyright: ignore


def rot90(input: Tensor, k: int = 1, dims: Any = (0, 1)) -> Tensor:
    """Turned by k quarter turns in the plane of `dims`."""
    i, j = dims
    k %= 4
    if k == 2:
        return flip(input, i, j)
    if k == 1:
        return flip(transpose(input, i, j), i)
    return clone(input) if k == 0 else transpose(flip(input, i), i, j)


class RepeatBackward0(Operation):
    """The tensor set side by side."""

    __slots__ = ()

    def forward(self, x: Any, times: tuple[int, ...]) -> Any:
        """x tiled."""
        self.shape, self.times = x.shape, times
        return np.tile(x, times)

    def pull(self, g: Any) -> tuple[Any]:
        """The sum over the tiles."""
        old = (1,) * (len(self.times) - len(self.shape)) + self.shape
        pairs = tuple(n for pair in zip(self.times, old, strict=True) for n in pair)
        ones = tuple(n for m in old for n in (1, m))
        return (made.reshape(sum_to(made.reshape(g, pairs), ones), self.shape),)


def repeat(input: Tensor, *repeats: Any) -> Tensor:
    """The tensor set side by side, so often along each dimension."""
    times = sizes(repeats)
    if len(times) < input.array.ndim:
        raise RuntimeError(
            "Number of dimensions of repeat dims can not be smaller than number of dimensions of tensor"
        )
    return apply(RepeatBackward0, (input,), times)


def tile(input: Tensor, *args: Any, dims: Any = None) -> Tensor:
    """repeat, with as many dimensions as are there."""
    times = sizes(given(args, dims))
    return repeat(input, (1,) * (input.array.ndim - len(times)) + times)


def repeat_interleave(
    input: Tensor, repeats: Any = None, dim: int | None = None, *, output_size: Any = None
) -> Tensor:
    """Each element repeated, along `dim` or flattened. With the repeats alone: each place so often."""
    from pellucid.torch.ops.index import index_select

    if repeats is None:
        return wrap(np.repeat(np.arange(input.array.size), input.array), input.dtype)
    x = ravel(input) if dim is None else input
    place = 0 if dim is None else dimension(dim, input.array.ndim)
    count: Any = repeats.array if isinstance(repeats, Tensor) else repeats
    order: Any = np.repeat(np.arange(x.array.shape[place]), count)
    return index_select(x, place, wrap(order, result_type(0)))


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
        raise RuntimeError("torch.cat(): expected a non-empty list of Tensors")
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
        raise RuntimeError("Dimension specified as 0 but tensor has no dimensions")
    place = dimension(dim, input.array.ndim)
    lead = (slice(None),) * place
    return cut(UnbindBackward0, input, [(*lead, k, Ellipsis) for k in range(input.array.shape[place])], True)


def split(tensor: Tensor, split_size_or_sections: Any, dim: int = 0) -> tuple[Tensor, ...]:
    """Parts of one size (the last may be shorter), or of the given sizes, along `dim`."""
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
    n = input.array.shape[dimension(dim, input.array.ndim)]
    return split(input, max(-(-n // chunks), 1), dim)


def tensor_split(input: Tensor, indices_or_sections: Any, dim: int = 0) -> tuple[Tensor, ...]:
    """Parts that differ by at most one in length, or parts that begin at the given places."""
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


def meshgrid(*tensors: Any, indexing: str = "ij") -> tuple[Tensor, ...]:
    """The coordinates of every point of a grid, one tensor for each axis."""
    axes: Any = tensors[0] if len(tensors) == 1 and not isinstance(tensors[0], Tensor) else tensors
    if indexing == "xy" and len(axes) >= 2:
        b, a, *rest = meshgrid(axes[1], axes[0], *axes[2:])
        return tuple(transpose(g, 0, 1) for g in (a, b, *rest))
    shape = [x.array.size for x in axes]
    return tuple(
        expand(made.reshape(x, tuple(n if i == k else 1 for i, n in enumerate(shape))), *shape)
        for k, x in enumerate(axes)
    )


def cartesian_prod(*tensors: Any) -> Tensor:
    """Every combination of one element of each vector, as rows."""
    axes = list(tensors)
    return stack([ravel(g) for g in meshgrid(*axes)], 1) if len(axes) > 1 else axes[0]


class Triangle(Operation):
    """The part of a matrix on one side of a diagonal."""

    __slots__ = ()
    cut: Any = None

    def forward(self, x: Any, diagonal: int) -> Any:
        """The kept part, zeros beside it."""
        self.diagonal = diagonal
        return type(self).cut(x, diagonal)

    def pull(self, g: Any) -> tuple[Any]:
        """The same part of the gradient."""
        return (apply(type(self), (g,), self.diagonal),)


class TrilBackward0(Triangle):
    """The lower triangle."""

    __slots__ = ()
    cut = staticmethod(np.tril)


class TriuBackward0(Triangle):
    """The upper triangle."""

    __slots__ = ()
    cut = staticmethod(np.triu)


def tril(input: Any, diagonal: int = 0) -> Any:
    """On and below the diagonal; zeros above."""
    return apply(TrilBackward0, (input,), diagonal)


def triu(input: Any, diagonal: int = 0) -> Any:
    """On and above the diagonal; zeros below."""
    return apply(TriuBackward0, (input,), diagonal)


def diag_embed(input: Tensor, offset: int = 0, dim1: int = -2, dim2: int = -1) -> Tensor:
    """Matrices with the last dimension on their diagonals."""
    n = input.array.shape[-1] + builtins.abs(offset)
    ndim = input.array.ndim + 1
    i, j = dimension(dim1, ndim), dimension(dim2, ndim)
    rest = iter(input.array.shape[:-1])
    shape = tuple(n if k in (i, j) else next(rest) for k in range(ndim))
    return embed(input, shape, diagonal_key(shape, offset, i, j))


def diag(input: Tensor, diagonal: int = 0) -> Tensor:
    """The matrix with a vector on its diagonal, or a matrix's diagonal as a copy."""
    if input.array.ndim == 1:
        return diag_embed(input, diagonal)
    if input.array.ndim != 2:
        raise RuntimeError(f"diag(): Supports 1D or 2D tensors. Got {input.array.ndim}D")
    return clone(diagonal_(input, diagonal, 0, 1))


def block_diag(*tensors: Any) -> Tensor:
    """A matrix with the given ones along its diagonal."""
    blocks = [at_least(x, 2) for x in tensors]
    width = builtins.sum(x.array.shape[1] for x in blocks)
    rows: list[Any] = []
    left = 0
    for x in blocks:
        n, m = x.array.shape
        rows.append(embed(x, (n, width), (slice(None), slice(left, left + m))))
        left += m
    return cat(rows, 0)


class ConstantPadNdBackward0(Operation):
    """A frame of one value around a tensor; a negative width cuts."""

    __slots__ = ()

    def forward(self, x: Any, widths: tuple[tuple[int, int], ...], value: float) -> Any:
        """The framed array."""
        self.widths = widths
        inner = x[tuple(slice(max(-a, 0), n - max(-b, 0)) for n, (a, b) in zip(x.shape, widths, strict=True))]
        return np.pad(inner, [(max(a, 0), max(b, 0)) for a, b in widths], constant_values=value)

    def pull(self, g: Any) -> tuple[Any]:
        """The gradient without the frame."""
        return (apply(ConstantPadNdBackward0, (g,), tuple((-a, -b) for a, b in self.widths), 0),)


def constant_pad_nd(input: Tensor, pad: Sequence[int], value: float = 0) -> Tensor:
    """`value` around the tensor; pad = (left, right) of the last dimension, then of the one before, …"""
    ndim = input.array.ndim
    pairs = [(pad[2 * k], pad[2 * k + 1]) for k in range(len(pad) // 2)]
    widths = tuple((0, 0) for _ in range(ndim - len(pairs))) + tuple(reversed(pairs))
    return apply(ConstantPadNdBackward0, (input,), widths, value)
