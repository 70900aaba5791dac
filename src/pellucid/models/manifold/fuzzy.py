"""UMAP's second stage: from distances to how strongly neighbours are connected."""

from __future__ import annotations

from typing import Any

import numpy as np

from pellucid.models.manifold.neighbors import Places
from pellucid.models.trace import See, unseen
from pellucid.models.validation import Floats, scipy_module

TOLERANCE = 1e-5  # of log₂ k, in the search for σ
SMALLEST = 1e-3  # σ is at least this share of the mean distance


def smooth_knn_dist(
    distances: Floats,
    k: float,
    *,
    local_connectivity: float = 1.0,
    n_iter: int = 64,
    mean_distance: float | None = None,
    see: See = unseen,
) -> tuple[Floats, Floats]:
    """The scale σ (n,) and the distance ρ to the nearest neighbour (n,), for each row of sorted `distances` (n, k).

    ρᵢ is the distance to the nearest neighbour that is not at the same place (with `local_connectivity` c, the c-th; between
    two where c is a fraction). σᵢ solves Σⱼ exp(−max(0, dᵢⱼ − ρᵢ)/σᵢ) = log₂ k over all but the first column, which is the row
    itself, by bisection to 1e-5; it is at least 1/1000 of the row's mean distance, or of `mean_distance` (by default that of
    all) where ρᵢ = 0. Source: McInnes, Healy, Melville (2018), algorithm 3.
    """
    rho = nearest_distance(distances, local_connectivity)
    gap = np.maximum(distances[:, 1:] - rho[:, None], 0)  # (n, k − 1)
    sigma = _bisect(gap, float(np.log2(k)), n_iter)
    overall = float(distances.mean()) if mean_distance is None else mean_distance
    sigma = np.maximum(sigma, SMALLEST * np.where(rho > 0, distances.mean(axis=1), overall))
    see("nearest distance", "ρ", "min dᵢⱼ > 0", rho)
    see("scale", "σ", "Σⱼ exp(−max(0, dᵢⱼ − ρᵢ)/σᵢ) = log₂ k", sigma)
    return sigma, rho


def nearest_distance(distances: Floats, local_connectivity: float) -> Floats:
    """ρ (n,): where a row of sorted distances has reached `local_connectivity` neighbours that are not at distance 0."""
    whole = int(np.floor(local_connectivity))
    part = local_connectivity - whole
    rows, k = np.arange(len(distances)), distances.shape[1]
    zeros = np.count_nonzero(distances <= 0, axis=1)
    before = distances[rows, np.minimum(zeros + whole - 1, k - 1)] if whole > 0 else np.zeros(len(rows))
    after = distances[rows, np.minimum(zeros + whole, k - 1)]
    rho = before + part * (after - before) if part > TOLERANCE or whole == 0 else before
    return np.where(k - zeros >= local_connectivity, rho, distances[:, -1])


def _bisect(gap: Floats, target: float, n_iter: int) -> Floats:
    """σ (n,) for which each row of exp(−gap/σ) sums to `target`: doubled until above, then halved between."""
    n = len(gap)
    low, high, sigma = np.zeros(n), np.full(n, np.inf), np.ones(n)
    open_rows = np.arange(n)
    for _ in range(n_iter):
        total = np.exp(-gap[open_rows] / sigma[open_rows, None]).sum(axis=1)
        away = np.abs(total - target) >= TOLERANCE
        open_rows, total = open_rows[away], total[away]
        if not len(open_rows):
            break
        above, below = open_rows[total > target], open_rows[total <= target]
        high[above] = sigma[above]
        low[below] = sigma[below]
        sigma[open_rows] = np.where(
            np.isinf(high[open_rows]), 2 * sigma[open_rows], (low[open_rows] + high[open_rows]) / 2
        )
    return sigma


def membership_strengths(distances: Floats, sigma: Floats, rho: Floats, *, see: See = unseen) -> Floats:
    """How strongly each row is connected to each of its neighbours: exp(−max(0, dᵢⱼ − ρᵢ)/σᵢ), in (0, 1], (n, k)."""
    gap = np.maximum(distances - rho[:, None], 0)
    scale = np.where(sigma > 0, sigma, 1)[:, None]
    strengths = np.where((gap == 0) | (sigma[:, None] == 0), 1.0, np.exp(-gap / scale))
    see(
        "membership",
        "A",
        "exp(−max(0, dᵢⱼ − ρᵢ)/σᵢ)",
        strengths,
        note="directed: row i's view of its neighbour j",
    )
    return strengths


def fuzzy_union(
    indices: Places, strengths: Floats, *, set_op_mix_ratio: float = 1.0, see: See = unseen
) -> Any:
    """One symmetric graph of all rows' views of each other, as a sparse matrix (n, n) in CSR form.

    With A the directed strengths (n, n), the union is A + Aᵀ − A∘Aᵀ (either sees the other: 1 − (1 − p)(1 − q)), the intersection
    A∘Aᵀ (both do). `set_op_mix_ratio` 1 takes the union, 0 the intersection. No row is connected to itself.
    """
    sparse: Any = scipy_module("scipy.sparse")
    n, k = indices.shape
    rows = np.indices((n, k))[0].ravel()
    columns, values = indices.ravel(), strengths.ravel()
    others = (columns != rows) & (values > 0)
    A = sparse.csr_matrix((values[others], (rows[others], columns[others])), shape=(n, n))
    both = A.multiply(A.T)
    graph = set_op_mix_ratio * (A + A.T - both) + (1 - set_op_mix_ratio) * both
    graph = sparse.csr_matrix(graph)
    graph.eliminate_zeros()
    graph.sort_indices()
    if see is not unseen:
        edges = graph.tocoo()
        see("edges", "(i, j)", "where B is not 0", np.stack([edges.row, edges.col], axis=1))
        see("graph", "B", "A + Aᵀ − A∘Aᵀ", edges.data, note="the strength of each edge, both ways")
    return graph
