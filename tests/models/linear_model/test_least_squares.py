from contextlib import nullcontext
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.linear_model import LinearRegression as Theirs

from pellucid.models.linear_model import LinearRegression, least_squares
from pellucid.models.linear_model.compensated import exact_product

few = settings(deadline=None, max_examples=40)


@few
@given(st.data())
def test_agrees_with_scikit_learn(draws, data):
    data = data.draw(draws())
    ours, theirs = LinearRegression().fit(data.X, data.y), Theirs(tol=0).fit(data.X, data.y)
    if ours.rank_ == data.X.shape[1]:
        kappa = np.linalg.cond(data.X - data.X.mean(axis=0))  # of which they lose the digits
        np.testing.assert_allclose(
            ours.predict(data.X), theirs.predict(data.X), rtol=0, atol=1e-11 + 1e-14 * kappa
        )
        np.testing.assert_allclose(ours.coef_, theirs.coef_, rtol=1e-9 + 1e-13 * kappa, atol=1e-12)


@pytest.mark.filterwarnings("ignore::numpy.exceptions.RankWarning")
@few
@given(st.data(), st.booleans())
def test_the_gradient_vanishes(draws, data, fit_intercept):
    """Xᵀe = 0 and, with an intercept, Σe = 0: the law that makes it least squares, whatever the data."""
    data = data.draw(draws())
    model = LinearRegression(fit_intercept=fit_intercept).fit(data.X, data.y, data.weights)
    e = data.weights * (data.y - model.predict(data.X))
    size = np.abs(data.weights[:, None] * data.X).T @ np.abs(data.y) + 1
    assert np.all(np.abs(data.X.T @ e) <= 1e-12 * size)
    if fit_intercept:
        assert abs(e.sum()) <= 1e-10


@pytest.mark.filterwarnings("ignore::numpy.exceptions.RankWarning")
@pytest.mark.parametrize("solver", ["qr", "svd", "cholesky", "normal"])
@few
@given(data=st.data())
def test_weights_are_repeated_rows(draws, solver, data):
    data = data.draw(draws(spread=0))
    counts = data.weights.astype(int)
    many = np.repeat(data.X, counts, axis=0), np.repeat(data.y, counts)
    try:
        weighted = LinearRegression(solver=solver).fit(data.X, data.y, counts)
        repeated = LinearRegression(solver=solver).fit(*many)
    except ValueError:
        assert solver in ("cholesky", "normal")
        return
    if weighted.rank_ == data.X.shape[1]:
        np.testing.assert_allclose(weighted.coef_, repeated.coef_, rtol=1e-7, atol=1e-7)
        np.testing.assert_allclose(weighted.intercept_, repeated.intercept_, rtol=1e-7, atol=1e-7)
    assert weighted.rank_ == repeated.rank_


@pytest.mark.parametrize("solver", ["svd", "cholesky", "normal"])
def test_the_solvers_agree_on_good_data(solver, diabetes):
    X, y = diabetes
    exact, other = LinearRegression().fit(X, y), LinearRegression(solver=solver).fit(X, y)
    np.testing.assert_allclose(other.coef_, exact.coef_, rtol=1e-9)
    np.testing.assert_allclose(other.singular_, exact.singular_, rtol=1e-9)
    theirs = Theirs().fit(X, y)
    np.testing.assert_allclose(exact.coef_, theirs.coef_, rtol=1e-10)
    np.testing.assert_allclose(exact.singular_, theirs.singular_, rtol=1e-10)


def test_the_known_answer():
    model = LinearRegression(fit_intercept=False).fit([[1, 1], [1, 2], [1, 3]], [1, 2, 2])
    np.testing.assert_allclose(model.coef_, [2 / 3, 1 / 2], rtol=1e-15)


