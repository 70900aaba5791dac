import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pellucid.models.linear_model import gradient_descent, step_law
from pellucid.models.trace import Recorder

RNG = np.random.default_rng(0)
X = RNG.standard_normal((40, 3)) * [3.0, 1.0, 0.5]
Y = RNG.standard_normal(40)
BEST = np.linalg.lstsq(X, Y, rcond=None)[0]


def test_the_first_step_is_the_formula():
    run = gradient_descent(np.eye(2), [1, -1], step=0.5, n_steps=1, start=[0.2, 0.3])
    np.testing.assert_allclose(run.weights[1], np.array([0.2, 0.3]) - 0.5 * np.array([-0.8, 1.3]))
    assert run.losses[0] == pytest.approx(0.5 * (0.8**2 + 1.3**2))
    assert run.gradient_norms[0] == pytest.approx(np.hypot(0.8, 1.3))


def test_the_gradient_is_a_sum_over_rows():
    once = gradient_descent(X, Y, step=1e-3, n_steps=1)
    twice = gradient_descent(np.vstack([X, X]), np.concatenate([Y, Y]), step=1e-3, n_steps=1)
    np.testing.assert_allclose(twice.weights[1], 2 * once.weights[1])


@settings(deadline=None, max_examples=40)
@given(st.floats(0.05, 1.95))
def test_steps_below_the_limit_converge_at_their_rate(share):
    law = step_law(X)
    step = share / law.eigenvalues[0]
    run = gradient_descent(X, Y, step=step, n_steps=60)
    errors = np.linalg.norm(run.weights - BEST, axis=1)
    assert run.converges and law.rate(step) < 1
    assert np.all(errors[1:] <= law.rate(step) * errors[:-1] * (1 + 1e-9) + 1e-13)


def test_the_limit_is_sharp():
    law = step_law(X)
    assert law.limit == pytest.approx(2 / np.linalg.eigvalsh(X.T @ X)[-1])
    just_below = gradient_descent(X, Y, step=0.999 * law.limit, n_steps=20_000)
    just_above = gradient_descent(X, Y, step=1.001 * law.limit, n_steps=20_000)
    np.testing.assert_allclose(just_below.weights[-1], BEST, atol=1e-6)
    assert not just_above.converges
    assert not np.abs(just_above.weights[-1]).max() < 1e3


def test_the_best_step():
    law = step_law(X)
    kappa = law.condition_number
    assert law.rate(law.best) == pytest.approx((kappa - 1) / (kappa + 1))
    assert law.rate(law.best) <= min(law.rate(step) for step in np.linspace(0.01, 1, 200) * law.limit) + 1e-12
    assert gradient_descent(X, Y).step == law.best


def test_where_the_data_say_nothing_the_start_stays():
    twins = X[:, [0, 0]]
    law = step_law(twins)
    assert law.rank == 1 and law.rate(law.best) < 1e-12
    run = gradient_descent(twins, Y, start=[1.0, -1.0], n_steps=5)
    assert run.weights[-1] @ [1, -1] == pytest.approx(2)
    from_zero = gradient_descent(twins, Y, n_steps=5).weights[-1]
    np.testing.assert_allclose(from_zero, np.linalg.pinv(twins) @ Y, atol=1e-12)


def test_zero_features():
    run = gradient_descent(np.zeros((3, 2)), [1, 2, 3], n_steps=2, start=[1.0, 2.0])
    np.testing.assert_array_equal(run.weights[-1], [1, 2])
    assert step_law(np.zeros((3, 2))).limit == np.inf


def test_trace_and_refusals():
    see = Recorder()
    gradient_descent(X, Y, n_steps=3, see=see)
    assert [record.symbol for record in see.records] == ["λ", "w_0", "w_1", "w_2", "w_3"]
    assert see.records[1].gradient is not None
    with pytest.raises(ValueError, match=r"step=-1 must be above 0"):
        gradient_descent(X, Y, step=-1)
    with pytest.raises(ValueError, match=r"start has shape \(2,\)"):
        gradient_descent(X, Y, start=[0, 0])
