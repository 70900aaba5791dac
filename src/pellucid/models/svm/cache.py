"""Rows of the kernel matrix, computed when first asked for and kept while there is room."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from pellucid.models.validation import Floats

SMALL = 1200
"""Up to this many points the whole matrix is computed at once: one product costs less than many small ones."""


class KernelRows:
    """The rows K[i, :] (n,) that were asked for, in slots of one buffer (capacity, n).

    `slot[i]` is where row i lies, −1 where it is not held. When the buffer is full, those used longest ago give way.
    """

    def __init__(self, compute: Callable[[NDArray[np.intp]], Floats], diagonal: Floats, megabytes: float):
        n = len(diagonal)
        self.n = n
        self.diagonal = diagonal
        self.capacity = min(n, max(64, int(megabytes * 2**20 / (8 * n))))
        whole = n <= min(SMALL, self.capacity)
        # of an empty buffer, pages that are never written take no memory
        self.rows = compute(np.arange(n)) if whole else np.empty((self.capacity, n))
        self.slot = np.arange(n) if whole else np.full(n, -1)
        self.used = n if whole else 0
        self.clock = 0
        self.last_use = np.zeros(self.capacity, dtype=np.int64)
        self._compute = compute
        self._owner = np.arange(self.capacity)

    def load(self, points: NDArray[np.intp]) -> None:
        """Computes the rows of `points`, none of which is held. No more than `capacity` at once."""
        begin = self.used
        slots = self._free_slots(len(points))
        if self.used - begin == len(points):
            self.rows[begin : self.used] = self._compute(points)  # a slice is written faster than places
        else:
            self.rows[slots] = self._compute(points)
        self._owner[slots] = points
        self.slot[points] = slots

    def _free_slots(self, count: int) -> NDArray[np.intp]:
        fresh = np.arange(self.used, min(self.used + count, self.capacity))
        self.used += len(fresh)
        if len(fresh) == count:
            return fresh
        oldest = np.argsort(self.last_use[: self.used - len(fresh)], kind="stable")[: count - len(fresh)]
        self.slot[self._owner[oldest]] = -1
        return np.concatenate((fresh, oldest))

    def missing(self, points: NDArray[np.intp]) -> NDArray[np.intp]:
        """Those of `points` whose rows are not held."""
        return points[self.slot[points] < 0]

    def hold(self, points: NDArray[np.intp]) -> bool:
        """Loads what is missing of `points`; False where not all of them fit at once."""
        if len(points) > self.capacity:
            return False
        wanted = self.missing(points)
        if self.used + len(wanted) > self.capacity:
            held = self.slot[points]
            self.clock += 1
            self.last_use[held[held >= 0]] = self.clock
        if len(wanted):
            self.load(wanted)
        return True

    def block(self, points: NDArray[np.intp]) -> Floats:
        """K between `points` (m, m); all must be held."""
        return self.rows[np.ix_(self.slot[points], points)]

    def combine(self, points: NDArray[np.intp], weights: Floats) -> Floats:
        """Σ weightsₘ K[pointsₘ, :] (n,); all must be held."""
        slots = self.slot[points]
        if 4 * len(points) < self.used:
            return weights @ self.rows[slots]
        everywhere = np.zeros(self.used)  # zeros cost less than a copy of most rows
        everywhere[slots] = weights
        return everywhere @ self.rows[: self.used]
