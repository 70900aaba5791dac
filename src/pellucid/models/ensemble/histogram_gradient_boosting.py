"""Histogram gradient boosting: Newton steps in the space of functions, each a small tree on binned features.

Chen, Guestrin, *XGBoost* (KDD 2016); Ke et al., *LightGBM* (NIPS 2017). The rules (bins, gains, order of growth, missing values,
stopping) and the numbers are those of scikit-learn's HistGradientBoosting*.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray

from pellucid.models.ensemble.gradient_boosting_loss import Loss, SquaredError, hold_out, log_loss
from pellucid.models.ensemble.gradient_boosting_scores import Boosted, BoostedClassifier, BoostedRegressor
from pellucid.models.ensemble.histogram_bins import Bins, find_bins
from pellucid.models.ensemble.histogram_tree import LEAF, Grower, HistogramTree, Limits, Node, Slopes, finish
from pellucid.models.trace import See, unseen
from pellucid.models.tree.limits import check_at_least, check_whole
from pellucid.models.validation import Array, Floats, check_rows, check_sample_weight, check_y, rng_of

STOPS_ALONE = 10_000
"""With early_stopping="auto", more rows than this stop early."""


class _HistogramBoosting(Boosted):
    """What the regressor and the classifier have in common."""

    n_iter_: int
    train_score_: Floats
    validation_score_: Floats

    def __init__(
        self,
        *,
        learning_rate: float = 0.1,
        max_iter: int = 100,
        max_leaf_nodes: int | None = 31,
        max_depth: int | None = None,
        min_samples_leaf: int = 20,
        l2_regularization: float = 0.0,
        max_bins: int = 255,
        early_stopping: bool | str = "auto",
        validation_fraction: float | None = 0.1,
        n_iter_no_change: int = 10,
        tol: float = 1e-7,
        random_state: Any = None,
    ) -> None:
        self.learning_rate = learning_rate
        self.max_iter = max_iter
        self.max_leaf_nodes = max_leaf_nodes
        self.max_depth = max_depth
        self.min_samples_leaf = min_samples_leaf
        self.l2_regularization = l2_regularization
        self.max_bins = max_bins
        self.early_stopping = early_stopping
        self.validation_fraction = validation_fraction
        self.n_iter_no_change = n_iter_no_change
        self.tol = tol
        self.random_state = random_state

    def _learn(
        self, X: Any, y: Array, codes: NDArray[np.intp] | None, loss: Loss, sample_weight: Any, see: See
    ) -> None:
        rows = check_rows(X, allow_nan=True)
        self._learn_features(X, rows)
        weights = None if sample_weight is None else check_sample_weight(sample_weight, len(rows))
        self._check_parameters()
        stops = len(rows) > STOPS_ALONE if isinstance(self.early_stopping, str) else bool(self.early_stopping)
        self.do_early_stopping_ = stops
        learn, watch = np.arange(len(rows)), None
        if stops and self.validation_fraction is not None:
            learn, watch = hold_out(self.validation_fraction, len(rows), codes, rng_of(self.random_state))
        run = _Run(self, loss, rows[learn], y[learn], None if weights is None else weights[learn], see)
        watched = (
            None
            if watch is None
            else (rows[watch], y[watch], np.ones(len(watch)) if weights is None else weights[watch])
        )
        run.boost(stops, watched)
        self._start, self.rounds_, self.bins_ = run.start, run.rounds, run.bins
        self.n_iter_, self.n_trees_per_iteration_ = len(run.rounds), len(run.start)
        self.train_score_, self.validation_score_ = np.array(run.train_score), np.array(run.validation_score)

    def _check_parameters(self) -> None:
        check_at_least("learning_rate", self.learning_rate, 0, above=True)
        check_whole("max_iter", self.max_iter, 1)
        check_whole("n_iter_no_change", self.n_iter_no_change, 1)
        check_at_least("tol", self.tol, 0)
        if check_whole("max_bins", self.max_bins, 2) > 255:
            raise ValueError(f"max_bins must be at most 255; it is {self.max_bins!r}.")
        if self.early_stopping not in (True, False, "auto"):
            raise ValueError(f"early_stopping must be True, False or 'auto'; it is {self.early_stopping!r}.")
        share = self.validation_fraction
        if share is not None and not 0 < share < 1:
            raise ValueError(f"validation_fraction must be None or a share in (0, 1); it is {share!r}.")

    def limits(self) -> Limits:
        """When trees stop; ValueError names the parameter that is out of range."""
        leaves, depth = self.max_leaf_nodes, self.max_depth
        return Limits(
            max_leaf_nodes=np.inf if leaves is None else check_whole("max_leaf_nodes", leaves, 2),
            max_depth=np.inf if depth is None else check_whole("max_depth", depth, 1),
            min_samples_leaf=check_whole("min_samples_leaf", self.min_samples_leaf, 1),
            l2=check_at_least("l2_regularization", self.l2_regularization, 0),
        )

    def _staged_raw(self, X: Any) -> Iterator[Floats]:
        """The raw scores (n, k) after each round; the same array each time."""
        rows = self._check_again(X, fitted="rounds_", allow_nan=True)
        raw = np.tile(self._start, (len(rows), 1))
        for trees in self.rounds_:
            for k, tree in enumerate(trees):
                raw[:, k] += tree.predict(rows)
            yield raw

    def __sklearn_tags__(self) -> Any:
        """As every model's, and that NaN is welcome."""
        tags = super().__sklearn_tags__()
        tags.input_tags.allow_nan = True
        return tags


