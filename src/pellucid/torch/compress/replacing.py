"""A copy of a model with some of its modules replaced."""

from __future__ import annotations

# pyright: reportUnknownArgumentType=false, reportUnknownVariableType=false, reportUnknownMemberType=false
# pyright: reportPrivateUsage=false
import copy
from collections.abc import Callable
from typing import Any

from pellucid.torch.nn.modules.linear import Linear, NonDynamicallyQuantizableLinear
from pellucid.torch.nn.modules.module import Module


def replaced(model: Module, change: Callable[[Any], Module | None], what: str) -> Any:
    """A deep copy in which change(module) has taken the place of each module for which it is not None.

    A module that stands in two places stays one. ValueError if nothing changed; what: what was looked for, for the message.
    """
    whole = copy.deepcopy(model)
    made: dict[int, Module] = {}
    kept: list[Module] = []  # so that no address comes twice

    def new(module: Module) -> Module:
        if id(module) not in made:
            kept.append(module)
            made[id(module)] = change(module) or module
        return made[id(module)]

    root = new(whole)
    if root is not whole:
        return root
    for parent in list(whole.modules()):
        for name, child in parent._modules.items():
            if child is not None:
                parent._modules[name] = new(child)
    if all(made[id(module)] is module for module in kept):
        raise ValueError(f"{type(model).__name__} has no {what}")
    return whole


def is_linear(module: Any) -> bool:
    """Whether a module is a Linear with weights of its own, or what stands for one at the end of an attention."""
    return type(module) in (Linear, NonDynamicallyQuantizableLinear) and "weight" in module._parameters
