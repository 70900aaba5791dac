"""The dual: the reference and the fast solver agree, both meet the conditions, and the report tells when they do not hold."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import minimize

from pellucid.models.svm import active_set, smo_reference
from pellucid.models.svm.cache import KernelRows
from pellucid.models.svm.dual import Box, Solution, intercept_of, report
from pellucid.models.svm.kernels import Kernel
from pellucid.models.svm.smo import Smo


def dual(K, y, beta):
    return float(y @ beta - beta @ K @ beta / 2)


@given(st.data())
@settings(deadline=None, max_examples=200)
def test_fast_and_reference_agree(problems, kernels, solved, data):
    X, y, C = data.draw(problems)
    K = data.draw(st.sampled_from(kernels))(X, X)
    box, solution = solved(K, y, C)
    beta = solution.beta
    assert solution.converged
    rounding = 4 * np.finfo(float).eps * np.maximum(box.upper, -box.lower)
    assert np.all((beta >= box.lower - rounding) & (beta <= box.upper + rounding))
    assert abs(beta.sum()) <= 1e-9 * C.sum()
    residual = y - K @ beta
    np.testing.assert_allclose(solution.residual, residual, atol=1e-9 * (1 + np.abs(K).max() * C.sum()))
    assert box.gap(beta, residual) <= 1.001e-3
    if C.max() < 50:  # the plain algorithm takes very many steps on hard problems
        alpha = smo_reference(K, y, C)
        assert dual(K, y, beta) >= dual(K, y, y * alpha) - 1e-9 * (1 + C.sum())
        assert dual(K, y, beta) == pytest.approx(dual(K, y, y * alpha), rel=1e-4, abs=1e-3)


@given(st.data())
@settings(deadline=None, max_examples=100)
def test_the_report_closes_the_gap(problems, kernels, solved, data):
    X, y, C = data.draw(problems)
    K = data.draw(st.sampled_from(kernels))(X, X)
    box, solution = solved(K, y, C, tol=1e-6)
    b = intercept_of(box, solution)
    kkt = report(box, solution, b)
    f = K @ solution.beta + b
    w2 = solution.beta @ K @ solution.beta
    scale = 1 + C.sum() * (1 + np.abs(K).max())
    assert kkt.primal_objective == pytest.approx(w2 / 2 + C @ np.maximum(0, 1 - y * f), abs=1e-9 * scale)
    assert kkt.dual_objective == pytest.approx(dual(K, y, solution.beta), abs=1e-9 * scale)
    assert -1e-9 * scale <= kkt.gap <= 1e-5 * scale
    np.testing.assert_allclose((y * f)[kkt.free], 1, atol=1e-5 + 1e-9 * scale)
    assert np.all((y * f)[kkt.bounded] <= 1 + 1e-5 + 1e-9 * scale)
    assert np.array_equal(np.union1d(kkt.free, kkt.bounded), np.flatnonzero(solution.beta))


def test_against_a_general_solver(solved):
    rng = np.random.default_rng(3)
    X = rng.normal(size=(25, 2))
    y = np.where(X[:, 0] + 0.7 * rng.normal(size=25) > 0, 1.0, -1.0)
    K = Kernel("rbf", 0.5)(X, X)
    C = np.full(25, 2.0)
    Q = np.outer(y, y) * K
    general = minimize(
        lambda a: a @ Q @ a / 2 - a.sum(),
        np.zeros(25),
        jac=lambda a: Q @ a - 1,
        bounds=[(0, c) for c in C],
        constraints={"type": "eq", "fun": lambda a: y @ a, "jac": lambda a: y},
        method="SLSQP",
        options={"ftol": 1e-14, "maxiter": 500},
    )
    _, solution = solved(K, y, C)
    np.testing.assert_allclose(y * solution.beta, general.x, atol=1e-5)


def test_trap_the_dual_without_its_equality():
    """Teaching code often drops Σαᵢyᵢ = 0: it solves a problem without an intercept. All looks well but the balance."""
    rng = np.random.default_rng(0)
    X = rng.normal(size=(60, 2)) + 2.0
    y = np.where(X[:, 0] - 2 + 0.3 * rng.normal(size=60) > 0.7, 1.0, -1.0)
    K, C = X @ X.T, np.ones(60)
    alpha = np.zeros(60)
    for _ in range(3000):
        for i in range(60):  # each αᵢ alone: nothing keeps the balance
            slope = y[i] * (K[i] @ (y * alpha)) - 1
            alpha[i] = min(max(alpha[i] - slope / K[i, i], 0), C[i])
    box = Box.of(y, C)
    wrong = Solution(y * alpha, y - K @ (y * alpha), 0, True)
    flawed = report(box, wrong, intercept_of(box, wrong))
    assert abs(flawed.balance) > 1
    assert flawed.gap < 1e-6 and flawed.largest_violation < 1e-6
    right = y * smo_reference(K, y, C)
    solution = Solution(right, y - K @ right, 0, True)
    said = report(box, solution, intercept_of(box, solution))
    assert abs(said.balance) < 1e-12
    assert said.gap < 0.05 and said.largest_violation <= 1e-3
    assert said.primal_objective < flawed.primal_objective - 1  # an intercept would have been worth so much
    assert said.dual_objective < flawed.dual_objective - 1  # a constraint less, so a higher maximum
    assert (
        Box.of(y, C, balanced=False).gap(wrong.beta, wrong.residual) < 1e-6
    )  # it did solve that other problem


def test_what_rounding_leaves_beside_a_bound_is_not_free():
    box = Box.of(np.array([1.0, 1.0, -1.0]), np.array([0.3, 0.3, 0.6]))
    left = np.array([0.1 + 0.2, 1e-17, -0.1 - 0.2 - 0.1 - 0.2])
    assert np.any(left != box.snap(left))
    assert box.snap(left).tolist() == [0.3, 0.0, -0.6]
    assert box.snap(np.array([0.2, 0.1, -0.3])).tolist() == [0.2, 0.1, -0.3]


def test_two_points_by_hand(solved):
    """x = ±1: w = 1, b = 0, α = ½ each, both on the margin; with C = ¼ both at the bound."""
    K, y = np.array([[1.0, -1.0], [-1.0, 1.0]]), np.array([1.0, -1.0])
    for C, alpha, free in ((10.0, 0.5, 2), (0.25, 0.25, 0)):
        box, solution = solved(K, y, np.full(2, C))
        np.testing.assert_allclose(y * solution.beta, alpha, atol=1e-15)
        b = intercept_of(box, solution)
        assert b == pytest.approx(0, abs=1e-15)
        assert len(report(box, solution, b).free) == free


def test_without_newton_steps_the_answer_is_the_same(solved, monkeypatch):
    rng = np.random.default_rng(1)
    X = rng.normal(size=(200, 5))
    y = np.where(X[:, 0] + rng.normal(size=200) > 0, 1.0, -1.0)
    K, C = Kernel("rbf", 0.2)(X, X), np.ones(200)
    _, exact = solved(K, y, C)
    monkeypatch.setattr(active_set, "WIDEST", 0)
    box, plain = solved(K, y, C, tol=1e-8)
    assert plain.steps > 2 * exact.steps
    assert box.gap(exact.beta, exact.residual) < 1e-10 < box.gap(plain.beta, plain.residual) <= 1e-8
    np.testing.assert_allclose(plain.beta, exact.beta, atol=1e-6)


@pytest.mark.parametrize("megabytes", [0.1, 200])
def test_rows_that_do_not_fit_are_computed_again(megabytes):
    """More points than are computed at once; with little room rows give way to others, and Newton steps do not fit."""
    rng = np.random.default_rng(2)
    X = rng.normal(size=(1300, 3))
    y = np.where(X[:, 0] + 0.5 * rng.normal(size=1300) > 0, 1.0, -1.0)
    kernel = Kernel("rbf", 0.3)
    against = kernel.against(X)
    rows = KernelRows(lambda points: against(X[points]), kernel.diagonal(X), megabytes)
    box = Box.of(y, np.ones(1300))
    state = Smo(rows, box)
    state.run(1e-2, np.inf)
    solution = state.solution()
    np.testing.assert_allclose(solution.residual, y - kernel(X, X) @ solution.beta, atol=1e-11)
    assert box.gap(solution.beta, solution.residual) <= 1e-2


def test_a_singular_kernel_is_solved_exactly(solved):
    """A linear kernel of 3 columns and 300 points: no factorization of K exists, the proximal steps find the solution."""
    rng = np.random.default_rng(4)
    X = rng.normal(size=(300, 3))
    y = np.where(X[:, 0] + rng.normal(size=300) > 0, 1.0, -1.0)
    for C in (0.1, 1.0, 100.0):
        K = X @ X.T
        box, solution = solved(K, y, np.full(300, C))
        assert box.gap(solution.beta, y - K @ solution.beta) < 1e-7
        assert solution.steps <= 300


def test_the_reference_says_when_it_does_not_get_there():
    with pytest.raises(RuntimeError, match="2 steps"):
        rng = np.random.default_rng(0)
        X = rng.normal(size=(20, 2))
        smo_reference(X @ X.T, np.where(X[:, 0] > 0, 1.0, -1.0), np.ones(20), max_iter=2)


def test_a_rough_answer_does_not_count_as_converged(solved):
    """The steps end where a rough gap is met, but not `tol`."""
    rng = np.random.default_rng(0)
    X = rng.normal(size=(60, 3))
    y = np.where(X[:, 0] + 0.5 * rng.normal(size=60) > 0, 1.0, -1.0)
    K, C = Kernel("rbf", 0.3)(X, X), np.ones(60)
    steps = solved(K, y, C)[1].steps
    for limit in (1, steps):
        box, solution = solved(K, y, C, max_iter=limit)
        assert not solution.converged
        assert box.gap(solution.beta, solution.residual) > 1e-3
