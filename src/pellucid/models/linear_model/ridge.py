"""Ridge regression: least squares with a penalty α‖w‖² that never touches the intercept.

w = (ZᵀZ + αI)⁻¹Zᵀt = V diag(σ/(σ² + α)) Uᵀt for centered Z = UΣVᵀ. Hoerl and Kennard (1970); Hastie, Tibshirani and Friedman,
"The Elements of Statistical Learning", section 3.4.1.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from pellucid.models.linear_model.centering import Centered, center, check_problem
from pellucid.models.linear_model.least_squares import rank_of
from pellucid.models.linear_model.linear_regression import (
    LinearPredictor,
    check_alpha,
    tags_of_several_targets,
)
from pellucid.models.trace import See, unseen
from pellucid.models.validation import Floats, as_floats, refuse_nan

WELL_CONDITIONED = (
    1e4  # κ of ZᵀZ + αI up to which 'auto' takes Cholesky: it then loses at most 4 of 16 digits
)


class Ridge(LinearPredictor):
    """Minimizes Σ wᵢ(yᵢ − xᵢᵀw − b)² + α‖w‖²; the sum over rows, not their mean, and b is free.

    Parameters
    ----------
    alpha : the penalty, 0 or above.
    fit_intercept : whether there is a b.
    solver : 'cholesky' (the closed form; with n < d its dual form), 'svd', or 'auto': cholesky where it keeps its digits.

    Attributes
    ----------
    coef_ : w (d,), or (t, d) for targets y (n, t). intercept_ : b, or (t,). solver_ : which solver was used.
    """

    solver_: str

    def __init__(self, alpha: float = 1.0, *, fit_intercept: bool = True, solver: str = "auto") -> None:
        self.alpha = alpha
        self.fit_intercept = fit_intercept
        self.solver = solver

    def _fit(self, X: Any, y: Any, sample_weight: Any, see: See) -> None:
        alpha = check_alpha(self.alpha)
        if self.solver not in ("auto", "cholesky", "svd"):
            raise ValueError(f"solver={self.solver!r} is none of 'auto', 'cholesky', 'svd'.")
        rows, targets, weights = check_problem(X, y, sample_weight)
        self._learn_features(X, rows)
        data = center(rows, targets, weights, self.fit_intercept, see)
        limit = {"auto": WELL_CONDITIONED, "cholesky": np.inf, "svd": 0.0}[self.solver]
        direct = solve_cholesky(data, alpha, see, limit) if limit > 0 else None
        self.solver_ = "svd" if direct is None else "cholesky"
        W = solve_svd(data, alpha, see) if direct is None else direct
        see("coefficients", "w", "(ZᵀZ + αI)⁻¹Zᵀt", W)
        intercepts = data.finish(W)[0]
        see("intercept", "b", "ȳ − x̄ᵀw" if self.fit_intercept else "0", intercepts, note="not penalized")
        self._learn(W, intercepts, y)

    def __sklearn_tags__(self) -> Any:
        """Several targets are fine."""
        return tags_of_several_targets(super().__sklearn_tags__())


def solve_cholesky(data: Centered, alpha: float, see: See, limit: float) -> Floats | None:
    """The closed form (d, t): ZᵀZ + αI = LLᵀ; with fewer rows than columns w = Zᵀ(ZZᵀ + αI)⁻¹t, which is the same.

    None where the condition number of the matrix is above `limit`, or it has no factor.
    """
    dual = len(data.X) < len(data.X.T)
    G, moments = (data.Z @ data.Z.T, data.T) if dual else data.normal_equations()
    G.flat[:: len(G) + 1] += alpha
    see("penalized gram matrix", "G", "ZZᵀ + αI" if dual else "ZᵀZ + αI", G)
    if np.isfinite(limit) and not _is_well_conditioned(G, limit):
        return None
    try:
        lower = np.linalg.cholesky(G)
    except np.linalg.LinAlgError:
        return None
    see("Cholesky factor", "L", "G = LLᵀ", lower)
    solved = np.asarray(np.linalg.solve(lower.T, np.linalg.solve(lower, moments)), dtype=np.float64)
    return data.Z.T @ solved if dual else solved


def _is_well_conditioned(G: Floats, limit: float) -> bool:
    values = np.linalg.eigvalsh(G)
    return bool(values[0] * limit > values[-1])


def solve_svd(data: Centered, alpha: float, see: See) -> Floats:
    """w = V diag(σ/(σ² + α)) Uᵀt (d, t); with α = 0 the pseudo-inverse's."""
    sigma, V, rotated = spectrum(data, see)
    shrink = sigma / (sigma**2 + alpha)
    see("shrinkage", "σ/(σ²+α)", "σ/(σ² + α)", shrink)
    return V @ (shrink[:, None] * rotated)


