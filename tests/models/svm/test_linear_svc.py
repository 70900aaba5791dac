import warnings

import numpy as np
import pytest
import sklearn.svm
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.testing import assert_allclose, assert_array_equal
from sklearn.datasets import load_iris, load_wine, make_classification
from sklearn.exceptions import ConvergenceWarning

from pellucid.models.svm import SVC, LinearSVC, active_set, hinge
from pellucid.models.svm.primal import hinge_newton, squared_hinge_newton

BOTH = pytest.mark.parametrize("loss", ["squared_hinge", "hinge"])


def objective(model, X, signs, C, loss):
    w, b = model.coef_[0], model.intercept_[0]
    slack = hinge(signs * (X @ w + b))
    return (w @ w + (b / getattr(model, "intercept_scaling", 1)) ** 2) / 2 + C * (slack**loss).sum()


@BOTH
@pytest.mark.parametrize("data", [load_iris, load_wine])
@pytest.mark.parametrize(
    "options", [{}, {"C": 0.1, "intercept_scaling": 5.0}, {"fit_intercept": False}], ids=str
)
def test_coefficients_are_liblinears(data, loss, options):
    X, y = data(return_X_y=True)
    X = (X - X.mean(axis=0)) / X.std(axis=0)
    ours = LinearSVC(loss, random_state=0, **options).fit(X, y)
    theirs = sklearn.svm.LinearSVC(
        loss=loss, dual=True, tol=1e-8, max_iter=100_000, random_state=0, **options
    )
    theirs.fit(X, y)
    assert_allclose(ours.coef_, theirs.coef_, atol=1e-5)
    assert_allclose(ours.intercept_, theirs.intercept_, atol=1e-5)
    assert_array_equal(ours.predict(X), theirs.predict(X))


@pytest.mark.parametrize("C", [0.1, 10.0])
def test_the_objective_is_at_most_liblinears(C):
    X, y = make_classification(500, 20, n_informative=10, flip_y=0.1, random_state=1)
    signs = 2 * y - 1
    for power, loss in ((1, "hinge"), (2, "squared_hinge")):
        ours = LinearSVC(loss, C=C, random_state=0).fit(X, y)
        theirs = sklearn.svm.LinearSVC(loss=loss, C=C, random_state=0, dual=power == 1, max_iter=20_000)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", ConvergenceWarning)  # the hinge is hard for it
            theirs.fit(X, y)
        least, other = (objective(model, X, signs, C, power) for model in (ours, theirs))
        assert least <= other * (1 + 1e-9)
        assert least == pytest.approx(other, rel=1e-2)


@given(st.integers(0, 2**31), st.integers(4, 60), st.integers(1, 5), st.sampled_from([0.01, 1.0, 100.0]))
@settings(deadline=None, max_examples=100)
def test_no_direction_leads_down(seed, n, d, C):
    """At the minimum of a convex function no small step lowers it; data tied, repeated, weighted, some weights zero."""
    rng = np.random.default_rng(seed)
    X = np.column_stack((np.round(rng.normal(size=(n, d)), 1), np.ones(n)))
    y = np.where(X[:, 0] + rng.normal(size=n) > 0, 1.0, -1.0)
    prices = C * rng.integers(0, 3, n)
    for power, solver in ((1, hinge_newton), (2, squared_hinge_newton)):
        extra = (np.random.default_rng(0),) if power == 1 else ()
        w, _, converged = solver(X, y, prices, 1e-6, 20_000, *extra)
        assert converged

        def value(w, power=power):
            return w @ w / 2 + prices @ hinge(y * (X @ w)) ** power

        here = value(w)
        for step in (1e-1, 1e-3):
            for direction in rng.normal(size=(20, d + 1)):
                assert value(w + step * direction) >= here - 1e-5 * (1 + here)


def test_a_free_intercept_is_that_of_svc():
    X, y = make_classification(200, 5, flip_y=0.1, random_state=0)
    X += 3
    free = SVC(kernel="linear").fit(X, y)
    nearly = LinearSVC("hinge", intercept_scaling=1e3, random_state=0).fit(X, y)
    assert_allclose(nearly.coef_, free.coef_, atol=1e-4)
    assert_allclose(nearly.intercept_, free.intercept_, atol=1e-4)
    penalised = LinearSVC("hinge", random_state=0).fit(X, y)
    assert abs(penalised.intercept_[0]) < abs(free.intercept_[0])


def test_coordinate_descent_alone_gives_the_same(monkeypatch):
    X, y = make_classification(150, 4, n_informative=3, n_redundant=0, flip_y=0.1, random_state=0)
    exact = LinearSVC("hinge", random_state=0).fit(X, y)
    monkeypatch.setattr(active_set, "WIDEST", 0)
    passes = LinearSVC("hinge", random_state=0, tol=1e-6, max_iter=20_000).fit(X, y)
    assert exact.n_iter_ < passes.n_iter_
    assert_allclose(passes.coef_, exact.coef_, atol=1e-5)


@BOTH
def test_weights_count_rows(loss):
    X, y = make_classification(100, 4, flip_y=0.1, random_state=0)
    weights = np.random.default_rng(1).integers(0, 3, 100)
    weighted = LinearSVC(loss, random_state=0).fit(X, y, weights)
    repeated = LinearSVC(loss, random_state=0).fit(np.repeat(X, weights, axis=0), np.repeat(y, weights))
    assert_allclose(weighted.coef_, repeated.coef_, atol=1e-8)
    balanced = LinearSVC(loss, class_weight="balanced", random_state=0).fit(X, y)
    theirs = sklearn.svm.LinearSVC(
        loss=loss, class_weight="balanced", dual=True, tol=1e-8, max_iter=200_000, random_state=0
    ).fit(X, y)
    assert_allclose(balanced.coef_, theirs.coef_, atol=1e-4)


@BOTH
def test_separable_data_and_too_few_steps(loss):
    X = np.array([[-2.0], [-1.0], [1.0], [2.0]])
    y = np.array(["a", "a", "b", "b"])
    model = LinearSVC(loss, C=1e3, random_state=0).fit(X, y)
    assert model.predict(X).tolist() == y.tolist()
    assert model.coef_[0, 0] == pytest.approx(1, abs=2e-3)
    noisy, labels = make_classification(100, 4, flip_y=0.3, random_state=0)
    with pytest.warns(ConvergenceWarning, match="max_iter=1 "):
        LinearSVC(loss, max_iter=1, random_state=0).fit(noisy, labels)


def test_words_that_are_refused():
    for options, words in (
        ({"loss": "log"}, "loss is 'log'"),
        ({"C": -1}, "C is -1"),
        ({"max_iter": 0}, "max_iter is 0"),
    ):
        with pytest.raises(ValueError, match=words):
            LinearSVC(**options).fit([[0.0], [1.0]], [0, 1])
    with pytest.raises(ValueError, match="greater than one"):
        LinearSVC().fit([[0.0], [1.0]], [1, 1])


@BOTH
def test_trace_lowers_the_objective(loss):
    X, y = make_classification(100, 4, flip_y=0.1, random_state=0)
    records = [record for record in LinearSVC(loss, random_state=0).trace(X, y) if record.name == "weights"]
    assert len(records) > 2
    values = [float(record.note.split()[-1]) for record in records]
    assert values[-1] < values[0]
    if loss == "squared_hinge":
        assert np.all(np.diff(values) <= 1e-9)
        assert np.linalg.norm(records[-1].gradient) <= 1e-4 * np.linalg.norm(records[0].gradient)
