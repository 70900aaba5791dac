"""Decision trees for labels and for numbers, grown as CART and pruned by cost and complexity.

Breiman, Friedman, Olshen, Stone, Classification and Regression Trees (1984).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from pellucid.models.estimator import Classifier, Estimator, Regressor
from pellucid.models.trace import See, unseen
from pellucid.models.tree.growth import grow
from pellucid.models.tree.impurity import CLASSIFICATION, REGRESSION, Criterion
from pellucid.models.tree.limits import check_at_least, limits_of
from pellucid.models.tree.pruning import PruningPath, pruned, pruning_path
from pellucid.models.tree.structure import Tree
from pellucid.models.tree.targets import Labels, Numbers, Targets
from pellucid.models.validation import (
    Array,
    Floats,
    check_classes,
    check_is_fitted,
    check_rows,
    check_sample_weight,
    check_y,
    rng_of,
)


class _DecisionTree(Estimator):
    """What trees for labels and for numbers have in common."""

    criterion: str
    ccp_alpha: float
    random_state: Any
    tree_: Tree
    max_features_: int

    def _targets(self, y: Any, sample_weight: Any, n: int) -> Targets:
        raise NotImplementedError

    def _criterion(self) -> Criterion:
        raise NotImplementedError

    def _grow(self, X: Any, y: Any, sample_weight: Any, see: See) -> Tree:
        rows = check_rows(X)
        self._learn_features(X, rows)
        targets = self._targets(y, sample_weight, len(rows))
        limits = limits_of(self, *rows.shape)
        self.max_features_ = limits.max_features
        return grow(rows, targets, self._criterion(), limits, rng_of(self.random_state), see)

    def _fit(self, X: Any, y: Any, sample_weight: Any, see: See) -> None:
        alpha = check_at_least("ccp_alpha", self.ccp_alpha, 0)
        tree = self._grow(X, y, sample_weight, see)
        self.tree_ = pruned(tree, alpha) if alpha > 0 else tree
        if see is not unseen:
            steps = pruning_path(tree)
            see("pruning path", "(α, R)", "g(t) = (R(t) − R(T_t)) / (leaves − 1)", np.stack(steps, axis=1))
            see(
                "tree",
                "T",
                "node: left, right, feature",
                _links(self.tree_),
                note=f"{self.tree_.n_leaves} leaves",
            )

    def cost_complexity_pruning_path(self, X: Any, y: Any, sample_weight: Any = None) -> PruningPath:
        """The values of `ccp_alpha` at which the tree for this data gets smaller, and the leaves' impurity from each on.

        The model itself is not changed.
        """
        fresh = type(self)(**self.get_params(deep=False))
        return pruning_path(fresh._grow(X, y, sample_weight, unseen))

    def apply(self, X: Any) -> NDArray[np.intp]:
        """The number of the leaf that each row comes to (n,)."""
        rows = self._rows(X)
        return self.tree_.apply(rows)

    def decision_path(self, X: Any) -> Any:
        """A sparse matrix (n, nodes): 1 where a row comes through a node."""
        rows = self._rows(X)
        return self.tree_.decision_path(rows)

    def get_depth(self) -> int:
        """Questions on the longest way from the root to a leaf."""
        check_is_fitted(self, "tree_")
        return self.tree_.max_depth

    def get_n_leaves(self) -> int:
        """How many leaves the tree has."""
        check_is_fitted(self, "tree_")
        return self.tree_.n_leaves

    @property
    def feature_importances_(self) -> Floats:
        """By how much each feature's splits lower the impurity, as shares that add up to 1 (d,)."""
        check_is_fitted(self, "tree_")
        return self.tree_.feature_importances()

    def rules(self, feature_names: Sequence[str] | None = None, decimals: int = 3) -> str:
        """The tree as text, a line a node. Names of features come from the data frame, or from here."""
        check_is_fitted(self, "tree_")
        names = getattr(self, "feature_names_in_", None) if feature_names is None else feature_names
        if names is not None and len(names) != self.n_features_in_:
            raise ValueError(
                f"feature_names has {len(names)} names, but the tree has {self.n_features_in_} features."
            )
        classes = getattr(self, "classes_", None)
        return self.tree_.rules(names, classes, decimals)

    def _rows(self, X: Any) -> Floats:
        return self._check_again(X, fitted="tree_")


