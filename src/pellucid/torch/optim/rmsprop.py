"""RMSprop."""

from __future__ import annotations

# pyright: reportUnknownLambdaType=false, reportUnknownArgumentType=false
# pyright: reportUnknownVariableType=false, reportUnknownMemberType=false
from typing import Any

import numpy as np

from pellucid.torch.optim.optimizer import Group, Optimizer, check_option, check_options, count_step, zeros_of


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
        check_options(lr, eps, weight_decay, differentiable=differentiable)
        check_option(momentum >= 0, f"Invalid momentum value: {momentum}")
        check_option(alpha >= 0, f"Invalid alpha value: {alpha}")
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
        v = zeros_of(state, "square_avg", p)
        if group["weight_decay"]:
            g = g + group["weight_decay"] * p
        v *= alpha
        v += (1 - alpha) * g * g
        b = zeros_of(state, "momentum_buffer", p) if momentum > 0 else None
        spread = v
        if group["centered"]:
            m = zeros_of(state, "grad_avg", p)
            m += (1 - alpha) * (g - m)
            spread = v - m * m
        ratio: Any = g / (np.sqrt(spread) + group["eps"])
        if b is not None:
            b *= momentum
            b += ratio
            ratio = b
        p -= group["lr"] * ratio
