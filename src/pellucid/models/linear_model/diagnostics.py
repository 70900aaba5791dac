"""What a least-squares fit can tell of itself: how sure each coefficient is, which rows decide it, whether its assumptions hold.

Belsley, Kuh and Welsch, "Regression Diagnostics" (1980), chapters 2 and 3; Cook (1977); Breusch and Pagan (1979) in Koenker's
studentized form (1981); Durbin and Watson (1950).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from pellucid.models.linear_model.centering import center
from pellucid.models.linear_model.least_squares import EPS, factorize, rank_of, refine, singular_values
from pellucid.models.stats.distributions import ChiSquared, FisherF, Normal, StudentT
from pellucid.models.stats.significance import SignificanceTest
from pellucid.models.trace import See, unseen
from pellucid.models.validation import Floats, check_rows, check_y


@dataclass(frozen=True)
class Diagnostics:
    """A least-squares fit, examined. p is the number of parameters; where there is an intercept it is the first.

    What divides by 1 − hᵢ is NaN for a row with leverage 1: the fit goes through it whatever its target.
    """

    parameters: Floats
    """(p,)."""
    standard_errors: Floats
    """s·√diag((XᵀX)⁻¹) (p,), X with its column of ones."""
    t_values: Floats
    """parameter / standard error (p,)."""
    p_values: Floats
    """Of the two-sided t test that the parameter is 0, with n − p degrees of freedom (p,)."""
    confidence_intervals: Floats
    """Lower and upper ends (p, 2), at `level`."""
    level: float
    covariance: Floats
    """s²(XᵀX)⁻¹ (p, p)."""
    degrees_of_freedom: int
    """n − p."""
    residual_standard_error: float
    """s = √(Σe²/(n − p)), in units of y."""
    r_squared: float
    """1 − Σe²/Σ(y − ȳ)²; without an intercept 1 − Σe²/Σy²."""
    adjusted_r_squared: float
    f_test: SignificanceTest
    """That every coefficient but the intercept is 0."""

    fitted: Floats
    """ŷ (n,)."""
    residuals: Floats
    """e = y − ŷ (n,)."""
    leverage: Floats
    """hᵢ, the diagonal of the hat matrix (n,): what yᵢ counts in ŷᵢ. They sum to p."""
    standardized_residuals: Floats
    """rᵢ = eᵢ/(s√(1 − hᵢ)) (n,), also called internally studentized."""
    studentized_residuals: Floats
    """eᵢ/(s₍ᵢ₎√(1 − hᵢ)) (n,), with s of the fit without row i: t with n − p − 1 degrees of freedom."""
    cooks_distance: Floats
    """rᵢ²hᵢ/(p(1 − hᵢ)) (n,): how far the whole fit moves without row i."""
    dffits: Floats
    """How far ŷᵢ moves without row i, in its standard errors (n,)."""

    vif: Floats
    """Variance inflation 1/(1 − Rⱼ²) of each feature by the others (d,): 1 where none says what it says. Without an
    intercept, Rⱼ² is about zero instead of the mean."""
    condition_number: float
    """Of X with its column of ones, as it comes."""
    scaled_condition_number: float
    """The same with columns of length 1, so that units do not count; above 30 some coefficients are hard to tell apart."""
    breusch_pagan: SignificanceTest
    """That the variance of the errors does not depend on the features: n·R² of e² on X, χ² with d degrees of freedom."""
    durbin_watson: float
    """Σ(eᵢ − eᵢ₋₁)²/Σe²: near 2 where neighbouring errors are unrelated, towards 0 where they are alike."""
    qq: Floats
    """Normal quantiles (Filliben's medians) beside the sorted standardized residuals (n, 2): a line where errors are normal."""

    def summary(self) -> str:
        """The parameters as a table for print."""
        lines = [f"{'':>4}{'estimate':>14}{'std. error':>14}{'t':>10}{'p':>10}{'lower':>14}{'upper':>14}"]
        rows = zip(
            self.parameters,
            self.standard_errors,
            self.t_values,
            self.p_values,
            *self.confidence_intervals.T,
            strict=True,
        )
        for j, (estimate, error, t, p, low, high) in enumerate(rows):
            lines.append(
                f"{f'β{j}':>4}{estimate:>14.6g}{error:>14.6g}{t:>10.3f}{p:>10.4f}{low:>14.6g}{high:>14.6g}"
            )
        lines.append(
            f"R² {self.r_squared:.6f}   s {self.residual_standard_error:.6g} on {self.degrees_of_freedom} degrees of freedom   "
            f"κ {self.condition_number:.3g}"
        )
        return "\n".join(lines)


def diagnose(
    X: Any, y: Any, *, fit_intercept: bool = True, level: float = 0.95, see: See = unseen
) -> Diagnostics:
    """Fits y (n,) to X (n, d) by least squares and examines the fit.

    ValueError where n − p is not above 0, or columns depend on each other: then parameters have no standard errors.
    """
    rows = check_rows(X)
    target = check_y(y, len(rows))
    n, d = rows.shape
    p = d + fit_intercept
    freedom = n - p
    if freedom <= 0:
        raise ValueError(f"X has {n} rows for {p} parameters: diagnostics need more rows than parameters.")
    if not 0 < level < 1:
        raise ValueError(f"level={level!r} must lie between 0 and 1, for example 0.95.")
    data = center(rows, target[:, None], None, fit_intercept, see)
    Q, R, scale = factors = factorize(data.Z)
    rank = rank_of(singular_values(R), rows.shape)
    if rank < d:
        raise ValueError(
            f"X has rank {rank} but {d} columns{' (beside the intercept)' if fit_intercept else ''}: drop columns that are "
            "combinations of others, or constant."
        )
    W, b, residuals = refine(data, factors, np.linalg.solve(R, Q.T @ data.T) / scale[:, None])
    parameters = np.concatenate([b, W[:, 0]]) if fit_intercept else W[:, 0]
    e = residuals[:, 0]
    unscaled = np.linalg.inv(R) / scale[:, None]
    inverse = unscaled @ unscaled.T  # (ZᵀZ)⁻¹ (d, d)
    rss = float(e @ e)
    s = np.sqrt(rss / freedom)
    C = _with_intercept(inverse, data.x_mean.sum(axis=0), n) if fit_intercept else inverse
    see("inverse of the gram matrix", "(XᵀX)⁻¹", "R⁻¹R⁻ᵀ", C)
    errors = s * np.sqrt(C.diagonal())
    see("standard errors", "se", "s√diag((XᵀX)⁻¹)", errors)
    t_values = _ratio(parameters, errors)
    law = StudentT(freedom)
    reach = float(law.ppf(0.5 + level / 2)) * errors
    total = float(data.T[:, 0] @ data.T[:, 0])
    leverage = np.einsum("ij,ij->i", Q, Q) + (1 / n if fit_intercept else 0.0)
    see("leverage", "h", "diag(QQᵀ)", leverage, note="sums to the number of parameters")
    standardized, studentized, cooks, dffits = _influence(e, leverage, s, p, freedom)
    design = np.column_stack([np.ones(n), rows]) if fit_intercept else rows
    lengths = np.sqrt(np.einsum("ij,ij->j", design, design))
    return Diagnostics(
        parameters=parameters,
        standard_errors=errors,
        t_values=t_values,
        p_values=2 * law.sf(np.abs(t_values)),
        confidence_intervals=np.column_stack([parameters - reach, parameters + reach]),
        level=level,
        covariance=s**2 * C,
        degrees_of_freedom=freedom,
        residual_standard_error=float(s),
        r_squared=_one_less(rss, total),
        adjusted_r_squared=_one_less(rss / freedom, total / (n - fit_intercept)),
        f_test=_f_test(total - rss, d, rss, freedom),
        fitted=target - e,
        residuals=e,
        leverage=leverage,
        standardized_residuals=standardized,
        studentized_residuals=studentized,
        cooks_distance=cooks,
        dffits=dffits,
        vif=inverse.diagonal() * np.einsum("ij,ij->j", data.Z, data.Z),
        condition_number=float(np.linalg.cond(design)),
        scaled_condition_number=float(np.linalg.cond(design / lengths)),
        breusch_pagan=_breusch_pagan(rows, e),
        durbin_watson=float(np.sum(np.diff(e) ** 2)) / rss if rss > 0 else np.nan,
        qq=_normal_quantiles(standardized),
    )


def variance_inflation(X: Any) -> Floats:
    """1/(1 − Rⱼ²) for each column of X (n, d), Rⱼ² of regressing it on the others with an intercept (d,)."""
    rows = check_rows(X, min_rows=2)
    data = center(rows, np.zeros((len(rows), 1)), None, True, unseen)
    _, R, scale = factorize(data.Z)
    if rank_of(singular_values(R), rows.shape) < rows.shape[1]:
        raise ValueError(
            "X has columns that are combinations of others, or constant: their VIF is infinite. Drop them."
        )
    unscaled = np.linalg.inv(R) / scale[:, None]
    return np.einsum("ij,ij->i", unscaled, unscaled) * np.einsum("ij,ij->j", data.Z, data.Z)


def _with_intercept(inverse: Floats, x_mean: Floats, n: int) -> Floats:
    """(AᵀA)⁻¹ for A = [1 X] from the inverse of the centered ZᵀZ: Var b = 1/n + x̄ᵀ(ZᵀZ)⁻¹x̄, Cov(b, w) = −(ZᵀZ)⁻¹x̄."""
    across = inverse @ x_mean
    corner = np.array([[1 / n + x_mean @ across]])
    return np.block([[corner, -across[None]], [-across[:, None], inverse]])


def _influence(e: Floats, h: Floats, s: float, p: int, freedom: int) -> tuple[Floats, Floats, Floats, Floats]:
    free = 1 - h
    free = np.where(free > 8 * EPS, free, np.nan)
    standardized = _ratio(e, s * np.sqrt(free))
    without = (freedom - standardized**2) / (freedom - 1) if freedom > 1 else np.full_like(e, np.nan)
    studentized = _ratio(standardized, np.sqrt(np.maximum(without, 0)))  # s₍ᵢ₎² = s²(n − p − rᵢ²)/(n − p − 1)
    return standardized, studentized, standardized**2 * h / (p * free), studentized * np.sqrt(h / free)


def _breusch_pagan(X: Floats, e: Floats) -> SignificanceTest:
    squares = (e**2)[:, None]
    data = center(X, squares, None, True, unseen)  # the test's own regression always has an intercept
    Q, R, _ = factorize(data.Z)
    U, sigma, _ = np.linalg.svd(R, full_matrices=False)
    rank = rank_of(sigma, X.shape)  # a column of ones in X adds nothing
    total = float(data.T[:, 0] @ data.T[:, 0])
    explained = float(np.sum((U[:, :rank].T @ (Q.T @ data.T)) ** 2))
    statistic = len(X) * explained / total if total > 0 else np.nan
    null = "the variance of the errors does not depend on the features"
    law = ChiSquared(max(rank, 1))
    return SignificanceTest(
        "Breusch–Pagan", null, "greater", statistic, float(law.sf(statistic)), rank, law=law
    )


def _f_test(explained: float, d: int, rss: float, freedom: int) -> SignificanceTest:
    with np.errstate(divide="ignore", invalid="ignore"):
        statistic = float(np.float64(max(explained, 0.0) / d) / (rss / freedom))
    law = FisherF(d, freedom)
    null = "every coefficient but the intercept is 0"
    return SignificanceTest("F", null, "greater", statistic, float(law.sf(statistic)), (d, freedom), law=law)


def _normal_quantiles(residuals: Floats) -> Floats:
    """Filliben (1975): the median of the i-th of n uniform numbers is about (i − 0.3175)/(n + 0.365)."""
    n = len(residuals)
    medians = (np.arange(1, n + 1) - 0.3175) / (n + 0.365)
    medians[-1] = 0.5 ** (1 / n)
    medians[0] = 1 - medians[-1]
    return np.column_stack([Normal().ppf(medians), np.sort(residuals)])


def _ratio(a: Floats, b: Floats) -> Floats:
    """a/b, NaN where both are zero and infinite where only b is, without a warning."""
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.asarray(a / b)


def _one_less(part: float, whole: float) -> float:
    return 1 - part / whole if whole > 0 else float(part == 0)
