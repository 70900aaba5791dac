"""Distributions against 40-digit arithmetic and scipy.stats."""

from __future__ import annotations

import mpmath
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from pellucid.models.stats import ChiSquared, FisherF, Normal, StudentT

mpmath.mp.dps = 40
BODY, TAIL = 1e-13, 1e-10
LAWS = [
    (Normal(), stats.norm()),
    (Normal(mu=-3, sigma=0.2), stats.norm(-3, 0.2)),
    (StudentT(1), stats.t(1)),
    (StudentT(2.5), stats.t(2.5)),
    (StudentT(30), stats.t(30)),
    (ChiSquared(1), stats.chi2(1)),
    (ChiSquared(2), stats.chi2(2)),
    (ChiSquared(7.5), stats.chi2(7.5)),
    (ChiSquared(200), stats.chi2(200)),
    (FisherF(1, 1), stats.f(1, 1)),
    (FisherF(3, 20), stats.f(3, 20)),
    (FisherF(40, 2.5), stats.f(40, 2.5)),
]
PROBABILITIES = np.array([1e-12, 1e-6, 0.001, 0.025, 0.1, 0.3, 0.5, 0.7, 0.9, 0.975, 0.999])


def gap(ours: object, exact: object) -> float:
    a, b = np.asarray(ours, dtype=float), np.asarray(exact, dtype=float)
    return float(np.max(np.where(a == b, 0, np.abs(a - b) / np.where(b == 0, 1, np.abs(b)))))


@pytest.mark.parametrize(("ours", "theirs"), LAWS, ids=lambda law: str(law)[:30])
def test_all_functions_agree_with_scipy(ours, theirs) -> None:
    x = theirs.ppf(PROBABILITIES)
    assert gap(ours.pdf(x), theirs.pdf(x)) < 2e-13
    assert gap(ours.cdf(x), theirs.cdf(x)) < 5e-13
    assert (
        gap(ours.sf(x), theirs.sf(x)) < 2e-11
    )  # scipy's F loses these digits: the tests below are against exact arithmetic
    assert gap(ours.ppf(PROBABILITIES), x) < 2e-12
    assert gap(ours.isf(PROBABILITIES[2:]), theirs.isf(PROBABILITIES[2:])) < 2e-12


def exact_normal(z: float) -> float:
    return float(mpmath.ncdf(-mpmath.mpf(z)))


def exact_t(x: float, df: float) -> float:
    t, v = mpmath.mpf(x), mpmath.mpf(df)
    return float(mpmath.betainc(v / 2, mpmath.mpf(1) / 2, 0, v / (v + t * t), regularized=True) / 2)


def exact_chi(x: float, df: float) -> float:
    return float(mpmath.gammainc(mpmath.mpf(df) / 2, mpmath.mpf(x) / 2, mpmath.inf, regularized=True))


def exact_f(x: float, dfn: float, dfd: float) -> float:
    n, d, f = mpmath.mpf(dfn), mpmath.mpf(dfd), mpmath.mpf(x)
    return float(mpmath.betainc(d / 2, n / 2, 0, d / (d + n * f), regularized=True))


def close(ours: float, exact: float) -> bool:
    return ours == exact or abs(ours - exact) <= (BODY if exact > 1e-6 else TAIL) * exact


@settings(deadline=None, max_examples=150)
@given(st.floats(-37, 37))
def test_normal_tail_to_the_last_digits(z: float) -> None:
    assert close(Normal().sf(z), exact_normal(z))
    assert Normal().cdf(-z) == Normal().sf(z)


@settings(deadline=None, max_examples=100)
@given(st.floats(1e-6, 300), st.sampled_from([0.5, 1, 2, 3.7, 11, 60, 999]))
def test_t_tail_to_the_last_digits(x: float, df: float) -> None:
    assert close(StudentT(df).sf(x), exact_t(x, df))
    assert StudentT(df).cdf(-x) == StudentT(df).sf(x)


