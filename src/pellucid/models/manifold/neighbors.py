"""UMAP's first stage: the k nearest neighbours of each row, exactly."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from pellucid.models.trace import See, unseen
from pellucid.models.validation import Array, Floats, scipy_module

Places = NDArray[np.intp]

METRICS = ("euclidean", "manhattan", "chebyshev", "cosine", "correlation")
CELLS = 2**22  # distances that are held at once


def nearest_neighbors(
    X: Floats,
    n_neighbors: int,
    *,
    metric: str = "euclidean",
    queries: Floats | None = None,
    see: See = unseen,
) -> tuple[Places, Floats]:
    """The rows of X (n, d) nearest to each row, and how far they are: indices and distances, both (m, k), nearest first.

    Without `queries` each row of X looks for its own neighbours, and is its own first one, at distance 0. With `queries`
    (m, d) these look among the rows of X. Ties go to the smaller index. `metric` is "euclidean", "manhattan", "chebyshev",
    "cosine" (1 − cos of the angle) or "correlation" (cosine of rows less their means). Every pair is looked at: O(m·n·d)
    time, but never more than 4 million distances in memory at once.
    """
    if metric not in METRICS:
        raise ValueError(f"metric={metric!r} is not known. Use one of {', '.join(METRICS)}.")
    if not 1 <= n_neighbors <= len(X):
        raise ValueError(
            f"n_neighbors={n_neighbors}, but X has {len(X)} rows: use a number from 1 to {len(X)}."
        )
    points = _prepare(X, metric, "X")
    asking = points if queries is None else _prepare(queries, metric, "queries")
    chosen: list[Places] = []
    for begin in range(0, len(asking), step := max(1, CELLS // len(points))):
        block = asking[begin : begin + step]
        own = np.arange(begin, begin + len(block)) if queries is None else None
        chosen.append(_choose(points, block, n_neighbors, metric, own))
    indices = np.concatenate(chosen) if chosen else np.empty((0, n_neighbors), np.intp)
    distances = _exact(points, asking, indices, metric)
    order = np.argsort(_self_first(distances, indices, queries is None), axis=1, kind="stable")
    indices = np.take_along_axis(indices, order, axis=1)
    distances = np.take_along_axis(distances, order, axis=1)
    see(
        "neighbours",
        "N",
        "the k nearest rows",
        indices,
        note=f"k = {n_neighbors}, {metric}; the row itself is first",
    )
    see("distances", "d", "d(xᵢ, xⱼ), j ∈ N(i)", distances)
    return indices, distances


def _prepare(X: Floats, metric: str, name: str) -> Floats:
    """Rows in which the metric is Euclidean: as they are, or, for an angle, of length 1."""
    if metric not in ("cosine", "correlation"):
        return X
    rows = X - X.mean(axis=1, keepdims=True) if metric == "correlation" else X
    length: Floats = np.linalg.norm(rows, axis=1, keepdims=True)
    if not length.all():
        place = int(np.argmin(length))
        what = "all zeros" if metric == "cosine" else "constant"
        raise ValueError(
            f"{name}[{place}] is {what}: it has no {metric} distance. Drop the row or use another metric."
        )
    return rows / length


def _choose(points: Floats, block: Floats, k: int, metric: str, own: Places | None) -> Places:
    """The k nearest points of each row of a block, in order of index (b, k)."""
    if metric in ("manhattan", "chebyshev"):
        distance: Any = scipy_module("scipy.spatial.distance")
        apart = _with_self_first(
            distance.cdist(block, points, "cityblock" if metric == "manhattan" else metric), own
        )
        return _settle(apart, k)
    # ‖x − y‖² = ‖x‖² − 2x·y + ‖y‖²: one matrix product, but with rounding of about d·ε·‖·‖²
    middle = points.mean(axis=0)
    P, Q = points - middle, block - middle
    P2, Q2 = np.einsum("ij,ij->i", P, P), np.einsum("ij,ij->i", Q, Q)
    apart = Q @ (-2 * P.T)
    apart += P2
    apart += Q2[:, None]
    _with_self_first(apart, own)
    if k == len(points):
        return np.tile(np.arange(k), (len(block), 1))
    found = np.argpartition(apart, k - 1, axis=1)[:, :k]
    farthest = np.take_along_axis(apart, found, axis=1).max(axis=1)
    doubt = 4 * (points.shape[1] + 4) * np.finfo(float).eps * (Q2 + P2.max())
    reach = (farthest + doubt)[:, None]
    for row in np.flatnonzero(
        np.count_nonzero(apart <= reach, axis=1) > k
    ):  # a tie, or rounding, may have chosen
        near = np.flatnonzero(apart[row] <= reach[row])
        true: Floats = ((points[near] - block[row]) ** 2).sum(axis=1)
        if own is not None:
            true[near == own[row]] = -np.inf
        found[row] = near[np.argsort(true, kind="stable")[:k]]
    return np.sort(found, axis=1)


def _with_self_first(apart: Floats, own: Places | None) -> Floats:
    if own is not None:
        apart[np.arange(len(own)), own] = -np.inf
    return apart


def _settle(apart: Floats, k: int) -> Places:
    """The k smallest of each row, ties to the smaller index, in order of index."""
    return np.sort(np.argsort(apart, axis=1, kind="stable")[:, :k], axis=1)


def _exact(points: Floats, asking: Floats, indices: Places, metric: str) -> Floats:
    """Distances of the chosen pairs by differences, which cancel nothing (m, k)."""
    distances = np.empty(indices.shape)
    for j, others in enumerate(indices.T):
        gap: Array = np.abs(asking - points[others])
        distances[:, j] = _length(gap, metric)
    return distances


def _length(gap: Array, metric: str) -> Any:
    if metric == "manhattan":
        return gap.sum(axis=1)
    if metric == "chebyshev":
        return gap.max(axis=1)
    squares = np.einsum("ij,ij->i", gap, gap)
    return np.sqrt(squares) if metric == "euclidean" else squares / 2  # of unit rows: ‖u − v‖²/2 = 1 − u·v


def _self_first(distances: Floats, indices: Places, own: bool) -> Floats:
    if not own:
        return distances
    return np.where(indices == np.arange(len(indices))[:, None], -np.inf, distances)
