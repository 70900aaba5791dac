"""Every model, fitted on small data: run as it stands in CPython and as a cell in the browser, where integers have 32 bits.

`results()` gives numbers by name; both sides must agree.
"""

from __future__ import annotations

import json
import re
import warnings

import numpy as np

from pellucid.models.decomposition import PCA, jacobi_svd, randomized_svd
from pellucid.models.ensemble import (
    AdaBoostClassifier,
    GradientBoostingClassifier,
    GradientBoostingRegressor,
    HistGradientBoostingClassifier,
    HistGradientBoostingRegressor,
    RandomForestClassifier,
    RandomForestRegressor,
    permutation_importance,
)
from pellucid.models.linear_model import (
    Lasso,
    LinearRegression,
    LogisticRegression,
    Ridge,
    gradient_descent,
    lasso_path,
    ridge_path,
)
from pellucid.models.manifold import UMAP
from pellucid.models.metrics import classification_report, log_loss, roc_auc_score
from pellucid.models.model_selection import StratifiedKFold, cross_val_score, train_test_split
from pellucid.models.preprocessing import MinMaxScaler, StandardScaler
from pellucid.models.stats import f_oneway, masked_lm_loss, permutation_test, spearmanr, ttest_ind
from pellucid.models.svm import SVC, LinearSVC
from pellucid.models.tree import DecisionTreeClassifier, DecisionTreeRegressor

rng = np.random.RandomState(0)  # the one generator whose numbers are the same in every version
X = rng.normal(size=(120, 5))
labels = (X[:, 0] + X[:, 1] ** 2 > 0.5).astype(int)
three = np.digitize(X[:, 0] + 0.3 * X[:, 2], [-0.5, 0.5])
words = np.array(["low", "middle", "high"])[three]
numbers = X @ np.array([1.0, -2.0, 0.5, 0.0, 0.0]) + 0.1 * rng.normal(size=120)
weights = rng.uniform(0.5, 2, size=120)

CLASSIFIERS = (
    LogisticRegression(),
    LogisticRegression(solver="lbfgs"),
    DecisionTreeClassifier(max_depth=4),
    RandomForestClassifier(n_estimators=20, oob_score=True, random_state=0),
    AdaBoostClassifier(n_estimators=10),
    GradientBoostingClassifier(n_estimators=10, random_state=0),
    HistGradientBoostingClassifier(max_iter=10),
    SVC(),
    LinearSVC(random_state=0),
)
SOLVERS = (
    LinearRegression(solver="normal"),
    LinearRegression(solver="cholesky"),
    Ridge(0.0, solver="cholesky"),
)
REGRESSORS = (
    LinearRegression(),
    Ridge(),
    Lasso(0.1),
    DecisionTreeRegressor(max_depth=4),
    RandomForestRegressor(
        n_estimators=20, max_depth=5, random_state=0
    ),  # deeper, two cuts may be equally good
    GradientBoostingRegressor(n_estimators=10, random_state=0),
    HistGradientBoostingRegressor(max_iter=10),
)


def mean_difference(a: np.ndarray, b: np.ndarray) -> float:
    return float(np.mean(a) - np.mean(b))


def fails_on_a_repeated_column(model: LinearRegression | Ridge) -> bool:
    """Whether the fit raises, or gives finite predictions: NaN would be neither."""
    twice = np.repeat(
        np.arange(5.0)[:, None], 2, axis=1
    )  # centred, its products are exact: a pivot is exactly zero
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            predictions = model.fit(twice, numbers[:5]).predict(twice)
        except (ValueError, ArithmeticError):
            return True
    assert np.isfinite(predictions).all(), model
    return False


def results() -> dict[str, list[float]]:
    """What each model makes of the data, flat."""
    found: dict[str, object] = {}
    for model in CLASSIFIERS:
        for name, y in (("two", labels), ("words", words)):
            fitted = model.fit(X, y, weights)
            shares = getattr(fitted, "predict_proba", None) or fitted.decision_function
            found[f"{model} {name}"] = shares(X[:20])
            found[f"{model} {name} labels"] = fitted.predict(X) == y
    for model in REGRESSORS:
        found[str(model)] = model.fit(X, numbers, weights).predict(X[:20])
    for model in (PCA(3), PCA(3, svd_solver="covariance_eigh"), StandardScaler(), MinMaxScaler()):
        found[str(model)] = np.abs(model.fit_transform(X))
    found["records"] = [len(model.trace(X, labels)) for model in CLASSIFIERS] + [
        len(model.trace(X, numbers)) for model in REGRESSORS
    ]
    found["singular"] = [float(outcome) for outcome in map(fails_on_a_repeated_column, SOLVERS)]
    summary = LinearRegression().fit(X, numbers).diagnose(X, numbers)
    found["diagnostics"] = [summary.r_squared, *summary.leverage, *summary.cooks_distance, *summary.vif]
    found["paths"] = [
        *ridge_path(X, numbers, [0.1, 1.0, 10.0]).coefs.ravel(),
        *lasso_path(X, numbers).coefs.ravel(),
    ]
    found["descent"] = gradient_descent(X, numbers).weights
    found["svd"] = [*jacobi_svd(X).s, *randomized_svd(X, 3, random_state=0).s]
    importance = permutation_importance(CLASSIFIERS[3].fit(X, labels), X, labels, random_state=0)
    found["importance"] = importance.importances
    layout = UMAP(n_neighbors=8, n_epochs=40, random_state=0).fit(X)
    found["umap graph"] = layout.graph_.toarray()  # what is drawn after it depends on the size of integers
    found["umap"] = np.isfinite(layout.transform(X[:5])).ravel()
    groups = [X[three == each, 0] for each in range(3)]
    found["tests"] = [
        f_oneway(*groups).pvalue,
        ttest_ind(groups[0], groups[1], equal_var=False).pvalue,
        spearmanr(X[:, 0], numbers).pvalue,
        permutation_test([groups[0][:5], groups[1][:5]], mean_difference).pvalue,
    ]
    found["metrics"] = [roc_auc_score(labels, X[:, 0]), log_loss(labels, np.clip(labels, 0.1, 0.9))]
    report = classification_report(labels, X[:, 0] > 0)
    found["report"] = [float(number) for number in re.findall(r"\d+\.\d+|\d+", report)]
    found["folds"] = [
        *cross_val_score(LogisticRegression(), X, labels, cv=StratifiedKFold(4)),
        *train_test_split(numbers, random_state=0)[1],
    ]
    masked = masked_lm_loss(X[:24].reshape(4, 6, 5), three[:24].reshape(4, 6), labels[:24].reshape(4, 6) == 1)
    found["masked"] = [masked.total, masked.sequences, masked.tokens]
    return {name: np.asarray(values, dtype=float).ravel().tolist() for name, values in found.items()}


print(json.dumps(results()))
