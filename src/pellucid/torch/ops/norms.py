"""Norms of vectors."""

from __future__ import annotations

# Arrays are Any here: formulas are lambdas over arrays and tensors alike.
# pyright: reportUnknownLambdaType=false, reportUnknownArgumentType=false
# pyright: reportUnknownVariableType=false, reportUnknownMemberType=false
import math
from typing import Any

import numpy as np

from pellucid.torch.dtypes import widened
from pellucid.torch.ops import apply as made
from pellucid.torch.ops.apply import Operation, apply
from pellucid.torch.ops.choice import masked, where
from pellucid.torch.ops.elementwise import sgn, true_divide
from pellucid.torch.ops.reduce import Axes, axes_of, mask_type, need_floating, numpy_names, restore
from pellucid.torch.size import dimension
from pellucid.torch.tensor import Tensor


class LinalgVectorNormBackward0(Operation):
    """(Σ|x|ᵖ)^(1/p)."""

    __slots__ = ()

    def forward(self, x: Any, p: float, axes: Axes, keepdim: bool) -> Any:
        """The p-norm over `axes`."""
        self.how, self.p = (x.shape, axes, keepdim), p
        size = np.abs(widened(x))
        if p == 2:
            z: Any = np.sqrt(np.sum(size * size, axis=axes, keepdims=keepdim))
        elif p == 1:
            z = np.sum(size, axis=axes, keepdims=keepdim)
        elif p == 0:
            z = np.sum(x != 0, axis=axes, keepdims=keepdim)
        elif math.isinf(p):
            z = (np.max if p > 0 else np.min)(size, axis=axes, keepdims=keepdim)
        else:
            real = size.dtype.type
            z = np.power(np.sum(np.power(size, real(p)), axis=axes, keepdims=keepdim), real(1 / p))
        z = z.astype(x.dtype, copy=False)
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
        from pellucid.torch.ops.matrices import matrix_norm

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
