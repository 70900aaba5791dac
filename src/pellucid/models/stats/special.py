"""The functions beneath the distributions: incomplete gamma and beta, and how to invert a distribution.

All are vectorised, and all return both tails, for a small probability cannot be had from one minus a large one. A power times
an exponential over a gamma function is a product of huge and tiny numbers; `poisson_term` and `binomial_term` write it as
exp(−deviance), which keeps full precision (C. Loader, Fast and Accurate Computation of Binomial Probabilities, 2000).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

import numpy as np

from pellucid.models.validation import Floats

Tails = tuple[Floats, Floats]

EPSILON = float(np.finfo(np.float64).eps)
MOST_TERMS = 100_000
STIRLING = (1 / 12, -1 / 360, 1 / 1260, -1 / 1680, 1 / 1188, -691 / 360360, 1 / 156, -3617 / 122400)
"""Coefficients B₂ₖ/(2k(2k−1)) of Stirling's series (DLMF 5.11.1)."""


def stirling_error(z: Floats) -> Floats:
    """δ(z) = ln Γ(z+1) − [(z + ½) ln z − z + ½ ln 2π], what Stirling's formula leaves out, for z > 0.

    Below 16 the recurrence δ(z) = δ(z+1) + (z + ½) ln(1 + 1/z) − 1 climbs to where the series is exact to the last digit.
    """
    small = z < 16
    ladder = np.where(small, z, 1.0)[..., None] + np.arange(16)  # z, z + 1, … z + 15 in a last axis
    climbed = np.sum((ladder + 0.5) * np.log1p(1 / ladder) - 1, axis=-1)
    top = np.where(small, z + 16, z)
    series = np.zeros_like(top)
    for coefficient in reversed(STIRLING):
        series = series / top**2 + coefficient
    return np.where(small, climbed, 0.0) + series / top


def deviance(x: Floats, mean: Floats) -> Floats:
    """D(x, m) = x ln(x/m) + m − x ≥ 0, by a series in v = (x − m)/(x + m) where the terms would cancel."""
    with np.errstate(
        divide="ignore", over="ignore", invalid="ignore"
    ):  # a mean of 0 or ∞ has deviance ∞ or NaN
        v = (x - mean) / (x + mean)
        near = np.abs(v) < 0.1
        plain = np.where(mean > 0, x * np.log(x / np.where(mean > 0, mean, 1.0)) + mean - x, np.inf)
        w = np.where(near, v, 0.0)
        term = 2 * x * w
        series = (x - mean) * w
        for k in range(1, 11):  # v² < 0.01: ten terms reach 1e-20
            term = term * w**2
            series = series + term / (2 * k + 1)
    return np.where(near, series, plain)


def poisson_term(a: Floats, x: Floats) -> Floats:
    """xᵃ e⁻ˣ / Γ(a+1) for a > 0, x ≥ 0."""
    return np.exp(-stirling_error(a) - deviance(a, x)) / np.sqrt(2 * np.pi * a)


def binomial_term(a: Floats, b: Floats, x: Floats, y: Floats) -> Floats:
    """xᵃ yᵇ Γ(a+b+1) / (Γ(a+1) Γ(b+1)) for y = 1 − x, given apart so that neither loses digits."""
    n = a + b
    exponent = (
        stirling_error(n) - stirling_error(a) - stirling_error(b) - deviance(a, n * x) - deviance(b, n * y)
    )
    return np.exp(exponent) * np.sqrt(n / (2 * np.pi * a * b))


def continued_fraction(first: Floats, terms: Iterator[tuple[Floats | float, Floats | float]]) -> Floats:
    """b₀ + a₁/(b₁ + a₂/(b₂ + …)) by Lentz's method; `first` is b₀, `terms` yields (a₁, b₁), (a₂, b₂), …

    Each element stops where one more term no longer changes it (W. J. Lentz, Applied Optics 15, 1976).
    """
    tiny = 1e-300
    value = np.where(first == 0, tiny, first)
    c, d = value, np.zeros_like(value)
    active = np.ones_like(value, dtype=bool)
    for _, (a, b) in zip(range(MOST_TERMS), terms, strict=False):
        d = b + a * d
        d = 1 / np.where(d == 0, tiny, d)
        c = b + a / c
        c = np.where(c == 0, tiny, c)
        factor = c * d
        value = np.where(active, value * factor, value)
        active &= np.abs(factor - 1) > EPSILON
        if not active.any():
            return value
    raise ArithmeticError(
        f"A continued fraction has not settled after {MOST_TERMS} terms: the degrees of freedom are too large. "
        "Above a thousand million, use the normal distribution in their place."
    )


