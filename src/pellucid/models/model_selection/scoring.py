"""Scores by name: how a fitted model is judged on rows it has not seen. Greater is better, so losses come with a minus."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, cast

import numpy as np

from pellucid.models import metrics

Score = Callable[[Any, Any, Any], float]


@dataclass(frozen=True)
class Scorer:
    """Called with a fitted model, X and y: `sign` times `metric` of y and of what the first method of `responses` that it
    has returns.
    """

    metric: Callable[..., Any]
    responses: tuple[str, ...] = ("predict",)
    sign: int = 1
    options: dict[str, Any] = field(default_factory=dict[str, Any])

    def __call__(self, estimator: Any, X: Any, y: Any) -> float:
        """The score of `estimator` on X and y."""
        method = next((name for name in self.responses if hasattr(estimator, name)), None)
        if method is None:
            raise AttributeError(
                f"{type(estimator).__name__} has none of {', '.join(self.responses)}, which this score needs."
            )
        response = np.asarray(getattr(estimator, method)(X))
        options = dict(self.options)
        if method == "predict_proba":
            binary = response.ndim == 2 and response.shape[1] == 2
            if self.metric is metrics.log_loss:
                options["labels"] = estimator.classes_
            elif binary:
                response = response[:, 1]
        if self.metric in (metrics.brier_score_loss, metrics.average_precision_score):
            options["pos_label"] = estimator.classes_[1]
        return self.sign * float(self.metric(y, response, **options))


RANKS = ("decision_function", "predict_proba")
CHANCES = ("predict_proba",)
SCORERS: dict[str, Scorer] = {
    "accuracy": Scorer(metrics.accuracy_score),
    "average_precision": Scorer(metrics.average_precision_score, RANKS),
    "f1": Scorer(metrics.f1_score),
    "f1_macro": Scorer(metrics.f1_score, options={"average": "macro"}),
    "f1_weighted": Scorer(metrics.f1_score, options={"average": "weighted"}),
    "neg_brier_score": Scorer(metrics.brier_score_loss, CHANCES, -1),
    "neg_log_loss": Scorer(metrics.log_loss, CHANCES, -1),
    "neg_mean_absolute_error": Scorer(metrics.mean_absolute_error, sign=-1),
    "neg_mean_squared_error": Scorer(metrics.mean_squared_error, sign=-1),
    "neg_root_mean_squared_error": Scorer(metrics.root_mean_squared_error, sign=-1),
    "precision": Scorer(metrics.precision_score),
    "r2": Scorer(metrics.r2_score),
    "recall": Scorer(metrics.recall_score),
    "roc_auc": Scorer(metrics.roc_auc_score, RANKS),
    "roc_auc_ovr": Scorer(metrics.roc_auc_score, CHANCES, options={"multi_class": "ovr"}),
}


def scorer_of(scoring: Any, estimator: Any) -> Score:
    """What `scoring` stands for: a name of SCORERS, a function of (estimator, X, y), or None for the model's own `score`."""
    if scoring is None:
        if not hasattr(estimator, "score"):
            raise TypeError(
                f"{type(estimator).__name__} has no score method: say how to judge it with scoring."
            )
        return own_score
    if isinstance(scoring, str):
        if scoring not in SCORERS:
            raise ValueError(
                f"scoring={scoring!r} is not known. There are: {', '.join(SCORERS)}; or pass a function."
            )
        return SCORERS[scoring]
    if not callable(scoring):
        raise ValueError(
            f"scoring must be a name, a function of (estimator, X, y) or None, but it is {scoring!r}."
        )
    return cast(Score, scoring)


def own_score(estimator: Any, X: Any, y: Any) -> float:
    """`estimator.score`, without y where there is none."""
    return float(estimator.score(X) if y is None else estimator.score(X, y))
