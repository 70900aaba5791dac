"""Parameter: a tensor that a module holds and an optimizer changes."""

from __future__ import annotations

from typing import Any

from pellucid.torch.creation import zeros
from pellucid.torch.tensor import Tensor, make_subclass


class Parameter(Tensor):
    """A leaf that requires grad. As an attribute of a Module it becomes one of the module's parameters."""

    def __new__(cls, data: Any = None, requires_grad: bool = True) -> Any:
        """On the memory of `data`; without data, empty."""
        if data is None:
            data = zeros(0)
        if not isinstance(data, Tensor):
            raise TypeError(f"Parameter data must be a Tensor, not {type(data).__name__}")
        if requires_grad and not data.dtype.is_floating_point:
            raise RuntimeError("Only Tensors of floating point and complex dtype can require gradients")
        return make_subclass(cls, data, requires_grad)
