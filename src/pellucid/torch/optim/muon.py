"""Muon."""

from __future__ import annotations

# pyright: reportUnknownArgumentType=false, reportUnknownVariableType=false, reportUnknownMemberType=false
import math
from typing import Any

import numpy as np

from pellucid.torch.dtypes import round_bfloat16
from pellucid.torch.optim.optimizer import Group, Optimizer, check_option, zeros_of


class Muon(Optimizer):
    """For matrices only: p ← p − lr·O, O the orthogonal matrix nearest to the momentum, nearly (Jordan et al. 2024).

    Five steps of Newton and Schulz, in bfloat16 as torch's, bring all singular values near 1. weight_decay shrinks p by itself.
    """

    def __init__(
        self,
        params: Any,
        lr: float = 1e-3,
        weight_decay: float = 0.1,
        momentum: float = 0.95,
        nesterov: bool = True,
        ns_coefficients: tuple[float, float, float] = (3.4445, -4.775, 2.0315),
        eps: float = 1e-7,
        ns_steps: int = 5,
        adjust_lr_fn: str | None = None,
    ) -> None:
        check_option(lr >= 0, f"Learning rate should be >= 0 but is: {lr}")
        check_option(momentum >= 0, f"momentum should be >= 0 but is: {momentum}")
        check_option(weight_decay >= 0, f"weight decay should be >= 0 but is: {weight_decay}")
        check_option(
            adjust_lr_fn in (None, "original", "match_rms_adamw"),
            f"Adjust learning rate function {adjust_lr_fn} is not supported",
        )
        options = {
            "lr": lr,
            "weight_decay": weight_decay,
            "momentum": momentum,
            "nesterov": nesterov,
            "ns_coefficients": ns_coefficients,
            "eps": eps,
            "ns_steps": ns_steps,
            "adjust_lr_fn": adjust_lr_fn,
        }
        super().__init__(params, options)
        for p in (p for group in self.param_groups for p in group["params"]):
            check_option(
                p.array.ndim == 2,
                f"Muon only supports 2D parameters whereas we found a parameter with size: {p.shape}",
            )

    def update(self, p: Any, g: Any, state: Group, group: Group) -> None:
        """One step of one parameter."""
        lr, momentum = group["lr"], group["momentum"]
        m = zeros_of(state, "momentum_buffer", g)
        m += (1 - momentum) * (g - m)
        ahead = g + momentum * (m - g) if group["nesterov"] else m
        move = near_orthogonal(ahead, group["ns_coefficients"], group["ns_steps"], group["eps"])
        p *= 1 - lr * group["weight_decay"]
        rows, cols = p.shape
        matched = group["adjust_lr_fn"] == "match_rms_adamw"
        scale = 0.2 * math.sqrt(max(rows, cols)) if matched else math.sqrt(max(1, rows / cols))
        p -= lr * scale * move.astype(p.dtype)


def near_orthogonal(g: Any, coefficients: tuple[float, float, float], steps: int, eps: float) -> Any:
    """U·Vᵀ of g = U·S·Vᵀ, nearly: g over its norm, then `steps` times x ← a·x + (b·A + c·A²)·x with A = x·xᵀ."""
    if steps >= 100:
        raise ValueError("Number of steps must be less than 100 for computational efficiency")
    if len(coefficients) != 3:
        raise ValueError("Coefficients must be a tuple of exactly 3 values")
    a, b, c = (np.float32(v) for v in coefficients)
    x = round_bfloat16(g if g.shape[0] <= g.shape[1] else g.T)
    norm = round_bfloat16(np.linalg.norm(x).astype(np.float32))
    x = round_bfloat16(x / np.maximum(norm, round_bfloat16(np.float32(eps))))
    for _ in range(steps):
        gram = round_bfloat16(x @ x.T)
        change = round_bfloat16(b * gram + c * (gram @ gram))
        x = round_bfloat16(a * x + change @ x)
    return x if g.shape[0] <= g.shape[1] else x.T
