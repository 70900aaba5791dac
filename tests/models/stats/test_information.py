"""Entropy and cross-entropy against scipy and scikit-learn, by law, and far out."""

from __future__ import annotations

import mpmath
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from scipy import special, stats
from sklearn.metrics import log_loss

from pellucid.models import stats as ours

scores = arrays(np.float64, (4, 3), elements=st.floats(-700, 700))
distributions = st.integers(0, 2**32 - 1).map(
    lambda seed: np.random.default_rng(seed).dirichlet([0.3] * 5, 2)
)


@settings(deadline=None, max_examples=60)
@given(scores)
def test_the_sigmoid_and_its_kin(z: np.ndarray) -> None:
    assert np.allclose(ours.sigmoid(z), special.expit(z), rtol=1e-15, atol=0)
    assert np.allclose(ours.log_sigmoid(z), special.log_expit(z), rtol=1e-14, atol=0)
    assert np.allclose(ours.softmax(z), special.softmax(z, axis=-1), rtol=1e-12, atol=0)
    assert np.allclose(ours.log_softmax(z), special.log_softmax(z, axis=-1), rtol=1e-13, atol=1e-15)
    assert np.allclose(ours.logsumexp(z, axis=0), special.logsumexp(z, axis=0), rtol=1e-14)


@settings(deadline=None, max_examples=60)
@given(st.floats(1e-300, 1, exclude_max=True))
def test_logit_undoes_the_sigmoid(p: float) -> None:
    exact = float(mpmath.log(mpmath.mpf(p) / (1 - mpmath.mpf(p))))
    assert ours.logit(p) == pytest.approx(exact, rel=1e-14, abs=0)
    assert ours.sigmoid(ours.logit(p)) == pytest.approx(p, rel=1e-12)


def test_logit_at_its_ends() -> None:
    assert list(ours.logit([0, 0.5, 1])) == [-np.inf, 0, np.inf]
    with pytest.raises(ValueError, match=r"p must lie in \[0, 1\]"):
        ours.logit(1.2)


@settings(deadline=None, max_examples=60)
@given(distributions)
def test_entropies(pair: np.ndarray) -> None:
    p, q = pair
    assert ours.entropy(p) == pytest.approx(stats.entropy(p), rel=1e-13)
    assert ours.entropy(p, base=2) == pytest.approx(stats.entropy(p, base=2), rel=1e-13)
    assert ours.kl_divergence(p, q) == pytest.approx(stats.entropy(p, q), rel=1e-10)
    total = ours.entropy(p) + ours.kl_divergence(p, q)
    assert ours.cross_entropy(p, q) == pytest.approx(total, rel=1e-12)
    assert ours.kl_divergence(p, q) >= 0 and ours.kl_divergence(p, p) == 0
    assert np.allclose(ours.entropy(pair), [ours.entropy(p), ours.entropy(q)], rtol=1e-15)


def test_a_tiny_divergence_keeps_its_digits() -> None:
    p = np.array([0.3, 0.7])
    for step in (1e-3, 1e-6, 1e-7):
        q = p + step * np.array([1, -1])
        with mpmath.workdps(40):
            exact = sum(
                mpmath.mpf(a) * mpmath.log(mpmath.mpf(a) / mpmath.mpf(b)) for a, b in zip(p, q, strict=True)
            )
            exact += sum(mpmath.mpf(b) - mpmath.mpf(a) for a, b in zip(p, q, strict=True))
        assert ours.kl_divergence(p, q) == pytest.approx(float(exact), rel=1e-12)


def test_certain_impossible_and_uniform() -> None:
    assert ours.entropy([1, 0]) == 0 and not np.signbit(ours.entropy([1, 0]))
    assert ours.entropy([0.25] * 4, base=2) == 2
    assert ours.kl_divergence([0.5, 0.5], [1, 0]) == np.inf
    assert ours.cross_entropy([1, 0], [1, 0]) == 0
    assert ours.cross_entropy([0.5, 0.5], [1, 0]) == np.inf
    assert ours.entropy([9 / 14, 5 / 14], base=2) == pytest.approx(0.9403, abs=5e-5)  # play tennis


@settings(deadline=None, max_examples=40)
@given(st.lists(st.tuples(st.integers(0, 1), st.floats(-30, 30)), min_size=1, max_size=9))
def test_binary_cross_entropy(pairs: list[tuple[int, float]]) -> None:
    y, z = np.array(pairs).T
    p = ours.sigmoid(z)
    loss = ours.binary_cross_entropy_with_logits(y, z)
    assert ours.binary_cross_entropy(y, p) == pytest.approx(
        loss, rel=1e-2 if z.max() > 20 else 1e-6, abs=1e-12
    )
    assert loss == pytest.approx(np.mean(-special.log_expit((2 * y - 1) * z)), rel=1e-12)
    assert ours.binary_cross_entropy_with_logits(y, z, reduction="sum") == pytest.approx(loss * len(y))


