"""One tree of histogram boosting: regression on gradients g and curvatures h, grown from the leaf that gains most.

A leaf that adds v to the score of its rows changes the loss by Σg·v + ½Σh·v² + ½λv², to second order. Best is v = −G/(H + λ) with
G = Σg, H = Σh, and it gains ½G²/(H + λ). A split is worth what its sides gain more than the node: Chen, Guestrin, *XGBoost* (KDD
2016), section 2.2. The histogram of a node says G, H and the number of rows for each bin: the best cut costs a walk over bins,
not over rows.
"""

from __future__ import annotations

from dataclasses import dataclass
from heapq import heappop, heappush
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from pellucid.models.validation import Floats

Indices = NDArray[np.intp]
LEAF = -1
LEAST_HESSIAN = 1e-3
"""No side of a split may have less curvature: −G/H would shoot far away. scikit-learn's number."""
TINY = 1e-15
"""Keeps G/(H + λ) finite; so small that only the last digits know of it. Also scikit-learn's."""


@dataclass(frozen=True)
class Limits:
    """When a tree stops: its leaves, its depth, the rows of a leaf; and λ, the price of large leaf values."""

    max_leaf_nodes: float
    max_depth: float
    min_samples_leaf: int
    l2: float


@dataclass(frozen=True)
class Slopes:
    """Gradients and curvatures of all rows, as whole numbers of a fine unit, so that sums of them are exact in any order.

    `h` is None where every row's curvature is 1: then H is the number of rows.
    """

    g: Floats
    h: Floats | None
    g_unit: float
    h_unit: float

    @classmethod
    def of(cls, gradient: Floats, hessian: Floats | None) -> Self:
        """Rounded to single precision first, as scikit-learn and LightGBM store them, so that near ties fall alike."""
        g, g_unit = _whole(gradient)
        h, h_unit = (None, 1.0) if hessian is None else _whole(hessian)
        return cls(g, h, g_unit, h_unit)


def _whole(values: Floats) -> tuple[Floats, float]:
    """`values` as whole numbers whose absolute values sum to less than 2⁵³, and the unit (a power of two) that was taken out."""
    largest = float(np.abs(values).max(initial=0.0))
    if not 0 < largest < np.inf:
        return np.zeros_like(values), 1.0
    scale = 2.0 ** -np.frexp(largest)[1]
    single = (values * scale).astype(np.float32).astype(np.float64)  # in (−1, 1]
    fine = 2.0 ** np.floor(52 - np.log2(np.abs(single).sum()))
    return np.rint(single * fine), 1 / scale / fine


@dataclass(slots=True)
class Node:
    """Rows, their sums, and the best cut that was found for them."""

    rows: Indices
    g: float
    h: float
    n: int
    depth: int
    value: float
    gain: float = 0.0
    cell: int = 0
    """The cut: feature·B + bin, the last bin that goes left."""
    missing_left: bool = False
    left_sums: tuple[float, float, int] = (0.0, 0.0, 0)
    histograms: Any = None
    children: tuple[int, int] | None = None


@dataclass(frozen=True)
class HistogramTree:
    """A grown tree as flat arrays, one place a node, the root first. `value` is what a row in a leaf adds to its score.

    A row goes left where x[feature] ≤ threshold; one whose x is NaN where `missing_left`.
    """

    feature: Indices
    threshold: Floats
    missing_left: NDArray[np.bool_]
    left: Indices
    right: Indices
    value: Floats
    gain: Floats
    count: Indices
    depth: Indices

    @property
    def n_leaves(self) -> int:
        """How many nodes ask nothing."""
        return int(np.sum(self.left == LEAF))

    def apply(self, X: Floats) -> Indices:
        """The leaf that each row (n, p) comes to (n,). All rows step together, as often as the tree is deep.

        A node's right child is numbered next to its left one. A leaf leads to itself: nothing is above its threshold.
        """
        numbers = np.arange(len(self.left))
        left: Indices = np.where(self.left == LEAF, numbers, self.left)
        threshold: Floats = np.where(self.left == LEAF, np.inf, self.threshold)
        missing_right = (self.left != LEAF) & ~self.missing_left
        values, lacking = X.reshape(-1), np.isnan(X).reshape(-1)
        starts: Indices = np.arange(len(X)) * X.shape[1]
        some_lacking = bool(lacking.any())
        node: Indices = np.zeros(len(X), dtype=np.intp)
        for _ in range(int(self.depth.max())):
            place = starts + self.feature.take(node)
            goes_right: NDArray[np.bool_] = values.take(place) > threshold.take(node)
            if some_lacking:
                goes_right |= lacking.take(place) & missing_right.take(node)
            node = left.take(node) + goes_right
        return node

    def predict(self, X: Floats) -> Floats:
        """What each row's leaf adds (n,)."""
        return self.value[self.apply(X)]


