"""Bagging: the rows that each tree of a forest sees, drawn with replacement. Breiman, Bagging Predictors (1996)."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from pellucid.models.validation import Floats


@dataclass
class Bags:
    """Draws `draws` rows for each tree, each row with a chance by its weight; None takes every row once, with its weight.

    What was drawn is remembered where `keep` says so: the rows that a tree did not see can judge it.
    """

    weight: Floats
    draws: int | None
    rng: np.random.Generator
    keep: bool
    drawn: list[Floats] = field(default_factory=list[Floats])

    def draw(self, trees: int) -> Floats:
        """How much each row weighs in each of the next trees (trees, n)."""
        n = len(self.weight)
        if self.draws is None:
            bag = np.tile(self.weight, (trees, 1))
        else:
            size = (trees, self.draws)
            if np.ptp(self.weight) == 0:
                row = self.rng.integers(n, size=size, dtype=np.intp)
            else:
                row = self.rng.choice(n, size=size, p=self.weight / self.weight.sum()).astype(np.intp)
            row += n * np.arange(trees)[:, None]
            bag = np.bincount(row.ravel(), minlength=trees * n).reshape(trees, n).astype(np.float64)
        if self.keep:
            self.drawn.append(bag)
        return bag

    def all(self) -> Floats:
        """The weights of the rows in all trees so far (trees, n)."""
        return np.concatenate(self.drawn)

    def left_out(self) -> NDArray[np.bool_]:
        """Which rows each tree did not see, though they have weight (trees, n)."""
        return (self.all() == 0) & (self.weight > 0)
