import numpy as np
import pandas as pd
import pytest
import sklearn.svm
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.testing import assert_allclose, assert_array_equal
from sklearn.datasets import load_breast_cancer, load_digits, load_iris, load_wine, make_classification
from sklearn.exceptions import ConvergenceWarning

from pellucid.models.svm import SVC

_, ONCE = np.unique(load_iris().data, axis=0, return_index=True)  # of equal rows any may bear the weight
SETS = {
    "iris": tuple(part[np.sort(ONCE)] for part in load_iris(return_X_y=True)),
    "wine": load_wine(return_X_y=True),
    "cancer": load_breast_cancer(return_X_y=True),
    "digits": tuple(part[:400] for part in load_digits(return_X_y=True)),
}
KERNELS = [
    {},
    {"C": 10.0, "gamma": "auto"},
    {"kernel": "poly", "degree": 2, "coef0": 1.0},
    {"kernel": "linear", "C": 0.1},
]


@pytest.mark.parametrize("name", SETS)
@pytest.mark.parametrize("options", KERNELS, ids=str)
def test_all_that_is_learned_is_scikit_learns(name, options):
    X, y = SETS[name]
    X = (X - X.mean(axis=0)) / np.maximum(X.std(axis=0), 1e-3)
    ours = SVC(**options).fit(X, y)
    theirs = sklearn.svm.SVC(**options, tol=1e-9).fit(X, y)
    assert max(kkt.largest_violation for kkt in ours.kkt_) <= 1e-9
    assert_allclose(ours.decision_function(X), theirs.decision_function(X), atol=1e-5)
    assert_array_equal(ours.predict(X), theirs.predict(X))
    assert_allclose(ours.intercept_, theirs.intercept_, atol=1e-5)
    if options.get("kernel") == "linear":
        assert_allclose(ours.coef_, theirs.coef_, atol=1e-6)
        return  # α need not be unique where there are more points on the margin than columns
    assert_array_equal(ours.support_, theirs.support_)
    assert_array_equal(ours.n_support_, theirs.n_support_)
    assert_allclose(ours.support_vectors_, theirs.support_vectors_)
    assert_allclose(ours.dual_coef_, theirs.dual_coef_, atol=1e-4)


@given(
    st.integers(0, 2**31),
    st.integers(6, 60),
    st.integers(2, 4),
    st.sampled_from([0.1, 1.0, 30.0]),
    st.booleans(),
)
@settings(deadline=None, max_examples=150)
def test_drawn_data(seed, n, classes, C, weighted):
    rng = np.random.default_rng(seed)
    X = np.round(rng.normal(size=(n, 3)), rng.integers(0, 4))
    y = rng.integers(0, classes, n)
    y[:classes] = np.arange(classes)
    weights = rng.integers(1, 4, n) * 1.0 if weighted else None
    options = {"C": C, "gamma": 0.5, "decision_function_shape": "ovo"}
    ours = SVC(**options).fit(X, y, weights)
    theirs = sklearn.svm.SVC(**options, tol=1e-8).fit(X, y, weights)
    for kkt in ours.kkt_:
        assert kkt.largest_violation <= 1e-3 and abs(kkt.balance) < 1e-9
    # Without b: where no α is clearly between its bounds, any number of an interval will do for it. The violation judges ours.
    one, other = (model.decision_function(X) - model.intercept_ for model in (ours, theirs))
    assert_allclose(one, other, atol=1e-4 * max(1, C))


@pytest.mark.parametrize("shape", ["ovr", "ovo"])
@pytest.mark.parametrize("ties", [False, True])
def test_shapes_of_decisions(shape, ties):
    X, y = SETS["digits"]
    options = {"decision_function_shape": shape, "gamma": 0.001, "break_ties": ties}
    if ties and shape == "ovo":
        with pytest.raises(ValueError, match="break_ties must be False"):
            SVC(**options).fit(X, y)
        return
    ours, theirs = SVC(**options).fit(X, y), sklearn.svm.SVC(**options, tol=1e-8).fit(X, y)
    assert ours.decision_function(X[:7]).shape == ((7, 45) if shape == "ovo" else (7, 10))
    assert_allclose(ours.decision_function(X), theirs.decision_function(X), atol=1e-6)
    assert_array_equal(ours.predict(X), theirs.predict(X))


@pytest.mark.parametrize("weight", ["balanced", {0: 5.0}, {0: 0.2, 1: 3.0}], ids=str)
def test_class_weight(weight):
    X, y = make_classification(150, 5, weights=[0.8], flip_y=0.1, random_state=0)
    ours = SVC(class_weight=weight).fit(X, y)
    theirs = sklearn.svm.SVC(class_weight=weight, tol=1e-8).fit(X, y)
    assert_allclose(ours.decision_function(X), theirs.decision_function(X), atol=1e-6)


