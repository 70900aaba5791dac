import numpy as np
import pytest
import scipy.stats
import statsmodels.api as sm
from hypothesis import given, settings
from hypothesis import strategies as st
from statsmodels.stats.diagnostic import het_breuschpagan
from statsmodels.stats.outliers_influence import OLSInfluence, variance_inflation_factor
from statsmodels.stats.stattools import durbin_watson

from pellucid.models.linear_model import LinearRegression, diagnose, variance_inflation


def compare(X, y, fit_intercept=True, rtol=1e-9):
    ours = diagnose(X, y, fit_intercept=fit_intercept, level=0.9)
    design = sm.add_constant(X, has_constant="add") if fit_intercept else X
    theirs = sm.OLS(y, design, hasconst=fit_intercept).fit()
    size = np.abs(y).max() * 1e-12
    np.testing.assert_allclose(ours.parameters, theirs.params, rtol=rtol, atol=rtol)
    np.testing.assert_allclose(ours.standard_errors, theirs.bse, rtol=rtol)
    np.testing.assert_allclose(
        ours.covariance, theirs.cov_params(), rtol=rtol, atol=rtol * np.abs(ours.covariance).max()
    )
    np.testing.assert_allclose(ours.t_values, theirs.tvalues, rtol=rtol, atol=rtol)
    np.testing.assert_allclose(ours.p_values, theirs.pvalues, rtol=1e-7, atol=1e-300)
    np.testing.assert_allclose(
        ours.confidence_intervals,
        theirs.conf_int(0.1),
        rtol=rtol,
        atol=rtol * np.abs(ours.standard_errors).max(),
    )
    assert ours.degrees_of_freedom == theirs.df_resid
    assert ours.residual_standard_error == pytest.approx(np.sqrt(theirs.mse_resid), rel=rtol)
    assert ours.r_squared == pytest.approx(theirs.rsquared, rel=rtol, abs=rtol)
    assert ours.adjusted_r_squared == pytest.approx(theirs.rsquared_adj, rel=rtol, abs=rtol)
    assert ours.f_test.statistic == pytest.approx(theirs.fvalue, rel=rtol, abs=rtol)
    assert ours.f_test.pvalue == pytest.approx(theirs.f_pvalue, rel=1e-7)
    np.testing.assert_allclose(ours.fitted, theirs.fittedvalues, rtol=rtol, atol=size)
    np.testing.assert_allclose(ours.residuals, theirs.resid, rtol=1e-7, atol=size)
    influence = OLSInfluence(theirs)
    np.testing.assert_allclose(ours.leverage, influence.hat_matrix_diag, rtol=rtol)
    np.testing.assert_allclose(
        ours.standardized_residuals, influence.resid_studentized_internal, rtol=rtol, atol=rtol
    )
    np.testing.assert_allclose(
        ours.studentized_residuals, influence.resid_studentized_external, rtol=rtol, atol=rtol
    )
    np.testing.assert_allclose(ours.cooks_distance, influence.cooks_distance[0], rtol=rtol, atol=rtol)
    np.testing.assert_allclose(ours.dffits, influence.dffits[0], rtol=rtol, atol=rtol)
    assert ours.condition_number == pytest.approx(np.linalg.cond(design), rel=1e-9)
    assert ours.durbin_watson == pytest.approx(durbin_watson(theirs.resid), rel=1e-8)
    if fit_intercept:
        lm, lm_p, *_ = het_breuschpagan(theirs.resid, design)
        assert ours.breusch_pagan.statistic == pytest.approx(lm, rel=1e-7)
        assert ours.breusch_pagan.pvalue == pytest.approx(lm_p, rel=1e-7)
        vifs = (
            [variance_inflation_factor(design, j) for j in range(1, design.shape[1])]
            if X.shape[1] > 1
            else [1.0]
        )
        np.testing.assert_allclose(ours.vif, vifs, rtol=1e-8)
        np.testing.assert_allclose(variance_inflation(X), vifs, rtol=1e-8)
    (quantiles, ordered), _ = scipy.stats.probplot(ours.standardized_residuals)
    np.testing.assert_allclose(ours.qq, np.column_stack([quantiles, ordered]), rtol=1e-9, atol=1e-12)


@pytest.mark.parametrize("fit_intercept", [True, False])
def test_agrees_with_statsmodels(diabetes, fit_intercept):
    compare(*diabetes, fit_intercept)


def test_agrees_with_statsmodels_on_longley(longley):
    """κ is 5e9: statsmodels keeps seven digits or so of what we keep twelve of."""
    compare(*longley, rtol=1e-6)


