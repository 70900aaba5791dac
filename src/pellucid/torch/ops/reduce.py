"""Operations that reduce dimensions, or run along them: sums, means, extremes, norms, softmax, cumulative sums."""

from __future__ import annotations

# Arrays are Any here: formulas are lambdas over arrays and tensors alike.
# pyright: reportUnknownLambdaType=false, reportUnknownArgumentType=false
# pyright: reportUnknownVariableType=false, reportUnknownMemberType=false
import functools
import math
from collections import namedtuple
from collections.abc import Callable
from typing import Any

import numpy as np

from pellucid.torch import dtypes
from pellucid.torch.ops import apply as made
from pellucid.torch.ops.apply import Operation, apply, unrecorded
from pellucid.torch.ops.elementwise import exp, isnan, log, masked, sgn, sqrt, true_divide, where
from pellucid.torch.ops.shape import flip
from pellucid.torch.size import dimension
from pellucid.torch.tensor import Tensor, wrap

Axes = tuple[int, ...]


def named(title: str, *fields: str) -> Any:
    """A tuple with names that prints as torch.return_types does."""
    base: Any = namedtuple(title, fields)  # pyright: ignore[reportUntypedNamedTuple]

    def text(self: Any) -> str:
        inner = ",\n".join(f"{name}={value!r}" for name, value in zip(fields, self, strict=True))
        return f"torch.return_types.{title}(\n{inner})"

    return type(title, (base,), {"__slots__": (), "__repr__": text, "__module__": "torch.return_types"})


def numpy_names(function: Callable[..., Any]) -> Callable[..., Any]:
    """Lets a reduction be called with NumPy's axis and keepdims too."""

    @functools.wraps(function)
    def called(*args: Any, **kwargs: Any) -> Any:
        if kwargs:
            if "axis" in kwargs:
                kwargs["dim"] = kwargs.pop("axis")
            if "keepdims" in kwargs:
                kwargs["keepdim"] = kwargs.pop("keepdims")
        return function(*args, **kwargs)

    return called


def axes_of(dim: Any, ndim: int) -> Axes:
    """The dimensions to reduce, from the front; None and () mean all."""
    if dim is None or dim == ():
        return tuple(range(ndim))
    if isinstance(dim, (tuple, list)):
        axes: Axes = tuple(dimension(d, ndim) for d in dim)
        if len(set(axes)) < len(axes):
            raise RuntimeError(f"dim {axes[0]} appears multiple times in the list of dims")
        return axes if ndim else ()
    place = dimension(dim, ndim)
    return (place,) if ndim else ()


def floating(input: Tensor, own: Any = None) -> Tensor:
    """The tensor in a floating type: `own`, or its own, or the default."""
    if own is not None:
        return input.to(own)
    return input if input.dtype.is_floating_point else input.to(dtypes.Defaults.floating)


def need_floating(name: str, input: Tensor) -> None:
    """Raises torch's error for a mean of integers."""
    if not input.dtype.is_floating_point:
        raise RuntimeError(
            f"{name}(): could not infer output dtype. Input dtype must be either a floating point or complex dtype. "
            f"Got: {input.dtype.legacy}"
        )


def restore(g: Any, shape: tuple[int, ...], axes: Axes, keepdim: bool) -> Any:
    """A reduction's gradient or result with its dimensions back at length 1, where keepdim did not leave them."""
    if keepdim or not axes:
        return g
    return made.reshape(g, tuple(1 if k in axes else n for k, n in enumerate(shape)))


def spread(g: Any, shape: tuple[int, ...], axes: Axes, keepdim: bool) -> Any:
    """A reduction's gradient repeated over what was reduced."""
    return made.expand(restore(g, shape, axes, keepdim), shape)


# ── Sums ─────────────────────────────────────────────────────────────────────────────────────────────────────────────────────
class SumBackward0(Operation):
    """Σ of everything."""

    __slots__ = ()

    def forward(self, x: Any, axes: Axes, keepdim: bool) -> Any:
        """Σx over `axes`."""
        self.how = x.shape, axes, keepdim
        kind = np.float32 if x.dtype == np.float16 else x.dtype
        return np.add.reduce(x, axis=axes, keepdims=keepdim, dtype=kind).astype(x.dtype, copy=False)

    def pull(self, g: Any) -> tuple[Any]:
        """g for every summand."""
        return (spread(g, *self.how),)


