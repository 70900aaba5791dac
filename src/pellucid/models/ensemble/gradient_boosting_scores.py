"""From raw scores to predictions, after the last round or after each."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np

from pellucid.models.ensemble.gradient_boosting_loss import probabilities
from pellucid.models.estimator import Classifier, Estimator, Regressor
from pellucid.models.validation import Array, Floats, check_classes, check_rows


class Boosted(Estimator):
    """A model whose raw score (n, k) is a sum that grows by a round at a time."""

    def _staged_raw(self, X: Any) -> Iterator[Floats]:
        """The raw scores (n, k) after each round; the same array each time."""
        raise NotImplementedError

    def _raw(self, X: Any) -> Floats:
        *_, raw = self._staged_raw(X)
        return raw


class BoostedRegressor(Boosted, Regressor):
    """The raw score is the prediction."""

    def predict(self, X: Any) -> Floats:
        """The sum of all trees, from the mean on (n,)."""
        return self._raw(X)[:, 0]

    def staged_predict(self, X: Any) -> Iterator[Floats]:
        """What would be predicted after each round (n,)."""
        for raw in self._staged_raw(X):
            yield raw[:, 0].copy()


class BoostedClassifier(Boosted, Classifier):
    """The raw score is the log-odds of the second of two classes, or one score for each of more classes."""

    classes_: Array

    def _learn_classes(self, X: Any, y: Any) -> Any:
        """The place of each row's class among the sorted ones (n,). ValueError for one class only."""
        self.classes_, codes = check_classes(y, len(check_rows(X, allow_nan=True)))
        self.n_classes_ = len(self.classes_)
        if self.n_classes_ < 2:
            raise ValueError(
                f"y holds 1 class only, {self.classes_[0]!r}: a classifier needs rows of at least two."
            )
        return codes

    def decision_function(self, X: Any) -> Floats:
        """The raw scores: (n,) for two classes, else (n, c)."""
        return _flat(self._raw(X))

    def staged_decision_function(self, X: Any) -> Iterator[Floats]:
        """The raw scores after each round."""
        for raw in self._staged_raw(X):
            yield _flat(raw).copy()

    def predict_proba(self, X: Any) -> Floats:
        """The probability of each class (n, c)."""
        return probabilities(self._raw(X))

    def predict_log_proba(self, X: Any) -> Floats:
        """Their logarithms (n, c); −inf where a probability is 0."""
        with np.errstate(divide="ignore"):
            return np.log(self.predict_proba(X))

    def staged_predict_proba(self, X: Any) -> Iterator[Floats]:
        """The probabilities after each round."""
        for raw in self._staged_raw(X):
            yield probabilities(raw)

    def predict(self, X: Any) -> Array:
        """The most probable class of each row (n,)."""
        likeliest = self.predict_proba(X).argmax(axis=1)
        return self.classes_[likeliest]

    def staged_predict(self, X: Any) -> Iterator[Array]:
        """The most probable class after each round."""
        for shares in self.staged_predict_proba(X):
            yield self.classes_[shares.argmax(axis=1)]


def _flat(raw: Floats) -> Floats:
    return raw[:, 0] if raw.shape[1] == 1 else raw
