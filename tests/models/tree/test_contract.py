"""scikit-learn's own checks of an estimator."""

from __future__ import annotations

import warnings

import pytest
from sklearn.utils.estimator_checks import parametrize_with_checks

from pellucid.models.tree import DecisionTreeClassifier, DecisionTreeRegressor

with warnings.catch_warnings():
    warnings.simplefilter("ignore")  # that ours do not inherit from BaseEstimator is meant
    contract = parametrize_with_checks(
        [
            DecisionTreeClassifier(),
            DecisionTreeClassifier(criterion="entropy", max_features="sqrt", max_depth=3, ccp_alpha=0.01),
            DecisionTreeRegressor(),
            DecisionTreeRegressor(max_features=0.5, min_impurity_decrease=1e-3),
        ]
    )


@pytest.mark.filterwarnings("ignore")
@contract
def test_contract(estimator, check):
    check(estimator)
