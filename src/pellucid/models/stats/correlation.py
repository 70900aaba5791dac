"""Pearson's and Spearman's correlation, each with its test of no association.

Pearson's r sees straight lines only: 0 does not mean that x and y are independent, and one point far out can make or unmake
it. Spearman's ρ is Pearson's of the ranks: it sees any monotone relation. Neither says which causes which.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from pellucid.models.stats.distributions import StudentT
from pellucid.models.stats.samples import check_pairs, check_sample, is_constant
from pellucid.models.stats.significance import (
    Alternative,
    SignificanceTest,
    check_alternative,
    p_symmetric,
)
from pellucid.models.trace import Recorder, See
from pellucid.models.validation import Floats


def pearsonr(x: Any, y: Any, alternative: Alternative = "two-sided") -> SignificanceTest:
    """r = Cov(X, Y)/(σX σY) for pairs x, y (n,), in [−1, 1]; `statistic` is r.

    p comes from t = r√((n − 2)/(1 − r²)) with n − 2 degrees of freedom, which is exact for normal data. n ≥ 3; ValueError
    where x or y does not vary, for then r is not defined.
    """
    left, right = check_pairs(x, y, least=3)
    see = Recorder()
    return _test(left, right, "Pearson correlation", "x and y are not linearly related", alternative, see)


def spearmanr(x: Any, y: Any, alternative: Alternative = "two-sided") -> SignificanceTest:
    """Spearman's ρ: Pearson's r of the ranks, tied values sharing their mean rank; `statistic` is ρ.

    p is by the same t approximation as `pearsonr`. For n below about 20 it is rough: `permutation_test` is exact.
    """
    left, right = check_pairs(x, y, least=3)
    see = Recorder()
    ranks = rankdata(left), rankdata(right)
    see("ranks of x", "R(x)", "1 … n, ties share their mean", ranks[0])
    see("ranks of y", "R(y)", "1 … n, ties share their mean", ranks[1])
    return _test(*ranks, "Spearman correlation", "x and y have no monotone relation", alternative, see)


def rankdata(a: Any) -> Floats:
    """The rank of each value (n,), from 1; values that are equal share the mean of their ranks."""
    values = check_sample(a, "a")
    _, place, count = np.unique(values, return_inverse=True, return_counts=True)
    last = np.cumsum(count)
    return (last - (count - 1) / 2)[place]


def _test(
    x: Floats, y: Floats, name: str, null: str, alternative: Alternative, see: Recorder
) -> SignificanceTest:
    check_alternative(alternative)
    for values, which in ((x, "x"), (y, "y")):
        if is_constant(values):
            raise ValueError(
                f"{which} does not vary, so its standard deviation is 0 and no correlation is defined."
            )
    r = _correlation(x, y, see)
    df = len(x) - 2
    law = StudentT(df)
    rest = (1 - r) * (1 + r)
    t = r * float(np.sqrt(df / rest)) if rest > 0 else float(np.copysign(np.inf, r))
    see("t", "t", "r √((n − 2)/(1 − r²))", t)
    pvalue = p_symmetric(t, law, alternative)
    see("p-value", "p", "tail of t with n − 2 degrees of freedom", pvalue)
    return SignificanceTest(name, null, alternative, r, pvalue, df, estimate=r, steps=tuple(see.records))


def _correlation(x: Floats, y: Floats, see: See) -> float:
    u, v = _unit(x), _unit(y)
    see("centred x", "u", "(x − x̄)/‖x − x̄‖", u)
    see("centred y", "v", "(y − ȳ)/‖y − ȳ‖", v)
    r = max(-1.0, min(1.0, float(u @ v)))  # rounding may step over 1
    see("correlation", "r", "uᵀv", r)
    return r


def _unit(x: Floats) -> Floats:
    """x − x̄ at length 1, scaled first so that squares neither overflow nor vanish."""
    centred = x - x.mean()
    centred = centred / np.abs(centred).max()
    return centred / np.linalg.norm(centred)
