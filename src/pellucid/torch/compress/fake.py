"""Fake quantization: rounding to what integers can tell, in floating numbers, with a gradient that passes straight through.

Training sees the error that quantization will make and learns to live with it. Source: Jacob et al. 2018, section 3; the gradient
is the straight-through estimator of Bengio, Léonard and Courville 2013: that of the identity, and 0 where a number was clamped.
"""

from __future__ import annotations

# pyright: reportUnknownArgumentType=false, reportUnknownVariableType=false, reportUnknownMemberType=false
import copy
from typing import Any

import numpy as np

from pellucid.torch.compress.quantized import blocks_of, choose_scales, limits
from pellucid.torch.compress.replacing import is_linear, replaced
from pellucid.torch.nn import functional as F
from pellucid.torch.nn.modules.linear import Linear
from pellucid.torch.nn.modules.module import Module
from pellucid.torch.ops.apply import Operation, apply
from pellucid.torch.ops.choice import masked
from pellucid.torch.tensor import Tensor, memory


class FakeQuantizePerTensorAffineCachemaskBackward0(Operation):
    """x rounded to scale·(q − zero point); scale and zero point broadcast against x."""

    __slots__ = ("inside",)

    def forward(self, x: Any, scale: Any, zero: Any, low: int, high: int) -> Any:
        """The rounded numbers."""
        q = np.rint(x * (np.float32(1) / scale)) + zero
        self.inside: Any = (q >= low) & (q <= high)
        return ((np.clip(q, low, high) - zero) * scale).astype(x.dtype)

    def pull(self, g: Any) -> tuple[Any]:
        """The gradient itself, but 0 where x was clamped."""
        return (masked(g, self.inside),)


class FakeQuantizePerChannelAffineCachemaskBackward0(FakeQuantizePerTensorAffineCachemaskBackward0):
    """The same with a scale for each channel, under the name that torch prints for it."""

    __slots__ = ()


def fake_quantize_per_tensor_affine(
    input: Tensor, scale: Any, zero_point: Any, quant_min: int, quant_max: int
) -> Tensor:
    """The numbers that integers from quant_min to quant_max can tell, nearest to `input`; torch's function of this name."""
    check_range(quant_min, quant_max, zero_point)
    kind = FakeQuantizePerTensorAffineCachemaskBackward0
    return apply(
        kind, (input,), np.float32(number(scale)), np.float32(number(zero_point)), quant_min, quant_max
    )


def fake_quantize_per_channel_affine(
    input: Tensor, scale: Tensor, zero_point: Tensor, axis: int, quant_min: int, quant_max: int
) -> Tensor:
    """The same with a scale and a zero point for each index of dimension `axis`; torch's function of this name."""
    count = input.shape[axis]
    if tuple(scale.shape) != (count,) or tuple(zero_point.shape) != (count,):
        raise RuntimeError(
            f"scale and zero-point must have {count} elements, as dimension {axis} of the input"
        )
    check_range(quant_min, quant_max, memory(zero_point))
    shape = [count if d == axis % input.dim() else 1 for d in range(input.dim())]
    s, z = (memory(t).reshape(shape).astype(np.float32) for t in (scale, zero_point))
    return apply(FakeQuantizePerChannelAffineCachemaskBackward0, (input,), s, z, quant_min, quant_max)


def check_range(low: int, high: int, zero: Any) -> None:
    """Errors for a range that is none, or does not hold the zero point."""
    if low > high:
        raise RuntimeError("`quant_min` should be less than or equal to `quant_max`.")
    if np.any(number(zero) < low) or np.any(number(zero) > high):
        raise RuntimeError("`zero_point` must be between `quant_min` and `quant_max`.")


def number(value: Any) -> Any:
    """The array of a tensor; a number stays."""
    return value.array if isinstance(value, Tensor) else value


def rounded_rows(x: Tensor, bits: int, symmetric: bool) -> Tensor:
    """x (rows, n) as `quantize` would keep it, a scale for each row, with straight-through gradient."""
    scale, zero = choose_scales(memory(x), bits, symmetric)
    low, high = limits(bits, symmetric)
    kind = FakeQuantizePerChannelAffineCachemaskBackward0
    return apply(kind, (x,), scale[:, None], zero[:, None].astype(np.float32), low, high)


class FakeQuantizedLinear(Linear):
    """A Linear that computes with rounded weights and inputs, and trains the exact ones: what QuantizedLinear will compute."""

    bits: int
    symmetric: bool
    group: int | None
    activations: bool

    def forward(self, input: Tensor) -> Tensor:
        """round(x)·round(W)ᵀ + b."""
        wide = self.in_features
        weight = rounded_rows(self.weight.reshape(-1, self.group or wide), self.bits, self.symmetric)
        if self.activations:
            input = rounded_rows(input.reshape(-1, wide), 8, False).reshape(*input.shape)
        return F.linear(input, weight.reshape(self.out_features, wide), self.bias)

    def extra_repr(self) -> str:
        """The sizes and the bits."""
        return f"{super().extra_repr()}, bits={self.bits}"


def prepare_qat(
    model: Module,
    bits: int = 8,
    *,
    symmetric: bool = True,
    group: int | None = None,
    activations: bool = True,
) -> Any:
    """A copy of a model, to be trained further, whose Linear layers round as `quantize_dynamic` with the same arguments will."""

    def change(module: Any) -> Module | None:
        if not is_linear(module):
            return None
        blocks_of(memory(module.weight), None if group else 0, group)  # ValueError for groups that do not fit
        new = copy.copy(module)
        new.__class__ = FakeQuantizedLinear
        new.bits, new.symmetric, new.group, new.activations = bits, symmetric, group, activations
        return new

    limits(bits, symmetric)
    return replaced(model, change, "Linear layer")
