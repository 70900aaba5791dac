"""The forces are slopes of the cross-entropy, and the fast layout is the edge-by-edge one."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import sparse
from sklearn.datasets import load_iris
from sklearn.manifold import trustworthiness

from pellucid.models.manifold import (
    fuzzy_cross_entropy,
    fuzzy_union,
    layout_reference,
    membership_strengths,
    nearest_neighbors,
    optimize_layout,
    smooth_knn_dist,
)
from pellucid.models.manifold.layout import SOFT, attraction, repulsion, sampled_edges
from pellucid.models.trace import Recorder

A, B = 1.576943, 0.895061


def graph_of(X, k=8):
    indices, distances = nearest_neighbors(X, k)
    return fuzzy_union(indices, membership_strengths(distances, *smooth_knn_dist(distances, k)))


@settings(deadline=None, max_examples=60)
@given(st.floats(0.05, 20), st.floats(0.2, 3), st.floats(0.3, 1.5), st.floats(0.1, 3))
def test_forces_are_slopes_of_the_logarithms(r, a, b, gamma):
    """Trap: a pull with the sign of a push, r for r², a factor 2 lost."""
    h = 1e-6 * r

    def log_v(r):
        return -np.log1p(a * r ** (2 * b))

    def log_not_v(r):  # with the same softening as the force
        return np.log(a * r ** (2 * b)) + log_v(r)

    pull = (log_v(r + h) - log_v(r - h)) / (2 * h) / r  # for each unit of difference: ∂/∂y = ∂/∂r·(yᵢ − yⱼ)/r
    np.testing.assert_allclose(attraction(np.array([r * r]), a, b), pull, rtol=1e-5)
    push = gamma * (log_not_v(r + h) - log_not_v(r - h)) / (2 * h) / r * r * r / (SOFT + r * r)
    np.testing.assert_allclose(repulsion(np.array([r * r]), a, b, gamma), push, rtol=1e-4)
    assert attraction(np.array([r * r]), a, b) < 0 < repulsion(np.array([r * r]), a, b, gamma)


def test_meeting_points_neither_pull_nor_push():
    zero = np.zeros(1)
    assert np.isfinite(attraction(zero, A, B)) & np.isfinite(repulsion(zero, A, B, 1.0))


@settings(deadline=None, max_examples=15)
@given(
    st.integers(0, 10**6), st.integers(4, 20), st.integers(1, 3), st.integers(0, 4), st.integers(1, 4), st.floats(0, 2),
    st.integers(1, 9),
)  # fmt: skip
def test_fast_layout_is_the_reference_in_rounds(seed, n, c, rate, n_epochs, gamma, rounds):
    rng = np.random.default_rng(seed)
    graph = graph_of(rng.standard_normal((n, 3)), k=min(n, 5))
    start = 5 * rng.standard_normal((n, c))
    start[0] = start[1]  # two that meet
    told = {"n_epochs": n_epochs, "a": A, "b": B, "gamma": gamma, "negative_sample_rate": rate}
    fast = optimize_layout(
        start, graph, rng=np.random.default_rng(seed), rounds=rounds, precision=np.float64, **told
    )
    slow = layout_reference(start, graph, rng=np.random.default_rng(seed), rounds=rounds, **told)
    np.testing.assert_allclose(
        fast, slow, rtol=1e-6, atol=1e-6
    )  # in more epochs near meetings amplify rounding


def test_edges_are_due_in_proportion_to_their_weight():
    graph = sparse.csr_matrix(
        np.array([[0, 1, 0.5, 0.25], [1, 0, 0, 0.001], [0.5, 0, 0, 0], [0.25, 0.001, 0, 0]])
    )
    edges = sampled_edges(graph, 100)
    np.testing.assert_array_equal(edges.heads, [0, 0, 0])
    np.testing.assert_array_equal(edges.tails, [1, 2, 3])  # 1–3 would be due after 1000 epochs: never
    np.testing.assert_array_equal(edges.periods, [1, 2, 4])


def test_layout_lowers_the_cross_entropy_and_the_papers_way_as_far():
    X = load_iris().data[::2]
    graph = graph_of(X, 10)
    told = {"a": A, "b": B, "n_epochs": 50}
    losses, trust = np.empty((2, 3)), np.empty((2, 2))
    for row, seed in enumerate((1, 2)):
        start = np.random.default_rng(seed).uniform(0, 10, (len(X), 2))
        maps = [
            tier(start, graph, rng=np.random.default_rng(seed), **told)
            for tier in (optimize_layout, layout_reference)
        ]
        losses[row] = [fuzzy_cross_entropy(graph, Y, A, B) for Y in (start, *maps)]
        trust[row] = [trustworthiness(X, Y, n_neighbors=10) for Y in maps]
    before, fast, slow = losses.mean(axis=0)
    assert max(fast, slow) < 0.8 * before
    assert fast < 1.1 * slow
    assert trust.mean(axis=0)[0] > trust.mean(axis=0)[1] - 0.01 > 0.94


def test_layout_leaves_its_start_as_it_was():
    start = np.random.default_rng(0).standard_normal((6, 1))  # one column: its transpose is no copy
    kept = start.copy()
    told = {"a": A, "b": B, "n_epochs": 9, "rng": np.random.default_rng(0)}
    optimize_layout(start, graph_of(kept, 4), precision=np.float64, **told)
    layout_reference(start, graph_of(kept, 4), **told)
    np.testing.assert_array_equal(start, kept)


def test_cross_entropy_by_hand():
    graph = sparse.csr_matrix(np.array([[0, 0.5, 0], [0.5, 0, 0], [0, 0, 0]]))
    Y = np.array([[0.0], [1.0], [3.0]])
    v = 1 / (1 + 2 * np.array([1.0, 3, 2]) ** 2)  # pairs 01, 02, 12
    expected = 0.5 * np.log(0.5 / v[0]) + 0.5 * np.log(0.5 / (1 - v[0])) - np.log(1 - v[1]) - np.log(1 - v[2])
    assert fuzzy_cross_entropy(graph, Y, 2.0, 1.0) == pytest.approx(expected, rel=1e-12)


def test_no_epochs_and_no_edges_leave_the_start():
    start = np.random.default_rng(0).standard_normal((5, 2))
    empty = sparse.csr_matrix((5, 5))
    for graph, n_epochs in ((empty, 10), (graph_of(start, 3), 0)):
        left = optimize_layout(
            start, graph, n_epochs=n_epochs, a=A, b=B, rng=np.random.default_rng(0), precision=np.float64
        )
        np.testing.assert_array_equal(left, start)


def test_trace_of_a_layout_changes_nothing():
    X = load_iris().data
    graph = graph_of(X)
    start = np.random.default_rng(0).uniform(0, 10, (len(X), 2))
    told = {"n_epochs": 50, "a": A, "b": B}
    see = Recorder()
    seen = optimize_layout(start, graph, rng=np.random.default_rng(1), see=see, **told)
    np.testing.assert_array_equal(seen, optimize_layout(start, graph, rng=np.random.default_rng(1), **told))
    assert [record.symbol for record in see.records] == ["Y", "F⁺", "F⁻"] * 10
    assert {record.shape for record in see.records} == {(150, 2)}
    pulls = see.records[4].value  # forces between the points cancel
    np.testing.assert_allclose(pulls.sum(axis=0), 0, atol=1e-3)


def test_layout_wants_a_graph_of_its_points():
    with pytest.raises(ValueError, match=r"graph has shape \(5, 5\), but embedding has 4 rows"):
        optimize_layout(
            np.zeros((4, 2)), sparse.csr_matrix((5, 5)), n_epochs=1, a=A, b=B, rng=np.random.default_rng(0)
        )
