"""scikit-learn's own checks of an estimator."""

from __future__ import annotations

import warnings

import pytest
from sklearn.utils.estimator_checks import parametrize_with_checks

from pellucid.models.ensemble import AdaBoostClassifier, RandomForestClassifier, RandomForestRegressor
from pellucid.models.tree import DecisionTreeClassifier

BY_CHANCE = (
    "weights are chances with which rows are drawn: equal to repeated rows in distribution, not draw for draw"
)


def expected_to_fail(estimator):
    drawn = getattr(estimator, "bootstrap", False)
    return {"check_sample_weight_equivalence_on_dense_data": BY_CHANCE} if drawn else {}


with warnings.catch_warnings():
    warnings.simplefilter("ignore")  # that ours do not inherit from BaseEstimator is meant
    contract = parametrize_with_checks(
        [
            RandomForestClassifier(n_estimators=10),
            RandomForestClassifier(n_estimators=5, bootstrap=False, criterion="entropy", max_bins=16),
            RandomForestRegressor(n_estimators=10),
            RandomForestRegressor(n_estimators=5, bootstrap=False, max_features=1),
            AdaBoostClassifier(n_estimators=5),
            AdaBoostClassifier(DecisionTreeClassifier(max_depth=2), n_estimators=3, learning_rate=0.5),
        ],
        expected_failed_checks=expected_to_fail,
    )


@pytest.mark.filterwarnings("ignore")
@contract
def test_contract(estimator, check):
    check(estimator)
