"""What scalers share: the names of the columns that come out, and which columns are too flat to be scaled."""

from __future__ import annotations

from typing import Any

import numpy as np

from pellucid.models.estimator import Transformer
from pellucid.models.validation import Array, Floats, check_is_fitted


class ColumnScaler(Transformer):
    """A transformer that gives a column for each column, under the same names."""

    def get_feature_names_out(self, input_features: Any = None) -> Array:
        """The names of the columns that come out, those of the columns that went in (d,); x0, x1, … where they had none."""
        check_is_fitted(self, "n_features_in_")
        known = getattr(self, "feature_names_in_", None)
        if input_features is None:
            plain = np.array([f"x{i}" for i in range(self.n_features_in_)], dtype=object)
            return plain if known is None else known
        names = np.asarray(input_features, dtype=object)
        if len(names) != self.n_features_in_:
            raise ValueError(
                f"input_features should have length equal to number of features ({self.n_features_in_}), got {len(names)}."
            )
        if known is not None and list(names) != list(known):
            raise ValueError(
                "input_features is not equal to feature_names_in_: pass the names that fit saw, or none."
            )
        return names


def without_zeros(scale: Floats, flat: Array) -> Floats:
    """The scale (d,) with 1 where a column is flat: it becomes 0 everywhere instead of dividing by nothing."""
    return np.where(flat, 1.0, scale)
