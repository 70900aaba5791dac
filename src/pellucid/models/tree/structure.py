"""A grown tree as flat arrays, one place a node, numbered as a reader walks it: node, left subtree, right subtree."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from pellucid.models.tree.targets import add_up
from pellucid.models.validation import Array, Floats, scipy_module

LEAF = -1
"""In children_left and children_right: there is no child."""
UNDEFINED = -2
"""In feature and threshold of a leaf: nothing is asked."""


@dataclass(frozen=True)
class Tree:
    """Arrays with one place for each of the m nodes; the root is node 0, and scikit-learn's names are kept.

    A row goes left where x[feature] ≤ threshold. `value` (m, 1, c) holds the shares of the classes, or the mean (c = 1).
    """

    children_left: NDArray[np.intp]
    children_right: NDArray[np.intp]
    feature: NDArray[np.intp]
    threshold: Floats
    impurity: Floats
    n_node_samples: NDArray[np.intp]
    weighted_n_node_samples: Floats
    value: Floats
    n_features: int

    @property
    def node_count(self) -> int:
        """How many nodes there are, m."""
        return len(self.feature)

    @property
    def n_leaves(self) -> int:
        """How many nodes ask nothing."""
        return int(np.sum(self.children_left == LEAF))

    @property
    def max_depth(self) -> int:
        """Questions on the longest way from the root to a leaf."""
        return int(self.depths().max())

    def parents(self) -> NDArray[np.intp]:
        """The parent of each node (m,), −1 for the root."""
        parent = np.full(self.node_count, -1)
        inner = np.flatnonzero(self.children_left != LEAF)
        parent[self.children_left[inner]] = inner
        parent[self.children_right[inner]] = inner
        return parent

    def depths(self) -> NDArray[np.intp]:
        """Questions between the root and each node (m,)."""
        depth = np.zeros(self.node_count, dtype=np.intp)
        level = np.zeros(1, dtype=np.intp)
        while True:
            level = level[self.children_left[level] != LEAF]
            if not len(level):
                return depth
            kids = np.concatenate([self.children_left[level], self.children_right[level]])
            depth[kids] = depth[level[0]] + 1
            level = kids

    def apply(self, X: Floats) -> NDArray[np.intp]:
        """The leaf that each row (n, d) comes to (n,). All rows step together; those in a leaf step no more."""
        node = np.zeros(len(X), dtype=np.intp)
        rows = np.arange(len(X))
        while True:
            at = node[rows]
            inner = self.children_left[at] != LEAF
            rows, at = rows[inner], at[inner]
            if not len(rows):
                return node
            left = X[rows, self.feature[at]] <= self.threshold[at]
            node[rows] = np.where(left, self.children_left[at], self.children_right[at])

    def predict(self, X: Floats) -> Floats:
        """The value of each row's leaf (n, c)."""
        return self.value[self.apply(X), 0]

    def decision_path(self, X: Floats) -> Any:
        """A sparse matrix (n, m): 1 where a row comes through a node."""
        sparse: Any = scipy_module("scipy.sparse")

        parent = self.parents()
        node, rows = self.apply(X), np.arange(len(X))
        passed: list[Array] = []
        while len(rows):
            passed.append(np.stack([rows, node]))
            above = parent[node]
            rows, node = rows[above >= 0], above[above >= 0]
        row, column = np.concatenate(passed, axis=1)
        path: Any = sparse.coo_matrix(
            (np.ones(len(row), dtype=np.intp), (row, column)), (len(X), self.node_count)
        ).tocsr()
        path.sort_indices()
        return path

    def feature_importances(self) -> Floats:
        """By how much each feature's splits lower the impurity, by weight, as shares that add up to 1 (d,).

        All 0 where the tree is one leaf. Breiman et al. (1984), section 5.3.4.
        """
        inner = np.flatnonzero(self.children_left != LEAF)
        mass = self.weighted_n_node_samples * self.impurity
        gain = mass[inner] - mass[self.children_left[inner]] - mass[self.children_right[inner]]
        total = add_up(self.feature[inner], gain, self.n_features)
        return total / total.sum() if total.sum() > 0 else total

    def rules(
        self,
        feature_names: Sequence[str] | None = None,
        class_names: Sequence[str] | None = None,
        decimals: int = 3,
    ) -> str:
        """The tree as text, a line a node: its question or its answer, impurity and rows."""
        names = [f"x[{j}]" for j in range(self.n_features)] if feature_names is None else feature_names
        lines: list[str] = []
        stack = [
            (0, "", "", "")
        ]  # node, which answer leads here, indent of its line, indent of what is below
        while stack:
            node, answer, indent, below = stack.pop()
            counted = f"impurity {self.impurity[node]:.{decimals}f}, {self.n_node_samples[node]} rows"
            if self.children_left[node] == LEAF:
                lines.append(f"{indent}{answer}→ {self._answer(node, class_names, decimals)}   ({counted})")
                continue
            question = f"{names[self.feature[node]]} ≤ {self.threshold[node]:.{decimals}f} ?"
            lines.append(f"{indent}{answer}{question}   ({counted})")
            stack.append((int(self.children_right[node]), "no:  ", below + "└─ ", below + "   "))
            stack.append((int(self.children_left[node]), "yes: ", below + "├─ ", below + "│  "))
        return "\n".join(lines)

    def _answer(self, node: int, class_names: Sequence[str] | None, decimals: int) -> str:
        value = self.value[node, 0]
        return f"{value[0]:.{decimals}f}" if class_names is None else str(class_names[int(value.argmax())])


def in_reading_order(tree: Tree) -> tuple[Tree, NDArray[np.intp]]:
    """The same tree, its nodes numbered node, left subtree, right subtree; and each old node's new number (m,).

    Asks of the old numbers only that children have larger ones than their parents; works level by level, without recursion.
    """
    depth = tree.depths()
    inner = np.flatnonzero(tree.children_left != LEAF)
    levels = [inner[depth[inner] == each] for each in range(int(depth.max()))]
    size = np.ones(tree.node_count, dtype=np.intp)
    for level in reversed(levels):
        size[level] += size[tree.children_left[level]] + size[tree.children_right[level]]
    number = np.zeros(tree.node_count, dtype=np.intp)
    for level in levels:
        left, right = tree.children_left[level], tree.children_right[level]
        number[left] = number[level] + 1
        number[right] = number[left] + size[left]
    return renumbered(tree, np.argsort(number), number), number


def renumbered(tree: Tree, old: NDArray[np.intp], number: NDArray[np.intp]) -> Tree:
    """The tree of the nodes `old`, in that order; `number` says where an old node went, and LEAF where it is gone."""

    def children(of: NDArray[np.intp]) -> NDArray[np.intp]:
        return np.where(of[old] == LEAF, LEAF, number[of[old]])

    left = children(tree.children_left)
    return Tree(
        children_left=left,
        children_right=children(tree.children_right),
        feature=np.where(left == LEAF, UNDEFINED, tree.feature[old]),
        threshold=np.where(left == LEAF, UNDEFINED, tree.threshold[old]),
        impurity=tree.impurity[old],
        n_node_samples=tree.n_node_samples[old],
        weighted_n_node_samples=tree.weighted_n_node_samples[old],
        value=tree.value[old],
        n_features=tree.n_features,
    )
