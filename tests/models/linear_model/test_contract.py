import warnings

import numpy as np
import pytest
from sklearn.utils.estimator_checks import parametrize_with_checks

from pellucid.models.linear_model import Lasso, LinearRegression, LogisticRegression, Ridge

with warnings.catch_warnings():
    warnings.simplefilter("ignore")  # that ours do not inherit from BaseEstimator is meant
    contract = parametrize_with_checks(
        [
            LinearRegression(),
            LinearRegression(solver="svd"),
            Ridge(),
            Ridge(solver="svd"),
            Lasso(),
            LogisticRegression(),
            LogisticRegression(solver="lbfgs"),
            LogisticRegression(solver="gradient-descent", tol=1e-4),
        ]
    )


@pytest.mark.filterwarnings("ignore")
@contract
def test_scikit_learn_contract(estimator, check):
    check(estimator)


X = np.array([[0.0, 1.0], [1.0, 0.0], [2.0, 2.0], [3.0, 1.0]])
REFUSED = [
    (LinearRegression(solver="magic"), X, [1, 2, 3, 4], "solver='magic'"),
    (LinearRegression(), X, [1, 2, 3], "y has 3 values, but X has 4 rows"),
    (LinearRegression(), X, [[1, 2], [3, 4]], "y has 2 rows, but X has 4 rows"),
    (LinearRegression(), [[1.0, np.nan]], [1], r"X\[0, 1\]"),
    (LinearRegression(solver="cholesky"), X[:, [0, 0]], [1, 2, 3, 5], "Cholesky factor"),
    (LinearRegression(solver="normal"), X[:, [0, 0]], [1, 2, 3, 5], "has no inverse"),
    (Ridge(alpha=-1.0), X, [1, 2, 3, 4], "alpha=-1.0"),
    (Ridge(solver="lsqr"), X, [1, 2, 3, 4], "solver='lsqr'"),
    (Lasso(alpha=np.inf), X, [1, 2, 3, 4], "alpha=inf"),
    (LogisticRegression(), X, [1, 1, 1, 1], "only one class"),
    (LogisticRegression(), X, [0.5, 1.5, 1, 2], "continuous"),
    (LogisticRegression(C=0), X, [0, 1, 0, 1], "C=0"),
    (LogisticRegression(class_weight="fair"), X, [0, 1, 0, 1], "class_weight='fair'"),
    (LogisticRegression(solver="sag"), X, [0, 1, 0, 1], "solver='sag'"),
]


@pytest.mark.parametrize(("model", "X", "y", "said"), REFUSED, ids=[said for *_, said in REFUSED])
def test_what_cannot_be_fitted_is_refused_by_name(model, X, y, said):
    with pytest.raises(ValueError, match=said):
        model.fit(X, y)


@pytest.mark.parametrize("model", [LinearRegression(), Ridge(), Lasso(alpha=0.1), LogisticRegression()])
def test_trace_tells_what_fit_does(model):
    y = [0, 1, 0, 1]
    records = model.trace(X, y)
    assert len(records) >= 5
    model.fit(X, y)
    last = [record for record in records if record.name.startswith("coefficients")][-1]
    np.testing.assert_array_equal(last.value.ravel(), np.ravel(model.coef_))


def test_frames_and_lists():
    import pandas as pd

    frame = pd.DataFrame(X, columns=["a", "b"])
    model = LinearRegression().fit(frame, [1, 2, 3, 5])
    assert list(model.feature_names_in_) == ["a", "b"]
    np.testing.assert_allclose(
        model.predict(frame), LinearRegression().fit(X.tolist(), [1, 2, 3, 5]).predict(X)
    )
