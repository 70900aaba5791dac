"""Gradients held within bounds."""

from __future__ import annotations

# Arrays are Any here: formulas are lambdas over arrays and tensors alike.
# pyright: reportUnknownLambdaType=false, reportUnknownArgumentType=false
# pyright: reportUnknownVariableType=false, reportUnknownMemberType=false
import math
from collections.abc import Iterable
from typing import Any

import numpy as np

from pellucid.torch.creation import leaf
from pellucid.torch.dtypes import Defaults
from pellucid.torch.tensor import Tensor, memory, wrap


def gradients_of(parameters: Tensor | Iterable[Tensor]) -> list[Tensor]:
    """The gradients that there are."""
    given = [parameters] if isinstance(parameters, Tensor) else list(parameters)
    return [p.grad_ for p in given if p.grad_ is not None]


def get_total_norm(
    tensors: Iterable[Tensor],
    norm_type: float = 2.0,
    error_if_nonfinite: bool = False,
    foreach: bool | None = None,
) -> Tensor:
    """The norm of all tensors taken as one vector. foreach chooses among torch's implementations; here there is one."""
    given = list(tensors)
    if not given:
        return leaf(np.zeros(()), Defaults.floating)
    kind = given[0].array.dtype
    norms: Any = np.array([norm(t.array, norm_type) for t in given], kind)
    total: Any = kind.type(norm(norms, norm_type))
    if error_if_nonfinite and not math.isfinite(total):
        raise RuntimeError(
            f"The total norm of order {norm_type} for gradients from `parameters` is non-finite, so it cannot be clipped. To "
            "disable this error and scale the gradients by the non-finite norm anyway, set `error_if_nonfinite=False`"
        )
    return wrap(total, given[0].dtype)


def norm(array: Any, order: float) -> Any:
    """The order-norm of an array taken as a vector."""
    return np.linalg.norm(array.reshape(-1), ord=order) if array.size else 0.0


def clip_grad_norm_(
    parameters: Any,
    max_norm: float,
    norm_type: float = 2.0,
    error_if_nonfinite: bool = False,
    foreach: bool | None = None,
) -> Tensor:
    """Scale all gradients so that together their norm is at most max_norm, in place; the norm before (Pascanu et al. 2013).

    foreach chooses among torch's implementations; here there is one.
    """
    given = parameters if isinstance(parameters, Tensor) else list(parameters)
    total = get_total_norm(gradients_of(given), float(norm_type), error_if_nonfinite)
    clip_grads_with_norm_(given, max_norm, total)
    return total


def clip_grads_with_norm_(
    parameters: Any, max_norm: float, total_norm: Tensor, foreach: bool | None = None
) -> None:
    """Scale all gradients, whose norm is known, in place. foreach chooses among torch's implementations; here there is one."""
    scale = min(float(max_norm) / (total_norm.array + 1e-6), 1.0)
    for g in gradients_of(parameters):
        array = memory(g)
        array *= array.dtype.type(scale)
        g.clock[0] += 1


def clip_grad_value_(parameters: Any, clip_value: float, foreach: bool | None = None) -> None:
    """Hold each element of the gradients to ±clip_value, in place. foreach chooses among torch's implementations."""
    for g in gradients_of(parameters):
        np.clip(memory(g), -float(clip_value), float(clip_value), out=memory(g))
        g.clock[0] += 1
