"""Metrics against scikit-learn's, on bundled data and on generated labels, scores and weights."""

from __future__ import annotations

import doctest
import importlib
import pkgutil

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from scipy import stats
from sklearn import metrics as theirs
from sklearn.calibration import calibration_curve
from sklearn.datasets import load_breast_cancer, load_iris
from sklearn.linear_model import LogisticRegression

from pellucid.models import metrics as ours

AVERAGES = (None, "micro", "macro", "weighted")
rows = st.tuples(st.integers(0, 2**32 - 1), st.integers(2, 30), st.integers(2, 4), st.booleans())
quick = settings(deadline=None, max_examples=30)


def draw(case: tuple[int, int, int, bool]):
    """True labels, predicted labels, scores with ties, probabilities of classes, weights."""
    seed, n, c, weighted = case
    rng = np.random.default_rng(seed)
    truth, predicted = rng.integers(0, c, n), rng.integers(0, c, n)
    scores = np.round(rng.normal(truth, 1.5), 1)
    chances = rng.dirichlet(np.ones(c), n)
    weights = rng.choice([0.0, 0.5, 1, 2], n) if weighted else None
    assume(weights is None or weights.sum() > 0)
    return truth, predicted, scores, chances, weights


def same(found: object, expected: object) -> None:
    for a, b in zip(np.atleast_1d(found), np.atleast_1d(expected), strict=True):
        assert a == b or a == pytest.approx(b, rel=1e-12, abs=1e-14)


@pytest.mark.filterwarnings("ignore:A single label")
@quick
@given(rows)
def test_labels(case) -> None:
    truth, predicted, _, _, weights = draw(case)
    kept = {"sample_weight": weights}
    same(ours.accuracy_score(truth, predicted, **kept), theirs.accuracy_score(truth, predicted, **kept))
    total = theirs.accuracy_score(truth, predicted, normalize=False, **kept)
    same(ours.accuracy_score(truth, predicted, normalize=False, **kept), total)
    for normalize in (None, "true", "pred", "all"):
        expected = theirs.confusion_matrix(truth, predicted, normalize=normalize, **kept)
        assert np.allclose(
            ours.confusion_matrix(truth, predicted, normalize=normalize, **kept), expected, rtol=1e-13
        )


@quick
@given(rows, st.sampled_from(AVERAGES), st.sampled_from([0, 1]), st.sampled_from([0.5, 1.0, 2.0]))
def test_precision_recall_and_f(case, average: str | None, zero: int, beta: float) -> None:
    truth, predicted, _, _, weights = draw(case)
    shared = {"average": average, "zero_division": zero, "sample_weight": weights}
    found = ours.precision_recall_fscore_support(truth, predicted, beta=beta, **shared)
    expected = theirs.precision_recall_fscore_support(truth, predicted, beta=beta, **shared)
    for a, b in zip(found, expected, strict=True):
        assert (a is None) == (b is None)
        if a is not None:
            same(a, b)
    same(ours.fbeta_score(truth, predicted, beta=beta, **shared), found[2])
    same(ours.precision_score(truth, predicted, **shared), found[0])
    same(ours.recall_score(truth, predicted, **shared), found[1])
    same(ours.f1_score(truth, predicted, **shared), theirs.f1_score(truth, predicted, **shared))


@quick
@given(rows, st.booleans(), st.sampled_from([0, 2, 4]))
def test_the_report_is_the_same_text(case, named: bool, digits: int) -> None:
    truth, predicted, _, _, weights = draw(case)
    assume((truth == predicted).any())  # else scikit-learn prints the support as 2.0
    classes = np.unique([truth, predicted])
    how = {"digits": digits, "zero_division": 0, "sample_weight": weights}
    if named:
        how["target_names"] = [f"class number {k}" for k in classes]
    assert ours.classification_report(truth, predicted, **how) == theirs.classification_report(
        truth, predicted, **how
    )
    part = how | {"labels": truth[truth == predicted][:1], "target_names": None}
    assert ours.classification_report(truth, predicted, **part) == theirs.classification_report(
        truth, predicted, **part
    )
    found = ours.classification_report(truth, predicted, output_dict=True, **how)
    expected = theirs.classification_report(truth, predicted, output_dict=True, **how)
    assert list(found) == list(expected)
    for name, row in expected.items():
        same(
            list(found[name].values()) if isinstance(row, dict) else found[name],
            list(row.values()) if isinstance(row, dict) else row,
        )


