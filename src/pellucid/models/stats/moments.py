"""Expectation, variance and covariance, of a distribution (weights by probability) or of a sample.

The divisor is named, not numbered: "n" for the variance of these values themselves (a whole population, or a distribution),
"n-1" for an unbiased estimate of the variance of what they were drawn from, whose mean had to be estimated by x̄ too.

    >>> from pellucid.models.stats import expectation, variance
    >>> expectation([1, 2, 3, 4, 5, 6], probabilities=[1 / 6] * 6)
    3.5
    >>> variance([2, 4, 4, 4, 5, 5, 7, 9], divisor="n"), variance([1, 3], divisor="n-1")
    (4.0, 2.0)
"""

from __future__ import annotations

from typing import Any

import numpy as np

from pellucid.models.stats.samples import (
    Divisor,
    check_pairs,
    check_sample,
    divide_by,
    sum_of_squares,
)
from pellucid.models.validation import Floats, check_rows


def expectation(values: Any, probabilities: Any = None) -> float:
    """E[X] = Σ pᵢ xᵢ for values (n,) with their probabilities (n,); without them each has 1/n, which is the mean of a sample.

    ValueError where probabilities are negative or do not sum to 1.
    """
    x = check_sample(values, "values")
    if probabilities is None:
        return float(x.mean())
    p = check_sample(probabilities, "probabilities")
    if len(p) != len(x):
        raise ValueError(f"There are {len(x)} values and {len(p)} probabilities: pass one for each value.")
    if (p < 0).any() or abs(p.sum() - 1) > 1e-9:
        raise ValueError(
            f"probabilities must not be negative and must sum to 1, but they sum to {p.sum():g}."
        )
    return float(p @ x)


def variance(x: Any, *, divisor: Divisor = "n-1") -> float:
    """Σ(xᵢ − x̄)² over n ("n": of a population) or n − 1 ("n-1": an unbiased estimate from a sample). In x's unit, squared."""
    values = check_sample(x, "x")
    return sum_of_squares(values) / divide_by(divisor, len(values))


def standard_deviation(x: Any, *, divisor: Divisor = "n-1") -> float:
    """√variance, in x's unit. With "n-1" the variance is unbiased; its root still falls a little short of σ on average."""
    return float(np.sqrt(variance(x, divisor=divisor)))


def covariance(x: Any, y: Any, *, divisor: Divisor = "n-1") -> float:
    """Σ(xᵢ − x̄)(yᵢ − ȳ) over n or n − 1: above 0 where x and y tend to be large together. In the unit of x times that of y."""
    left, right = check_pairs(x, y)
    return float((left - left.mean()) @ (right - right.mean())) / divide_by(divisor, len(left))


def covariance_matrix(X: Any, *, divisor: Divisor = "n-1") -> Floats:
    """C = (X − x̄)ᵀ(X − x̄) over n or n − 1 (d, d), for rows of observations X (n, d): Cᵢⱼ is the covariance of columns i
    and j.
    """
    rows = check_rows(X)
    centred = rows - rows.mean(axis=0)  # (n, d)
    return centred.T @ centred / divide_by(divisor, len(rows))
