"""Stochastic gradient descent."""

from __future__ import annotations

# pyright: reportUnknownLambdaType=false, reportUnknownArgumentType=false
# pyright: reportUnknownVariableType=false, reportUnknownMemberType=false
from typing import Any

import numpy as np

from pellucid.torch.dtypes import dtype_of
from pellucid.torch.optim.optimizer import Group, Optimizer, check_option, check_options
from pellucid.torch.tensor import memory, wrap


class SGD(Optimizer):
    """p ← p − lr·g, with momentum p ← p − lr·b, b ← momentum·b + (1 − dampening)·g (Sutskever et al. 2013).

    weight_decay adds weight_decay·p to the gradient. foreach and fused choose among torch's implementations; here there is one.
    """

    def __init__(
        self,
        params: Any,
        lr: float = 1e-3,
        momentum: float = 0,
        dampening: float = 0,
        weight_decay: float = 0,
        nesterov: bool = False,
        *,
        maximize: bool = False,
        foreach: bool | None = None,
        differentiable: bool = False,
        fused: bool | None = None,
    ) -> None:
        check_options(lr, weight_decay=weight_decay, differentiable=differentiable)
        check_option(momentum >= 0, f"Invalid momentum value: {momentum}")
        check_option(
            not nesterov or (momentum > 0 and dampening == 0),
            "Nesterov momentum requires a momentum and zero dampening",
        )
        options = {
            "lr": lr,
            "momentum": momentum,
            "dampening": dampening,
            "weight_decay": weight_decay,
            "nesterov": nesterov,
            "maximize": maximize,
            "foreach": foreach,
            "differentiable": differentiable,
            "fused": fused,
        }
        super().__init__(params, options)

    def update(self, p: Any, g: Any, state: Group, group: Group) -> None:
        """One step of one parameter."""
        momentum = group["momentum"]
        if group["weight_decay"]:
            g = g + group["weight_decay"] * p
        if momentum:
            if state.get("momentum_buffer") is None:
                state["momentum_buffer"] = wrap(np.array(g), dtype_of(p))
                b = memory(state["momentum_buffer"])
            else:
                b = memory(state["momentum_buffer"])
                b *= momentum
                b += (1 - group["dampening"]) * g
            g = g + momentum * b if group["nesterov"] else b
        p -= group["lr"] * g
