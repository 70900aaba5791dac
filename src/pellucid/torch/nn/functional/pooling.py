"""Pooling: the greatest, or the mean, of what each window sees."""

from __future__ import annotations

# Arrays are Any here: formulas are lambdas over arrays and tensors alike.
# pyright: reportUnknownLambdaType=false, reportUnknownArgumentType=false
# pyright: reportUnknownVariableType=false, reportUnknownMemberType=false
import math
from typing import Any

import numpy as np

from pellucid.torch import dtypes
from pellucid.torch.nn.functional.convolution import each, with_batch
from pellucid.torch.nn.functional.kinds import check_floating
from pellucid.torch.ops import elementwise
from pellucid.torch.ops.apply import Operation, apply, reshape
from pellucid.torch.ops.index import AddAt
from pellucid.torch.ops.joining import stack
from pellucid.torch.tensor import Tensor, wrap


class MaxPool2DWithIndicesBackward0(Operation):
    """The elements that were the greatest of their windows."""

    __slots__ = ()

    def forward(self, x: Any, numbers: Any) -> Any:
        """numbers (n, c, *windows): which element of its image x[n, c] each is."""
        images = np.arange(math.prod(x.shape[:2])).reshape(*x.shape[:2], *[1] * (numbers.ndim - 2))
        self.how = x.shape, images * math.prod(x.shape[2:]) + numbers
        return x.reshape(-1)[self.how[1]]

    def pull(self, g: Any) -> tuple[Any]:
        """g added where the elements came from."""
        shape, chosen = self.how
        return (reshape(apply(AddAt, (g,), (math.prod(shape),), (chosen,)), shape),)


