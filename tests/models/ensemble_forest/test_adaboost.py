"""AdaBoost (SAMME) against scikit-learn's, round by round, and against its laws."""

from __future__ import annotations

import numpy as np
import pytest
import sklearn.ensemble as oracle
import sklearn.tree as their_tree
from sklearn import datasets
from sklearn.neighbors import KNeighborsClassifier

from pellucid.models.ensemble import AdaBoostClassifier
from pellucid.models.ensemble.adaboost import vote
from pellucid.models.tree import DecisionTreeClassifier


def two_classes():
    return datasets.make_classification(400, 6, n_informative=4, flip_y=0.1, random_state=1)


def three_classes():
    return datasets.make_classification(400, 8, n_informative=6, n_classes=3, flip_y=0.1, random_state=2)


def as_float32(load):
    X, y = load()
    return X.astype(np.float32).astype(np.float64), y


@pytest.fixture(params=[two_classes, three_classes], scope="module")
def fitted(request):
    X, y = as_float32(request.param)
    weights = np.random.default_rng(0).random(len(y)) + 0.5  # so that no two cuts gain the same
    ours = AdaBoostClassifier(n_estimators=25, random_state=0).fit(X, y, sample_weight=weights)
    theirs = oracle.AdaBoostClassifier(n_estimators=25, random_state=0).fit(X, y, sample_weight=weights)
    return ours, theirs, X, y, weights


def test_stumps_votes_and_errors_are_scikit_learns(fitted):
    ours, theirs, *_ = fitted
    for mine, known in zip(ours.estimators_, theirs.estimators_, strict=True):
        assert np.array_equal(mine.tree_.feature, known.tree_.feature)
        assert np.array_equal(mine.tree_.threshold, known.tree_.threshold)
    np.testing.assert_allclose(ours.estimator_weights_, theirs.estimator_weights_, rtol=0, atol=1e-10)
    np.testing.assert_allclose(ours.estimator_errors_, theirs.estimator_errors_, rtol=0, atol=1e-10)
    np.testing.assert_allclose(ours.feature_importances_, theirs.feature_importances_, atol=1e-10)


def test_what_is_said_of_rows_is_scikit_learns(fitted):
    ours, theirs, X, y, weights = fitted
    for ask in ("decision_function", "predict_proba", "predict_log_proba"):
        np.testing.assert_allclose(getattr(ours, ask)(X), getattr(theirs, ask)(X), atol=1e-10)
    assert np.array_equal(ours.predict(X), theirs.predict(X))
    stages = zip(ours.staged_predict(X), theirs.staged_predict(X), strict=True)
    assert all(np.array_equal(mine, known) for mine, known in stages)
    mine, known = (list(each.staged_score(X, y, sample_weight=weights)) for each in (ours, theirs))
    np.testing.assert_allclose(mine, known)


@pytest.mark.parametrize("rate", [0.3, 1.5])
def test_learning_rate(rate):
    X, y = as_float32(three_classes)
    ours = AdaBoostClassifier(n_estimators=8, learning_rate=rate).fit(X, y)
    theirs = oracle.AdaBoostClassifier(n_estimators=8, learning_rate=rate, random_state=0).fit(X, y)
    np.testing.assert_allclose(ours.estimator_weights_, theirs.estimator_weights_, atol=1e-10)


def test_deeper_trees_by_scikit_learn_boosted_by_us():
    """The same learners in both: what is ours is the boosting alone."""
    X, y = three_classes()
    learner = their_tree.DecisionTreeClassifier(max_depth=3, max_features=None)
    ours = AdaBoostClassifier(learner, n_estimators=15, random_state=0).fit(X, y)
    theirs = oracle.AdaBoostClassifier(learner, n_estimators=15, random_state=0).fit(X, y)
    np.testing.assert_allclose(ours.estimator_weights_, theirs.estimator_weights_, atol=1e-10)
    np.testing.assert_allclose(ours.predict_proba(X), theirs.predict_proba(X), atol=1e-10)