@pytest.mark.parametrize("weighted", [False, True])
@pytest.mark.parametrize("fit_intercept", [False, True])
def test_the_fast_tier_gives_what_reflections_give(monkeypatch, fit_intercept, weighted):
    rng = np.random.default_rng(3)
    X = (rng.standard_normal((6000, 30)) + rng.standard_normal(30)) * np.geomspace(1e-5, 1e5, 30)
    X[:, 1] = 0.003 * X[:, 1] + X[:, 0]  # κ near 1000, the most that the fast tier takes
    Y = X[:, :2] @ [[1.0, -3.0], [2.0, 0.5]] + rng.standard_normal((6000, 2)) + 7
    weights = rng.integers(0, 3, 6000) if weighted else None
    model = LinearRegression(fit_intercept=fit_intercept)
    names = [record.note for record in model.trace(X, Y, weights)]
    assert any("Cholesky" in note for note in names)
    fast = model.fit(X, Y, weights)
    fast_values = fast.coef_.copy(), np.copy(fast.intercept_), fast.singular_.copy()
    monkeypatch.setattr(least_squares, "TALL", np.inf)
    slow = model.fit(X, Y, weights)
    scale = X.std(axis=0)
    np.testing.assert_allclose(fast_values[0] * scale, slow.coef_ * scale, rtol=3e-12, atol=3e-13)
    np.testing.assert_allclose(fast_values[1], slow.intercept_, rtol=3e-12, atol=3e-12)
    np.testing.assert_allclose(fast_values[2], slow.singular_, rtol=1e-12, atol=1e-15 * slow.singular_[0])


@pytest.mark.parametrize("trouble", ["collinear", "nearly", "constant", "far"])
def test_large_data_in_trouble_go_to_reflections(trouble):
    rng = np.random.default_rng(4)
    X = rng.standard_normal((14000, 10))
    if trouble == "collinear":
        X[:, 3] = X[:, 1] - X[:, 2]
    elif trouble == "nearly":
        X[:, 3] = X[:, 1] + 1e-7 * X[:, 3]
    elif trouble == "constant":
        X[:, 3] = 0.1
    else:
        X[:, 3] = 1e10 + np.round(X[:, 3] * 2**10) / 2**10
    y = X[:, 0] + rng.standard_normal(14000)
    expected = (
        pytest.warns(np.exceptions.RankWarning, match="rank 9 but 10 columns")
        if trouble in ("collinear", "constant")
        else nullcontext()
    )
    with expected:
        records = LinearRegression().trace(X, y)
    assert not any("Cholesky" in record.note for record in records)
    with expected:
        model = LinearRegression().fit(X, y)
    residual = y - model.predict(X)
    centred = X - X.mean(axis=0)
    assert np.abs(centred.T @ residual).max() < 1e-3


@pytest.mark.parametrize("solver", ["qr", "svd"])
@pytest.mark.parametrize("fit_intercept", [False, True])
@settings(deadline=None, max_examples=25)
@given(seed=st.integers(0, 10**6), shape=st.sampled_from([(8, 5), (4, 9), (3, 3), (1, 2), (20, 6)]))
def test_dependent_columns_get_the_solution_of_least_norm(solver, fit_intercept, seed, shape):
    rng = np.random.default_rng(seed)
    n, d = shape
    rank = max(1, min(n, d) - 1)
    X = rng.standard_normal((n, rank)) @ rng.standard_normal((rank, d))
    y = rng.standard_normal(n)
    centre = X.mean(axis=0) if fit_intercept else 0.0
    Z, t = X - centre, y - y.mean() if fit_intercept else y
    expected = np.linalg.pinv(Z, rcond=1e-10) @ t
    with pytest.warns(np.exceptions.RankWarning, match="infinitely many coefficients"):
        model = LinearRegression(solver=solver, fit_intercept=fit_intercept).fit(X, y)
    assert model.rank_ == np.linalg.matrix_rank(Z, tol=1e-10 * max(1, np.abs(X).max()))
    np.testing.assert_allclose(model.coef_, expected, rtol=1e-6, atol=1e-8 * (1 + np.abs(expected).max()))