class SumBackward1(SumBackward0):
    """Σ over some dimensions."""

    __slots__ = ()


class MeanBackward0(Operation):
    """The mean of everything."""

    __slots__ = ()

    def forward(self, x: Any, axes: Axes, keepdim: bool) -> Any:
        """Σx/n over `axes`."""
        self.how = x.shape, axes, keepdim
        self.count = math.prod(x.shape[k] for k in axes)
        kind: Any = np.dtype(np.float32) if x.dtype == np.float16 else x.dtype
        whole: Any = np.add.reduce(x, axis=axes, keepdims=keepdim, dtype=kind)
        return (whole / kind.type(self.count)).astype(x.dtype)

    def pull(self, g: Any) -> tuple[Any]:
        """g/n for every element."""
        return (spread(g / self.count if self.count else g, *self.how),)


class MeanBackward1(MeanBackward0):
    """The mean over some dimensions."""

    __slots__ = ()


@numpy_names
def sum(input: Any, dim: Any = None, keepdim: bool = False, *, dtype: Any = None) -> Any:
    """Σ over all elements, or over `dim`. Integers and truth values give int64."""
    if not isinstance(input, Tensor):
        return np.sum(input, axis=dim, keepdims=keepdim)
    if dtype is not None:
        input = input.to(dtype)
    elif input.dtype.category < 2:
        input = input.to(dtypes.int64)
    return apply(
        SumBackward0 if dim is None else SumBackward1, (input,), axes_of(dim, input.array.ndim), keepdim
    )


def total(x: Any, axes: Axes) -> Any:
    """Σ over `axes`, kept at length 1: for formulas."""
    return apply(SumBackward1, (x,), axes, True)


@numpy_names
def mean(input: Any, dim: Any = None, keepdim: bool = False, *, dtype: Any = None) -> Any:
    """The mean of all elements, or over `dim`."""
    if dtype is not None:
        input = input.to(dtype)
    need_floating("mean", input)
    return apply(
        MeanBackward0 if dim is None else MeanBackward1, (input,), axes_of(dim, input.array.ndim), keepdim
    )


@numpy_names
def nansum(input: Tensor, dim: Any = None, keepdim: bool = False, *, dtype: Any = None) -> Tensor:
    """Σ without the NaNs."""
    return sum(masked(input, ~np.isnan(input.array)), dim, keepdim, dtype=dtype)


@numpy_names
def nanmean(input: Tensor, dim: Any = None, keepdim: bool = False) -> Tensor:
    """The mean without the NaNs."""
    return nansum(input, dim, keepdim) / sum(~isnan(input), dim, keepdim)


# ── Products ─────────────────────────────────────────────────────────────────────────────────────────────────────────────────
class ProdBackward0(Operation):
    """Π of the elements."""

    __slots__ = ()

    def forward(self, x: Any, axes: Axes, keepdim: bool) -> Any:
        """Πx over `axes`."""
        self.how = x.shape, axes, keepdim
        z: Any = np.multiply.reduce(x, axis=axes, keepdims=keepdim)
        self.save(x, z)
        return z

    def pull(self, g: Any) -> tuple[Any]:
        """g times the product of the others: z/x, or directly where x is 0."""
        x, z = self.unpack()
        _, axes, _ = self.how
        zero = x == 0
        mask: Any = zero.array if isinstance(zero, Tensor) else zero
        if not mask.any():
            return (spread(g * z, *self.how) / x,)
        safe = where(zero, x * 0 + 1, x)
        others = apply(ProdBackward1, (safe,), axes, True)  # of all but the zeros
        zeros: Any = mask.sum(axis=axes, keepdims=True)
        rest = masked(made.expand(others, mask.shape) / safe, (zeros == 0) | (mask & (zeros == 1)))
        return (spread(g, *self.how) * rest,)


