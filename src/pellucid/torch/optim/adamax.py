"""Adamax."""

from __future__ import annotations

# pyright: reportUnknownArgumentType=false, reportUnknownVariableType=false, reportUnknownMemberType=false
from typing import Any

import numpy as np

from pellucid.torch.optim.optimizer import Group, Optimizer, check_options, count_step, zeros_of


class Adamax(Optimizer):
    """p ← p − lr·m̂/u, m the running mean of g, u the greatest |g| of late, fading by beta₂ (Kingma and Ba 2015, section 7).

    foreach and capturable choose among torch's implementations; here there is one.
    """

    def __init__(
        self,
        params: Any,
        lr: float = 2e-3,
        betas: tuple[float, float] = (0.9, 0.999),
        eps: float = 1e-8,
        weight_decay: float = 0,
        foreach: bool | None = None,
        *,
        maximize: bool = False,
        differentiable: bool = False,
        capturable: bool = False,
    ) -> None:
        check_options(lr, eps, weight_decay, betas, differentiable)
        options = {
            "lr": lr,
            "betas": betas,
            "eps": eps,
            "weight_decay": weight_decay,
            "foreach": foreach,
            "maximize": maximize,
            "differentiable": differentiable,
            "capturable": capturable,
        }
        super().__init__(params, options)

    def update(self, p: Any, g: Any, state: Group, group: Group) -> None:
        """One step of one parameter."""
        beta1, beta2 = group["betas"]
        step = count_step(state)
        m, u = zeros_of(state, "exp_avg", p), zeros_of(state, "exp_inf", p)
        if group["weight_decay"]:
            g = g + group["weight_decay"] * p
        m += (1 - beta1) * (g - m)
        u *= beta2
        np.maximum(u, np.abs(g) + group["eps"], out=u)
        p -= group["lr"] / (1 - beta1**step) * (m / u)
