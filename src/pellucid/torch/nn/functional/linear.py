"""Linear and bilinear maps."""

from __future__ import annotations

# Arrays are Any here: formulas are lambdas over arrays and tensors alike.
# pyright: reportUnknownLambdaType=false, reportUnknownArgumentType=false
# pyright: reportUnknownVariableType=false, reportUnknownMemberType=false
from pellucid.torch.ops.contraction import einsum
from pellucid.torch.ops.products import linear
from pellucid.torch.tensor import Tensor


def bilinear(input1: Tensor, input2: Tensor, weight: Tensor, bias: Tensor | None = None) -> Tensor:
    """y[k] = x₁ᵀ·W[k]·x₂ + b[k]: (…, i), (…, j), (k, i, j) → (…, k)."""
    sizes = weight.array.shape
    for k, x in enumerate((input1, input2), 1):
        if x.array.shape[-1] != sizes[k]:
            raise RuntimeError(
                f"bilinear(): input{k} size does not match weight size: got {x.array.shape[-1]} but expected {sizes[k]}"
            )
    out = einsum("...i,kij,...j->...k", input1, weight, input2)
    return out if bias is None else out + bias


__all__ = ["bilinear", "linear"]
