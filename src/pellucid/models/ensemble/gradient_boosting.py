"""Gradient boosting with exact trees: each round fits a tree to the negative gradient, then sets its leaves by a Newton step.

Friedman, *Greedy function approximation: a gradient boosting machine*, Annals of Statistics 29 (2001), Algorithms 1, 2, 5 and 6;
*Stochastic gradient boosting* (2002) for `subsample`.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray

from pellucid.models.ensemble.gradient_boosting_loss import Loss, SquaredError, hold_out, log_loss
from pellucid.models.ensemble.gradient_boosting_scores import Boosted, BoostedClassifier, BoostedRegressor
from pellucid.models.trace import See, unseen
from pellucid.models.tree.decision_tree import DecisionTreeRegressor
from pellucid.models.tree.limits import check_at_least, check_whole
from pellucid.models.tree.structure import LEAF, Tree
from pellucid.models.validation import (
    Array,
    Floats,
    check_is_fitted,
    check_rows,
    check_sample_weight,
    check_y,
    rng_of,
)

LEAST_HESSIAN = 1e-150
"""A leaf with less curvature keeps its scores: all its rows are right already."""


class _GradientBoosting(Boosted):
    """What the regressor and the classifier have in common."""

    estimators_: Array
    n_estimators_: int
    train_score_: Floats
    oob_scores_: Floats
    oob_improvement_: Floats

    def __init__(
        self,
        *,
        learning_rate: float = 0.1,
        n_estimators: int = 100,
        subsample: float = 1.0,
        min_samples_split: int | float = 2,
        min_samples_leaf: int | float = 1,
        max_depth: int | None = 3,
        max_features: int | float | str | None = None,
        validation_fraction: float = 0.1,
        n_iter_no_change: int | None = None,
        tol: float = 1e-4,
        random_state: Any = None,
    ) -> None:
        self.learning_rate = learning_rate
        self.n_estimators = n_estimators
        self.subsample = subsample
        self.min_samples_split = min_samples_split
        self.min_samples_leaf = min_samples_leaf
        self.max_depth = max_depth
        self.max_features = max_features
        self.validation_fraction = validation_fraction
        self.n_iter_no_change = n_iter_no_change
        self.tol = tol
        self.random_state = random_state

    def _learn(
        self, X: Any, y: Array, codes: NDArray[np.intp] | None, loss: Loss, sample_weight: Any, see: See
    ) -> None:
        rows = check_rows(X)
        self._learn_features(X, rows)
        weights = check_sample_weight(sample_weight, len(rows))
        self._check_parameters(codes, weights)
        rng = rng_of(self.random_state)
        learn, watch = np.arange(len(rows)), np.zeros(0, dtype=np.intp)
        if self.n_iter_no_change is not None:
            learn, watch = hold_out(self.validation_fraction, len(rows), codes, rng)
        raw = np.tile(loss.start(y[learn], weights[learn]), (len(rows), 1))  # (n, k)
        self._start = raw[0].copy()
        see("start", "F₀", "argmin over a constant c of Σ w·loss(y, c)", self._start)
        self._boost(_Rows(rows, y, weights, raw), learn, watch, loss, rng, see)

    def _boost(
        self,
        data: _Rows,
        learn: NDArray[np.intp],
        watch: NDArray[np.intp],
        loss: Loss,
        rng: np.random.Generator,
        see: See,
    ) -> None:
        rounds: list[list[DecisionTreeRegressor]] = []
        train: list[float] = []
        outside: list[float] = []
        best = np.full(self.n_iter_no_change or 0, np.inf)
        for turn in range(self.n_estimators):
            bag, out = self._draw(learn, rng)
            if turn == 0 and len(out):
                outside.append(data.loss(loss, out))
            rounds.append(self._round(data, bag, loss, rng, see))
            train.append(data.loss(loss, bag))
            if see is not unseen:
                see("loss", "L", "mean loss(y, F)", train[-1], note=f"round {turn + 1}")
            if len(out):
                outside.append(data.loss(loss, out))
            if len(best):
                watched = data.loss(loss, watch)
                if not (watched + self.tol < best).any():
                    break
                best[turn % len(best)] = watched
        self.estimators_, self.n_estimators_ = np.array(rounds, dtype=object), len(rounds)
        self.train_score_ = np.array(train)
        if outside:
            self.oob_scores_, self.oob_improvement_ = np.array(outside[1:]), -np.diff(outside)

    def _draw(
        self, learn: NDArray[np.intp], rng: np.random.Generator
    ) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
        """The rows of this round's tree, and those that it does not see."""
        if self.subsample >= 1:
            return learn, learn[:0]
        turned = rng.permutation(learn)
        size = max(1, int(self.subsample * len(learn)))
        return np.sort(turned[:size]), np.sort(turned[size:])

    def _round(
        self, data: _Rows, bag: NDArray[np.intp], loss: Loss, rng: np.random.Generator, see: See
    ) -> list[DecisionTreeRegressor]:
        """One tree for each raw score, all fitted to the slope where the scores stood before the round."""
        gradient = loss.gradient(data.y, data.raw)  # (n, k)
        hessian = loss.hessian(data.y, gradient)
        see("residuals", "r", "−∂loss/∂F at the scores so far", -gradient)
        see("hessians", "h", "∂²loss/∂F²", hessian)
        trees: list[DecisionTreeRegressor] = []
        for k in range(gradient.shape[1]):
            model = DecisionTreeRegressor(
                max_depth=self.max_depth,
                min_samples_split=self.min_samples_split,
                min_samples_leaf=self.min_samples_leaf,
                max_features=self.max_features,
                random_state=rng,
            ).fit(data.X[bag], -gradient[bag, k], data.weights[bag])
            tree = model.tree_
            leaf = tree.apply(data.X)
            if not loss.constant_hessian:
                set_leaves(
                    tree, leaf[bag], gradient[bag, k], hessian[bag, k], data.weights[bag], gradient.shape[1]
                )
            data.raw[:, k] += self.learning_rate * tree.value[leaf, 0, 0]
            trees.append(model)
            if see is not unseen:
                leaves = np.flatnonzero(tree.children_left == LEAF)
                see("splits", "(j, t, n, gain)", "argmin Σ w(r − mean of the side)²", _splits(tree))
                see(
                    "leaf values",
                    "γ",
                    "Σ w·r / Σ w·h in the leaf",
                    tree.value[leaves, 0, 0],
                    note=f"score {k}",
                )
        return trees

    def _check_parameters(self, codes: NDArray[np.intp] | None, weights: Floats) -> None:
        check_at_least("learning_rate", self.learning_rate, 0)
        check_whole("n_estimators", self.n_estimators, 1)
        check_at_least("tol", self.tol, 0)
        if not 0 < check_at_least("subsample", self.subsample, 0) <= 1:
            raise ValueError(f"subsample must be a share in (0, 1]; it is {self.subsample!r}.")
        if self.n_iter_no_change is not None:
            check_whole("n_iter_no_change", self.n_iter_no_change, 1)
            if not 0 < self.validation_fraction < 1:
                raise ValueError(
                    f"validation_fraction must be a share in (0, 1); it is {self.validation_fraction!r}."
                )
        if codes is not None and len(np.unique(codes[weights > 0])) < 2:
            raise ValueError(
                "Only one class has rows of a weight above 0: a classifier needs two. Mind sample_weight."
            )

    def _staged_raw(self, X: Any) -> Iterator[Floats]:
        rows = self._check_again(X, fitted="estimators_")
        raw = np.tile(self._start, (len(rows), 1))
        for trees in self.estimators_:
            for k, model in enumerate(trees):
                raw[:, k] += self.learning_rate * model.tree_.predict(rows)[:, 0]
            yield raw

    def apply(self, X: Any) -> Array:
        """The leaf of each row in each tree (n, rounds, k)."""
        rows = self._check_again(X, fitted="estimators_")
        leaves = [[model.tree_.apply(rows) for model in trees] for trees in self.estimators_]
        return np.moveaxis(np.array(leaves), 2, 0)

    @property
    def feature_importances_(self) -> Floats:
        """By how much each feature's splits lower the squared error of the trees, as shares that add up to 1 (d,)."""
        check_is_fitted(self, "estimators_")
        total = np.zeros(self.n_features_in_)
        for model in self.estimators_.ravel():
            asks, gain = _lowered(model.tree_)
            np.add.at(total, model.tree_.feature[asks], gain)
        return total / total.sum() if total.sum() > 0 else total


