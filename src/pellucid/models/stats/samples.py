"""What comes into a statistic: lists and arrays of numbers become float64 vectors, and what cannot is refused by name."""

from __future__ import annotations

from typing import Any, Literal

import numpy as np

from pellucid.models.validation import Floats, as_floats, refuse_nan, refuse_sparse

Divisor = Literal["n", "n-1"]


def check_sample(values: Any, name: str, *, least: int = 1) -> Floats:
    """`values` as a vector (n,), n ≥ `least`; ValueError for another shape, too few values, NaN and infinity."""
    refuse_sparse(values, name)
    array = as_floats(values, name)
    if array.ndim != 1:
        raise ValueError(f"{name} must be one list of numbers, shape (n,), but it has shape {array.shape}.")
    if len(array) < least:
        raise ValueError(f"{name} has {len(array)} value(s), and at least {least} are needed.")
    refuse_nan(array, name)
    return array


def check_pairs(x: Any, y: Any, *, least: int = 1) -> tuple[Floats, Floats]:
    """x and y as vectors of the same length (n,)."""
    left, right = check_sample(x, "x", least=least), check_sample(y, "y", least=least)
    if len(left) != len(right):
        raise ValueError(
            f"x has {len(left)} values and y has {len(right)}: they must come in pairs, one y for each x."
        )
    return left, right


def divide_by(divisor: Divisor, n: int) -> int:
    """n or n − 1, whichever `divisor` names."""
    if divisor not in ("n", "n-1"):
        raise ValueError(f"divisor must be 'n' (population) or 'n-1' (sample), but it is {divisor!r}.")
    if divisor == "n-1" and n < 2:
        raise ValueError("divisor='n-1' needs at least 2 values: one value tells nothing about spread.")
    return n if divisor == "n" else n - 1


def sum_of_squares(x: Floats) -> float:
    """Σ(xᵢ − x̄)². The mean goes first, for Σx² − n x̄² cancels where the mean is large."""
    centred = x - x.mean()
    return float(centred @ centred - centred.sum() ** 2 / len(x))  # the second term mends the mean's rounding


def sample_variance(x: Floats) -> float:
    """s² = Σ(xᵢ − x̄)²/(n − 1)."""
    return sum_of_squares(x) / (len(x) - 1)


def is_constant(x: Floats) -> bool:
    """Whether all values are equal, or differ by rounding alone."""
    return bool(np.ptp(x) <= 4 * np.finfo(np.float64).eps * np.abs(x).max())
