"""Variance, covariance, medians and quantiles."""

from __future__ import annotations

# Arrays are Any here: formulas are lambdas over arrays and tensors alike.
# pyright: reportUnknownLambdaType=false, reportUnknownArgumentType=false
# pyright: reportUnknownVariableType=false, reportUnknownMemberType=false
import math
from typing import Any

import numpy as np

from pellucid.torch.dtypes import float32, float64, widened
from pellucid.torch.ops import apply as made
from pellucid.torch.ops.apply import Operation, apply
from pellucid.torch.ops.choice import masked
from pellucid.torch.ops.elementwise import sqrt
from pellucid.torch.ops.extremes import Extreme, values_at
from pellucid.torch.ops.reduce import (
    Axes,
    MeanBackward1,
    axes_of,
    floating,
    mean,
    named,
    need_floating,
    numpy_names,
    spread,
    sum,
)
from pellucid.torch.ops.scatter import GatherBackward0
from pellucid.torch.size import dimension
from pellucid.torch.tensor import Tensor, wrap


class MedianBackward0(Extreme):
    """The lower median of everything; equal ones share the gradient."""

    __slots__ = ()
    finds_nan = True
    reduce = staticmethod(lambda x, axis, keepdims: x.reshape(-1)[lower_median(x.reshape(-1), 0)][0])


class NanmedianBackward0(MedianBackward0):
    """The same of what is not NaN."""

    __slots__ = ()
    reduce = staticmethod(lambda x, axis, keepdims: x.reshape(-1)[lower_median(x.reshape(-1), 0, True)][0])


class VarBackward0(Operation):
    """Σ(x − x̄)²/(n − correction)."""

    __slots__ = ()

    def forward(self, x: Any, axes: Axes, correction: float, keepdim: bool) -> Any:
        """The variance over `axes`."""
        self.how = x.shape, axes, keepdim
        self.freedom = max(math.prod(x.shape[k] for k in axes) - correction, 0)
        self.save(x)
        centred = x - np.mean(x, axis=axes, keepdims=True, dtype=np.float64)
        return (np.sum(centred * centred, axis=axes, keepdims=keepdim) / np.float64(self.freedom)).astype(
            x.dtype
        )

    def pull(self, g: Any) -> tuple[Any]:
        """2(x − x̄)g/(n − correction)."""
        (x,) = self.unpack()
        axes = self.how[1]
        centred = x - apply(MeanBackward1, (x,), axes, True)
        factor = 2 / self.freedom if self.freedom else math.nan
        return (spread(g * factor, *self.how) * centred,)


class StdBackward0(Operation):
    """√variance."""

    __slots__ = ()

    def forward(self, x: Any, axes: Axes, correction: float, keepdim: bool) -> Any:
        """The standard deviation over `axes`."""
        self.how = x.shape, axes, keepdim
        self.correction = correction
        variance = VarBackward0.forward(VarBackward0(), widened(x), axes, correction, keepdim)
        z = np.sqrt(variance).astype(x.dtype, copy=False)
        self.save(x, z)
        return z

    def pull(self, g: Any) -> tuple[Any]:
        """(x − x̄)g/((n − correction)·z), 0 where all are equal."""
        x, z = self.unpack()
        shape, axes, _ = self.how
        freedom = max(math.prod(shape[k] for k in axes) - self.correction, 0)
        centred = x - apply(MeanBackward1, (x,), axes, True)
        factor = masked(g / (z * freedom), ~(z == 0))
        return (spread(factor, *self.how) * centred,)


def correction_of(unbiased: bool | None, correction: float | None) -> float:
    """What is subtracted from n: 1 unless said otherwise."""
    if correction is not None:
        return correction
    return 1 if unbiased is None or unbiased else 0


