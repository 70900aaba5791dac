"""The linear soft-margin problem: Newton's method for the squared hinge; for the hinge coordinate descent and Newton in the dual.

minimize   ½‖w‖² + Σ Cᵢ ℓ(yᵢ w·xᵢ)
"""

from __future__ import annotations

import numpy as np

from pellucid.models.svm.active_set import finish
from pellucid.models.svm.cache import KernelRows
from pellucid.models.svm.dual import Box, Solution
from pellucid.models.svm.hinge import hinge, squared_hinge, squared_hinge_gradient
from pellucid.models.trace import See, unseen
from pellucid.models.validation import Floats

ROUGH = 10
"""Passes of coordinate descent before Newton steps are tried."""
MEGABYTES = 200.0
"""Room for rows of XXᵀ."""


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


def hinge_newton(
    X: Floats, y: Floats, C: Floats, tol: float, max_iter: int, rng: np.random.Generator, see: See = unseen
) -> tuple[Floats, int, bool]:
    """w (d,), how many passes of dual coordinate descent, and whether all conditions hold within `tol`.

    The hinge has no curvature, but its dual has: a few passes find roughly which αᵢ are free, Newton steps on those do the
    rest, as in `SVC`. Where these fail, as for too many points, the passes go on.
    """
    counts = (C > 0) & X.any(axis=1)  # other rows do not move w
    rows, signs, bounds = X[counts], y[counts], C[counts]
    alpha = np.zeros(len(rows))
    passes, converged = hinge_dual_descent(rows, signs, bounds, alpha, tol, min(ROUGH, max_iter), rng, see)
    if not converged and max_iter > ROUGH:
        kernel = KernelRows(
            lambda points: rows[points] @ rows.T, np.einsum("ij,ij->i", rows, rows), MEGABYTES
        )
        beta = signs * alpha
        start = Solution(beta, signs - rows @ (rows.T @ beta), passes, False)
        found = finish(kernel, Box.of(signs, bounds, balanced=False), start, tol, see)
        if found is not None:
            return rows.T @ found.beta, passes, True
        more, converged = hinge_dual_descent(rows, signs, bounds, alpha, tol, max_iter - passes, rng, see)
        passes += more
    return rows.T @ (signs * alpha), passes, converged


def hinge_dual_descent(
    X: Floats,
    y: Floats,
    C: Floats,
    alpha: Floats,
    tol: float,
    max_iter: int,
    rng: np.random.Generator,
    see: See = unseen,
) -> tuple[int, bool]:
    """Changes α (n,) until w = Σ αᵢyᵢxᵢ meets all conditions within `tol`: the number of passes, and whether it does.

    One αᵢ after another is set to its best, in random order: with no free intercept there is no equality to keep. C.-J. Hsieh,
    K.-W. Chang, C.-J. Lin, S. S. Keerthi, S. Sundararajan, ICML 2008, algorithm 1. No row of X may be zero.
    """
    rows = list(y[:, None] * X)
    squares = np.einsum("ij,ij->i", X, X)
    w = X.T @ (y * alpha)
    for epoch in range(1, max_iter + 1):
        violation = 0.0
        for i in rng.permutation(len(rows)).tolist():
            slope = float(rows[i] @ w) - 1  # of ½‖w‖² − Σα, which is minimized
            goal = min(max(float(alpha[i]) - slope / float(squares[i]), 0.0), float(C[i]))
            if goal != alpha[i]:
                violation = max(violation, abs(slope))
                w += (goal - float(alpha[i])) * rows[i]
                alpha[i] = goal
        if see is not unseen:
            value = float(w @ w / 2 + C @ hinge(y * (X @ w)))
            see("weights", "w", "Σ αᵢyᵢxᵢ", w, note=f"pass {epoch}, objective {value:.10g}")
        if violation <= tol:
            return epoch, True
    return max_iter, False