class Spectrum(NamedTuple):
    """Z = UΣVᵀ and t as ridge needs them: all that α does is to the numbers σ/(σ² + α)."""

    sigma: Floats  # (r,), the singular values above rounding
    V: Floats  # (d, r)
    rotated: Floats  # Uᵀt (r, t)


def spectrum(data: Centered, see: See = unseen) -> Spectrum:
    """The spectrum of Z; of a tall Z that of its R factor, which is small and has the same σ and V."""
    small, target = data.Z, data.T
    d = small.shape[1]
    if len(small) > 2 * d:
        R = np.asarray(
            np.linalg.qr(np.hstack([small, target]), mode="r")
        )  # [Z t] = Q [R c]: Q is never needed
        small, target = R[:d, :d], R[:d, d:]
    U, sigma, Vt = np.linalg.svd(small, full_matrices=False)
    rank = rank_of(sigma, data.Z.shape)
    see("singular values", "σ", "Z = UΣVᵀ", sigma[:rank])
    see("right singular vectors", "V", "Z = UΣVᵀ", Vt[:rank].T)
    return Spectrum(sigma[:rank], Vt[:rank].T, U[:, :rank].T @ target)


class RidgePath(NamedTuple):
    """Ridge solutions for many penalties."""

    alphas: Floats
    """(L,), in the order given."""
    coefs: Floats
    """(d, L), a column a penalty."""
    intercepts: Floats
    """(L,)."""
    degrees: Floats
    """Effective degrees of freedom Σ σ²/(σ² + α), of the coefficients; the intercept's one is not counted (L,)."""


def ridge_path(
    X: Any, y: Any, alphas: Any, *, fit_intercept: bool = True, sample_weight: Any = None
) -> RidgePath:
    """The ridge coefficients for every α of `alphas`, for X (n, d) and y (n,), from one factorization."""
    levels = _check_alphas(alphas)
    data = _one_target(X, y, fit_intercept, sample_weight)
    sigma, V, rotated = spectrum(data)
    shrink = sigma[:, None] / (sigma[:, None] ** 2 + levels)  # (r, L)
    W = V @ (shrink * rotated)
    # sums of Z's columns are zero but for rounding, so the means alone give the intercepts
    intercepts = data.intercepts(W, np.zeros((len(data.Z), 1)))
    return RidgePath(levels, W, intercepts, (sigma[:, None] * shrink).sum(axis=0))


def effective_degrees_of_freedom(
    X: Any, alphas: Any, *, fit_intercept: bool = True, sample_weight: Any = None
) -> Floats:
    """The trace of the hat matrix, Σ σ²/(σ² + α) (L,): between 0 and the rank; the intercept's one is not counted."""
    levels = _check_alphas(alphas)
    squares = (
        spectrum(_one_target(X, np.zeros(np.shape(X)[0]), fit_intercept, sample_weight)).sigma[:, None] ** 2
    )
    return (squares / (squares + levels)).sum(axis=0)


def ridge_leave_one_out(
    X: Any, y: Any, alphas: Any, *, fit_intercept: bool = True, sample_weight: Any = None
) -> Floats:
    """yᵢ − ŷᵢ of the model that was fitted without row i, (n, L), without fitting it: eᵢ/(1 − hᵢᵢ).

    h is the diagonal of the hat matrix 1wᵀ/Σw + Z(ZᵀZ + αI)⁻¹Zᵀ. Allen's PRESS (1974); Elements of Statistical Learning, (7.64).
    The error is infinite or NaN for a row that alone decides a coefficient (h = 1).
    """
    levels = _check_alphas(alphas)
    data = _one_target(X, y, fit_intercept, sample_weight)
    sigma, V, rotated = spectrum(data)
    U = data.Z @ (V / sigma)  # (n, r)
    kept = sigma[:, None] ** 2 / (sigma[:, None] ** 2 + levels)  # (r, L)
    residuals = data.T - U @ (kept * rotated)
    root = np.ones(len(U)) if data.root is None else data.root
    leverage = U**2 @ kept + (root[:, None] ** 2 / data.total if data.intercept else 0.0)
    with np.errstate(divide="ignore", invalid="ignore"):
        return residuals / root[:, None] / (1 - leverage)


def _one_target(X: Any, y: Any, fit_intercept: bool, sample_weight: Any) -> Centered:
    rows, targets, weights = check_problem(X, y, sample_weight)
    if targets.shape[1] != 1:
        raise ValueError(
            f"y has shape {np.shape(y)}: a path is of one target. Pass y of shape ({len(rows)},)."
        )
    return center(rows, targets, weights, fit_intercept, unseen)


def _check_alphas(alphas: Any) -> Floats:
    levels = np.atleast_1d(as_floats(alphas, "alphas"))
    refuse_nan(levels, "alphas")
    if levels.ndim != 1 or not levels.size or levels.min() < 0:
        raise ValueError(
            f"alphas must be one or more numbers, 0 or above, in one row: got shape {levels.shape}."
        )
    return levels
