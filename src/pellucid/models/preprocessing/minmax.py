"""Columns stretched to a range, with the training set's least and greatest value."""

from __future__ import annotations

from typing import Any

import numpy as np

from pellucid.models.preprocessing.columns import ColumnScaler, without_zeros
from pellucid.models.trace import See
from pellucid.models.validation import Floats, check_rows


class MinMaxScaler(ColumnScaler):
    """x′ = a + (x − min)(b − a)/(max − min) for `feature_range` (a, b).

    The training set fills the range, other sets may leave it, unless `clip` cuts them to it.
    One value far out squeezes all others together; `StandardScaler` suffers less. A column that does not vary becomes a.

    Learned: `data_min_`, `data_max_`, `data_range_`, `scale_` and `min_` (d,), with x′ = x·scale_ + min_.
    """

    data_min_: Floats
    data_max_: Floats
    data_range_: Floats
    scale_: Floats
    min_: Floats

    def __init__(self, feature_range: tuple[float, float] = (0, 1), *, clip: bool = False) -> None:
        self.feature_range = feature_range
        self.clip = clip

    def _fit(self, X: Any, y: Any, sample_weight: Any, see: See) -> None:
        low, high = self.feature_range
        if low >= high:
            raise ValueError(
                f"feature_range must go from a smaller to a larger number, but it is {self.feature_range}."
            )
        rows = check_rows(X)
        self._learn_features(X, rows)
        self.data_min_, self.data_max_ = rows.min(axis=0), rows.max(axis=0)
        see("least values", "min", "minᵢ xᵢⱼ", self.data_min_)
        see("greatest values", "max", "maxᵢ xᵢⱼ", self.data_max_)
        self.data_range_ = self.data_max_ - self.data_min_
        flat = self.data_range_ < 10 * np.finfo(np.float64).eps
        self.scale_ = (high - low) / without_zeros(self.data_range_, flat)
        see("scale", "s", "(b − a)/(max − min)", self.scale_)
        self.min_ = low - self.data_min_ * self.scale_
        see("offset", "o", "a − min·s", self.min_)

    def transform(self, X: Any) -> Floats:
        """X·scale_ + min_ (n, d), cut to the range where `clip`."""
        rows = self._check_again(X) * self.scale_ + self.min_
        return np.clip(rows, *self.feature_range) if self.clip else rows

    def inverse_transform(self, X: Any) -> Floats:
        """(X − min_)/scale_ (n, d)."""
        return (self._check_again(X) - self.min_) / self.scale_
