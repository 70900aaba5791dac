"""Adam and AdamW."""

from __future__ import annotations

# pyright: reportUnknownLambdaType=false, reportUnknownArgumentType=false
# pyright: reportUnknownVariableType=false, reportUnknownMemberType=false
import math
from typing import Any

import numpy as np

from pellucid.torch.optim.optimizer import Group, Optimizer, check_options, count_step, zeros_of


class Adam(Optimizer):
    """p ← p − lr·m̂/(√v̂ + eps), m and v the running means of g and g², corrected for their start (Kingma and Ba 2015).

    weight_decay adds weight_decay·p to the gradient; decoupled_weight_decay shrinks p instead (Loshchilov and Hutter 2019).
    amsgrad: the greatest v so far (Reddi et al. 2018). foreach, fused and capturable choose among torch's implementations; here
    there is one.
    """

    def __init__(
        self,
        params: Any,
        lr: float = 1e-3,
        betas: tuple[float, float] = (0.9, 0.999),
        eps: float = 1e-8,
        weight_decay: float = 0,
        amsgrad: bool = False,
        *,
        foreach: bool | None = None,
        maximize: bool = False,
        capturable: bool = False,
        differentiable: bool = False,
        fused: bool | None = None,
        decoupled_weight_decay: bool = False,
    ) -> None:
        check_options(lr, eps, weight_decay, betas, differentiable)
        options = {
            "lr": lr,
            "betas": betas,
            "eps": eps,
            "weight_decay": weight_decay,
            "amsgrad": amsgrad,
            "maximize": maximize,
            "foreach": foreach,
            "capturable": capturable,
            "differentiable": differentiable,
            "fused": fused,
            "decoupled_weight_decay": decoupled_weight_decay,
        }
        super().__init__(params, options)

    def update(self, p: Any, g: Any, state: Group, group: Group) -> None:
        """One step of one parameter."""
        lr, (beta1, beta2), decay = group["lr"], group["betas"], group["weight_decay"]
        step = count_step(state)
        m = zeros_of(state, "exp_avg", p)
        v = zeros_of(state, "exp_avg_sq", p)
        if decay:
            if group["decoupled_weight_decay"]:
                p *= 1 - lr * decay
            else:
                g = g + decay * p
        m += (1 - beta1) * (g - m)
        v *= beta2
        v += (1 - beta2) * g * g
        if group["amsgrad"]:
            greatest = zeros_of(state, "max_exp_avg_sq", p)
            np.maximum(greatest, v, out=greatest)
            v = greatest
        denominator: Any = np.sqrt(v)
        denominator /= math.sqrt(1 - beta2**step)
        denominator += group["eps"]
        p -= lr / (1 - beta1**step) * (m / denominator)


class AdamW(Adam):
    """Adam with decoupled weight decay: p also shrinks by the factor 1 − lr·weight_decay (Loshchilov and Hutter 2019)."""

    def __init__(
        self,
        params: Any,
        lr: float = 1e-3,
        betas: tuple[float, float] = (0.9, 0.999),
        eps: float = 1e-8,
        weight_decay: float = 1e-2,
        amsgrad: bool = False,
        *,
        maximize: bool = False,
        foreach: bool | None = None,
        capturable: bool = False,
        differentiable: bool = False,
        fused: bool | None = None,
    ) -> None:
        super().__init__(
            params,
            lr,
            betas,
            eps,
            weight_decay,
            amsgrad,
            foreach=foreach,
            maximize=maximize,
            capturable=capturable,
            differentiable=differentiable,
            fused=fused,
            decoupled_weight_decay=True,
        )
