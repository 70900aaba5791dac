"""Histogram boosting against scikit-learn's, and the fast tree against the one that reads like the page."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn import datasets
from sklearn.ensemble import HistGradientBoostingClassifier as TheirClassifier
from sklearn.ensemble import HistGradientBoostingRegressor as TheirRegressor
from sklearn.ensemble._hist_gradient_boosting.binning import _BinMapper
from sklearn.metrics import log_loss, mean_squared_error

from pellucid.models.ensemble.histogram_bins import find_bins
from pellucid.models.ensemble.histogram_gradient_boosting import (
    HistGradientBoostingClassifier,
    HistGradientBoostingRegressor,
)
from pellucid.models.ensemble.histogram_reference import grow as grow_reference
from pellucid.models.ensemble.histogram_tree import Grower, Limits, Slopes

SETTINGS = [
    {},
    {"max_depth": 3, "l2_regularization": 2.5},
    {"max_leaf_nodes": 5, "min_samples_leaf": 7, "learning_rate": 0.4},
    {"max_leaf_nodes": None, "max_depth": 4, "max_bins": 16},
]


def noisy(n=900, p=6, *, seed=0, missing=0.0):
    rng = np.random.default_rng(seed)
    X = rng.normal(size=(n, p))
    X[:, 1] = np.round(X[:, 1])  # few distinct values, many ties
    y = 2 * X[:, 0] + np.sin(3 * X[:, 1]) + X[:, 2] * X[:, 3] + rng.normal(size=n)
    X[rng.random(X.shape) < missing] = np.nan
    return X, y, rng.uniform(0.2, 3, n)


@pytest.mark.parametrize("params", SETTINGS)
@pytest.mark.parametrize("missing", [0.0, 0.15])
@pytest.mark.parametrize("weighted", [False, True])
def test_regression_is_scikit_learns(params, missing, weighted):
    X, y, w = noisy(missing=missing)
    weight = w if weighted else None
    ours = HistGradientBoostingRegressor(max_iter=25, **params).fit(X, y, weight)
    theirs = TheirRegressor(max_iter=25, **params).fit(X, y, weight)
    np.testing.assert_allclose(ours.predict(X), theirs.predict(X), rtol=1e-9, atol=1e-9)
    fresh = noisy(seed=1, missing=0.3)[0]
    np.testing.assert_allclose(ours.predict(fresh), theirs.predict(fresh), rtol=1e-9, atol=1e-9)


@pytest.mark.parametrize("params", SETTINGS)
@pytest.mark.parametrize("classes", [2, 3])
@pytest.mark.parametrize("weighted", [False, True])
def test_classification_is_scikit_learns(params, classes, weighted):
    X, y, w = noisy(missing=0.1)
    labels = np.digitize(y, [0] if classes == 2 else [-1, 1])
    weight = w if weighted else None
    ours = HistGradientBoostingClassifier(max_iter=15, **params).fit(X, labels, weight)
    theirs = TheirClassifier(max_iter=15, **params).fit(X, labels, weight)
    np.testing.assert_allclose(ours.decision_function(X), theirs.decision_function(X), rtol=1e-7, atol=1e-9)
    ours_loss, their_loss = (
        log_loss(labels, m.predict_proba(X), sample_weight=weight) for m in (ours, theirs)
    )
    assert abs(ours_loss - their_loss) < 1e-9
    assert (ours.predict(X) == theirs.predict(X)).all()


@pytest.mark.parametrize("load", [datasets.load_iris, datasets.load_wine, datasets.load_breast_cancer])
def test_bundled_labels(load):
    X, y = load(return_X_y=True)
    ours = HistGradientBoostingClassifier(max_iter=30).fit(X, y)
    theirs = TheirClassifier(max_iter=30).fit(X, y)
    assert abs(log_loss(y, ours.predict_proba(X)) - log_loss(y, theirs.predict_proba(X))) < 1e-6
    for mine, other in zip(ours.staged_predict_proba(X), theirs.staged_predict_proba(X), strict=True):
        np.testing.assert_allclose(log_loss(y, mine), log_loss(y, other), atol=1e-6)


def test_nodes_are_scikit_learns():
    X, y, _ = noisy(600, missing=0.1)
    ours, theirs = HistGradientBoostingRegressor(max_iter=3).fit(X, y), TheirRegressor(max_iter=3).fit(X, y)
    for (mine,), (other,) in zip(ours.rounds_, theirs._predictors, strict=True):
        asks = mine.left != -1
        order, nodes = reading_order(mine), other.nodes
        for name, column in (
            ("count", mine.count),
            ("depth", mine.depth),
            ("is_leaf", ~asks),
            ("missing_go_to_left", mine.missing_left),
        ):
            use = asks[order] if name == "missing_go_to_left" else slice(None)
            np.testing.assert_array_equal(column[order][use], nodes[name][use])
        for name, column in (
            ("gain", mine.gain),
            ("num_threshold", mine.threshold),
            ("feature_idx", mine.feature),
        ):
            np.testing.assert_allclose(column[order][asks[order]], nodes[name][asks[order]], rtol=1e-6)
        np.testing.assert_allclose(mine.value[~asks], sorted_like(mine, other), rtol=1e-9)


def reading_order(tree):
    """The nodes as one reads them: a node, what is on its left, what is on its right."""
    order, stack = [], [0]
    while stack:
        node = stack.pop()
        order.append(node)
        if tree.left[node] != -1:
            stack += [tree.right[node], tree.left[node]]
    return np.array(order)


def sorted_like(mine, other):
    """Their leaf values in our order of nodes."""
    values = np.empty(len(mine.left))
    values[reading_order(mine)] = other.nodes["value"]
    return values[mine.left == -1]


def test_bundled_numbers():
    X, y = datasets.load_diabetes(return_X_y=True)
    ours, theirs = HistGradientBoostingRegressor().fit(X, y), TheirRegressor().fit(X, y)
    one, other = (mean_squared_error(y, m.predict(X)) for m in (ours, theirs))
    assert abs(one - other) < 1e-6 * other


@settings(deadline=None, max_examples=25)
@given(
    seed=st.integers(0, 2**32 - 1),
    n=st.integers(2, 400),
    levels=st.sampled_from([1, 2, 5, 1000]),
    least=st.integers(1, 30),
    scale=st.sampled_from([1e-30, 1.0, 1e20]),
)
def test_train_loss_is_scikit_learns_on_anything(seed, n, levels, least, scale):
    rng = np.random.default_rng(seed)
    X = rng.integers(0, levels, (n, 3)) + (rng.random((n, 3)) if levels == 1000 else 0.0)
    X[1:][rng.random((n - 1, 3)) < rng.choice([0, 0.3])] = np.nan  # theirs cannot take a column of nothing
    y = rng.normal(size=n)
    params = {"max_iter": 6, "min_samples_leaf": least, "learning_rate": 0.5}
    ours = HistGradientBoostingRegressor(**params).fit(X, y * scale).predict(X) / scale
    theirs = TheirRegressor(**params).fit(X, y).predict(X)
    assert abs(np.mean((y - ours) ** 2) - np.mean((y - theirs) ** 2)) < 1e-6


@settings(deadline=None, max_examples=60)
@given(
    seed=st.integers(0, 2**32 - 1),
    n=st.integers(2, 60),
    p=st.integers(1, 3),
    curved=st.booleans(),
    lacking=st.booleans(),
    least=st.integers(1, 6),
    leaves=st.sampled_from([2, 5, 31, np.inf]),
    depth=st.sampled_from([1, 3, np.inf]),
    l2=st.sampled_from([0.0, 0.7]),
)
def test_fast_tree_is_the_reference(seed, n, p, curved, lacking, least, leaves, depth, l2):
    rng = np.random.default_rng(seed)
    B = int(rng.integers(2, 12))
    bins = rng.integers(0, B - 1, (n, p))
    if lacking:
        bins[rng.random((n, p)) < 0.3] = B - 1
    limits = Limits(leaves, depth, least, l2)
    slopes = Slopes.of(rng.normal(size=n), rng.uniform(0.01, 1, n) if curved else None)
    g, h = slopes.g * slopes.g_unit, np.ones(n) if slopes.h is None else slopes.h * slopes.h_unit
    with np.errstate(all="ignore"):
        nodes = Grower(bins + B * np.arange(p), B, limits).grow(slopes)
    leaf_of = np.zeros(n), np.zeros(n)
    fast = [(node.rows, node.value) for node in nodes if node.children is None]
    slow = [(leaf.rows, leaf.value) for leaf in grow_reference(bins, B - 1, g, h, limits)]
    for values, found in zip(leaf_of, (fast, slow), strict=True):
        for rows, value in found:
            values[rows] = value
    assert len(fast) == len(slow)
    lowered = [float(np.sum(g * v + (h + 0) * v**2 / 2)) for v in leaf_of]
    assert lowered[0] == pytest.approx(lowered[1], abs=1e-9)
    if p == 1:  # with more features two cuts may gain the same up to rounding
        np.testing.assert_allclose(leaf_of[0], leaf_of[1], rtol=1e-12)


@pytest.mark.parametrize("n", [3, 255, 256, 257, 510, 1000, 1275, 2550])
@pytest.mark.parametrize("weighted", [False, True])
def test_bins_are_scikit_learns(n, weighted):
    rng = np.random.default_rng(n)
    X = np.column_stack(
        [rng.normal(size=n), rng.integers(0, 4, n), np.full(n, 7.0), rng.exponential(size=n).round(2)]
    )
    X[rng.random(X.shape) < 0.05] = np.nan
    w = rng.integers(0, 3, n) + (np.arange(n) == 0) if weighted else None
    for max_bins in (2, 31, 255):
        theirs = _BinMapper(n_bins=max_bins + 1).fit(X, sample_weight=None if w is None else w.astype(float))
        ours = find_bins(X, None if w is None else w.astype(float), max_bins)
        for one, other in zip(ours.thresholds, theirs.bin_thresholds_, strict=True):
            np.testing.assert_allclose(one, other, rtol=1e-15)
        keys = ours.keys(X) - ours.size * np.arange(4)
        seen = ~np.isnan(X)
        assert (keys[seen] == theirs.transform(X)[seen]).all()
        assert (keys[~seen] == ours.size - 1).all()


def test_missing_values_go_where_they_gain():
    rng = np.random.default_rng(0)
    X = rng.normal(size=(400, 1))
    X[:100] = np.nan
    y = np.where(np.isnan(X[:, 0]), -5.0, 5.0)
    model = HistGradientBoostingRegressor(max_iter=60).fit(X, y)
    np.testing.assert_allclose(model.predict(X), y, atol=0.1)
    assert model.predict([[np.nan], [0.0]]) == pytest.approx([-5, 5], abs=0.1)
    assert model.rounds_[0][0].threshold[0] == np.inf


def test_infinity_is_a_large_number():
    X, y, _ = noisy(300)
    X = X.round(1)  # few values: theirs makes NaN of a quantile between infinities
    X[::7, 0] = np.inf
    X[::5, 2] = -np.inf
    ours, theirs = HistGradientBoostingRegressor(max_iter=10).fit(X, y), TheirRegressor(max_iter=10).fit(X, y)
    np.testing.assert_allclose(ours.predict(X), theirs.predict(X), rtol=1e-9)


def test_missing_only_later_follows_the_crowd():
    X = np.r_[np.zeros(30), np.ones(70)][:, None]
    model = HistGradientBoostingRegressor(max_iter=1, learning_rate=1.0).fit(X, X[:, 0])
    assert model.predict([[np.nan], [0.0], [1.0]]) == pytest.approx([1, 0, 1], abs=1e-6)


def test_early_stopping():
    X, y, w = noisy(600)
    model = HistGradientBoostingRegressor(
        early_stopping=True, random_state=0, max_iter=300, learning_rate=0.3
    )
    model.fit(X, y, w)
    assert 10 < model.n_iter_ < 300
    assert len(model.train_score_) == len(model.validation_score_) == model.n_iter_ + 1
    best = model.validation_score_[-model.n_iter_no_change - 1]
    assert (model.validation_score_[-model.n_iter_no_change :] <= best + model.tol).all()
    again = HistGradientBoostingRegressor(
        early_stopping=True, random_state=0, max_iter=300, learning_rate=0.3
    )
    np.testing.assert_array_equal(again.fit(X, y, w).predict(X), model.predict(X))


def test_early_stopping_on_the_training_loss_is_scikit_learns():
    X, y, w = noisy(300)
    params = {
        "early_stopping": True,
        "validation_fraction": None,
        "max_iter": 200,
        "tol": 1e-2,
        "n_iter_no_change": 3,
    }
    ours, theirs = HistGradientBoostingRegressor(**params).fit(X, y, w), TheirRegressor(**params).fit(X, y, w)
    assert ours.n_iter_ == theirs.n_iter_ < 200
    np.testing.assert_allclose(ours.train_score_, theirs.train_score_, rtol=1e-9)


def test_stops_alone_above_ten_thousand_rows():
    X, y, _ = noisy(10_001, 1 + 3)
    assert HistGradientBoostingRegressor(max_iter=1).fit(X[:10_000], y[:10_000]).do_early_stopping_ is False
    assert HistGradientBoostingRegressor(max_iter=1).fit(X, y).do_early_stopping_ is True


def test_staged_and_trace():
    X, y, _ = noisy(200)
    labels = np.digitize(y, [-1, 1])
    model = HistGradientBoostingClassifier(max_iter=4).fit(X, labels)
    *_, last = model.staged_decision_function(X)
    np.testing.assert_array_equal(last, model.decision_function(X))
    assert len(list(model.staged_predict(X))) == 4
    np.testing.assert_allclose(np.exp(model.predict_log_proba(X)).sum(axis=1), 1)
    records = model.trace(X, labels)
    names = [each.name for each in records]
    assert names.count("leaf values") == names.count("splits") == 4 * 3 and names.count("loss") == 4
    losses = [float(each.value) for each in records if each.name == "loss"]
    assert losses == sorted(losses, reverse=True)
    assert losses[-1] == pytest.approx(log_loss(labels, model.predict_proba(X)))
    residuals = next(each.value for each in records if each.name == "residuals")
    hessians = next(each.value for each in records if each.name == "hessians")
    shares = np.bincount(labels) / len(labels)
    np.testing.assert_allclose(residuals, np.eye(3)[labels] - shares, atol=1e-12)
    np.testing.assert_allclose(hessians, np.tile(shares * (1 - shares), (200, 1)), atol=1e-12)


def test_gradient_is_not_that_of_another_loss():
    """A trap: with −G/H for squared error, one leafy round at rate 1 must land on the leaf's mean, not on twice or half of it."""
    X = np.repeat([0.0, 1.0], 30)[:, None]
    y = np.r_[np.full(30, 2.0), np.full(30, 8.0)]
    model = HistGradientBoostingRegressor(max_iter=1, learning_rate=1.0).fit(X, y)
    np.testing.assert_allclose(model.predict(X), y, rtol=1e-6)
    shrunk = HistGradientBoostingRegressor(max_iter=1, learning_rate=1.0, l2_regularization=30).fit(X, y)
    np.testing.assert_allclose(shrunk.predict(X), 5 + (y - 5) / 2, rtol=1e-6)


@pytest.mark.parametrize(
    ("params", "message"),
    [
        ({"max_bins": 256}, "max_bins"),
        ({"max_leaf_nodes": 1}, "max_leaf_nodes"),
        ({"learning_rate": 0}, "learning_rate"),
        ({"early_stopping": "yes"}, "early_stopping"),
        ({"l2_regularization": -1}, "l2_regularization"),
        ({"validation_fraction": 1.5, "early_stopping": True}, "validation_fraction"),
    ],
)
def test_parameters_are_named(params, message):
    with pytest.raises(ValueError, match=message):
        HistGradientBoostingRegressor(**params).fit([[0.0], [1.0]], [0, 1])
