"""χ² tests on counts: do counts fit a distribution, and are two ways to classify independent.

Both compare Σ(observed − expected)²/expected with the χ² distribution, which is an approximation for large counts: as a rule
of thumb every expected count should be 5 or more (Cochran, Biometrics 10, 1954).
"""

from __future__ import annotations

from typing import Any

import numpy as np

from pellucid.models.stats.distributions import ChiSquared
from pellucid.models.stats.samples import check_sample
from pellucid.models.stats.significance import SignificanceTest
from pellucid.models.trace import Recorder
from pellucid.models.validation import Floats, check_rows


def chisquare(f_obs: Any, f_exp: Any = None, ddof: int = 0) -> SignificanceTest:
    """Pearson's goodness of fit: do counts f_obs (k,) fit the expected counts f_exp (k,), all equal where none are given?

    k − 1 − `ddof` degrees of freedom; `ddof` counts the parameters that were estimated from these data. ValueError for
    negative counts, an expected count of 0, and where the sums differ (K. Pearson, Phil. Mag. 50, 1900).
    """
    observed = check_sample(f_obs, "f_obs", least=2)
    _refuse_negative(observed, "f_obs")
    expected = np.full(len(observed), observed.mean()) if f_exp is None else check_sample(f_exp, "f_exp")
    if len(expected) != len(observed):
        raise ValueError(
            f"f_obs has {len(observed)} counts and f_exp has {len(expected)}: pass one for each category."
        )
    if (expected <= 0).any():
        raise ValueError(
            "f_exp must be above 0 in every category: merge categories in which nothing is expected."
        )
    if abs(observed.sum() - expected.sum()) > 1e-8 * observed.sum():
        raise ValueError(
            f"f_obs sums to {observed.sum():g} and f_exp to {expected.sum():g}: they must be equal. For expected shares p, pass "
            "f_exp = p * sum(f_obs)."
        )
    df = len(observed) - 1 - ddof
    if df < 1:
        raise ValueError(
            f"{len(observed)} categories less 1 less ddof = {ddof} leave {df} degrees of freedom: 1 is needed."
        )
    see = Recorder()
    return _conclude(see, "χ² goodness of fit", "the counts follow the expected ones", observed, expected, df)


def chi2_contingency(observed: Any, correction: bool = True) -> SignificanceTest:
    """Pearson's test of independence of a table of counts (r, c), with (r − 1)(c − 1) degrees of freedom.

    The expected count of a cell is its row's sum times its column's sum over the whole; `step("expected")` has them. As in
    scipy, `correction` moves each count of a 2×2 table by up to ½ towards the expected one (F. Yates, 1934), and does nothing
    to larger tables.
    """
    table = check_rows(observed, name="observed", min_rows=2, min_columns=2)
    _refuse_negative(table, "observed")
    see = Recorder()
    rows, columns, whole = table.sum(axis=1), table.sum(axis=0), table.sum()
    if (rows == 0).any() or (columns == 0).any():
        raise ValueError(
            "observed has a row or a column that sums to 0: nothing is expected there, so leave it out."
        )
    see("row sums", "rᵢ", "Σⱼ Oᵢⱼ", rows)
    see("column sums", "cⱼ", "Σᵢ Oᵢⱼ", columns)
    expected = np.outer(rows, columns) / whole  # (r, c)
    df = (table.shape[0] - 1) * (table.shape[1] - 1)
    if correction and df == 1:
        difference = expected - table
        table = table + np.sign(difference) * np.minimum(0.5, np.abs(difference))
        see("corrected counts", "O′", "O ± min(½, |E − O|)", table, note="Yates's correction, only for 2×2")
    return _conclude(see, "χ² test of independence", "rows and columns are independent", table, expected, df)


def _conclude(
    see: Recorder, name: str, null: str, observed: Floats, expected: Floats, df: int
) -> SignificanceTest:
    few = int((expected < 5).sum())
    note = f"{few} of {expected.size} are below 5: p is only roughly right" if few else ""
    see("expected", "E", "counts if the null hypothesis holds", expected, note=note)
    parts = (observed - expected) ** 2 / expected
    see("contributions", "(O − E)²/E", "(O − E)²/E", parts)
    statistic = float(parts.sum())
    see("statistic", "χ²", "Σ(O − E)²/E", statistic)
    law = ChiSquared(df)
    pvalue = float(law.sf(statistic))
    see("p-value", "p", "P(X > χ²)", pvalue)
    return SignificanceTest(name, null, "greater", statistic, pvalue, df, law=law, steps=tuple(see.records))


def _refuse_negative(counts: Floats, name: str) -> None:
    if (counts < 0).any():
        raise ValueError(f"{name} holds {counts.min():g}: counts cannot be negative.")
    if not counts.any():
        raise ValueError(f"{name} is zero everywhere: there is nothing to test.")
