"""One tree of histogram boosting, as the page has it: every cut of every leaf tried by summing the rows on its left.

`grow` gives the same nodes as `histogram_tree.Grower.grow`; tests hold the two equal. No histogram is kept, none is subtracted.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from pellucid.models.ensemble.histogram_tree import LEAST_HESSIAN, Limits
from pellucid.models.validation import Floats


@dataclass(eq=False)
class Leaf:
    """Rows that have not been told apart, at some depth; what they add to their scores; the best cut, if there is one."""

    rows: NDArray[np.intp]
    depth: int
    value: float
    cut: Cut | None = None


@dataclass(frozen=True)
class Cut:
    """Rows go left whose bin of `feature` is at most `last`, and those without a value where `missing_left`."""

    feature: int
    last: int
    missing_left: bool
    gain: float
    left: NDArray[np.bool_]


def grow(bins: NDArray[np.intp], missing: int, g: Floats, h: Floats, limits: Limits) -> list[Leaf]:
    """The leaves of the best-first tree for rows with `bins` (n, p), gradients g (n,) and curvatures h (n,).

    The bin `missing` stands for no value.
    """
    root = Leaf(np.arange(len(g)), 0, 0.0)
    root.cut = best_cut(root, bins, missing, g, h, limits)
    leaves = [root]
    while len(leaves) < limits.max_leaf_nodes:
        able = [leaf for leaf in leaves if leaf.cut is not None]
        if not able:
            break
        leaf = max(able, key=lambda each: each.cut.gain if each.cut else 0.0)
        leaves.remove(leaf)
        leaves += split(leaf, bins, missing, g, h, limits)
    return leaves


def split(
    leaf: Leaf, bins: NDArray[np.intp], missing: int, g: Floats, h: Floats, limits: Limits
) -> Iterator[Leaf]:
    """The two leaves that the leaf's cut makes, each with its value −G/(H + λ) and its own best cut."""
    assert leaf.cut is not None
    for rows in (leaf.rows[leaf.cut.left], leaf.rows[~leaf.cut.left]):
        child = Leaf(rows, leaf.depth + 1, -float(g[rows].sum() / (h[rows].sum() + limits.l2)))
        if child.depth < limits.max_depth:
            child.cut = best_cut(child, bins, missing, g, h, limits)
        yield child


def best_cut(
    leaf: Leaf, bins: NDArray[np.intp], missing: int, g: Floats, h: Floats, limits: Limits
) -> Cut | None:
    """The allowed cut that gains most, by G_L²/(H_L + λ) + G_R²/(H_R + λ) against what the leaf's value gains now."""
    best = None
    rows = leaf.rows
    now = leaf.value * g[rows].sum()
    for cut, left in candidates(bins[rows], missing):
        sides = [(g[side].sum(), h[side].sum(), len(side)) for side in (rows[left], rows[~left])]
        if any(n < limits.min_samples_leaf or H < LEAST_HESSIAN for _, H, n in sides):
            continue
        gain = float(sum(G * G / (H + limits.l2) for G, H, _ in sides) + now)
        if gain > (best.gain if best else 0.0):
            best = Cut(*cut, gain, left)
    return best


def candidates(
    bins: NDArray[np.intp], missing: int
) -> Iterator[tuple[tuple[int, int, bool], NDArray[np.bool_]]]:
    """Every cut (feature, last bin on the left, missing values left?) of these rows, and who goes left."""
    for j in range(bins.shape[1]):
        column = bins[:, j]
        lacking = column == missing
        for last in range(missing):
            yield (j, last, False), column <= last
        if lacking.any():
            for last in reversed(range(missing)):
                yield (j, last, True), (column <= last) | lacking
