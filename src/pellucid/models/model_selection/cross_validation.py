"""How well a way of learning does on rows it has not seen: it learns anew for each fold, and is judged on that fold."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from typing import Any, cast

import numpy as np

from pellucid.models.model_selection.cloning import clone
from pellucid.models.model_selection.rows import check_lengths, count_rows, take_rows
from pellucid.models.model_selection.scoring import Score, scorer_of
from pellucid.models.model_selection.split import KFold, Split, StratifiedKFold
from pellucid.models.validation import Array, Floats


def cross_validate(
    estimator: Any,
    X: Any,
    y: Any = None,
    *,
    scoring: Any = None,
    cv: Any = None,
    params: Mapping[str, Any] | None = None,
    return_train_score: bool = False,
    return_estimator: bool = False,
    return_indices: bool = False,
) -> dict[str, Any]:
    """A clone of the model is fitted to each training set and judged on its test set; the model itself stays as it is.

    Gives arrays (k,) by name: "test_score", and where asked for "train_score", "estimator" and "indices". `scoring` is a
    name, a function of (estimator, X, y), None for the model's own `score`, or several by name, {"accuracy": "accuracy", …},
    for "test_accuracy", …. `cv` is a number of folds (5 by default; stratified for classifiers), an object with `split`, or a
    list of (train, test) places. `params` go to `fit`, those with one entry a row cut to the training rows, such as
    {"sample_weight": weights}; scores stay unweighted.

    The spread of the k scores understates how far another sample would move them, for their training sets overlap
    (Y. Bengio & Y. Grandvalet, JMLR 5, 2004). What was chosen by these scores must be judged on other rows.
    """
    check_lengths({"X": X} if y is None else {"X": X, "y": y})
    scores = _named_scores(scoring, estimator)
    splits = splits_of(cv, estimator, X, y)
    models = [_fitted(estimator, X, y, train, params) for train, _ in splits]
    found: dict[str, Any] = {}
    for part, kept in ((1, True), (0, return_train_score)):
        if not kept:
            continue
        for name, score in scores.items():
            key = f"{('train', 'test')[part]}_{name}"
            found[key] = np.array(
                [
                    score(model, take_rows(X, split[part]), None if y is None else take_rows(y, split[part]))
                    for model, split in zip(models, splits, strict=True)
                ]
            )
    if return_estimator:
        found["estimator"] = models
    if return_indices:
        found["indices"] = {"train": [train for train, _ in splits], "test": [test for _, test in splits]}
    return found


def cross_val_score(
    estimator: Any,
    X: Any,
    y: Any = None,
    *,
    scoring: Any = None,
    cv: Any = None,
    params: Mapping[str, Any] | None = None,
) -> Floats:
    """The test score of each fold (k,), as `cross_validate` has it."""
    if isinstance(scoring, Mapping):
        raise ValueError("cross_val_score takes one scoring. For several use cross_validate.")
    return cross_validate(estimator, X, y, scoring=scoring, cv=cv, params=params)["test_score"]


def cross_val_predict(
    estimator: Any,
    X: Any,
    y: Any = None,
    *,
    cv: Any = None,
    method: str = "predict",
    params: Mapping[str, Any] | None = None,
) -> Array:
    """For each row what the model says that did not learn from it (n,) or (n, c); `method` may be "predict_proba" or
    "decision_function".

    ValueError unless every row is in exactly one test set, and for probabilities where a training set lacks a class.
    """
    n = check_lengths({"X": X} if y is None else {"X": X, "y": y})
    splits = splits_of(cv, estimator, X, y)
    places = np.concatenate([test for _, test in splits])
    if not np.array_equal(np.sort(places), np.arange(n)):
        raise ValueError(
            "cross_val_predict only works for partitions: every row must be in one test set, and in one only."
        )
    models = [_fitted(estimator, X, y, train, params) for train, _ in splits]
    classes = {tuple(getattr(model, "classes_", ())) for model in models}
    if method != "predict" and len(classes) > 1:
        raise ValueError(
            "Some training sets lack a class, so their columns differ: use StratifiedKFold or fewer folds."
        )
    said = [
        np.asarray(getattr(model, method)(take_rows(X, test)))
        for model, (_, test) in zip(models, splits, strict=True)
    ]
    return np.concatenate(said)[np.argsort(places)]


def splits_of(cv: Any, estimator: Any, X: Any, y: Any) -> list[Split]:
    """The training and test places of each fold that `cv` stands for."""
    if cv is None or isinstance(cv, int):
        folds = 5 if cv is None else cv
        cv = StratifiedKFold(folds) if is_classifier(estimator) and y is not None else KFold(folds)
    splits = cv.split(X, y) if hasattr(cv, "split") else cv
    try:
        return [(np.asarray(train), np.asarray(test)) for train, test in splits]
    except TypeError as error:
        raise ValueError(
            f"cv must be a number, an object with split, or a list of (train, test), but it is {cv!r}."
        ) from error


def is_classifier(estimator: Any) -> bool:
    """Whether a model of this library or of scikit-learn predicts labels."""
    kind = getattr(estimator, "_kind", None)
    if kind is None and "sklearn.base" in sys.modules:
        return bool(cast(Any, sys.modules["sklearn.base"]).is_classifier(estimator))
    return kind == "classifier"


def _named_scores(scoring: Any, estimator: Any) -> dict[str, Score]:
    if isinstance(scoring, Mapping):
        named = cast(Mapping[str, Any], scoring)
        return {name: scorer_of(each, estimator) for name, each in named.items()}
    return {"score": scorer_of(scoring, estimator)}


def _fitted(estimator: Any, X: Any, y: Any, train: Array, params: Mapping[str, Any] | None) -> Any:
    model = clone(estimator)
    rows = take_rows(X, train)
    n = count_rows(X)
    options = {
        name: take_rows(value, train) if np.ndim(value) and len(value) == n else value
        for name, value in (params or {}).items()
    }
    return model.fit(rows, **options) if y is None else model.fit(rows, take_rows(y, train), **options)
