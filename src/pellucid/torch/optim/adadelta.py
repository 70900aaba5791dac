"""Adadelta."""

from __future__ import annotations

# pyright: reportUnknownArgumentType=false, reportUnknownVariableType=false, reportUnknownMemberType=false
from typing import Any

import numpy as np

from pellucid.torch.optim.optimizer import Group, Optimizer, check_option, check_options, count_step, zeros_of


class Adadelta(Optimizer):
    """p ← p − lr·g·√(u + eps)/√(v + eps), v and u the running means of g² and of the squared steps (Zeiler 2012).

    foreach and capturable choose among torch's implementations; here there is one.
    """

    def __init__(
        self,
        params: Any,
        lr: float = 1.0,
        rho: float = 0.9,
        eps: float = 1e-6,
        weight_decay: float = 0,
        foreach: bool | None = None,
        *,
        capturable: bool = False,
        maximize: bool = False,
        differentiable: bool = False,
    ) -> None:
        check_options(lr, eps, weight_decay, differentiable=differentiable)
        check_option(0 <= rho <= 1, f"Invalid rho value: {rho}")
        options = {
            "lr": lr,
            "rho": rho,
            "eps": eps,
            "weight_decay": weight_decay,
            "maximize": maximize,
            "capturable": capturable,
            "foreach": foreach,
            "differentiable": differentiable,
        }
        super().__init__(params, options)

    def update(self, p: Any, g: Any, state: Group, group: Group) -> None:
        """One step of one parameter."""
        rho, eps = group["rho"], group["eps"]
        count_step(state)
        v, u = zeros_of(state, "square_avg", p), zeros_of(state, "acc_delta", p)
        if group["weight_decay"]:
            g = g + group["weight_decay"] * p
        v *= rho
        v += (1 - rho) * g * g
        delta: Any = np.sqrt(u + eps) / np.sqrt(v + eps) * g
        u *= rho
        u += (1 - rho) * delta * delta
        p -= group["lr"] * delta
