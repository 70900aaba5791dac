"""The linear soft-margin problem in the primal, two ways: Newton for the squared hinge, dual coordinate descent for the hinge.

minimize   ½‖w‖² + Σ Cᵢ ℓ(yᵢ w·xᵢ)
"""

from __future__ import annotations

import numpy as np

from pellucid.models.svm.hinge import hinge, squared_hinge, squared_hinge_gradient
from pellucid.models.trace import See, unseen
from pellucid.models.validation import Floats


def squared_hinge_newton(
    X: Floats, y: Floats, C: Floats, tol: float, max_iter: int, see: See = unseen
) -> tuple[Floats, int, bool]:
    """w (d,), the number of steps, and whether ‖∇‖ fell to `tol` of its first value.

    The objective is quadratic as long as no point crosses its margin, so Newton's method ends after finitely many steps, the
    last of which is exact: one more is taken when `tol` is met. S. S. Keerthi, D. DeCoste, JMLR 6 (2005); O. Chapelle, Neural
    Computation 19 (2007).
    """
    n, d = X.shape
    w = np.zeros(d)
    margin = np.zeros(n)  # yᵢ w·xᵢ
    objective = float(C.sum())
    first = 0.0
    for step in range(1, max_iter + 1):
        gradient = w + X.T @ (C * y * squared_hinge_gradient(margin))  # (d,)
        size = float(np.linalg.norm(gradient))
        first = first or size
        short = margin < 1  # only these have curvature
        hessian = np.eye(d) + 2 * (X[short].T * C[short]) @ X[short]  # (d, d)
        direction = np.asarray(np.linalg.solve(hessian, -gradient), dtype=np.float64)
        w, margin, objective = _line_search(
            X, y, C, w, direction, margin, objective, float(gradient @ direction)
        )
        see(
            "weights",
            "w",
            "w − t H⁻¹∇",
            w,
            gradient=gradient,
            note=f"step {step}, objective {objective:.10g}",
        )
        if size <= tol * first:
            return w, step, True
    return w, max_iter, False


def _line_search(
    X: Floats,
    y: Floats,
    C: Floats,
    w: Floats,
    direction: Floats,
    margin: Floats,
    objective: float,
    slope: float,
) -> tuple[Floats, Floats, float]:
    """The first of the steps 1, ½, ¼, … that lowers the objective as its slope promises: w, its margins, its objective."""
    change = y * (X @ direction)
    t = 1.0
    for _ in range(40):
        weights, margins = w + t * direction, margin + t * change
        value = float(weights @ weights / 2 + C @ squared_hinge(margins))
        if value <= objective + 1e-4 * t * slope:
            return weights, margins, value
        t /= 2
    return w, margin, objective  # the slope is rounding: w is the minimum


def hinge_dual_descent(
    X: Floats, y: Floats, C: Floats, tol: float, max_iter: int, rng: np.random.Generator, see: See = unseen
) -> tuple[Floats, int, bool]:
    """w = Σ αᵢyᵢxᵢ (d,), the number of passes, and whether all conditions hold within `tol`.

    Coordinate ascent in the dual, one αᵢ after another in random order: with no free intercept there is no equality to keep.
    C.-J. Hsieh, K.-W. Chang, C.-J. Lin, S. S. Keerthi, S. Sundararajan, ICML 2008, algorithm 3, with its shrinking: points that
    stay at a bound are left out until the rest is solved.
    """
    counts = (C > 0) & X.any(axis=1)  # other rows do not move w
    rows = list(y[counts, None] * X[counts])
    squares: list[float] = np.einsum("ij,ij->i", X[counts], X[counts]).tolist()
    bounds: list[float] = C[counts].tolist()
    alpha = [0.0] * len(rows)
    w = np.zeros(X.shape[1])
    everyone = np.arange(len(rows), dtype=np.intp)
    active = everyone
    highest, lowest = np.inf, -np.inf  # who pulls further out than any did in the last pass is left out
    for epoch in range(1, max_iter + 1):
        kept: list[int] = []
        pulls = [0.0]
        for i in rng.permutation(active).tolist():
            slope = float(rows[i] @ w) - 1  # of ½‖w‖² − Σα, which is minimized
            if (alpha[i] == 0 and slope > highest) or (alpha[i] == bounds[i] and slope < lowest):
                continue
            kept.append(i)
            goal = min(max(alpha[i] - slope / squares[i], 0.0), bounds[i])
            if goal != alpha[i]:
                pulls.append(slope)
                w += (goal - alpha[i]) * rows[i]
                alpha[i] = goal
        if see is not unseen:
            value = float(w @ w / 2 + C @ hinge(y * (X @ w)))
            see(
                "weights",
                "w",
                "Σ αᵢyᵢxᵢ",
                w,
                note=f"pass {epoch}, {len(kept)} points, objective {value:.10g}",
            )
        top, bottom = max(pulls), min(pulls)
        if top - bottom > tol:
            active = np.array(kept, dtype=np.intp)
            highest, lowest = top or np.inf, bottom or -np.inf
        elif len(active) == len(everyone):
            return w, epoch, True
        else:
            active, highest, lowest = everyone, np.inf, -np.inf
    return w, max_iter, False