def test_weight_two_is_the_row_twice_and_weight_zero_no_row():
    X, y = make_classification(120, 4, n_informative=3, n_redundant=0, flip_y=0.2, random_state=1)
    weights = np.random.default_rng(0).integers(0, 3, 120)
    weighted = SVC().fit(X, y, weights)
    repeated = SVC().fit(np.repeat(X, weights, axis=0), np.repeat(y, weights))
    assert_allclose(weighted.decision_function(X), repeated.decision_function(X), atol=1e-9)
    assert not np.isin(np.flatnonzero(weights == 0), weighted.support_).any()
    with pytest.raises(ValueError, match="same class"):
        SVC().fit(X, y, (y == 1) * 1.0)


def test_a_function_and_a_matrix_are_the_named_kernel():
    X, y = SETS["iris"]
    X = X - X.mean(axis=0)
    named = SVC(kernel="linear").fit(X, y)
    function = SVC(kernel=lambda A, B: A @ B.T).fit(X, y)
    matrix = SVC(kernel="precomputed").fit(X @ X.T, y)
    for other, rows in ((function, X), (matrix, X @ X.T)):
        assert_allclose(other.decision_function(rows), named.decision_function(X), atol=1e-8)
        assert_array_equal(other.support_, named.support_)
    with pytest.raises(ValueError, match="square"):
        SVC(kernel="precomputed").fit(X, y)


def test_an_indefinite_kernel_meets_the_conditions():
    X, y = SETS["cancer"]
    X = (X - X.mean(axis=0)) / X.std(axis=0)
    for C in (1.0, 100.0):
        (kkt,) = SVC(kernel="sigmoid", C=C).fit(X, y).kkt_
        assert kkt.largest_violation <= 1e-3 and abs(kkt.balance) < 1e-8


def test_the_dual_objective_is_at_least_libsvms():
    X, y = make_classification(400, 10, flip_y=0.1, random_state=0)
    for C in (0.1, 1.0, 50.0):
        ours, theirs = SVC(C=C, gamma=0.1).fit(X, y), sklearn.svm.SVC(C=C, gamma=0.1).fit(X, y)
        beta = theirs.dual_coef_[0]
        K = np.exp(-0.1 * ((theirs.support_vectors_[:, None] - theirs.support_vectors_) ** 2).sum(axis=2))
        value = np.abs(beta).sum() - beta @ K @ beta / 2
        (kkt,) = ours.kkt_
        assert value - 1e-6 * value <= kkt.dual_objective <= value * (1 + 1e-4)
        assert abs(kkt.gap) <= 1e-9 * value
        assert f"{len(kkt.free)} free" in str(kkt)


def test_strings_and_data_frames():
    X, y = load_iris(return_X_y=True, as_frame=True)
    names = y.map({0: "setosa", 1: "versicolor", 2: "virginica"})
    model = SVC().fit(X, names)
    assert model.predict(X.iloc[:1])[0] == "setosa"
    assert model.feature_names_in_.tolist() == X.columns.tolist()
    assert model.score(X, names) > 0.95
    with pytest.raises(ValueError, match="Feature names"):
        model.predict(pd.DataFrame(X).iloc[:, ::-1])


def test_one_class_and_wrong_words():
    X, y = SETS["iris"]
    with pytest.raises(ValueError, match="greater than one"):
        SVC().fit(X[:10], y[:10])
    for options, words in (
        ({"kernel": "cosine"}, "kernel is 'cosine'"),
        ({"C": 0}, "C is 0"),
        ({"tol": -1}, "tol is -1"),
        ({"class_weight": "equal"}, "class_weight is 'equal'"),
        ({"class_weight": {7: 1}}, "names \\[7\\]"),
        ({"class_weight": {0: -1}}, "at least 0"),
        ({"decision_function_shape": "all"}, "decision_function_shape is 'all'"),
    ):
        with pytest.raises(ValueError, match=words):
            SVC(**options).fit(X, y)


def test_too_few_steps_are_said():
    X, y = SETS["wine"]
    with pytest.warns(ConvergenceWarning, match="max_iter=3"):
        model = SVC(max_iter=3).fit(X, y)
    assert model.n_iter_.tolist() == [3, 3, 3]


def test_refitting_forgets():
    X, y = SETS["iris"]
    model = SVC(kernel="linear").fit(X, y)
    model.set_params(kernel="rbf").fit(X[:100], y[:100])
    assert not hasattr(model, "coef_")
    assert model.dual_coef_.shape[0] == 1


def test_trace_shows_what_fit_does():
    X, y = make_classification(80, 4, flip_y=0.1, random_state=0)
    model = SVC().fit(X, y)
    records = {record.name: record for record in SVC().trace(X, y)}
    assert records["kernel matrix"].shape == (80, 80)
    assert records["working sets"].shape == (model.n_iter_[0], 2)
    assert np.all(np.diff(records["dual objective"].value) >= 0)
    assert records["dual objective"].value[-1] <= model.kkt_[0].dual_objective + 1e-9
    assert records["rounds"].value[-1] == 0
    assert_allclose(records["intercept"].value, model.intercept_[0])
    assert_array_equal(records["support vectors"].value, model.support_)
    assert_array_equal(records["dual coefficients"].value[model.support_], model.dual_coef_[0])
