"""The fast way to grow a tree gives the tree that the readable one gives, node for node."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pellucid.models.tree import growth, reference
from pellucid.models.tree.impurity import CLASSIFICATION, REGRESSION
from pellucid.models.tree.limits import Limits
from pellucid.models.tree.targets import Labels, Numbers

rng_unused = np.random.default_rng(0)


def check_same(X, targets, criterion, limits):
    fast = growth.grow(X, targets, criterion, limits, rng_unused)
    slow = reference.grow(X, targets, criterion, limits)
    for name in ("children_left", "children_right", "feature", "threshold", "n_node_samples"):
        assert np.array_equal(getattr(fast, name), getattr(slow, name)), name
    for name in ("impurity", "value", "weighted_n_node_samples"):
        np.testing.assert_allclose(
            getattr(fast, name), getattr(slow, name), rtol=1e-9, atol=1e-12, err_msg=name
        )


@st.composite
def problems(draw):
    """Small data: tied or not, weighted or not, light and heavy rows together."""
    rng = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    n, d = draw(st.integers(1, 35)), draw(st.integers(1, 4))
    X = rng.integers(0, draw(st.integers(1, 6)), (n, d)).astype(float)
    if draw(st.booleans()):
        X += rng.normal(size=(n, d))
    kind = draw(st.sampled_from(["ones", "counts", "wild"]))
    weights = {
        "ones": np.ones(n),
        "counts": rng.integers(0, 3, n) * 1.0,
        "wild": 10.0 ** rng.uniform(-3, 1, n),
    }[kind]
    weights[rng.integers(n)] = 1.0
    limits = Limits(
        max_depth=draw(st.sampled_from([np.inf, 1, 3])),
        min_samples_split=draw(st.integers(2, 6)),
        min_samples_leaf=draw(st.integers(1, 4)),
        max_features=d,
        min_impurity_decrease=draw(st.sampled_from([0.0, 0.01])),
    )
    return rng, X, weights, limits


@given(problems(), st.sampled_from(["gini", "entropy"]), st.integers(1, 4))
@settings(deadline=None, max_examples=80)
def test_labels(problem, criterion, classes):
    rng, X, weights, limits = problem
    targets = Labels(rng.integers(0, classes, len(X)), weights, classes)
    check_same(X, targets, CLASSIFICATION[criterion], limits)


@given(problems(), st.sampled_from([0.0, 1e6]), st.booleans())
@settings(deadline=None, max_examples=80)
def test_numbers(problem, shift, whole):
    rng, X, weights, limits = problem
    values = rng.normal(size=len(X)) * 3
    targets = Numbers((np.round(values) if whole else values) + shift, weights)
    check_same(X, targets, REGRESSION["squared_error"], limits)


def test_many_nodes_in_a_level():
    """More nodes than sixteen bits count are sorted another way."""
    level = growth.Level(np.array([[0, 1, 2, 3], [3, 2, 1, 0]]), np.array([0, 0, 1, 1]), 1 << 16)
    level = level.descend(np.array([True, False, False, True]))
    assert np.array_equal(level.at, [0, 1, 2, 3])
    assert np.array_equal(level.order, [[1, 0, 2, 3], [1, 0, 2, 3]])


@pytest.mark.parametrize("weight", [1.0, 1e-200, 1e200])
def test_the_unit_of_weights_does_not_matter(weight):
    rng = np.random.default_rng(0)
    X, codes = rng.normal(size=(80, 3)), rng.integers(0, 2, 80)
    limits = Limits(np.inf, 2, 1, 3, 0.0)
    one, other = (
        growth.grow(X, Labels(codes, np.full(80, w), 2), CLASSIFICATION["gini"], limits, rng)
        for w in (1.0, weight)
    )
    assert np.array_equal(one.threshold, other.threshold)
