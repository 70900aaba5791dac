"""UMAP: a map of high-dimensional rows on which neighbours stay neighbours."""

from __future__ import annotations

import warnings
from numbers import Integral
from typing import Any

import numpy as np

from pellucid.models.estimator import Transformer
from pellucid.models.manifold.curve import find_ab_params
from pellucid.models.manifold.fuzzy import fuzzy_union, membership_strengths, smooth_knn_dist
from pellucid.models.manifold.layout import optimize_layout, place_new
from pellucid.models.manifold.neighbors import METRICS, Places, nearest_neighbors
from pellucid.models.manifold.spectral import spectral_layout
from pellucid.models.trace import See
from pellucid.models.validation import Floats, check_rows, rng_of

EXTENT = 10.0  # the start lies in a cube of this side
NOISE = 1e-4  # moves points of the start that coincide


class UMAP(Transformer):
    """Uniform manifold approximation and projection, by umap-learn's names and defaults.

    Five stages, each a function of this package: `nearest_neighbors`; `smooth_knn_dist` (ρ and σ) and `membership_strengths`;
    `fuzzy_union`; `spectral_layout`; `optimize_layout`. `trace` shows what passes between them.

    Parameters: `n_neighbors` k, the row itself included: small keeps detail, large the whole; `n_components` c of the map;
    `metric` ("euclidean", "manhattan", "chebyshev", "cosine", "correlation"); `n_epochs` (500, or 200 above 10000 rows);
    `learning_rate`, the first step size; `init` ("spectral", "random" or an array (n, c), which is stretched like the others);
    `min_dist`, how close points may lie, and `spread`, how far apart, which give `a` and `b` unless these are given;
    `set_op_mix_ratio` (1 union … 0 intersection); `local_connectivity`, how many neighbours count as surely connected;
    `repulsion_strength`; `negative_sample_rate`, strangers for each pull; `random_state` and, for `transform`, `transform_seed`.

    After fit: `embedding_` (n, c), `graph_` (n, n) sparse, `knn_indices_` and `knn_dists_` (n, k), `rhos_` and `sigmas_` (n,),
    `a_`, `b_`.

    A map's axes, its distances between clusters, and their sizes mean little; who is whose neighbour is what it keeps.
    Source: McInnes, Healy, Melville: UMAP: Uniform Manifold Approximation and Projection for Dimension Reduction (2018).
    """

    embedding_: Floats

    def __init__(
        self,
        n_neighbors: int = 15,
        n_components: int = 2,
        *,
        metric: str = "euclidean",
        n_epochs: int | None = None,
        learning_rate: float = 1.0,
        init: Any = "spectral",
        min_dist: float = 0.1,
        spread: float = 1.0,
        set_op_mix_ratio: float = 1.0,
        local_connectivity: float = 1.0,
        repulsion_strength: float = 1.0,
        negative_sample_rate: int = 5,
        a: float | None = None,
        b: float | None = None,
        random_state: Any = None,
        transform_seed: int = 42,
    ) -> None:
        self.n_neighbors = n_neighbors
        self.n_components = n_components
        self.metric = metric
        self.n_epochs = n_epochs
        self.learning_rate = learning_rate
        self.init = init
        self.min_dist = min_dist
        self.spread = spread
        self.set_op_mix_ratio = set_op_mix_ratio
        self.local_connectivity = local_connectivity
        self.repulsion_strength = repulsion_strength
        self.negative_sample_rate = negative_sample_rate
        self.a = a
        self.b = b
        self.random_state = random_state
        self.transform_seed = transform_seed

    def _fit(self, X: Any, y: Any, sample_weight: Any, see: See) -> None:
        self._check_parameters()
        rows = check_rows(X, min_rows=2, copy=True)
        self._learn_features(X, rows)
        rng = rng_of(self.random_state)
        k = self._neighbors_among(len(rows))
        indices, distances = nearest_neighbors(rows, k, metric=self.metric, see=see)
        sigma, rho = smooth_knn_dist(distances, k, local_connectivity=self.local_connectivity, see=see)
        strengths = membership_strengths(distances, sigma, rho, see=see)
        graph = fuzzy_union(indices, strengths, set_op_mix_ratio=self.set_op_mix_ratio, see=see)
        if self.a is None or self.b is None:
            self.a_, self.b_ = find_ab_params(self.spread, self.min_dist, see=see)
        else:
            self.a_, self.b_ = float(self.a), float(self.b)
        self.embedding_ = optimize_layout(
            self._start(rows, graph, rng, see),
            graph,
            n_epochs=self._epochs(len(rows)),
            a=self.a_,
            b=self.b_,
            rng=rng,
            gamma=self.repulsion_strength,
            initial_alpha=self.learning_rate,
            negative_sample_rate=self.negative_sample_rate,
            see=see,
        )
        see("map", "Y", "Y + α·(F⁺ + F⁻)", self.embedding_, note="after the last epoch")
        self._rows, self.graph_ = rows, graph
        self.knn_indices_, self.knn_dists_, self.sigmas_, self.rhos_ = indices, distances, sigma, rho

    def fit_transform(self, X: Any, y: Any = None) -> Floats:
        """`fit(X)`, then the map of its rows (n, n_components)."""
        return self.fit(X).embedding_

    def transform(self, X: Any) -> Floats:
        """Where new rows (m, d) lie on the map (m, n_components), which stays as it is.

        A row that `fit` saw gets its place; another starts among its neighbours and is then pulled and pushed like the others
        were. What a row gets does not depend on the rows that come with it.
        """
        rows = self._check_again(X, fitted="embedding_")
        near, distances = nearest_neighbors(
            self._rows, self.knn_dists_.shape[1], metric=self.metric, queries=rows
        )
        placed = self._place(near, distances)
        seen = distances[:, 0] == 0
        placed[seen] = self.embedding_[near[seen, 0]]
        return placed

    def _place(self, near: Places, distances: Floats) -> Floats:
        sigma, rho = smooth_knn_dist(
            distances,
            distances.shape[1],
            local_connectivity=max(
                0.0, self.local_connectivity - 1
            ),  # the nearest here is not the row itself
            mean_distance=float(self.knn_dists_.mean()),
        )
        return place_new(
            near,
            membership_strengths(distances, sigma, rho),
            self.embedding_,
            n_epochs=100 if self.n_epochs is None else self.n_epochs // 3,
            a=self.a_,
            b=self.b_,
            rng=np.random.default_rng(self.transform_seed),
            gamma=self.repulsion_strength,
            initial_alpha=self.learning_rate / 4,
            negative_sample_rate=self.negative_sample_rate,
        )

    def _start(self, rows: Floats, graph: Any, rng: np.random.Generator, see: See) -> Floats:
        """The first map (n, c), each axis from 0 to 10."""
        start: Floats
        if isinstance(self.init, str):
            if self.init == "random":
                start = rng.uniform(-EXTENT, EXTENT, (len(rows), self.n_components))
            else:
                start = spectral_layout(
                    rows, _without_never_due(graph, self._epochs(len(rows))), self.n_components, rng, see=see
                )
                start = start * (EXTENT / max(np.abs(start).max(), np.finfo(float).tiny))
                start += rng.normal(0, NOISE, start.shape)
        else:
            start = check_rows(self.init, name="init")
            if start.shape != (len(rows), self.n_components):
                raise ValueError(
                    f"init has shape {start.shape}, but a place for each row is ({len(rows)}, {self.n_components})."
                )
        low, high = start.min(axis=0), start.max(axis=0)
        return EXTENT * (start - low) / np.where(high > low, high - low, 1)

    def _epochs(self, n: int) -> int:
        if self.n_epochs is not None:
            return self.n_epochs
        return 500 if n <= 10000 else 200

    def _neighbors_among(self, n: int) -> int:
        if self.n_neighbors < n:
            return self.n_neighbors
        k = max(2, n - 1)
        warnings.warn(
            f"n_neighbors={self.n_neighbors}, but X has only {n} rows: {k} are used instead. Choose a smaller n_neighbors.",
            UserWarning,
            stacklevel=4,
        )
        return k

    def _check_parameters(self) -> None:
        """ValueError that names the parameter, its value and what it may be."""
        laws = (
            ("n_neighbors", _is_whole(self.n_neighbors, 2), "a whole number from 2"),
            ("n_components", _is_whole(self.n_components, 1), "a whole number from 1"),
            (
                "n_epochs",
                self.n_epochs is None or _is_whole(self.n_epochs, 0),
                "None or a whole number from 0",
            ),
            ("negative_sample_rate", _is_whole(self.negative_sample_rate, 0), "a whole number from 0"),
            ("metric", self.metric in METRICS, f"one of {', '.join(METRICS)}"),
            (
                "init",
                not isinstance(self.init, str) or self.init in ("spectral", "random"),
                "'spectral', 'random' or an array",
            ),
            ("learning_rate", self.learning_rate >= 0, "at least 0"),
            ("spread", self.spread > 0, "above 0"),
            ("min_dist", 0 <= self.min_dist <= self.spread, f"between 0 and spread={self.spread}"),
            ("set_op_mix_ratio", 0 <= self.set_op_mix_ratio <= 1, "between 0 and 1"),
            ("local_connectivity", self.local_connectivity >= 0, "at least 0"),
            ("repulsion_strength", self.repulsion_strength >= 0, "at least 0"),
            ("a", self.a is None or self.a > 0, "None or above 0"),
            ("b", self.b is None or self.b > 0, "None or above 0"),
        )
        for name, holds, wanted in laws:
            if not holds:
                raise ValueError(f"{name}={getattr(self, name)!r} must be {wanted}.")


def _is_whole(value: Any, least: int) -> bool:
    return isinstance(value, Integral) and int(value) >= least


def _without_never_due(graph: Any, n_epochs: int) -> Any:
    """The graph less the edges that are so weak that no epoch takes them."""
    kept = graph.copy()
    kept.data[kept.data < kept.data.max(initial=0.0) / max(n_epochs, 1)] = 0
    kept.eliminate_zeros()
    return kept