def regularized_gamma(a: Floats, x: Floats) -> Tails:
    """P(a, x) = ∫₀ˣ tᵃ⁻¹ e⁻ᵗ dt / Γ(a) and Q = 1 − P, for a > 0 and x ≥ 0 (DLMF 8.2).

    Below a + 1 by the series of P, whose terms are all positive; above by the continued fraction of Q (DLMF 8.9.2).
    """
    front = poisson_term(a, x)
    a, x, front = np.broadcast_arrays(a, x, front)
    lower, upper = np.zeros_like(x), np.ones_like(x)
    inner = (x > 0) & (x < a + 1)
    outer = (x >= a + 1) & np.isfinite(x)
    lower[inner] = front[inner] * _gamma_series(a[inner], x[inner])
    upper[inner] = 1 - lower[inner]
    upper[outer] = front[outer] * a[outer] / _gamma_fraction(a[outer], x[outer])
    upper[np.isinf(x)] = 0
    lower[~inner & (x > 0)] = 1 - upper[~inner & (x > 0)]
    return lower, upper


def _gamma_series(a: Floats, x: Floats) -> Floats:
    """1 + x/(a+1) + x²/((a+1)(a+2)) + …"""
    term = np.ones_like(x)
    total = term.copy()
    for k in range(1, MOST_TERMS):
        term = term * (x / (a + k))
        total += term
        if not (term > EPSILON / 4 * total).any():
            return total
    raise ArithmeticError(
        f"P(a, x) has not settled after {MOST_TERMS} terms: the degrees of freedom are too large."
    )


def _gamma_fraction(a: Floats, x: Floats) -> Floats:
    """x + 1 − a − 1(1 − a)/(x + 3 − a − 2(2 − a)/(x + 5 − a − …))."""

    def terms() -> Iterator[tuple[Floats | float, Floats | float]]:
        for k in range(1, MOST_TERMS):
            yield -k * (k - a), x - a + 2 * k + 1

    return continued_fraction(x - a + 1, terms())


def regularized_beta(a: Floats, b: Floats, x: Floats, y: Floats) -> Tails:
    """I = ∫₀ˣ tᵃ⁻¹ (1−t)ᵇ⁻¹ dt / B(a, b) and 1 − I, for a, b > 0 and y = 1 − x given apart (DLMF 8.17).

    The continued fraction settles quickly below the mean, so above it the two sides change places.
    """
    front = binomial_term(a, b, x, y) * (a * b / (a + b))  # xᵃyᵇ/B(a, b), the same from both sides
    a, b, x, y, front = np.broadcast_arrays(a, b, x, y, front)
    swap = x > (a + 1) / (a + b + 2)
    a, b, x, y = np.where(swap, b, a), np.where(swap, a, b), np.where(swap, y, x), np.where(swap, x, y)
    small = np.zeros_like(x)
    inner = x > 0
    small[inner] = front[inner] / _beta_fraction(a[inner], b[inner], x[inner], y[inner])
    return np.where(swap, 1 - small, small), np.where(swap, small, 1 - small)


def _beta_fraction(a: Floats, b: Floats, x: Floats, y: Floats) -> Floats:
    """xᵃyᵇ/(B(a, b) I) by the even part of the fraction, with ay − bx where 1 − x(a+b)/(a+1) would lose digits for large a and b.

    A. R. DiDonato & A. H. Morris, ACM Trans. Math. Software 18(3), 1992, equation 9.
    """
    gap = a * y - b * x

    def terms() -> Iterator[tuple[Floats | float, Floats | float]]:
        for m in range(1, MOST_TERMS):
            back, ahead = a + 2 * m - 1, a + 2 * m + 1
            yield (
                (a + m - 1) * (a + b + m - 1) * m * (b - m) * (x / back) ** 2,
                m + m * (b - m) * x / back + (a + m) * (gap + 1 + m * (1 + y)) / ahead,
            )

    first = a * (gap + 1) / (a + 1)
    return continued_fraction(first, terms())


def invert(
    tails: Callable[[Floats], Tails],
    density: Callable[[Floats], Floats],
    lower: Floats,
    upper: Floats,
) -> Floats:
    """The x ≥ 0 with P(X ≤ x) = `lower` and P(X > x) = `upper`, for both in (0, 1).

    Newton's method on ln(smaller tail) as a function of ln x, in which tails are nearly straight; a step that leaves the
    bracket becomes a bisection.
    """
    by_lower = lower <= upper
    target = np.where(by_lower, lower, upper)
    x = np.ones_like(target)
    low, high = np.zeros_like(x), np.full_like(x, np.inf)
    for _ in range(1000):
        tail = np.where(by_lower, *tails(x))
        beyond = np.where(by_lower, tail > target, tail < target)
        low, high = np.where(beyond, low, x), np.where(beyond, x, high)
        with np.errstate(all="ignore"):
            slope = np.where(by_lower, 1, -1) * density(x) * x / tail
            step = np.where(slope == 0, np.nan, -np.log(tail / target) / slope)
            following = x * np.exp(np.clip(step, -20, 20))
            middle = np.where(np.isinf(high), x * 8, np.where(low == 0, x / 8, np.sqrt(low) * np.sqrt(high)))
            x, previous = np.where((following >= low) & (following <= high), following, middle), x
            settled = (x == previous) | (np.abs(x / previous - 1) <= 2 * EPSILON)
        if settled.all():
            break
    return x
