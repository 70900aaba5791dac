"""UMAP's third stage: where the points start, by the slowest waves of the graph."""

from __future__ import annotations

import warnings
from typing import Any

import numpy as np

from pellucid.models.trace import See, unseen
from pellucid.models.validation import Floats, scipy_module

DENSE = 200  # up to this many rows all eigenvectors are computed at once


def spectral_layout(
    X: Floats, graph: Any, n_components: int, rng: np.random.Generator, *, see: See = unseen
) -> Floats:
    """The slowest waves of a sparse graph B (n, n): eigenvectors of its normalized Laplacian I − D^(−½) B D^(−½).

    (n, n_components), smallest eigenvalues first, without the very first, whose eigenvector is √degree. A graph in several pieces
    gets a layout piece by piece: up to 2·n_components pieces lie along the axes, more lie as the principal components of their
    means in X (n, d). A piece with too few points for eigenvectors is scattered at random.
    """
    csgraph: Any = scipy_module("scipy.sparse.csgraph")
    pieces, piece_of = csgraph.connected_components(graph, directed=False)
    if pieces == 1:
        layout = _connected(graph, n_components, rng)
    else:
        layout = np.empty((len(X), n_components))
        centers = _piece_centers(X, pieces, piece_of, n_components)
        for piece, center in enumerate(centers):
            rows = np.flatnonzero(piece_of == piece)
            apart = np.linalg.norm(centers - center, axis=1)
            radius = apart[apart > 0].min(initial=1.0) / 2
            part = _connected(graph[rows][:, rows], n_components, rng)
            layout[rows] = center + part * (radius / max(np.abs(part).max(), np.finfo(float).tiny))
    see("start", "Y₀", "eigenvectors 2 … of I − D^(−½) B D^(−½)", layout, note=f"{pieces} connected piece(s)")
    return layout


def _connected(graph: Any, n_components: int, rng: np.random.Generator) -> Floats:
    n = graph.shape[0]
    if n <= n_components + 1 or n < 2 * n_components:
        return rng.uniform(-1, 1, (n, n_components))
    sparse: Any = scipy_module("scipy.sparse")
    degree = np.asarray(graph.sum(axis=0), dtype=np.float64).ravel()
    D = sparse.diags(1 / np.sqrt(degree))
    S = D @ graph @ D  # the largest eigenvalues of S are the smallest of I − S
    if n <= DENSE:
        _, vectors = np.linalg.eigh(S.toarray())
        return vectors[:, -2 : -n_components - 2 : -1]
    linalg: Any = scipy_module("scipy.sparse.linalg")
    k = n_components + 1
    lanczos = min(n, max(2 * k + 1, int(np.sqrt(n))))
    try:
        values, vectors = linalg.eigsh(S, k, which="LA", ncv=lanczos, tol=1e-4, v0=np.ones(n), maxiter=5 * n)
    except linalg.ArpackError:
        warnings.warn(
            "The graph's eigenvectors were not found: the layout starts at random. Add some noise to X, or use more neighbours.",
            RuntimeWarning,
            stacklevel=2,
        )
        return rng.uniform(-1, 1, (n, n_components))
    return vectors[:, np.argsort(-values)[1:]]


def _piece_centers(X: Floats, pieces: int, piece_of: Any, n_components: int) -> Floats:
    """Where each connected piece is laid (pieces, n_components)."""
    if pieces <= 2 * n_components:
        axes = np.eye((pieces + 1) // 2, n_components)
        return np.concatenate([axes, -axes])[:pieces]
    means = np.stack([X[piece_of == piece].mean(axis=0) for piece in range(pieces)])
    U, s, _ = np.linalg.svd(means - means.mean(axis=0), full_matrices=False)
    principal = (U * s)[:, :n_components]
    centers = np.zeros((pieces, n_components))
    centers[:, : principal.shape[1]] = principal
    return centers / max(np.abs(centers).max(), np.finfo(float).tiny)
