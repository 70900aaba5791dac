"""AdaBoost for two and more classes: each learner is fitted to weights that grow where those before it were wrong.

Freund, Schapire, A Decision-Theoretic Generalization of On-Line Learning (1997); for c classes SAMME of Zhu, Zou, Rosset, Hastie,
Multi-class AdaBoost, Statistics and Its Interface 2 (2009), algorithm 2.
"""

from __future__ import annotations

import inspect
import warnings
from collections.abc import Iterator
from copy import deepcopy
from typing import Any

import numpy as np

from pellucid.models.estimator import Classifier
from pellucid.models.trace import See, unseen
from pellucid.models.tree.decision_tree import DecisionTreeClassifier
from pellucid.models.tree.limits import EPSILON, check_at_least, check_whole
from pellucid.models.validation import (
    Array,
    Floats,
    check_classes,
    check_is_fitted,
    check_rows,
    check_sample_weight,
    rng_of,
)


class AdaBoostClassifier(Classifier):
    """A weighted vote of learners, each fitted to what those before it got wrong (SAMME).

    `estimator` is copied for each round and must take sample weights; None stands for a stump, a tree of depth 1. Round m with
    weighted error ε_m gets the vote α_m = learning_rate · (ln((1 − ε_m)/ε_m) + ln(c − 1)), and the weights of wrong rows are
    multiplied by exp(α_m). It ends early when a learner makes no error, or is no better than chance. `estimator_weights_` and
    `estimator_errors_` (n_estimators,) hold α and ε, 0 and 1 for rounds that were not reached.
    """

    classes_: Array
    estimators_: list[Any]

    def __init__(
        self,
        estimator: Any = None,
        *,
        n_estimators: int = 50,
        learning_rate: float = 1.0,
        random_state: Any = None,
    ) -> None:
        self.estimator = estimator
        self.n_estimators = n_estimators
        self.learning_rate = learning_rate
        self.random_state = random_state

    def _fit(self, X: Any, y: Any, sample_weight: Any, see: See) -> None:
        rows = check_rows(X)
        self._learn_features(X, rows)
        self.classes_, codes = check_classes(y, len(rows))
        self.n_classes_ = len(self.classes_)
        rounds = check_whole("n_estimators", self.n_estimators, 1)
        rate = check_at_least("learning_rate", self.learning_rate, 0, above=True)
        rng = rng_of(self.random_state)
        labels = self.classes_[codes]
        given = check_sample_weight(sample_weight, len(rows))
        w = given / given.sum()  # (n,)
        self.estimators_ = []
        self.estimator_weights_, self.estimator_errors_ = np.zeros(rounds), np.ones(rounds)
        see("weights", "w", "1/n", w, note="before the first round")
        for m in range(rounds):
            w = np.where(given > 0, np.maximum(w, EPSILON), 0)  # a row may become light, but not be forgotten
            learner = self._learner(rng).fit(rows, labels, sample_weight=w)
            wrong = np.asarray(learner.predict(rows)) != labels  # (n,)
            error = float(np.average(wrong, weights=w))
            if error > 0 and error >= 1 - 1 / self.n_classes_:
                self._refuse_chance(m, error)
                break
            alpha = vote(error, self.n_classes_, rate)
            self.estimators_.append(learner)
            self.estimator_weights_[m], self.estimator_errors_[m] = alpha, error
            _tell_round(m, learner, wrong, error, alpha, see)
            if error == 0:
                break
            w = reweighted(w, wrong, alpha)
            if not np.isfinite(w).all():
                warnings.warn(
                    f"Weights overflow after round {m}, so boosting ends there. Try a lower learning_rate.",
                    UserWarning,
                    stacklevel=4,
                )
                break
            see("weights", "w", "w · exp(α·[h(x) ≠ y]) / sum", w, note=f"after round {m}")

    def _learner(self, rng: np.random.Generator) -> Any:
        learner = DecisionTreeClassifier(max_depth=1) if self.estimator is None else deepcopy(self.estimator)
        if "sample_weight" not in inspect.signature(learner.fit).parameters:
            raise ValueError(
                f"{type(learner).__name__} doesn't support sample_weight: boosting needs an estimator whose fit takes it."
            )
        if "random_state" in learner.get_params():
            learner.set_params(random_state=int(rng.integers(2**31 - 1)))
        return learner

    def _refuse_chance(self, m: int, error: float) -> None:
        if m == 0:
            raise ValueError(
                f"The first learner is wrong on {error:.3g} of the weight, no better than chance with {self.n_classes_} classes, "
                "so boosting has nothing to start from. Choose another estimator, for example a deeper tree."
            )

    def decision_function(self, X: Any) -> Floats:
        """The vote for each class (n, c), from −1/(c − 1) to 1; for two classes (n,) the second's less the first's, −2 to 2."""
        *_, last = self.staged_decision_function(X)
        return last

    def staged_decision_function(self, X: Any) -> Iterator[Floats]:
        """`decision_function` after each round."""
        rows = self._check_again(X, fitted="estimators_")
        votes, whole = np.zeros((len(rows), self.n_classes_)), 0.0
        for learner, alpha in zip(self.estimators_, self.estimator_weights_, strict=False):
            chosen = np.asarray(learner.predict(rows))[:, None] == self.classes_  # (n, c)
            votes += alpha * np.where(chosen, 1, -1 / max(1, self.n_classes_ - 1))
            whole += alpha
            yield (votes[:, 1] - votes[:, 0]) / whole if self.n_classes_ == 2 else votes / whole

    def staged_predict(self, X: Any) -> Iterator[Array]:
        """The predicted labels (n,) after each round."""
        for votes in self.staged_decision_function(X):
            yield self._label(votes)

    def staged_score(self, X: Any, y: Any, sample_weight: Any = None) -> Iterator[float]:
        """The share of right labels after each round."""
        for labels in self.staged_predict(X):
            yield float(np.average(labels == np.asarray(y), weights=sample_weight))

    def predict(self, X: Any) -> Array:
        """The class with the largest vote (n,)."""
        return self._label(self.decision_function(X))

    def predict_proba(self, X: Any) -> Floats:
        """softmax(f/(c − 1)) of the votes f (n, c): Zhu et al. (2009), section 2."""
        votes = self.decision_function(X)
        if self.n_classes_ == 2:
            votes = np.stack([-votes, votes], axis=1) / 2
        power = votes / max(1, self.n_classes_ - 1)
        share = np.exp(power - power.max(axis=1, keepdims=True))
        return share / share.sum(axis=1, keepdims=True)

    def predict_log_proba(self, X: Any) -> Floats:
        """The logarithms of `predict_proba` (n, c)."""
        return np.log(self.predict_proba(X))

    @property
    def feature_importances_(self) -> Floats:
        """The mean of the learners' importances, by their votes (d,)."""
        check_is_fitted(self, "estimators_")
        votes = self.estimator_weights_[: len(self.estimators_)]
        return np.average([each.feature_importances_ for each in self.estimators_], axis=0, weights=votes)

    def _label(self, votes: Floats) -> Array:
        return self.classes_[(votes > 0).astype(np.intp) if self.n_classes_ == 2 else votes.argmax(axis=1)]


def vote(error: float, classes: int, rate: float) -> float:
    """α = rate · (ln((1 − ε)/ε) + ln(c − 1)): 0 at chance; 1 where there is no error, so that it is a number."""
    if error == 0:
        return 1.0
    return float(rate * (np.log((1 - error) / error) + np.log(classes - 1)))


def reweighted(w: Floats, wrong: Array, alpha: float) -> Floats:
    """w · exp(α) where wrong, divided by their sum (n,)."""
    with np.errstate(over="ignore", invalid="ignore"):
        w = np.where(wrong & (w > 0), w * np.exp(alpha), w)
        return w / w.sum()


def _tell_round(m: int, learner: Any, wrong: Array, error: float, alpha: float, see: See) -> None:
    if see is unseen:
        return
    rules = learner.rules() if hasattr(learner, "rules") else repr(learner)
    see(f"round {m}: wrong", "[h(x) ≠ y]", "rows that the learner gets wrong", wrong, note=rules)
    see(f"round {m}: error", "ε", "Σ w·[h(x) ≠ y] / Σ w", error)
    see(f"round {m}: vote", "α", "rate · (ln((1 − ε)/ε) + ln(c − 1))", alpha)