class _Rows:
    """The data of a fit, and the scores as they stand."""

    def __init__(self, X: Floats, y: Array, weights: Floats, raw: Floats) -> None:
        self.X, self.y, self.weights, self.raw = X, y, weights, raw

    def loss(self, loss: Loss, rows: NDArray[np.intp]) -> float:
        """The mean loss of some rows, in the unit that is reported."""
        return loss.reported * loss.value(self.y[rows], self.raw[rows], self.weights[rows])


def set_leaves(
    tree: Tree, leaf: NDArray[np.intp], gradient: Floats, hessian: Floats, weights: Floats, scores: int
) -> None:
    """Puts the Newton step −Σwg/Σwh in each leaf; Friedman's (c − 1)/c of it where there are c > 1 scores.

    `leaf` (n,) is the leaf of each row that the tree was grown from.
    """
    slope = np.bincount(leaf, weights * gradient, tree.node_count)
    curve = np.bincount(leaf, weights * hessian, tree.node_count)
    steps = np.divide(-slope, curve, out=np.zeros_like(slope), where=curve > LEAST_HESSIAN)
    if scores > 1:
        steps *= (scores - 1) / scores
    leaves = tree.children_left == LEAF
    tree.value[leaves, 0, 0] = steps[leaves]


def _splits(tree: Tree) -> Array:
    inner, gain = _lowered(tree)
    return np.stack([tree.feature[inner], tree.threshold[inner], tree.n_node_samples[inner], gain], axis=1)