class Windows:
    """Where windows of a size lie over places, and what pads the edges."""

    def __init__(
        self, dims: int, kernel_size: Any, stride: Any, padding: Any, dilation: Any, ceil_mode: bool
    ) -> None:
        self.kernel = each(kernel_size, dims)
        self.stride = self.kernel if stride in (None, (), []) else each(stride, dims)
        self.padding, self.dilation = each(padding, dims), each(dilation, dims)
        self.ceil_mode = ceil_mode
        for p, k, d in zip(self.padding, self.kernel, self.dilation, strict=True):
            if p > ((k - 1) * d + 1) // 2:
                raise RuntimeError(
                    f"pad should be at most half of effective kernel size, but got pad={p}, kernel_size={k} and dilation={d}"
                )

    def counts(self, places: tuple[int, ...]) -> tuple[int, ...]:
        """How many windows there are along each dimension."""
        out: list[int] = []
        for n, k, s, p, d in zip(places, self.kernel, self.stride, self.padding, self.dilation, strict=True):
            room = n + 2 * p - d * (k - 1) - 1
            count = -(-room // s) + 1 if self.ceil_mode else room // s + 1
            if self.ceil_mode and (count - 1) * s >= n + p:  # the last window begins within the image
                count -= 1
            out.append(count)
        return tuple(out)

    def check(self, x: Any) -> None:
        """RuntimeError where no window fits into x (n, c, *places)."""
        counts = self.counts(x.shape[2:])
        if min(counts) <= 0:
            before, after = ("x".join(map(str, (x.shape[1], *sizes))) for sizes in (x.shape[2:], counts))
            raise RuntimeError(
                f"Given input size: ({before}). Calculated output size: ({after}). Output size is too small"
            )

    def look(self, x: Any, fill: float) -> Any:
        """The windows of x (n, c, *places), as (n, c, *windows, *kernel), a view of x within `fill`."""
        self.check(x)
        places = x.shape[2:]
        counts = self.counts(places)
        steps = zip(places, self.kernel, self.stride, self.padding, self.dilation, counts, strict=True)
        after = [max((m - 1) * s + d * (k - 1) + 1 - n - p, 0) for n, k, s, p, d, m in steps]
        if any(self.padding) or any(after):
            widths = [(0, 0), (0, 0), *zip(self.padding, after, strict=True)]
            x = np.pad(x, widths, constant_values=fill)
        strides = x.strides[2:]
        return np.lib.stride_tricks.as_strided(
            x,
            (*x.shape[:2], *counts, *self.kernel),
            (
                *x.strides[:2],
                *[a * s for a, s in zip(strides, self.stride, strict=True)],
                *[a * d for a, d in zip(strides, self.dilation, strict=True)],
            ),
        )

    def numbers(self, places: tuple[int, ...], chosen: Any) -> Any:
        """The numbers in the flattened image of element number `chosen` (n, c, *windows) of each window."""
        row: Any = np.array(
            [math.prod(places[k + 1 :]) for k in range(len(places))]
        )  # from a place to the next
        within: Any = np.stack(np.unravel_index(np.arange(math.prod(self.kernel)), self.kernel), -1)
        found = (within @ (row * self.dilation))[chosen]
        for k, first in enumerate(np.indices(chosen.shape[2:], sparse=True)):
            found += (first * self.stride[k] - self.padding[k]) * row[k]
        return found


def pooled(input: Tensor, dims: int, name: str) -> tuple[Tensor, bool]:
    """The input with a batch dimension, and whether it was added."""
    if input.array.ndim in (dims + 1, dims + 2):
        return with_batch(input, dims, name)
    if name == "max_pool1d":
        raise RuntimeError(
            "max_pool1d: Expected 2D or 3D (batch mode) tensor with optional 0 dim batch size for input, but got:"
            f"{list(input.array.shape)}"
        )
    if name.startswith("adaptive"):
        raise RuntimeError(
            f"{name}(): Expected {dims + 1}D or {dims + 2}D tensor, but got {list(input.array.shape)}"
        )
    raise RuntimeError(f"non-empty {dims + 1}D or {dims + 2}D (batch mode) tensor expected for input")


def max_pool_of(dims: int) -> Any:
    """The greatest of each window, in `dims` dimensions."""

    def max_pool(
        input: Tensor,
        kernel_size: Any,
        stride: Any = None,
        padding: Any = 0,
        dilation: Any = 1,
        ceil_mode: bool = False,
        return_indices: bool = False,
    ) -> Any:
        """(n, c, *places) → (n, c, *windows); return_indices: also where each was in the flattened image."""
        x, single = pooled(input, dims, name)
        if dims == 1:
            check_floating(input, "max_pool1d_impl")
        windows = Windows(dims, kernel_size, stride, padding, dilation, ceil_mode)
        seen = windows.look(x.array, -np.inf if x.dtype.is_floating_point else np.iinfo(x.array.dtype).min)
        chosen = greatest([seen[(..., *place)] for place in np.ndindex(*windows.kernel)])
        return picked(x, windows.numbers(x.array.shape[2:], chosen), single, return_indices)

    name = max_pool.__name__ = max_pool.__qualname__ = f"max_pool{dims}d"
    return max_pool


def greatest(elements: list[Any]) -> Any:
    """Which of the arrays has the greatest element, place by place; NaN is greater than any number.

    Array by array and without a choice by mask: on windows of 2×2 an argmax over them, or a mask, takes three times as long.
    """
    best = elements[0].copy()
    chosen: Any = np.zeros(best.shape, np.int64)
    for k, array in enumerate(elements[1:], 1):
        better = (array > best) | (array != array)
        np.maximum(best, array, out=best)
        np.maximum(chosen, better * k, out=chosen)
    return chosen


def picked(x: Tensor, numbers: Any, single: bool, return_indices: bool) -> Any:
    """What a function of greatest elements returns: they by their numbers in the image; return_indices: also these."""
    out = apply(MaxPool2DWithIndicesBackward0, (x,), numbers)
    out = out.squeeze(0) if single else out
    return (out, wrap(numbers[0] if single else numbers, dtypes.int64)) if return_indices else out


class AvgPool2DBackward0(Operation):
    """The mean of each window."""

    __slots__ = ()

    def forward(self, x: Any, windows: Windows, divisors: Any) -> Any:
        """The sum of each window (n, c, *windows) over its divisor."""
        self.how = x.shape, windows, divisors
        seen = windows.look(x, 0)
        return (seen.sum(axis=tuple(range(2 + len(windows.kernel), seen.ndim))) / divisors).astype(x.dtype)

    def pull(self, g: Any) -> tuple[Any]:
        """Each window's share to all that it saw."""
        return (apply(AvgPoolSpread, (g,), *self.how),)


class AvgPoolSpread(Operation):
    """The mean's gradient."""

    __slots__ = ()

    def forward(self, g: Any, shape: tuple[int, ...], windows: Windows, divisors: Any) -> Any:
        """g (n, c, *windows) → (n, c, *places)."""
        self.how = windows, divisors
        share = (g / divisors).astype(g.dtype)
        counts = share.shape[2:]
        edges = zip(shape[2:], windows.padding, windows.stride, windows.kernel, counts, strict=True)
        whole = np.zeros((*shape[:2], *[max(n + 2 * p, (m - 1) * s + k) for n, p, s, k, m in edges]), g.dtype)
        for place in np.ndindex(*windows.kernel):
            key = [
                slice(a, a + s * (m - 1) + 1, s)
                for a, s, m in zip(place, windows.stride, counts, strict=True)
            ]
            whole[(..., *key)] += share
        return whole[(..., *[slice(p, p + n) for p, n in zip(windows.padding, shape[2:], strict=True)])]

    def pull(self, g: Any) -> tuple[Any]:
        """The means again."""
        return (apply(AvgPool2DBackward0, (g,), *self.how),)


def avg_pool_of(dims: int) -> Any:
    """The mean of each window, in `dims` dimensions."""

    def avg_pool(
        input: Tensor,
        kernel_size: Any,
        stride: Any = None,
        padding: Any = 0,
        ceil_mode: bool = False,
        count_include_pad: bool = True,
        divisor_override: int | None = None,
    ) -> Tensor:
        """(n, c, *places) → (n, c, *windows); divisor_override: what each sum is divided by."""
        x, single = pooled(input, dims, name)
        windows = Windows(dims, kernel_size, stride, padding, 1, ceil_mode)
        windows.check(x.array)
        if divisor_override == 0:
            raise RuntimeError("divisor must be not zero")
        divisors: Any = divisor_override or divisors_of(windows, x.array.shape[2:], count_include_pad)
        out = apply(AvgPool2DBackward0, (x,), windows, divisors)
        return out.squeeze(0) if single else out

    name = avg_pool.__name__ = avg_pool.__qualname__ = f"avg_pool{dims}d"
    return avg_pool


def divisors_of(windows: Windows, places: tuple[int, ...], include_pad: bool) -> Any:
    """How many elements each window counts: those of the image, with include_pad those of the padding too."""
    product: Any = np.ones((), np.float32)
    for n, k, s, p, m in zip(
        places, windows.kernel, windows.stride, windows.padding, windows.counts(places), strict=True
    ):
        start: Any = np.arange(m) * s - p
        end: Any = np.minimum(start + k, n + p)
        counted = end - start if include_pad else np.minimum(end, n) - np.maximum(start, 0)
        product = np.multiply.outer(product, counted)
    return product.astype(np.float32)


max_pool1d, max_pool2d, max_pool3d = (max_pool_of(dims) for dims in (1, 2, 3))
means1d, avg_pool2d, avg_pool3d = (avg_pool_of(dims) for dims in (1, 2, 3))


def avg_pool1d(
    input: Tensor,
    kernel_size: Any,
    stride: Any = None,
    padding: Any = 0,
    ceil_mode: bool = False,
    count_include_pad: bool = True,
) -> Tensor:
    """(n, c, l) → (n, c, l'): the mean of each window; there is no divisor_override."""
    return means1d(input, kernel_size, stride, padding, ceil_mode, count_include_pad)


# ── Adaptive: the number of windows is given, not their size ─────────────────────────────────────────────────────────────────
def parts(size: int, count: int) -> list[slice]:
    """`count` windows over `size` places, as even as may be; they may overlap."""
    return [slice(k * size // count, -(-(k + 1) * size // count)) for k in range(count)]


def adaptive_sizes(output_size: Any, places: tuple[int, ...]) -> tuple[int, ...]:
    """How many windows along each dimension; None keeps the places."""
    given: tuple[Any, ...] = (
        (output_size,) * len(places) if isinstance(output_size, int) else tuple(output_size)
    )
    if len(given) == 1:
        given = given * len(places)
    return tuple(n if m is None else m for m, n in zip(given, places, strict=True))


def adaptive_avg_pool_of(dims: int) -> Any:
    """The mean of each part, in `dims` dimensions."""

    def adaptive_avg_pool(input: Tensor, output_size: Any) -> Tensor:
        """(n, c, *places) → (n, c, *output_size)."""
        x, single = pooled(input, dims, name)
        check_floating(input, f"adaptive_avg_pool{max(dims, 2)}d")
        for k, count in enumerate(adaptive_sizes(output_size, x.array.shape[2:])):
            dim = 2 + k
            lead = (slice(None),) * dim
            means = [x[(*lead, s)].mean(dim) for s in parts(x.array.shape[dim], count)]
            x = stack(means, dim) if means else x[(*lead, slice(0, 0))]
        return x.squeeze(0) if single else x

    name = adaptive_avg_pool.__name__ = adaptive_avg_pool.__qualname__ = f"adaptive_avg_pool{dims}d"
    return adaptive_avg_pool


def adaptive_max_pool_of(dims: int) -> Any:
    """The greatest of each part, in `dims` dimensions."""

    def adaptive_max_pool(input: Tensor, output_size: Any, return_indices: bool = False) -> Any:
        """(n, c, *places) → (n, c, *output_size); return_indices: also where each was in the flattened image."""
        x, single = pooled(input, dims, name)
        check_floating(input, f"adaptive_max_pool{max(dims, 2)}d")
        places = x.array.shape[2:]
        counts = adaptive_sizes(output_size, places)
        cells = [parts(n, m) for n, m in zip(places, counts, strict=True)]
        where: Any = np.zeros((*x.array.shape[:2], *counts), np.int64)
        numbers: Any = np.arange(math.prod(places)).reshape(places)
        for window in np.ndindex(*counts):
            key = tuple(cells[k][w] for k, w in enumerate(window))
            seen = x.array[(..., *key)].reshape(*x.array.shape[:2], -1)
            where[(..., *window)] = numbers[key].reshape(-1)[greatest([*np.moveaxis(seen, -1, 0)])]
        return picked(x, where, single, return_indices)

    name = adaptive_max_pool.__name__ = adaptive_max_pool.__qualname__ = f"adaptive_max_pool{dims}d"
    return adaptive_max_pool


adaptive_avg_pool1d, adaptive_avg_pool2d, adaptive_avg_pool3d = (adaptive_avg_pool_of(d) for d in (1, 2, 3))
adaptive_max_pool1d, adaptive_max_pool2d, adaptive_max_pool3d = (adaptive_max_pool_of(d) for d in (1, 2, 3))


# ── Power means ──────────────────────────────────────────────────────────────────────────────────────────────────────────────
def lp_pool_of(dims: int) -> Any:
    """The norm of each window, in `dims` dimensions."""
    mean: Any = (avg_pool1d, avg_pool2d, avg_pool3d)[dims - 1]
    most: Any = (max_pool1d, max_pool2d, max_pool3d)[dims - 1]

    def lp_pool(
        input: Tensor, norm_type: float, kernel_size: Any, stride: Any = None, ceil_mode: bool = False
    ) -> Tensor:
        """(n, c, *places) → (n, c, *windows): (Σ xᵖ)^(1/p), p = norm_type."""
        if math.isinf(norm_type):
            sign = math.copysign(1, norm_type)
            return most(elementwise.abs(input) * sign, kernel_size, stride, 0, 1, ceil_mode) * sign
        means = mean(elementwise.pow(input, norm_type), kernel_size, stride, 0, ceil_mode)
        # torch's order: the sign and relu keep a window of negative sums at 0 and its gradient finite
        sums = (elementwise.sign(means) * elementwise.relu(elementwise.abs(means))) * math.prod(
            each(kernel_size, dims)
        )
        return elementwise.pow(sums, 1.0 / norm_type)

    lp_pool.__name__ = lp_pool.__qualname__ = f"lp_pool{dims}d"
    return lp_pool


lp_pool1d, lp_pool2d, lp_pool3d = (lp_pool_of(dims) for dims in (1, 2, 3))


# ── Back from the greatest to the image ──────────────────────────────────────────────────────────────────────────────────────
def max_unpool_of(dims: int) -> Any:
    """The inverse of max_pool but for what it left out, in `dims` dimensions."""

    def max_unpool(
        input: Tensor,
        indices: Tensor,
        kernel_size: Any,
        stride: Any = None,
        padding: Any = 0,
        output_size: Any = None,
    ) -> Tensor:
        """(n, c, *windows), numbers in the image → (n, c, *places) with zeros where no greatest was."""
        x, single = with_batch(input, dims, name)
        if input.array.shape != indices.array.shape:
            raise RuntimeError(
                f"Expected shape of indices to be same as that of the input tensor ({list(input.array.shape)}) but got "
                f"indices tensor with shape: {list(indices.array.shape)}"
            )
        kernel, frame = each(kernel_size, dims), each(padding, dims)
        step = kernel if stride is None else each(stride, dims)
        sizes = zip(x.array.shape[2:], kernel, step, frame, strict=True)
        places = tuple((n - 1) * s - 2 * p + k for n, k, s, p in sizes)
        if output_size is not None:
            places = chosen_size(tuple(output_size)[-dims:], places, step)
        numbers = (indices.unsqueeze(0) if single else indices).flatten(2)
        if numbers.array.size and not 0 <= numbers.array.min() <= numbers.array.max() < math.prod(places):
            raise RuntimeError(
                f"found an invalid max index: {numbers.array.max()} (output volumes are of size {places})"
            )
        whole = x.new_zeros(*x.array.shape[:2], math.prod(places)).scatter(2, numbers, x.flatten(2))
        out = whole.reshape(*x.array.shape[:2], *places)
        return out.squeeze(0) if single else out

    name = max_unpool.__name__ = max_unpool.__qualname__ = f"max_unpool{dims}d"
    return max_unpool


def chosen_size(wanted: tuple[int, ...], usual: tuple[int, ...], step: tuple[int, ...]) -> tuple[int, ...]:
    """The places that were asked for; ValueError where no pooling of them gives such windows."""
    if any(not n - s < w < n + s for w, n, s in zip(wanted, usual, step, strict=True)):
        least, most = ([n + sign * s for n, s in zip(usual, step, strict=True)] for sign in (-1, 1))
        raise ValueError(f'invalid output_size "{wanted}" (dim 0 must be between {least[0]} and {most[0]})')
    return wanted


max_unpool1d, max_unpool2d, max_unpool3d = (max_unpool_of(dims) for dims in (1, 2, 3))
