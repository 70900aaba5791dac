"""Records what umap-learn computes, stage by stage, for tests/models/manifold (which then need not install it).

    pip install 'pellucid[oracle]' scikit-learn
    python tools/umap_fixtures.py

Stages: neighbours, σ and ρ, and the fuzzy graph, for three sets and settings; a and b for a table of curves; the quality of
whole maps (trustworthiness) over seeds, and of new points' places (how often their nearest mapped neighbour has their label).
"""

from __future__ import annotations

import warnings
from pathlib import Path

import numpy as np
import umap
from sklearn.datasets import load_digits, load_iris
from sklearn.manifold import trustworthiness
from sklearn.metrics import pairwise_distances
from sklearn.neighbors import KNeighborsClassifier
from umap.umap_ import find_ab_params, fuzzy_simplicial_set, nearest_neighbors

DATA = Path(__file__).parent.parent / "tests" / "models" / "manifold" / "data"
SEEDS = range(5)


def main() -> None:
    warnings.filterwarnings("ignore")
    DATA.mkdir(parents=True, exist_ok=True)
    digits = load_digits()
    iris = load_iris().data
    record("iris", iris)
    record("digits_cosine", digits.data[:300], metric="cosine", n_neighbors=10, local_connectivity=1.5)
    record("digits_manhattan", digits.data[:300], metric="manhattan", n_neighbors=20, set_op_mix_ratio=0.5)
    settings = [(s, m) for s in (0.5, 1.0, 2.0, 5.0) for m in (0.0, 0.01, 0.1, 0.5) if m <= s]
    np.savez_compressed(
        DATA / "curves.npz",
        settings=np.array(settings),
        ab=np.array([find_ab_params(spread, min_dist) for spread, min_dist in settings]),
    )
    np.savez_compressed(
        DATA / "quality.npz",
        iris=np.array([trust(iris, seed) for seed in SEEDS]),
        digits=np.array([trust(digits.data, seed) for seed in SEEDS]),
        new_digits=np.array([placed(digits.data, digits.target, seed) for seed in SEEDS]),
        version=np.array(umap.__version__),
    )


def record(
    name: str, X: np.ndarray, metric: str = "euclidean", n_neighbors: int = 15, **settings: float
) -> None:
    """The stages' results for the rows of X as float32, which is what umap-learn computes in."""
    rows = X.astype(np.float32)
    apart = pairwise_distances(rows, metric=metric)
    indices, distances, _ = nearest_neighbors(apart, n_neighbors, "precomputed", {}, False, None)
    graph, sigmas, rhos = fuzzy_simplicial_set(
        rows, n_neighbors, None, metric, knn_indices=indices, knn_dists=distances, **settings
    )
    edges = graph.tocoo()
    np.savez_compressed(
        DATA / f"{name}.npz",
        indices=indices.astype(np.int16),
        distances=distances.astype(np.float32),
        sigmas=sigmas,
        rhos=rhos,
        rows=edges.row.astype(np.int16),
        columns=edges.col.astype(np.int16),
        weights=edges.data.astype(np.float32),
    )


def trust(X: np.ndarray, seed: int) -> float:
    return trustworthiness(X, umap.UMAP(random_state=seed).fit_transform(X), n_neighbors=15)


def placed(X: np.ndarray, y: np.ndarray, seed: int) -> float:
    """The share of 300 new rows whose label is that of their nearest of 1000 mapped rows."""
    model = umap.UMAP(random_state=seed).fit(X[:1000])
    near = KNeighborsClassifier(1).fit(model.embedding_, y[:1000])
    return near.score(model.transform(X[1000:1300]), y[1000:1300])


if __name__ == "__main__":
    main()
