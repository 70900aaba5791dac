"""How mixed a node is: entropy, Gini, variance; what a split gains.

Breiman, Friedman, Olshen, Stone, Classification and Regression Trees (1984), sections 2.5 and 4.3 (Gini), 8.3 (squares); Quinlan,
Induction of Decision Trees (1986), section 4 (entropy, gain).
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Protocol

import numpy as np

from pellucid.models.validation import Array, Floats, as_floats, check_y, refuse_nan

TINY = np.finfo(np.float64).tiny


def entropy(p: Any) -> Any:
    """H = −Σ pᵢ log₂ pᵢ, in bits, along the last axis; 0 log 0 counts as 0.

    `p` are shares or counts (..., c): they are divided by their sum. ValueError for negative ones and where all are zero.
    """
    shares = _as_shares(p)
    return np.sum(shares * np.abs(np.log2(np.where(shares > 0, shares, 1))), axis=-1)[()]


def gini(p: Any) -> Any:
    """G = 1 − Σ pᵢ² = 2 Σ_{i<j} pᵢpⱼ: how often two draws from the node differ. Along the last axis.

    `p` are shares or counts (..., c): they are divided by their sum. ValueError for negative ones and where all are zero.
    """
    shares = _as_shares(p)
    return 2 * _pairs(np.moveaxis(shares, -1, 0))[()]


def information_gain(y: Any, groups: Any, impurity: Callable[[Any], Any] = entropy) -> float:
    """Impurity of labels y (n,) less what is left of it within `groups` (n,), each group by its share of the rows.

    Quinlan's gain with `entropy`, the decrease of Gini with `gini`. There may be more than two groups: one a value of a category.
    """
    labels = check_y(y, len(np.asarray(y)), numeric=False)
    parts = check_y(groups, len(labels), name="groups", numeric=False)
    if len(labels) == 0:
        raise ValueError("y is empty (shape (0,)), so there is nothing to split. Pass one label a row.")
    classes, code = np.unique(labels, return_inverse=True)
    names, part = np.unique(parts, return_inverse=True)
    counts = np.bincount(part * len(classes) + code, minlength=len(names) * len(classes))
    counts = counts.reshape(len(names), len(classes))  # (g, c)
    return float(impurity(counts.sum(0)) - np.sum(counts.sum(1) / len(labels) * impurity(counts)))


def _as_shares(p: Any) -> Floats:
    counts = as_floats(p, "p")
    refuse_nan(counts, "p")
    if counts.ndim == 0 or (counts < 0).any():
        raise ValueError(
            f"p must be shares or counts, none below 0, along its last axis; it has shape {counts.shape} and least value "
            f"{counts.min() if counts.size else None}."
        )
    total = counts.sum(axis=-1, keepdims=True)
    if not total.all():
        raise ValueError("p sums to 0, so it says nothing about shares. Leave empty nodes out.")
    return counts / total


class Criterion(Protocol):
    """Scores parts of a node from their sums (k, ...), of which `targets` says what they are.

    gain = score(left) + score(right) − score(node), in units of weight × impurity.
    """

    name: str

    def weight(self, sums: Floats) -> Floats:
        """The weight of each part (...)."""
        ...

    def score(self, sums: Floats, weight: Floats) -> Floats:
        """What of weight × impurity changes with the cut, with its sign turned: higher is purer (...)."""
        ...


class _OfLabels:
    """Sums are the weight of each class (c, ...)."""

    def weight(self, sums: Floats) -> Floats:
        """The weight of each part: over all classes."""
        return sums[0] + sums[1] if len(sums) == 2 else sums.sum(axis=0)


class Gini(_OfLabels):
    """w·G = w − Σ wᵢ²/w = 2 Σ_{i<j} wᵢwⱼ/w. The second form adds what is positive only, so a light class is not rounded away."""

    name = "gini"

    def score(self, sums: Floats, weight: Floats) -> Floats:
        """−2 Σ_{i<j} wᵢwⱼ/w, 0 for an empty part."""
        total = _pairs(sums)
        total /= np.maximum(weight, TINY)
        total *= -2
        return total


class Entropy(_OfLabels):
    """w·H = −Σ wᵢ log₂(wᵢ/w), so the score is Σ wᵢ log₂(wᵢ/w)."""

    name = "entropy"

    def score(self, sums: Floats, weight: Floats) -> Floats:
        """Σ wᵢ log₂(wᵢ/w), 0 for an empty part."""
        total = np.zeros_like(weight)
        whole = np.maximum(weight, TINY)
        for each in sums:
            share = each / whole
            total += each * np.log2(share, out=np.zeros_like(share), where=share > 0)
        return total


class SquaredError:
    """Sums are Σw and Σwy (2, ...). w·variance = Σwy² − (Σwy)²/Σw, of which only the second term changes with the cut."""

    name = "squared_error"

    def weight(self, sums: Floats) -> Floats:
        """Σw."""
        return sums[0]

    def score(self, sums: Floats, weight: Floats) -> Floats:
        """(Σwy)²/Σw, 0 for an empty part."""
        return np.square(sums[1]) / np.maximum(weight, TINY)


def _pairs(parts: Floats) -> Floats:
    """Σ_{i<j} wᵢwⱼ over the first axis, in one walk: each part times the sum of those before it."""
    if len(parts) == 2:
        return parts[0] * parts[1]
    total, before = np.zeros_like(parts[0]), parts[0]
    for each in parts[1:]:
        total += each * before
        before = before + each
    return total


CLASSIFICATION: dict[str, Criterion] = {"gini": Gini(), "entropy": Entropy()}
REGRESSION: dict[str, Criterion] = {"squared_error": SquaredError()}


def impurity_of(criterion: Criterion) -> Callable[[Any], Array]:
    """The impurity of class weights (..., c) that a criterion for labels stands for."""
    return gini if criterion.name == "gini" else entropy