class ProdBackward1(ProdBackward0):
    """Π over one dimension."""

    __slots__ = ()


@numpy_names
def prod(input: Tensor, dim: int | None = None, keepdim: bool = False, *, dtype: Any = None) -> Tensor:
    """Π over all elements, or over `dim`."""
    if dtype is not None:
        input = input.to(dtype)
    elif input.dtype.category < 2:
        input = input.to(dtypes.int64)
    return apply(
        ProdBackward0 if dim is None else ProdBackward1, (input,), axes_of(dim, input.array.ndim), keepdim
    )


# ── Spread ───────────────────────────────────────────────────────────────────────────────────────────────────────────────────
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
        z = np.sqrt(VarBackward0.forward(VarBackward0(), x, axes, correction, keepdim))
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
    if isinstance(dim, bool):
        dim, unbiased = None, dim
    need_floating("var", input)
    return apply(
        VarBackward0, (input,), axes_of(dim, input.array.ndim), correction_of(unbiased, correction), keepdim
    )


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
    if isinstance(dim, bool):
        dim, unbiased = None, dim
    need_floating("std", input)
    return apply(
        StdBackward0, (input,), axes_of(dim, input.array.ndim), correction_of(unbiased, correction), keepdim
    )


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


# ── Extremes ─────────────────────────────────────────────────────────────────────────────────────────────────────────────────
class Extreme(Operation):
    """An extreme over dimensions; where several are equal they share the gradient."""

    __slots__ = ()
    reduce: Any = None

    def forward(self, x: Any, axes: Axes, keepdim: bool) -> Any:
        """The extreme over `axes`."""
        self.how = x.shape, axes, keepdim
        z = type(self).reduce(x, axis=axes, keepdims=keepdim)
        self.save(x, z)
        return z

    def pull(self, g: Any) -> tuple[Any]:
        """g shared among the equal."""
        x, z = self.unpack()
        shape, axes, keepdim = self.how
        mask = x == restore(z, shape, axes, keepdim)
        mask = mask.array if isinstance(mask, Tensor) else mask
        share: Any = restore(g, shape, axes, keepdim) / mask.sum(axis=axes, keepdims=True).astype(
            mask_type(g)
        )
        return (masked(made.expand(share, shape), mask),)


def mask_type(g: Any) -> Any:
    """The NumPy type of a gradient."""
    return g.array.dtype if isinstance(g, Tensor) else g.dtype


class MaxBackward1(Extreme):
    """max of everything."""

    __slots__ = ()
    reduce = staticmethod(np.max)


class MinBackward1(Extreme):
    """min of everything."""

    __slots__ = ()
    reduce = staticmethod(np.min)


class AmaxBackward0(Extreme):
    """amax."""

    __slots__ = ()
    reduce = staticmethod(np.max)


class AminBackward0(Extreme):
    """amin."""

    __slots__ = ()
    reduce = staticmethod(np.min)


def refuse_empty(name: str, input: Tensor, axes: Axes) -> None:
    """Raises torch's error for an extreme of nothing."""
    if not input.array.size and 0 in [input.array.shape[k] for k in axes]:
        if len(axes) == input.array.ndim:
            raise RuntimeError(
                f"{name}(): Expected reduction dim to be specified for input.numel() == 0. Specify the reduction dim with "
                "the 'dim' argument."
            )
        raise IndexError(f"{name}(): Expected reduction dim {axes[0]} to have non-zero size.")


@numpy_names
def amax(input: Tensor, dim: Any = None, keepdim: bool = False) -> Tensor:
    """The greatest element; equal ones share the gradient."""
    axes = axes_of(dim, input.array.ndim)
    refuse_empty("amax", input, axes)
    return apply(AmaxBackward0, (input,), axes, keepdim)


@numpy_names
def amin(input: Tensor, dim: Any = None, keepdim: bool = False) -> Tensor:
    """The least element; equal ones share the gradient."""
    axes = axes_of(dim, input.array.ndim)
    refuse_empty("amin", input, axes)
    return apply(AminBackward0, (input,), axes, keepdim)


