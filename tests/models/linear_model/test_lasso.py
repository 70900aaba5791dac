import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.linear_model import Lasso as Theirs
from sklearn.linear_model import lasso_path as their_path

from pellucid.models.linear_model import Lasso, LinearRegression, lasso_alpha_max, lasso_path
from pellucid.models.linear_model.lasso import descend, descend_reference, soft_threshold


def objective(model, X, y, alpha, weights=None):
    weights = np.ones(len(y)) if weights is None else weights
    squares = weights @ (y - X @ model.coef_ - model.intercept_) ** 2
    return squares / (2 * weights.sum()) + alpha * np.abs(model.coef_).sum()


@settings(deadline=None, max_examples=40)
@given(st.data(), st.sampled_from([0.9, 0.3, 0.05, 0.001]), st.booleans())
def test_reaches_the_minimum(draws, data, share, fit_intercept):
    """By the optimality conditions, which hold at the minimum only: |xⱼᵀe|/n ≤ α, and = α·sign(wⱼ) where wⱼ is not zero."""
    data = data.draw(draws(most_columns=8, spread=1))
    alpha = share * lasso_alpha_max(data.X, data.y, fit_intercept=fit_intercept, sample_weight=data.weights)
    model = Lasso(alpha, fit_intercept=fit_intercept, tol=1e-12, max_iter=100_000)
    model.fit(data.X, data.y, data.weights)
    e = data.weights * (data.y - model.predict(data.X)) / data.weights.sum()
    slopes = data.X.T @ e
    size = np.abs(data.X).T @ np.abs(data.weights * data.y) / data.weights.sum() + alpha
    assert np.all(np.abs(slopes) <= alpha + 1e-6 * size)
    on = model.coef_ != 0
    assert np.all(np.abs(slopes - alpha * np.sign(model.coef_))[on] <= 1e-6 * size[on])


@pytest.mark.parametrize("alpha", [0.001, 0.05, 0.5, 2.0, 10.0])
def test_agrees_with_scikit_learn(alpha, diabetes):
    X, y = diabetes
    weights = np.arange(len(y)) % 4 + 0.5
    for w in (None, weights):
        ours = Lasso(alpha, tol=1e-12).fit(X, y, w)
        theirs = Theirs(alpha, tol=1e-14, max_iter=100_000).fit(X, y, sample_weight=w)
        np.testing.assert_allclose(ours.coef_, theirs.coef_, atol=1e-6)
        assert np.array_equal(ours.coef_ != 0, theirs.coef_ != 0)
        assert objective(ours, X, y, alpha, w) <= objective(theirs, X, y, alpha, w) * (1 + 1e-13)
        assert ours.dual_gap_ < 1e-9 * np.var(y)


def test_more_columns_than_rows():
    rng = np.random.default_rng(0)
    X = rng.standard_normal((40, 300))
    y = X[:, :3] @ [3.0, -2.0, 1.0] + 0.1 * rng.standard_normal(40)
    ours, theirs = Lasso(0.1, tol=1e-10).fit(X, y), Theirs(0.1, tol=1e-12, max_iter=100_000).fit(X, y)
    np.testing.assert_allclose(ours.coef_, theirs.coef_, atol=1e-5)
    assert np.count_nonzero(ours.coef_) <= 40


@settings(deadline=None, max_examples=25)
@given(st.data(), st.sampled_from([0.5, 0.1, 0.01]))
def test_the_fast_tier_is_the_reference(draws, data, share):
    data = data.draw(draws(spread=0))
    Z = (data.X - data.X.mean(axis=0)) / np.sqrt(len(data.y))
    t = (data.y - data.y.mean()) / np.sqrt(len(data.y))
    if np.linalg.matrix_rank(Z) < Z.shape[1] or np.linalg.cond(Z) > 30:
        return
    alpha = share * float(np.abs(Z.T @ t).max())
    w, gap, _ = descend(Z, t, alpha, np.zeros(Z.shape[1]), 1e-15, 10_000)
    np.testing.assert_allclose(w, descend_reference(Z, t, alpha, 3000), atol=1e-7 * (1 + np.abs(w).max()))
    assert gap <= 1e-12 * (t @ t)


