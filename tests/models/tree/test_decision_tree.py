"""Trees, node for node against scikit-learn's, where no two cuts gain the same; ties are looked at one by one."""

from __future__ import annotations

import numpy as np
import pytest
import sklearn.tree as oracle
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.datasets import load_iris, make_friedman1

from pellucid.models.tree import DecisionTreeClassifier, DecisionTreeRegressor

SAME = 1e-9
"""Gains that differ by less, as a share of the node's impurity, count as equal."""


def check_every_node(ours, theirs, X, y, weights):
    """At each node of scikit-learn's tree we, given its rows, make the same cut, or one that gains the same; or both a leaf."""
    reach = theirs.decision_path(X.astype(np.float32)).toarray().astype(bool)

    depth = np.concatenate([[0], np.zeros(theirs.node_count - 1, dtype=int)])
    for node in np.flatnonzero(theirs.children_left >= 0):
        depth[[theirs.children_left[node], theirs.children_right[node]]] = depth[node] + 1
    for node in range(theirs.node_count):
        rows = np.flatnonzero(reach[:, node] & (weights > 0))
        mine = type(ours)(**{**ours.get_params(), "max_depth": 1, "ccp_alpha": 0.0})
        mine.fit(X[rows], y[rows], sample_weight=weights[rows])
        tree = mine.tree_
        assert tree.n_node_samples[0] == theirs.n_node_samples[node]
        assert tree.impurity[0] == pytest.approx(theirs.impurity[node], rel=1e-9, abs=1e-11)
        if theirs.children_left[node] < 0:
            assert tree.node_count == 1 or depth[node] == ours.max_depth
            continue
        assert tree.node_count == 3
        left = X[rows, theirs.feature[node]] <= theirs.threshold[node]
        if theirs.feature[node] == tree.feature[0] and np.isclose(theirs.threshold[node], tree.threshold[0]):
            continue

        kids = [theirs.children_left[node], theirs.children_right[node]]
        w, impurity = theirs.weighted_n_node_samples, theirs.impurity
        their_kept = np.dot(w[kids], impurity[kids]) / w[node]
        our_kept = np.dot(tree.weighted_n_node_samples[1:], tree.impurity[1:]) / w[node]
        assert abs(their_kept - our_kept) <= SAME * impurity[node], (node, left.sum())
        first = (tree.feature[0], tree.threshold[0]) < (theirs.feature[node], theirs.threshold[node])
        assert first, "of equal cuts ours is the first"


SETTINGS = [{}, {"max_depth": 4, "min_samples_leaf": 3}, {"min_samples_split": 12}]


@pytest.mark.parametrize("criterion", ["gini", "entropy"])
@pytest.mark.parametrize("parameters", SETTINGS)
def test_labels_node_for_node(labelled, criterion, parameters):
    X, y = labelled
    theirs = oracle.DecisionTreeClassifier(criterion=criterion, random_state=0, **parameters).fit(X, y)
    ours = DecisionTreeClassifier(criterion=criterion, **parameters)
    check_every_node(ours, theirs.tree_, X, y, np.ones(len(y)))


@pytest.mark.parametrize("parameters", SETTINGS[1:])
def test_numbers_node_for_node(numbered, parameters):
    X, y = numbered
    theirs = oracle.DecisionTreeRegressor(random_state=0, **parameters).fit(X, y)
    check_every_node(DecisionTreeRegressor(**parameters), theirs.tree_, X, y, np.ones(len(y)))


@pytest.mark.parametrize("seed", [0, 1])
def test_weighted_node_for_node(seed):
    rng = np.random.default_rng(seed)
    X, y = load_iris(return_X_y=True)
    X, weights = X.astype(np.float32).astype(float), rng.integers(0, 4, len(y)) * rng.random(len(y))
    theirs = oracle.DecisionTreeClassifier(random_state=seed).fit(X, y, sample_weight=weights)
    check_every_node(DecisionTreeClassifier(), theirs.tree_, X, y, weights)


