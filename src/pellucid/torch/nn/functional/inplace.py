"""Activations that write over their input."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from pellucid.torch.nn.functional import activations
from pellucid.torch.tensor import Tensor


def over_input(function: Callable[..., Tensor]) -> Callable[..., Tensor]:
    """The function with inplace=True."""

    def function_(input: Tensor, *args: Any, **kwargs: Any) -> Tensor:
        return function(input, *args, inplace=True, **kwargs)

    function_.__name__ = function_.__qualname__ = f"{function.__name__}_"
    function_.__doc__ = f"{function.__doc__} Written over the input."
    return function_


celu_ = over_input(activations.celu)
elu_ = over_input(activations.elu)
hardtanh_ = over_input(activations.hardtanh)
leaky_relu_ = over_input(activations.leaky_relu)
relu_ = over_input(activations.relu)
rrelu_ = over_input(activations.rrelu)
selu_ = over_input(activations.selu)
threshold_ = over_input(activations.threshold)
