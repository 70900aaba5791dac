"""PCA against scikit-learn's, by each solver, and against the page's five steps."""

import warnings

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn import decomposition as theirs
from sklearn.datasets import load_breast_cancer, load_diabetes, load_digits, load_iris, load_wine
from sklearn.utils.estimator_checks import parametrize_with_checks

from pellucid.models.decomposition import PCA, pca_in_five_steps

EXACT = ("full", "covariance_eigh")

with warnings.catch_warnings():
    warnings.simplefilter("ignore")  # that ours do not inherit from BaseEstimator is meant
    contract = parametrize_with_checks(
        [PCA(), PCA(n_components=1, svd_solver="randomized", whiten=True), PCA(svd_solver="covariance_eigh")]
    )


@pytest.mark.filterwarnings("ignore")
@contract
def test_scikit_learns_contract(estimator, check):
    check(estimator)


def same(ours: PCA, other: theirs.PCA, X: np.ndarray, small: float) -> None:
    """Values to 1e-12, small singular values to `small` of the largest; directions where their variance stands apart."""
    largest = max(other.singular_values_.max(initial=0), 1e-300)
    np.testing.assert_allclose(
        ours.singular_values_, other.singular_values_, rtol=1e-12, atol=small * largest
    )
    np.testing.assert_allclose(
        ours.explained_variance_,
        other.explained_variance_,
        rtol=1e-12,
        atol=1e-12 * other.explained_variance_.max(),
    )
    np.testing.assert_allclose(ours.mean_, other.mean_, rtol=1e-12, atol=1e-12 * np.abs(X).max())
    assert (ours.n_components_, ours.n_samples_) == (other.n_components_, other.n_samples_)
    s = np.append(other.singular_values_, 0) / largest
    apart = (s[:-1] > 1e-4) & (np.abs(np.diff(s)) > 1e-4) & (np.abs(np.diff(s, prepend=2)[:-1]) > 1e-4)
    np.testing.assert_allclose(ours.components_[apart], other.components_[apart], atol=1e-9)


@pytest.mark.parametrize("load", [load_iris, load_wine, load_breast_cancer, load_diabetes, load_digits])
@pytest.mark.parametrize("k", [None, 2, 0.9])
@pytest.mark.parametrize("solver", EXACT)
def test_scikit_learns_values(load, k, solver):
    X = load().data
    ours, other = PCA(k, svd_solver=solver).fit(X), theirs.PCA(k, svd_solver="full").fit(X)
    same(ours, other, X, small=1e-12 if solver == "full" else 1e-7)  # a square root has half the digits
    np.testing.assert_allclose(
        ours.explained_variance_ratio_, other.explained_variance_ratio_, rtol=1e-11, atol=1e-13
    )
    np.testing.assert_allclose(
        ours.noise_variance_, other.noise_variance_, rtol=1e-9, atol=1e-12 * other.explained_variance_[0]
    )
    if load is not load_digits:  # which has constant columns: the last directions are anyone's
        np.testing.assert_allclose(ours.transform(X), other.transform(X), atol=1e-8 * np.abs(X).max())