def test_the_gradient_is_p_minus_y() -> None:
    y, z, h = np.array([0.0, 1.0, 1.0]), np.array([0.3, -2.0, 4.0]), 1e-6
    for i in range(3):
        step = h * np.eye(3)[i]
        slope = ours.binary_cross_entropy_with_logits(y, z + step) - ours.binary_cross_entropy_with_logits(
            y, z - step
        )
        assert slope / (2 * h) == pytest.approx((ours.sigmoid(z)[i] - y[i]) / 3, abs=1e-9)


def test_logits_far_out() -> None:
    assert ours.binary_cross_entropy_with_logits([0.0, 1.0], [1000.0, -1000.0]) == 1000
    assert ours.binary_cross_entropy_with_logits([1.0], [1000.0]) == 0
    assert ours.binary_cross_entropy([1.0], [0.0]) == np.inf
    assert ours.binary_cross_entropy([1.0, 0.0], [1.0, 0.0]) == 0
    assert ours.categorical_cross_entropy_with_logits([0], [[-1000.0, 1000.0]]) == 2000
    assert ours.categorical_cross_entropy_with_logits([1], [[-np.inf, 0.0]]) == 0


@settings(deadline=None, max_examples=40)
@given(distributions, st.integers(0, 4), st.integers(0, 4))
def test_categorical_cross_entropy(rows: np.ndarray, first: int, second: int) -> None:
    rows = (rows + 1e-6) / (rows + 1e-6).sum(axis=1, keepdims=True)
    y = np.array([first, second])
    loss = ours.categorical_cross_entropy(y, rows)
    assert loss == pytest.approx(log_loss(y, rows, labels=range(5)), rel=1e-10)
    assert ours.categorical_cross_entropy(np.eye(5)[y], rows) == loss
    assert ours.categorical_cross_entropy_with_logits(y, np.log(rows) + 7) == pytest.approx(loss, rel=1e-10)


def test_masked_language_model_and_its_two_divisors() -> None:
    rng = np.random.default_rng(0)
    logits, targets = rng.normal(size=(2, 5, 11)), rng.integers(0, 11, (2, 5))
    mask = np.array([[1, 1, 1, 0, 0], [0, 0, 1, 0, 0]], dtype=bool)
    loss = ours.masked_lm_loss(logits, targets, mask)
    logs = special.log_softmax(logits, axis=-1)
    total = -sum(logs[b, t, targets[b, t]] for b, t in np.argwhere(mask))
    assert loss.total == pytest.approx(total, rel=1e-13)
    assert loss.per_sequence == pytest.approx(total / 2) and loss.per_token == pytest.approx(total / 4)
    assert loss.per_sequence == pytest.approx(loss.per_token * loss.tokens / loss.sequences)
    assert loss.perplexity == pytest.approx(np.exp(total / 4))
    ignored = targets.copy()
    ignored[~mask] = -100
    assert ours.masked_lm_loss(logits, ignored, mask) == loss
    none = ours.masked_lm_loss(logits, targets, np.zeros((2, 5), dtype=bool))
    assert none.per_sequence == 0
    with pytest.raises(ValueError, match="No position is masked"):
        _ = none.per_token


FAULTS = [
    (lambda: ours.entropy([3, 4]), "sum to 1"),
    (lambda: ours.entropy(0.5), "pass"),
    (lambda: ours.entropy([0.5, 0.5], base=1), "base must be above 1"),
    (lambda: ours.binary_cross_entropy([1, 0], [0.5]), "must be equal"),
    (lambda: ours.binary_cross_entropy([1, 0], [0.5, 1.5]), "with_logits"),
    (lambda: ours.binary_cross_entropy_with_logits([-1, 1], [0.5, 1.5]), "recode"),
    (lambda: ours.categorical_cross_entropy([5], [[0.5, 0.5]]), "class indices 0 … 1"),
    (lambda: ours.categorical_cross_entropy([0, 1, 1], [[0.5, 0.5]]), "y must be"),
    (lambda: ours.masked_lm_loss(np.zeros((2, 3, 4)), np.zeros((2, 3), int), np.ones((2, 3))), "booleans"),
    (lambda: ours.masked_lm_loss(np.zeros((2, 4)), [0], [True]), "must be"),
    (lambda: ours.binary_cross_entropy([1], [0.5], reduction="avg"), "reduction"),
]


@pytest.mark.parametrize(("call", "message"), FAULTS)
def test_faults_are_named(call, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        call()
