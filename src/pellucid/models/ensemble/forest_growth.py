"""Many trees grown at once, level by level, on binned features.

An entry is a row in a tree, with its bootstrap weight. A level looks up one byte an entry, adds the weights up by (node, bin)
and finds the best bin to cut after from running sums along the bins: a few large array operations for all nodes of all trees.
Leaves drop out of the work. Trees come in blocks, and a level with many nodes is halved, so that memory stays bounded.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from pellucid.models.ensemble.forest_bins import Bytes
from pellucid.models.tree.impurity import Criterion
from pellucid.models.tree.limits import Limits
from pellucid.models.tree.lookup import pick
from pellucid.models.tree.structure import LEAF, UNDEFINED
from pellucid.models.tree.targets import Targets
from pellucid.models.validation import Array, Floats

Indices = NDArray[np.intp]

ENTRIES = 1 << 17
"""Rows × trees that are grown together."""
CELLS = 1 << 18
"""Nodes × bins × sums of a node that are looked at together."""
NOTHING = 1e-12
"""A side with less than this share of its node's weight is empty: what is left there is rounding."""


@dataclass(frozen=True)
class Front:
    """Nodes of one depth and the entries in them.

    `node` (e,) is the place of each entry's node in `names` and `tree` (nodes,), the numbers of node and tree in the forest.
    `start` (e,) is where the entry's row begins in the flattened codes.
    """

    node: Indices
    start: Indices
    targets: Targets
    names: Indices
    tree: Indices
    depth: int

    def only(self, kept: NDArray[np.bool_]) -> Front:
        """These nodes (nodes,) and what is in them."""
        if kept.all():
            return self
        number = pick(np.where(kept, np.cumsum(kept) - 1, -1), self.node)
        stay = np.flatnonzero(number >= 0)
        node, start, targets = pick(number, stay), pick(self.start, stay), self.targets.take(stay)
        return Front(node, start, targets, self.names[kept], self.tree[kept], self.depth)


@dataclass(frozen=True)
class Cuts:
    """The best cut of each node: its gain (−inf where there is none), feature, and the bin after which it lies."""

    gain: Floats
    feature: Indices
    bin: Indices

    @classmethod
    def none(cls, nodes: int) -> Cuts:
        """No cut yet."""
        return cls(np.full(nodes, -np.inf), np.zeros(nodes, dtype=np.intp), np.zeros(nodes, dtype=np.intp))

    def put(self, nodes: Indices, gain: Floats, feature: Indices, bin: Indices) -> None:
        """Sets those of some nodes where the gain is larger."""
        better = gain > self.gain[nodes]
        at = nodes[better]
        self.gain[at], self.feature[at], self.bin[at] = gain[better], feature[better], bin[better]


@dataclass
class Ledger:
    """What is known of the nodes: columns, written front by front."""

    columns: dict[str, list[Array]] = field(default_factory=dict[str, "list[Array]"])
    count: int = 0

    def name(self, nodes: int) -> Indices:
        """Numbers for new nodes."""
        self.count += nodes
        return np.arange(self.count - nodes, self.count)

    def write(self, **columns: Array) -> None:
        """Appends nodes."""
        for name, column in columns.items():
            self.columns.setdefault(name, []).append(column)

    def whole(self) -> dict[str, Any]:
        """The columns, tree by tree; within a tree parents before children, siblings side by side."""
        found = {name: np.concatenate(parts) for name, parts in self.columns.items()}
        order = np.lexsort([found["name"], found["tree"]])
        number = np.empty(len(order), dtype=np.intp)
        number[found.pop("name")[order]] = np.arange(len(order))
        columns = {name: column[order] for name, column in found.items()}
        columns["left"] = np.where(columns["left"] == LEAF, LEAF, number[columns["left"]])
        return columns