def spread_by(
    node: type[Operation],
    name: str,
    input: Tensor,
    dim: Any,
    unbiased: bool | None,
    keepdim: bool,
    correction: float | None,
) -> Tensor:
    """The variance or standard deviation over dim; `var(x, False)` means unbiased, not a dimension."""
    if isinstance(dim, bool):
        dim, unbiased = None, dim
    need_floating(name, input)
    return apply(node, (input,), axes_of(dim, input.array.ndim), correction_of(unbiased, correction), keepdim)


@numpy_names
def var(
    input: Tensor,
    dim: Any = None,
    unbiased: bool | None = None,
    keepdim: bool = False,
    *,
    correction: float | None = None,
) -> Tensor:
    """The variance, Bessel's correction included by default."""
    return spread_by(VarBackward0, "var", input, dim, unbiased, keepdim, correction)


@numpy_names
def std(
    input: Tensor,
    dim: Any = None,
    unbiased: bool | None = None,
    keepdim: bool = False,
    *,
    correction: float | None = None,
) -> Tensor:
    """The standard deviation, Bessel's correction included by default."""
    return spread_by(StdBackward0, "std", input, dim, unbiased, keepdim, correction)


@numpy_names
def var_mean(
    input: Tensor, dim: Any = None, unbiased: bool | None = None, **options: Any
) -> tuple[Tensor, Tensor]:
    """The variance and the mean."""
    if isinstance(dim, bool):
        dim, unbiased = None, dim
    return var(input, dim, unbiased, **options), mean(input, dim, options.get("keepdim", False))


@numpy_names
def std_mean(
    input: Tensor, dim: Any = None, unbiased: bool | None = None, **options: Any
) -> tuple[Tensor, Tensor]:
    """The standard deviation and the mean."""
    if isinstance(dim, bool):
        dim, unbiased = None, dim
    return std(input, dim, unbiased, **options), mean(input, dim, options.get("keepdim", False))


