"""CART, grown level by level: all nodes of a level are searched at once, one feature after the other.

Rows are sorted by each feature once. Every level keeps that order within its nodes, so a running sum along it holds, at each
place, what lies to the left of a cut there. The work of a level is O(n·d), however many nodes it has.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Self, cast

import numpy as np
from numpy.typing import NDArray

from pellucid.models.trace import See, unseen
from pellucid.models.tree.impurity import Criterion
from pellucid.models.tree.limits import Limits
from pellucid.models.tree.lookup import pick, pick_columns
from pellucid.models.tree.structure import LEAF, UNDEFINED, Tree, in_reading_order
from pellucid.models.tree.targets import Targets
from pellucid.models.validation import Array, Floats

Indices = NDArray[np.intp]

TIE = 1e-10
"""Gains that differ by less than this share of the node's impurity are equal: the first feature, then the lowest threshold wins.

Without it rounding would choose among equals, and two ways to add up would give two trees.
"""


@dataclass(frozen=True)
class Level:
    """The nodes of one depth. Along each row of `order` (d, m) stand the rows of node 0, of node 1, …, by that feature's value.

    `at` (m,) says the node of each place, the same for every feature.
    """

    order: Indices
    at: Indices
    nodes: int

    @property
    def size(self) -> Indices:
        """Rows of each node."""
        return np.bincount(self.at, minlength=self.nodes)

    def only(self, kept: Indices) -> Self:
        """These nodes, numbered 0, 1, … anew."""
        if len(kept) == self.nodes:
            return self
        number = np.full(self.nodes, -1)
        number[kept] = np.arange(len(kept))
        at = pick(number, self.at)
        places = np.flatnonzero(at >= 0)
        return type(self)(pick_columns(self.order, places), pick(at, places), len(kept))

    def descend(self, right: NDArray[np.bool_]) -> Self:
        """The children, left and right of each node in turn; `right` (m,) is said of the rows of `order[0]`."""
        child = np.empty(int(self.order[0].max()) + 1, dtype=np.intp)
        child[self.order[0]] = 2 * self.at + right
        key = pick(child, self.order)  # (d, m)
        narrow = key.astype(np.uint16) if 2 * self.nodes <= 2**16 else key  # sixteen bits are sorted by radix
        moved = np.argsort(narrow, axis=1, kind="stable")
        return type(self)(np.take_along_axis(self.order, moved, axis=1), np.sort(key[0]), 2 * self.nodes)


@dataclass(frozen=True)
class Splits:
    """The best split of each node: its gain (−inf where there is none), feature and threshold."""

    gain: Floats
    feature: Indices
    threshold: Floats

    @classmethod
    def none(cls, nodes: int) -> Splits:
        """No split yet."""
        return cls(np.full(nodes, -np.inf), np.full(nodes, UNDEFINED), np.full(nodes, float(UNDEFINED)))

    def put(self, nodes: Any, gain: Any, feature: Any, threshold: Any) -> None:
        """Sets those of some nodes."""
        self.gain[nodes], self.feature[nodes], self.threshold[nodes] = gain, feature, threshold


@dataclass
class Sketch:
    """A tree while it grows: levels of columns, put one after the other at the end."""

    columns: dict[str, list[Array]] = field(default_factory=dict[str, "list[Array]"])
    candidates: dict[int, Floats] = field(default_factory=dict[int, Floats])
    count: int = 0

    def add(self, nodes: int, **columns: Array) -> None:
        """Appends nodes, a column for each of their fields."""
        for name, column in columns.items():
            self.columns.setdefault(name, []).append(column)
        self.count += nodes

    def finish(self, n_features: int, see: See) -> Tree:
        """The tree in reading order; tells its splits by the numbers that nodes have there."""
        columns: dict[str, Any] = {name: np.concatenate(parts) for name, parts in self.columns.items()}
        tree, number = in_reading_order(Tree(n_features=n_features, **columns))
        for old in sorted(self.candidates, key=lambda old: int(number[old])):
            tell_split(tree, int(number[old]), self.candidates[old], see)
        return tree


def grow(
    X: Floats,
    targets: Targets,
    criterion: Criterion,
    limits: Limits,
    rng: np.random.Generator,
    see: See = unseen,
) -> Tree:
    """The tree for rows X (n, d): node for node what `reference.grow` grows. Rows of weight 0 are left out."""
    counted = np.flatnonzero(targets.weights > 0)
    columns = np.ascontiguousarray(X[counted].T)  # (d, n), since one feature at a time is looked at
    targets = targets.take(counted)
    whole = targets.weights.sum()
    level = Level(np.argsort(columns, axis=1, kind="stable"), np.zeros(len(counted), dtype=np.intp), 1)
    sketch, depth = Sketch(), 0
    while level.nodes:
        rows, at = level.order[0], level.at
        here = targets.take(rows)
        sums = here.scatter(at, level.nodes)  # (k, nodes)
        weight, (impurity, value) = criterion.weight(sums), here.describe(at, sums, criterion)
        best = Splits.none(level.nodes)
        may = np.flatnonzero(limits.may_split(depth, level.size, impurity))
        if len(may):
            like, unit = here.levelled(at, sums)

            channels = np.empty((len(sums), len(counted)))
            channels[:, rows] = like.channels()
            seek = Search(
                columns, channels, unit[may], level.only(may), criterion, limits, TIE * impurity[may]
            )
            found = seek.best(rng, None if see is unseen else sketch.candidates, sketch.count + may)
            best.put(may, found.gain, found.feature, found.threshold)
        split = limits.worthwhile(best.gain, weight / whole)
        left = np.where(split, sketch.count + level.nodes + 2 * np.cumsum(split) - 2, LEAF)
        sketch.add(
            level.nodes,
            children_left=left,
            children_right=np.where(split, left + 1, LEAF),
            feature=best.feature,
            threshold=best.threshold,
            impurity=impurity,
            n_node_samples=level.size,
            weighted_n_node_samples=weight,
            value=value[:, None, :],
        )
        chosen = np.flatnonzero(split)
        level, depth = level.only(chosen), depth + 1
        if level.nodes:
            feature, threshold = pick(best.feature[chosen], level.at), pick(best.threshold[chosen], level.at)
            level = level.descend(columns[feature, level.order[0]] > threshold)
    return sketch.finish(X.shape[1], see)


@dataclass(frozen=True)
class Search:
    """What is needed to find the best split of every node of a level.

    `channels` (k, n): each row's part in its node's sums, where each node has weight 1 and gains are to be multiplied by its
    `unit` (nodes,). `tie` (nodes,): gains that differ by no more are equal.
    """

    columns: Floats
    channels: Floats
    unit: Floats
    level: Level
    criterion: Criterion
    limits: Limits
    tie: Floats

    def best(self, rng: np.random.Generator, candidates: dict[int, Floats] | None, names: Indices) -> Splits:
        """The best split of each node. `candidates` is given all cuts of each node, under the node's name."""
        level, size = self.level, self.level.size
        starts = np.cumsum(size) - size
        rank = np.arange(len(level.at)) - pick(starts, level.at)  # rows of the same node before this place
        least = self.limits.min_samples_leaf
        room = (rank + 1 >= least) & (pick(size, level.at) - rank - 1 >= least)
        drawn = self.draw(starts, size, rng)
        total: Floats = cast(Any, np.add).reduceat(
            pick_columns(self.channels, level.order[0]), starts, axis=1
        )  # (k, nodes)
        parent = self.criterion.score(total, self.criterion.weight(total))
        best = Splits.none(level.nodes)
        told: list[tuple[Indices, Floats]] = []
        for feature in np.flatnonzero(drawn.any(axis=1)):
            x = pick(self.columns[feature], level.order[feature])  # (m,)
            cut = room & pick(drawn[feature], level.at)
            cut[:-1] &= x[:-1] < x[1:]
            gain = self.gains(level.order[feature], starts, total)
            gain -= pick(parent, level.at)
            gain[~cut] = -np.inf
            gain *= pick(self.unit, level.at)
            place = first_of_the_best(gain, starts, pick(self.tie, level.at))
            better = np.flatnonzero(gain[place] > best.gain + self.tie)
            at = place[better]
            best.put(better, gain[at], feature, midpoint(x[at], x[at + 1]))
            if candidates is not None:
                at = np.flatnonzero(cut)
                cuts: Floats = np.stack(
                    [np.full(len(at), float(feature)), midpoint(x[at], x[at + 1]), gain[at]], axis=1
                )
                told.append((level.at[at], cuts))
        if candidates is not None and told:
            collect(told, names, candidates)
        return best

    def draw(self, starts: Indices, size: Indices, rng: np.random.Generator) -> NDArray[np.bool_]:
        """Which features each node looks at (d, nodes): `max_features` at random, and on until one of them is not constant."""
        d, order = len(self.columns), self.level.order
        features = np.arange(d)[:, None]
        low, high = order[:, starts], order[:, starts + size - 1]
        varies = self.columns[features, low] < self.columns[features, high]
        if self.limits.max_features >= d:
            return varies
        turn = np.argsort(np.argsort(rng.random((d, len(size))), axis=0), axis=0)
        first = np.min(np.where(varies, turn, d), axis=0)
        return varies & (turn <= np.maximum(first, self.limits.max_features - 1))

    def gains(self, order: Indices, starts: Indices, total: Floats) -> Floats:
        """The score of both sides of a cut after each place of a feature's `order` (m,)."""
        at = self.level.at
        left = np.cumsum(pick_columns(self.channels, order), axis=1)  # (k, m), over all nodes
        before = np.zeros_like(total)
        before[:, 1:] = left[:, starts[1:] - 1]
        left -= pick_columns(before, at)
        right = pick_columns(total, at) - left
        if self.criterion.name != "squared_error":
            np.maximum(right, 0, out=right)  # classes weigh no less than nothing, whatever the rounding
        score = self.criterion.score
        return score(left, self.criterion.weight(left)) + score(right, self.criterion.weight(right))


