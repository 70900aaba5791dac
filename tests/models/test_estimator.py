"""What every model shares."""

from __future__ import annotations

import numpy as np
import pytest
from sklearn.metrics import r2_score

from pellucid.models.linear_model import LinearRegression, Ridge
from pellucid.models.model_selection import clone
from pellucid.models.svm import SVC
from pellucid.models.trace import Recorder
from pellucid.models.tree import DecisionTreeClassifier

X = np.array([[1.0, 0.0], [2.0, 1.0], [3.0, 0.0], [4.0, 2.0]])
y = np.array([1.0, 2.0, 2.5, 4.5])


def test_score_is_scikit_learns() -> None:
    model = LinearRegression().fit(X[:3], y[:3])
    weights = [1.0, 2.0, 0.5, 3.0]
    assert model.score(X, y, weights) == pytest.approx(
        r2_score(y, model.predict(X), sample_weight=weights), rel=1e-12
    )
    assert model.score(X, np.ones(4)) == r2_score(np.ones(4), model.predict(X))


def test_one_row_has_no_r2() -> None:
    model = LinearRegression().fit(X, y)
    with pytest.warns(UserWarning, match="at least two rows"):
        assert np.isnan(model.score(X[:1], y[:1]))


def test_a_trace_leaves_the_model_and_the_data_as_they_were() -> None:
    model, before = Ridge(alpha=2.0), X.copy()
    records = model.trace(X, y)
    assert not hasattr(model, "coef_") and np.array_equal(before, X)
    assert [record.name for record in records] and all(
        record.shape == record.value.shape for record in records
    )
    assert np.array_equal(
        next(record.value for record in records if record.symbol == "w").ravel(), model.fit(X, y).coef_
    )


def test_a_recorder_keeps_copies() -> None:
    see, value = Recorder(), np.zeros(2)
    see("value", "v", "0", value)
    value += 1
    assert see.records[0].value.tolist() == [0, 0]


def test_parameters_by_name() -> None:
    model = clone(SVC(C=3.0)).set_params(kernel="linear")
    assert repr(model) == "SVC(C=3.0, kernel='linear')"
    with pytest.raises(ValueError, match=r"Invalid parameter 'c' for SVC\. It has: .*C"):
        model.set_params(c=1)


@pytest.mark.parametrize(
    ("rows", "says"),
    [
        ([[1.0, np.nan]], r"X contains NaN, at X\[0, 1\]"),
        ([1.0, 2.0], r"X has shape \(2,\).*reshape\(-1, 1\)"),
        ([["a", "b"]], "X must be numbers, but it holds 'a'|np.str_"),
        ([[1.0, 2.0, 3.0]], "expecting 2 features"),
    ],
)
def test_errors_name_the_argument_and_the_next_act(rows: object, says: str) -> None:
    model = DecisionTreeClassifier().fit(X, [0, 1, 0, 1])
    with pytest.raises(ValueError, match=says):
        model.predict(rows)