def aminmax(input: Tensor, *, dim: int | None = None, keepdim: bool = False) -> Any:
    """(min, max)."""
    return named("aminmax", "min", "max")(amin(input, dim, keepdim), amax(input, dim, keepdim))


class AtIndices(Operation):
    """The elements at given indices along one dimension: what max, sort and their like return as values."""

    __slots__ = ()

    def forward(self, x: Any, indices: Any, dim: int, keepdim: bool) -> Any:
        """x at `indices` (the dimension kept at their length)."""
        self.how = x.shape, indices, dim, keepdim
        if not x.ndim:
            return x.copy()
        z: Any = np.take_along_axis(x, indices, dim)
        return z if keepdim else z.squeeze(dim)

    def pull(self, g: Any) -> tuple[Any]:
        """g put back at the indices."""
        shape, indices, dim, keepdim = self.how
        if not shape:
            return (g,)
        if not keepdim:
            g = made.reshape(g, (*shape[:dim], 1, *shape[dim + 1 :]))
        return (apply(PutAtIndices, (g,), shape, indices, dim),)


class PutAtIndices(Operation):
    """Zeros with elements at given indices along one dimension."""

    __slots__ = ()

    def forward(self, g: Any, shape: tuple[int, ...], indices: Any, dim: int) -> Any:
        """The elements in place."""
        self.how = indices, dim
        whole = np.zeros(shape, g.dtype)
        np.put_along_axis(whole, indices, g, dim)
        return whole

    def pull(self, g: Any) -> tuple[Any]:
        """The gradient at the indices."""
        indices, dim = self.how
        return (apply(AtIndices, (g,), indices, dim, True),)


def values_at(
    title: str, input: Tensor, indices: Any, dim: int, keepdim: bool = True
) -> tuple[Tensor, Tensor]:
    """(values, indices) as tensors; `indices` keeps its dimension."""
    kind: Any = NODES.get(title) or NODES.setdefault(title, type(title, (AtIndices,), {"__slots__": ()}))
    values = apply(kind, (input,), indices, dim, keepdim)
    shown: Any = indices if keepdim or not input.array.ndim else indices.squeeze(dim)
    return values, wrap(shown.astype(np.int64), dtypes.int64)


NODES: dict[str, Any] = {}


def extreme(
    title: str, pick: Callable[..., Any], full: type[Extreme], pair: Callable[..., Any]
) -> Callable[..., Any]:
    """torch.max and torch.min: of everything, along a dimension with indices, or of two tensors."""
    result = named(title, "values", "indices")
    node = f"{title.capitalize()}Backward0"

    @numpy_names
    def operation(input: Tensor, dim: Any = None, keepdim: bool = False, *, other: Any = None) -> Any:
        if isinstance(dim, Tensor) or other is not None:
            return pair(input, dim if other is None else other)
        ndim = input.array.ndim
        if dim is None:
            refuse_empty(title, input, tuple(range(ndim)))
            return apply(full, (input,), tuple(range(ndim)), False)
        place = dimension(dim, ndim)
        if not ndim:
            return result(*values_at(node, input, np.zeros((), np.int64), 0, keepdim))
        refuse_empty(title, input, (place,))
        indices: Any = np.expand_dims(pick(input.array, axis=place), place)
        return result(*values_at(node, input, indices, place, keepdim))

    operation.__doc__ = (
        f"The {title} of all elements; with dim also its indices; with another tensor element by element."
    )
    return operation


def index_of(pick: Callable[..., Any]) -> Callable[..., Any]:
    """argmax and argmin."""

    @numpy_names
    def operation(input: Tensor, dim: int | None = None, keepdim: bool = False) -> Tensor:
        array = input.array
        refuse_empty(
            pick.__name__, input, tuple(range(array.ndim)) if dim is None else (dimension(dim, array.ndim),)
        )
        if dim is not None and not array.ndim:
            return wrap(np.zeros((), np.int64), dtypes.int64)
        found: Any = np.asarray(pick(array, axis=dim, keepdims=keepdim))
        return wrap(found.astype(np.int64), dtypes.int64)

    return operation


argmax = index_of(np.argmax)
argmin = index_of(np.argmin)