def test_without_ties_all_arrays_are_equal():
    X, y = make_friedman1(500, noise=1, random_state=0)
    X = X.astype(np.float32).astype(float)
    parameters = {"min_samples_leaf": 6, "min_impurity_decrease": 0.01}
    theirs = oracle.DecisionTreeRegressor(random_state=0, **parameters).fit(X, y).tree_
    ours = DecisionTreeRegressor(**parameters).fit(X, y).tree_
    assert ours.node_count == theirs.node_count > 40
    for name in ("children_left", "children_right", "feature", "threshold", "n_node_samples"):
        assert np.array_equal(getattr(ours, name), getattr(theirs, name)), name
    for name in ("impurity", "value", "weighted_n_node_samples"):
        np.testing.assert_allclose(getattr(ours, name), getattr(theirs, name), rtol=1e-9)


@pytest.fixture(scope="module")
def pair():
    X, y = make_friedman1(300, noise=1, random_state=0)
    X, label = X.astype(np.float32).astype(float), np.array(["low", "mid", "high"])[np.digitize(y, [11, 17])]
    parameters, weights = (
        {"min_samples_leaf": 20},
        np.random.default_rng(0).random(300),
    )  # no two cuts weigh the same
    ours = DecisionTreeClassifier(**parameters).fit(X, label, sample_weight=weights)
    theirs = oracle.DecisionTreeClassifier(random_state=0, **parameters).fit(X, label, sample_weight=weights)
    return ours, theirs, X, label


def test_what_a_tree_tells_of_rows_is_scikit_learns(pair):
    ours, theirs, X, label = pair
    assert np.array_equal(ours.tree_.feature, theirs.tree_.feature)
    new = make_friedman1(200, random_state=5)[0].astype(np.float32).astype(float)
    assert np.array_equal(ours.apply(new), theirs.apply(new))
    assert np.array_equal(ours.predict(new), theirs.predict(new))
    np.testing.assert_allclose(ours.predict_proba(new), theirs.predict_proba(new), atol=1e-12)
    assert (ours.decision_path(new) != theirs.decision_path(new)).nnz == 0
    assert ours.score(X, label) == theirs.score(X, label)
    with np.errstate(divide="ignore"):
        np.testing.assert_allclose(ours.predict_log_proba(new), np.log(theirs.predict_proba(new)), atol=1e-12)


def test_what_a_tree_tells_of_itself_is_scikit_learns(pair):
    ours, theirs, _, _ = pair
    assert ours.get_depth() == theirs.get_depth()
    assert ours.get_n_leaves() == theirs.get_n_leaves()
    np.testing.assert_allclose(ours.feature_importances_, theirs.feature_importances_, atol=1e-12)
    assert ours.tree_.max_depth == theirs.tree_.max_depth


@pytest.mark.parametrize("value", [3, 0.5, "sqrt", "log2", None, 1])
def test_max_features_counts_as_scikit_learn_counts(value):
    X, y = load_iris(return_X_y=True)
    ours = DecisionTreeClassifier(max_features=value, random_state=0).fit(X, y)
    assert ours.max_features_ == oracle.DecisionTreeClassifier(max_features=value).fit(X, y).max_features_
    assert ours.score(X, y) == 1


def test_a_node_that_draws_constants_only_looks_further():
    X = np.zeros((40, 12))
    X[:, 7] = np.arange(40)
    y = X[:, 7] > 19
    for seed in range(10):
        assert DecisionTreeClassifier(max_features=1, random_state=seed).fit(X, y).score(X, y) == 1


def test_max_features_is_drawn_anew_in_every_node_and_by_the_seed():
    X, y = make_friedman1(200, noise=1, random_state=2)
    roots = [
        DecisionTreeRegressor(max_features=1, random_state=s, max_depth=1).fit(X, y).tree_.feature[0]
        for s in range(40)
    ]
    assert len(set(roots)) >= 8
    one, same = (DecisionTreeRegressor(max_features=2, random_state=7).fit(X, y) for _ in range(2))
    assert np.array_equal(one.tree_.threshold, same.tree_.threshold)