@dataclass(frozen=True)
class Grower:
    """Grows trees on the codes (n, d) of binned features. `weights` of a call to `grow` are those of the rows in each tree."""

    codes: Bytes
    bins: int
    targets: Targets
    criterion: Criterion
    limits: Limits
    rng: np.random.Generator

    def grow(self, trees: int, draw: Callable[[int], Floats]) -> dict[str, Any]:
        """Columns of the nodes of all trees (m, …). `draw` gives the weights of all rows in the next trees (t, n)."""
        ledger = Ledger()
        block = max(1, ENTRIES // len(self.codes))
        for first in range(0, trees, block):
            weights = draw(min(block, trees - first))
            whole = weights.sum(axis=1)
            fronts = [self.plant(weights, first, ledger)]
            while fronts:
                fronts += self.step(fronts.pop(), whole, first, ledger)
        return ledger.whole()

    def plant(self, weights: Floats, first: int, ledger: Ledger) -> Front:
        """The roots of a block of trees, of which this is the first."""
        entry = np.flatnonzero(weights)
        tree, row = np.divmod(entry, weights.shape[1])
        targets = self.targets.take(row).weighing(pick(weights.ravel(), entry))
        names = ledger.name(len(weights))
        return Front(tree, row * self.codes.shape[1], targets, names, first + np.arange(len(weights)), 0)

    def step(self, front: Front, whole: Floats, first: int, ledger: Ledger) -> list[Front]:
        """Splits the nodes of a front, writes them down, and gives back their children; or its two halves, where it is large."""
        nodes = len(front.names)
        here = front.targets
        sums = here.scatter(front.node, nodes)  # (k, nodes)
        if nodes > 1 and nodes * self.bins * len(sums) > CELLS:
            lower = np.arange(nodes) < nodes // 2
            return [front.only(~lower), front.only(lower)]
        weight, (impurity, value) = (
            self.criterion.weight(sums),
            here.describe(front.node, sums, self.criterion),
        )
        count = np.bincount(front.node, minlength=nodes)
        may = self.limits.may_split(front.depth, count, impurity)
        cuts = Cuts.none(nodes)
        inner = front.only(may)
        if len(inner.names):
            cuts.put(np.flatnonzero(may), *self.search(inner))
        split = self.limits.worthwhile(cuts.gain, weight / whole[front.tree - first])
        names = ledger.name(2 * int(split.sum()))
        left = np.full(nodes, LEAF)
        left[split] = names[::2]
        ledger.write(
            name=front.names,
            tree=front.tree,
            left=left,
            feature=np.where(split, cuts.feature, UNDEFINED),
            bin=cuts.bin,
            impurity=impurity,
            count=count,
            weight=weight,
            value=value,
        )
        if not len(names):
            return []
        inner = inner.only(split[may])
        right = self.look_up(inner, cuts.feature[split]) > pick(cuts.bin[split], inner.node)
        tree = np.repeat(inner.tree, 2)
        return [Front(2 * inner.node + right, inner.start, inner.targets, names, tree, front.depth + 1)]

    def look_up(self, front: Front, feature: Indices) -> Bytes:
        """Each entry's code (e,) of its node's feature (nodes,)."""
        at = pick(feature, front.node)
        at += front.start
        return pick(self.codes.ravel(), at)

    def search(self, front: Front) -> tuple[Floats, Indices, Indices]:
        """The best cut of each node among `max_features` features at random; where none can be cut, among the next ones."""
        nodes, d = len(front.names), self.codes.shape[1]
        most = self.limits.max_features
        luck = self.rng.random((nodes, d))
        drawn = (
            np.argpartition(luck, most - 1, axis=1)[:, :most].T if most < d else np.argsort(luck, axis=1).T
        )
        like = front.targets.centred(front.node, front.targets.scatter(front.node, nodes))
        front = Front(front.node, front.start, like, front.names, front.tree, front.depth)
        cuts = Cuts.none(nodes)
        for feature in drawn:
            cuts.put(np.arange(nodes), *self.best_bin(front, np.ascontiguousarray(feature)))
        if most < d and np.isneginf(cuts.gain).any():
            for feature in np.argsort(luck, axis=1).T[most:]:
                bare = np.isneginf(cuts.gain)
                if not bare.any():
                    break
                cuts.put(np.flatnonzero(bare), *self.best_bin(front.only(bare), feature[bare]))
        return cuts.gain, cuts.feature, cuts.bin

    def best_bin(self, front: Front, feature: Indices) -> tuple[Floats, Indices, Indices]:
        """The best cut of each node by its `feature` (nodes,)."""
        nodes, criterion = len(front.names), self.criterion
        cell = np.multiply(self.look_up(front, feature), nodes, dtype=np.intp)
        cell += front.node
        sums = front.targets.scatter(cell, self.bins * nodes)
        sums = sums.reshape(len(sums), self.bins, nodes)
        for b in range(1, self.bins):  # long rows of nodes: far faster than np.cumsum along a short axis
            sums[:, b] += sums[:, b - 1]
        left, all_ = sums[:, :-1], sums[:, -1:]
        right = all_ - left
        lighter, heavier, weight = criterion.weight(left), criterion.weight(right), criterion.weight(all_)
        gain = criterion.score(left, lighter)
        gain += criterion.score(right, heavier)
        least = NOTHING * weight
        gain[(lighter <= least) | (heavier <= least)] = -np.inf
        if self.limits.min_samples_leaf > 1:
            rows = np.bincount(cell, minlength=self.bins * nodes).reshape(self.bins, nodes).cumsum(axis=0)
            gain[np.minimum(rows[:-1], rows[-1] - rows[:-1]) < self.limits.min_samples_leaf] = -np.inf
        first = gain.argmax(axis=0)
        top, reached = gain[first, np.arange(nodes)], lighter[first, np.arange(nodes)]
        last = (
            np.sum(lighter <= reached, axis=0) - 1
        )  # bins that are empty in the node make equal cuts: take the middle one
        bin = (first + last) // 2
        return (top - criterion.score(all_, weight)[0]) / weight[0], feature, bin