def test_rank_is_judged_apart_from_units():
    rng = np.random.default_rng(0)
    X = rng.standard_normal((30, 3)) * [1e-12, 1.0, 1e12]
    model = LinearRegression().fit(X, X @ [1e12, 1.0, 1e-12] + 3)
    assert model.rank_ == 3
    np.testing.assert_allclose(model.coef_, [1e12, 1.0, 1e-12], rtol=1e-9)


@pytest.mark.parametrize("n", [30, 14_000], ids=["small", "large"])
@pytest.mark.parametrize("unit", [1e-200, 1e200])
def test_units_whose_squares_are_no_numbers(n, unit):
    rng = np.random.default_rng(0)
    X = rng.standard_normal((n, 10))
    y = X @ np.arange(10.0) + rng.standard_normal(n)
    model, plain = LinearRegression().fit(X * unit, y), LinearRegression().fit(X, y)
    np.testing.assert_allclose(model.coef_ * unit, plain.coef_, rtol=1e-9, atol=1e-12)


def test_a_constant_column_is_no_feature():
    """0.1 has no finite binary form: the rounding of its mean must not pass for a signal."""
    rng = np.random.default_rng(0)
    X = np.column_stack([rng.standard_normal(1001), np.full(1001, 0.1)])
    with pytest.warns(np.exceptions.RankWarning):
        model = LinearRegression().fit(X, X[:, 0] + rng.standard_normal(1001))
    assert model.coef_[1] == 0
    with pytest.warns(np.exceptions.RankWarning):
        assert LinearRegression().fit(np.ones((5, 2)), np.arange(5.0)).intercept_ == 2


def test_several_targets_are_fitted_one_by_one(diabetes):
    X, y = diabetes
    Y = np.column_stack([y, y**2, -y])
    together = LinearRegression().fit(X, Y)
    assert together.coef_.shape == (3, 10)
    for k in range(3):
        one = LinearRegression().fit(X, Y[:, k])
        np.testing.assert_allclose(together.coef_[k], one.coef_, rtol=1e-12)
        np.testing.assert_allclose(together.intercept_[k], one.intercept_, rtol=1e-12)


def test_features_far_from_zero_keep_their_digits():
    """κ of [1 X] is 1e9 here; years and prices look like this."""
    rng = np.random.default_rng(0)
    x = 1e9 + rng.integers(0, 100, 50).astype(float)
    y = 3.0 * (x - 1e9) + rng.integers(-5, 5, 50)
    X = [[Fraction(1), Fraction(value)] for value in x]
    a, b, c = Fraction(50), sum(r[1] for r in X), sum(r[1] ** 2 for r in X)
    p, q = sum(Fraction(v) for v in y), sum(r[1] * Fraction(v) for r, v in zip(X, y, strict=True))
    slope, intercept = (a * q - b * p) / (a * c - b * b), (c * p - b * q) / (a * c - b * b)
    model = LinearRegression().fit(x[:, None], y)
    assert model.coef_[0] == pytest.approx(float(slope), rel=1e-15)
    assert model.intercept_ == pytest.approx(float(intercept), rel=1e-15)


@settings(deadline=None, max_examples=50)
@given(st.integers(0, 10**6), st.integers(1, 40))
def test_exact_product_is_exact(seed, k):
    rng = np.random.default_rng(seed)
    A = rng.standard_normal((3, k)) * 10.0 ** rng.integers(-8, 9, (3, k))
    x = rng.standard_normal(k)
    A = np.hstack([A, -A + rng.standard_normal((3, k)) * 1e-12])  # cancels almost wholly
    x = np.concatenate([x, x])
    for row, found in zip(A, exact_product(A, x), strict=True):
        exact = sum(Fraction(a) * Fraction(b) for a, b in zip(row, x, strict=True))
        size = float(np.abs(row) @ np.abs(x))
        assert abs(found - float(exact)) <= 2e-16 * abs(float(exact)) + 1e-28 * size


def test_exact_product_by_blocks():
    rng = np.random.default_rng(1)
    A = rng.standard_normal((5000, 20))
    np.testing.assert_allclose(exact_product(A, A[0]), A @ A[0], rtol=1e-12, atol=1e-13)
