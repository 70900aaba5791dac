"""Cost-complexity pruning: scikit-learn's path, and the law that it minimizes what it says."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
import sklearn.tree as oracle
from sklearn.datasets import load_breast_cancer, load_diabetes, make_friedman1

from pellucid.models.tree import DecisionTreeClassifier, DecisionTreeRegressor
from pellucid.models.tree.pruning import pruned, pruning_path
from pellucid.models.tree.structure import LEAF


def same_trees():
    X, y = make_friedman1(300, noise=1, random_state=0)
    X = X.astype(np.float32).astype(float)
    yield DecisionTreeRegressor(min_samples_leaf=5), oracle.DecisionTreeRegressor(min_samples_leaf=5), X, y
    y = np.digitize(y, [11, 17])
    yield (
        DecisionTreeClassifier(min_samples_leaf=20),
        oracle.DecisionTreeClassifier(min_samples_leaf=20),
        X,
        y,
    )


@pytest.mark.parametrize(("ours", "theirs", "X", "y"), list(same_trees()))
def test_path_and_pruned_trees_are_scikit_learns(ours, theirs, X, y):
    theirs.set_params(random_state=0)
    path, known = ours.cost_complexity_pruning_path(X, y), theirs.cost_complexity_pruning_path(X, y)
    np.testing.assert_allclose(path.ccp_alphas, known.ccp_alphas, atol=1e-10)
    np.testing.assert_allclose(path.impurities, known.impurities, rtol=1e-10)
    for alpha in path.ccp_alphas[1::3] * 1.0001:
        ours.set_params(ccp_alpha=float(alpha)).fit(X, y)
        theirs.set_params(ccp_alpha=float(alpha)).fit(X, y)
        for name in ("children_left", "children_right", "feature", "threshold", "n_node_samples"):
            assert np.array_equal(getattr(ours.tree_, name), getattr(theirs.tree_, name)), name


@pytest.mark.parametrize(
    ("model", "load"),
    [(DecisionTreeClassifier(), load_breast_cancer), (DecisionTreeRegressor(max_depth=6), load_diabetes)],
)
def test_path_rises_to_the_root(model, load):
    X, y = load(return_X_y=True)
    alphas, impurities = model.cost_complexity_pruning_path(X, y)
    assert (np.diff(alphas) >= -1e-15).all()
    assert (np.diff(impurities) >= 0).all()
    root = model.fit(X, y).tree_.impurity[0]
    assert impurities[-1] == pytest.approx(root)
    assert model.set_params(ccp_alpha=float(alphas[-1]) * 1.01).fit(X, y).tree_.node_count == 1


def costs_of_all_subtrees(tree, alpha):
    """R(T) + α·leaves of every subtree with the same root."""
    risk = tree.weighted_n_node_samples * tree.impurity / tree.weighted_n_node_samples[0]

    def of(node):
        alone = [risk[node] + alpha]
        if tree.children_left[node] == LEAF:
            return alone
        below = itertools.product(of(tree.children_left[node]), of(tree.children_right[node]))
        return alone + [left + right for left, right in below]

    return of(0)


@pytest.mark.parametrize("seed", range(6))
def test_no_subtree_costs_less_than_the_pruned_one(seed):
    rng = np.random.default_rng(seed)
    X, y = rng.normal(size=(60, 2)), rng.integers(0, 2, 60)
    tree = DecisionTreeClassifier(max_depth=3).fit(X, y).tree_
    alphas = pruning_path(tree).ccp_alphas
    for alpha in [0.0, *((alphas[1:] + alphas[:-1]) / 2), alphas[-1] + 0.1]:
        small = pruned(tree, float(alpha))
        leaf = small.children_left == LEAF
        cost = np.sum((small.weighted_n_node_samples * small.impurity)[leaf]) / 60 + alpha * leaf.sum()
        assert cost == pytest.approx(min(costs_of_all_subtrees(tree, alpha)), abs=1e-12)
