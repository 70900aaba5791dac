"""All trees of a forest in common arrays, and how rows walk down them together.

A cursor is a row in a tree. A step of all cursors takes two look-ups: the node, packed into one integer, and one byte of the row.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from pellucid.models.ensemble.forest_bins import Bins, Bytes
from pellucid.models.tree.lookup import pick
from pellucid.models.tree.structure import LEAF, UNDEFINED, Tree, in_reading_order
from pellucid.models.tree.targets import add_up
from pellucid.models.validation import Floats

Indices = NDArray[np.intp]

CURSORS = 1 << 16
"""Cursors that walk together."""
STEPS = 4
"""Steps between two looks at who has arrived."""
NEVER = 255
"""The bin of a leaf: no code is larger, so a cursor there stays."""


@dataclass(frozen=True)
class Forest:
    """The nodes (m,) of all trees, tree after tree; those of tree t are roots[t] … roots[t + 1] − 1.

    The right child stands behind the `left` one. A row goes left where its code of `feature` is at most `bin`.
    """

    left: Indices
    feature: Indices
    bin: Indices
    impurity: Floats
    count: Indices
    weight: Floats
    value: Floats
    roots: Indices
    bins: Bins

    @classmethod
    def of(cls, columns: dict[str, Any], bins: Bins) -> Forest:
        """From the columns that growth gives."""
        tree: Indices = columns.pop("tree")
        trees = int(tree[-1]) + 1
        return cls(**columns, roots=np.searchsorted(tree, np.arange(trees + 1)), bins=bins)

    @cached_property
    def packed(self) -> tuple[NDArray[np.int64], int]:
        """Each node as left child · bin (8 bits) · feature, from high bits to low; and how many bits the feature has.

        In 64 bits, where an index has 32, as in the browser, too.
        """
        wide = max(1, (len(self.bins.cuts) - 1).bit_length())
        leaf = self.left == LEAF
        stay = np.where(leaf, np.arange(len(leaf)), self.left).astype(np.int64)
        code = np.where(leaf, NEVER, self.bin)
        return (((stay << 8) | code) << wide) | np.where(leaf, 0, self.feature), wide

    def apply(self, codes: Bytes, first: int, trees: int) -> Indices:
        """The leaf of every row (n, d) in some of the trees (trees, n)."""
        packed, wide = self.packed
        n, d = len(codes), len(self.bins.cuts)
        flat, mask = codes.ravel(), (1 << wide) - 1
        leaf = np.repeat(self.roots[first : first + trees], n)
        node, start, cursor, steps = leaf, np.tile(d * np.arange(n), trees), np.arange(trees * n), 0
        while len(node):
            record = pick(packed, node)
            at = (record & mask).astype(np.intp, copy=False)
            at += start
            record >>= wide
            bin = record.astype(np.uint8)  # the low eight bits
            record >>= 8
            record += pick(flat, at) > bin
            node, steps = record.astype(np.intp, copy=False), steps + 1
            if steps % STEPS == 0:
                arrived = bin == NEVER
                there = np.flatnonzero(arrived)
                leaf[pick(cursor, there)] = pick(node, there)
                under_way = np.flatnonzero(~arrived)
                node, start, cursor = pick(node, under_way), pick(start, under_way), pick(cursor, under_way)
        return leaf.reshape(trees, n)

    def total(self, codes: Bytes, told: NDArray[np.bool_] | None = None) -> Floats:
        """The sum over the trees of the values of each row's leaves (n, k); only of trees that are `told` (trees, n) of a row."""
        trees, rows = len(self.roots) - 1, min(len(codes), CURSORS)
        block = max(1, CURSORS // rows)
        columns = np.ascontiguousarray(self.value.T)  # (k, m)
        total = np.zeros((len(columns), len(codes)))
        for low in range(0, len(codes), rows):
            here = slice(low, low + rows)
            for first in range(0, trees, block):
                leaf = self.apply(codes[here], first, min(block, trees - first))
                for sums, column in zip(total[:, here], columns, strict=True):
                    values = pick(column, leaf)
                    if told is not None:
                        values *= told[first : first + block, here]
                    sums += values.sum(axis=0)
        return total.T

    def predict(self, codes: Bytes) -> Floats:
        """The mean over the trees of the values of each row's leaves (n, k)."""
        return self.total(codes) / (len(self.roots) - 1)

    def feature_importances(self) -> Floats:
        """By how much each feature's splits lower the impurity: as shares in each tree, then the mean over the trees (d,)."""
        d, trees = len(self.bins.cuts), len(self.roots) - 1
        inner = np.flatnonzero(self.left != LEAF)
        mass = self.weight * self.impurity
        left = self.left[inner]
        gain = mass[inner] - mass[left] - mass[left + 1]
        tree = np.searchsorted(self.roots, inner, side="right") - 1
        each = add_up(tree * d + self.feature[inner], gain, trees * d).reshape(trees, d)
        whole = each.sum(axis=1, keepdims=True)
        grown = whole[:, 0] > 0
        mean: Floats = (each[grown] / whole[grown]).sum(axis=0) / max(1, int(grown.sum()))
        return mean / mean.sum() if mean.sum() > 0 else mean

    def tree(self, number: int) -> tuple[Tree, Indices]:
        """One of the trees, in reading order, with thresholds in the units of the data; and the number of each node there."""
        low, high = self.roots[number], self.roots[number + 1]
        left, feature = self.left[low:high], self.feature[low:high]
        leaf = left == LEAF
        cut = self.bins.table()[np.where(leaf, 0, feature), self.bin[low:high]]
        tree = Tree(
            children_left=np.where(leaf, LEAF, left - low),
            children_right=np.where(leaf, LEAF, left - low + 1),
            feature=feature,
            threshold=np.where(leaf, UNDEFINED, cut),
            impurity=self.impurity[low:high],
            n_node_samples=self.count[low:high],
            weighted_n_node_samples=self.weight[low:high],
            value=self.value[low:high, None, :],
            n_features=len(self.bins.cuts),
        )
        return in_reading_order(tree)
