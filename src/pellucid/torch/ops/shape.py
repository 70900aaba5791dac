"""Operations that copy elements into another arrangement: turned, repeated, padded, on diagonals."""

from __future__ import annotations

# Arrays are Any here: formulas are lambdas over arrays and tensors alike.
# pyright: reportUnknownLambdaType=false, reportUnknownArgumentType=false
# pyright: reportUnknownVariableType=false, reportUnknownMemberType=false
import builtins
from collections.abc import Sequence
from typing import Any

import numpy as np

from pellucid.torch.dtypes import result_type
from pellucid.torch.ops import apply as made
from pellucid.torch.ops.apply import Operation, apply, sum_to
from pellucid.torch.ops.joining import at_least, cat
from pellucid.torch.ops.views import diagonal_, diagonal_key, embed, given, ravel, transpose
from pellucid.torch.size import contiguous_format, dimension, sizes
from pellucid.torch.tensor import Tensor, wrap


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
    """A copy in memory of its own, recorded; with torch.contiguous_format in row order, else in the order of `input`."""
    out = apply(CloneBackward0, (input,))
    return out.contiguous() if memory_format is contiguous_format else out


def contiguous(input: Tensor, memory_format: Any = None) -> Tensor:
    """Itself if the elements lie in row order, the one memory_format that there is, else a copy in which they do."""
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
        return np.flip(x, dims).copy() if x.ndim else x.copy()

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
    """Each element repeated, along `dim` or flattened. With the repeats alone: each place so often.

    output_size, by which a GPU need not be waited for, is found here by counting.
    """
    from pellucid.torch.ops.selection import index_select

    if repeats is None:
        times: Any = input.array.astype(np.intp)  # of 32 bits in the browser, where NumPy refuses others
        return wrap(np.repeat(np.arange(times.size, dtype=input.dtype.numpy), times), input.dtype)
    x = ravel(input) if dim is None else input
    place = 0 if dim is None else dimension(dim, input.array.ndim)
    count: Any = np.asarray(repeats.array if isinstance(repeats, Tensor) else repeats).astype(np.intp)
    order: Any = np.repeat(np.arange(x.array.shape[place], dtype=np.int64), count)
    return index_select(x, place, wrap(order, result_type(0)))


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


def diagflat(input: Tensor, offset: int = 0) -> Tensor:
    """The matrix with all elements on its diagonal."""
    return diag_embed(ravel(input), offset)


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