@numpy_names
def all(input: Tensor, dim: Any = None, keepdim: bool = False) -> Tensor:
    """Whether every element holds."""
    axes = axes_of(dim, input.array.ndim)
    return unrecorded(lambda x: np.asarray(np.all(x, axis=axes, keepdims=keepdim)), input)


@numpy_names
def any(input: Tensor, dim: Any = None, keepdim: bool = False) -> Tensor:
    """Whether some element holds."""
    axes = axes_of(dim, input.array.ndim)
    return unrecorded(lambda x: np.asarray(np.any(x, axis=axes, keepdims=keepdim)), input)


@numpy_names
def count_nonzero(input: Tensor, dim: Any = None) -> Tensor:
    """How many elements are not 0."""
    axes = axes_of(dim, input.array.ndim)
    return unrecorded(lambda x: np.asarray(np.sum(x != 0, axis=axes, dtype=np.int64)), input)


def lower_median(input: Tensor, dim: int) -> Any:
    """The indices (dimension kept) of the lower of the two middle elements; NaN first of all."""
    x = input.array
    order: Any = np.argsort(x, axis=dim, kind="stable")
    middle: Any = np.take(order, [(x.shape[dim] - 1) // 2], axis=dim)
    if x.dtype.kind == "f" and np.isnan(x).any():
        nans = np.isnan(x)
        first = np.expand_dims(nans.argmax(axis=dim), dim)
        middle = np.where(np.expand_dims(nans.any(axis=dim), dim), first, middle)
    return middle


def median(input: Tensor, dim: int | None = None, keepdim: bool = False) -> Any:
    """The lower median; with dim also its indices."""
    if dim is None:
        flat = made.reshape(input, (input.array.size,))
        return values_at("MedianBackward0", flat, lower_median(flat, 0), 0, False)[0]
    place = dimension(dim, input.array.ndim)
    if not input.array.ndim:
        return named("median", "values", "indices")(
            *values_at("MedianBackward1", input, np.zeros((), np.int64), 0)
        )
    found = values_at("MedianBackward1", input, lower_median(input, place), place, keepdim)
    return named("median", "values", "indices")(*found)


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
    """The q-quantile(s), between neighbours by `interpolation`."""
    from pellucid.torch.ops.order import sort

    flat = made.reshape(input, (input.array.size,)) if dim is None or not input.array.ndim else input
    place = 0 if dim is None else dimension(dim, input.array.ndim)
    n = flat.array.shape[place]
    ordered = sort(flat, place)[0].movedim(place, 0)
    levels = np.asarray(q.array if isinstance(q, Tensor) else q, np.float64)
    if ((levels < 0) | (levels > 1)).any():
        raise RuntimeError("quantile() q values must be in the range [0, 1]")
    ranks = levels.reshape(-1) * (n - 1)
    low, high = np.floor(ranks).astype(np.int64), np.ceil(ranks).astype(np.int64)
    part = {
        "linear": ranks - low,
        "lower": ranks * 0,
        "higher": ranks * 0 + 1,
        "midpoint": (ranks != low) * 0.5,
    }
    part["nearest"] = np.round(ranks) - low
    if interpolation not in part:
        raise RuntimeError(
            "quantile() interpolation must be one of linear, lower, higher, midpoint or nearest, but got "
            + interpolation
        )
    weight = wrap(part[interpolation].astype(flat.array.dtype), flat.dtype).reshape(
        (-1,) + (1,) * (flat.array.ndim - 1)
    )
    a, b = ordered[wrap(low, dtypes.int64)], ordered[wrap(high, dtypes.int64)]
    out = a + (b - a) * weight
    if keepdim and input.array.ndim:
        out = out.reshape(-1, *([1] * input.array.ndim)) if dim is None else out.unsqueeze(place + 1)
    return out[0] if not levels.ndim else out


# ── Exponentials along a dimension ───────────────────────────────────────────────────────────────────────────────────────────
class LogsumexpBackward0(Operation):
    """log Σ eˣ."""

    __slots__ = ()

    def forward(self, x: Any, axes: Axes, keepdim: bool) -> Any:
        """Computed from the greatest element, so that nothing overflows."""
        self.how = x.shape, axes, keepdim
        top: Any = np.max(x, axis=axes, keepdims=True)
        top = np.where(np.isfinite(top), top, x.dtype.type(0))
        z: Any = np.log(np.sum(np.exp(x - top), axis=axes, keepdims=True)) + top
        z = z if keepdim else z.reshape(tuple(n for k, n in enumerate(x.shape) if k not in axes))
        self.save(x, z)
        return z

    def pull(self, g: Any) -> tuple[Any]:
        """g·softmax(x)."""
        x, z = self.unpack()
        return (restore(g, *self.how) * exp(x - restore(z, *self.how)),)


@numpy_names
def logsumexp(input: Tensor, dim: Any, keepdim: bool = False) -> Tensor:
    """log Σ eˣ over `dim`."""
    x = floating(input)
    return apply(LogsumexpBackward0, (x,), axes_of(dim, x.array.ndim), keepdim)


class SoftmaxBackward0(Operation):
    """eˣ/Σeˣ along a dimension."""

    __slots__ = ()

    def forward(self, x: Any, dim: int) -> Any:
        """Computed from the greatest element, so that nothing overflows."""
        self.dim = dim
        if not x.ndim:
            z: Any = np.ones_like(x)
        else:
            z = np.exp(x - x.max(axis=dim, keepdims=True))
            z /= z.sum(axis=dim, keepdims=True)
        self.save(z)
        return z

    def pull(self, g: Any) -> tuple[Any]:
        """z·(g − Σgz)."""
        (z,) = self.unpack()
        if not z.ndim:
            return (g * 0,)
        gz = g * z
        return (gz - z * total(gz, (self.dim,)),)


class LogSoftmaxBackward0(Operation):
    """x − log Σeˣ along a dimension."""

    __slots__ = ()

    def forward(self, x: Any, dim: int) -> Any:
        """Computed from the greatest element, so that nothing overflows."""
        self.dim = dim
        if not x.ndim:
            z: Any = np.zeros_like(x)
        else:
            z = x - x.max(axis=dim, keepdims=True)
            z -= np.log(np.exp(z).sum(axis=dim, keepdims=True))
        self.save(z)
        return z

    def pull(self, g: Any) -> tuple[Any]:
        """g − eᶻ·Σg."""
        (z,) = self.unpack()
        return (g - exp(z) * total(g, (self.dim,)) if z.ndim else g * 0,)


def softmax(input: Tensor, dim: int, dtype: Any = None) -> Tensor:
    """eˣ/Σeˣ along `dim`."""
    x = floating(input, dtype)
    return apply(SoftmaxBackward0, (x,), dimension(dim, x.array.ndim))


def log_softmax(input: Tensor, dim: int, dtype: Any = None) -> Tensor:
    """log softmax(x), without the loss of digits."""
    x = floating(input, dtype)
    return apply(LogSoftmaxBackward0, (x,), dimension(dim, x.array.ndim))


# ── Running along a dimension ────────────────────────────────────────────────────────────────────────────────────────────────
class CumsumBackward0(Operation):
    """Running sums."""

    __slots__ = ()

    def forward(self, x: Any, dim: int) -> Any:
        """x₀, x₀ + x₁, …"""
        self.dim = dim
        return np.cumsum(x, axis=dim, dtype=x.dtype) if x.ndim else x.copy()

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
        z = np.cumprod(x, axis=dim, dtype=x.dtype) if x.ndim else x.copy()
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
        from pellucid.torch.ops.shape import cat

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
        return (self.share(masked(g, g > 0), x, z) - self.share(masked(-g, g < 0), x, z),)

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
        from pellucid.torch.ops.index import ScatterAdd

        shape, indices, dim = self.how
        return (apply(ScatterAdd, (g,), shape, indices, dim),)


cummax = running_extreme("cummax", np.greater_equal)
cummin = running_extreme("cummin", np.less_equal)


# ── Norms ────────────────────────────────────────────────────────────────────────────────────────────────────────────────────
class LinalgVectorNormBackward0(Operation):
    """(Σ|x|ᵖ)^(1/p)."""

    __slots__ = ()

    def forward(self, x: Any, p: float, axes: Axes, keepdim: bool) -> Any:
        """The p-norm over `axes`."""
        self.how, self.p = (x.shape, axes, keepdim), p
        size = np.abs(x)
        if p == 2:
            z: Any = np.sqrt(np.sum(size * size, axis=axes, keepdims=keepdim))
        elif p == 1:
            z = np.sum(size, axis=axes, keepdims=keepdim)
        elif p == 0:
            z = np.sum(x != 0, axis=axes, keepdims=keepdim).astype(x.dtype)
        elif math.isinf(p):
            z = (np.max if p > 0 else np.min)(size, axis=axes, keepdims=keepdim)
        else:
            z = np.power(
                np.sum(np.power(size, x.dtype.type(p)), axis=axes, keepdims=keepdim), x.dtype.type(1 / p)
            )
        self.save(x, z)
        return z

    def pull(self, g: Any) -> tuple[Any]:
        """g·sgn(x)·(|x|/z)ᵖ⁻¹; 0 at the origin."""
        x, z = self.unpack()
        shape, axes, keepdim = self.how
        g, z = restore(g, shape, axes, keepdim), restore(z, shape, axes, keepdim)
        p = self.p
        if p == 0:
            return (x * 0,)
        if p == 1:
            return (g * sgn(x),)
        if p == 2:
            return (masked(g / z, z != 0) * x,)
        size = x * sgn(x)
        if math.isinf(p):
            top = size == z
            mask: Any = top.array if isinstance(top, Tensor) else top
            return (g * sgn(x) * (mask / mask.sum(axis=axes, keepdims=True).astype(mask_type(g))),)
        ratio = masked(size / z, z != 0)
        return (g * sgn(x) * where(x == 0, ratio * 0, where(x == 0, ratio * 0 + 1, ratio) ** (p - 1)),)


def vector_norm(
    x: Tensor, ord: float = 2, dim: Any = None, keepdim: bool = False, *, dtype: Any = None
) -> Tensor:
    """The p-norm of the elements over `dim`."""
    if dtype is not None:
        x = x.to(dtype)
    need_floating("linalg.vector_norm", x)
    return apply(LinalgVectorNormBackward0, (x,), float(ord), axes_of(dim, x.array.ndim), keepdim)


@numpy_names
def norm(input: Tensor, p: Any = "fro", dim: Any = None, keepdim: bool = False, dtype: Any = None) -> Tensor:
    """The p-norm of the elements ('fro' is 2), over all or over `dim`."""
    if p == "nuc":
        from pellucid.torch.ops.linalg import matrix_norm

        return matrix_norm(input, "nuc", keepdim=keepdim)
    return vector_norm(input, 2 if p in ("fro", None) else p, dim, keepdim, dtype=dtype)


def dist(input: Tensor, other: Tensor, p: float = 2) -> Tensor:
    """The p-norm of the difference."""
    return vector_norm(made.reshape(input - other, ((input - other).array.size,)), p)


def renorm(input: Tensor, p: float, dim: int, maxnorm: float) -> Tensor:
    """Each slice along `dim` scaled down to a p-norm of at most maxnorm."""
    axes = tuple(k for k in range(input.array.ndim) if k != dimension(dim, input.array.ndim))
    size = vector_norm(input, p, axes, True)
    return input * where(size > maxnorm, true_divide(maxnorm, size + 1e-7), size * 0 + 1)


def cov(input: Tensor, *, correction: int = 1, fweights: Any = None, aweights: Any = None) -> Tensor:
    """The covariances of the rows; fweights count observations, aweights weigh them."""
    x = made.reshape(input, (1, input.array.size)) if input.array.ndim < 2 else input
    w: Any = None if fweights is None else fweights.to(x.dtype)
    if aweights is not None:
        w = aweights.to(x.dtype) if w is None else w * aweights.to(x.dtype)
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


def entropy(p: Any) -> Any:
    """−p·log p, 0 at 0: torch.special.entr."""
    return where(p == 0, p * 0, -p * log(where(p == 0, p * 0 + 1, p)))
