"""Lasso: least squares with a penalty α‖w‖₁, which makes coefficients exactly zero.

Coordinate descent: along one coordinate the minimum is a soft threshold. Tibshirani (1996); Friedman, Hastie and Tibshirani,
"Regularization paths for generalized linear models via coordinate descent" (2010), sections 2.1, 2.2 and 2.5.
"""

from __future__ import annotations

import warnings
from numbers import Integral
from typing import Any, NamedTuple

import numpy as np

from pellucid.models.linear_model.centering import Centered, center
from pellucid.models.linear_model.linear_regression import LinearPredictor, check_alpha
from pellucid.models.trace import See, unseen
from pellucid.models.validation import (
    Floats,
    as_floats,
    check_rows,
    check_sample_weight,
    check_y,
    kind_also_of,
    refuse_nan,
)


class Lasso(LinearPredictor):
    """Minimizes 1/(2Σw) Σ wᵢ(yᵢ − xᵢᵀw − b)² + α‖w‖₁: the mean over rows, and b is free.

    Parameters
    ----------
    alpha : the penalty, 0 or above; from `lasso_alpha_max` on, every coefficient is zero.
    fit_intercept : whether there is a b.
    max_iter : sweeps over the coordinates at most; a ConvergenceWarning where they do not suffice.
    tol : stops where the duality gap is below tol·Σwt²/Σw, t the centered target.

    Attributes
    ----------
    coef_ : w (d,). intercept_ : b. n_iter_ : sweeps. dual_gap_ : how far above the minimum the objective is, at most.
    """

    n_iter_: int
    dual_gap_: float

    def __init__(
        self, alpha: float = 1.0, *, fit_intercept: bool = True, max_iter: int = 1000, tol: float = 1e-4
    ) -> None:
        self.alpha = alpha
        self.fit_intercept = fit_intercept
        self.max_iter = max_iter
        self.tol = tol

    def _fit(self, X: Any, y: Any, sample_weight: Any, see: See) -> None:
        alpha = check_alpha(self.alpha)
        data = _one_target(X, y, self.fit_intercept, sample_weight, see)
        self._learn_features(X, data.X)
        Z, t = _scaled(data)
        note = "max |c| is the α from which on w = 0"
        see("correlations with the target", "c", "Zᵀt/Σw", Z.T @ t, note=note)
        start = np.zeros(len(Z.T))
        w, self.dual_gap_, self.n_iter_ = descend(Z, t, alpha, start, self.tol, self.max_iter)
        note = f"{int(np.sum(w != 0))} are not zero"
        see("coefficients", "w", "argmin ½‖t − Zw‖²/Σw + α‖w‖₁", w, note=note)
        if see is not unseen:
            see(
                "gradient of the squares",
                "q",
                "Zᵀ(t − Zw)/Σw",
                Z.T @ (t - Z @ w),
                note="α·sign(w), or within ±α at w = 0",
            )
        intercepts = data.intercepts(w[:, None], data.T - data.Z @ w[:, None])
        see("intercept", "b", "ȳ − x̄ᵀw" if self.fit_intercept else "0", intercepts, note="not penalized")
        self._learn(w[:, None], intercepts, data.Y[:, 0])


class LassoPath(NamedTuple):
    """Lasso solutions for falling penalties, as scikit-learn's `lasso_path` gives them."""

    alphas: Floats
    """(L,), the largest first."""
    coefs: Floats
    """(d, L), a column a penalty."""
    dual_gaps: Floats
    """(L,)."""


def lasso_path(
    X: Any, y: Any, *, eps: float = 1e-3, alphas: Any = 100, max_iter: int = 1000, tol: float = 1e-4
) -> LassoPath:
    """The lasso for many penalties, each started from the last. X (n, d), y (n,); no intercept: center them first.

    alphas : how many, spaced evenly in log from λmax down to eps·λmax; or the penalties themselves, which are sorted.
    """
    data = _one_target(X, y, False, None, unseen)
    Z, t = _scaled(data)
    largest = float(np.abs(Z.T @ t).max())
    if isinstance(alphas, Integral):
        levels = np.geomspace(
            max(largest, np.finfo(float).tiny), max(largest, np.finfo(float).tiny) * eps, int(alphas)
        )
    else:
        levels = np.sort(as_floats(alphas, "alphas"))[::-1]
        refuse_nan(levels, "alphas")
        check_alpha(float(levels[-1]), "min(alphas)")
    w = np.zeros(Z.shape[1])
    coefs, gaps = np.zeros((len(w), len(levels))), np.zeros(len(levels))
    gram = Z.T @ Z if len(w) <= MANY else None
    for k, alpha in enumerate(levels):
        w, gaps[k], _ = descend(Z, t, float(alpha), w, tol, max_iter, gram)
        coefs[:, k] = w
    return LassoPath(levels, coefs, gaps)


def lasso_alpha_max(X: Any, y: Any, *, fit_intercept: bool = True, sample_weight: Any = None) -> float:
    """λmax = max |Zᵀt|/Σw: the least penalty for which every coefficient is zero."""
    Z, t = _scaled(_one_target(X, y, fit_intercept, sample_weight, unseen))
    return float(np.abs(Z.T @ t).max())


MANY = 2000  # columns up to which the whole of ZᵀZ is worth its memory
ROUND = 20  # sweeps between two looks at all columns


