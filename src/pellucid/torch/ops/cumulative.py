"""Running sums, products and extremes along a dimension."""

from __future__ import annotations

# Arrays are Any here: formulas are lambdas over arrays and tensors alike.
# pyright: reportUnknownLambdaType=false, reportUnknownArgumentType=false
# pyright: reportUnknownVariableType=false, reportUnknownMemberType=false
from collections.abc import Callable
from typing import Any

import numpy as np

from pellucid.torch import dtypes
from pellucid.torch.dtypes import widened
from pellucid.torch.ops.apply import Operation, apply
from pellucid.torch.ops.choice import masked, where
from pellucid.torch.ops.elementwise import exp, log
from pellucid.torch.ops.reduce import floating, named, numpy_names, total
from pellucid.torch.ops.shape import flip
from pellucid.torch.size import dimension
from pellucid.torch.tensor import Tensor, wrap


class CumsumBackward0(Operation):
    """Running sums."""

    __slots__ = ()

    def forward(self, x: Any, dim: int) -> Any:
        """x₀, x₀ + x₁, …"""
        self.dim = dim
        wide = widened(x)
        return np.cumsum(wide, axis=dim, dtype=wide.dtype).astype(x.dtype, copy=False) if x.ndim else x.copy()

    def pull(self, g: Any) -> tuple[Any]:
        """The running sums from the other end."""
        if not g.ndim:
            return (g,)
        return (flip(apply(CumsumBackward0, (flip(g, self.dim),), self.dim), self.dim),)


def running(input: Tensor, dtype: Any) -> Tensor:
    """The type in which running sums are computed."""
    if dtype is not None:
        return input.to(dtype)
    return input if input.dtype.is_floating_point else input.to(dtypes.int64)


@numpy_names
def cumsum(input: Tensor, dim: int, *, dtype: Any = None) -> Tensor:
    """Running sums along `dim`."""
    return apply(CumsumBackward0, (running(input, dtype),), dimension(dim, input.array.ndim))


class CumprodBackward0(Operation):
    """Running products."""

    __slots__ = ()

    def forward(self, x: Any, dim: int) -> Any:
        """x₀, x₀·x₁, …"""
        self.dim = dim
        wide = widened(x)
        z = np.cumprod(wide, axis=dim, dtype=wide.dtype).astype(x.dtype, copy=False) if x.ndim else x.copy()
        self.save(x, z)
        return z

    def pull(self, g: Any) -> tuple[Any]:
        """Σ over later products without this factor; zeros are taken out one by one."""
        x, z = self.unpack()
        if not x.ndim:
            return (g,)
        zero: Any = (x.array if isinstance(x, Tensor) else x) == 0
        if not zero.any():
            gz = g * z
            return (flip(apply(CumsumBackward0, (flip(gz, self.dim),), self.dim), self.dim) / x,)
        lead = (slice(None),) * self.dim
        parts: list[Any] = []
        for k in range(x.shape[self.dim]):
            at = (*lead, slice(k, k + 1))
            changed = x * 1
            unit = np.zeros(x.shape, bool)
            unit[at] = True
            changed = where(unit, x * 0 + 1, changed)  # the products as if this factor were 1
            later = np.zeros(x.shape, bool)
            later[(*lead, slice(k, None))] = True
            product = apply(CumprodBackward0, (changed,), self.dim)
            parts.append(total(masked(g * product, later), (self.dim,)))
        from pellucid.torch.ops.joining import cat

        return (cat(parts, self.dim),)


@numpy_names
def cumprod(input: Tensor, dim: int, *, dtype: Any = None) -> Tensor:
    """Running products along `dim`."""
    return apply(CumprodBackward0, (running(input, dtype),), dimension(dim, input.array.ndim))


class LogcumsumexpBackward0(Operation):
    """log of the running sums of eˣ."""

    __slots__ = ()

    def forward(self, x: Any, dim: int) -> Any:
        """Accumulated pairwise without overflow."""
        self.dim = dim
        z = np.logaddexp.accumulate(x, axis=dim) if x.ndim else x.copy()
        self.save(x, z)
        return z

    def pull(self, g: Any) -> tuple[Any]:
        """eˣ·Σ over later ones of g·e⁻ᶻ."""
        x, z = self.unpack()
        if not x.ndim:
            return (g,)
        if isinstance(g, Tensor):
            return (self.pair_by_pair(g, x, z),)
        return (self.share(masked(g, g > 0), x, z) - self.share(masked(-g, g < 0), x, z),)

    def pair_by_pair(self, g: Any, x: Any, z: Any) -> Any:
        """The same with all pairs written out, since the logarithms of zeros in `share` have no derivative."""
        n, dim = x.shape[self.dim], self.dim
        own, later = (slice(None),) * dim + (slice(None), None), (slice(None),) * dim + (None,)
        pairs = np.triu(np.ones((n, n), bool)).reshape(n, n, *(1,) * (x.ndim - dim - 1))
        return masked(g[later] * exp(masked(x[own] - z[later], pairs)), pairs).sum(dim + 1)

    def share(self, g: Any, x: Any, z: Any) -> Any:
        """The sum for gradients ≥ 0, in logarithms, so that nothing overflows."""
        back = apply(LogcumsumexpBackward0, (flip(log(g) - z, self.dim),), self.dim)
        return exp(flip(back, self.dim) + x)


def logcumsumexp(input: Tensor, dim: int) -> Tensor:
    """log of the running sums of eˣ along `dim`."""
    return apply(LogcumsumexpBackward0, (floating(input),), dimension(dim, input.array.ndim))


def running_extreme(title: str, better: Callable[[Any, Any], Any]) -> Callable[..., Any]:
    """cummax and cummin: the extreme so far, and where it was."""
    result = named(title, "values", "indices")

    def operation(input: Tensor, dim: int) -> Any:
        x = input.array
        place = dimension(dim, x.ndim)
        if not x.ndim:
            return result(input.clone(), wrap(np.zeros((), np.int64), dtypes.int64))
        lead = (slice(None),) * place
        indices = np.zeros(x.shape, np.int64)
        best: Any = None
        where_best: Any = 0
        for k in range(x.shape[place]):
            now = x[(*lead, k)]
            if best is None:
                best, where_best = now.copy(), np.zeros(now.shape, np.int64)
            else:
                taken = better(now, best) | (now != now)
                best, where_best = np.where(taken, now, best), np.where(taken, k, where_best)
            indices[(*lead, k)] = where_best
        return result(apply(RunningExtreme, (input,), indices, place), wrap(indices, dtypes.int64))

    return operation


class RunningExtreme(Operation):
    """The elements at indices that repeat; their gradients add up."""

    __slots__ = ()

    def forward(self, x: Any, indices: Any, dim: int) -> Any:
        """x at the indices."""
        self.how = x.shape, indices, dim
        return np.take_along_axis(x, indices, dim)

    def pull(self, g: Any) -> tuple[Any]:
        """Σ of the gradients for each place."""
        from pellucid.torch.ops.scatter import ScatterAdd

        shape, indices, dim = self.how
        return (apply(ScatterAdd, (g,), shape, indices, dim),)


cummax = running_extreme("cummax", np.greater_equal)
cummin = running_extreme("cummin", np.less_equal)