@settings(deadline=None, max_examples=100)
@given(st.floats(1e-6, 5), st.sampled_from([0.5, 1, 2, 3.7, 11, 60, 999]))
def test_chi_squared_tail_to_the_last_digits(ratio: float, df: float) -> None:
    x = ratio * df
    assert close(ChiSquared(df).sf(x), exact_chi(x, df))


@settings(deadline=None, max_examples=100)
@given(st.floats(1e-4, 200), st.sampled_from([1, 2.5, 7, 40]), st.sampled_from([0.7, 3, 12, 150]))
def test_f_tail_to_the_last_digits(x: float, dfn: float, dfd: float) -> None:
    assert close(FisherF(dfn, dfd).sf(x), exact_f(x, dfn, dfd))


@settings(deadline=None, max_examples=50)
@given(st.floats(-150, -0.31), st.sampled_from([law for law, _ in LAWS[2:]] + [Normal()]))
def test_quantiles_undo_tails(exponent: float, law) -> None:
    q = 10**exponent
    x = law.isf(q)
    assert abs(law.sf(x) / q - 1) < 1e-12
    if exponent > -100:  # further down x itself is no longer a float for few degrees of freedom
        assert abs(law.cdf(law.ppf(q)) / q - 1) < 1e-12


def test_many_degrees_of_freedom() -> None:
    assert gap(StudentT(1e5).sf([0.5, 2, 6]), stats.t(1e5).sf([0.5, 2, 6])) < 1e-12
    assert gap(ChiSquared(1e5).sf([99000, 1e5, 101000]), stats.chi2(1e5).sf([99000, 1e5, 101000])) < 1e-11
    assert abs(StudentT(1e12).sf(1.96) / Normal().sf(1.96) - 1) < 1e-10


def test_logarithms_where_the_tail_is_no_float() -> None:
    z = np.array([-3.0, 0.0, 2.0, 30.0, 50.0, 1e4, 1e8])
    assert gap(Normal().logsf(z), stats.norm.logsf(z)) < 1e-14
    assert gap(Normal().logcdf(-z), stats.norm.logcdf(-z)) < 1e-14
    assert Normal().logpdf(100.0) == pytest.approx(stats.norm.logpdf(100.0), rel=1e-15)


def test_edges() -> None:
    for law in (Normal(), StudentT(3), ChiSquared(3), FisherF(3, 4)):
        assert law.cdf(np.inf) == 1 and law.sf(np.inf) == 0 and law.pdf(np.inf) == 0
        assert law.cdf(-np.inf) == 0 and law.sf(-np.inf) == 1
        assert law.ppf(1) == np.inf and law.isf(0) == np.inf
        assert np.isnan(law.cdf(np.nan)) and law.cdf(np.zeros((2, 3))).shape == (2, 3)
        assert law.cdf([]).shape == (0,)
    assert Normal().ppf(0) == StudentT(3).ppf(0) == -np.inf
    assert Normal().ppf(0.5) == StudentT(3).ppf(0.5) == 0
    assert ChiSquared(3).ppf(0) == FisherF(3, 4).ppf(0) == 0
    assert ChiSquared(3).pdf(-1.0) == 0
    assert [ChiSquared(df).pdf(0.0) for df in (1, 2, 3)] == [np.inf, 0.5, 0]
    assert [FisherF(df, 5).pdf(0.0) for df in (1, 2, 3)] == [np.inf, 1, 0]


@pytest.mark.parametrize("make", [lambda: Normal(sigma=0), lambda: StudentT(-1), lambda: FisherF(1, np.nan)])
def test_parameters_must_make_sense(make) -> None:
    with pytest.raises(ValueError, match="must be a finite number above 0"):
        make()


def test_too_many_degrees_of_freedom() -> None:
    with pytest.raises(ValueError, match="use the normal distribution"):
        StudentT(1e16)
    with pytest.raises(ArithmeticError, match="has not settled"):
        ChiSquared(1e10).sf(1e10)


def test_probabilities_must_be() -> None:
    with pytest.raises(ValueError, match="q must be a probability"):
        Normal().ppf([0.5, 1.5])
