"""Gradient boosting with exact trees against scikit-learn's."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn import datasets
from sklearn.ensemble import GradientBoostingClassifier as TheirClassifier
from sklearn.ensemble import GradientBoostingRegressor as TheirRegressor
from sklearn.metrics import log_loss

from pellucid.models.ensemble.gradient_boosting import GradientBoostingClassifier, GradientBoostingRegressor
from pellucid.models.ensemble.gradient_boosting_loss import BinaryLogLoss, MultinomialLogLoss, SquaredError


def untied(n=300, p=4, *, seed=0):
    """No two values are equal, also in the single precision that scikit-learn compares in."""
    rng = np.random.default_rng(seed)
    X = rng.normal(size=(n, p)).astype(np.float32).astype(np.float64)
    y = 2 * X[:, 0] + np.sin(3 * X[:, 1]) + X[:, 2] * X[:, 3] + rng.normal(size=n)
    return X, y, rng.uniform(0.2, 3, n)


SETTINGS = [
    {"min_samples_leaf": 5},
    {"max_depth": 1, "learning_rate": 0.5},
    {"max_depth": None, "min_samples_leaf": 12, "min_samples_split": 40},
]


@pytest.mark.parametrize("params", SETTINGS)
@pytest.mark.parametrize(
    ("kind", "weighted"),
    [
        ("numbers", False),
        ("numbers", True),
        ("two", True),
        ("three", True),
    ],  # without weights, labels make ties
)
def test_predictions_are_scikit_learns(params, weighted, kind):
    X, y, w = untied()
    weight = w if weighted else None
    ours, theirs = GradientBoostingClassifier, TheirClassifier
    if kind == "numbers":
        ours, theirs = GradientBoostingRegressor, TheirRegressor
    else:
        y = np.digitize(y, [0] if kind == "two" else [-1, 1])
    one = ours(n_estimators=20, **params).fit(X, y, weight)
    other = theirs(n_estimators=20, random_state=0, **params).fit(X, y, weight)
    fresh = untied(seed=1)[0]
    name = "predict" if kind == "numbers" else "decision_function"
    np.testing.assert_allclose(getattr(one, name)(fresh), getattr(other, name)(fresh), rtol=1e-8, atol=1e-8)
    np.testing.assert_allclose(one.train_score_, other.train_score_, rtol=1e-9)
    np.testing.assert_allclose(one.feature_importances_, other.feature_importances_, atol=1e-9)
    for mine, theirs_ in zip(one.staged_predict(X), other.staged_predict(X), strict=True):
        np.testing.assert_allclose(mine, theirs_, rtol=1e-8, atol=1e-8)


@pytest.mark.parametrize("load", [datasets.load_iris, datasets.load_breast_cancer])
def test_bundled_labels(load):
    X, y = load(return_X_y=True)
    X = X.astype(np.float32).astype(np.float64)
    ours = GradientBoostingClassifier(n_estimators=15, min_samples_leaf=10).fit(X, y)
    theirs = TheirClassifier(n_estimators=15, min_samples_leaf=10, random_state=0).fit(X, y)
    assert abs(log_loss(y, ours.predict_proba(X)) - log_loss(y, theirs.predict_proba(X))) < 2e-3  # ties in X
    assert ours.apply(X).shape == (*theirs.apply(X).shape[:2], ours.estimators_.shape[1])


@settings(deadline=None, max_examples=25)
@given(
    seed=st.integers(0, 2**32 - 1),
    n=st.integers(2, 60),
    levels=st.sampled_from([1, 3, 100]),
    rate=st.sampled_from([0.1, 1.0]),
)
def test_loss_never_rises_on_anything(seed, n, levels, rate):
    rng = np.random.default_rng(seed)
    X, y = rng.integers(0, levels, (n, 2)), rng.integers(0, 5, n).astype(float)
    model = GradientBoostingRegressor(n_estimators=8, learning_rate=rate).fit(X, y)
    losses = np.r_[np.var(y), model.train_score_]
    assert (np.diff(losses) <= 1e-12).all()
    theirs = TheirRegressor(n_estimators=1, max_depth=1, learning_rate=1.0).fit(X, y)
    ours = GradientBoostingRegressor(n_estimators=1, max_depth=1, learning_rate=1.0).fit(X, y)
    assert ours.train_score_[0] == pytest.approx(theirs.train_score_[0], abs=1e-9)


@pytest.mark.parametrize("loss", [SquaredError(), BinaryLogLoss(), MultinomialLogLoss(4)])
def test_slopes_and_curvatures_by_differences(loss):
    rng = np.random.default_rng(0)
    k = 4 if isinstance(loss, MultinomialLogLoss) else 1
    y = rng.integers(0, max(k, 2), 12).astype(float)
    raw = rng.normal(size=(12, k))
    gradient = loss.gradient(y, raw)
    hessian = loss.hessian(y, gradient)
    step = 1e-5
    for i in range(12):
        for j in range(k):
            up, down = raw.copy(), raw.copy()
            up[i, j] += step
            down[i, j] -= step
            one = np.eye(12)[i]
            slope = (loss.value(y, up, one) - loss.value(y, down, one)) / (2 * step)
            assert gradient[i, j] == pytest.approx(slope, abs=1e-9)
            curve = (loss.gradient(y, up)[i, j] - loss.gradient(y, down)[i, j]) / (2 * step)
            assert hessian[i, j] == pytest.approx(curve, abs=1e-9)
    start = loss.start(y, np.ones(12))
    np.testing.assert_allclose(loss.gradient(y, np.tile(start, (12, 1))).sum(axis=0), 0, atol=1e-12)


def test_subsample_keeps_what_it_did_not_see():
    X, y, w = untied(400)
    model = GradientBoostingRegressor(n_estimators=40, subsample=0.5, random_state=3).fit(X, y, w)
    assert model.oob_scores_.shape == model.oob_improvement_.shape == (40,)
    assert model.oob_improvement_[:10].mean() > 0
    assert model.score(X, y) > 0.7
    again = GradientBoostingRegressor(n_estimators=40, subsample=0.5, random_state=3).fit(X, y, w)
    np.testing.assert_array_equal(again.predict(X), model.predict(X))
    assert not hasattr(GradientBoostingRegressor(n_estimators=2).fit(X, y), "oob_scores_")


def test_early_stopping_stops():
    X, y, _ = untied(400)
    labels = np.where(y > 0, "up", "down")
    model = GradientBoostingClassifier(n_estimators=300, n_iter_no_change=3, random_state=0, tol=1e-3).fit(
        X, labels
    )
    assert 3 < model.n_estimators_ < 300
    assert len(model.train_score_) == len(model.estimators_) == model.n_estimators_
    assert model.score(X, labels) > 0.8


def test_trace_tells_the_rounds():
    X, y, w = untied(80)
    model = GradientBoostingClassifier(n_estimators=3)
    records = model.trace(X, y > 0, w)
    names = [each.name for each in records]
    assert names == ["start", *["residuals", "hessians", "splits", "leaf values", "loss"] * 3]
    first = next(each.value for each in records if each.name == "residuals")
    np.testing.assert_allclose(first[:, 0], (y > 0) - np.average(y > 0, weights=w), atol=1e-12)
    losses = [float(each.value) for each in records if each.name == "loss"]
    np.testing.assert_allclose(losses, model.fit(X, y > 0, w).train_score_)


@pytest.mark.parametrize(
    ("params", "message"),
    [
        ({"subsample": 0}, "subsample"),
        ({"n_estimators": 0}, "n_estimators"),
        ({"learning_rate": -1}, "learning_rate"),
        ({"max_depth": 0}, "max_depth"),
    ],
)
def test_parameters_are_named(params, message):
    with pytest.raises(ValueError, match=message):
        GradientBoostingRegressor(**params).fit([[0.0], [1.0]], [0, 1])


def test_one_class_after_weights():
    with pytest.raises(ValueError, match="class"):
        GradientBoostingClassifier().fit([[0.0], [1.0]], [0, 1], [1, 0])