def kind_of(seed: int, n: int, d: int, kind: str) -> np.ndarray:
    rng = np.random.default_rng(seed)
    X = rng.standard_normal((n, d)) * rng.uniform(0.1, 10, d)
    if kind == "deficient":
        X[:, -1] = X[:, 0]
    if kind == "constant":
        X[:, 0] = 3.7
    if kind == "twins":
        X[n // 2 :] = X[: n - n // 2]
    if kind == "far":
        X += 1e5
    return X


@settings(deadline=None, max_examples=80)
@given(
    st.integers(0, 10**6), st.integers(2, 30), st.integers(1, 8), st.sampled_from(["", "deficient", "constant", "twins", "far"]),
    st.sampled_from(EXACT), st.booleans(),
)  # fmt: skip
def test_scikit_learns_values_on_odd_data(seed, n, d, kind, solver, whiten):
    X = kind_of(seed, n, d, kind)
    if not np.ptp(X, axis=0).any():  # theirs divides by 0
        return
    ours = PCA(svd_solver=solver, whiten=whiten).fit(X)
    other = theirs.PCA(svd_solver="full", whiten=whiten).fit(X)
    if other.explained_variance_.max() < 1e-12:
        return
    np.testing.assert_allclose(
        ours.explained_variance_,
        other.explained_variance_,
        rtol=1e-9,
        atol=1e-11 * other.explained_variance_.max(),
    )
    np.testing.assert_allclose(ours.components_ @ ours.components_.T, np.eye(min(n, d)), atol=1e-12)
    if not whiten or kind == "":
        np.testing.assert_allclose(ours.inverse_transform(ours.transform(X)), X, atol=1e-7 * np.abs(X).max())
    np.testing.assert_allclose(
        PCA(svd_solver=solver).fit(X).get_covariance(),
        np.cov(X.T).reshape(d, d),
        atol=1e-9 * other.explained_variance_.max(),
    )


def test_iris_by_the_book():
    ours = PCA().fit(load_iris().data)
    np.testing.assert_allclose(
        np.round(ours.explained_variance_ratio_, 5), [0.92462, 0.05307, 0.01710, 0.00521], atol=1e-12
    )


def test_components_are_rows():
    """Trap: V for Vᵀ, or the left singular vectors."""
    X = load_wine().data
    ours = PCA(3).fit(X)
    C = np.cov(X.T)
    for direction, variance in zip(ours.components_, ours.explained_variance_, strict=True):
        np.testing.assert_allclose(C @ direction, variance * direction, atol=1e-8 * C.max())
    np.testing.assert_allclose(ours.transform(X), (X - X.mean(axis=0)) @ ours.components_.T, atol=1e-10)
    np.testing.assert_allclose(ours.transform(X).var(axis=0, ddof=1), ours.explained_variance_, rtol=1e-10)


def test_covariance_keeps_its_digits_far_from_the_origin():
    X = np.random.default_rng(0).standard_normal((400, 3)) * [3, 2, 1] + 1e8
    near = PCA(svd_solver="full").fit(X - 1e8).explained_variance_
    np.testing.assert_allclose(PCA(svd_solver="covariance_eigh").fit(X).explained_variance_, near, rtol=1e-6)


@pytest.mark.parametrize("k", [1, 5, 12])
def test_randomized(k):
    X = load_digits().data
    ours = PCA(k, svd_solver="randomized", random_state=0).fit(X)
    exact = theirs.PCA(k, svd_solver="full").fit(X)
    np.testing.assert_allclose(ours.explained_variance_, exact.explained_variance_, rtol=1e-4)
    np.testing.assert_allclose(ours.explained_variance_ratio_, exact.explained_variance_ratio_, rtol=1e-4)
    np.testing.assert_allclose(ours.noise_variance_, exact.noise_variance_, rtol=1e-4)


@pytest.mark.parametrize(
    ("shape", "k"),
    [
        ((700, 70), None),
        ((60, 30), 2),
        ((600, 100), 5),
        ((600, 100), 90),
        ((600, 100), None),
        ((100, 600), 0.5),
    ],
)
def test_auto_takes_scikit_learns_solver(shape, k):
    X = np.random.default_rng(0).standard_normal(shape)
    other = theirs.PCA(k, random_state=0).fit(X)
    assert PCA(k)._solver(shape) == other._fit_svd_solver
    ours = PCA(k, random_state=0).fit(X)
    assert ours.n_components_ == other.n_components_
    np.testing.assert_allclose(ours.explained_variance_, other.explained_variance_, rtol=0.03)


@pytest.mark.parametrize("share", [1e-9, 0.5, 0.92, 0.95, 0.999999])
def test_shares(share):
    X = load_iris().data
    assert PCA(share).fit(X).n_components_ == theirs.PCA(share).fit(X).n_components_


@pytest.mark.parametrize("k", [2, 4])
@pytest.mark.parametrize("whiten", [False, True])
def test_the_normal_model(k, whiten):
    X = load_iris().data
    ours, other = (
        PCA(k, whiten=whiten).fit(X),
        theirs.PCA(k, whiten=False).fit(X),
    )  # whitening leaves the model as it is
    np.testing.assert_allclose(ours.get_covariance(), other.get_covariance(), rtol=1e-9)
    np.testing.assert_allclose(ours.get_precision(), other.get_precision(), rtol=1e-7, atol=1e-9)
    np.testing.assert_allclose(ours.score_samples(X), other.score_samples(X), rtol=1e-8)
    assert ours.score(X) == pytest.approx(other.score(X), rel=1e-9)


def test_whitened_rows_are_white():
    X = load_wine().data
    T = PCA(5, whiten=True).fit_transform(X)
    np.testing.assert_allclose(np.cov(T.T), np.eye(5), atol=1e-9)
    back = PCA(whiten=True, svd_solver="full").fit(X)
    np.testing.assert_allclose(back.inverse_transform(back.transform(X)), X, atol=1e-8)


def test_constant_rows():
    ours = PCA().fit(np.full((5, 3), 2.5))
    np.testing.assert_array_equal(ours.explained_variance_ratio_, 0)
    np.testing.assert_array_equal(ours.transform(np.full((2, 3), 2.5)), 0)


@pytest.mark.parametrize("standardize", [False, True])
def test_five_steps(standardize):
    X = load_wine().data
    steps = pca_in_five_steps(X, 4, standardize=standardize)
    Z = (X - X.mean(axis=0)) / (X.std(axis=0, ddof=1) if standardize else 1)
    other = theirs.PCA(4, svd_solver="full").fit(Z)
    np.testing.assert_allclose(steps.Z, Z, rtol=1e-12, atol=1e-12)
    np.testing.assert_allclose(steps.variances[:4], other.explained_variance_, rtol=1e-9)
    np.testing.assert_allclose(steps.V.T, other.components_, atol=1e-7)
    np.testing.assert_allclose(steps.T, other.transform(Z), atol=1e-6 * np.abs(Z).max())
    assert steps.variances.sum() == pytest.approx(Z.var(axis=0, ddof=1).sum())
    if standardize:
        assert steps.variances.sum() == pytest.approx(13)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda X: PCA(svd_solver="arpack").fit(X), "svd_solver='arpack' is not known"),
        (lambda X: PCA(5).fit(X), r"n_components=5 must be between 0 and min\(n_samples, n_features\)=4"),
        (lambda X: PCA(-1).fit(X), "n_components=-1 must be between"),
        (lambda X: PCA(1.5).fit(X), "n_components=1.5 must be between"),
        (lambda X: PCA("mle").fit(X), "n_components='mle' must be between"),
        (lambda X: PCA(0.5, svd_solver="randomized").fit(X), "not with randomized"),
        (lambda X: PCA().fit(X[:1]), "minimum of 2 is required"),
        (lambda X: PCA(2).fit(X).inverse_transform(X), "X has 4 columns, but this PCA keeps 2"),
        (lambda X: pca_in_five_steps(np.c_[X, np.full(len(X), 0.1)], 2), r"X\[:, 4\] is constant"),
        (lambda X: pca_in_five_steps(X, 9), r"k=9, but X has shape \(150, 4\)"),
    ],
)
def test_errors(call, message):
    with pytest.raises(ValueError, match=message):
        call(load_iris().data)


@pytest.mark.parametrize("solver", ["full", "covariance_eigh", "randomized"])
def test_trace(solver):
    X = pd.DataFrame(load_iris().data, columns=list("abcd"))
    model = PCA(2, svd_solver=solver, random_state=0)
    records = {record.name: record for record in model.trace(X)}
    assert not hasattr(model, "components_")
    model.fit(X)
    np.testing.assert_array_equal(records["principal directions"].value, model.components_)
    np.testing.assert_allclose(records["projection"].value, model.transform(X), atol=1e-12)
    assert ("covariance" in records) == (solver == "covariance_eigh")
    assert ("random directions" in records) == (solver == "randomized")
    assert list(model.feature_names_in_) == list("abcd")
