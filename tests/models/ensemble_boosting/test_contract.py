"""scikit-learn's own checks of an estimator."""

from __future__ import annotations

import warnings

import pytest
from sklearn.utils.estimator_checks import parametrize_with_checks

from pellucid.models.ensemble.gradient_boosting import GradientBoostingClassifier, GradientBoostingRegressor
from pellucid.models.ensemble.histogram_gradient_boosting import (
    HistGradientBoostingClassifier,
    HistGradientBoostingRegressor,
)


def not_by_weight(estimator) -> dict[str, str]:
    """Rows are held out, and counted in a leaf, as rows: a weight of 2 is not two rows there, nor in scikit-learn."""
    stops = (
        getattr(estimator, "n_iter_no_change", None) and getattr(estimator, "early_stopping", True) is True
    )
    counts = isinstance(estimator, GradientBoostingRegressor) and estimator.min_samples_leaf > 1
    return {"check_sample_weight_equivalence_on_dense_data": "counts rows"} if stops or counts else {}


with warnings.catch_warnings():
    warnings.simplefilter("ignore")  # that ours do not inherit from BaseEstimator is meant
    contract = parametrize_with_checks(
        [
            GradientBoostingClassifier(n_estimators=5),
            GradientBoostingClassifier(n_estimators=3, n_iter_no_change=2, random_state=0),
            GradientBoostingRegressor(n_estimators=5),
            GradientBoostingRegressor(n_estimators=5, max_depth=None, min_samples_leaf=3),
            HistGradientBoostingClassifier(max_iter=8),
            HistGradientBoostingClassifier(max_iter=5, min_samples_leaf=5, early_stopping=True),
            HistGradientBoostingRegressor(max_iter=8),
            HistGradientBoostingRegressor(
                max_iter=15, max_leaf_nodes=None, max_depth=3, l2_regularization=1.0
            ),
        ],
        expected_failed_checks=not_by_weight,
    )


@pytest.mark.filterwarnings("ignore")
@contract
def test_contract(estimator, check):
    check(estimator)
