"""CART as the page has it: take a node, try every cut of every feature, keep the best, go on with its two sides.

Every gain is computed from its definition, so a node of m rows costs O(d·m²): for reading, and for checking `growth`.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from pellucid.models.tree.growth import TIE, midpoint
from pellucid.models.tree.impurity import Criterion
from pellucid.models.tree.limits import Limits
from pellucid.models.tree.structure import LEAF, UNDEFINED, Tree
from pellucid.models.tree.targets import Targets
from pellucid.models.validation import Floats


@dataclass
class Node:
    """One node: what is in it, what it asks, and where the answers lead."""

    rows: NDArray[np.intp]
    weight: float
    impurity: float
    value: Floats
    gain: float = -np.inf
    feature: int = UNDEFINED
    threshold: float = UNDEFINED
    left: int = LEAF
    right: int = LEAF


def grow(X: Floats, targets: Targets, criterion: Criterion, limits: Limits) -> Tree:
    """The tree for rows X (n, d), looking at every feature in every node. Rows of weight 0 are left out."""
    root = np.flatnonzero(targets.weights > 0)
    nodes: list[Node] = []
    waiting = [(root, 0, -1, "left")]  # rows, depth, parent and side: a stack in place of recursion
    while waiting:
        rows, depth, parent, side = waiting.pop()
        number = len(nodes)
        node = describe(rows, targets, criterion)
        nodes.append(node)
        if parent >= 0:
            setattr(nodes[parent], side, number)
        if not limits.may_split(depth, np.array([len(rows)]), np.array([node.impurity]))[0]:
            continue
        find_split(node, X, targets, criterion, limits)
        if limits.worthwhile(np.array([node.gain]), np.array([node.weight / nodes[0].weight]))[0]:
            left = X[rows, node.feature] <= node.threshold
            waiting += [(rows[~left], depth + 1, number, "right"), (rows[left], depth + 1, number, "left")]
    return as_arrays(nodes, X.shape[1])


def describe(rows: NDArray[np.intp], targets: Targets, criterion: Criterion) -> Node:
    """The node that holds these rows."""
    here, one = targets.take(rows), np.zeros(len(rows), dtype=np.intp)
    sums = here.scatter(one, 1)  # (k, 1)
    impurity, value = here.describe(one, sums, criterion)
    return Node(rows, float(criterion.weight(sums)[0]), float(impurity[0]), value[0])


def find_split(node: Node, X: Floats, targets: Targets, criterion: Criterion, limits: Limits) -> None:
    """Keeps the cut with the largest gain in the node; among equals the first feature, then the lowest threshold."""
    tie = TIE * node.impurity
    for feature in range(X.shape[1]):
        x = X[node.rows, feature]
        found: list[tuple[float, float]] = []  # gain, threshold
        values = np.unique(x)
        for threshold in midpoint(values[:-1], values[1:]):
            left = x <= threshold
            if min(left.sum(), (~left).sum()) < limits.min_samples_leaf:
                continue
            low = describe(node.rows[left], targets, criterion)
            high = describe(node.rows[~left], targets, criterion)
            kept = (low.weight * low.impurity + high.weight * high.impurity) / node.weight
            found.append((node.impurity - kept, float(threshold)))
        top = max((gain for gain, _ in found), default=-np.inf)
        gain, threshold = next((each for each in found if each[0] >= top - tie), (-np.inf, 0.0))
        if gain > node.gain + tie:
            node.gain, node.feature, node.threshold = gain, feature, threshold


def as_arrays(nodes: list[Node], n_features: int) -> Tree:
    """The nodes, as they were come upon, as a tree."""
    leaf = np.array([node.left == LEAF for node in nodes])
    return Tree(
        children_left=np.array([node.left for node in nodes]),
        children_right=np.array([node.right for node in nodes]),
        feature=np.where(leaf, UNDEFINED, [node.feature for node in nodes]),
        threshold=np.where(leaf, UNDEFINED, [node.threshold for node in nodes]),
        impurity=np.array([node.impurity for node in nodes]),
        n_node_samples=np.array([len(node.rows) for node in nodes]),
        weighted_n_node_samples=np.array([node.weight for node in nodes]),
        value=np.array([node.value for node in nodes])[:, None, :],
        n_features=n_features,
    )
