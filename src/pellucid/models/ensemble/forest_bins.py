"""Features cut into at most 256 bins, so that a value is one byte and a cut is the number of its bin."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from pellucid.models.tree.growth import midpoint
from pellucid.models.validation import Floats

Bytes = NDArray[np.uint8]


@dataclass(frozen=True)
class Bins:
    """The cuts between the bins of each feature, sorted. A value lies in the bin whose number is how many cuts are below it."""

    cuts: tuple[Floats, ...]

    @classmethod
    def of(cls, X: Floats, most: int) -> Bins:
        """Bins that hold about equally many of the rows X (n, d); one a value where a feature has no more values than `most`."""
        return cls(tuple(_cuts(column, most) for column in np.sort(X, axis=0).T))

    def codes(self, X: Floats) -> Bytes:
        """The bin of each value (n, d): code ≤ b exactly where x ≤ cuts[b]."""
        codes = np.empty(X.shape, dtype=np.uint8)
        for j, cuts in enumerate(self.cuts):
            codes[:, j] = np.searchsorted(cuts, X[:, j])
        return codes

    @property
    def most(self) -> int:
        """The largest number of bins that a feature has; 2 where all are constant, so that there is a cut to look at."""
        return max(1, *(len(cuts) for cuts in self.cuts)) + 1

    def table(self) -> Floats:
        """The cuts (d, most), filled up with infinity."""
        table = np.full((len(self.cuts), self.most), np.inf)
        for j, cuts in enumerate(self.cuts):
            table[j, : len(cuts)] = cuts
        return table


def _cuts(column: Floats, most: int) -> Floats:
    values = np.unique(column)
    if len(values) <= most:
        return midpoint(values[:-1], values[1:])
    last = column[
        np.arange(1, most) * len(column) // most - 1
    ]  # of each bin, as it comes out at equal counts
    place = np.unique(np.searchsorted(values, last))
    place = place[place + 1 < len(values)]
    return midpoint(values[place], values[place + 1])
