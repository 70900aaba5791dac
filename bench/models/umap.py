"""UMAP against umap-learn, after its compilation: digits, 1797 × 64, 500 epochs."""

from __future__ import annotations

import sys
import warnings
from pathlib import Path

import numpy as np
from sklearn.datasets import load_digits
from sklearn.manifold import trustworthiness
from tasks import Growth, Task

from pellucid.models.manifold import UMAP, optimize_layout, spectral_layout


def tasks() -> list[Task]:
    learn = umap_learn()
    if learn is None:
        print(
            "umap-learn is not installed, so UMAP is not compared: pip install 'pellucid[oracle]'",
            file=sys.stderr,
        )
        return []
    warnings.filterwarnings("ignore", module="umap")
    X = load_digits().data
    qualities = [
        np.mean(
            [
                trustworthiness(X, kind(random_state=seed).fit_transform(X), n_neighbors=15)
                for seed in range(2)
            ]
        )
        for kind in (UMAP, learn.UMAP)
    ]
    assert qualities[0] >= qualities[1] - 0.005, qualities
    fitted = learn.UMAP(random_state=0).fit(X)
    start = spectral_layout(X, fitted.graph_, 2, np.random.default_rng(0))
    settings = {"n_epochs": 500, "a": fitted._a, "b": fitted._b}
    return [
        Task(
            "UMAP digits",
            0.4,
            lambda: UMAP(random_state=0).fit(X),
            lambda: learn.UMAP(random_state=0).fit(X),
            3,
        ),
        Task(
            "UMAP digits, only the layout's 500 epochs",
            None,
            lambda: optimize_layout(start, fitted.graph_, rng=np.random.default_rng(0), **settings),
            lambda: their_layout(learn, start, fitted, settings),
            3,
        ),
    ]


def umap_learn():
    """The module `umap` of umap-learn, or None. This file has the same name, and must not be found instead."""
    here = str(Path(__file__).parent)
    ours, path = sys.modules.pop("umap", None), sys.path[:]
    sys.path[:] = [each for each in path if each not in ("", here)]
    try:
        import umap

        return umap
    except ImportError:
        if ours is not None:
            sys.modules["umap"] = ours
        return None
    finally:
        sys.path[:] = path


def their_layout(learn, start: np.ndarray, fitted, settings: dict) -> object:
    graph = fitted.graph_.tocoo(copy=True)
    graph.data[graph.data < graph.data.max() / settings["n_epochs"]] = 0
    graph.eliminate_zeros()
    Y = np.array(10 * (start - start.min(0)) / np.ptp(start, axis=0), dtype=np.float32, order="C")
    return learn.layouts.optimize_layout_euclidean(
        Y,
        Y,
        graph.row,
        graph.col,
        settings["n_epochs"],
        len(Y),
        learn.umap_.make_epochs_per_sample(graph.data, settings["n_epochs"]),
        settings["a"],
        settings["b"],
        np.array([1, 2, 3], dtype=np.int64),
        move_other=True,
    )


def growths() -> list[Growth]:
    def fit(n: int):
        rng = np.random.default_rng(0)
        X = rng.standard_normal((n, 32)) + 6 * rng.standard_normal((10, 32))[rng.integers(10, size=n)]
        return lambda: UMAP(n_epochs=200, random_state=0).fit(X)

    return [Growth("UMAP, 32 columns, 200 epochs", fit, (1000, 2000, 4000, 8000))]
