"""Permutation importance: how much worse does a model get when a column is shuffled?

Breiman, Random Forests (2001), section 10; Fisher, Rudin, Dominici, JMLR 20 (2019), section 3.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from pellucid.models.tree.limits import check_whole
from pellucid.models.validation import Floats, check_rows, rng_of


class PermutationImportance(NamedTuple):
    """The loss of score when a feature is shuffled: mean and standard deviation (d,), and each repetition (d, n_repeats)."""

    importances_mean: Floats
    importances_std: Floats
    importances: Floats


def permutation_importance(
    model: Any, X: Any, y: Any, *, n_repeats: int = 5, random_state: Any = None, sample_weight: Any = None
) -> PermutationImportance:
    """By how much `model.score(X, y)` falls when one column of X (n, d) is shuffled, `n_repeats` times each.

    Judge on rows that the model has not seen. Of two features that tell the same, neither seems important.
    """
    rows = check_rows(X)
    repeats = check_whole("n_repeats", n_repeats, 1)
    rng = rng_of(random_state)
    weighted = {} if sample_weight is None else {"sample_weight": sample_weight}
    whole = float(model.score(X, y, **weighted))
    lost = np.empty((rows.shape[1], repeats))
    for j in range(rows.shape[1]):
        for k in range(repeats):
            shuffled = rows.copy()
            shuffled[:, j] = rng.permutation(rows[:, j])
            lost[j, k] = whole - float(model.score(_like(X, shuffled), y, **weighted))
    return PermutationImportance(lost.mean(axis=1), lost.std(axis=1), lost)


def _like(X: Any, rows: Floats) -> Any:
    """As a data frame where X is one, so that names of features stay."""
    return type(X)(rows, columns=X.columns) if hasattr(X, "columns") else rows
