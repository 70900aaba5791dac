"""Permutation tests: under the null hypothesis data may be exchanged, so exchange them and see how often the result is as
extreme.

>>> import numpy as np
>>> from pellucid.models.stats import permutation_test
>>> result = permutation_test(([12, 14, 15], [7, 8, 10]), lambda a, b: np.mean(a) - np.mean(b), alternative="greater")
>>> result.pvalue  # 1 of the 20 ways to deal six values into two hands of three
0.05
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import combinations, islice, permutations, product
from math import comb, factorial
from typing import Any, Literal

import numpy as np

from pellucid.models.stats.samples import check_sample
from pellucid.models.stats.significance import Alternative, SignificanceTest, check_alternative
from pellucid.models.trace import Recorder
from pellucid.models.validation import Array, Floats, rng_of

Data = tuple[Floats, ...]
PermutationType = Literal["independent", "samples", "pairings"]
NULLS = {
    "independent": "both samples come from one distribution",
    "samples": "which of a pair is which does not matter",
    "pairings": "x and y are independent",
}


def permutation_test(
    data: tuple[Any, ...],
    statistic: Callable[..., Any],
    *,
    permutation_type: PermutationType = "independent",
    n_resamples: int = 9999,
    alternative: Alternative = "two-sided",
    random_state: Any = None,
) -> SignificanceTest:
    """How often `statistic(*data)` is at least as extreme after the data were exchanged as the null hypothesis allows.

    `permutation_type`: "independent" deals all values anew into two samples of the same sizes; "samples" swaps within pairs
    (x, y), or changes signs where data is one sample of differences; "pairings" pairs x with y in another order. All ways are
    tried where there are at most `n_resamples` (exact); otherwise that many are drawn, from `random_state`, and the observed
    one is counted among them, so that p is never 0 (B. Phipson & G. K. Smyth, Stat. Appl. Genet. Mol. Biol. 9, 2010).
    Two-sided, p is twice the smaller tail. Names as in scipy.

    It needs no normal data, yet it needs exchangeable ones: a difference of means is not tested where variances differ too.
    """
    check_alternative(alternative)
    samples = _check_data(data, permutation_type)
    if n_resamples < 1:
        raise ValueError(f"n_resamples must be 1 or more, but it is {n_resamples}.")
    ways = _count(samples, permutation_type)
    exact = ways <= n_resamples
    observed = float(statistic(*samples))
    if not np.isfinite(observed):
        raise ValueError(f"statistic(*data) is {observed}: a permutation test needs a finite number.")
    if exact:
        exchanges = _all_ways(samples, permutation_type)
    else:
        exchanges = islice(_drawn_ways(samples, permutation_type, rng_of(random_state)), n_resamples)
    null = np.array([float(statistic(*exchanged)) for exchanged in exchanges])
    see = Recorder()
    see("statistic", "T", "statistic(*data)", observed)
    note = f"all {ways} ways" if exact else f"{n_resamples} drawn of {ways} ways"
    see("null distribution", "T*", "statistic of the exchanged data", null, note=note)
    slack = (
        100 * np.finfo(np.float64).eps * np.abs(null).max()
    )  # what is equal but for rounding is as extreme
    added = 0 if exact else 1
    tails = {
        "less": (np.sum(null <= observed + slack) + added) / (len(null) + added),
        "greater": (np.sum(null >= observed - slack) + added) / (len(null) + added),
    }
    tails["two-sided"] = min(1.0, 2 * min(tails.values()))
    pvalue = float(tails[alternative])
    see("p-value", "p", "share of T* at least as extreme as T", pvalue)
    name = f"Permutation test ({permutation_type}, {'exact' if exact else 'Monte Carlo'})"
    return SignificanceTest(
        name,
        NULLS[permutation_type],
        alternative,
        observed,
        pvalue,
        estimate=observed,
        steps=tuple(see.records),
    )


def _check_data(data: tuple[Any, ...], kind: str) -> Data:
    if kind not in NULLS:
        raise ValueError(
            f"permutation_type must be one of {', '.join(map(repr, NULLS))}, but it is {kind!r}."
        )
    samples = tuple(check_sample(sample, f"data[{i}]") for i, sample in enumerate(data))
    allowed = (1, 2) if kind == "samples" else (2,)
    if len(samples) not in allowed:
        raise ValueError(
            f"data must hold {' or '.join(map(str, allowed))} samples for {kind!r}, but it has {len(samples)}."
        )
    if kind != "independent" and len({len(sample) for sample in samples}) > 1:
        raise ValueError(
            f"data has {len(samples[0])} and {len(samples[1])} values, and {kind!r} needs pairs."
        )
    return samples


def _count(samples: Data, kind: str) -> int:
    n = len(samples[0])
    if kind == "independent":
        return comb(n + len(samples[1]), n)
    return 2**n if kind == "samples" else factorial(n)


def _all_ways(samples: Data, kind: str) -> Iterator[Data]:
    n = len(samples[0])
    if kind == "independent":
        pool = np.concatenate(samples)
        for chosen in combinations(range(len(pool)), n):
            rest = np.ones(len(pool), dtype=bool)
            rest[list(chosen)] = False
            yield pool[list(chosen)], pool[rest]
    elif kind == "samples":
        for swaps in product((False, True), repeat=n):
            yield _swapped(samples, np.array(swaps))
    else:
        for order in permutations(range(n)):
            yield samples[0][list(order)], samples[1]


def _drawn_ways(samples: Data, kind: str, rng: np.random.Generator) -> Iterator[Data]:
    n = len(samples[0])
    pool = np.concatenate(samples)
    while True:
        if kind == "independent":
            order = rng.permutation(len(pool))
            yield pool[order[:n]], pool[order[n:]]
        elif kind == "samples":
            yield _swapped(samples, rng.random(n) < 0.5)
        else:
            yield rng.permutation(samples[0]), samples[1]


def _swapped(samples: Data, swaps: Array) -> Data:
    if len(samples) == 1:
        return (np.where(swaps, -samples[0], samples[0]),)
    x, y = samples
    return np.where(swaps, y, x), np.where(swaps, x, y)