def test_after_a_round_its_learner_is_at_chance():
    """With learning rate 1 the new weights make the last learner useless: its error is 1 − 1/c."""
    X, y = three_classes()
    told = AdaBoostClassifier(n_estimators=6).trace(X, y)
    weights = [each.value for each in told if each.name == "weights"]
    wrong = [each.value for each in told if each.name.endswith("wrong")]
    errors = [float(each.value) for each in told if each.name.endswith("error")]
    for before, after, miss, error in zip(weights[:-1], weights[1:], wrong, errors, strict=True):
        assert np.sum(before * miss) == pytest.approx(error)
        assert np.sum(after * miss) == pytest.approx(1 - 1 / 3)
        assert after.sum() == pytest.approx(1)


def test_the_vote_is_nothing_at_chance_and_one_for_no_error():
    assert vote(0.5, 2, 1.0) == pytest.approx(0)
    assert vote(2 / 3, 3, 1.0) == pytest.approx(0)
    assert vote(0.2, 2, 0.5) == pytest.approx(np.log(2))
    assert vote(0.0, 2, 0.1) == 1


def test_training_error_obeys_the_bound():
    """Freund and Schapire (1997), theorem 6: error ≤ ∏ 2√(ε(1 − ε))."""
    X, y = two_classes()
    model = AdaBoostClassifier(n_estimators=40).fit(X, y)
    bound = np.cumprod(2 * np.sqrt(model.estimator_errors_ * (1 - model.estimator_errors_)))
    scores = np.array(list(model.staged_score(X, y)))
    assert (1 - scores <= bound + 1e-12).all()
    assert scores[-1] > scores[0]


def test_it_ends_when_a_learner_makes_no_error():
    X, y = datasets.load_iris(return_X_y=True)
    model = AdaBoostClassifier(DecisionTreeClassifier(), n_estimators=10).fit(X, y)
    assert len(model.estimators_) == 1
    assert np.array_equal(model.estimator_weights_[:2], [1, 0])
    assert np.array_equal(model.estimator_errors_[:2], [0, 1])
    assert model.score(X, y) == 1


def test_it_ends_when_a_learner_is_no_better_than_chance():
    X, y = np.array([[0.0], [0.0], [1.0], [1.0]]), [0, 1, 0, 1]
    with pytest.raises(ValueError, match="no better than chance with 2 classes"):
        AdaBoostClassifier().fit(X, y)


def test_learners_draw_by_the_seed():
    X, y = two_classes()
    stump = DecisionTreeClassifier(max_depth=1, max_features=1)
    one, same, other = (
        AdaBoostClassifier(stump, n_estimators=12, random_state=s).fit(X, y) for s in (0, 0, 1)
    )
    roots = [[each.tree_.feature[0] for each in model.estimators_] for model in (one, same, other)]
    assert roots[0] == roots[1] != roots[2]
    assert len(set(roots[0])) > 2
    assert stump.random_state is None


def test_the_story_of_a_round():
    X, y = two_classes()
    told = {each.name: each for each in AdaBoostClassifier(n_estimators=2).trace(X, y)}
    assert {"round 0: wrong", "round 0: error", "round 0: vote", "round 1: vote"} <= told.keys()
    assert "≤" in told["round 0: wrong"].note


@pytest.mark.parametrize(
    ("model", "said"),
    [
        (AdaBoostClassifier(n_estimators=0), "n_estimators"),
        (AdaBoostClassifier(learning_rate=0), "learning_rate must be a number above 0"),
        (AdaBoostClassifier(KNeighborsClassifier()), "KNeighborsClassifier doesn't support sample_weight"),
    ],
)
def test_errors_name_the_parameter(model, said):
    with pytest.raises(ValueError, match=said):
        model.fit(*two_classes())
