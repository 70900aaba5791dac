"""Minimal cost-complexity pruning: what is the best subtree when every leaf costs α?

Breiman, Friedman, Olshen, Stone, Classification and Regression Trees (1984), section 3.3.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from pellucid.models.tree.structure import LEAF, Tree, renumbered
from pellucid.models.validation import Floats


class PruningPath(NamedTuple):
    """The α at which the tree loses branches, from 0 up, and the impurity of its leaves, by weight, from there on (steps,)."""

    ccp_alphas: Floats
    impurities: Floats


def pruning_path(tree: Tree) -> PruningPath:
    """All steps from the whole tree down to its root."""
    return _cut_weakest_links(tree, np.inf)[0]


def pruned(tree: Tree, alpha: float) -> Tree:
    """The subtree T that minimizes R(T) + α·leaves: links are cut as long as the weakest costs no more than α a leaf."""
    kept = np.flatnonzero(_cut_weakest_links(tree, alpha)[1])
    number = np.full(tree.node_count, LEAF)
    number[kept] = np.arange(len(kept))
    return renumbered(tree, kept, number)


def _cut_weakest_links(tree: Tree, limit: float) -> tuple[PruningPath, NDArray[np.bool_]]:
    """The path up to α = `limit`, and which nodes are left there (m,).

    For a node t, g(t) = (R(t) − R(branch of t)) / (leaves of the branch − 1) is what each leaf below it is worth. The node with
    the least g becomes a leaf; those above it are told.
    """
    alone = tree.weighted_n_node_samples * tree.impurity / tree.weighted_n_node_samples[0]  # R(t)
    branch, leaves = _branches(tree, alone)
    parent, left, right = tree.parents(), tree.children_left, tree.children_right
    inner, kept = left != LEAF, np.ones(tree.node_count, dtype=bool)
    alphas, impurities = [0.0], [float(branch[0])]
    while inner[0]:
        candidates = np.flatnonzero(inner)
        worth = (alone[candidates] - branch[candidates]) / (leaves[candidates] - 1)
        weakest, alpha = int(candidates[worth.argmin()]), float(worth.min())
        if alpha > limit:
            break
        below = [int(left[weakest]), int(right[weakest])]
        while below:
            node = below.pop()
            if kept[node]:
                kept[node] = inner[node] = False
                below += [int(left[node]), int(right[node])] if left[node] != LEAF else []
        inner[weakest] = False
        more, fewer = alone[weakest] - branch[weakest], leaves[weakest] - 1
        node = weakest
        while node >= 0:
            branch[node] += more
            leaves[node] -= fewer
            node = int(parent[node])
        alphas.append(alpha)
        impurities.append(float(branch[0]))
    return PruningPath(np.array(alphas), np.array(impurities)), kept


def _branches(tree: Tree, alone: Floats) -> tuple[Floats, NDArray[np.intp]]:
    """The impurity of the leaves below each node, and how many they are. Children have larger numbers than their parents."""
    leaf = tree.children_left == LEAF
    branch, leaves = np.where(leaf, alone, 0.0), leaf.astype(np.intp)
    for node in np.flatnonzero(~leaf)[::-1]:
        kids = [tree.children_left[node], tree.children_right[node]]
        branch[node], leaves[node] = branch[kids].sum(), leaves[kids].sum()
    return branch, leaves
