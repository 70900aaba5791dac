"""Random forests: many trees, each on a bootstrap sample, each node looking at some features only; they vote by their mean.

Breiman, Random Forests, Machine Learning 45 (2001). Features are cut into bins of equal counts first (`max_bins`), which is what
lets all trees grow together; thresholds lie half-way between neighbouring values of the data.
"""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from itertools import pairwise
from math import ceil
from numbers import Integral
from typing import Any

import numpy as np
from numpy.typing import NDArray

from pellucid.models.ensemble.forest_bags import Bags
from pellucid.models.ensemble.forest_bins import Bins, Bytes
from pellucid.models.ensemble.forest_growth import Grower
from pellucid.models.ensemble.forest_walk import Forest
from pellucid.models.estimator import Classifier, Estimator, Regressor
from pellucid.models.trace import See, unseen
from pellucid.models.tree.decision_tree import DecisionTreeClassifier, DecisionTreeRegressor, choose_criterion
from pellucid.models.tree.impurity import CLASSIFICATION, REGRESSION, Criterion
from pellucid.models.tree.limits import check_at_least, check_whole, limits_of
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


class _RandomForest(Estimator):
    """What forests for labels and for numbers have in common."""

    n_estimators: int
    criterion: str
    max_depth: int | None
    min_samples_split: int | float
    min_samples_leaf: int | float
    max_features: int | float | str | None
    min_impurity_decrease: float
    bootstrap: bool
    oob_score: bool
    random_state: Any
    max_samples: int | float | None
    max_bins: int | None
    forest_: Forest

    def _targets(self, y: Any, n: int) -> Targets:
        raise NotImplementedError

    def _criterion(self) -> Criterion:
        raise NotImplementedError

    def _keep_out_of_bag(self, value: Floats, y: Any, told: NDArray[np.bool_]) -> None:
        raise NotImplementedError

    def _one_tree(self, number: int) -> Any:
        raise NotImplementedError

    def _fit(self, X: Any, y: Any, sample_weight: Any, see: See) -> None:
        rows = check_rows(X)
        self._learn_features(X, rows)
        targets = self._targets(y, len(rows))
        trees, limits = check_whole("n_estimators", self.n_estimators, 1), limits_of(self, *rows.shape)
        rng, weight = rng_of(self.random_state), check_sample_weight(sample_weight, len(rows))
        bins = Bins.of(rows[weight > 0], _bins(self.max_bins, limits.max_features))
        codes = bins.codes(rows)
        bags = Bags(weight, self._draws(len(rows)), rng, keep=self.oob_score or see is not unseen)
        grower = Grower(codes, bins.most, targets, self._criterion(), limits, rng)
        self.forest_ = Forest.of(grower.grow(trees, bags.draw), bins)
        for name in ("oob_score_", "oob_decision_function_", "oob_prediction_"):
            self.__dict__.pop(name, None)  # of an earlier fit
        if self.oob_score:
            self._judge(codes, bags.left_out(), y)
        if see is not unseen:
            self._tell(bags, see)

    def _draws(self, n: int) -> int | None:
        """How many rows each tree draws; None for every row once."""
        if not self.bootstrap:
            if self.oob_score or self.max_samples is not None:
                name = "oob_score" if self.oob_score else "max_samples"
                raise ValueError(
                    f"{name} needs rows that are drawn: set bootstrap=True, or leave {name} at its default."
                )
            return None
        if self.max_samples is None:
            return n
        if isinstance(self.max_samples, Integral):
            return check_whole("max_samples", self.max_samples, 1)
        return max(1, ceil(check_at_least("max_samples", self.max_samples, 0, above=True) * n))

    def _judge(self, codes: Bytes, left_out: NDArray[np.bool_], y: Any) -> None:
        """For each row the mean over the trees that did not see it; NaN where all did."""
        votes = left_out.sum(axis=0)
        with np.errstate(invalid="ignore"):
            value = self.forest_.total(codes, left_out) / votes[:, None]
        if not votes.all():
            warnings.warn(
                f"{int(np.sum(votes == 0))} rows have no out-of-bag estimate (NaN), since no tree left them out: "
                "grow more trees.",
                UserWarning,
                stacklevel=4,
            )
        self._keep_out_of_bag(value, y, votes > 0)

    def _tell(self, bags: Bags, see: See) -> None:
        forest = self.forest_
        see("bins", "cuts", "between bins of equal counts", forest.bins.table(), note="filled up with ∞")
        see("bags", "w", "how often each tree drew each row", bags.all())
        for t, (low, high) in enumerate(pairwise(forest.roots)):
            columns = np.stack([each[low:high] for each in (forest.left, forest.feature, forest.bin)], axis=1)
            see(
                f"tree {t}",
                "T",
                "left child, feature, bin",
                columns,
                note=f"{int(np.sum(columns[:, 0] < 0))} leaves",
            )
        see("importance", "I", "mean share of the decrease in impurity", forest.feature_importances())

    @property
    def estimators_(self) -> Sequence[Any]:
        """The trees, each as a fitted decision tree with thresholds in the units of the data."""
        check_is_fitted(self, "forest_")
        return [self._one_tree(number) for number in range(len(self.forest_.roots) - 1)]

    @property
    def feature_importances_(self) -> Floats:
        """By how much each feature's splits lower the impurity, the mean over the trees, as shares that add up to 1 (d,).

        Features with many values are favoured, and the training rows judge themselves: see `permutation_importance`.
        """
        check_is_fitted(self, "forest_")
        return self.forest_.feature_importances()

    def apply(self, X: Any) -> NDArray[np.intp]:
        """The leaf of each row in each of `estimators_` (n, trees)."""
        codes = self._codes(X)
        leaf = self.forest_.apply(codes, 0, self._trees())
        number = np.concatenate([self.forest_.tree(t)[1] for t in range(self._trees())])
        return number[leaf].T

    def _trees(self) -> int:
        return len(self.forest_.roots) - 1

    def _codes(self, X: Any) -> Bytes:
        rows = self._check_again(X, fitted="forest_")
        return self.forest_.bins.codes(rows)

    def _as_tree(self, model: Any, number: int) -> Any:
        """One of the trees as a fitted model of its own."""
        model.tree_, _ = self.forest_.tree(number)
        model.n_features_in_ = self.n_features_in_
        model.max_features_ = limits_of(self, 1, self.n_features_in_).max_features
        return model

    def _parameters_of_trees(self) -> dict[str, Any]:
        shared = (
            "criterion",
            "max_depth",
            "min_samples_split",
            "min_samples_leaf",
            "max_features",
            "min_impurity_decrease",
        )
        return {name: getattr(self, name) for name in shared}


