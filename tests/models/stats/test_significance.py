"""Tests of significance, moments and correlation against scipy.stats."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from scipy import stats
from sklearn.datasets import load_iris

from pellucid.models import stats as ours

ALTERNATIVES = ("two-sided", "less", "greater")
numbers = st.floats(-1e3, 1e3).map(lambda x: round(x, 3))
samples = st.lists(numbers, min_size=3, max_size=12)
IRIS = load_iris()


def same(found: ours.SignificanceTest, theirs, rel: float = 1e-9) -> None:
    assert found.statistic == pytest.approx(float(theirs.statistic), rel=rel, abs=1e-12)
    assert found.pvalue == pytest.approx(float(theirs.pvalue), rel=rel, abs=1e-300)


@settings(deadline=None, max_examples=60)
@given(samples, samples, st.sampled_from(ALTERNATIVES))
def test_t_tests(a: list[float], b: list[float], alternative: str) -> None:
    assume(np.ptp(a) > 0.1 and np.ptp(b) > 0.1)
    one = ours.ttest_1samp(a, 1.5, alternative)
    theirs = stats.ttest_1samp(a, 1.5, alternative=alternative)
    same(one, theirs)
    assert one.df == theirs.df
    assert np.allclose(one.confidence_interval(0.9), theirs.confidence_interval(0.9), rtol=1e-9)
    for equal_var in (True, False):
        two = ours.ttest_ind(a, b, equal_var=equal_var, alternative=alternative)
        theirs = stats.ttest_ind(a, b, equal_var=equal_var, alternative=alternative)
        same(two, theirs)
        assert two.df == pytest.approx(theirs.df, rel=1e-12)
        assert np.allclose(two.confidence_interval(), theirs.confidence_interval(), rtol=1e-9)
    n = min(len(a), len(b))
    difference = np.subtract(a[:n], b[:n])
    assume(np.ptp(difference) > 0.1)
    same(ours.ttest_rel(a[:n], b[:n], alternative), stats.ttest_rel(a[:n], b[:n], alternative=alternative))


@settings(deadline=None, max_examples=30)
@given(samples, samples, st.sampled_from(ALTERNATIVES))
def test_z_tests(a: list[float], b: list[float], alternative: str) -> None:
    tail = {
        "two-sided": lambda z: 2 * stats.norm.sf(abs(z)),
        "less": stats.norm.cdf,
        "greater": stats.norm.sf,
    }
    z = (np.mean(a) - 2) / (300 / np.sqrt(len(a)))
    found = ours.ztest_1samp(a, 2, 300, alternative)
    assert found.statistic == pytest.approx(z, rel=1e-12, abs=1e-14)
    assert found.pvalue == pytest.approx(tail[alternative](z), rel=1e-10)
    z = (np.mean(a) - np.mean(b)) / np.sqrt(9e4 / len(a) + 4e4 / len(b))
    found = ours.ztest_ind(a, b, 300, 200, alternative)
    assert found.statistic == pytest.approx(z, rel=1e-12, abs=1e-14)
    assert found.pvalue == pytest.approx(tail[alternative](z), rel=1e-10)
    assert found.df is None


@settings(deadline=None, max_examples=40)
@given(st.lists(st.lists(numbers, min_size=2, max_size=8), min_size=2, max_size=5))
def test_analysis_of_variance(groups: list[list[float]]) -> None:
    assume(max(np.ptp(group) for group in groups) > 0.1)
    found = ours.f_oneway(*groups)
    assume(found.statistic > 1e-6)  # for equal means scipy's F may come out below 0, and p as NaN
    same(found, stats.f_oneway(*groups), rel=1e-8)


def test_analysis_of_variance_on_iris_and_its_square_root() -> None:
    groups = [IRIS.data[IRIS.target == k, 1] for k in range(3)]
    same(ours.f_oneway(*groups), stats.f_oneway(*groups))
    two = ours.f_oneway(*groups[:2])
    t = ours.ttest_ind(*groups[:2])
    assert two.statistic == pytest.approx(t.statistic**2, rel=1e-12)
    assert two.pvalue == pytest.approx(t.pvalue, rel=1e-12)
    whole = two.step("between groups") + two.step("within groups")
    assert whole == pytest.approx(
        np.sum((np.concatenate(groups[:2]) - np.concatenate(groups[:2]).mean()) ** 2)
    )


@pytest.mark.parametrize("alternative", ALTERNATIVES)
def test_two_variances(alternative: str) -> None:
    a, b = IRIS.data[:50, 0], IRIS.data[50:90, 0]
    found = ours.ftest_var(a, b, alternative)
    law = stats.f(49, 39)
    f = a.var(ddof=1) / b.var(ddof=1)
    p = {"less": law.cdf(f), "greater": law.sf(f), "two-sided": 2 * min(law.cdf(f), law.sf(f))}[alternative]
    assert found.statistic == pytest.approx(f, rel=1e-13)
    assert found.pvalue == pytest.approx(p, rel=1e-11)


@settings(deadline=None, max_examples=40)
@given(st.lists(st.integers(1, 60), min_size=2, max_size=9), st.integers(0, 2**32 - 1))
def test_goodness_of_fit(counts: list[int], seed: int) -> None:
    same(ours.chisquare(counts), stats.chisquare(counts), rel=1e-10)
    share = np.random.default_rng(seed).dirichlet(np.full(len(counts), 5.0))
    expected = share * sum(counts)
    same(ours.chisquare(counts, expected), stats.chisquare(counts, expected), rel=1e-10)


@settings(deadline=None, max_examples=40)
@given(st.integers(2, 5), st.integers(2, 5), st.integers(0, 2**32 - 1), st.booleans())
def test_independence(r: int, c: int, seed: int, correction: bool) -> None:
    table = np.random.default_rng(seed).integers(1, 30, (r, c))
    found = ours.chi2_contingency(table, correction)
    theirs = stats.chi2_contingency(table, correction)
    same(found, theirs, rel=1e-10)
    assert found.df == theirs.dof
    assert np.allclose(found.step("expected"), theirs.expected_freq, rtol=1e-14)


@settings(deadline=None, max_examples=60)
@given(st.lists(st.tuples(numbers, numbers), min_size=3, max_size=15), st.sampled_from(ALTERNATIVES))
def test_correlations(pairs: list[tuple[float, float]], alternative: str) -> None:
    x, y = np.array(pairs).T
    assume(np.ptp(x) > 0.1 and np.ptp(y) > 0.1)
    r = stats.pearsonr(x, y, alternative=alternative)
    assume(abs(r.statistic) < 0.9999)
    same(ours.pearsonr(x, y, alternative), r, rel=1e-8)
    rho = stats.spearmanr(x, y, alternative=alternative)
    assume(abs(rho.statistic) < 0.9999)
    same(ours.spearmanr(x, y, alternative), rho, rel=1e-8)
    assert np.array_equal(ours.rankdata(x), stats.rankdata(x))


def test_a_perfect_line_and_scales_that_overflow() -> None:
    x = np.arange(5.0)
    assert ours.pearsonr(x, -2 * x).statistic == pytest.approx(-1, abs=1e-15)
    assert ours.pearsonr(x, x).pvalue < 1e-20
    assert ours.pearsonr(x * 1e200, [1, 3, 2, 5, 4]).statistic == pytest.approx(0.8, rel=1e-12)
    assert ours.pearsonr(x * 1e-200, [1, 3, 2, 5, 4]).statistic == pytest.approx(0.8, rel=1e-12)


def difference(a: np.ndarray, b: np.ndarray) -> float:
    return np.mean(a) - np.mean(b)


def correlation(a: np.ndarray, b: np.ndarray) -> float:
    return np.corrcoef(a, b)[0, 1]


@pytest.mark.parametrize("alternative", ALTERNATIVES)
@pytest.mark.parametrize(
    ("kind", "statistic"), [("independent", difference), ("samples", difference), ("pairings", correlation)]
)
def test_exact_permutations_are_those_of_scipy(kind: str, statistic, alternative: str) -> None:
    rng = np.random.default_rng(3)
    size = 4 if kind == "pairings" else 6  # scipy orders both sides of a pairing, (n!)² ways
    for _ in range(4):
        data = rng.integers(0, 9, size).astype(float), rng.integers(0, 9, size).astype(float)  # with ties
        theirs = stats.permutation_test(
            data,
            statistic,
            permutation_type=kind,
            alternative=alternative,
            n_resamples=np.inf,
            vectorized=False,
        )
        found = ours.permutation_test(data, statistic, permutation_type=kind, alternative=alternative)
        same(found, theirs, rel=1e-12)
        null = np.sort(found.step("null distribution"))
        assert np.allclose(np.quantile(null, [0, 0.3, 1]), np.quantile(theirs.null_distribution, [0, 0.3, 1]))


def test_monte_carlo_is_near_the_exact_one_and_repeats() -> None:
    rng = np.random.default_rng(0)
    data = rng.normal(0, 1, 9), rng.normal(1, 1, 9)  # 48620 ways
    exact = ours.permutation_test(data, difference, n_resamples=50_000).pvalue
    drawn = [
        ours.permutation_test(data, difference, n_resamples=4000, random_state=s).pvalue for s in (1, 1, 2)
    ]
    assert drawn[0] == drawn[1] != drawn[2]
    assert abs(drawn[0] - exact) < 4 * np.sqrt(exact / 4000) * 2
    one = ours.permutation_test((data[0] - data[1],), np.mean, permutation_type="samples")
    pairs = ours.permutation_test(data, difference, permutation_type="samples")
    assert one.pvalue == pytest.approx(pairs.pvalue, rel=1e-12)
    assert "exact" in one.name


def test_a_drawn_p_value_is_never_zero() -> None:
    data = np.arange(30.0), np.arange(30.0) + 1000
    assert ours.permutation_test(data, difference, n_resamples=99, random_state=0).pvalue == 2 / 100


def test_p_is_uniform_where_the_null_hypothesis_holds() -> None:
    rng = np.random.default_rng(5)
    p = [ours.ttest_ind(rng.normal(size=8), rng.normal(size=11)).pvalue for _ in range(400)]
    assert stats.kstest(p, "uniform").pvalue > 0.001


@settings(deadline=None, max_examples=60)
@given(
    st.lists(st.tuples(numbers, numbers), min_size=2, max_size=20), st.sampled_from([("n", 0), ("n-1", 1)])
)
def test_moments(pairs: list[tuple[float, float]], divisor: tuple) -> None:
    x, y = np.array(pairs).T
    name, ddof = divisor
    assert ours.variance(x, divisor=name) == pytest.approx(np.var(x, ddof=ddof), rel=1e-12, abs=1e-9)
    assert ours.covariance(x, y, divisor=name) == pytest.approx(
        np.cov(x, y, ddof=ddof)[0, 1], rel=1e-10, abs=1e-8
    )
    matrix = ours.covariance_matrix(np.c_[x, y], divisor=name)
    assert np.allclose(matrix, np.cov(x, y, ddof=ddof), rtol=1e-10, atol=1e-8)
    assert ours.standard_deviation(x, divisor=name) ** 2 == pytest.approx(ours.variance(x, divisor=name))
    assert ours.expectation(x) == pytest.approx(np.mean(x), rel=1e-12, abs=1e-12)


def test_a_large_mean_does_not_cost_the_variance_its_digits() -> None:
    x = 1e9 + np.array([4.0, 7.0, 13.0, 16.0])
    assert ours.variance(x) == 30  # Σx² − n x̄² in float64 gives anything but 30
    assert ours.variance(x, divisor="n") == 22.5


def test_expectation_of_a_distribution() -> None:
    assert ours.expectation([0, 10], [0.9, 0.1]) == pytest.approx(1)
    with pytest.raises(ValueError, match="sum to 1"):
        ours.expectation([1, 2], [0.5, 0.6])


def test_steps_tell_the_story() -> None:
    found = ours.ttest_ind([1.0, 2, 3, 5], [2.0, 4, 4], equal_var=False)
    names = [record.name for record in found.steps]
    assert names == ["means", "variances", "standard error", "degrees of freedom", "statistic", "p-value"]
    assert found.step("statistic") == found.statistic and found.step("p-value") == found.pvalue
    with pytest.raises(KeyError, match="no step 'mean'"):
        found.step("mean")
    assert "df = 4.9" in str(found) and "If μa = μb" in str(found)


FAULTS = [
    (lambda: ours.ttest_1samp([1.0], 0), "at least 2"),
    (lambda: ours.ttest_1samp([2.0, 2.0, 2.0], 0), "do not vary"),
    (lambda: ours.ttest_1samp([0.1 + 0.2, 0.3, 0.3], 0), "do not vary"),
    (lambda: ours.ttest_rel([1, 2, 3], [1, 2]), "pairs"),
    (lambda: ours.ttest_1samp([1, 2, np.nan], 0), "a contains NaN"),
    (lambda: ours.ttest_1samp([1, 2, 3], 0, "both"), "alternative must be"),
    (lambda: ours.ttest_1samp([[1, 2]], 0), r"shape \(1, 2\)"),
    (lambda: ours.ztest_1samp([1, 2], 0, 0), "sigma must be"),
    (lambda: ours.f_oneway([1, 2]), "2 or more groups"),
    (lambda: ours.f_oneway([1], [2]), "one value only"),
    (lambda: ours.f_oneway([1, 1], [2, 2]), "No group varies"),
    (lambda: ours.ftest_var([1, 1], [1, 2]), "does not vary"),
    (lambda: ours.chisquare([5, 5], [4, 5]), "must be equal"),
    (lambda: ours.chisquare([5, -5]), "cannot be negative"),
    (lambda: ours.chisquare([5, 5], [10, 0]), "above 0"),
    (lambda: ours.chisquare([5, 5], ddof=1), "degrees of freedom"),
    (lambda: ours.chi2_contingency([[1, 0], [2, 0]]), "sums to 0"),
    (lambda: ours.pearsonr([1, 1, 1], [1, 2, 3]), "x does not vary"),
    (lambda: ours.pearsonr([1, 2], [1, 2]), "at least 3"),
    (lambda: ours.variance([1.0]), "at least 2"),
    (lambda: ours.variance([1.0, 2.0], divisor="n+1"), "divisor must be"),
    (lambda: ours.permutation_test(([1, 2],), np.mean), "1"),
    (lambda: ours.permutation_test(([1, 2], [3]), difference, permutation_type="pairings"), "pairs"),
    (lambda: ours.permutation_test(([1, 2], [3]), difference, permutation_type="all"), "permutation_type"),
    (lambda: ours.chisquare([5, 5]).confidence_interval(), "no standard error"),
]


@pytest.mark.parametrize(("call", "message"), FAULTS)
def test_faults_are_named(call, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        call()


def test_covariance_of_iris() -> None:
    found = ours.covariance_matrix(IRIS.data)
    assert np.allclose(found, np.cov(IRIS.data.T), rtol=1e-13)
    for i, j in pairwise(range(4)):
        assert ours.covariance(IRIS.data[:, i], IRIS.data[:, j]) == pytest.approx(found[i, j], rel=1e-13)
