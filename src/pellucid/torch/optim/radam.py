"""RAdam."""

from __future__ import annotations

# pyright: reportUnknownArgumentType=false, reportUnknownVariableType=false, reportUnknownMemberType=false
import math
from typing import Any

import numpy as np

from pellucid.torch.optim.optimizer import Group, Optimizer, check_options, count_step, zeros_of


class RAdam(Optimizer):
    """Adam that waits until it knows the gradients' variance: before, p ← p − lr·m̂; then rectified (Liu et al. 2020).

    foreach and capturable choose among torch's implementations; here there is one.
    """

    def __init__(
        self,
        params: Any,
        lr: float = 1e-3,
        betas: tuple[float, float] = (0.9, 0.999),
        eps: float = 1e-8,
        weight_decay: float = 0,
        decoupled_weight_decay: bool = False,
        *,
        foreach: bool | None = None,
        maximize: bool = False,
        capturable: bool = False,
        differentiable: bool = False,
    ) -> None:
        check_options(lr, eps, weight_decay, betas, differentiable)
        options = {
            "lr": lr,
            "betas": betas,
            "eps": eps,
            "weight_decay": weight_decay,
            "maximize": maximize,
            "foreach": foreach,
            "capturable": capturable,
            "decoupled_weight_decay": decoupled_weight_decay,
            "differentiable": differentiable,
        }
        super().__init__(params, options)

    def update(self, p: Any, g: Any, state: Group, group: Group) -> None:
        """One step of one parameter."""
        lr, (beta1, beta2), decay = group["lr"], group["betas"], group["weight_decay"]
        step = count_step(state)
        m, v = zeros_of(state, "exp_avg", p), zeros_of(state, "exp_avg_sq", p)
        if decay and group["decoupled_weight_decay"]:
            p *= 1 - lr * decay
        elif decay:
            g = g + decay * p
        m += (1 - beta1) * (g - m)
        v *= beta2
        v += (1 - beta2) * g * g
        correction = 1 - beta2**step
        longest = 2 / (1 - beta2) - 1  # ρ∞ of the paper
        length = (
            longest - 2 * step * beta2**step / correction
        )  # ρₜ: how many steps the mean of squares stands on
        move: Any = m / (1 - beta1**step) * lr
        if length > 5.0:
            rise = (length - 4) * (length - 2) * longest
            rectified = math.sqrt(rise / ((longest - 4) * (longest - 2) * length))
            move = move * (math.sqrt(correction) / (np.sqrt(v) + group["eps"])) * rectified
        p -= move
