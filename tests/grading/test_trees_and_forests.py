"""What chapter 7 states and its references compute, against scikit-learn and SciPy."""

import re

import numpy as np
import pytest
import scipy.stats
from sklearn.ensemble import RandomForestClassifier
from sklearn.tree import DecisionTreeClassifier


@pytest.fixture
def chapter(open_chapter):
    return open_chapter("07-trees-and-forests")


OUTLOOK = [0, 0, 1, 2, 2, 2, 1, 0, 0, 2, 0, 1, 1, 2]
TEMPERATURE = [0, 0, 0, 1, 2, 2, 2, 1, 2, 1, 1, 1, 0, 1]
HUMIDITY = [0, 0, 0, 0, 1, 1, 1, 0, 1, 1, 1, 0, 1, 0]
WIND = [0, 1, 0, 0, 0, 1, 1, 0, 0, 0, 1, 1, 0, 1]
TENNIS = [0, 0, 1, 1, 1, 0, 1, 0, 1, 1, 1, 1, 1, 0]


@pytest.mark.parametrize(
    ("feature", "gain"), [(OUTLOOK, 0.2467), (HUMIDITY, 0.1518), (WIND, 0.0481), (TEMPERATURE, 0.0292)]
)
def test_the_gains_of_the_fourteen_days(chapter, feature, gain):
    found = chapter.exercises["information-gain"].solution(np.array(feature), np.array(TENNIS))
    assert round(found, 4) == gain


def test_the_entropy_of_the_fourteen_days(chapter):
    assert round(chapter.exercises["entropy-of-counts"].solution(np.array([9, 5])), 4) == 0.9403


@pytest.mark.parametrize(
    ("labels", "impurity"), [([1, 1], 0), ([0, 1], 0.5), ([0] * 3 + [1] * 7, 0.42), ([0] * 4 + [1] * 6, 0.48)]
)
def test_the_gini_values_of_the_page(chapter, labels, impurity):
    np.testing.assert_allclose(
        chapter.exercises["gini-impurity-of-labels"].solution(np.array(labels)), impurity
    )


@pytest.mark.parametrize("seed", range(5))
def test_entropy_agrees_with_scipy(chapter, seed):
    for (counts,), bits in chapter.expected("entropy-of-counts", seed):
        np.testing.assert_allclose(bits, scipy.stats.entropy(counts, base=2), atol=1e-12)


@pytest.mark.parametrize("seed", range(5))
def test_the_best_split_is_that_of_scikit_learn(chapter, seed):
    for (X, y), (column, threshold, drop) in chapter.expected("best-split", seed):
        stump = DecisionTreeClassifier(max_depth=1, random_state=0).fit(X, y).tree_
        share = stump.n_node_samples[1] / len(y)
        assert column == stump.feature[0]
        np.testing.assert_allclose(threshold, stump.threshold[0], rtol=1e-6)
        wanted = stump.impurity[0] - share * stump.impurity[1] - (1 - share) * stump.impurity[2]
        np.testing.assert_allclose(drop, wanted, atol=1e-12)


@pytest.mark.parametrize("seed", range(5))
def test_the_tree_is_that_of_scikit_learn(chapter, seed):
    for (X, y, X_new, depth), labels in chapter.expected("grow-a-tree", seed):
        if depth > 0:
            model = DecisionTreeClassifier(max_depth=depth, random_state=seed).fit(X, y)
            np.testing.assert_array_equal(labels, model.predict(X_new))


@pytest.mark.parametrize("seed", range(3))
def test_a_tree_of_scikit_learn_can_be_walked(chapter, seed):
    rng = np.random.default_rng(seed)
    X, y = rng.normal(size=(60, 3)), rng.integers(3, size=60)
    model = DecisionTreeClassifier(random_state=seed).fit(X, y)
    tree = model.tree_
    feature = np.where(tree.children_left < 0, -1, tree.feature)
    label = tree.value[:, 0].argmax(axis=1)
    X_new = rng.normal(size=(40, 3))
    found = chapter.exercises["walk-down"].solution(
        X_new, feature, tree.threshold, tree.children_left, tree.children_right, label
    )
    np.testing.assert_array_equal(found, model.predict(X_new))


@pytest.mark.parametrize("seed", range(3))
def test_the_out_of_bag_error_judges_the_bags_of_scikit_learn(chapter, seed):
    """A forest of stumps on its own bags: rows and trees as scikit-learn drew them, votes as the page counts them."""
    rng = np.random.default_rng(seed)
    X, y = rng.normal(size=(40, 3)), rng.integers(2, size=40)
    forest = RandomForestClassifier(15, random_state=seed).fit(X, y)
    bags = np.array(forest.estimators_samples_)
    labels = np.array([tree.predict(X) for tree in forest.estimators_]).astype(int)
    votes = np.zeros((40, 2))
    for bag, said in zip(bags, labels, strict=True):
        out = ~np.isin(np.arange(40), bag)
        votes[out, said[out]] += 1
    judged = votes.any(axis=1)
    wanted = np.mean(votes.argmax(axis=1)[judged] != y[judged])
    found = chapter.exercises["out-of-bag-error"].solution(y, bags, labels)
    np.testing.assert_allclose(found, wanted)


@pytest.mark.parametrize("seed", range(3))
def test_the_stumps_of_the_forest_are_those_of_scikit_learn(chapter, seed):
    for (X, y, X_new, bags, columns), (labels, importance) in chapter.expected("small-forest", seed):
        votes, drops = np.zeros((len(X_new), y.max() + 1)), np.zeros(X.shape[1])
        for bag, allowed in zip(bags, columns, strict=True):
            stump = DecisionTreeClassifier(max_depth=1, random_state=0).fit(X[bag][:, allowed], y[bag])
            votes[range(len(X_new)), stump.predict(X_new[:, allowed])] += 1
            drops[allowed] += stump.tree_.compute_feature_importances(normalize=False)
        np.testing.assert_array_equal(labels, votes.argmax(axis=1))
        np.testing.assert_allclose(importance, drops / drops.sum(), atol=1e-12)


def test_the_rows_of_wine_are_those_of_scikit_learn(chapter):
    from sklearn.datasets import load_wine

    rows = re.search(r'^rows = """\n(.*?)"""', chapter.text, re.DOTALL | re.MULTILINE)
    assert rows is not None
    wine = load_wine()
    np.testing.assert_array_equal(np.array(rows[1].split(), dtype=float).reshape(178, 13), wine.data)
    np.testing.assert_array_equal(np.repeat([0, 1, 2], [59, 71, 48]), wine.target)
