import numpy as np
import pytest
from sklearn.metrics import pairwise

from pellucid.models.svm import SVC, Kernel
from pellucid.models.svm.cache import KernelRows
from pellucid.models.svm.kernels import gamma_of

THEIRS = {
    "linear": lambda A, B, k: pairwise.linear_kernel(A, B),
    "poly": lambda A, B, k: pairwise.polynomial_kernel(A, B, k.degree, k.gamma, k.coef0),
    "rbf": lambda A, B, k: pairwise.rbf_kernel(A, B, k.gamma),
    "sigmoid": lambda A, B, k: pairwise.sigmoid_kernel(A, B, k.gamma, k.coef0),
}


@pytest.mark.parametrize("name", THEIRS)
@pytest.mark.parametrize("degree", [1, 2, 5])
def test_matrix_and_diagonal_are_those_of_scikit_learn(name, degree):
    rng = np.random.default_rng(degree)
    A, B = rng.normal(size=(7, 3)), rng.normal(size=(5, 3))
    kernel = Kernel(name, 0.3, degree, 0.5)
    np.testing.assert_allclose(kernel(A, B), THEIRS[name](A, B, kernel), rtol=1e-13, atol=1e-14)
    np.testing.assert_allclose(kernel.diagonal(A), np.diag(kernel(A, A)), rtol=1e-13)


def test_rbf_keeps_its_digits_far_from_the_origin():
    rng = np.random.default_rng(0)
    A = rng.normal(size=(6, 3))
    np.testing.assert_allclose(Kernel("rbf", 0.5)(A + 1e6, A + 1e6), Kernel("rbf", 0.5)(A, A), atol=1e-8)


def test_gamma():
    X = np.array([[0.0, 1.0], [2.0, 5.0], [4.0, 0.0]])
    ones = np.ones(3)
    assert gamma_of("scale", X, ones) == pytest.approx(1 / (2 * X.var()))
    assert gamma_of("auto", X, ones) == 0.5
    assert gamma_of("scale", np.ones((3, 2)), ones) == 1.0
    assert gamma_of(2, X, ones) == 2.0
    doubled = np.vstack((X, X[1:]))
    assert gamma_of("scale", X, np.array([1, 2, 2])) == pytest.approx(1 / (2 * doubled.var()))
    for wrong in ("wide", -1, None, np.nan):
        with pytest.raises(ValueError, match="gamma is"):
            gamma_of(wrong, X, ones)


def test_a_function_of_the_wrong_shape_is_named():
    with pytest.raises(ValueError, match="one number for each pair"):
        SVC(kernel=lambda A, B: np.ones(len(A))).fit([[0.0], [1.0]], [0, 1])


def test_rows_are_kept_and_the_oldest_give_way():
    rng = np.random.default_rng(0)
    X = rng.normal(size=(1500, 2))
    kernel = Kernel("rbf", 1.0)
    asked: list[int] = []

    def compute(points):
        asked.extend(points.tolist())
        return kernel(X[points], X)

    rows = KernelRows(compute, kernel.diagonal(X), megabytes=1e-3)
    assert rows.capacity == 64
    K = kernel(X, X)
    for points in (np.arange(40), np.arange(30), np.arange(100, 150), np.arange(10)):
        assert rows.hold(points)
        np.testing.assert_allclose(rows.block(points), K[np.ix_(points, points)], atol=1e-14)
        weights = rng.normal(size=len(points))
        np.testing.assert_allclose(rows.combine(points, weights), weights @ K[points], atol=1e-12)
    assert asked[:40] == list(range(40)) and asked[40:90] == list(range(100, 150))
    assert not rows.hold(np.arange(65))


@pytest.mark.parametrize("kernel", ["linear", "poly", "rbf"])
@pytest.mark.filterwarnings("ignore:overflow", "ignore:invalid")
def test_what_overflows_is_refused(kernel):
    X = np.array([[0.0, 1e200], [1e200, 1.0], [2.0, 3.0]])
    with pytest.raises(ValueError, match="not finite"):
        SVC(kernel=kernel, gamma=1.0).fit(X, [0, 1, 1])


def test_a_matrix_with_nan_is_refused():
    with pytest.raises(ValueError, match="kernel's matrix contains NaN"):
        SVC(kernel=lambda A, B: np.full((len(A), len(B)), np.nan)).fit([[0.0], [1.0]], [0, 1])
