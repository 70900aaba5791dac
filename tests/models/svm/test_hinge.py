import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.metrics import hinge_loss

from pellucid.models.svm import hinge, hinge_subgradient, squared_hinge, squared_hinge_gradient

margins = st.floats(-100, 100)


def test_values():
    assert hinge([-1, 0, 0.5, 1, 2]).tolist() == [2, 1, 0.5, 0, 0]
    assert squared_hinge([-1, 0, 0.5, 1, 2]).tolist() == [4, 1, 0.25, 0, 0]
    assert hinge_subgradient([0.5, 1, 2]).tolist() == [-1, 0, 0]


def test_mean_is_that_of_scikit_learn(rng_seed=0):
    rng = np.random.default_rng(rng_seed)
    y, f = rng.choice([-1, 1], 50), rng.normal(size=50)
    assert hinge(y * f).mean() == pytest.approx(hinge_loss(y, f), rel=1e-14)


@given(margins, margins, st.floats(-1, 0))
def test_a_subgradient_supports_the_hinge_from_below(a, b, at_kink):
    assert hinge(b) >= hinge(a) + hinge_subgradient(a, at_kink) * (b - a) - 1e-9


@given(margins, margins)
def test_the_line_at_a_kink_supports_from_below_for_each_slope(b, kink):
    for slope in (-1, -0.3, 0):
        assert hinge(b) >= hinge_subgradient(1.0, slope) * (b - 1) - 1e-9


def test_a_slope_that_is_no_subgradient_is_refused():
    with pytest.raises(ValueError, match="from −1 to 0"):
        hinge_subgradient(1.0, 0.5)


@given(st.floats(-5, 5))
def test_gradient_of_the_square_is_its_difference_quotient(m):
    h = 1e-6
    slope = (squared_hinge(m + h) - squared_hinge(m - h)) / (2 * h)
    assert squared_hinge_gradient(m) == pytest.approx(slope, abs=1e-5)
