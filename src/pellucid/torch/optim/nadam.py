"""NAdam."""

from __future__ import annotations

# pyright: reportUnknownArgumentType=false, reportUnknownVariableType=false, reportUnknownMemberType=false
from typing import Any

import numpy as np

from pellucid.torch.dtypes import float32
from pellucid.torch.optim.optimizer import (
    Group,
    Optimizer,
    buffer,
    check_option,
    check_options,
    count_step,
    zeros_of,
)


class NAdam(Optimizer):
    """Adam with Nesterov's momentum, whose rate μ grows with the steps by momentum_decay (Dozat 2016).

    foreach and capturable choose among torch's implementations; here there is one.
    """

    def __init__(
        self,
        params: Any,
        lr: float = 2e-3,
        betas: tuple[float, float] = (0.9, 0.999),
        eps: float = 1e-8,
        weight_decay: float = 0,
        momentum_decay: float = 4e-3,
        decoupled_weight_decay: bool = False,
        *,
        foreach: bool | None = None,
        maximize: bool = False,
        capturable: bool = False,
        differentiable: bool = False,
    ) -> None:
        check_options(lr, eps, weight_decay, betas, differentiable)
        check_option(momentum_decay >= 0, f"Invalid momentum_decay value: {momentum_decay}")
        options = {
            "lr": lr,
            "betas": betas,
            "eps": eps,
            "weight_decay": weight_decay,
            "momentum_decay": momentum_decay,
            "decoupled_weight_decay": decoupled_weight_decay,
            "maximize": maximize,
            "foreach": foreach,
            "capturable": capturable,
            "differentiable": differentiable,
        }
        super().__init__(params, options)

    def update(self, p: Any, g: Any, state: Group, group: Group) -> None:
        """One step of one parameter."""
        lr, (beta1, beta2), decay = group["lr"], group["betas"], group["weight_decay"]
        step = count_step(state)
        product = buffer(state, "mu_product", float32.numpy.type(1))  # of all μ so far
        m, v = zeros_of(state, "exp_avg", p), zeros_of(state, "exp_avg_sq", p)
        if decay and group["decoupled_weight_decay"]:
            p *= 1 - lr * decay
        elif decay:
            g = g + decay * p
        now, after = (
            beta1 * (1.0 - 0.5 * 0.96 ** (k * group["momentum_decay"])) for k in (step, step + 1)
        )  # μ of this step and of the next
        product *= now
        m += (1 - beta1) * (g - m)
        v *= beta2
        v += (1 - beta2) * g * g
        denominator: Any = np.sqrt(v / (1 - beta2**step))
        denominator += group["eps"]
        so_far = float(product)
        p -= lr * (1.0 - now) / (1.0 - so_far) * (g / denominator)
        p -= lr * after / (1.0 - so_far * after) * (m / denominator)
