"""Differences and integrals of sampled functions: diff, gradient, the trapezoidal rule."""

from __future__ import annotations

# Arrays are Any here: formulas are lambdas over arrays and tensors alike.
# pyright: reportUnknownLambdaType=false, reportUnknownArgumentType=false
# pyright: reportUnknownVariableType=false, reportUnknownMemberType=false
from collections.abc import Sequence
from typing import Any

from pellucid.torch import dtypes
from pellucid.torch.ops.cumulative import cumsum
from pellucid.torch.ops.joining import cat
from pellucid.torch.ops.reduce import sum
from pellucid.torch.ops.truth import ne
from pellucid.torch.ops.views import narrow
from pellucid.torch.size import dimension
from pellucid.torch.tensor import Tensor


def diff(
    input: Tensor, n: int = 1, dim: int = -1, prepend: Tensor | None = None, append: Tensor | None = None
) -> Tensor:
    """xᵢ₊₁ − xᵢ along `dim`, n times; prepend and append are joined to the ends first. Truth values: whether they differ."""
    if not input.array.ndim:
        raise RuntimeError("diff expects input to be at least one-dimensional")
    if n < 0:
        raise RuntimeError(f"order must be non-negative but got {n}")
    if not n:
        return input.clone()
    x = (
        cat([t for t in (prepend, input, append) if t is not None], dim)
        if prepend is not None or append is not None
        else input
    )
    place = dimension(dim, x.array.ndim)
    for _ in range(n):
        length = max(x.array.shape[place] - 1, 0)
        start = min(1, x.array.shape[place])
        later, before = narrow(x, place, start, length), narrow(x, place, 0, length)
        x = ne(later, before) if x.dtype is dtypes.bool_ else later - before
    return x


def spacings(x: Tensor, dim: int, y: Tensor) -> Tensor:
    """The widths between sample points, in a shape that broadcasts with the differences of y along `dim`."""
    if x.array.ndim == 1:
        return diff(x).reshape(-1, *[1] * (y.array.ndim - 1 - dim))
    return diff(x, dim=dim - y.array.ndim)


def areas(name: str, y: Tensor, x: Tensor | None, dx: Any, dim: int) -> Any:
    """The areas of the trapezoids between neighbours along `dim`."""
    place = dimension(dim, y.array.ndim)
    if not y.array.ndim:
        raise IndexError(f"{name}: expected a tensor with at least one dimension")
    length = max(y.array.shape[place] - 1, 0)
    start = min(1, y.array.shape[place])
    pairs = narrow(y, place, start, length) + narrow(y, place, 0, length)
    if x is None:
        return pairs * dx / 2
    if x.array.ndim == 1 and x.array.size != y.array.shape[place]:
        raise RuntimeError(f"{name}: There must be one `x` value for each sample point")
    return pairs * spacings(x, place, y) / 2


def trapezoid(y: Tensor, x: Tensor | None = None, *, dx: Any = None, dim: int = -1) -> Tensor:
    """∫y dx along `dim` by the trapezoidal rule: at points x, or at points dx (1) apart."""
    return sum(areas("trapezoid", y, x, 1 if dx is None else dx, dim), dim)


trapz = trapezoid


def cumulative_trapezoid(y: Tensor, x: Tensor | None = None, *, dx: Any = None, dim: int = -1) -> Tensor:
    """The integrals from the first point to each later one."""
    return cumsum(areas("cumulative_trapezoid", y, x, 1 if dx is None else dx, dim), dim)


def gradient(input: Tensor, *, spacing: Any = 1, dim: Any = None, edge_order: int = 1) -> tuple[Tensor, ...]:
    """The derivative along each of `dim` (all), by second-order differences inside and differences of edge_order at the ends.

    spacing: one distance, one for each dimension, or a tensor of coordinates for each.
    """
    ndim = input.array.ndim
    dims = list(range(ndim)) if dim is None else [dim] if isinstance(dim, int) else list(dim)
    places = [dimension(d, ndim) for d in dims]
    spacing = 1 if spacing is None else spacing
    several = isinstance(spacing, (list, tuple))
    widths: Sequence[Any] = spacing if several else [spacing] * len(places)
    if len(widths) != len(places):
        raise RuntimeError(
            f"torch.gradient expected spacing to be unspecified, a scalar, or a list of length {len(places)} but got a list of "
            f"length {len(widths)}"
        )
    if edge_order not in (1, 2):
        raise RuntimeError("torch.gradient only supports edge_order=1 and edge_order=2.")
    return tuple(slope(input, p, h, edge_order) for p, h in zip(places, widths, strict=True))


def slope(y: Tensor, dim: int, h: Any, edge_order: int) -> Tensor:
    """The derivative along one dimension; h: a distance, or a tensor of coordinates."""
    n = y.array.shape[dim]
    if n <= edge_order:
        raise RuntimeError("torch.gradient expected each dimension size to be at least edge_order+1")
    steps = diff(y, dim=dim)
    if isinstance(h, Tensor) and h.array.ndim:
        if h.array.size != n:
            raise RuntimeError(
                "torch.gradient expected each coordinate tensor to have as many elements as the dimension that it belongs to"
            )
        widths: Any = spacings(h, dim, y)
    else:
        widths = (y.narrow(dim, 0, n - 1) * 0 + 1) * h
    slopes = steps / widths
    wide = (
        slopes.array.ndim - widths.array.ndim
    )  # widths have fewer dimensions where they are given as a vector
    last = n - 2

    def at(t: Tensor, start: int, length: int) -> Tensor:
        return narrow(t, dim - (wide if t is widths else 0), start, length)

    left, right = at(widths, 0, last), at(widths, 1, last)
    inside = (at(slopes, 0, last) * right + at(slopes, 1, last) * left) / (left + right)
    first, final = at(slopes, 0, 1), at(slopes, last, 1)
    if edge_order == 2:
        a, b = at(widths, 0, 1), at(widths, 1, 1)
        first = first + (first - at(slopes, 1, 1)) * a / (a + b)
        a, b = at(widths, last, 1), at(widths, last - 1, 1)
        final = final + (final - at(slopes, last - 1, 1)) * a / (a + b)
    return cat([first, inside, final], dim)
