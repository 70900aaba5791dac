"""Linear layers that hold integers and compute with them."""

from __future__ import annotations

# pyright: reportUnknownArgumentType=false, reportUnknownVariableType=false, reportUnknownMemberType=false
from typing import Any

import numpy as np

from pellucid.torch import dtypes
from pellucid.torch.autograd.mode import is_grad_enabled
from pellucid.torch.compress.fake import FakeQuantizedLinear
from pellucid.torch.compress.quantized import Quantized, choose_scales, limits, quantize, to_integers
from pellucid.torch.compress.replacing import is_linear, replaced
from pellucid.torch.nn.modules.module import Module
from pellucid.torch.tensor import Tensor, memory, wrap

EXACT = 2**24  # float32 holds every integer up to here


class QuantizedLinear(Module):
    """x·Wᵀ + b with W as integers of 8 or 4 bits and, unless activations=False, x as integers of 8 bits too.

    The scales of x are chosen anew for each row, so that a batch gives what its rows give one by one. The product of integers is
    exact: it is done by NumPy's fast product of floating numbers, in pieces whose sums float32 holds. For inference only.
    """

    def __init__(
        self,
        linear: Any,
        bits: int = 8,
        symmetric: bool = True,
        group: int | None = None,
        activations: bool = True,
    ) -> None:
        super().__init__()
        self.in_features, self.out_features = linear.in_features, linear.out_features
        self.bits, self.symmetric, self.group, self.activations = bits, symmetric, group, activations
        axis = 0 if group is None else None
        kept = quantize(linear.weight.detach(), bits, symmetric=symmetric, axis=axis, group=group)
        self.register_buffer("weight", wrap(kept.data, dtypes.uint8 if bits == 4 else dtypes.int8))
        self.register_buffer("scale", wrap(kept.scale, dtypes.float32))
        zero = None if symmetric else wrap(kept.zero_point.astype(np.int8), dtypes.int8)
        self.register_buffer("zero_point", zero)
        bias = linear.bias
        self.register_buffer("bias", None if bias is None else wrap(memory(bias).copy(), bias.dtype))

    def quantized(self) -> Quantized:
        """The weight."""
        scale = memory(self.scale)
        zero = np.zeros(len(scale), np.int32) if self.zero_point is None else memory(self.zero_point)
        shape = (self.out_features, self.in_features)
        return Quantized(
            memory(self.weight), scale, zero, shape, self.bits, 0 if self.group is None else None
        )

    def forward(self, input: Tensor) -> Tensor:
        """(…, in) → (…, out)."""
        if is_grad_enabled() and input.requires_grad:
            raise NotImplementedError(
                "QuantizedLinear has no gradient: use it within torch.no_grad(), and train by prepare_qat"
            )
        if input.shape[-1] != self.in_features:
            raise RuntimeError(f"QuantizedLinear takes {self.in_features} features, not {input.shape[-1]}")
        x = memory(input).reshape(-1, self.in_features)  # (rows, in)
        out = self.multiply(x) if self.activations else x @ memory(self.quantized().dequantize()).T
        if self.bias is not None:
            out = out + memory(self.bias)
        out = dtypes.cast(out.reshape(*input.shape[:-1], self.out_features), input.dtype)
        return wrap(out, input.dtype)

    def multiply(self, x: Any) -> Any:
        """Σ over groups of a scale times the exact product of integers: (rows, in) → (rows, out)."""
        weight = self.quantized()
        x = x.astype(np.float32, copy=False)
        x_scale, x_zero = choose_scales(x, 8, False)  # (rows,)
        p = to_integers(x, x_scale, x_zero, *limits(8, False)) - x_zero[:, None].astype(np.float32)
        q = weight.integers().astype(np.float32) - weight.zero_point[:, None].astype(np.float32)
        q = q.reshape(self.out_features, self.in_features)
        long = self.group or self.in_features
        scales = weight.scale.reshape(self.out_features, -1)  # (out, groups)
        out: Any = 0
        for k in range(scales.shape[1]):
            part = slice(k * long, (k + 1) * long)
            out = (
                out
                + exact_product(p[:, part], q[:, part], 255 * 2 ** (self.bits - self.symmetric))
                * scales[:, k]
            )
        return out * x_scale[:, None]

    def extra_repr(self) -> str:
        """The sizes and the bits."""
        return (
            f"in_features={self.in_features}, out_features={self.out_features}, bias={self.bias is not None}, bits={self.bits}"
            + (f", group={self.group}" if self.group else "")
            + ("" if self.activations else ", activations=False")
        )


def exact_product(p: Any, q: Any, largest: int) -> Any:
    """p·qᵀ of whole numbers in float32, piece by piece, so that no sum of products, each at most `largest`, is rounded."""
    width = EXACT // largest
    if p.shape[1] <= width:
        return p @ q.T
    pieces = [slice(k, k + width) for k in range(0, p.shape[1], width)]
    return sum((p[:, piece] @ q[:, piece].T).astype(np.float64) for piece in pieces)


def quantize_dynamic(
    model: Module,
    bits: int = 8,
    *,
    symmetric: bool = True,
    group: int | None = None,
    activations: bool = True,
) -> Any:
    """A copy of a model, for inference, whose Linear layers hold integers of 8 or 4 bits.

    A scale for each row of the weights, or for each `group` neighbours in a row. activations: inputs become integers too, by
    scales chosen when they come (as in torch's dynamic quantization, which has one scale for the whole input; here each row has
    its own).
    """

    def change(module: Any) -> Module | None:
        if not is_linear(module) and type(module) is not FakeQuantizedLinear:
            return None
        return QuantizedLinear(module, bits, symmetric, group, activations)

    limits(bits, symmetric)
    return replaced(model, change, "Linear layer")
