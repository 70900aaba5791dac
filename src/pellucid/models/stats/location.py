"""Tests about means: z where the standard deviation is known, Student's t where it is estimated.

Names are those of `scipy.stats` where it has them.

    >>> from pellucid.models.stats import ttest_1samp
    >>> result = ttest_1samp([5.1, 4.9, 5.6, 5.4, 5.0], popmean=5)
    >>> print(result)
    One-sample t test: statistic = 1.53393, df = 4, p = 0.1998.
    If μ = 5, a statistic at least as far out would come up with probability 0.1998.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from pellucid.models.stats.distributions import Distribution, Normal, StudentT
from pellucid.models.stats.samples import check_pairs, check_sample, is_constant, sample_variance
from pellucid.models.stats.significance import (
    Alternative,
    SignificanceTest,
    check_alternative,
    p_symmetric,
)
from pellucid.models.trace import Recorder
from pellucid.models.validation import Floats


def ztest_1samp(
    a: Any, popmean: float, sigma: float, alternative: Alternative = "two-sided"
) -> SignificanceTest:
    """z = (x̄ − μ₀)/(σ/√n) for a sample a (n,) from a population whose standard deviation σ is known.

    Where σ is estimated by s from the same sample, z underrates how far s itself strays: use `ttest_1samp`.
    """
    sample = check_sample(a, "a")
    _check_sigma(sigma, "sigma")
    see = Recorder()
    see("mean", "x̄", "Σxᵢ/n", sample.mean())
    error = float(sigma / np.sqrt(len(sample)))
    see("standard error", "σ_x̄", "σ/√n", error)
    return _conclude(
        see,
        "One-sample z test",
        f"μ = {popmean:g}",
        alternative,
        float(sample.mean()),
        popmean,
        error,
        Normal(),
    )


def ztest_ind(
    a: Any, b: Any, sigma_a: float, sigma_b: float, alternative: Alternative = "two-sided"
) -> SignificanceTest:
    """z = (ā − b̄)/√(σa²/n + σb²/m) for independent samples a (n,) and b (m,) with known standard deviations."""
    left, right = check_sample(a, "a"), check_sample(b, "b")
    _check_sigma(sigma_a, "sigma_a")
    _check_sigma(sigma_b, "sigma_b")
    see = Recorder()
    see("means", "ā, b̄", "Σaᵢ/n, Σbᵢ/m", [left.mean(), right.mean()])
    error = float(np.hypot(sigma_a / np.sqrt(len(left)), sigma_b / np.sqrt(len(right))))
    see("standard error", "σ_d", "√(σa²/n + σb²/m)", error)
    difference = float(left.mean() - right.mean())
    return _conclude(see, "Two-sample z test", "μa = μb", alternative, difference, 0.0, error, Normal())


def ttest_1samp(a: Any, popmean: float, alternative: Alternative = "two-sided") -> SignificanceTest:
    """t = (x̄ − μ₀)/(s/√n) with n − 1 degrees of freedom, for a sample a (n,), n ≥ 2 (Student, Biometrika 6, 1908).

    Exact for normal data; for other data near enough where n is large, the nearer the less skewed they are.
    """
    return _one_sample(
        check_sample(a, "a", least=2), popmean, alternative, "One-sample t test", f"μ = {popmean:g}"
    )


def ttest_rel(a: Any, b: Any, alternative: Alternative = "two-sided") -> SignificanceTest:
    """The paired t test: a one-sample t test of the differences aᵢ − bᵢ, for a and b (n,) measured on the same n subjects."""
    left, right = check_pairs(a, b, least=2)
    return _one_sample(left - right, 0.0, alternative, "Paired t test", "the mean difference is 0")


def _one_sample(
    sample: Floats, popmean: float, alternative: Alternative, name: str, null: str
) -> SignificanceTest:
    n = len(sample)
    _refuse_constant(sample)
    see = Recorder()
    see("mean", "x̄", "Σxᵢ/n", sample.mean())
    deviation = float(np.sqrt(sample_variance(sample)))
    see("standard deviation", "s", "√(Σ(xᵢ − x̄)²/(n − 1))", deviation)
    error = deviation / float(np.sqrt(n))
    see("standard error", "s_x̄", "s/√n", error)
    return _conclude(see, name, null, alternative, float(sample.mean()), popmean, error, StudentT(n - 1))


def ttest_ind(
    a: Any, b: Any, *, equal_var: bool = True, alternative: Alternative = "two-sided"
) -> SignificanceTest:
    """t = (ā − b̄)/standard error for independent samples a (n,) and b (m,).

    With `equal_var` Student's test with the pooled variance and n + m − 2 degrees of freedom; without, Welch's test, which
    does not assume equal variances, with the degrees of freedom of Welch and Satterthwaite (B. L. Welch, Biometrika 34,
    1947).
    """
    left, right = check_sample(a, "a", least=2), check_sample(b, "b", least=2)
    n, m = len(left), len(right)
    _refuse_constant(left, right)
    see = Recorder()
    see("means", "ā, b̄", "Σaᵢ/n, Σbᵢ/m", [left.mean(), right.mean()])
    spread_a, spread_b = sample_variance(left), sample_variance(right)
    see("variances", "sa², sb²", "Σ(xᵢ − x̄)²/(n − 1)", [spread_a, spread_b])
    if equal_var:
        df = float(n + m - 2)
        pooled = ((n - 1) * spread_a + (m - 1) * spread_b) / df
        see("pooled variance", "s²", "((n − 1)sa² + (m − 1)sb²)/(n + m − 2)", pooled)
        error = float(np.sqrt(pooled * (1 / n + 1 / m)))
        see("standard error", "s_d", "s √(1/n + 1/m)", error)
    else:
        part_a, part_b = spread_a / n, spread_b / m
        error = float(np.sqrt(part_a + part_b))
        see("standard error", "s_d", "√(sa²/n + sb²/m)", error)
        share = part_a / (part_a + part_b)
        df = 1 / (share**2 / (n - 1) + (1 - share) ** 2 / (m - 1))
        see("degrees of freedom", "ν", "(sa²/n + sb²/m)² / ((sa²/n)²/(n − 1) + (sb²/m)²/(m − 1))", df)
    name = "Two-sample t test" if equal_var else "Welch's t test"
    difference = float(left.mean() - right.mean())
    return _conclude(see, name, "μa = μb", alternative, difference, 0.0, error, StudentT(df))


def _conclude(
    see: Recorder,
    name: str,
    null: str,
    alternative: Alternative,
    estimate: float,
    expected: float,
    error: float,
    law: Distribution,
) -> SignificanceTest:
    check_alternative(alternative)
    statistic = (estimate - expected) / error
    symbol = "t" if isinstance(law, StudentT) else "z"
    see("statistic", symbol, "(estimate − expected under the null)/standard error", statistic)
    pvalue = p_symmetric(statistic, law, alternative)
    formulas = {
        "two-sided": f"2 P(T > |{symbol}|)",
        "less": f"P(T ≤ {symbol})",
        "greater": f"P(T > {symbol})",
    }
    see("p-value", "p", formulas[alternative], pvalue)
    df = law.df if isinstance(law, StudentT) else None
    return SignificanceTest(
        name, null, alternative, statistic, pvalue, df, estimate, error, law, tuple(see.records)
    )


def _check_sigma(sigma: float, name: str) -> None:
    if not (np.isfinite(sigma) and sigma > 0):
        raise ValueError(f"{name} must be a finite number above 0, but it is {sigma}.")


def _refuse_constant(*samples: Floats) -> None:
    if all(is_constant(sample) for sample in samples):
        raise ValueError(
            "The data do not vary, so their standard error is 0 and t is not defined. A t test needs values that differ."
        )
