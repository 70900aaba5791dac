"""The greatest and the least, and where they are."""

from __future__ import annotations

# Arrays are Any here: formulas are lambdas over arrays and tensors alike.
# pyright: reportUnknownLambdaType=false, reportUnknownArgumentType=false
# pyright: reportUnknownVariableType=false, reportUnknownMemberType=false
from collections.abc import Callable
from typing import Any

import numpy as np

from pellucid.torch import dtypes
from pellucid.torch.ops import apply as made
from pellucid.torch.ops.apply import Operation, apply
from pellucid.torch.ops.choice import masked
from pellucid.torch.ops.reduce import Axes, axes_of, mask_type, named, numpy_names, restore
from pellucid.torch.size import dimension
from pellucid.torch.tensor import Tensor, wrap


class Extreme(Operation):
    """An extreme over dimensions; where several are equal they share the gradient."""

    __slots__ = ()
    reduce: Any = None
    finds_nan = False  # whether NaN, where it is the extreme, gets the gradient

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
        z = restore(z, shape, axes, keepdim)
        mask = (x == z) | ((x != x) & (z != z)) if type(self).finds_nan else x == z
        mask = mask.array if isinstance(mask, Tensor) else mask
        share: Any = restore(g, shape, axes, keepdim) / mask.sum(axis=axes, keepdims=True).astype(
            mask_type(g)
        )
        return (masked(made.expand(share, shape), mask),)


class MaxBackward1(Extreme):
    """max of everything."""

    __slots__ = ()
    finds_nan = True
    reduce = staticmethod(np.max)


class MinBackward1(Extreme):
    """min of everything."""

    __slots__ = ()
    finds_nan = True
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
        if input.dtype is dtypes.bool_:
            raise RuntimeError(f"{pick.__name__}(): does not support bool input")
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
