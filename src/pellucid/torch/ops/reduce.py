"""Sums, means and products over dimensions; whether all or any hold."""

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
from pellucid.torch.ops.choice import masked
from pellucid.torch.ops.truth import isnan
from pellucid.torch.size import dimension
from pellucid.torch.tensor import Tensor

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
        z: Any = np.multiply.reduce(x, axis=axes, keepdims=keepdim, dtype=x.dtype)
        self.save(x, z)
        return z

    def pull(self, g: Any) -> tuple[Any]:
        """g times the product of the others: z/x, or where x is 0 of those before and those after."""
        x, z = self.unpack()
        shape, axes, _ = self.how
        if ((x.array if isinstance(x, Tensor) else x) != 0).all():
            return (spread(g * z, *self.how) / x,)
        if len(axes) > 1:  # of everything
            x = made.reshape(x, (math.prod(shape),))
        others = (
            made.reshape(products_of_others(x, axes[0] if len(axes) == 1 else 0), shape)
            if shape
            else x * 0 + 1
        )
        return (spread(g, *self.how) * others,)


def products_of_others(x: Any, dim: int) -> Any:
    """For each element the product of all others along `dim`: no division, so that zeros and all derivatives are right."""
    from pellucid.torch.ops.cumulative import CumprodBackward0
    from pellucid.torch.ops.joining import cat
    from pellucid.torch.ops.shape import flip

    def before(x: Any) -> Any:
        lead = (slice(None),) * dim
        first = x[(*lead, slice(0, 1))] * 0 + 1
        return cat([first, apply(CumprodBackward0, (x,), dim)[(*lead, slice(0, -1))]], dim)

    return before(x) * flip(before(flip(x, dim)), dim)


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


def mask_type(g: Any) -> Any:
    """The NumPy type of a gradient."""
    return g.array.dtype if isinstance(g, Tensor) else g.dtype


def truth_axes(dim: Any, ndim: int) -> Axes:
    """The dimensions that all and any reduce: () means none here, as in torch."""
    return () if dim == () else axes_of(dim, ndim)


def held(truth: Tensor, input: Tensor) -> Tensor:
    """The result of all or any: bool, but uint8 of uint8, as in torch."""
    return truth.to(dtypes.uint8) if input.dtype is dtypes.uint8 else truth


@numpy_names
def all(input: Tensor, dim: Any = None, keepdim: bool = False) -> Tensor:
    """Whether every element holds."""
    axes = truth_axes(dim, input.array.ndim)
    return held(unrecorded(lambda x: np.asarray(np.all(x != 0, axis=axes, keepdims=keepdim)), input), input)


@numpy_names
def any(input: Tensor, dim: Any = None, keepdim: bool = False) -> Tensor:
    """Whether some element holds."""
    axes = truth_axes(dim, input.array.ndim)
    return held(unrecorded(lambda x: np.asarray(np.any(x != 0, axis=axes, keepdims=keepdim)), input), input)


@numpy_names
def count_nonzero(input: Tensor, dim: Any = None) -> Tensor:
    """How many elements are not 0."""
    axes = axes_of(dim, input.array.ndim)
    return unrecorded(lambda x: np.asarray(np.sum(x != 0, axis=axes, dtype=np.int64)), input)