def descend(
    Z: Floats, t: Floats, alpha: float, w: Floats, tol: float, max_iter: int, gram: Floats | None = None
) -> tuple[Floats, float, int]:
    """Minimizes ½‖t − Zw‖² + α‖w‖₁ from `w` (d,) on: the minimum, its duality gap, the sweeps it took.

    Sweeps over the columns that may matter (a coefficient that is not zero, or a gradient beyond α), and adds those that turn
    out to violate the optimality conditions |zⱼᵀ(t − Zw)| ≤ α. `gram` is ZᵀZ where it is known.
    """
    w = w.copy()
    aim = tol * float(t @ t)
    c = Z.T @ t
    slack = 1e-12 * max(float(np.abs(c).max()), np.finfo(float).tiny)
    q, gap = optimality(Z, t, alpha, w)
    working, sweeps = (w != 0) | (np.abs(q) > alpha), 0
    while sweeps < max_iter and working.any():
        columns = np.flatnonzero(working)
        G = _gram(Z[:, columns]) if gram is None else gram[np.ix_(columns, columns)]
        w[columns], used, exact = _sweep(G, c[columns], alpha, w[columns], min(ROUND, max_iter - sweeps))
        sweeps += used
        q, gap = optimality(Z, t, alpha, w)
        violating = (np.abs(q) > alpha + slack) & ~working
        if gap <= aim or (exact and not violating.any()):  # what is left then is rounding
            return w, gap, sweeps
        working |= violating
    if gap > aim:
        kind = kind_also_of(UserWarning, "ConvergenceWarning")
        warnings.warn(
            kind(
                f"Objective did not converge: after max_iter={max_iter} sweeps the duality gap is {gap:.3g}, above {aim:.3g}. "
                "Raise max_iter or alpha, or standardize the features."
            ),
            stacklevel=4,
        )
    return w, gap, max(sweeps, 1)


def _sweep(G: Floats, c: Floats, alpha: float, w: Floats, limit: int) -> tuple[Floats, int, bool]:
    """Coordinate descent on ½wᵀGw − cᵀw + α‖w‖₁, at most `limit` sweeps; and whether the minimum was met exactly.

    Once a sweep leaves the signs as they were, the minimum on that support is the solution of linear equations. If that has the
    same signs and no other coordinate would move, it is the minimum.
    """
    w = w.copy()
    q = c - G @ w  # the gradient of the squares, with its sign turned
    curvature: list[float] = G.diagonal().tolist()
    before = np.sign(w)
    for sweep in range(1, limit + 1):
        for j, g in enumerate(curvature):
            if g == 0:
                continue
            old = float(w[j])
            new = soft_threshold(float(q[j]) + g * old, alpha) / g
            if new != old:
                q -= (new - old) * G[j]
                w[j] = new
        signs = np.sign(w)
        if np.array_equal(signs, before):
            solved = _solve_on_support(G, c, alpha, signs)
            if solved is not None:
                return solved, sweep, True
        before = signs
    return w, limit, False


def _solve_on_support(G: Floats, c: Floats, alpha: float, signs: Floats) -> Floats | None:
    """The w with these signs and zᵀr = α·sign where it is not zero; None if there is none, or it is no minimum."""
    support = np.flatnonzero(signs)
    w = np.zeros(len(c))
    if len(support):
        try:
            w[support] = np.linalg.solve(G[np.ix_(support, support)], c[support] - alpha * signs[support])
        except np.linalg.LinAlgError:
            return None
    inside = np.abs(c - G @ w) <= alpha + 1e-12 * np.abs(c).max()
    return w if np.array_equal(np.sign(w), signs) and inside.all() else None


def soft_threshold(z: float, alpha: float) -> float:
    """sign(z)·max(|z| − α, 0): the minimum of ½(w − z)² + α|w|."""
    return z - alpha if z > alpha else z + alpha if z < -alpha else 0.0


def descend_reference(Z: Floats, t: Floats, alpha: float, sweeps: int) -> Floats:
    """Coordinate descent as the page has it: for each column, the correlation with what the others leave, thresholded."""
    w = np.zeros(Z.shape[1])
    for _ in range(sweeps):
        for j in range(len(w)):
            z = Z[:, j]
            if z @ z > 0:
                left = t - Z @ w + z * w[j]  # (n,), the residual without feature j
                w[j] = soft_threshold(float(z @ left), alpha) / (z @ z)
    return w


def optimality(Z: Floats, t: Floats, alpha: float, w: Floats) -> tuple[Floats, float]:
    """Zᵀ(t − Zw) (d,), which is within ±α at the minimum, and the duality gap: at least the distance to the minimum.

    The gap is the objective at w less the dual's value at the residual, shrunk until |Zᵀθ| ≤ α.
    """
    r = t - Z @ w
    q = Z.T @ r
    steepest = float(np.abs(q).max())
    theta = r * min(1.0, alpha / steepest) if steepest > 0 else r
    primal = 0.5 * float(r @ r) + alpha * float(np.abs(w).sum())
    return q, max(0.0, primal - float(theta @ t) + 0.5 * float(theta @ theta))


def _gram(A: Floats) -> Floats:
    return A.T @ A


def _scaled(data: Centered) -> tuple[Floats, Floats]:
    """Z/√Σw and t/√Σw, in which sums over rows are means."""
    size = np.sqrt(data.total)
    return data.Z / size, data.T[:, 0] / size


def _one_target(X: Any, y: Any, fit_intercept: bool, sample_weight: Any, see: See) -> Centered:
    rows = check_rows(X)
    targets = check_y(y, len(rows))[:, None]
    weights = None if sample_weight is None else check_sample_weight(sample_weight, len(rows))
    return center(rows, targets, weights, fit_intercept, see)
