"""Which element types a function takes."""

from __future__ import annotations

from pellucid.torch.tensor import Tensor


def check_floating(x: Tensor, kernel: str) -> None:
    """NotImplementedError for whole numbers, under the name that torch's own kernel has."""
    if not x.dtype.is_floating_point:
        raise NotImplementedError(f"\"{kernel}\" not implemented for '{x.dtype.legacy}'")