class DecisionTreeClassifier(_DecisionTree, Classifier):
    """A tree of questions x[j] ≤ t whose leaves hold the shares of the classes.

    Each node takes the cut that lowers `criterion` ("gini" or "entropy") most; equal gains go to the first feature, then to
    the lowest threshold. Values are compared as float64. `max_features` may be a count, a share, "sqrt" or "log2": so many
    features, drawn by `random_state`, are looked at in a node. `ccp_alpha` prunes. Parameters and attributes as in scikit-learn.
    """

    classes_: Array

    def __init__(
        self,
        *,
        criterion: str = "gini",
        max_depth: int | None = None,
        min_samples_split: int | float = 2,
        min_samples_leaf: int | float = 1,
        max_features: int | float | str | None = None,
        random_state: Any = None,
        min_impurity_decrease: float = 0.0,
        ccp_alpha: float = 0.0,
    ) -> None:
        self.criterion = criterion
        self.max_depth = max_depth
        self.min_samples_split = min_samples_split
        self.min_samples_leaf = min_samples_leaf
        self.max_features = max_features
        self.random_state = random_state
        self.min_impurity_decrease = min_impurity_decrease
        self.ccp_alpha = ccp_alpha

    def _criterion(self) -> Criterion:
        return choose_criterion(self.criterion, CLASSIFICATION)

    def _targets(self, y: Any, sample_weight: Any, n: int) -> Targets:
        self.classes_, codes = check_classes(y, n)
        self.n_classes_ = len(self.classes_)
        return Labels(codes, check_sample_weight(sample_weight, n), self.n_classes_)

    def predict_proba(self, X: Any) -> Floats:
        """The shares of the classes in each row's leaf (n, c)."""
        rows = self._rows(X)
        return self.tree_.predict(rows)

    def predict_log_proba(self, X: Any) -> Floats:
        """Their logarithms (n, c); −inf where a class has no share."""
        with np.errstate(divide="ignore"):
            return np.log(self.predict_proba(X))

    def predict(self, X: Any) -> Array:
        """The class with the largest share in each row's leaf (n,); the first of equals."""
        most = self.predict_proba(X).argmax(axis=1)
        return self.classes_[most]


class DecisionTreeRegressor(_DecisionTree, Regressor):
    """A tree of questions x[j] ≤ t whose leaves hold means.

    Each node takes the cut that lowers the variance within its two sides most (`criterion` "squared_error"). The rest as in
    DecisionTreeClassifier.
    """

    def __init__(
        self,
        *,
        criterion: str = "squared_error",
        max_depth: int | None = None,
        min_samples_split: int | float = 2,
        min_samples_leaf: int | float = 1,
        max_features: int | float | str | None = None,
        random_state: Any = None,
        min_impurity_decrease: float = 0.0,
        ccp_alpha: float = 0.0,
    ) -> None:
        self.criterion = criterion
        self.max_depth = max_depth
        self.min_samples_split = min_samples_split
        self.min_samples_leaf = min_samples_leaf
        self.max_features = max_features
        self.random_state = random_state
        self.min_impurity_decrease = min_impurity_decrease
        self.ccp_alpha = ccp_alpha

    def _criterion(self) -> Criterion:
        return choose_criterion(self.criterion, REGRESSION)

    def _targets(self, y: Any, sample_weight: Any, n: int) -> Targets:
        return Numbers(check_y(y, n), check_sample_weight(sample_weight, n))

    def predict(self, X: Any) -> Floats:
        """The mean in each row's leaf (n,)."""
        rows = self._rows(X)
        return self.tree_.predict(rows)[:, 0]


def choose_criterion(name: Any, known: dict[str, Criterion]) -> Criterion:
    """The criterion of this name, else a ValueError that lists those there are."""
    if not isinstance(name, str) or name not in known:
        raise ValueError(f"criterion must be one of {', '.join(map(repr, known))}; it is {name!r}.")
    return known[name]


def _links(tree: Tree) -> Array:
    return np.stack([tree.children_left, tree.children_right, tree.feature], axis=1)
