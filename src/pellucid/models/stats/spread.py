"""Tests by a ratio of variances: one-way analysis of variance, and two variances compared."""

from __future__ import annotations

from typing import Any

import numpy as np

from pellucid.models.stats.distributions import FisherF
from pellucid.models.stats.samples import check_sample, is_constant, sample_variance, sum_of_squares
from pellucid.models.stats.significance import Alternative, SignificanceTest, check_alternative
from pellucid.models.trace import Recorder


def f_oneway(*samples: Any) -> SignificanceTest:
    """One-way analysis of variance: do k groups have one mean? F = (SSB/(k − 1)) / (SSW/(n − k)).

    SSB is the sum of squares between the groups' means, SSW within groups. It assumes normal data of equal variance in every
    group, and for two groups F is the square of Student's t (R. A. Fisher, Statistical Methods for Research Workers, 1925,
    ch. VII).
    """
    groups = [check_sample(sample, f"samples[{i}]") for i, sample in enumerate(samples)]
    if len(groups) < 2:
        raise ValueError(
            f"f_oneway compares 2 or more groups, but {len(groups)} came. Pass one argument a group."
        )
    sizes = np.array([len(group) for group in groups])
    n, k = int(sizes.sum()), len(groups)
    if n == k:
        raise ValueError("Every group has one value only, so nothing is known of the variance within groups.")
    see = Recorder()
    means = np.array([group.mean() for group in groups])
    see("group means", "x̄ⱼ", "Σᵢ xᵢⱼ/nⱼ", means)  # (k,)
    grand = float(sizes @ means / n)
    see("grand mean", "x̄", "Σⱼ nⱼ x̄ⱼ/n", grand)
    between = float(sizes @ (means - grand) ** 2)
    see("between groups", "SSB", "Σⱼ nⱼ(x̄ⱼ − x̄)²", between)
    within = sum(sum_of_squares(group) for group in groups)
    see("within groups", "SSW", "Σⱼ Σᵢ (xᵢⱼ − x̄ⱼ)²", within)
    if all(is_constant(group) for group in groups):
        raise ValueError("No group varies within itself, so F has nothing to be measured against.")
    mean_between, mean_within = between / (k - 1), within / (n - k)
    see("mean squares", "MSB, MSW", "SSB/(k − 1), SSW/(n − k)", [mean_between, mean_within])
    law = FisherF(k - 1, n - k)
    statistic = mean_between / mean_within
    see("statistic", "F", "MSB/MSW", statistic)
    pvalue = float(law.sf(statistic))
    see("p-value", "p", "P(X > F)", pvalue)
    return SignificanceTest(
        "One-way ANOVA",
        "all groups have the same mean",
        "greater",
        statistic,
        pvalue,
        (float(k - 1), float(n - k)),
        law=law,
        steps=tuple(see.records),
    )


def ftest_var(a: Any, b: Any, alternative: Alternative = "two-sided") -> SignificanceTest:
    """F = sa²/sb² with n − 1 and m − 1 degrees of freedom: do samples a (n,) and b (m,) have one variance?

    Two-sided, p is twice the smaller tail. It trusts normality far more than tests of means do: with heavy tails it rejects
    too often.
    """
    check_alternative(alternative)
    left, right = check_sample(a, "a", least=2), check_sample(b, "b", least=2)
    if is_constant(left) or is_constant(right):
        raise ValueError("A sample that does not vary has variance 0, and no ratio can be made with it.")
    see = Recorder()
    spread_a, spread_b = sample_variance(left), sample_variance(right)
    see("variances", "sa², sb²", "Σ(xᵢ − x̄)²/(n − 1)", [spread_a, spread_b])
    law = FisherF(len(left) - 1, len(right) - 1)
    statistic = spread_a / spread_b
    see("statistic", "F", "sa²/sb²", statistic)
    below, above = float(law.cdf(statistic)), float(law.sf(statistic))
    pvalue = {"less": below, "greater": above, "two-sided": min(1.0, 2 * min(below, above))}[alternative]
    see("p-value", "p", "tail of F, doubled where two-sided", pvalue)
    return SignificanceTest(
        "F test of two variances",
        "σa = σb",
        alternative,
        statistic,
        pvalue,
        (law.dfn, law.dfd),
        estimate=statistic,
        law=law,
        steps=tuple(see.records),
    )
