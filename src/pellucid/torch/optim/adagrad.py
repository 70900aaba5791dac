"""Adagrad."""

from __future__ import annotations

# pyright: reportUnknownLambdaType=false, reportUnknownArgumentType=false
# pyright: reportUnknownVariableType=false, reportUnknownMemberType=false
from typing import Any

import numpy as np

from pellucid.torch.dtypes import dtype_of
from pellucid.torch.optim.optimizer import (
    Group,
    Optimizer,
    buffer,
    check_option,
    check_options,
    count_step,
)


class Adagrad(Optimizer):
    """p ← p − lr·g/(√Σg² + eps), the sum over all steps so far (Duchi et al. 2011)."""

    def __init__(
        self,
        params: Any,
        lr: float = 1e-2,
        lr_decay: float = 0,
        weight_decay: float = 0,
        initial_accumulator_value: float = 0,
        eps: float = 1e-10,
        foreach: bool | None = None,
        *,
        maximize: bool = False,
        differentiable: bool = False,
        fused: bool | None = None,
    ) -> None:
        check_options(lr, eps, weight_decay, differentiable=differentiable)
        check_option(lr_decay >= 0, f"Invalid lr_decay value: {lr_decay}")
        options = {
            "lr": lr,
            "lr_decay": lr_decay,
            "eps": eps,
            "weight_decay": weight_decay,
            "initial_accumulator_value": initial_accumulator_value,
            "foreach": foreach,
            "maximize": maximize,
            "differentiable": differentiable,
            "fused": fused,
        }
        super().__init__(params, options)

    def update(self, p: Any, g: Any, state: Group, group: Group) -> None:
        """One step of one parameter."""
        step = count_step(state)
        start: Any = np.full_like(p, group["initial_accumulator_value"])
        total = buffer(state, "sum", start, dtype_of(p))
        if group["weight_decay"]:
            g = g + group["weight_decay"] * p
        total += g * g
        lr = group["lr"] / (1 + (step - 1) * group["lr_decay"])
        p -= lr * (g / (np.sqrt(total) + group["eps"]))