@quick
@given(rows, st.booleans())
def test_curves(case, drop: bool) -> None:
    truth, _, scores, _, weights = draw(case)
    truth = (truth > 0).astype(int)
    counted = np.ones(len(truth)) if weights is None else weights
    assume(0 < counted @ truth < counted.sum())
    for a, b in zip(
        ours.roc_curve(truth, scores, sample_weight=weights, drop_intermediate=drop),
        theirs.roc_curve(truth, scores, sample_weight=weights, drop_intermediate=drop),
        strict=True,
    ):
        same(a, b)
    same(
        ours.roc_auc_score(truth, scores, sample_weight=weights),
        theirs.roc_auc_score(truth, scores, sample_weight=weights),
    )
    for a, b in zip(
        ours.precision_recall_curve(truth, scores, sample_weight=weights),
        theirs.precision_recall_curve(truth, scores, sample_weight=weights),
        strict=True,
    ):
        same(a, b)
    expected = theirs.average_precision_score(truth, scores, sample_weight=weights)
    same(ours.average_precision_score(truth, scores, sample_weight=weights), expected)


@quick
@given(rows)
def test_the_area_counts_ordered_pairs(case) -> None:
    truth, _, scores, _, _ = draw(case)
    truth = truth > 0
    assume(0 < truth.sum() < len(truth))
    pairs = stats.mannwhitneyu(scores[truth], scores[~truth]).statistic / (truth.sum() * (~truth).sum())
    assert ours.roc_auc_score(truth, scores) == pytest.approx(pairs, rel=1e-12)
    assert ours.roc_auc_score(truth, np.exp(scores)) == pytest.approx(
        pairs, rel=1e-12
    )  # only the order counts
    assert ours.roc_auc_score(~truth, scores) == pytest.approx(1 - pairs, rel=1e-9, abs=1e-12)


@quick
@given(rows)
def test_probabilities(case) -> None:
    truth, _, scores, chances, weights = draw(case)
    labels = np.arange(chances.shape[1])
    kept = {"sample_weight": weights, "labels": labels}
    same(ours.log_loss(truth, chances, **kept), theirs.log_loss(truth, chances, **kept))
    same(
        ours.log_loss(truth, chances, normalize=False, **kept),
        theirs.log_loss(truth, chances, normalize=False, **kept),
    )
    if len(labels) > 2:
        margins = scores[:, None] * chances
        same(ours.hinge_loss(truth, margins, **kept), theirs.hinge_loss(truth, margins, **kept))
    binary, chance = (truth > 0).astype(int), chances[:, 0]
    same(ours.log_loss(binary, chance, labels=[0, 1]), theirs.log_loss(binary, chance, labels=[0, 1]))
    same(
        ours.brier_score_loss(binary, chance, pos_label=1),
        theirs.brier_score_loss(binary, chance, pos_label=1),
    )
    assume(len(np.unique(binary)) == 2)
    same(
        ours.hinge_loss(binary, scores, sample_weight=weights),
        theirs.hinge_loss(binary, scores, sample_weight=weights),
    )


@quick
@given(rows, st.sampled_from(["uniform", "quantile"]), st.integers(1, 8))
def test_calibration(case, strategy: str, n_bins: int) -> None:
    truth, _, _, chances, _ = draw(case)
    binary = (truth > 0).astype(int)
    assume(len(np.unique(binary)) == 2)
    for a, b in zip(
        ours.calibration_curve(binary, chances[:, 0], n_bins=n_bins, strategy=strategy),
        calibration_curve(binary, chances[:, 0], n_bins=n_bins, strategy=strategy),
        strict=True,
    ):
        same(a, b)


@quick
@given(st.integers(0, 2**32 - 1), st.integers(2, 20), st.integers(1, 3), st.booleans())
def test_numbers(seed: int, n: int, k: int, weighted: bool) -> None:
    rng = np.random.default_rng(seed)
    truth, predicted = rng.normal(5, 2, (n, k)), rng.normal(5, 2, (n, k))
    weights = rng.choice([0.5, 1, 2], n) if weighted else None
    if k == 1:
        truth, predicted = truth.ravel(), predicted.ravel()
    for name in ("mean_squared_error", "root_mean_squared_error", "mean_absolute_error", "r2_score"):
        for multioutput in ("raw_values", "uniform_average"):
            how = {"sample_weight": weights, "multioutput": multioutput}
            same(getattr(ours, name)(truth, predicted, **how), getattr(theirs, name)(truth, predicted, **how))


def test_real_data() -> None:
    X, y = load_breast_cancer(return_X_y=True)
    model = LogisticRegression(max_iter=5000).fit(X[::2], y[::2])
    chance, label = model.predict_proba(X[1::2]), model.predict(X[1::2])
    truth = y[1::2]
    same(ours.roc_auc_score(truth, chance[:, 1]), theirs.roc_auc_score(truth, chance[:, 1]))
    same(ours.log_loss(truth, chance), theirs.log_loss(truth, chance))
    same(ours.brier_score_loss(truth, chance[:, 1]), theirs.brier_score_loss(truth, chance[:, 1]))
    same(
        ours.hinge_loss(truth, model.decision_function(X[1::2])),
        theirs.hinge_loss(truth, model.decision_function(X[1::2])),
    )
    names = ["malignant", "benign"]
    assert ours.classification_report(truth, label, target_names=names) == theirs.classification_report(
        truth, label, target_names=names
    )