def test_a_weight_counts_rows():
    rng = np.random.default_rng(4)
    X, y = rng.normal(size=(60, 3)), rng.normal(size=60)
    times = rng.integers(0, 4, 60)
    weighted = DecisionTreeRegressor(max_depth=3).fit(X, y, sample_weight=times)
    repeated = DecisionTreeRegressor(max_depth=3).fit(np.repeat(X, times, axis=0), np.repeat(y, times))
    np.testing.assert_allclose(weighted.predict(X), repeated.predict(X), atol=1e-12)
    assert np.array_equal(weighted.tree_.threshold, repeated.tree_.threshold)


def test_parity_is_split_though_no_first_cut_gains():
    X, y = [[0, 0], [0, 1], [1, 0], [1, 1]], [0, 1, 1, 0]
    tree = DecisionTreeClassifier().fit(X, y)
    assert tree.score(X, y) == 1
    assert tree.get_n_leaves() == 4


def test_neighbours_with_no_number_between_them_are_told_apart():
    low = 1.0
    X = np.array([[low], [np.nextafter(low, 2)]])
    assert DecisionTreeClassifier().fit(X, [0, 1]).score(X, [0, 1]) == 1


@pytest.mark.parametrize("scale", [1e-300, 1e-9, 1, 1e150])
def test_thresholds_follow_the_units_of_x(scale):
    """scikit-learn holds values that differ by less than 1e-7 to be equal; here only equal ones are."""
    X, y = load_iris(return_X_y=True)
    plain = DecisionTreeClassifier().fit(X, y)
    scaled = DecisionTreeClassifier().fit(X * scale, y)
    np.testing.assert_allclose(scaled.tree_.threshold[0], plain.tree_.threshold[0] * scale)
    assert scaled.score(X * scale, y) == 1


@pytest.mark.parametrize(("shift", "scale"), [(1e8, 1), (0, 1e-160), (0, 1e100)])
def test_numbers_far_from_zero_or_tiny_or_large(shift, scale):
    X, y = make_friedman1(200, noise=1, random_state=3)
    plain = DecisionTreeRegressor(max_depth=3).fit(X, y)
    moved = DecisionTreeRegressor(max_depth=3).fit(X, y * scale + shift)
    if scale >= 1:  # an impurity of 1e-320 counts as none
        assert np.array_equal(moved.tree_.feature, plain.tree_.feature)
    np.testing.assert_allclose(moved.tree_.value[0, 0, 0], y.mean() * scale + shift)


def test_one_row_and_one_class():
    one = DecisionTreeClassifier().fit([[3.0, 4.0]], ["only"])
    assert one.predict([[0, 0]]) == ["only"]
    assert one.tree_.node_count == 1
    assert np.array_equal(one.feature_importances_, [0, 0])
    assert DecisionTreeRegressor().fit([[1.0], [2.0]], [5.0, 5.0]).tree_.node_count == 1


def test_constant_features_leave_a_leaf():
    tree = DecisionTreeClassifier().fit(np.ones((6, 2)), [0, 1, 0, 1, 1, 1])
    np.testing.assert_allclose(tree.predict_proba([[1, 1]]), [[1 / 3, 2 / 3]])


def test_rules_read_as_the_tree_decides():
    X, y = load_iris(return_X_y=True)
    tree = DecisionTreeClassifier(max_depth=2).fit(X, np.array(["setosa", "versicolor", "virginica"])[y])
    assert tree.rules(["sepal length", "sepal width", "petal length", "petal width"], decimals=2) == (
        "petal length ≤ 2.45 ?   (impurity 0.67, 150 rows)\n"
        "├─ yes: → setosa   (impurity 0.00, 50 rows)\n"
        "└─ no:  petal width ≤ 1.75 ?   (impurity 0.50, 100 rows)\n"
        "   ├─ yes: → versicolor   (impurity 0.17, 54 rows)\n"
        "   └─ no:  → virginica   (impurity 0.04, 46 rows)"
    )
    with pytest.raises(ValueError, match="feature_names has 1 names"):
        tree.rules(["one"])


