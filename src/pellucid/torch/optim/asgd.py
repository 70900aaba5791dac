"""ASGD."""

from __future__ import annotations

# pyright: reportUnknownArgumentType=false, reportUnknownVariableType=false, reportUnknownMemberType=false
from typing import Any

import numpy as np

from pellucid.torch.optim.optimizer import Group, Optimizer, buffer, check_options, count_step, zeros_of


class ASGD(Optimizer):
    """p ← (1 − lambd·eta)·p − eta·g with a falling eta; state "ax" holds the mean of p since step t0 (Polyak and Juditsky 1992).

    foreach and capturable choose among torch's implementations; here there is one.
    """

    def __init__(
        self,
        params: Any,
        lr: float = 1e-2,
        lambd: float = 1e-4,
        alpha: float = 0.75,
        t0: float = 1e6,
        weight_decay: float = 0,
        foreach: bool | None = None,
        maximize: bool = False,
        differentiable: bool = False,
        capturable: bool = False,
    ) -> None:
        check_options(lr, weight_decay=weight_decay, differentiable=differentiable)
        options = {
            "lr": lr,
            "lambd": lambd,
            "alpha": alpha,
            "t0": t0,
            "weight_decay": weight_decay,
            "foreach": foreach,
            "maximize": maximize,
            "differentiable": differentiable,
            "capturable": capturable,
        }
        super().__init__(params, options)

    def update(self, p: Any, g: Any, state: Group, group: Group) -> None:
        """One step of one parameter."""
        lr, lambd = group["lr"], group["lambd"]
        step = count_step(state)
        eta = buffer(state, "eta", np.float32(lr))
        mu = buffer(state, "mu", np.float32(1))
        mean = zeros_of(state, "ax", p)
        if group["weight_decay"]:
            g = g + group["weight_decay"] * p
        rate = float(eta)
        p *= 1 - lambd * rate
        p -= rate * g
        share = float(mu)
        mean[...] = p if share == 1 else mean + (p - mean) * share
        eta[...] = lr / (1 + lambd * lr * step) ** group["alpha"]
        mu[...] = 1 / max(1, step - group["t0"])
