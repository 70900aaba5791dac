"""RMSprop."""

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
    check_differentiable,
    check_option,
    count_step,
)


class RMSprop(Optimizer):
    """p ← p − lr·g/(√v + eps), v the running mean of g²; centered: of its variance (Tieleman and Hinton 2012; Graves 2013)."""

    def __init__(
        self,
        params: Any,
        lr: float = 1e-2,
        alpha: float = 0.99,
        eps: float = 1e-8,
        weight_decay: float = 0,
        momentum: float = 0,
        centered: bool = False,
        capturable: bool = False,
        foreach: bool | None = None,
        maximize: bool = False,
        differentiable: bool = False,
    ) -> None:
        check_option(lr >= 0, f"Invalid learning rate: {lr}")
        check_option(eps >= 0, f"Invalid epsilon value: {eps}")
        check_option(momentum >= 0, f"Invalid momentum value: {momentum}")
        check_option(weight_decay >= 0, f"Invalid weight_decay value: {weight_decay}")
        check_option(alpha >= 0, f"Invalid alpha value: {alpha}")
        check_differentiable(differentiable)
        options = {
            "lr": lr,
            "momentum": momentum,
            "alpha": alpha,
            "eps": eps,
            "centered": centered,
            "weight_decay": weight_decay,
            "capturable": capturable,
            "foreach": foreach,
            "maximize": maximize,
            "differentiable": differentiable,
        }
        super().__init__(params, options)

    def update(self, p: Any, g: Any, state: Group, group: Group) -> None:
        """One step of one parameter."""
        alpha, momentum = group["alpha"], group["momentum"]
        count_step(state)
        v = buffer(state, "square_avg", np.zeros_like(p), dtype_of(p))
        if group["weight_decay"]:
            g = g + group["weight_decay"] * p
        v *= alpha
        v += (1 - alpha) * g * g
        spread = v
        if group["centered"]:
            m = buffer(state, "grad_avg", np.zeros_like(p), dtype_of(p))
            m += (1 - alpha) * (g - m)
            spread = v - m * m
        ratio: Any = g / (np.sqrt(spread) + group["eps"])
        if momentum > 0:
            b = buffer(state, "momentum_buffer", np.zeros_like(p), dtype_of(p))
            b *= momentum
            b += ratio
            ratio = b
        p -= group["lr"] * ratio