def test_the_known_answer_for_orthonormal_columns():
    Z = np.linalg.qr(np.random.default_rng(0).standard_normal((20, 4)))[0]
    t = Z @ [2.0, -1.0, 0.3, 0.05]
    model = Lasso(0.4 / 20, fit_intercept=False).fit(Z, t)  # in units of the mean: n·α = 0.4
    np.testing.assert_allclose(model.coef_, [1.6, -0.6, 0.0, 0.0], atol=1e-14)
    assert [soft_threshold(z, 1.0) for z in (-3.0, -1.0, 0.5, 1.5)] == [-2.0, 0.0, 0.0, 0.5]


def test_alpha_max_is_where_the_first_coefficient_appears(diabetes):
    X, y = diabetes
    largest = lasso_alpha_max(X, y)
    assert not Lasso(largest * (1 + 1e-9)).fit(X, y).coef_.any()
    assert np.count_nonzero(Lasso(largest * 0.999).fit(X, y).coef_) == 1


def test_the_path(diabetes):
    X, y = diabetes[0], diabetes[1] - diabetes[1].mean()
    alphas, coefs, gaps = lasso_path(X, y, tol=1e-10)
    assert alphas[0] == pytest.approx(lasso_alpha_max(X, y, fit_intercept=False))
    np.testing.assert_allclose(alphas[-1] / alphas[0], 1e-3)
    theirs = their_path(X, y, alphas=alphas, tol=1e-12, max_iter=100_000)
    np.testing.assert_allclose(alphas, theirs[0])
    np.testing.assert_allclose(coefs, theirs[1], atol=1e-4)
    assert gaps.max() < 1e-8 * (y @ y)
    again = lasso_path(X, y, alphas=[0.1, 1.0])
    np.testing.assert_array_equal(again.alphas, [1.0, 0.1])
    assert again.coefs.shape == (10, 2)


def test_without_penalty_it_is_least_squares(diabetes):
    np.testing.assert_allclose(
        Lasso(0.0).fit(*diabetes).coef_, LinearRegression().fit(*diabetes).coef_, rtol=1e-8
    )


def test_trap_the_mean_is_penalized_not_the_sum(diabetes):
    X, y = diabetes
    twice = Lasso(0.5).fit(np.vstack([X, X]), np.concatenate([y, y]))
    np.testing.assert_allclose(twice.coef_, Lasso(0.5).fit(X, y).coef_, atol=1e-9)


def test_trap_the_intercept_is_not_penalized(diabetes):
    X, y = diabetes
    np.testing.assert_allclose(Lasso(0.5).fit(X + 2, y + 1e4).coef_, Lasso(0.5).fit(X, y).coef_, atol=1e-8)


@settings(deadline=None, max_examples=25)
@given(st.data())
def test_weights_are_repeated_rows(draws, data):
    data = data.draw(draws(spread=0))
    counts = data.weights.astype(int)
    weighted = Lasso(0.05, tol=1e-12).fit(data.X, data.y, counts)
    repeated = Lasso(0.05, tol=1e-12).fit(np.repeat(data.X, counts, axis=0), np.repeat(data.y, counts))
    np.testing.assert_allclose(weighted.predict(data.X), repeated.predict(data.X), atol=1e-6)


def test_too_few_sweeps_are_said_so():
    rng = np.random.default_rng(0)
    X = rng.standard_normal((50, 30)) + 3 * rng.standard_normal((50, 1))
    with pytest.warns(UserWarning, match="did not converge"):
        Lasso(1e-3, max_iter=1, tol=1e-12).fit(X, rng.standard_normal(50))


def test_twin_columns():
    x = np.arange(6.0)
    model = Lasso(0.1).fit(np.column_stack([x, x]), 2 * x)
    assert model.coef_.sum() == pytest.approx(2 - 0.1 / np.var(x))