class RandomForestClassifier(_RandomForest, Classifier):
    """The mean of the class shares in the leaves of many trees.

    Parameters as in scikit-learn, and `max_bins` (2 to 256): so many values of a feature are told apart; None for 64, for more
    where nodes look at fewer than four features. With `oob_score`, each row is judged by the trees that did not draw it:
    `oob_decision_function_` (n, c), `oob_score_`. Sample weights are the chances with which rows are drawn.
    """

    classes_: Array

    def __init__(
        self,
        n_estimators: int = 100,
        *,
        criterion: str = "gini",
        max_depth: int | None = None,
        min_samples_split: int | float = 2,
        min_samples_leaf: int | float = 1,
        max_features: int | float | str | None = "sqrt",
        min_impurity_decrease: float = 0.0,
        bootstrap: bool = True,
        oob_score: bool = False,
        random_state: Any = None,
        max_samples: int | float | None = None,
        max_bins: int | None = None,
    ) -> None:
        self.n_estimators = n_estimators
        self.criterion = criterion
        self.max_depth = max_depth
        self.min_samples_split = min_samples_split
        self.min_samples_leaf = min_samples_leaf
        self.max_features = max_features
        self.min_impurity_decrease = min_impurity_decrease
        self.bootstrap = bootstrap
        self.oob_score = oob_score
        self.random_state = random_state
        self.max_samples = max_samples
        self.max_bins = max_bins

    def _criterion(self) -> Criterion:
        return choose_criterion(self.criterion, CLASSIFICATION)

    def _targets(self, y: Any, n: int) -> Targets:
        self.classes_, codes = check_classes(y, n)
        self.n_classes_ = len(self.classes_)
        return Labels(codes, np.ones(n), self.n_classes_)

    def _keep_out_of_bag(self, value: Floats, y: Any, told: NDArray[np.bool_]) -> None:
        self.oob_decision_function_ = value
        right = self.classes_[value[told].argmax(axis=1)] == np.asarray(y).ravel()[told]
        self.oob_score_ = float(right.mean()) if told.any() else np.nan

    def _one_tree(self, number: int) -> DecisionTreeClassifier:
        tree: DecisionTreeClassifier = self._as_tree(
            DecisionTreeClassifier(**self._parameters_of_trees()), number
        )
        tree.classes_, tree.n_classes_ = self.classes_, self.n_classes_
        return tree

    def predict_proba(self, X: Any) -> Floats:
        """The mean of the class shares in each row's leaves (n, c)."""
        codes = self._codes(X)
        return self.forest_.predict(codes)

    def predict_log_proba(self, X: Any) -> Floats:
        """Their logarithms (n, c); −inf where no tree saw the class."""
        with np.errstate(divide="ignore"):
            return np.log(self.predict_proba(X))

    def predict(self, X: Any) -> Array:
        """The class with the largest mean share (n,); the first of equals."""
        most = self.predict_proba(X).argmax(axis=1)
        return self.classes_[most]


