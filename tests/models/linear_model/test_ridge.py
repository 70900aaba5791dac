import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.linear_model import Ridge as Theirs
from sklearn.linear_model import RidgeCV

from pellucid.models.linear_model import (
    LinearRegression,
    Ridge,
    effective_degrees_of_freedom,
    ridge_leave_one_out,
    ridge_path,
)

ALPHAS = np.array([1e-6, 0.01, 1.0, 30.0, 1e5])
penalties = st.sampled_from(ALPHAS.tolist())


@pytest.mark.parametrize("solver", ["auto", "svd"])
@settings(deadline=None, max_examples=40)
@given(data=st.data(), alpha=penalties, fit_intercept=st.booleans())
def test_agrees_with_scikit_learn(draws, solver, data, alpha, fit_intercept):
    data = data.draw(draws(spread=1))
    ours = Ridge(alpha, solver=solver, fit_intercept=fit_intercept).fit(data.X, data.y, data.weights)
    theirs = Theirs(alpha, solver="svd", fit_intercept=fit_intercept).fit(data.X, data.y, data.weights)
    size = np.abs(theirs.coef_).max() + 1
    np.testing.assert_allclose(
        ours.coef_, theirs.coef_, rtol=1e-10, atol=1e-9 * size if alpha < 1e-3 else 1e-10 * size
    )
    np.testing.assert_allclose(ours.predict(data.X), theirs.predict(data.X), rtol=1e-9, atol=1e-9)


@pytest.mark.parametrize("solver", ["auto", "cholesky", "svd"])
@pytest.mark.parametrize("shape", [(442, 10), (8, 10)], ids=["tall", "wide"])
def test_the_solvers_agree(solver, shape, diabetes):
    X, y = diabetes[0][: shape[0]], diabetes[1][: shape[0]]
    theirs = Theirs(0.7, solver="svd").fit(X, y)
    np.testing.assert_allclose(Ridge(0.7, solver=solver).fit(X, y).coef_, theirs.coef_, rtol=1e-10)


def test_the_closed_form_for_identity():
    y = np.array([3.0, -1.0, 2.0])
    np.testing.assert_allclose(Ridge(2.0, fit_intercept=False).fit(np.eye(3), y).coef_, y / 3, rtol=1e-15)


def test_an_ill_conditioned_matrix_goes_to_the_svd():
    rng = np.random.default_rng(0)
    X = rng.standard_normal((50, 4))
    X[:, 3] = X[:, 0] + 1e-9 * X[:, 3]
    y = rng.standard_normal(50)
    model = Ridge(1e-8).fit(X, y)
    assert model.solver_ == "svd"
    np.testing.assert_allclose(model.coef_, Theirs(1e-8, solver="svd").fit(X, y).coef_, rtol=1e-6)
    assert Ridge(1.0).fit(X, y).solver_ == "cholesky"


def test_without_penalty_it_is_least_squares(diabetes):
    np.testing.assert_allclose(
        Ridge(0.0).fit(*diabetes).coef_, LinearRegression().fit(*diabetes).coef_, rtol=1e-9
    )
    twice = diabetes[0][:, [0, 1, 1]]
    np.testing.assert_allclose(
        Ridge(0.0).fit(twice, diabetes[1]).coef_,
        np.linalg.pinv(twice - twice.mean(0)) @ diabetes[1],
        rtol=1e-9,
    )


def test_trap_the_intercept_is_not_penalized(diabetes):
    X, y = diabetes
    plain, moved = Ridge(5.0).fit(X, y), Ridge(5.0).fit(X + 3, y + 1000)
    np.testing.assert_allclose(moved.coef_, plain.coef_, rtol=1e-9)
    np.testing.assert_allclose(moved.predict(X + 3), plain.predict(X) + 1000, rtol=1e-12)
    assert Ridge(1e12).fit(X, y).intercept_ == pytest.approx(y.mean(), rel=1e-9)


def test_trap_the_sum_is_penalized_not_the_mean(diabetes):
    """The same rows twice count twice against the penalty: α must double to leave the coefficients where they were."""
    X, y = diabetes
    twice = np.vstack([X, X]), np.concatenate([y, y])
    np.testing.assert_allclose(Ridge(2.0).fit(*twice).coef_, Ridge(1.0).fit(X, y).coef_, rtol=1e-10)
    assert np.abs(Ridge(1.0).fit(*twice).coef_ - Ridge(1.0).fit(X, y).coef_).max() > 1


