"""Gradient descent on ½‖Xw − y‖² and the law of its step: it converges for steps below 2/λmax, and for no longer ones.

In the eigenbasis of XᵀX the error along vᵢ is multiplied by 1 − ηλᵢ at each step. Nesterov, "Lectures on Convex Optimization"
(2018), section 2.1; Boyd and Vandenberghe, "Convex Optimization" (2004), section 9.3.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from pellucid.models.linear_model.least_squares import rank_of, singular_values
from pellucid.models.trace import See, unseen
from pellucid.models.validation import Floats, as_floats, check_rows, check_y


@dataclass(frozen=True)
class StepLaw:
    """What the eigenvalues of the Hessian XᵀX say about steps."""

    eigenvalues: Floats
    """Of XᵀX (d,), the largest first."""
    rank: int
    """How many of them are not zero. Along the others the gradient is zero: w stays there as it started."""

    @property
    def limit(self) -> float:
        """2/λmax: from here on some part of the error does not shrink."""
        return 2 / float(self.eigenvalues[0]) if self.rank else np.inf

    @property
    def best(self) -> float:
        """2/(λmax + λmin), the step with the best rate; λmin the least eigenvalue that is not zero."""
        return 2 / float(self.eigenvalues[0] + self.eigenvalues[self.rank - 1]) if self.rank else np.inf

    @property
    def condition_number(self) -> float:
        """κ = λmax/λmin of XᵀX, the square of X's. The best rate is (κ − 1)/(κ + 1)."""
        return float(self.eigenvalues[0] / self.eigenvalues[self.rank - 1]) if self.rank else 1.0

    def rate(self, step: float) -> float:
        """max |1 − ηλ|: what the slowest part of the error is multiplied by at each step; below 1 it converges."""
        return float(np.abs(1 - step * self.eigenvalues[: self.rank]).max(initial=0.0))


@dataclass(frozen=True)
class Descent:
    """A whole descent: row k of `weights` is w after k steps."""

    weights: Floats
    """(k + 1, d)."""
    losses: Floats
    """½‖Xw − y‖² (k + 1,)."""
    gradient_norms: Floats
    """‖Xᵀ(Xw − y)‖ (k + 1,)."""
    step: float
    law: StepLaw

    @property
    def converges(self) -> bool:
        """Whether the step is below 2/λmax."""
        return self.step < self.law.limit


def step_law(X: Any) -> StepLaw:
    """The law for X (n, d), from its singular values, whose squares are the eigenvalues."""
    rows = check_rows(X)
    sigma = np.zeros(rows.shape[1])
    found = singular_values(rows)
    sigma[: len(found)] = found
    return StepLaw(sigma**2, rank_of(found, rows.shape))


def gradient_descent(
    X: Any, y: Any, *, step: float | None = None, n_steps: int = 100, start: Any = None, see: See = unseen
) -> Descent:
    """w ← w − ηXᵀ(Xw − y), `n_steps` times, for X (n, d) and y (n,).

    step : η; None for the best one. A step beyond the law's limit is taken as asked, so that one can watch it diverge.
    start : w (d,) at first; zeros by default.
    """
    rows = check_rows(X)
    target = check_y(y, len(rows))
    law = step_law(rows)
    eta = law.best if step is None else float(step)
    if not eta > 0:
        raise ValueError(f"step={step!r} must be above 0; this X allows steps below {law.limit:.6g}.")
    w = np.zeros(rows.shape[1]) if start is None else as_floats(start, "start", copy=True)
    if w.shape != (rows.shape[1],):
        raise ValueError(
            f"start has shape {w.shape}, but X has {rows.shape[1]} columns: pass shape ({rows.shape[1]},)."
        )
    if not np.isfinite(eta):
        eta = 1.0  # X is zero: no step changes anything
    see(
        "eigenvalues", "λ", "eig(XᵀX)", law.eigenvalues, note=f"steps below 2/λmax = {law.limit:.6g} converge"
    )
    weights, losses, norms = np.empty((n_steps + 1, len(w))), np.empty(n_steps + 1), np.empty(n_steps + 1)
    with np.errstate(over="ignore", invalid="ignore"):  # a divergence is shown, not warned of
        for k in range(n_steps + 1):
            residual = rows @ w - target  # (n,)
            gradient = rows.T @ residual  # (d,)
            weights[k], losses[k], norms[k] = w, 0.5 * (residual @ residual), np.linalg.norm(gradient)
            see("weights", f"w_{k}", "w − η∇", w, gradient=gradient)
            w = w - eta * gradient
    return Descent(weights, losses, norms, eta, law)