def test_many_classes_one_against_the_rest() -> None:
    X, y = load_iris(return_X_y=True)
    chance = LogisticRegression(max_iter=500).fit(X, y).predict_proba(X)
    for average in ("macro", "weighted"):
        expected = theirs.roc_auc_score(y, chance, multi_class="ovr", average=average)
        same(ours.roc_auc_score(y, chance, multi_class="ovr", average=average), expected)


def test_strings_are_labels() -> None:
    truth, predicted = ["cat", "dog", "dog"], ["dog", "dog", "cat"]
    assert np.array_equal(ours.confusion_matrix(truth, predicted), [[0, 1], [1, 1]])
    assert np.array_equal(ours.confusion_matrix(truth, predicted, labels=["dog", "cat"]), [[1, 1], [1, 0]])
    assert ours.f1_score(truth, predicted, pos_label="dog") == 0.5
    fpr, tpr, _ = ours.roc_curve(truth, [0.1, 0.9, 0.4], pos_label="dog")
    assert ours.auc(fpr, tpr) == 1


def test_a_certain_error_is_finite_here_and_infinite_there() -> None:
    assert ours.log_loss([0, 1], [[0.0, 1.0], [0.0, 1.0]]) == pytest.approx(
        theirs.log_loss([0, 1], [[0.0, 1.0], [0.0, 1.0]])
    )


def test_nothing_predicted_warns() -> None:
    with pytest.warns(ours.UndefinedMetricWarning, match="Precision is ill-defined"):
        assert ours.precision_score([1, 0], [0, 0]) == 0


FAULTS = [
    (lambda: ours.accuracy_score([0, 1], [0]), "inconsistent numbers"),
    (lambda: ours.accuracy_score([0, 1], ["a", "b"]), "one kind"),
    (lambda: ours.accuracy_score([0, 1], [0.2, 0.7]), "fractions"),
    (lambda: ours.accuracy_score([], []), "n > 0"),
    (lambda: ours.f1_score([0, 1, 2], [0, 1, 2]), "multiclass"),
    (lambda: ours.f1_score(["a", "b"], ["a", "b"]), "pos_label=1 is not a valid label"),
    (lambda: ours.f1_score([0, 1], [0, 1], average="samples"), "average must be"),
    (lambda: ours.confusion_matrix([0, 1], [0, 1], labels=[5]), "must be in y_true"),
    (lambda: ours.confusion_matrix([0, 1], [0, 1], normalize="rows"), "normalize must be"),
    (lambda: ours.roc_curve([1, 1], [0.2, 0.3]), "no negative row"),
    (lambda: ours.roc_curve(["a", "b"], [0.2, 0.3]), "pos_label"),
    (lambda: ours.roc_curve([0, 1], [np.nan, 0.3]), "y_score contains NaN"),
    (lambda: ours.roc_auc_score([0, 1, 2], [0.1, 0.2, 0.3]), "multi_class must be"),
    (lambda: ours.roc_auc_score([1, 1], [0.1, 0.2]), "Only one class"),
    (lambda: ours.auc([0, 2, 1], [0, 1, 2]), "neither increasing"),
    (lambda: ours.log_loss([0, 1], [[0.5, 0.4], [0.5, 0.5]]), "row 0 sums to 0.9"),
    (lambda: ours.log_loss([1, 1], [0.4, 0.5]), "Pass labels"),
    (lambda: ours.log_loss([0, 1], [1.4, 0.5]), r"probabilities in \[0, 1\]"),
    (lambda: ours.brier_score_loss([0, 1], [2, 0.5]), "must lie in"),
    (lambda: ours.calibration_curve([0, 1], [0.2, 0.5], strategy="even"), "strategy must be"),
    (lambda: ours.mean_squared_error([1, 2], [1, 2, 3]), "inconsistent numbers"),
    (lambda: ours.mean_squared_error([1, np.nan], [1, 2]), "y_true contains NaN"),
    (lambda: ours.r2_score([1], [1]), "one row"),
    (lambda: ours.classification_report([0, 1], [0, 1], target_names=["a"]), "one name for each class"),
    (lambda: ours.precision_score([0, 1], [0, 1], zero_division=2), "zero_division must be"),
]


@pytest.mark.parametrize(("call", "message"), FAULTS)
def test_faults_are_named(call, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        call()


@pytest.mark.parametrize("name", [each.name for each in pkgutil.iter_modules(ours.__path__)])
def test_examples_print_what_they_say(name: str) -> None:
    assert doctest.testmod(importlib.import_module(f"pellucid.models.metrics.{name}")).failed == 0
