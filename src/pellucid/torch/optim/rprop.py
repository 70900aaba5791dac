"""Rprop."""

from __future__ import annotations

# pyright: reportUnknownArgumentType=false, reportUnknownVariableType=false, reportUnknownMemberType=false
from typing import Any

import numpy as np

from pellucid.torch.dtypes import dtype_of
from pellucid.torch.optim.optimizer import (
    Group,
    Optimizer,
    buffer,
    check_option,
    check_options,
    count_step,
    zeros_of,
)


class Rprop(Optimizer):
    """p ← p − s·sign(g): each s grows by etas[1] while its g keeps its sign, and shrinks by etas[0] where it turns.

    s starts at lr and stays within step_sizes (Riedmiller and Braun 1993). For whole batches, not for samples of them.
    foreach and capturable choose among torch's implementations; here there is one.
    """

    def __init__(
        self,
        params: Any,
        lr: float = 1e-2,
        etas: tuple[float, float] = (0.5, 1.2),
        step_sizes: tuple[float, float] = (1e-6, 50),
        *,
        capturable: bool = False,
        foreach: bool | None = None,
        maximize: bool = False,
        differentiable: bool = False,
    ) -> None:
        check_options(lr, differentiable=differentiable)
        check_option(0 < etas[0] < 1 < etas[1], f"Invalid eta values: {etas[0]}, {etas[1]}")
        options = {
            "lr": lr,
            "etas": etas,
            "step_sizes": step_sizes,
            "foreach": foreach,
            "maximize": maximize,
            "differentiable": differentiable,
            "capturable": capturable,
        }
        super().__init__(params, options)

    def update(self, p: Any, g: Any, state: Group, group: Group) -> None:
        """One step of one parameter."""
        less, more = group["etas"]
        count_step(state)
        before = zeros_of(state, "prev", p)
        sizes = buffer(state, "step_size", np.full_like(p, group["lr"]), dtype_of(p))
        agreement = g * before
        turned = agreement < 0
        sizes *= np.where(agreement > 0, more, np.where(turned, less, 1)).astype(p.dtype)
        np.clip(sizes, *group["step_sizes"], out=sizes)
        g = np.where(turned, 0, g)  # where the sign turned, this step waits
        p -= np.sign(g) * sizes
        before[...] = g
