"""UMAP whole: scikit-learn's contract, maps as good as umap-learn's, new points, a trace."""

import warnings
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from sklearn.datasets import load_digits, load_iris
from sklearn.manifold import trustworthiness
from sklearn.neighbors import KNeighborsClassifier
from sklearn.utils.estimator_checks import parametrize_with_checks

from pellucid.models.manifold import UMAP

DATA = Path(__file__).parent / "data"


with warnings.catch_warnings():
    warnings.simplefilter("ignore")  # that ours do not inherit from BaseEstimator is meant
    contract = parametrize_with_checks(
        [UMAP(n_epochs=30), UMAP(n_epochs=10, n_neighbors=4, metric="manhattan", init="random")]
    )


@pytest.mark.filterwarnings("ignore")
@contract
def test_scikit_learns_contract(estimator, check):
    check(estimator)


@pytest.mark.parametrize(("name", "load"), [("iris", load_iris), ("digits", load_digits)])
def test_maps_are_as_trustworthy_as_umap_learns(name, load):
    X, theirs = load().data, np.load(DATA / "quality.npz")[name]
    ours = [trustworthiness(X, UMAP(random_state=seed).fit_transform(X), n_neighbors=15) for seed in range(3)]
    assert np.mean(ours) >= theirs.mean() - 0.005


def test_new_points_lie_among_their_own():
    X, y = load_digits(return_X_y=True)
    theirs = np.load(DATA / "quality.npz")["new_digits"]
    ours = []
    for seed in range(2):
        model = UMAP(random_state=seed).fit(X[:1000])
        near = KNeighborsClassifier(1).fit(model.embedding_, y[:1000])
        ours.append(near.score(model.transform(X[1000:1300]), y[1000:1300]))
    assert np.mean(ours) >= theirs.mean() - 0.02


def test_a_new_points_place_is_its_own():
    X = load_iris().data
    model = UMAP(n_epochs=60, random_state=0).fit(X[::2])
    new = X[1::2]
    placed = model.transform(new)
    order = np.random.default_rng(0).permutation(len(new))
    np.testing.assert_allclose(model.transform(new[order]), placed[order], rtol=1e-9)
    np.testing.assert_allclose(model.transform(new[3:4]), placed[3:4], rtol=1e-9)


def test_seen_rows_keep_their_places():
    X = load_digits().data[:200]
    model = UMAP(n_epochs=20, random_state=0).fit(X)
    np.testing.assert_array_equal(model.transform(X[50:60]), model.embedding_[50:60])


def test_seeds():
    X = load_iris().data
    first, again = (UMAP(n_epochs=20, random_state=7).fit_transform(X) for _ in range(2))
    np.testing.assert_array_equal(first, again)
    assert not np.array_equal(first, UMAP(n_epochs=20, random_state=8).fit_transform(X))
    assert first.dtype == np.float64


@pytest.mark.parametrize("c", [1, 3, 5])
@pytest.mark.parametrize("init", ["spectral", "random"])
def test_components(c, init):
    X = load_iris().data[:60]
    Y = UMAP(n_components=c, n_epochs=20, init=init, random_state=0).fit_transform(X)
    assert Y.shape == (60, c)
    assert np.isfinite(Y).all()


def test_own_start_and_own_curve():
    X = load_iris().data
    start = X[:, :2]
    model = UMAP(init=start, n_epochs=0, a=1.2, b=0.8).fit(X)
    assert (model.a_, model.b_) == (1.2, 0.8)
    np.testing.assert_allclose(
        model.embedding_, 10 * (start - start.min(0)) / np.ptp(start, axis=0), rtol=1e-6
    )
    assert np.isfinite(model.transform(X + 0.01)).all()


@pytest.mark.parametrize(
    "X",
    [
        np.zeros((20, 3)),
        np.repeat(np.eye(4), 6, axis=0),
        np.concatenate([np.eye(5), 1e8 + np.eye(5)]),
        np.arange(2.0)[:, None],
        np.arange(3.0)[:, None],
        1e-200 * np.random.default_rng(0).standard_normal((30, 2)),
        1e150 * np.random.default_rng(0).standard_normal((30, 2)),
    ],
    ids=["one place", "twins", "two pieces", "two rows", "three rows", "tiny", "huge"],
)
@pytest.mark.filterwarnings("ignore:n_neighbors=")
def test_odd_data(X):
    model = UMAP(n_neighbors=5, n_epochs=20, random_state=0).fit(X)
    assert np.isfinite(model.embedding_).all()
    assert np.isfinite(model.transform(X * 1.01)).all()


def test_intersection_may_leave_rows_alone():
    X = np.random.default_rng(0).standard_normal((40, 3))
    model = UMAP(n_neighbors=3, set_op_mix_ratio=0.0, n_epochs=20, random_state=0).fit(X)
    assert (np.asarray(model.graph_.sum(axis=1)) == 0).any()
    assert np.isfinite(model.embedding_).all()


def test_few_rows_are_said():
    with pytest.warns(UserWarning, match="n_neighbors=15, but X has only 9 rows: 8 are used"):
        UMAP(n_epochs=5, random_state=0).fit(np.random.default_rng(0).standard_normal((9, 2)))


@pytest.mark.parametrize(
    ("setting", "message"),
    [
        ({"n_neighbors": 1}, "n_neighbors=1 must be a whole number from 2"),
        ({"n_neighbors": 5.0}, "n_neighbors=5.0 must be"),
        ({"n_components": 0}, "n_components=0 must be"),
        ({"n_epochs": -1}, "n_epochs=-1 must be"),
        ({"metric": "hamming"}, "metric='hamming' must be one of euclidean"),
        ({"init": "pca"}, "init='pca' must be 'spectral', 'random' or an array"),
        ({"init": np.zeros((3, 2))}, r"init has shape \(3, 2\), but a place for each row is \(20, 2\)"),
        ({"min_dist": 2.0}, "min_dist=2.0 must be between 0 and spread=1.0"),
        ({"spread": 0}, "spread=0 must be above 0"),
        ({"set_op_mix_ratio": 1.5}, "set_op_mix_ratio=1.5 must be between 0 and 1"),
        ({"local_connectivity": -1}, "local_connectivity=-1 must be"),
        ({"negative_sample_rate": -1}, "negative_sample_rate=-1 must be"),
        ({"repulsion_strength": -1}, "repulsion_strength=-1 must be"),
        ({"learning_rate": -1}, "learning_rate=-1 must be"),
        ({"a": 0, "b": 1}, "a=0 must be"),
    ],
)
def test_settings_that_cannot_be(setting, message):
    with pytest.raises(ValueError, match=message):
        UMAP(**setting).fit(np.random.default_rng(0).standard_normal((20, 3)))


def test_trace_tells_every_stage():
    X = pd.DataFrame(load_iris().data, columns=list("abcd"))
    records = UMAP(n_epochs=30, random_state=0).trace(X)
    names = [record.name for record in records]
    for name in (
        "neighbours", "distances", "nearest distance", "scale", "membership", "edges", "graph", "curve", "start",
        "attractive force", "repulsive force", "map",
    ):  # fmt: skip
        assert name in names, name
    model = UMAP(n_epochs=30, random_state=0).fit(X)
    np.testing.assert_array_equal(records[-1].value, model.embedding_)
    np.testing.assert_array_equal(records[names.index("scale")].value, model.sigmas_)
    assert list(model.feature_names_in_) == list("abcd")