@settings(deadline=None, max_examples=12)
@given(data=st.data(), fit_intercept=st.booleans())
def test_agrees_with_statsmodels_on_drawn_data(draws, data, fit_intercept):
    drawn = data.draw(draws(spread=1))
    Z = drawn.X - drawn.X.mean(axis=0)
    if np.linalg.cond(Z / np.maximum(np.linalg.norm(Z, axis=0), 1e-12)) > 100:
        return
    if (
        np.linalg.cond(drawn.X) > 1000
        or OLSInfluence(sm.OLS(drawn.y, drawn.X).fit()).hat_matrix_diag.max() > 0.99
    ):
        return
    compare(drawn.X, drawn.y, fit_intercept, rtol=1e-7)


def test_what_leaving_a_row_out_does(diabetes):
    """Cook's distance and DFFITS by their definitions, each row left out in turn."""
    X, y = diabetes[0][:30, :4], diabetes[1][:30]
    whole = diagnose(X, y)
    for i in range(30):
        rest = np.arange(30) != i
        without = LinearRegression().fit(X[rest], y[rest])
        moved = whole.fitted - without.predict(X)
        s_without = diagnose(X[rest], y[rest]).residual_standard_error
        assert whole.cooks_distance[i] == pytest.approx(
            moved @ moved / (5 * whole.residual_standard_error**2), rel=1e-9
        )
        assert whole.dffits[i] == pytest.approx(moved[i] / (s_without * np.sqrt(whole.leverage[i])), rel=1e-9)
        assert whole.studentized_residuals[i] == pytest.approx(
            whole.residuals[i] / (s_without * np.sqrt(1 - whole.leverage[i])), rel=1e-9
        )


def test_leverage_sums_to_the_parameters(diabetes):
    X, y = diabetes
    assert diagnose(X, y).leverage.sum() == pytest.approx(11)
    assert diagnose(X, y, fit_intercept=False).leverage.sum() == pytest.approx(10)


def test_explicit_ones_are_an_intercept(diabetes):
    X, y = diabetes
    ones = np.column_stack([np.ones(len(y)), X])
    with_ones, with_intercept = diagnose(ones, y, fit_intercept=False), diagnose(X, y)
    np.testing.assert_allclose(with_ones.standard_errors, with_intercept.standard_errors, rtol=1e-10)
    np.testing.assert_allclose(with_ones.cooks_distance, with_intercept.cooks_distance, rtol=1e-9)
    assert with_ones.breusch_pagan.statistic == pytest.approx(with_intercept.breusch_pagan.statistic)
    assert with_ones.breusch_pagan.pvalue == pytest.approx(with_intercept.breusch_pagan.pvalue)


def test_a_row_that_alone_decides_a_coefficient():
    X = np.column_stack([np.arange(8.0), np.eye(8)[3]])
    found = diagnose(X, np.arange(8.0) ** 2)
    assert found.leverage[3] == pytest.approx(1)
    assert np.isnan(found.cooks_distance[3]) and np.isnan(found.studentized_residuals[3])
    assert np.isfinite(np.delete(found.cooks_distance, 3)).all()


def test_a_perfect_fit():
    x = np.arange(5.0)
    found = diagnose(x[:, None], 2 * x + 1)
    assert found.r_squared == 1 and found.residual_standard_error == 0
    assert found.f_test.pvalue == 0


def test_of_a_fitted_model(diabetes):
    X, y = diabetes
    model = LinearRegression().fit(X, y)
    found = model.diagnose(X, y, level=0.99)
    np.testing.assert_allclose(found.parameters, [model.intercept_, *model.coef_])
    assert found.level == 0.99
    assert len(found.summary().splitlines()) == 13
    with pytest.raises(AttributeError):
        found.level = 0.5


REFUSED = [
    (np.ones((3, 1)), [1, 2, 3], "rank 0 but 1 columns"),
    (np.arange(6.0).reshape(3, 2), [1, 2, 3], "3 rows for 3 parameters"),
    (np.arange(5.0)[:, None][:, [0, 0]], [1, 2, 3, 4, 6], "rank 1 but 2 columns"),
]


@pytest.mark.parametrize(("X", "y", "said"), REFUSED, ids=[said for *_, said in REFUSED])
def test_what_has_no_standard_errors_is_refused(X, y, said):
    with pytest.raises(ValueError, match=said):
        diagnose(X, y)


def test_infinite_inflation_is_refused():
    with pytest.raises(ValueError, match="VIF is infinite"):
        variance_inflation([[1, 2], [2, 4], [3, 6]])
    with pytest.raises(ValueError, match=r"level=1\.5"):
        diagnose([[1], [2], [4], [3]], [1, 2, 3, 5], level=1.5)
