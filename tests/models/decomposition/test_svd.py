"""The SVD and what follows from it, against LAPACK, exact spectra and the theorems."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from scipy import linalg
from sklearn.datasets import load_digits
from sklearn.utils.extmath import randomized_svd as their_randomized_svd

from pellucid.models.decomposition import (
    jacobi_svd,
    low_rank,
    matrix_rank,
    pseudo_inverse,
    randomized_range_finder,
    randomized_svd,
    svd,
    svd_flip,
    whitening_matrix,
)
from pellucid.models.trace import Recorder

SHAPES = st.tuples(st.integers(1, 9), st.integers(1, 9))
ENTRIES = st.one_of(st.floats(-1e3, 1e3), st.sampled_from([0.0, 1.0, -1.0, 1e-8]))
MATRICES = SHAPES.flatmap(lambda shape: arrays(np.float64, shape, elements=ENTRIES))


def rebuilt(factors):
    return factors.U * factors.s @ factors.Vt


@pytest.mark.parametrize("kind", [svd, jacobi_svd])
@settings(deadline=None, max_examples=80)
@given(A=MATRICES)
def test_factors(kind, A):
    factors = kind(A)
    U, s, Vt = factors
    r, scale = min(A.shape), max(np.abs(A).max(), 1e-300)
    assert U.shape == (len(A), r) and s.shape == (r,) and Vt.shape == (r, A.shape[1])
    np.testing.assert_allclose(rebuilt(factors), A, atol=1e-12 * scale)
    np.testing.assert_allclose(U.T @ U, np.eye(r), atol=1e-12)
    np.testing.assert_allclose(Vt @ Vt.T, np.eye(r), atol=1e-12)
    assert (s >= 0).all() and (np.diff(s) <= 1e-12 * scale).all()
    np.testing.assert_allclose(s, linalg.svdvals(A), rtol=1e-12, atol=1e-12 * scale * r)


@pytest.mark.parametrize("shape", [(8, 8), (60, 12), (12, 60), (5, 1), (1, 5)])
def test_jacobi_is_lapack(shape):
    A = np.random.default_rng(0).standard_normal(shape)
    for ours, theirs in zip(jacobi_svd(A), svd(A), strict=True):
        np.testing.assert_allclose(ours, theirs, atol=1e-12)


def test_jacobi_keeps_the_digits_of_small_singular_values():
    """LAPACK's are exact to ε·σ₁, Jacobi's each to its own size where columns are only badly scaled."""
    Q = np.linalg.qr(np.random.default_rng(0).standard_normal((6, 4)))[0]
    exact = np.array([1.0, 1e-8, 1e-16, 1e-20])
    np.testing.assert_allclose(jacobi_svd(Q * exact).s, exact, rtol=1e-13)


def test_jacobi_of_odd_matrices():
    assert jacobi_svd(np.zeros((3, 2))).s.tolist() == [0, 0]
    for scale in (1e-300, 1e300):
        A = scale * np.array([[3.0, 0], [4, 5]])
        np.testing.assert_allclose(jacobi_svd(A).s, scale * np.sqrt([45.0, 5.0]), rtol=1e-14)
    hilbert = linalg.hilbert(8)
    np.testing.assert_allclose(jacobi_svd(hilbert).s, linalg.svdvals(hilbert), atol=1e-15)
    e = 8.4e-92  # columns whose squared lengths underflow when multiplied
    np.testing.assert_allclose(
        jacobi_svd([[1, e, e], [e, e, 0], [e, e, e]]).s, [1, 1.618034 * e, 0.618034 * e], rtol=1e-6
    )
    with pytest.raises(ArithmeticError, match="1 sweeps"):
        jacobi_svd(np.random.default_rng(0).standard_normal((6, 6)), max_sweeps=1)


def test_jacobi_tells_its_sweeps():
    see = Recorder()
    factors = jacobi_svd(np.random.default_rng(0).standard_normal((7, 4)), see=see)
    assert see.records[-4].note.endswith("0 turns")
    gram = see.records[-4].value.T @ see.records[-4].value
    np.testing.assert_allclose(np.sort(np.diag(gram)), np.sort(factors.s**2), rtol=1e-12)
    np.testing.assert_array_equal(see.records[-2].value, factors.s)


def test_flip_is_unique_and_keeps_the_product():
    U, s, Vt = np.linalg.svd(np.random.default_rng(0).standard_normal((6, 4)), full_matrices=False)
    signs = np.array([1.0, -1, -1, 1])
    one, other = svd_flip(U, s, Vt), svd_flip(U * signs, s, Vt * signs[:, None])
    for first, second in zip(one, other, strict=True):
        np.testing.assert_array_equal(first, second)
    assert (one.Vt[np.arange(4), np.abs(one.Vt).argmax(axis=1)] > 0).all()


def test_vt_is_not_v():
    """Trap: rows of Vt, not its columns, are the right singular vectors."""
    A = np.random.default_rng(0).standard_normal((6, 4))
    U, s, Vt = svd(A)
    np.testing.assert_allclose(A @ Vt[0], s[0] * U[:, 0], atol=1e-13)
    assert not np.allclose(A @ Vt[:, 0], s[0] * U[:, 0])


@settings(deadline=None, max_examples=40)
@given(st.integers(0, 10**6), st.integers(2, 8), st.integers(2, 8), st.data())
def test_no_matrix_of_that_rank_is_nearer(seed, m, n, data):
    rng = np.random.default_rng(seed)
    A = rng.standard_normal((m, n))
    k = data.draw(st.integers(0, min(m, n)))
    nearest, s = low_rank(A, k), linalg.svdvals(A)
    assert np.linalg.matrix_rank(nearest) <= k
    np.testing.assert_allclose(np.linalg.norm(A - nearest), np.sqrt((s[k:] ** 2).sum()), atol=1e-12)
    np.testing.assert_allclose(np.linalg.norm(A - nearest, 2), s[k] if k < len(s) else 0, atol=1e-12)
    other = rng.standard_normal((m, k)) @ rng.standard_normal((k, n))
    close = nearest + 1e-3 * rng.standard_normal((m, n))
    for rival in (other, low_rank(close, k)):
        assert np.linalg.norm(A - rival) >= np.linalg.norm(A - nearest) - 1e-12


@settings(deadline=None, max_examples=60)
@given(st.integers(0, 10**6), st.integers(1, 8), st.integers(1, 8), st.integers(0, 8))
def test_pseudo_inverse_and_rank(seed, m, n, rank):
    rng = np.random.default_rng(seed)
    rank = min(rank, m, n)
    A = (
        np.linalg.qr(rng.standard_normal((m, m)))[0][:, :rank]
        @ np.linalg.qr(rng.standard_normal((n, n)))[0][:rank]
    )
    P = pseudo_inverse(A)
    assert matrix_rank(A) == rank == np.linalg.matrix_rank(A)
    np.testing.assert_allclose(P, np.linalg.pinv(A), atol=1e-12)
    for penrose, wanted in ((A @ P @ A, A), (P @ A @ P, P), ((A @ P).T, A @ P), ((P @ A).T, P @ A)):
        np.testing.assert_allclose(penrose, wanted, atol=1e-12)


@pytest.mark.parametrize("shape", [(300, 80), (80, 300)])
def test_randomized_finds_what_decays(shape):
    rng = np.random.default_rng(0)
    A = rng.standard_normal((shape[0], 80)) * 0.8 ** np.arange(80) @ rng.standard_normal((80, shape[1]))
    ours, exact = randomized_svd(A, 8, random_state=1), svd(A)
    np.testing.assert_allclose(ours.s, exact.s[:8], rtol=1e-10)
    np.testing.assert_allclose(ours.U, exact.U[:, :8], atol=1e-5)
    np.testing.assert_allclose(ours.Vt, exact.Vt[:8], atol=1e-5)
    np.testing.assert_allclose(ours.s, their_randomized_svd(A, 8, random_state=0)[1], rtol=1e-9)


def test_power_iterations_sharpen():
    A = np.random.default_rng(0).standard_normal((200, 100))  # a flat spectrum, the hard case
    left = []
    for q in (0, 1, 4):
        Q = randomized_range_finder(A, 15, n_iter=q, rng=np.random.default_rng(0))
        np.testing.assert_allclose(Q.T @ Q, np.eye(15), atol=1e-12)
        left.append(np.linalg.norm(A - Q @ (Q.T @ A), 2))
    assert left[0] > left[1] > left[2] >= linalg.svdvals(A)[15]


def test_randomized_of_digits_and_of_all():
    X = load_digits().data
    np.testing.assert_allclose(randomized_svd(X, 5, random_state=0).s, linalg.svdvals(X)[:5], rtol=1e-8)
    A = np.random.default_rng(0).standard_normal((7, 5))
    np.testing.assert_allclose(randomized_svd(A, 5, random_state=0).s, linalg.svdvals(A), rtol=1e-12)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: low_rank(np.eye(3), 4), r"k=4, but A has shape \(3, 3\)"),
        (lambda: randomized_svd(np.eye(3), 0), "n_components=0"),
        (lambda: randomized_svd(np.eye(3), 2, n_iter=-1), "n_iter=-1 must be"),
        (lambda: randomized_svd(np.eye(3), 2, n_iter="many"), "n_iter='many' must be"),
        (lambda: svd(np.array([[1.0, np.nan]])), "Input A contains NaN"),
        (lambda: whitening_matrix(np.eye(3), method="svd"), "method='svd' is not known"),
        (
            lambda: whitening_matrix(np.eye(3)),
            r"X has shape \(3, 3\), but its columns vary in fewer than 3 directions",
        ),
    ],
)
def test_errors(call, message):
    with pytest.raises(ValueError, match=message):
        call()


@settings(deadline=None, max_examples=40)
@given(st.integers(0, 10**6), st.integers(1, 6), st.sampled_from(["pca", "zca", "cholesky"]))
def test_whitened_rows_are_white(seed, d, method):
    rng = np.random.default_rng(seed)
    X = 100 + rng.standard_normal((40, d)) @ rng.standard_normal((d, d))
    if np.linalg.cond(X - X.mean(axis=0)) > 1e4:
        return
    W = whitening_matrix(X, method=method)
    T = (X - X.mean(axis=0)) @ W.T
    np.testing.assert_allclose(T.T @ T / 39, np.eye(d), atol=1e-6)
    if method == "zca":
        np.testing.assert_allclose(W, W.T, rtol=1e-8, atol=1e-8 * np.abs(W).max())
        assert (np.linalg.eigvalsh(W) > 0).all()
    if method == "cholesky":
        np.testing.assert_array_equal(W, np.triu(W))
