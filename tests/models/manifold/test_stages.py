"""UMAP's stages before the layout, against umap-learn's recorded results, scikit-learn's neighbours, their definitions."""

from pathlib import Path

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from scipy import sparse
from sklearn.datasets import load_digits, load_iris
from sklearn.metrics import pairwise_distances

from pellucid.models.manifold import (
    find_ab_params,
    fuzzy_union,
    membership_strengths,
    nearest_neighbors,
    smooth_knn_dist,
    spectral_layout,
)
from pellucid.models.trace import Recorder

DATA = Path(__file__).parent / "data"
METRICS = ("euclidean", "manhattan", "chebyshev", "cosine", "correlation")
RECORDED = {
    "iris": (lambda: load_iris().data, "euclidean", 15, 1.0, 1.0),
    "digits_cosine": (lambda: load_digits().data[:300], "cosine", 10, 1.5, 1.0),
    "digits_manhattan": (lambda: load_digits().data[:300], "manhattan", 20, 1.0, 0.5),
}


def rows(seed: int, n: int, d: int, kind: str) -> np.ndarray:
    rng = np.random.default_rng(seed)
    X = rng.standard_normal((n, d))
    if kind == "tied":
        X = np.round(X)
    if kind == "twins":
        X[n // 2 :] = X[: n - n // 2]
    if kind == "far":  # the Gram trick alone would lose all digits here
        X = X * 1e-3 + 1e6 * rng.integers(0, 2, (n, 1))
    return X


@settings(deadline=None, max_examples=60)
@given(
    st.integers(0, 10**6), st.integers(2, 40), st.integers(1, 6), st.sampled_from(["normal", "tied", "twins", "far"]),
    st.sampled_from(METRICS),
)  # fmt: skip
def test_neighbours_are_the_nearest(seed, n, d, kind, metric):
    X = rows(seed, n, d, kind)
    angle = metric in ("cosine", "correlation")
    assume(not angle or (d > 2 and np.ptp(X, axis=1).min() > 0))
    k = min(n, 1 + seed % 10)
    indices, distances = nearest_neighbors(X, k, metric=metric)
    apart = pairwise_distances(X, metric=metric)
    if metric == "euclidean":
        apart = np.sqrt(((X[:, None] - X) ** 2).sum(axis=2))
    np.fill_diagonal(apart, 0)
    close = {"rtol": 1e-9, "atol": 1e-12 if not angle else 1e-7 if kind == "far" else 1e-12}
    np.testing.assert_allclose(distances, np.sort(apart, axis=1)[:, :k], **close)
    np.testing.assert_allclose(distances, np.take_along_axis(apart, indices, axis=1), **close)
    np.testing.assert_array_equal(indices[:, 0], np.arange(n))
    assert all(len(set(row)) == k for row in indices)


def test_neighbours_of_others_and_ties_go_to_the_smaller_index():
    X = np.array([[0.0], [1.0], [1.0], [3.0]])
    indices, distances = nearest_neighbors(X, 2, queries=np.array([[1.0], [2.0], [9.0]]))
    np.testing.assert_array_equal(indices, [[1, 2], [1, 2], [3, 1]])
    np.testing.assert_array_equal(distances, [[0, 0], [1, 1], [6, 8]])
    np.testing.assert_array_equal(nearest_neighbors(X, 2)[0], [[0, 1], [1, 2], [2, 1], [3, 1]])


def test_neighbours_in_blocks(monkeypatch):
    X = load_iris().data
    whole = nearest_neighbors(X, 7)
    monkeypatch.setattr("pellucid.models.manifold.neighbors.CELLS", 4 * len(X))
    for ours, theirs in zip(nearest_neighbors(X, 7), whole, strict=True):
        np.testing.assert_array_equal(ours, theirs)


@pytest.mark.parametrize(
    ("X", "k", "metric", "message"),
    [
        (np.eye(3), 2, "hamming", "metric='hamming' is not known"),
        (np.eye(3), 4, "euclidean", "n_neighbors=4, but X has 3 rows"),
        (np.array([[1.0, 2], [0, 0]]), 1, "cosine", r"X\[1\] is all zeros"),
        (np.array([[1.0, 2], [4, 4]]), 1, "correlation", r"X\[1\] is constant"),
    ],
)
def test_neighbours_say_what_is_wrong(X, k, metric, message):
    with pytest.raises(ValueError, match=message):
        nearest_neighbors(X, k, metric=metric)


@pytest.mark.parametrize("name", RECORDED)
def test_umap_learn_finds_the_same_neighbours_scales_and_graph(name):
    load, metric, k, connectivity, mix = RECORDED[name]
    X, theirs = load().astype(np.float32).astype(np.float64), np.load(DATA / f"{name}.npz")
    _, distances = nearest_neighbors(X, k, metric=metric)
    np.testing.assert_allclose(distances, theirs["distances"], rtol=1e-5, atol=2e-6)  # theirs: float32

    sigma, rho = smooth_knn_dist(theirs["distances"].astype(np.float64), k, local_connectivity=connectivity)
    np.testing.assert_allclose(rho, theirs["rhos"], rtol=1e-5, atol=1e-9)
    np.testing.assert_allclose(sigma, theirs["sigmas"], rtol=1e-5)

    strengths = membership_strengths(theirs["distances"].astype(np.float64), sigma, rho)
    graph = fuzzy_union(theirs["indices"].astype(np.intp), strengths, set_op_mix_ratio=mix)
    expected = sparse.coo_matrix((theirs["weights"], (theirs["rows"], theirs["columns"])), graph.shape)
    np.testing.assert_allclose(graph.toarray(), expected.toarray(), rtol=1e-5, atol=1e-5)


def test_own_neighbours_give_the_recorded_scales_of_iris():
    theirs = np.load(DATA / "iris.npz")
    _, distances = nearest_neighbors(load_iris().data, 15)
    sigma, rho = smooth_knn_dist(distances, 15)
    np.testing.assert_allclose(rho, theirs["rhos"], rtol=1e-5)
    np.testing.assert_allclose(
        sigma, theirs["sigmas"], rtol=3e-5
    )  # theirs stops within 1e-5 of log₂ k, on float32 distances


@settings(deadline=None, max_examples=60)
@given(st.integers(0, 10**6), st.integers(2, 30), st.integers(2, 12), st.floats(0, 3), st.booleans())
def test_scales_solve_their_equation(seed, n, k, connectivity, zeros):
    rng = np.random.default_rng(seed)
    d = np.sort(rng.gamma(2, 1.0, (n, k)), axis=1)
    d[:, 0] = 0
    if zeros and k > 2:
        d[:, 1] = 0
    sigma, rho = smooth_knn_dist(d, k, local_connectivity=connectivity)
    total = np.exp(-np.maximum(d[:, 1:] - rho[:, None], 0) / sigma[:, None]).sum(axis=1)
    floor = 1e-3 * np.where(rho > 0, d.mean(axis=1), d.mean())
    solvable = (np.count_nonzero(d[:, 1:] <= rho[:, None], axis=1) < np.log2(k)) & (sigma > 1.0001 * floor)
    np.testing.assert_allclose(total[solvable], np.log2(k), atol=1e-5)
    assert (sigma >= floor * (1 - 1e-12)).all()
    assert ((rho >= 0) & (rho <= d[:, -1])).all()


def test_rho_is_the_nearest_that_is_not_at_the_same_place():
    d = np.array([[0, 0, 2, 3.0], [0, 1, 2, 4], [0, 0, 0, 0], [0, 0, 0, 5]])
    np.testing.assert_array_equal(smooth_knn_dist(d, 4)[1], [2, 1, 0, 5])
    np.testing.assert_array_equal(smooth_knn_dist(d, 4, local_connectivity=2)[1], [3, 2, 0, 5])
    np.testing.assert_array_equal(smooth_knn_dist(d, 4, local_connectivity=1.5)[1], [2.5, 1.5, 0, 5])
    np.testing.assert_array_equal(smooth_knn_dist(d, 4, local_connectivity=0)[1], [0, 0, 0, 0])


@settings(deadline=None, max_examples=40)
@given(st.integers(0, 10**6), st.integers(3, 25), st.floats(0, 1))
def test_union_is_what_its_formula_says(seed, n, mix):
    X = np.random.default_rng(seed).standard_normal((n, 3))
    k = min(n, 6)
    indices, distances = nearest_neighbors(X, k)
    strengths = membership_strengths(distances, *smooth_knn_dist(distances, k))
    graph = fuzzy_union(indices, strengths, set_op_mix_ratio=mix).toarray()
    A = np.zeros((n, n))
    np.put_along_axis(A, indices, strengths, axis=1)
    np.fill_diagonal(A, 0)
    both = A * A.T
    np.testing.assert_allclose(graph, mix * (A + A.T - both) + (1 - mix) * both, atol=1e-15)
    np.testing.assert_array_equal(graph, graph.T)
    assert graph.max() <= 1 + 1e-15
    assert (strengths[:, 1] == 1).all()  # each row is surely connected to its nearest


def test_curve_is_umap_learns():
    theirs = np.load(DATA / "curves.npz")
    ours = [find_ab_params(spread, min_dist) for spread, min_dist in theirs["settings"]]
    np.testing.assert_allclose(ours, theirs["ab"], rtol=1e-5)
    np.testing.assert_allclose(find_ab_params(), (1.576943, 0.895061), rtol=1e-6)  # the published default


@pytest.mark.parametrize("n", [60, 400])
def test_start_is_the_slowest_waves(n):
    X = np.random.default_rng(0).standard_normal((n, 3))
    indices, distances = nearest_neighbors(X, 12)
    graph = fuzzy_union(indices, membership_strengths(distances, *smooth_knn_dist(distances, 12)))
    layout = spectral_layout(X, graph, 2, np.random.default_rng(0))
    B = graph.toarray()
    D = np.diag(1 / np.sqrt(B.sum(axis=0)))
    L = np.eye(n) - D @ B @ D
    values, vectors = np.linalg.eigh(L)
    assert values[0] == pytest.approx(0, abs=1e-12)
    for column, value, vector in zip(layout.T, values[1:3], vectors.T[1:3], strict=True):
        np.testing.assert_allclose(L @ column, value * column, atol=1e-3)
        assert abs(column @ vector) == pytest.approx(1, abs=1e-3)


@pytest.mark.parametrize("pieces", [2, 4, 7])
def test_pieces_start_apart(pieces):
    rng = np.random.default_rng(0)
    X = np.concatenate([rng.standard_normal((20, 3)) + 1000 * rng.standard_normal(3) for _ in range(pieces)])
    indices, distances = nearest_neighbors(X, 6)
    graph = fuzzy_union(indices, membership_strengths(distances, *smooth_knn_dist(distances, 6)))
    see = Recorder()
    layout = spectral_layout(X, graph, 2, rng, see=see)
    assert np.isfinite(layout).all()
    groups = layout.reshape(pieces, 20, 2)
    centers = groups.mean(axis=1)
    size = np.abs(groups - centers[:, None]).max(axis=(1, 2))
    gaps = np.linalg.norm(centers[:, None] - centers, axis=2) + np.eye(pieces) * 1e9
    assert (gaps.min(axis=1) > size).all()
    assert f"{pieces} connected piece(s)" in see.records[-1].note
