"""Standardization z = (x − μ)/σ, with the training set's μ and σ."""

from __future__ import annotations

from typing import Any, Self

import numpy as np

from pellucid.models.preprocessing.columns import ColumnScaler, without_zeros
from pellucid.models.trace import See, unseen
from pellucid.models.validation import Array, Floats, check_rows, check_sample_weight


class StandardScaler(ColumnScaler):
    """zᵢⱼ = (xᵢⱼ − μⱼ)/σⱼ: each column of the training set gets mean 0 and variance 1, and other sets are moved likewise.

    A test set that is scaled by its own mean and deviation hides how it differs from the training set; so `fit` remembers,
    and `transform` looks at nothing but what `fit` saw. σ divides by n, as in scikit-learn: σ² = Σwᵢ(xᵢ − μ)²/Σwᵢ.

    A column that does not vary, or by less than rounding can tell, has `scale_` 1, so it becomes 0. `partial_fit` takes the
    data in batches, and its state can be read in between (T. F. Chan, G. H. Golub & R. J. LeVeque, The American Statistician
    37(3), 1983).

    Learned: `mean_` (d,), `var_` (d,), `scale_` (d,), each None where it is not used, and `n_samples_seen_`, the number of
    rows or their total weight.

        >>> from pellucid.models.preprocessing import StandardScaler
        >>> scaler = StandardScaler().fit([[0.0], [2.0], [4.0]])
        >>> scaler.transform([[2.0]]), scaler.inverse_transform([[0.0]])
        (array([[0.]]), array([[2.]]))
    """

    mean_: Floats | None
    var_: Floats | None
    scale_: Floats | None
    n_samples_seen_: float

    def __init__(self, *, with_mean: bool = True, with_std: bool = True) -> None:
        self.with_mean = with_mean
        self.with_std = with_std

    def fit(self, X: Any, y: Any = None, sample_weight: Any = None) -> Self:
        """Learns the mean and deviation of the columns of X (n, d), rows weighted by `sample_weight` (n,). y is not used."""
        self._fit(X, y, sample_weight, unseen)
        return self

    def partial_fit(self, X: Any, y: Any = None, sample_weight: Any = None) -> Self:
        """Adds the rows of X (n, d) to what was seen: batches in any order give what `fit` gives for all at once."""
        if hasattr(self, "n_features_in_"):
            self._add(self._check_again(X), sample_weight, unseen)
            return self
        return self.fit(X, y, sample_weight)

    def fit_transform(self, X: Any, y: Any = None, sample_weight: Any = None) -> Floats:
        """`fit(X)`, then `transform(X)`."""
        return self.fit(X, y, sample_weight).transform(X)

    def transform(self, X: Any) -> Floats:
        """(X − mean_)/scale_ (n, d)."""
        rows = self._check_again(X)
        moved = rows - self.mean_ if self.mean_ is not None and self.with_mean else rows.copy()
        return moved if self.scale_ is None else np.divide(moved, self.scale_, out=moved)

    def inverse_transform(self, X: Any) -> Floats:
        """X · scale_ + mean_ (n, d): what `transform` was given."""
        rows = self._check_again(X)
        if self.scale_ is not None:
            rows = rows * self.scale_
        return rows + self.mean_ if self.mean_ is not None and self.with_mean else rows.copy()

    def _fit(self, X: Any, y: Any, sample_weight: Any, see: See) -> None:
        rows = check_rows(X)  # (n, d)
        self._learn_features(X, rows)
        self.mean_ = self.var_ = None
        self.n_samples_seen_ = 0
        self._add(rows, sample_weight, see)

    def _add(self, rows: Floats, sample_weight: Any, see: See) -> None:
        weights = check_sample_weight(sample_weight, len(rows))  # (n,)
        count = len(rows) if sample_weight is None else float(weights.sum())
        total = self.n_samples_seen_ + count
        if self.with_mean or self.with_std:
            self._add_moments(rows, weights, count, total, see)
        self.n_samples_seen_ = total
        self.scale_ = None
        if self.with_std and self.mean_ is not None and self.var_ is not None:
            flat = is_flat(self.var_, self.mean_, total)
            self.scale_ = without_zeros(np.sqrt(self.var_), flat)
            note = f"1 in {int(flat.sum())} flat columns" if flat.any() else ""
            see("scale", "σ", "√σ²", self.scale_, note=note)

    def _add_moments(self, rows: Floats, weights: Floats, count: float, total: float, see: See) -> None:
        mean, squares = centred_moments(rows, weights)
        see("mean of the batch", "μ", "Σwᵢxᵢ/Σwᵢ", mean)
        if self.mean_ is not None:
            step = mean - self.mean_
            share = count / total
            before = 0.0 if self.var_ is None else self.var_ * self.n_samples_seen_
            squares = squares + before + step**2 * share * self.n_samples_seen_
            mean = self.mean_ + step * share
            see("merged mean", "μ", "μ₁ + (μ₂ − μ₁)n₂/(n₁ + n₂)", mean)
        self.mean_ = mean
        if self.with_std:
            self.var_ = squares / total
            see("variance", "σ²", "Σwᵢ(xᵢ − μ)²/Σwᵢ", self.var_)


def centred_moments(rows: Floats, weights: Floats) -> tuple[Floats, Floats]:
    """The weighted mean (d,) of rows (n, d), and Σwᵢ(xᵢ − μ)² (d,), less what the mean's own rounding adds."""
    whole = weights.sum()
    mean = weights @ rows / whole
    centred = rows - mean
    off = weights @ centred / whole
    return mean + off, weights @ np.square(centred, out=centred) - whole * off**2


def is_flat(variance: Floats, mean: Floats, n: float) -> Array:
    """Whether each column's variance is no more than rounding leaves of a constant column: nεσ² + (nεμ)² (Chan et al.)."""
    epsilon = np.finfo(np.float64).eps
    return variance <= n * epsilon * variance + (n * mean * epsilon) ** 2
