"""Cross-validation against scikit-learn's, with its models and with ours."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from sklearn import model_selection as theirs
from sklearn.cluster import KMeans
from sklearn.datasets import load_breast_cancer, load_diabetes, load_iris
from sklearn.linear_model import LogisticRegression, Ridge
from sklearn.pipeline import make_pipeline
from sklearn.svm import LinearSVC
from sklearn.tree import DecisionTreeClassifier

from pellucid.models import model_selection as ours
from pellucid.models.estimator import Classifier, Regressor
from pellucid.models.preprocessing import StandardScaler

X_CANCER, Y_CANCER = load_breast_cancer(return_X_y=True)
X_CANCER = X_CANCER[:, :8] / X_CANCER[:, :8].std(axis=0)
X_IRIS, Y_IRIS = load_iris(return_X_y=True)
X_DIABETES, Y_DIABETES = load_diabetes(return_X_y=True)
BINARY = (
    *("accuracy", "average_precision", "f1", "f1_macro", "f1_weighted", "neg_brier_score"),
    *("neg_log_loss", "precision", "recall", "roc_auc"),
)
NUMERIC = ("neg_mean_absolute_error", "neg_mean_squared_error", "neg_root_mean_squared_error", "r2")


class Commonest(Classifier):
    """A model of ours: always the commonest class."""

    def __init__(self, offset: int = 0) -> None:
        self.offset = offset

    def _fit(self, X, y, sample_weight, see) -> None:
        self.classes_, counts = np.unique(y, return_counts=True)
        self.commonest_ = self.classes_[counts.argmax()]

    def predict(self, X):
        return np.full(len(X), self.commonest_)


class Mean(Regressor):
    """A model of ours: always the mean."""

    def _fit(self, X, y, sample_weight, see) -> None:
        self.mean_ = np.mean(y)

    def predict(self, X):
        return np.full(len(X), self.mean_)


@pytest.mark.parametrize("scoring", BINARY)
def test_scores_of_two_classes(scoring: str) -> None:
    model = LogisticRegression(max_iter=500)
    found = ours.cross_val_score(model, X_CANCER, Y_CANCER, scoring=scoring, cv=3)
    expected = theirs.cross_val_score(model, X_CANCER, Y_CANCER, scoring=scoring, cv=3)
    assert np.allclose(found, expected, rtol=1e-10)


@pytest.mark.parametrize("scoring", NUMERIC)
def test_scores_of_numbers(scoring: str) -> None:
    found = ours.cross_val_score(Ridge(), X_DIABETES, Y_DIABETES, scoring=scoring)
    assert np.allclose(
        found, theirs.cross_val_score(Ridge(), X_DIABETES, Y_DIABETES, scoring=scoring), rtol=1e-12
    )


@pytest.mark.parametrize("scoring", [None, "roc_auc_ovr", "neg_log_loss", "f1_macro"])
def test_scores_of_many_classes(scoring: str | None) -> None:
    model = LogisticRegression(max_iter=500)
    found = ours.cross_val_score(model, X_IRIS, Y_IRIS, scoring=scoring)
    assert np.allclose(found, theirs.cross_val_score(model, X_IRIS, Y_IRIS, scoring=scoring), rtol=1e-10)


def test_every_name_is_tested() -> None:
    assert set(ours.SCORERS) == {*BINARY, *NUMERIC, "roc_auc_ovr"}


def test_a_margin_ranks_too() -> None:
    found = ours.cross_val_score(LinearSVC(), X_CANCER, Y_CANCER, scoring="roc_auc")
    assert np.allclose(
        found, theirs.cross_val_score(LinearSVC(), X_CANCER, Y_CANCER, scoring="roc_auc"), rtol=1e-10
    )


def test_several_scores_and_what_else_there_is() -> None:
    folds = ours.StratifiedKFold(4, shuffle=True, random_state=1)
    model = DecisionTreeClassifier(max_depth=2, random_state=0)
    scoring = {"accuracy": "accuracy", "leaves": lambda model, X, y: model.get_n_leaves()}
    how = {"scoring": scoring, "return_train_score": True, "return_estimator": True, "return_indices": True}
    found = ours.cross_validate(model, X_IRIS, Y_IRIS, cv=folds, **how)
    expected = theirs.cross_validate(model, X_IRIS, Y_IRIS, cv=folds, **how)
    assert set(found) == set(expected) - {"fit_time", "score_time"}
    for name in ("test_accuracy", "train_accuracy", "test_leaves"):
        assert np.allclose(found[name], expected[name])
    assert len(found["estimator"]) == 4 and not hasattr(model, "tree_")
    for part in ("train", "test"):
        for a, b in zip(found["indices"][part], expected["indices"][part], strict=True):
            assert np.array_equal(a, b)


def test_our_models_and_theirs_get_the_same_folds() -> None:
    folds = ours.cross_validate(Commonest(), X_IRIS, Y_IRIS, return_indices=True)["indices"]["test"]
    for test, (_, expected) in zip(folds, theirs.StratifiedKFold(5).split(X_IRIS, Y_IRIS), strict=True):
        assert np.array_equal(test, expected)
    assert np.allclose(ours.cross_val_score(Commonest(), X_IRIS, Y_IRIS), 1 / 3)
    assert (ours.cross_val_score(Mean(), X_DIABETES, Y_DIABETES) <= 0).all()


def test_a_scaler_in_a_pipeline_learns_from_the_training_rows_alone() -> None:
    found = ours.cross_validate(
        make_pipeline(StandardScaler(), LogisticRegression()),
        X_IRIS,
        Y_IRIS,
        return_estimator=True,
        return_indices=True,
    )
    for model, train in zip(found["estimator"], found["indices"]["train"], strict=True):
        assert np.allclose(model[0].mean_, X_IRIS[train].mean(axis=0))


@pytest.mark.parametrize("method", ["predict", "predict_proba", "decision_function"])
def test_predictions_for_unseen_rows(method: str) -> None:
    folds = ours.StratifiedKFold(3, shuffle=True, random_state=0)
    model = LogisticRegression(max_iter=500)
    found = ours.cross_val_predict(model, X_IRIS, Y_IRIS, cv=folds, method=method)
    assert np.allclose(
        found, theirs.cross_val_predict(model, X_IRIS, Y_IRIS, cv=folds, method=method), rtol=1e-9
    )


def test_frames_lists_and_no_target() -> None:
    frame = pd.DataFrame(X_DIABETES, columns=[f"c{i}" for i in range(10)])
    found = ours.cross_val_score(Ridge(), frame, pd.Series(Y_DIABETES))
    assert np.allclose(found, ours.cross_val_score(Ridge(), X_DIABETES.tolist(), Y_DIABETES.tolist()))
    model = KMeans(2, n_init=1, random_state=0)
    assert np.allclose(ours.cross_val_score(model, X_IRIS), theirs.cross_val_score(model, X_IRIS))


def test_weights_go_to_fit() -> None:
    params = {"sample_weight": np.arange(len(X_DIABETES)) % 5}
    found = ours.cross_val_score(Ridge(), X_DIABETES, Y_DIABETES, params=params)
    assert np.allclose(
        found, theirs.cross_val_score(Ridge(), X_DIABETES, Y_DIABETES, params=params), rtol=1e-12
    )
    assert not np.allclose(found, ours.cross_val_score(Ridge(), X_DIABETES, Y_DIABETES))
    said = ours.cross_val_predict(Ridge(), X_DIABETES, Y_DIABETES, params=params)
    assert np.allclose(said, theirs.cross_val_predict(Ridge(), X_DIABETES, Y_DIABETES, params=params))


def test_places_may_be_given() -> None:
    places = [(np.arange(100), np.arange(100, 150)), (np.arange(50, 150), np.arange(50))]
    assert np.allclose(
        ours.cross_val_score(Ridge(), X_IRIS, Y_IRIS, cv=places),
        theirs.cross_val_score(Ridge(), X_IRIS, Y_IRIS, cv=places),
    )


def test_a_clone_has_parameters_and_nothing_else() -> None:
    fitted = Commonest(offset=3).fit(X_IRIS, Y_IRIS)
    again = ours.clone(fitted)
    assert again.offset == 3 and not hasattr(again, "classes_")
    pipeline = make_pipeline(StandardScaler(with_mean=False), Commonest()).fit(X_IRIS, Y_IRIS)
    copy = ours.clone(pipeline)
    assert copy[0] is not pipeline[0] and copy[0].with_mean is False and not hasattr(copy[0], "scale_")
    for wrong in (3, Commonest):
        with pytest.raises(TypeError, match="Cannot clone"):
            ours.clone(wrong)


FAULTS = [
    (lambda: ours.cross_val_score(Ridge(), X_IRIS, Y_IRIS[:9]), "X has 150, y has 9"),
    (lambda: ours.cross_val_score(Ridge(), X_IRIS, Y_IRIS, scoring="rr"), "scoring='rr' is not known"),
    (lambda: ours.cross_val_score(Ridge(), X_IRIS, Y_IRIS, scoring=3), "scoring must be"),
    (lambda: ours.cross_val_score(Ridge(), X_IRIS, Y_IRIS, scoring={}), "use cross_validate"),
    (lambda: ours.cross_val_score(Ridge(), X_IRIS, Y_IRIS, cv=2.5), "cv must be"),
    (lambda: ours.cross_val_predict(Ridge(), X_IRIS, Y_IRIS, cv=[([0, 1], [2])]), "partitions"),
]


@pytest.mark.parametrize(("call", "message"), FAULTS)
def test_faults_are_named(call, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        call()


def test_a_model_must_have_what_the_score_asks_for() -> None:
    with pytest.raises(AttributeError, match="Commonest has none of predict_proba"):
        ours.cross_val_score(Commonest(), X_IRIS, Y_IRIS, scoring="neg_log_loss")