def test_rules_of_numbers_without_names():
    tree = DecisionTreeRegressor().fit([[0.0], [1.0]], [1.5, 2.5])
    assert "x[0] ≤ 0.500 ?" in tree.rules()
    assert "→ 2.500" in tree.rules()


def test_trace_tells_every_candidate_and_the_chosen_one():
    X, y = load_iris(return_X_y=True)
    model = DecisionTreeClassifier(max_depth=2).fit(X, y)
    told = {record.name: record for record in model.trace(X, y)}
    root = told["candidates of node 0"]
    feature, threshold, gain = root.value.T
    cuts = sum(len(np.unique(column)) - 1 for column in X.T)
    assert len(root.value) == cuts
    best = int(gain.argmax())
    assert (feature[best], threshold[best]) == (model.tree_.feature[0], model.tree_.threshold[0])
    assert "chosen: x[2] ≤ 2.45" in root.note
    left = X[:, 0] <= 5.45
    kept = sum(
        part.sum() * DecisionTreeClassifier(max_depth=1).fit(X[part], y[part]).tree_.impurity[0]
        for part in (left, ~left)
    )
    row = np.flatnonzero((feature == 0) & np.isclose(threshold, 5.45))[0]
    assert gain[row] == pytest.approx(model.tree_.impurity[0] - kept / len(y))
    assert {"candidates of node 2", "pruning path", "tree"} <= told.keys()
    assert "candidates of node 1" not in told  # it is pure


def test_trace_of_numbers_tells_gains_in_the_units_of_y():
    X, y = [[0.0], [1.0], [2.0]], [0.0, 0.0, 30.0]
    gains = DecisionTreeRegressor(max_depth=1).trace(X, y)[0].value
    np.testing.assert_allclose(gains, [[0, 0.5, 50], [0, 1.5, 200]])


@pytest.mark.parametrize(
    ("parameters", "said"),
    [
        ({"criterion": "variance"}, "criterion must be one of 'gini', 'entropy'"),
        ({"max_depth": 0}, "max_depth must be a whole number of at least 1"),
        ({"min_samples_split": 1}, "min_samples_split"),
        ({"min_samples_leaf": 1.5}, "min_samples_leaf"),
        ({"max_features": "third"}, "max_features must be None, 'sqrt'"),
        ({"max_features": True}, "max_features"),
        ({"min_impurity_decrease": -1}, "min_impurity_decrease must be a number of at least 0"),
        ({"ccp_alpha": np.nan}, "ccp_alpha"),
    ],
)
def test_errors_name_the_parameter(parameters, said):
    with pytest.raises(ValueError, match=said):
        DecisionTreeClassifier(**parameters).fit([[0.0], [1.0]], [0, 1])


@given(st.integers(0, 2**32 - 1), st.integers(1, 40), st.integers(1, 4))
@settings(deadline=None, max_examples=40)
def test_a_full_tree_learns_all_that_can_be_told_apart(seed, n, d):
    rng = np.random.default_rng(seed)
    X, y = rng.integers(0, 4, (n, d)).astype(float), rng.integers(0, 3, n)
    tree = DecisionTreeClassifier(random_state=0).fit(X, y)
    for row in np.unique(X, axis=0):
        alike = (row == X).all(axis=1)
        counts = np.array([np.sum(y[alike] == each) for each in tree.classes_])
        np.testing.assert_allclose(tree.predict_proba(row[None])[0], counts / counts.sum(), atol=1e-12)
