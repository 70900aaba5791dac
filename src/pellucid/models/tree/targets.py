"""What a tree is to predict: labels or numbers, weighted; both are added up node by node in the same way."""

from __future__ import annotations

from dataclasses import dataclass
from typing import cast

import numpy as np
from numpy.typing import NDArray

from pellucid.models.tree.impurity import Criterion, impurity_of
from pellucid.models.tree.lookup import pick
from pellucid.models.validation import Array, Floats


def add_up(cell: NDArray[np.intp], weights: Floats, cells: int) -> Floats:
    """The weights in each cell, added up (cells,)."""
    return cast(Floats, np.bincount(cell, weights=weights, minlength=cells))


@dataclass(frozen=True)
class Labels:
    """Class codes 0 … c − 1 (n,) with weights (n,). A part's sums are the weights of its classes (c,)."""

    codes: NDArray[np.intp]
    weights: Floats
    classes: int

    def take(self, rows: Array) -> Labels:
        """Those of some rows."""
        return Labels(pick(self.codes, rows), pick(self.weights, rows), self.classes)

    def scatter(self, cell: NDArray[np.intp], cells: int) -> Floats:
        """Sums over the rows of each cell (c, cells)."""
        key = self.codes * cells
        key += cell
        sums = add_up(key, self.weights, self.classes * cells)
        return sums.reshape(self.classes, cells)

    def weighing(self, weights: Floats) -> Labels:
        """The same with these weights (n,)."""
        return Labels(self.codes, weights, self.classes)

    def centred(self, node: NDArray[np.intp], sums: Floats) -> Labels:
        """The same: labels have no mean to take away."""
        return self

    def channels(self) -> Floats:
        """Each row's part in the sums (c, n)."""
        own: Array = np.arange(self.classes)[:, None] == self.codes
        return own * self.weights

    def describe(self, node: NDArray[np.intp], sums: Floats, criterion: Criterion) -> tuple[Floats, Floats]:
        """Impurity (m,) and value, the shares of the classes (m, c), of m nodes with these sums."""
        return impurity_of(criterion)(sums.T), (sums / criterion.weight(sums)).T

    def levelled(self, node: NDArray[np.intp], sums: Floats) -> tuple[Labels, Floats]:
        """Weights that add up to 1 in every node, and by what (m,) gains are then to be multiplied.

        A running sum over all nodes is then as exact for light nodes as for heavy ones.
        """
        whole: Floats = sums.sum(axis=0)
        return Labels(self.codes, self.weights / pick(whole, node), self.classes), np.ones_like(whole)


@dataclass(frozen=True)
class Numbers:
    """Numbers (n,) with weights (n,). A part's sums are Σw and Σwy."""

    values: Floats
    weights: Floats

    def take(self, rows: Array) -> Numbers:
        """Those of some rows."""
        return Numbers(pick(self.values, rows), pick(self.weights, rows))

    def scatter(self, cell: NDArray[np.intp], cells: int) -> Floats:
        """Sums over the rows of each cell (2, cells)."""
        return np.stack([add_up(cell, each, cells) for each in self.channels()])

    def weighing(self, weights: Floats) -> Numbers:
        """The same with these weights (n,)."""
        return Numbers(self.values, weights)

    def centred(self, node: NDArray[np.intp], sums: Floats) -> Numbers:
        """Values less the mean of their node, so that sums do not cancel."""
        return Numbers(self.values - pick(sums[1] / sums[0], node), self.weights)

    def channels(self) -> Floats:
        """Each row's part in the sums (2, n)."""
        return np.stack([self.weights, self.weights * self.values])

    def describe(self, node: NDArray[np.intp], sums: Floats, criterion: Criterion) -> tuple[Floats, Floats]:
        """Impurity, the variance (m,), and value, the mean (m, 1), of m nodes with these sums."""
        mean = sums[1] / sums[0]
        squares = self.weights * np.square(self.values - pick(mean, node))
        return add_up(node, squares, len(mean)) / sums[0], mean[:, None]

    def levelled(self, node: NDArray[np.intp], sums: Floats) -> tuple[Numbers, Floats]:
        """Values of mean 0 and variance 1, weights that add up to 1, in every node; gains are then to be multiplied by (m,).

        A running sum over all nodes is then as exact for one as for the other.
        """
        mean = sums[1] / sums[0]
        apart = self.values - pick(mean, node)
        apart -= pick(
            add_up(node, self.weights * apart, len(mean)) / sums[0], node
        )  # what rounding left of the mean
        variance = add_up(node, self.weights * apart**2, len(mean)) / sums[0]
        scale = np.sqrt(np.where(variance > 0, variance, 1))
        return Numbers(apart / pick(scale, node), self.weights / pick(sums[0], node)), variance


Targets = Labels | Numbers
