import warnings

import numpy as np
import pytest
import statsmodels.api as sm
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import check_grad
from sklearn.datasets import load_breast_cancer, load_digits, load_iris, load_wine
from sklearn.linear_model import LogisticRegression as Theirs

from pellucid.models.linear_model import LogisticRegression
from pellucid.models.linear_model.log_loss import LogisticLoss, SoftmaxLoss
from pellucid.models.linear_model.logistic import is_separable, loss_of

SOLVERS = ["newton-cholesky", "lbfgs", "gradient-descent"]


def standardized(load):
    X, y = load(return_X_y=True)
    return (X - X.mean(axis=0)) / np.where(X.std(axis=0) > 0, X.std(axis=0), 1), y


def drawn_loss(seed, classes, n=30, d=3, C=1.7):
    rng = np.random.default_rng(seed)
    codes = np.concatenate([np.arange(classes), rng.integers(0, classes, n - classes)])
    return loss_of(rng.standard_normal((n, d)), codes, rng.random(n), C, True), rng


def gradient_of(model, X, y, weights=None):
    codes = np.searchsorted(model.classes_, y)
    weights = np.ones(len(y)) if weights is None else weights
    loss = loss_of(X, codes, weights, model.C, model.fit_intercept)
    parts = [model.coef_.T, model.intercept_[None]] if model.fit_intercept else [model.coef_.T]
    return loss.value_and_gradient(np.vstack(parts))[1]


@settings(deadline=None, max_examples=30)
@given(st.integers(0, 10**6), st.integers(2, 4))
def test_trap_the_gradient_has_the_losss_signs(seed, classes):
    """Finite differences see a penalty of the wrong sign, a mean where a sum should be, a penalized intercept."""
    loss, rng = drawn_loss(seed, classes)
    theta = rng.standard_normal(loss.shape)

    def value(flat):
        return loss.value_and_gradient(flat.reshape(loss.shape))[0]

    def gradient(flat):
        return loss.value_and_gradient(flat.reshape(loss.shape))[1].ravel()

    assert check_grad(value, gradient, theta.ravel()) < 1e-6


@settings(deadline=None, max_examples=20)
@given(st.integers(0, 10**6), st.integers(2, 4))
def test_the_hessian_is_the_gradients_derivative(seed, classes):
    loss, rng = drawn_loss(seed, classes)
    theta = rng.standard_normal(loss.shape)
    H = loss.hessian(theta)
    step = rng.standard_normal(loss.shape)
    if classes > 2:
        step -= step.mean(axis=1, keepdims=True)  # along what all classes share, H is not F's
    ahead, behind = (loss.value_and_gradient(theta + t * step)[1] for t in (1e-5, -1e-5))
    numeric = (ahead - behind) / 2e-5
    np.testing.assert_allclose((H @ step.T.ravel()).reshape(step.T.shape).T, numeric, atol=1e-8)
    assert np.linalg.eigvalsh(H)[0] > 0
    assert np.linalg.eigvalsh(H)[-1] <= 2 * loss.curvature() if classes > 2 else loss.curvature()


def test_the_loss_is_scikit_learns():
    """C Σℓ + ½‖w‖², divided by CS; written out with plain logarithms."""
    X, y = np.array([[1.0, 2.0], [0.0, -1.0], [3.0, 1.0]]), np.array([0, 1, 1])
    w, b, C = np.array([0.3, -0.2]), 0.1, 2.5
    p = 1 / (1 + np.exp(-(X @ w + b)))
    expected = (C * -np.sum(np.log(np.where(y == 1, p, 1 - p))) + 0.5 * w @ w) / (C * 3)
    theta = np.append(w, b)[:, None]
    assert loss_of(X, y, np.ones(3), C, True).value_and_gradient(theta)[0] == pytest.approx(
        expected, rel=1e-14
    )


def test_extreme_scores_neither_overflow_nor_vanish():
    A = np.array([[1000.0], [-1000.0], [40.0]])
    losses = [LogisticLoss(A, np.array([y, y, y]), np.ones(3) / 3, np.zeros(1)) for y in (0.0, 1.0)]
    assert losses[0].value_and_gradient(np.ones((1, 1)))[0] == pytest.approx(1040 / 3)
    assert losses[1].value_and_gradient(np.ones((1, 1)))[0] == pytest.approx((1000 + np.exp(-40)) / 3)
    soft = SoftmaxLoss(A, np.eye(3)[[0, 1, 2]], np.ones(3) / 3, np.zeros(1))
    assert np.isfinite(soft.value_and_gradient(np.array([[1.0, -1.0, 2.0]]))[0])