class _Run:
    """One fit: the scores F as they stand, and the rounds so far."""

    def __init__(
        self, model: _HistogramBoosting, loss: Loss, X: Floats, y: Array, weights: Floats | None, see: See
    ) -> None:
        self.model, self.loss, self.see = model, loss, see
        self.y, self.weights = y, weights
        self.mean_weights = np.ones(len(y)) if weights is None else weights
        self.bins: Bins = find_bins(X, weights, model.max_bins)
        self.grower = Grower(self.bins.keys(X), self.bins.size, model.limits())
        self.start = loss.start(y, self.mean_weights)
        self.raw = np.tile(self.start, (len(y), 1))  # (n, k)
        self.rounds: list[list[HistogramTree]] = []
        self.train_score: list[float] = []
        self.validation_score: list[float] = []
        if see is not unseen:
            see("bins", "b", "number of thresholds below x, by feature", self.grower.keys % self.bins.size)
            see("start", "F₀", "argmin over a constant c of Σ w·loss(y, c)", self.start)

    def boost(self, stops: bool, watched: tuple[Floats, Array, Floats] | None) -> None:
        """Rounds until there are `max_iter`, or until nothing has got better for a while."""
        watched_raw = None if watched is None else np.tile(self.start, (len(watched[0]), 1))
        if stops:
            self.keep_scores(watched, watched_raw)
        for _ in range(self.model.max_iter):
            self.round()
            if watched is not None and watched_raw is not None:
                for k, tree in enumerate(self.rounds[-1]):
                    watched_raw[:, k] += tree.predict(watched[0])
            if stops:
                self.keep_scores(watched, watched_raw)
                if self.stale(self.validation_score if watched is not None else self.train_score):
                    return

    def round(self) -> None:
        """One tree for each raw score, on the slope and curvature of the loss where the scores stand."""
        gradient = self.loss.gradient(self.y, self.raw)  # (n, k)
        hessian: Floats | None = None
        if self.weights is not None or not self.loss.constant_hessian:
            hessian = self.loss.hessian(self.y, gradient)
        if self.weights is not None and hessian is not None:
            gradient, hessian = gradient * self.weights[:, None], hessian * self.weights[:, None]
        self.tell_slopes(gradient, hessian)
        trees: list[HistogramTree] = []
        for k in range(self.raw.shape[1]):
            slopes = Slopes.of(gradient[:, k], None if hessian is None else hessian[:, k])
            with np.errstate(divide="ignore", invalid="ignore"):
                nodes = self.grower.grow(slopes)
            tree = finish(
                nodes,
                self.bins.thresholds,
                self.bins.size,
                self.grower.with_missing,
                self.model.learning_rate,
            )
            self.step(nodes, tree, k)
            trees.append(tree)
            self.tell_tree(tree, k)
        self.rounds.append(trees)
        if self.see is not unseen:
            value = self.loss.value(self.y, self.raw, self.mean_weights)
            self.see("loss", "L", "mean loss(y, F)", value, note=f"round {len(self.rounds)}")

    def step(self, nodes: list[Node], tree: HistogramTree, k: int) -> None:
        """Adds each leaf's value to the scores of its rows."""
        leaves = np.flatnonzero(tree.left == LEAF)
        rows = np.concatenate([nodes[i].rows for i in leaves])
        self.raw[rows, k] += tree.value[leaves].repeat(tree.count[leaves])

    def keep_scores(self, watched: tuple[Floats, Array, Floats] | None, watched_raw: Floats | None) -> None:
        """Appends minus the loss, of the rows learned from and of those watched: higher is better."""
        self.train_score.append(-self.loss.value(self.y, self.raw, self.mean_weights))
        if watched is not None and watched_raw is not None:
            self.validation_score.append(-self.loss.value(watched[1], watched_raw, watched[2]))

    def stale(self, scores: list[float]) -> bool:
        """Whether none of the last `n_iter_no_change` scores beats the one before them by more than `tol`."""
        patience = self.model.n_iter_no_change
        return len(scores) > patience and max(scores[-patience:]) <= scores[-patience - 1] + self.model.tol

    def tell_slopes(self, gradient: Floats, hessian: Floats | None) -> None:
        if self.see is not unseen:
            note = f"round {len(self.rounds) + 1}"
            self.see("residuals", "−g", "−w·∂loss/∂F at the scores so far", -gradient, note=note)
            curvature = np.ones_like(gradient) if hessian is None else hessian
            self.see("hessians", "h", "w·∂²loss/∂F²", curvature, note=note)

    def tell_tree(self, tree: HistogramTree, k: int) -> None:
        if self.see is not unseen:
            note = f"round {len(self.rounds) + 1}, score {k}: {tree.n_leaves} leaves"
            inner, leaves = np.flatnonzero(tree.left != LEAF), np.flatnonzero(tree.left == LEAF)
            table = np.stack([tree.feature, tree.threshold, tree.count, tree.gain], axis=1)[inner]
            self.see("splits", "(j, t, n, gain)", "G_L²/(H_L+λ) + G_R²/(H_R+λ) − G²/(H+λ)", table, note=note)
            self.see("leaf values", "v", "−rate·G/(H+λ)", tree.value[leaves], note=note)


