"""From numbers to a few bins: a histogram needs to know only in which of at most 255 bins a value lies."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from pellucid.models.validation import Floats

LARGEST = 1e300
"""A threshold stays below infinity, which stands for a split of missing values from all others."""


@dataclass(frozen=True)
class Bins:
    """The thresholds of each feature: x lies in bin b where thresholds[b − 1] < x ≤ thresholds[b]; NaN in the last bin."""

    thresholds: tuple[Floats, ...]

    @property
    def size(self) -> int:
        """B, how many bins each feature's histogram has: those of the richest feature, and one for missing values."""
        return max(len(cuts) for cuts in self.thresholds) + 2

    def keys(self, X: Floats) -> NDArray[np.intp]:
        """feature·B + bin for each entry (n, p): its cell in a flat histogram."""
        keys = np.empty(X.shape, dtype=np.intp)
        for j, cuts in enumerate(self.thresholds):
            column = np.ascontiguousarray(X[:, j])
            found = np.searchsorted(cuts, column, side="left")
            found[np.isnan(column)] = self.size - 1
            keys[:, j] = found + j * self.size
        return keys


def find_bins(X: Floats, weights: Floats | None, max_bins: int) -> Bins:
    """Bins by scikit-learn's rule: between all values where there are at most `max_bins`, else at weighted quantiles.

    Rows of weight 0 are not looked at. All rows are used, so the bins are the same each time (scikit-learn draws 200,000 rows
    where there are more).
    """
    if weights is not None and weights.all() and np.ptp(weights) == 0:
        weights = None
    return Bins(tuple(_thresholds(X[:, j], weights, max_bins) for j in range(X.shape[1])))


def _thresholds(column: Floats, weights: Floats | None, max_bins: int) -> Floats:
    keep = ~np.isnan(column) if weights is None else ~np.isnan(column) & (weights > 0)
    if weights is None:
        values = np.sort(column[keep])
    else:
        order = np.argsort(column[keep], kind="stable")
        values, weights = column[keep][order], weights[keep][order]
    distinct = values[np.append(True, values[1:] != values[:-1])] if len(values) else values
    if len(distinct) <= 1:
        return np.zeros(0)
    if len(distinct) <= max_bins:
        cuts = (distinct[:-1] + distinct[1:]) / 2
    else:
        shares = np.linspace(0, 100, max_bins + 1)[1:-1] / 100
        cuts = np.unique(
            _quantiles(values, shares) if weights is None else _weighted(values, weights, shares)
        )
    return np.minimum(cuts, LARGEST)


def _quantiles(values: Floats, shares: Floats) -> Floats:
    """The sorted value at which the share q is reached; halfway to the next where it is reached exactly."""
    at = len(values) * shares
    below = np.floor(at).astype(np.intp)
    lower: NDArray[np.intp] = below - (at == below)
    return (values[lower] + values[below]) / 2


def _weighted(values: Floats, weights: Floats, shares: Floats) -> Floats:
    """The same where each value counts by its weight."""
    reached: Floats = np.cumsum(weights)
    goal: Floats = shares * reached[-1]
    lower: NDArray[np.intp] = np.searchsorted(reached, goal)
    exact: NDArray[np.bool_] = reached[lower] - goal <= np.finfo(np.float64).eps
    upper: NDArray[np.intp] = np.minimum(lower + exact, len(values) - 1)
    return (values[lower] + values[upper]) / 2