@pytest.mark.parametrize("load", [load_iris, load_wine, load_breast_cancer, load_digits])
@pytest.mark.parametrize("C", [0.01, 1.0])
def test_agrees_with_scikit_learn(load, C):
    X, y = standardized(load)
    if load is load_digits:
        X, y = X[:600], y[:600]
    ours = LogisticRegression(C=C).fit(X, y)
    theirs = Theirs(C=C, tol=1e-10, max_iter=10_000).fit(X, y)
    np.testing.assert_allclose(ours.coef_, theirs.coef_, atol=1e-6 * max(1, 10 * C))
    np.testing.assert_allclose(ours.predict_proba(X), theirs.predict_proba(X), atol=1e-6)
    np.testing.assert_array_equal(ours.predict(X), theirs.predict(X))
    assert np.abs(gradient_of(ours, X, y)).max() < 1e-8


@pytest.mark.parametrize("load", [load_iris, load_breast_cancer])
def test_agrees_with_scikit_learns_newton(load):
    X, y = standardized(load)
    weights = np.arange(len(y)) % 3 + 0.5
    ours = LogisticRegression(tol=1e-12, class_weight="balanced").fit(X, y, weights)
    theirs = Theirs(tol=1e-12, solver="newton-cholesky", class_weight="balanced").fit(X, y, weights)
    np.testing.assert_allclose(ours.coef_, theirs.coef_, atol=1e-9)
    np.testing.assert_allclose(
        ours.intercept_ - ours.intercept_.mean() * (len(ours.intercept_) > 1),
        theirs.intercept_ - theirs.intercept_.mean() * (len(theirs.intercept_) > 1),
        atol=1e-9,
    )


@pytest.mark.parametrize("load", [load_iris, load_breast_cancer])
@pytest.mark.parametrize("solver", SOLVERS[1:])
def test_all_solvers_reach_one_minimum(load, solver):
    X, y = standardized(load)
    exact = LogisticRegression(C=0.1, tol=1e-12).fit(X, y)
    other = LogisticRegression(C=0.1, solver=solver, tol=1e-9, max_iter=100_000).fit(X, y)
    np.testing.assert_allclose(other.coef_, exact.coef_, atol=1e-6)
    np.testing.assert_allclose(other.intercept_, exact.intercept_, atol=1e-6)


def test_spector():
    """The published fit of Spector and Mazzeo's data, and statsmodels' to nine digits."""
    data = sm.datasets.spector.load_pandas()
    X, y = data.exog.to_numpy(dtype=float), data.endog.to_numpy(dtype=float).astype(int)
    model = LogisticRegression(C=np.inf, tol=1e-12).fit(X, y)
    found = np.concatenate([model.intercept_, model.coef_[0]])
    np.testing.assert_allclose(found, [-13.021347, 2.826113, 0.095158, 2.378688], atol=6e-7)
    likelihood = model.predict_log_proba(X)[np.arange(len(y)), y].sum()
    assert likelihood == pytest.approx(-12.889634, abs=6e-7)
    theirs = sm.Logit(y, sm.add_constant(X)).fit(disp=0, tol=1e-14)
    np.testing.assert_allclose(found, theirs.params, rtol=1e-9)


def test_softmax_without_penalty_is_mnlogit():
    data = sm.datasets.anes96.load_pandas()
    X, y = data.exog.to_numpy(dtype=float), data.endog.to_numpy(dtype=int)
    model = LogisticRegression(C=np.inf, tol=1e-12).fit(X, y)
    theirs = sm.MNLogit(y, sm.add_constant(X)).fit(disp=0, tol=1e-14, method="newton")
    against_first = np.vstack([model.intercept_ - model.intercept_[0], (model.coef_ - model.coef_[0]).T])[
        :, 1:
    ]
    np.testing.assert_allclose(against_first, theirs.params, rtol=1e-8, atol=1e-9)
    np.testing.assert_allclose(model.coef_.sum(axis=0), 0, atol=1e-10)


def test_many_rows_start_from_some_of_them():
    rng = np.random.default_rng(0)
    X = rng.standard_normal((6000, 4)) * [1, 10, 0.1, 1]
    y = np.sort((X @ [1.0, 0.2, 5.0, -2.0] + rng.logistic(size=6000) > 1).astype(int))
    y = np.where(rng.random(6000) < 0.3, y, (X @ [1.0, 0.2, 5.0, -2.0] > 1).astype(int))
    model = LogisticRegression(tol=1e-12).fit(X, y)
    theirs = Theirs(tol=1e-12, solver="newton-cholesky").fit(X, y)
    np.testing.assert_allclose(model.coef_, theirs.coef_, rtol=1e-9)


@settings(deadline=None, max_examples=30)
@given(st.integers(0, 10**6), st.integers(2, 4), st.sampled_from([0.01, 1.0, 100.0]), st.booleans())
def test_weights_are_repeated_rows(seed, classes, C, fit_intercept):
    rng = np.random.default_rng(seed)
    X = rng.standard_normal((25, 3)) * 10.0 ** rng.integers(-2, 3, 3)
    y = np.concatenate([np.arange(classes), rng.integers(0, classes, 25 - classes)])
    counts = rng.integers(0, 4, 25)
    counts[:classes] = 1
    model = LogisticRegression(C=C, fit_intercept=fit_intercept, tol=1e-10, max_iter=500)
    weighted = model.fit(X, y, counts).coef_.copy()
    repeated = model.fit(np.repeat(X, counts, axis=0), np.repeat(y, counts)).coef_
    np.testing.assert_allclose(weighted, repeated, rtol=1e-5, atol=1e-6)