class Grower:
    """Grows trees on the same binned rows. `keys` (n, p): feature·B + bin of each entry; the last bin is for missing values.

    A node's histograms are cumulated, (channels, p, B): for each feature and bin, Σg, how many rows, and Σh (where h is not 1)
    of the rows up to that bin, as whole numbers of the slopes' unit.
    """

    def __init__(self, keys: Indices, bins: int, limits: Limits) -> None:
        rows, features = keys.shape
        self.keys, self.bins, self.limits = keys, bins, limits
        self.shape = features, bins
        self.everyone: Indices = np.arange(rows)
        self.columns = np.ascontiguousarray(
            (keys % bins).T.astype(np.uint8)
        )  # (p, n), for the sides of a cut
        self.root_count: Indices = np.bincount(keys.reshape(-1), minlength=features * bins)
        self.with_missing = np.flatnonzero(self.root_count[bins - 1 :: bins])
        """The features for which some row's value is missing."""
        self.gain, self.other, self.spare = (np.empty(self.shape) for _ in range(3))
        self.few, self.many = (np.empty(self.shape, dtype=bool) for _ in range(2))
        self.free: list[Floats] = []

    def grow(self, slopes: Slopes) -> list[Node]:
        """The nodes of the best-first tree, the root first. A node that was split has `children`."""
        self.begin(slopes)
        nodes = [self.root()]
        heap = [(-nodes[0].gain, 0)] if nodes[0].gain > 0 else []
        leaves = 1
        while heap and leaves < self.limits.max_leaf_nodes:
            node = nodes[heappop(heap)[1]]
            leaves += 1
            pair = self.children_of(node)
            node.children = len(nodes), len(nodes) + 1
            if leaves < self.limits.max_leaf_nodes and node.depth + 1 < self.limits.max_depth:
                self.look_into(node, pair)
            self.release(node)
            for child in pair:
                if child.gain > 0:
                    heappush(heap, (-child.gain, len(nodes)))
                else:
                    self.release(child)
                nodes.append(child)
        unit = slopes.g_unit * self.g_per_value
        for node in nodes:
            self.release(node)
            node.gain *= unit
        return nodes

    def begin(self, slopes: Slopes) -> None:
        """Makes room for histograms of these slopes."""
        self.slopes = slopes
        self.channels = [slopes.g, None] if slopes.h is None else [slopes.g, None, slopes.h]
        size = len(self.channels), *self.shape
        self.whole: NDArray[np.int64] = np.empty(size, dtype=np.int64)
        if self.free and self.free[0].shape != size:
            self.free.clear()
        self.least_h = LEAST_HESSIAN / slopes.h_unit
        few = slopes.h is not None or self.limits.min_samples_leaf < 16  # 16 + TINY is 16 in double precision
        self.extras = [each / slopes.h_unit for each in (self.limits.l2, TINY * few) if each > 0]
        self.g_per_value = slopes.g_unit / slopes.h_unit
        # Where each row has enough curvature, a side with enough rows has it too.
        least = 1.0 if slopes.h is None else float(slopes.h.min(initial=np.inf)) * slopes.h_unit
        self.watch_hessian = least * self.limits.min_samples_leaf < LEAST_HESSIAN

    def release(self, node: Node) -> None:
        """Gives the node's histograms back, for the next to be written over them."""
        if node.histograms is not None:
            self.free.append(node.histograms)
            node.histograms = None

    def root(self) -> Node:
        """All rows. Its value is 0: a tree without a split leaves the scores as they are."""
        n, slopes = len(self.everyone), self.slopes
        h = float(n) if slopes.h is None else float(slopes.h.sum())
        root = Node(self.everyone, float(slopes.g.sum()), h, n, 0, 0.0)
        if self.splittable(root) and h * slopes.h_unit >= LEAST_HESSIAN:
            root.histograms = self.histograms(None)
            self.find_cut(root)
        return root

    def splittable(self, node: Node) -> bool:
        """Whether both sides could have rows enough."""
        return node.n >= 2 * self.limits.min_samples_leaf

    def histograms(self, rows: Indices | None) -> Floats:
        """The cumulated histograms of some rows, or of all. Whole numbers are added up exactly, and four times as fast."""
        keys = (self.keys if rows is None else self.keys.take(rows, axis=0)).reshape(-1)
        for weights, cells in zip(self.channels, self.whole, strict=True):
            if weights is None:
                found = self.root_count if rows is None else np.bincount(keys, minlength=cells.size)
            else:
                some = weights if rows is None else weights.take(rows)
                found = np.bincount(keys, some.repeat(self.shape[0]), cells.size)
            np.copyto(cells, found.reshape(self.shape), casting="unsafe")
        np.cumsum(self.whole, axis=2, out=self.whole)
        cumulated = self.free.pop() if self.free else np.empty(self.whole.shape)
        np.copyto(cumulated, self.whole)
        return cumulated

    def children_of(self, node: Node) -> tuple[Node, Node]:
        """The two sides of the node's cut."""
        feature, last = divmod(node.cell, self.bins)
        bins = self.columns[feature].take(node.rows)
        goes_left = bins <= last
        if node.missing_left:
            goes_left |= bins == self.bins - 1
        g, h, n = node.left_sums
        return (
            self.child(node, node.rows[goes_left], g, h, n),
            self.child(node, node.rows[~goes_left], node.g - g, node.h - h, node.n - n),
        )

    def child(self, parent: Node, rows: Indices, g: float, h: float, n: int) -> Node:
        """A node a step deeper."""
        return Node(rows, g, h, n, parent.depth + 1, -self.newton(g, h))

    def newton(self, g: float, h: float) -> float:
        """G/(H + λ)."""
        return g * self.slopes.g_unit / (h * self.slopes.h_unit + self.limits.l2 + TINY)

    def look_into(self, parent: Node, pair: tuple[Node, Node]) -> None:
        """Finds the children's cuts. Only the smaller child's rows are counted: parent − smaller is the larger's histogram."""
        larger, smaller = pair if pair[0].n > pair[1].n else pair[::-1]
        if not self.splittable(larger):
            return
        smaller.histograms = self.histograms(smaller.rows)
        larger.histograms, parent.histograms = parent.histograms, None
        larger.histograms -= smaller.histograms
        for child in pair:
            if self.splittable(child):
                self.find_cut(child)

    def find_cut(self, node: Node) -> None:
        """Sets the node's best cut; of equal ones the first feature's lowest."""
        gains = self.gains(node, *self.sides(node.histograms))
        cell = int(gains.argmax())
        left_g, left_n, left_h = self.sides(node.histograms)
        node.gain, node.cell = gains.item(cell), cell
        node.left_sums = left_g.item(cell), left_h.item(cell), int(left_n.item(cell))
        if len(self.with_missing):
            self.find_cut_with_missing_left(node)

    def find_cut_with_missing_left(self, node: Node) -> None:
        """The same where missing values go left, taken where that gains more; of equal ones the first feature's highest."""
        some = node.histograms[:, self.with_missing]  # (channels, m, B)
        some += some[:, :, -1:] - some[:, :, -2:-1]
        some[:, :, -2:] = some[:, :, -1:]  # nothing would be left for the right side
        gains = self.gains(node, *self.sides(some))
        j = int(gains.max(axis=1).argmax())
        b = self.bins - 1 - int(gains[j, ::-1].argmax())
        gain, feature = float(gains[j, b]), int(self.with_missing[j])
        if gain > node.gain or (gain == node.gain and feature < node.cell // self.bins):
            left_g, left_n, left_h = self.sides(some)
            node.gain, node.cell, node.missing_left = gain, feature * self.bins + b, True
            node.left_sums = float(left_g[j, b]), float(left_h[j, b]), int(left_n[j, b])

    def sides(self, histograms: Floats) -> tuple[Floats, Floats, Floats]:
        """Σg, rows and Σh of what goes left (p, B): where each h is 1, rows are also Σh."""
        return histograms[0], histograms[1], histograms[-1]

    def gains(self, node: Node, left_g: Floats, left_n: Floats, left_h: Floats) -> Floats:
        """By how much twice the loss falls with each cut (p, B), in the gradient's unit: G_L²/(H_L+λ) + G_R²/(H_R+λ) − G²/(H+λ).

        −1 where a cut is not allowed. Written so that it rounds as scikit-learn does: where two cuts gain the same, as happens
        with labels, rounding picks one of them, and it shall be the same one.
        """
        rows = len(left_g)
        gain, other, spare = self.gain[:rows], self.other[:rows], self.spare[:rows]
        self.weigh(left_g, left_h, gain, spare)
        np.add(gain, node.value * node.g / self.g_per_value, out=gain)
        np.subtract(node.h, left_h, out=spare)
        np.subtract(node.g, left_g, out=other)
        self.weigh(other, spare, other, spare)
        np.add(gain, other, out=gain)
        np.putmask(gain, self.forbidden(node, left_n, left_h), -1.0)
        return gain

    def weigh(self, g: Floats, h: Floats, out: Floats, spare: Floats) -> None:
        """G²/(H + λ) of each side into `out`."""
        for extra in self.extras:
            h = np.add(h, extra, out=spare)
        np.divide(g, h, out=spare)
        np.multiply(g, spare, out=out)

    def forbidden(self, node: Node, left_n: Floats, left_h: Floats) -> NDArray[np.bool_]:
        """The cuts that leave a side too few rows, or too little curvature (p, B)."""
        least = self.limits.min_samples_leaf
        few, many = self.few[: len(left_n)], self.many[: len(left_n)]
        np.less(left_n, least, out=few)
        np.logical_or(few, np.greater(left_n, node.n - least, out=many), out=few)
        if self.watch_hessian:
            few |= (left_h < self.least_h) | (node.h - left_h < self.least_h)
        return few


def finish(
    nodes: list[Node], thresholds: tuple[Floats, ...], bins: int, with_missing: Indices, rate: float
) -> HistogramTree:
    """The nodes as a tree whose leaves are shrunk by the learning `rate`.

    Where a feature had no missing value, one that is missing later goes to the side with more rows.
    """
    known = set(with_missing.tolist())
    feature = np.zeros(len(nodes), dtype=np.intp)
    threshold, gain = np.zeros(len(nodes)), np.zeros(len(nodes))
    missing_left = np.zeros(len(nodes), dtype=bool)
    for i, node in enumerate(nodes):
        if node.children:
            j, b = divmod(node.cell, bins)
            feature[i], gain[i] = j, node.gain
            threshold[i] = thresholds[j][b] if b < len(thresholds[j]) else np.inf
            missing_left[i] = node.missing_left if j in known else 2 * node.left_sums[2] > node.n
    links = np.array([node.children or (LEAF, LEAF) for node in nodes], dtype=np.intp)
    return HistogramTree(
        feature,
        threshold,
        missing_left,
        links[:, 0],
        links[:, 1],
        value=np.array([rate * node.value for node in nodes]),
        gain=gain,
        count=np.array([node.n for node in nodes]),
        depth=np.array([node.depth for node in nodes]),
    )
