"""Random forests: as good as scikit-learn's over seeds; each tree is a tree; out-of-bag and importance mean what they say."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
import sklearn.ensemble as oracle
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn import datasets
from sklearn.inspection import permutation_importance as their_permutation_importance
from sklearn.model_selection import StratifiedKFold, cross_val_score

from pellucid.models.ensemble import (
    RandomForestClassifier,
    RandomForestRegressor,
    forest_growth,
    forest_walk,
    permutation_importance,
)
from pellucid.models.ensemble.forest_bins import Bins
from pellucid.models.tree import DecisionTreeClassifier, DecisionTreeRegressor

LABELLED = {
    "iris": (lambda: datasets.load_iris(return_X_y=True), 4),
    "wine": (lambda: datasets.load_wine(return_X_y=True), 4),
    "cancer": (lambda: datasets.load_breast_cancer(return_X_y=True), 4),
    "digits": (lambda: tuple(each[:900] for each in datasets.load_digits(return_X_y=True)), 2),
    "made": (lambda: datasets.make_classification(800, 20, n_informative=8, random_state=0), 3),
    "moons": (lambda: datasets.make_moons(500, noise=0.3, random_state=0), 3),
}


@pytest.mark.parametrize("name", LABELLED)
def test_as_accurate_as_scikit_learn_over_seeds(name):
    load, seeds = LABELLED[name]
    X, y = load()
    ours, theirs = [], []
    for seed in range(seeds):
        folds = StratifiedKFold(3, shuffle=True, random_state=seed)
        for model, scores in ((RandomForestClassifier, ours), (oracle.RandomForestClassifier, theirs)):
            scores += list(cross_val_score(model(n_estimators=50, random_state=seed), X, y, cv=folds))
    assert np.mean(ours) == pytest.approx(np.mean(theirs), abs=0.01)


@pytest.mark.parametrize(
    "load",
    [
        lambda: datasets.load_diabetes(return_X_y=True),
        lambda: datasets.make_friedman1(400, noise=1, random_state=0),
        lambda: wave(300),
    ],
)
def test_explains_as_much_variance_as_scikit_learn(load):
    X, y = load()
    ours, theirs = (
        np.mean([cross_val_score(model(n_estimators=25, random_state=s), X, y, cv=3) for s in range(2)])
        for model in (RandomForestRegressor, oracle.RandomForestRegressor)
    )
    assert ours == pytest.approx(theirs, abs=0.015)


def wave(n):
    x = np.random.default_rng(0).uniform(0, 10, (n, 1))
    return x, np.sin(x[:, 0]) + x[:, 0]


KINDS = [
    (RandomForestClassifier, DecisionTreeClassifier, datasets.load_wine),
    (RandomForestRegressor, DecisionTreeRegressor, datasets.load_diabetes),
]


@pytest.mark.parametrize(("forest", "tree", "load"), KINDS)
@pytest.mark.parametrize("parameters", [{}, {"min_samples_leaf": 4, "max_depth": 5}])
def test_with_all_features_every_node_has_its_best_cut(forest, tree, load, parameters):
    """Given a node's rows and their weights, a tree of depth 1 gains as much as the forest's node does: a bin holds one value."""
    X, y = load(return_X_y=True)
    X = np.round(X / np.ptp(X, axis=0) * 60)
    model = forest(3, max_features=None, max_bins=256, random_state=0, **parameters)
    bags = next(each for each in model.trace(X, y) if each.name == "bags").value
    for bag, each in zip(bags, model.fit(X, y).estimators_, strict=True):
        nodes, path = each.tree_, each.decision_path(X).toarray().astype(bool)
        depth = nodes.depths()
        for node in range(0, nodes.node_count, 1 + nodes.node_count // 40):
            rows = np.flatnonzero(path[:, node] & (bag > 0))
            alone = (
                tree(**{**parameters, "max_depth": 1}).fit(X[rows], y[rows], sample_weight=bag[rows]).tree_
            )
            if nodes.children_left[node] < 0:
                assert alone.node_count == 1 or depth[node] == parameters.get("max_depth")
                continue
            kids = [nodes.children_left[node], nodes.children_right[node]]
            kept = np.dot(nodes.weighted_n_node_samples[kids], nodes.impurity[kids])
            least = np.dot(alone.weighted_n_node_samples[1:], alone.impurity[1:])
            assert kept == pytest.approx(least, abs=1e-9 * alone.impurity[0] * bag[rows].sum())


@pytest.mark.parametrize(("forest", "tree", "load"), KINDS)
def test_every_tree_is_what_its_bag_makes_it(forest, tree, load):
    X, y = load(return_X_y=True)
    model = forest(8, random_state=0).fit(X, y)
    bags = next(each for each in model.trace(X, y) if each.name == "bags").value
    assert bags.shape == (8, len(X))
    assert (bags.sum(axis=1) == len(X)).all()
    for bag, each in zip(bags, model.estimators_, strict=True):
        assert isinstance(each, tree)
        nodes = each.tree_
        assert nodes.n_node_samples[0] == np.sum(bag > 0)
        assert nodes.weighted_n_node_samples[0] == len(X)
        path = each.decision_path(X).toarray()  # (n, m)
        assert np.array_equal(path.T @ (bag > 0), nodes.n_node_samples)
        np.testing.assert_allclose(path.T @ bag, nodes.weighted_n_node_samples)
        if forest is RandomForestRegressor:
            np.testing.assert_allclose(path.T @ (bag * y) / (path.T @ bag), nodes.value[:, 0, 0])
        else:
            shares = (
                np.stack([path.T @ (bag * (y == c)) for c in model.classes_], axis=1)
                / (path.T @ bag)[:, None]
            )
            np.testing.assert_allclose(shares, nodes.value[:, 0], atol=1e-12)
            np.testing.assert_allclose(1 - np.sum(shares**2, axis=1), nodes.impurity, atol=1e-12)


def test_cuts_lie_in_the_middle_of_bins_that_are_empty_in_the_node():
    """A tree that drew the first and the last of seven values only: all six cuts gain the same, the third is taken."""
    X, y = np.array([[0.0], [1.0], [2.0], [3.0], [10.0], [11.0], [12.0]]), [0, 0, 0, 0, 1, 1, 1]
    model = RandomForestClassifier(20, max_samples=2, random_state=0)
    ends = [1, 0.001, 0.001, 0.001, 0.001, 0.001, 1]
    bags = next(each for each in model.trace(X, y, ends) if each.name == "bags").value
    trees = model.fit(X, y, sample_weight=ends).estimators_
    told = [
        each.tree_.threshold[0]
        for each, bag in zip(trees, bags, strict=True)
        if np.flatnonzero(bag).tolist() == [0, 6]
    ]
    assert len(told) > 3
    assert set(told) == {2.5}


@pytest.mark.parametrize(("forest", "tree", "load"), KINDS)
def test_the_forest_is_the_mean_of_its_trees(forest, tree, load):
    X, y = load(return_X_y=True)
    model = forest(12, random_state=1).fit(X[::2], y[::2])
    new = X[1::2] + 0.01
    ask = "predict_proba" if forest is RandomForestClassifier else "predict"
    mean = np.mean([getattr(each, ask)(new) for each in model.estimators_], axis=0)
    np.testing.assert_allclose(getattr(model, ask)(new), mean, atol=1e-12)
    leaves = np.stack([each.apply(new) for each in model.estimators_], axis=1)
    assert np.array_equal(model.apply(new), leaves)
    importances = np.mean([each.feature_importances_ for each in model.estimators_], axis=0)
    np.testing.assert_allclose(model.feature_importances_, importances / importances.sum(), atol=1e-12)


@pytest.mark.parametrize(("forest", "tree", "load"), KINDS)
def test_out_of_bag_is_judged_by_the_trees_that_did_not_see_the_row(forest, tree, load):
    X, y = load(return_X_y=True)
    model = forest(60, oob_score=True, random_state=0).fit(X, y)
    bags = next(each for each in forest(60, random_state=0).trace(X, y) if each.name == "bags").value
    labels = forest is RandomForestClassifier
    values = np.stack(
        [each.predict_proba(X) if labels else each.predict(X)[:, None] for each in model.estimators_]
    )  # (trees, n, k)
    out = (bags == 0)[:, :, None]
    expected = np.sum(values * out, axis=0) / out.sum(axis=0)
    told = model.oob_decision_function_ if labels else model.oob_prediction_[:, None]
    np.testing.assert_allclose(told, expected, atol=1e-12)
    theirs = oracle.RandomForestClassifier if labels else oracle.RandomForestRegressor
    known = theirs(60, oob_score=True, random_state=0).fit(X, y).oob_score_
    assert model.oob_score_ == pytest.approx(known, abs=0.03 if labels else 0.06)


def test_rows_that_every_tree_drew_have_no_estimate():
    X, y = datasets.load_iris(return_X_y=True)
    with pytest.warns(UserWarning, match="no out-of-bag estimate"):
        model = RandomForestClassifier(2, oob_score=True, random_state=0).fit(X, y)
    missing = np.isnan(model.oob_decision_function_[:, 0])
    assert 0 < missing.sum() < 100
    assert 0.8 < model.oob_score_ < 1
    assert not hasattr(model.set_params(oob_score=False).fit(X, y), "oob_score_")


def test_importance_finds_what_matters():
    X, y = datasets.make_friedman1(500, n_features=10, noise=0.5, random_state=0)
    model = RandomForestRegressor(25, random_state=0).fit(X[:300], y[:300])
    assert set(np.argsort(model.feature_importances_)[-5:]) == {0, 1, 2, 3, 4}
    lost = permutation_importance(model, X[300:], y[300:], n_repeats=4, random_state=0)
    assert set(np.argsort(lost.importances_mean)[-5:]) == {0, 1, 2, 3, 4}
    assert lost.importances.shape == (10, 4)
    np.testing.assert_allclose(lost.importances_mean, lost.importances.mean(axis=1))
    np.testing.assert_allclose(lost.importances_std, lost.importances.std(axis=1))
    theirs = their_permutation_importance(model, X[300:], y[300:], n_repeats=30, random_state=0)
    np.testing.assert_allclose(lost.importances_mean, theirs.importances_mean, atol=0.08)


def test_impurity_favours_a_feature_with_many_values_and_permutation_does_not():
    rng = np.random.default_rng(0)
    truth = rng.integers(0, 2, 600)
    X = np.column_stack(
        [truth ^ (rng.random(600) < 0.25), rng.random(600)]
    )  # tells something; noise of many values
    model = RandomForestClassifier(40, random_state=0).fit(X[:300], truth[:300])
    assert model.feature_importances_[1] > model.feature_importances_[0]
    lost = permutation_importance(model, X[300:], truth[300:], random_state=0).importances_mean
    assert lost[0] > 0.1 > abs(lost[1])


def test_permutation_importance_keeps_names_and_weights():
    X, y = datasets.load_iris(return_X_y=True, as_frame=True)
    model = RandomForestClassifier(10, random_state=0).fit(X, y)
    weights = (y > 0).to_numpy() * 1.0
    lost = permutation_importance(model, X, y, random_state=0, sample_weight=weights)
    assert lost.importances_mean.argmax() in (2, 3)


@pytest.mark.parametrize("forest", [RandomForestClassifier, RandomForestRegressor])
def test_the_same_seed_gives_the_same_forest(forest):
    X, y = datasets.load_iris(return_X_y=True)
    one, same, other = (forest(5, random_state=s).fit(X, y) for s in (3, 3, 4))
    assert np.array_equal(one.predict(X), same.predict(X))
    assert np.array_equal(one.forest_.bin, same.forest_.bin)
    assert not np.array_equal(one.forest_.bin[:50], other.forest_.bin[:50])


@pytest.mark.parametrize("bootstrap", [True, False])
def test_memory_limits_do_not_change_what_is_grown(monkeypatch, bootstrap):
    """Many small blocks of trees and halved levels: each tree is still one that its bag could have made."""
    X, y = datasets.load_digits(return_X_y=True)
    X, y = X[:300], y[:300]
    monkeypatch.setattr(forest_growth, "ENTRIES", 700)
    monkeypatch.setattr(forest_growth, "CELLS", 3000)
    monkeypatch.setattr(forest_walk, "CURSORS", 64)
    model = RandomForestClassifier(7, bootstrap=bootstrap, random_state=0).fit(X, y)
    assert len(model.estimators_) == 7
    for each in model.estimators_:
        path = each.decision_path(X).toarray()
        leaf = each.tree_.children_left < 0
        assert (path[:, leaf].sum(axis=1) == 1).all()
        assert bootstrap or np.array_equal(path.sum(axis=0), each.tree_.n_node_samples)
    mean = np.mean([each.predict_proba(X) for each in model.estimators_], axis=0)
    np.testing.assert_allclose(model.predict_proba(X), mean, atol=1e-12)
    assert model.score(X, y) > 0.95


def test_weights_are_chances():
    X, y = datasets.load_iris(return_X_y=True)
    weights = np.where(y == 1, 0.0, np.where(y == 0, 3.0, 1.0))
    model = RandomForestClassifier(30, random_state=0).fit(X, y, sample_weight=weights)
    bags = next(
        e for e in RandomForestClassifier(30, random_state=0).trace(X, y, weights) if e.name == "bags"
    ).value
    assert bags[:, y == 1].sum() == 0
    assert bags[:, y == 0].sum() / bags.sum() == pytest.approx(0.75, abs=0.02)
    assert not (model.predict(X) == 1).any()


@pytest.mark.parametrize(("max_samples", "drawn"), [(None, 150), (30, 30), (0.5, 75), (300, 300)])
def test_max_samples(max_samples, drawn):
    X, y = datasets.load_iris(return_X_y=True)
    model = RandomForestClassifier(4, max_samples=max_samples, random_state=0).fit(X, y)
    assert [each.tree_.weighted_n_node_samples[0] for each in model.estimators_] == [drawn] * 4


def test_limits_hold_in_every_tree():
    X, y = datasets.load_breast_cancer(return_X_y=True)
    parameters = {"max_depth": 4, "min_samples_leaf": 5, "min_samples_split": 20}
    model = RandomForestClassifier(10, random_state=0, **parameters).fit(X, y)
    for each in model.estimators_:
        leaf = each.tree_.children_left < 0
        assert each.tree_.n_node_samples[leaf].min() >= 5
        assert each.tree_.n_node_samples[~leaf].min() >= 20
        assert each.get_depth() <= 4
    few = RandomForestClassifier(10, min_impurity_decrease=0.05, random_state=0).fit(X, y)
    assert max(each.get_n_leaves() for each in few.estimators_) <= 5


def test_names_of_features_and_classes_stay():
    X, y = datasets.load_iris(return_X_y=True, as_frame=True)
    model = RandomForestClassifier(5, random_state=0).fit(X, np.array(["s", "e", "v"])[y])
    assert list(model.classes_) == ["e", "s", "v"]
    assert model.predict(X.iloc[:2]).tolist() == ["s", "s"]
    with pytest.raises(ValueError, match="same order"):
        model.predict(X[X.columns[::-1]])
    assert isinstance(X, pd.DataFrame)


@pytest.mark.parametrize(
    ("parameters", "said"),
    [
        ({"n_estimators": 0}, "n_estimators must be a whole number of at least 1"),
        ({"max_bins": 300}, "max_bins must be from 2 to 256"),
        ({"bootstrap": False, "oob_score": True}, "oob_score needs rows that are drawn"),
        ({"bootstrap": False, "max_samples": 5}, "max_samples needs rows that are drawn"),
        ({"max_samples": 0.0}, "max_samples must be a number above 0"),
        ({"criterion": "log_loss"}, "criterion must be one of"),
    ],
)
def test_errors_name_the_parameter(parameters, said):
    with pytest.raises(ValueError, match=said):
        RandomForestClassifier(**parameters).fit([[0.0], [1.0]], [0, 1])


@given(st.integers(0, 2**32 - 1), st.integers(1, 60), st.integers(2, 9), st.booleans())
@settings(deadline=None, max_examples=60)
def test_bins_keep_order_and_hold_about_equally_many(seed, n, most, whole):
    rng = np.random.default_rng(seed)
    X = rng.normal(size=(n, 2)) * 10.0 ** rng.integers(-8, 8)
    X = np.round(X) if whole else X
    bins = Bins.of(X, most)
    codes = bins.codes(X)
    for j, cuts in enumerate(bins.cuts):
        assert len(cuts) < most
        assert np.array_equal(codes[:, j], np.sum(X[:, j, None] > cuts, axis=1))
        values = len(np.unique(X[:, j]))
        if values <= most:
            assert len(cuts) == values - 1
        elif values == n:
            assert np.bincount(codes[:, j]).max() <= n // most + 1


@pytest.mark.parametrize("d", [1, 3])
def test_constant_features_leave_leaves(d):
    model = RandomForestClassifier(20, random_state=0).fit(np.ones((8, d)), [0, 0, 0, 1, 1, 1, 1, 1])
    assert [each.tree_.node_count for each in model.estimators_] == [1] * 20
    assert model.predict_proba(np.zeros((1, d)))[0, 1] == pytest.approx(5 / 8, abs=0.15)
    assert np.array_equal(model.feature_importances_, np.zeros(d))


@given(st.integers(0, 2**32 - 1), st.integers(1, 30), st.integers(1, 3), st.integers(1, 4))
@settings(deadline=None, max_examples=30)
def test_degenerate_data_give_probabilities(seed, n, d, classes):
    rng = np.random.default_rng(seed)
    X, y = rng.integers(0, 3, (n, d)) * 1.0, rng.integers(0, classes, n)
    share = RandomForestClassifier(5, random_state=0).fit(X, y).predict_proba(X)
    assert share.shape == (n, len(np.unique(y)))
    np.testing.assert_allclose(share.sum(axis=1), 1)
    number = RandomForestRegressor(5, random_state=0).fit(X, y).predict(X)
    assert ((number >= y.min() - 1e-9) & (number <= y.max() + 1e-9)).all()