@settings(deadline=None, max_examples=30)
@given(st.data(), penalties)
def test_weights_are_repeated_rows(draws, data, alpha):
    data = data.draw(draws(spread=0))
    counts = data.weights.astype(int)
    weighted = Ridge(alpha, solver="svd").fit(data.X, data.y, counts)
    repeated = Ridge(alpha, solver="svd").fit(np.repeat(data.X, counts, axis=0), np.repeat(data.y, counts))
    np.testing.assert_allclose(weighted.coef_, repeated.coef_, rtol=1e-7, atol=1e-8)


@pytest.mark.parametrize("shape", [(442, 10), (12, 10), (7, 10)], ids=["tall", "square", "wide"])
@pytest.mark.parametrize("fit_intercept", [True, False])
def test_the_path_is_many_fits(diabetes, shape, fit_intercept):
    X, y = diabetes[0][: shape[0]], diabetes[1][: shape[0]]
    weights = np.arange(len(y)) % 3 + 1.0
    path = ridge_path(X, y, ALPHAS, fit_intercept=fit_intercept, sample_weight=weights)
    for k, alpha in enumerate(ALPHAS):
        theirs = Theirs(alpha, solver="svd", fit_intercept=fit_intercept).fit(X, y, weights)
        np.testing.assert_allclose(path.coefs[:, k], theirs.coef_, rtol=1e-8, atol=1e-8)
        np.testing.assert_allclose(path.intercepts[k], theirs.intercept_, rtol=1e-10, atol=1e-10)
    norms = np.linalg.norm(path.coefs, axis=0)
    assert np.all(np.diff(norms) < 0)  # larger λ, smaller norm
    assert np.all(np.diff(path.degrees) < 0)


def test_degrees_of_freedom_are_the_trace_of_the_hat_matrix(diabetes):
    X = diabetes[0]
    Z = X - X.mean(axis=0)
    found = effective_degrees_of_freedom(X, ALPHAS)
    hats = [np.trace(Z @ np.linalg.solve(Z.T @ Z + alpha * np.eye(10), Z.T)) for alpha in ALPHAS]
    np.testing.assert_allclose(found, hats, rtol=1e-8)
    np.testing.assert_allclose(ridge_path(X, diabetes[1], ALPHAS).degrees, found, rtol=1e-10)
    assert effective_degrees_of_freedom(X, 0.0) == pytest.approx([10])


@pytest.mark.parametrize("fit_intercept", [True, False])
@pytest.mark.parametrize("weighted", [True, False])
def test_leave_one_out_is_leaving_one_out(diabetes, fit_intercept, weighted):
    X, y = diabetes[0][:25, :4] * 20, diabetes[1][:25]
    weights = np.arange(25) % 3 + 1.0 if weighted else None
    found = ridge_leave_one_out(X, y, ALPHAS, fit_intercept=fit_intercept, sample_weight=weights)
    for i in range(25):
        rest = np.arange(25) != i
        for k, alpha in enumerate(ALPHAS):
            model = Theirs(alpha, fit_intercept=fit_intercept, solver="svd")
            model.fit(X[rest], y[rest], None if weights is None else weights[rest])
            assert found[i, k] == pytest.approx(y[i] - model.predict(X[i : i + 1])[0], rel=1e-8, abs=1e-8)


def test_leave_one_out_agrees_with_ridgecv(diabetes):
    X, y = diabetes
    theirs = RidgeCV(ALPHAS, store_cv_results=True).fit(X, y)
    np.testing.assert_allclose(ridge_leave_one_out(X, y, ALPHAS) ** 2, theirs.cv_results_, rtol=1e-6)


@pytest.mark.parametrize("call", [ridge_path, ridge_leave_one_out])
def test_paths_refuse(call, diabetes):
    X, y = diabetes
    with pytest.raises(ValueError, match="alphas must be"):
        call(X, y, [1.0, -1.0])
    with pytest.raises(ValueError, match="a path is of one target"):
        call(X, np.column_stack([y, y]), [1.0])
