"""The dual of the soft-margin classifier, and the report that says how well its conditions hold.

    maximize   D(α) = Σ αᵢ − ½ Σᵢⱼ αᵢαⱼ yᵢyⱼ k(xᵢ, xⱼ)    with 0 ≤ αᵢ ≤ Cᵢ and Σ αᵢyᵢ = 0,   y ∈ {−1, +1}

With βᵢ = αᵢyᵢ the signs go away: D(β) = yᵀβ − ½ βᵀKβ with Σ βᵢ = 0 and each βᵢ between 0 and yᵢCᵢ. Its gradient is the
residual r = y − Kβ, and D is greatest where no βᵢ that may grow has a larger rᵢ than one that may shrink.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from pellucid.models.validation import Floats


@dataclass(frozen=True)
class Box:
    """What the dual allows: each βᵢ between `lower` and `upper`, one of which is 0; y (n,) holds −1 and +1.

    `balanced` says that Σ βᵢ = 0. Without it the dual is that of a classifier without an intercept, or with one that is
    penalised, as the weight of a column of ones: k(a, b) + 1 for k.
    """

    y: Floats
    lower: Floats
    upper: Floats
    balanced: bool = True

    @classmethod
    def of(cls, y: Floats, C: Floats, *, balanced: bool = True) -> Box:
        """The box of labels y (n,) in {−1, +1} and penalties C (n,)."""
        return cls(y, np.minimum(0, y * C), np.maximum(0, y * C), balanced)

    def snap(self, beta: Floats) -> Floats:
        """β (n,) with what rounding has left beside a bound put onto it, so that it does not count as free."""
        little = 1e-12 * (self.upper - self.lower)
        beta = np.where(beta - self.lower <= little, self.lower, beta)
        return np.where(self.upper - beta <= little, self.upper, beta)

    def gap(self, beta: Floats, residual: Floats) -> float:
        """max rᵢ over βᵢ that may grow − min rⱼ over βⱼ that may shrink: at most 0 where the dual is solved.

        Where nothing has to be balanced each may move alone: the larger of max rᵢ and −min rⱼ.
        """
        high = residual.max(where=beta < self.upper, initial=-np.inf)
        low = residual.min(where=beta > self.lower, initial=np.inf)
        return float(high - low if self.balanced else max(high, -low))


@dataclass(frozen=True)
class Solution:
    """β (n,) of the dual, its residual y − Kβ (n,), and how many steps of SMO were taken."""

    beta: Floats
    residual: Floats
    steps: int
    converged: bool


@dataclass(frozen=True)
class KKT:
    """How well a solution meets the Karush–Kuhn–Tucker conditions.

    Where they hold, `gap` and `balance` are 0 and `largest_violation` is at most 0. A `balance` other than 0 is the mark of a
    dual that was solved without its equality.
    """

    dual_objective: float
    """Σ αᵢ − ½ Σ αᵢαⱼ yᵢyⱼ Kᵢⱼ."""
    primal_objective: float
    """½‖w‖² + Σ Cᵢ max(0, 1 − yᵢ f(xᵢ))."""
    gap: float
    """Primal − dual; never below 0 but by rounding."""
    balance: float
    """Σ αᵢyᵢ."""
    largest_violation: float
    """max rᵢ over those that may grow − min rⱼ over those that may shrink: what `tol` bounds."""
    free: NDArray[np.intp]
    """Rows with 0 < αᵢ < Cᵢ: they lie on the margin, yᵢ f(xᵢ) = 1."""
    bounded: NDArray[np.intp]
    """Rows with αᵢ = Cᵢ: they lie inside the margin or beyond, yᵢ f(xᵢ) ≤ 1."""

    def __str__(self) -> str:
        return (
            f"dual {self.dual_objective:.10g}, primal {self.primal_objective:.10g}, gap {self.gap:.2e}, "
            f"Σαᵢyᵢ {self.balance:.1e}, largest violation {self.largest_violation:.1e}, {len(self.free)} free and "
            f"{len(self.bounded)} bounded support vectors"
        )


def intercept_of(box: Box, solution: Solution) -> float:
    """b: on the margin yᵢ = (Kβ)ᵢ + b, so the mean residual of the free points.

    Where none is free, any b between the two bounds will do: the middle.
    """
    beta, residual = solution.beta, solution.residual
    free = (beta > box.lower) & (beta < box.upper)
    if free.any():
        return float(residual[free].mean())
    up, low = residual[beta < box.upper], residual[beta > box.lower]
    ends = [side for side in (up.max(initial=-np.inf), low.min(initial=np.inf)) if np.isfinite(side)]
    return float(np.mean(ends))


def report(box: Box, solution: Solution, intercept: float) -> KKT:
    """The KKT report of a solution of the dual, with intercept b."""
    y, beta, residual = box.y, solution.beta, solution.residual
    quadratic = float(beta @ (y - residual))  # βᵀKβ = ‖w‖²
    slack = np.maximum(0, y * (residual - intercept))  # 1 − y f, since y f = 1 − y (r − b)
    dual = float(y @ beta) - quadratic / 2
    primal = quadratic / 2 + float((box.upper - box.lower) @ slack)
    held = beta != 0
    free = held & (beta > box.lower) & (beta < box.upper)
    return KKT(
        dual_objective=dual,
        primal_objective=primal,
        gap=primal - dual,
        balance=float(beta.sum()),
        largest_violation=box.gap(beta, residual),
        free=np.flatnonzero(free),
        bounded=np.flatnonzero(held & ~free),
    )
