"""Exponentials along a dimension: logsumexp, softmax."""

from __future__ import annotations

# Arrays are Any here: formulas are lambdas over arrays and tensors alike.
# pyright: reportUnknownLambdaType=false, reportUnknownArgumentType=false
# pyright: reportUnknownVariableType=false, reportUnknownMemberType=false
from typing import Any

import numpy as np

from pellucid.torch.dtypes import widened
from pellucid.torch.ops.apply import Operation, apply
from pellucid.torch.ops.elementwise import exp
from pellucid.torch.ops.reduce import Axes, axes_of, floating, numpy_names, restore, total
from pellucid.torch.size import dimension
from pellucid.torch.tensor import Tensor


class LogsumexpBackward0(Operation):
    """log Σ eˣ."""

    __slots__ = ()

    def forward(self, x: Any, axes: Axes, keepdim: bool) -> Any:
        """Computed from the greatest element, so that nothing overflows."""
        self.how = x.shape, axes, keepdim
        wide = widened(x)
        top: Any = np.max(wide, axis=axes, keepdims=True)
        top = np.where(np.isfinite(top), top, wide.dtype.type(0))
        z: Any = (np.log(np.sum(np.exp(wide - top), axis=axes, keepdims=True)) + top).astype(
            x.dtype, copy=False
        )
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
        if not x.ndim or not x.size:
            z: Any = np.exp(x - x)  # 1, or NaN
        else:
            wide = widened(x)
            z = np.exp(wide - wide.max(axis=dim, keepdims=True))
            z /= z.sum(axis=dim, keepdims=True)
            z = z.astype(x.dtype, copy=False)
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
        if not x.ndim or not x.size:
            z: Any = x - x  # 0, or NaN
        else:
            wide = widened(x)
            z = wide - wide.max(axis=dim, keepdims=True)
            z -= np.log(np.exp(z).sum(axis=dim, keepdims=True))
            z = z.astype(x.dtype, copy=False)
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
