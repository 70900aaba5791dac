"""What a test of significance finds, and what its p-value is not."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np

from pellucid.models.stats.distributions import Distribution
from pellucid.models.trace import Record

Alternative = Literal["two-sided", "less", "greater"]


@dataclass(frozen=True)
class SignificanceTest:
    """The result of a test of significance.

    `pvalue` is the probability, if the null hypothesis holds, of data at least as extreme as what was observed, where
    `alternative` says what extreme means. It is not the probability that the null hypothesis is true, nor that the result
    came about by chance; 1 − p is not the probability that an effect is real or will be found again; a small p does not make
    an effect large, and a large p does not show that there is none. It counts for one test that was decided on before the
    data were seen (Wasserstein & Lazar, The ASA Statement on p-Values, The American Statistician 70(2), 2016).

    `df` are the degrees of freedom: a number, a pair for F, None where the test has none. `estimate` is what is tested (a
    mean, a difference, a ratio), `standard_error` its standard error, `law` the distribution of `statistic` under the null
    hypothesis; each None where the test has none. `steps` are the intermediates in order.
    """

    name: str
    null: str
    alternative: Alternative
    statistic: float
    pvalue: float
    df: float | tuple[float, float] | None = None
    estimate: float | None = None
    standard_error: float | None = None
    law: Distribution | None = None
    steps: tuple[Record, ...] = ()

    def step(self, name: str) -> np.ndarray[tuple[int, ...], np.dtype[np.generic]]:
        """The value of the step of this name; KeyError names those that there are."""
        for record in self.steps:
            if record.name == name:
                return record.value
        raise KeyError(
            f"{self.name} has no step {name!r}. Its steps: {', '.join(r.name for r in self.steps)}."
        )

    def confidence_interval(self, level: float = 0.95) -> tuple[float, float]:
        """The values of the estimated quantity that this test would not reject at 1 − `level`: one-sided for a one-sided
        test.

        Of many such intervals from new samples, a share of `level` covers the true value; of this one nothing of that kind
        can be said. ValueError for a test without a standard error.
        """
        if not 0 < level < 1:
            raise ValueError(f"level must lie between 0 and 1, but it is {level}.")
        if self.estimate is None or self.standard_error is None or self.law is None:
            raise ValueError(f"{self.name} has no standard error, so no confidence interval follows from it.")
        outside = 1 - level
        reach = (
            float(self.law.isf(outside / 2 if self.alternative == "two-sided" else outside))
            * self.standard_error
        )
        low = -np.inf if self.alternative == "less" else self.estimate - reach
        high = np.inf if self.alternative == "greater" else self.estimate + reach
        return float(low), float(high)

    def __str__(self) -> str:
        if isinstance(self.df, tuple):
            freedom = f", df = {self.df[0]:g} and {self.df[1]:g}"
        else:
            freedom = "" if self.df is None else f", df = {self.df:g}"
        extreme = {
            "two-sided": "at least as far out",
            "less": "at least as low",
            "greater": "at least as high",
        }
        return (
            f"{self.name}: statistic = {self.statistic:.6g}{freedom}, p = {self.pvalue:.4g}.\n"
            f"If {self.null}, a statistic {extreme[self.alternative]} would come up with probability {self.pvalue:.4g}."
        )


def check_alternative(alternative: str) -> None:
    """ValueError unless `alternative` is "two-sided", "less" or "greater"."""
    if alternative not in ("two-sided", "less", "greater"):
        raise ValueError(f"alternative must be 'two-sided', 'less' or 'greater', but it is {alternative!r}.")


def p_symmetric(statistic: float, law: Distribution, alternative: Alternative) -> float:
    """The p-value of a statistic whose distribution under the null hypothesis is symmetric about 0."""
    if alternative == "less":
        return float(law.cdf(statistic))
    if alternative == "greater":
        return float(law.sf(statistic))
    return min(1.0, 2 * float(law.sf(abs(statistic))))