def test_class_weights_are_weights():
    X, y = standardized(load_wine)
    by_class = LogisticRegression(class_weight={0: 2.0, 2: 0.5}).fit(X, y)
    by_row = LogisticRegression().fit(X, y, np.array([2.0, 1.0, 0.5])[y])
    np.testing.assert_allclose(by_class.coef_, by_row.coef_, rtol=1e-12)


def test_trap_the_intercept_is_not_penalized():
    """With C tiny the coefficients go to 0, and the intercept to the log-odds of the classes."""
    X, y = standardized(load_breast_cancer)
    model = LogisticRegression(C=1e-9).fit(X, y)
    assert np.abs(model.coef_).max() < 1e-6
    assert model.intercept_[0] == pytest.approx(np.log(y.mean() / (1 - y.mean())), abs=1e-6)


def test_trap_c_multiplies_the_sum_not_the_mean():
    X, y = standardized(load_breast_cancer)
    once, twice = LogisticRegression(C=0.2).fit(X, y), (np.vstack([X, X]), np.concatenate([y, y]))
    np.testing.assert_allclose(LogisticRegression(C=0.1).fit(*twice).coef_, once.coef_, rtol=1e-7)
    assert np.abs(LogisticRegression(C=0.2).fit(*twice).coef_ - once.coef_).max() > 0.01


COMPLETE = [[0.0], [1.0], [2.0], [3.0]], [0, 0, 1, 1]
QUASI = [[0.0], [1.0], [1.0], [2.0], [2.0]], [0, 0, 1, 1, 1]
OVERLAP = [[0.0], [1.0], [2.0], [3.0]], [0, 1, 0, 1]


@pytest.mark.parametrize("solver", SOLVERS[:2])
@pytest.mark.parametrize("data", [COMPLETE, QUASI], ids=["complete", "quasi-complete"])
def test_separable_data_without_penalty_are_said_so(data, solver):
    with pytest.warns(UserWarning, match="separable"):
        model = LogisticRegression(C=np.inf, solver=solver, max_iter=200).fit(*data)
    assert np.isfinite(model.coef_).all()
    assert model.score(*data) >= 0.8
    LogisticRegression(C=1.0).fit(*data)  # a penalty settles it: no warning


def test_one_separable_class_of_three_is_said_so():
    X, y = load_iris(return_X_y=True)
    with pytest.warns(UserWarning, match="separable"):
        LogisticRegression(C=np.inf).fit(X, y)
    LogisticRegression(C=np.inf).fit(X[50:], y[50:])  # versicolor and virginica overlap


def test_overlapping_data_with_far_rows_are_not_called_separable():
    X, y = OVERLAP
    LogisticRegression(C=np.inf).fit(X, y)
    X = np.array([*np.ravel(X), -500.0, 500.0])[:, None]
    LogisticRegression(C=np.inf).fit(X, [*y, 0, 1])


@pytest.mark.parametrize(("data", "separable"), [(COMPLETE, True), (QUASI, True), (OVERLAP, False)])
def test_is_separable(data, separable):
    A = np.column_stack([data[0], np.ones(len(data[1]))])
    assert is_separable(A, np.array(data[1])) is separable


def test_too_few_steps_are_said_so():
    X, y = load_breast_cancer(return_X_y=True)
    for solver in SOLVERS:
        with pytest.warns(UserWarning, match="did not converge"):
            LogisticRegression(solver=solver, max_iter=2).fit(X, y)


def test_features_of_any_size():
    """Unscaled data, κ near 1e12: Newton's steps do not depend on units."""
    X, y = load_breast_cancer(return_X_y=True)
    model = LogisticRegression(C=1e6, max_iter=300).fit(X, y)
    assert np.abs(gradient_of(model, X, y)).max() < 1e-6


def test_twin_columns_without_penalty_share_the_coefficient():
    rng = np.random.default_rng(0)
    x = rng.standard_normal(100)
    y = (x + rng.logistic(size=100) > 0).astype(int)
    twins = LogisticRegression(C=np.inf).fit(np.column_stack([x, x]), y)
    alone = LogisticRegression(C=np.inf).fit(x[:, None], y)
    np.testing.assert_allclose(twins.coef_[0], alone.coef_[0, 0] / 2, rtol=1e-6)


def test_labels_of_any_kind():
    X, y = standardized(load_iris)
    names = np.array(["setosa", "versicolor", "virginica"])[y]
    model = LogisticRegression().fit(X, names)
    assert list(model.classes_) == ["setosa", "versicolor", "virginica"]
    assert model.score(X, names) > 0.95
    np.testing.assert_allclose(np.exp(model.predict_log_proba(X)), model.predict_proba(X), rtol=1e-12)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        far = LogisticRegression().fit(X[:100], names[:100]).predict_log_proba(1e4 * X[:100])
    assert np.isfinite(far).all()
