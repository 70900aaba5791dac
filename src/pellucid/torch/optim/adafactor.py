"""Adafactor."""

from __future__ import annotations

# pyright: reportUnknownArgumentType=false, reportUnknownVariableType=false, reportUnknownMemberType=false
import math
from typing import Any

import numpy as np

from pellucid.torch.optim.optimizer import Group, Optimizer, check_option, count_step, zeros_of


class Adafactor(Optimizer):
    """Adam without momentum that keeps of a matrix's mean squares only those of its rows and columns (Shazeer and Stern 2018).

    Steps are in proportion to the parameter's own size, at least eps[1], and clipped to root mean square d. foreach chooses among
    torch's implementations; here there is one.
    """

    def __init__(
        self,
        params: Any,
        lr: float = 1e-2,
        beta2_decay: float = -0.8,
        eps: tuple[float | None, float] = (None, 1e-3),
        d: float = 1.0,
        weight_decay: float = 0.0,
        *,
        foreach: bool | None = None,
        maximize: bool = False,
    ) -> None:
        check_option(lr >= 0, f"Learning rate should be >= 0 but is: {lr}")
        check_option(beta2_decay <= 0, f"beta2_decay should be <= 0 but is: {beta2_decay}")
        check_option(eps[0] is None or eps[0] >= 0, f"epsilon1 should be >= 0 but is: {eps[0]}")
        check_option(eps[1] >= 0, f"epsilon2 should be >= 0 but is: {eps[1]}")
        check_option(d >= 1, f"Clipping threshold d should be >= 1 but is: {d}")
        check_option(weight_decay >= 0, f"weight_decay should be >= 0 but is: {weight_decay}")
        options = {
            "lr": lr,
            "beta2_decay": beta2_decay,
            "eps": eps,
            "d": d,
            "weight_decay": weight_decay,
            "foreach": foreach,
            "maximize": maximize,
        }
        super().__init__(params, options)

    def update(self, p: Any, g: Any, state: Group, group: Group) -> None:
        """One step of one parameter."""
        lr, (least, smallest) = group["lr"], group["eps"]
        least = float(np.finfo(p.dtype).eps) if least is None else least
        step = count_step(state)
        share = step ** group["beta2_decay"]
        size = max(smallest, root_mean_square(p)) * min(lr, 1 / math.sqrt(step))
        if group["weight_decay"]:
            p *= 1 - lr * group["weight_decay"]
        squares = self.mean_squares(g, state, share, least)
        move = g / np.sqrt(np.maximum(squares, least * least))
        p -= size / max(1.0, root_mean_square(move) / group["d"]) * move

    def mean_squares(self, g: Any, state: Group, share: float, least: float) -> Any:
        """What is known of the mean of g²: of a matrix, the product of its rows' and columns' over the mean of all."""
        if g.ndim < 2:
            v = zeros_of(state, "variance", g)
            v += share * (g * g - v)
            return v
        rows, cols = zeros_of(state, "row_var", g[..., :1]), zeros_of(state, "col_var", g[..., :1, :])
        rows += share * ((g * g).mean(axis=-1, keepdims=True) - rows)
        cols += share * ((g * g).mean(axis=-2, keepdims=True) - cols)
        return rows @ cols / np.maximum(rows.mean(axis=-2, keepdims=True), least)


def root_mean_square(x: Any) -> float:
    """√(mean of x²)."""
    return float(np.linalg.norm(x)) / math.sqrt(x.size)