def _lowered(tree: Tree) -> tuple[NDArray[np.intp], Floats]:
    """The nodes that ask, and by how much each lowers the tree's mean squared error."""
    inner = np.flatnonzero(tree.children_left != LEAF)
    mass = tree.weighted_n_node_samples * tree.impurity / tree.weighted_n_node_samples[0]
    return inner, mass[inner] - mass[tree.children_left[inner]] - mass[tree.children_right[inner]]


class GradientBoostingRegressor(_GradientBoosting, BoostedRegressor):
    """A sum of trees, each fitted to what is still missing of y, and shrunk by `learning_rate`.

    Parameters and attributes are scikit-learn's for squared error: `subsample` < 1 grows each tree from a random share of the
    rows and keeps the loss of the others in oob_scores_; `n_iter_no_change` holds out `validation_fraction` of the rows and stops
    when they have not got better by `tol` for so many rounds. estimators_ (rounds, 1) holds the trees, train_score_ the mean
    squared error after each round. Values are compared as float64 (scikit-learn: float32).
    """

    def _fit(self, X: Any, y: Any, sample_weight: Any, see: See) -> None:
        self._learn(X, check_y(y, len(check_rows(X))), None, SquaredError(), sample_weight, see)


class GradientBoostingClassifier(_GradientBoosting, BoostedClassifier):
    """Boosting of the log loss: the trees are fitted to y − p, and their leaves take a Newton step Σw(y − p)/Σw·p(1 − p).

    One tree a round for two classes, one a class for more; estimators_ (rounds, 1 or c). train_score_ is the deviance: twice
    the mean log loss for two classes, the mean log loss for more. The rest as in GradientBoostingRegressor.
    """

    def _fit(self, X: Any, y: Any, sample_weight: Any, see: See) -> None:
        codes = self._learn_classes(X, y)
        self._learn(X, codes.astype(np.float64), codes, log_loss(self.n_classes_), sample_weight, see)