class HistGradientBoostingRegressor(_HistogramBoosting, BoostedRegressor):
    """Boosting of squared error with binned features and second-order trees, grown from the leaf that gains most.

    Parameters and rules are scikit-learn's: at most `max_bins` (≤ 255) bins a feature, trees of `max_leaf_nodes`, each leaf of at
    least `min_samples_leaf` rows, leaf values −G/(H + `l2_regularization`) times `learning_rate`. NaN in X is a value of its own,
    which each split sends to its better side. `early_stopping` "auto" is True where X has more than 10,000 rows: then boosting
    stops when the held-out share `validation_fraction` (None: the training rows) has not got better by `tol` for
    `n_iter_no_change` rounds, and train_score_ and validation_score_ hold minus the loss, from before the first round on. rounds_
    holds the trees, bins_ the thresholds.
    """

    def _fit(self, X: Any, y: Any, sample_weight: Any, see: See) -> None:
        targets = check_y(y, len(check_rows(X, allow_nan=True)))
        self._learn(X, targets, None, SquaredError(), sample_weight, see)


class HistGradientBoostingClassifier(_HistogramBoosting, BoostedClassifier):
    """Boosting of the log loss with binned features and second-order trees: one tree a round for two classes, else one a class.

    The rest as in HistGradientBoostingRegressor.
    """

    def _fit(self, X: Any, y: Any, sample_weight: Any, see: See) -> None:
        codes = self._learn_classes(X, y)
        self._learn(X, codes.astype(np.float64), codes, log_loss(self.n_classes_), sample_weight, see)