class RandomForestRegressor(_RandomForest, Regressor):
    """The mean of the means in the leaves of many trees.

    Every node looks at all features by default, as in scikit-learn. With `oob_score`: `oob_prediction_` (n,), and its R² as
    `oob_score_`. The rest as in RandomForestClassifier.
    """

    def __init__(
        self,
        n_estimators: int = 100,
        *,
        criterion: str = "squared_error",
        max_depth: int | None = None,
        min_samples_split: int | float = 2,
        min_samples_leaf: int | float = 1,
        max_features: int | float | str | None = 1.0,
        min_impurity_decrease: float = 0.0,
        bootstrap: bool = True,
        oob_score: bool = False,
        random_state: Any = None,
        max_samples: int | float | None = None,
        max_bins: int | None = None,
    ) -> None:
        self.n_estimators = n_estimators
        self.criterion = criterion
        self.max_depth = max_depth
        self.min_samples_split = min_samples_split
        self.min_samples_leaf = min_samples_leaf
        self.max_features = max_features
        self.min_impurity_decrease = min_impurity_decrease
        self.bootstrap = bootstrap
        self.oob_score = oob_score
        self.random_state = random_state
        self.max_samples = max_samples
        self.max_bins = max_bins

    def _criterion(self) -> Criterion:
        return choose_criterion(self.criterion, REGRESSION)

    def _targets(self, y: Any, n: int) -> Targets:
        return Numbers(check_y(y, n), np.ones(n))

    def _keep_out_of_bag(self, value: Floats, y: Any, told: NDArray[np.bool_]) -> None:
        self.oob_prediction_ = value[:, 0]
        truth = np.asarray(y, dtype=np.float64).ravel()[told]
        left, whole = np.sum((truth - self.oob_prediction_[told]) ** 2), np.sum((truth - truth.mean()) ** 2)
        self.oob_score_ = float(1 - left / whole) if whole > 0 else np.nan

    def _one_tree(self, number: int) -> DecisionTreeRegressor:
        return self._as_tree(DecisionTreeRegressor(**self._parameters_of_trees()), number)

    def predict(self, X: Any) -> Floats:
        """The mean over the trees (n,)."""
        codes = self._codes(X)
        return self.forest_.predict(codes)[:, 0]


def _bins(value: Any, max_features: int) -> int:
    if value is None:
        return max(64, 256 // max_features)
    if check_whole("max_bins", value, 2) > 256:
        raise ValueError(
            f"max_bins must be from 2 to 256, since a bin's number is kept in one byte; it is {value}."
        )
    return int(value)
