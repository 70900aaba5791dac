"""Entropy, Gini and gain: fixed references, scipy, and laws."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from scipy import stats

from pellucid.models.tree import DecisionTreeClassifier, entropy, gini, information_gain

PLAY_TENNIS = """
sunny    hot  high   weak   no
sunny    hot  high   strong no
overcast hot  high   weak   yes
rain     mild high   weak   yes
rain     cool normal weak   yes
rain     cool normal strong no
overcast cool normal strong yes
sunny    mild high   weak   no
sunny    cool normal weak   yes
rain     mild normal weak   yes
sunny    mild normal strong yes
overcast mild high   strong yes
overcast hot  normal weak   yes
rain     mild high   strong no
"""  # Quinlan (1986), table 1
OUTLOOK, TEMPERATURE, HUMIDITY, WIND, PLAY = np.array(PLAY_TENNIS.split()).reshape(14, 5).T


@pytest.mark.parametrize(
    ("shares", "expected"), [((0, 1), 0), ((0.5, 0.5), 0.5), ((0.3, 0.7), 0.42), ((0.4, 0.6), 0.48)]
)
def test_gini_of_two_classes(shares, expected):
    assert gini(shares) == pytest.approx(expected, abs=1e-15)


def test_entropy_of_play_tennis():
    assert entropy([9, 5]) == pytest.approx(0.9403, abs=5e-5)


@pytest.mark.parametrize(
    ("groups", "expected"), [(OUTLOOK, 0.2467), (HUMIDITY, 0.1518), (WIND, 0.0481), (TEMPERATURE, 0.0292)]
)
def test_gains_of_play_tennis(groups, expected):
    assert information_gain(PLAY, groups) == pytest.approx(expected, abs=5.1e-5)


def test_gain_of_gini_is_the_decrease_that_a_tree_tells():
    windy = np.array([[each == "strong"] for each in WIND], dtype=float)
    candidates = DecisionTreeClassifier().trace(windy, PLAY)[0].value
    assert candidates == pytest.approx(np.array([[0, 0.5, information_gain(PLAY, WIND, gini)]]))


weights = arrays(np.float64, st.integers(1, 6), elements=st.floats(0, 1e6)).filter(lambda p: p.sum() > 1e-3)


@given(weights)
@settings(deadline=None, max_examples=50)
def test_entropy_is_scipys(p):
    assert entropy(p) == pytest.approx(stats.entropy(p, base=2), abs=1e-12)


@given(weights)
@settings(deadline=None, max_examples=50)
def test_gini_is_one_less_the_squares(p):
    assert gini(p) == pytest.approx(1 - np.sum((p / p.sum()) ** 2), abs=1e-12)


@given(st.lists(st.tuples(st.integers(0, 3), st.integers(0, 3)), min_size=1, max_size=30))
@settings(deadline=None, max_examples=50)
def test_gain_is_mutual_information(pairs):
    y, groups = np.array(pairs).T
    joint = np.zeros((4, 4))
    np.add.at(joint, (y, groups), 1)
    mutual = entropy(joint.sum(0)) + entropy(joint.sum(1)) - entropy(joint.ravel())
    assert information_gain(y, groups) == pytest.approx(mutual, abs=1e-12)


def test_many_distributions_at_once():
    assert np.allclose(entropy([[1, 1], [1, 0], [3, 1]]), [1, 0, 0.8112781244591328])


@pytest.mark.parametrize(
    ("call", "said"),
    [
        (lambda: gini([-0.1, 1.1]), "none below 0"),
        (lambda: entropy([0, 0]), "sums to 0"),
        (lambda: entropy(0.5), "along its last axis"),
        (lambda: entropy([np.nan, 1]), "p contains NaN"),
        (lambda: information_gain([0, 1], [0]), "groups has 1 values"),
        (lambda: information_gain([], []), "nothing to split"),
    ],
)
def test_errors_name_the_argument(call, said):
    with pytest.raises(ValueError, match=said):
        call()
