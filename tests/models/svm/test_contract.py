"""scikit-learn's own checks of an estimator."""

import warnings

import pytest
from sklearn.utils.estimator_checks import parametrize_with_checks

from pellucid.models.svm import SVC, LinearSVC

with warnings.catch_warnings():
    warnings.simplefilter("ignore")  # that ours do not inherit from BaseEstimator is meant
    contract = parametrize_with_checks(
        [SVC(), SVC(kernel="precomputed"), SVC(kernel="linear"), LinearSVC(), LinearSVC("hinge")]
    )


@pytest.mark.filterwarnings("ignore")
@contract
def test_contract(estimator, check):
    check(estimator)