def lower_median(x: Any, dim: int, skip_nan: bool = False) -> Any:
    """The indices (dimension kept) of the lower of the two middle elements; NaN first of all, or left out."""
    order: Any = np.argsort(x, axis=dim, kind="stable")  # NaN last
    if skip_nan:
        count: Any = np.sum(x == x, axis=dim, keepdims=True)
        return np.take_along_axis(order, np.maximum(count - 1, 0) // 2, axis=dim)
    middle: Any = np.take(order, [(x.shape[dim] - 1) // 2], axis=dim)
    if x.dtype.kind == "f" and np.isnan(x).any():
        nans = np.isnan(x)
        first = np.expand_dims(nans.argmax(axis=dim), dim)
        middle = np.where(np.expand_dims(nans.any(axis=dim), dim), first, middle)
    return middle


def median_of(title: str, skip_nan: bool) -> Any:
    """median and nanmedian."""
    result = named(title, "values", "indices")
    node = f"{title.capitalize()}Backward"

    def operation(input: Tensor, dim: int | None = None, keepdim: bool = False) -> Any:
        if dim is None:
            if not input.array.size:
                return input.new_tensor(math.nan)
            whole = NanmedianBackward0 if skip_nan else MedianBackward0
            return apply(whole, (input,), tuple(range(input.array.ndim)), False)
        place = dimension(dim, input.array.ndim)
        if not input.array.ndim:
            return result(*values_at(f"{node}1", input, np.zeros((), np.int64), 0))
        return result(
            *values_at(f"{node}1", input, lower_median(input.array, place, skip_nan), place, keepdim)
        )

    operation.__doc__ = (
        "The lower median" + (" of what is not NaN" if skip_nan else "") + "; with dim also its indices."
    )
    return operation


median = median_of("median", False)
nanmedian = median_of("nanmedian", True)


def mode(input: Tensor, dim: int = -1, keepdim: bool = False) -> Any:
    """The most frequent value (the least of several), and its last index."""
    x = input.array
    place = dimension(dim, x.ndim)

    def last_of_most(row: Any) -> Any:
        found, counts = np.unique(row, return_counts=True)
        return np.flatnonzero(row == found[counts.argmax()])[-1:]

    indices: Any = np.apply_along_axis(last_of_most, place, x) if x.ndim else np.zeros((), np.int64)
    return named("mode", "values", "indices")(*values_at("ModeBackward0", input, indices, place, keepdim))


def quantile(
    input: Tensor, q: Any, dim: int | None = None, keepdim: bool = False, *, interpolation: str = "linear"
) -> Tensor:
    """The q-quantile(s), between neighbours by `interpolation`; NaN where there is one."""
    return quantiles("quantile", input, q, dim, keepdim, interpolation)


def nanquantile(
    input: Tensor, q: Any, dim: int | None = None, keepdim: bool = False, *, interpolation: str = "linear"
) -> Tensor:
    """The q-quantile(s) of what is not NaN."""
    return quantiles("nanquantile", input, q, dim, keepdim, interpolation)


def quantiles(name: str, input: Tensor, q: Any, dim: int | None, keepdim: bool, interpolation: str) -> Tensor:
    """quantile and nanquantile, which only differ in how many elements they count."""
    from pellucid.torch.ops.order import sort

    if input.dtype not in (float32, float64):
        raise RuntimeError(f"{name}() input tensor must be either float or double dtype")
    flat = made.reshape(input, (input.array.size,)) if dim is None or not input.array.ndim else input
    place = 0 if dim is None else dimension(dim, input.array.ndim)
    ordered = sort(flat, place)[0].movedim(place, 0)  # NaN last
    levels = np.asarray(q.array if isinstance(q, Tensor) else q, np.float64)
    if ((levels < 0) | (levels > 1)).any():
        raise RuntimeError(f"{name}() q values must be in the range [0, 1]")
    known: Any = ordered.array == ordered.array
    last: Any = np.maximum(known.sum(0) - 1, 0)
    ranks: Any = levels.reshape(-1, *[1] * last.ndim) * last
    if name == "quantile":  # one NaN makes the result NaN, as the last is
        ranks = np.where(known.all(0), ranks, known.shape[0] - 1)
    low = np.floor(ranks).astype(np.int64)
    high = np.ceil(ranks).astype(np.int64)
    part = {
        "linear": ranks - low,
        "lower": ranks * 0,
        "higher": ranks * 0 + 1,
        "midpoint": (ranks != low) * 0.5,
    }
    part["nearest"] = np.round(ranks) - low
    if interpolation not in part:
        raise RuntimeError(
            f"{name}() interpolation must be one of linear, lower, higher, midpoint or nearest, but got {interpolation}"
        )
    weight = wrap(part[interpolation].astype(flat.array.dtype), flat.dtype)
    a, b = (apply(GatherBackward0, (ordered,), k, 0) for k in (low, high))
    out = a + (b - a) * weight
    if keepdim and input.array.ndim:
        out = out.reshape(-1, *([1] * input.array.ndim)) if dim is None else out.unsqueeze(place + 1)
    return out[0] if not levels.ndim else out


def cov(input: Tensor, *, correction: int = 1, fweights: Any = None, aweights: Any = None) -> Tensor:
    """The covariances of the rows; fweights count observations, aweights weigh them."""
    x = floating(made.reshape(input, (1, input.array.size)) if input.array.ndim < 2 else input)
    w: Any = None if fweights is None else fweights.to(x.dtype)
    if aweights is not None:
        w = aweights if w is None else w * aweights
    if w is None:
        centred = x - mean(x, 1, True)
        return (centred @ centred.t() / max(x.array.shape[1] - correction, 0)).squeeze()
    whole = sum(w)
    centred = x - sum(x * w, 1, True) / whole
    lost = correction if aweights is None else correction * sum(w * aweights) / whole
    return ((centred * w) @ centred.t() / (whole - lost).clamp(min=0)).squeeze()


def corrcoef(input: Tensor) -> Tensor:
    """The correlations of the rows."""
    c = cov(input)
    if not c.array.ndim:
        return c / c
    d = sqrt(c.diagonal())
    return c / d.unsqueeze(0) / d.unsqueeze(1)