def first_of_the_best(gain: Floats, starts: Indices, tie: Floats) -> Indices:
    """In each node, which begin at `starts`, the first place whose gain equals the node's best up to `tie` (m,)."""
    size = np.diff(starts, append=len(gain))
    top: Floats = np.repeat(np.maximum.reduceat(gain, starts), size)
    equal: Indices = np.flatnonzero(gain >= top - tie)
    return equal[np.searchsorted(equal, starts)]


def midpoint(low: Floats, high: Floats) -> Floats:
    """Half-way between neighbours; `low` itself where rounding leaves no number between, so that only `low` goes left."""
    middle = low / 2 + high / 2
    return np.where((low <= middle) & (middle < high), middle, low)


def collect(told: list[tuple[Indices, Floats]], names: Indices, candidates: dict[int, Floats]) -> None:
    """Puts the cuts of a level, feature by feature, to the nodes that they belong to."""
    node, cuts = np.concatenate([each[0] for each in told]), np.concatenate([each[1] for each in told])
    for each in np.unique(node):
        candidates[int(names[each])] = cuts[node == each]


def tell_split(tree: Tree, node: int, cuts: Floats, see: See) -> None:
    """Tells a node's candidates, feature, threshold and gain of each (cuts, 3), and which was chosen."""
    chosen = f"chosen: x[{tree.feature[node]}] ≤ {tree.threshold[node]:.6g}"
    if tree.children_left[node] == LEAF:
        chosen = "no gain reaches min_impurity_decrease: a leaf"
    see(
        f"candidates of node {node}",
        "(j, t, gain)",
        "I(node) − Σ w_child/w · I(child)",
        cuts,
        note=f"{tree.n_node_samples[node]} rows, impurity {tree.impurity[node]:.6g}; {chosen}",
    )
