"""Many classes by pairs: one classifier for each two classes, and how their answers become one."""

from __future__ import annotations

from itertools import combinations

import numpy as np
from numpy.typing import NDArray

from pellucid.models.validation import Floats


def pairs_of(classes: int) -> list[tuple[int, int]]:
    """The pairs (i, j) with i < j, in the order 01, 02, …, 12, …: the columns of an "ovo" decision function."""
    return list(combinations(range(classes), 2))


def votes_of(decisions: Floats, classes: int) -> NDArray[np.intp]:
    """How many pairs each class wins (m, c). `decisions` (m, c(c − 1)/2) is above 0 where the first of the pair wins."""
    votes = np.zeros((len(decisions), classes), dtype=np.intp)
    for column, (i, j) in enumerate(pairs_of(classes)):
        first = decisions[:, column] > 0
        votes[:, i] += first
        votes[:, j] += ~first
    return votes


def one_vs_rest(decisions: Floats, classes: int) -> Floats:
    """A score for each class (m, c): its votes, and within equal votes the sum of its decisions, squeezed into ±1/3."""
    confidence = np.zeros((len(decisions), classes))
    for column, (i, j) in enumerate(pairs_of(classes)):
        confidence[:, i] += decisions[:, column]
        confidence[:, j] -= decisions[:, column]
    return votes_of(decisions, classes) + confidence / (3 * (np.abs(confidence) + 1))
