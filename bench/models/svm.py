"""Support vector machines beside libsvm and liblinear: same data, same parameters; the dual objectives are compared first."""

from __future__ import annotations

import warnings
from collections.abc import Callable

import numpy as np
import sklearn.svm
from sklearn.datasets import load_digits, make_classification
from sklearn.metrics.pairwise import rbf_kernel
from tasks import Growth, Task

from pellucid.models.svm import SVC, LinearSVC


def tasks() -> list[Task]:
    rows = [fit_svc(n, flip, C) for n in (1000, 5000) for flip in (0.01, 0.1) for C in (1.0, 10.0)]
    return [*rows, digits(), predict(), linear("squared_hinge"), linear("hinge")]


def fit_svc(n: int, flip: float, C: float) -> Task:
    X, y = data(n, flip)
    theirs, ours = sklearn.svm.SVC(C=C).fit(X, y), SVC(C=C).fit(X, y)
    assert objective(ours, X, y) >= objective(theirs, X, y) - 1e-4 * abs(objective(theirs, X, y))
    assert max(each.largest_violation for each in ours.kkt_) <= 1e-3
    assert np.mean(ours.predict(X) == theirs.predict(X)) > 0.999
    return Task(
        f"SVC rbf fit, n={n}, d=20, {flip:.0%} noise, C={C:g}",
        1.5,
        lambda: SVC(C=C).fit(X, y),
        lambda: sklearn.svm.SVC(C=C).fit(X, y),
        repeats=25 if n < 5000 else 5,
    )


def data(n: int, flip: float = 0.1) -> tuple[np.ndarray, np.ndarray]:
    return make_classification(n, 20, n_informative=10, flip_y=flip, random_state=0)


def objective(model: SVC | sklearn.svm.SVC, X: np.ndarray, y: np.ndarray) -> float:
    """The dual objective at a model's coefficients, reckoned anew."""
    beta = model.dual_coef_[0]
    vectors = X[model.support_]
    K = rbf_kernel(vectors, gamma=1 / (X.shape[1] * X.var()))
    return float(np.where(y[model.support_] == 1, 1.0, -1.0) @ beta - beta @ K @ beta / 2)


def digits() -> Task:
    X, y = load_digits(return_X_y=True)
    assert np.array_equal(SVC().fit(X, y).predict(X), sklearn.svm.SVC().fit(X, y).predict(X))
    return Task(
        "SVC rbf fit, digits, 45 pairs of classes",
        None,
        lambda: SVC().fit(X, y),
        lambda: sklearn.svm.SVC().fit(X, y),
        repeats=3,
    )


def predict() -> Task:
    X, y = data(5000)
    theirs, ours = sklearn.svm.SVC(tol=1e-8).fit(X, y), SVC().fit(X, y)
    assert np.allclose(ours.decision_function(X), theirs.decision_function(X), atol=1e-6)
    return Task(
        "SVC rbf predict, 5000 rows", None, lambda: ours.predict(X), lambda: theirs.predict(X), repeats=3
    )


def linear(loss: str) -> Task:
    X, y = data(2000)

    def theirs() -> object:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # liblinear's hinge does not always get there in 1000 passes
            return sklearn.svm.LinearSVC(loss=loss, random_state=0).fit(X, y)

    ours = LinearSVC(loss, random_state=0).fit(X, y)
    assert np.mean(ours.predict(X) == theirs().predict(X)) > 0.99
    return Task(
        f"LinearSVC {loss} fit, 2000×20",
        None,
        lambda: LinearSVC(loss, random_state=0).fit(X, y),
        theirs,
        3,
    )


def growths() -> list[Growth]:
    def run(n: int) -> Callable[[], object]:
        X, y = data(n)
        return lambda: SVC().fit(X, y)

    return [Growth("SVC rbf fit, d=20, 10% noise, C=1", run, (1000, 2000, 4000, 8000))]
