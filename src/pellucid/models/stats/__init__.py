"""Probability and statistics: distributions, moments, tests of significance, and the measures of information.

Everything here is NumPy and arithmetic: no table and no special function of a library stands behind a p-value.
"""

from pellucid.models.stats.correlation import pearsonr, rankdata, spearmanr
from pellucid.models.stats.counts import chi2_contingency, chisquare
from pellucid.models.stats.distributions import ChiSquared, Distribution, FisherF, Normal, StudentT
from pellucid.models.stats.information import (
    MaskedLoss,
    binary_cross_entropy,
    binary_cross_entropy_with_logits,
    categorical_cross_entropy,
    categorical_cross_entropy_with_logits,
    cross_entropy,
    entropy,
    kl_divergence,
    log_sigmoid,
    log_softmax,
    logit,
    logsumexp,
    masked_lm_loss,
    sigmoid,
    softmax,
)
from pellucid.models.stats.location import ttest_1samp, ttest_ind, ttest_rel, ztest_1samp, ztest_ind
from pellucid.models.stats.moments import (
    covariance,
    covariance_matrix,
    expectation,
    standard_deviation,
    variance,
)
from pellucid.models.stats.permutation import permutation_test
from pellucid.models.stats.significance import SignificanceTest
from pellucid.models.stats.spread import f_oneway, ftest_var

__all__ = [
    "ChiSquared",
    "Distribution",
    "FisherF",
    "MaskedLoss",
    "Normal",
    "SignificanceTest",
    "StudentT",
    "binary_cross_entropy",
    "binary_cross_entropy_with_logits",
    "categorical_cross_entropy",
    "categorical_cross_entropy_with_logits",
    "chi2_contingency",
    "chisquare",
    "covariance",
    "covariance_matrix",
    "cross_entropy",
    "entropy",
    "expectation",
    "f_oneway",
    "ftest_var",
    "kl_divergence",
    "log_sigmoid",
    "log_softmax",
    "logit",
    "logsumexp",
    "masked_lm_loss",
    "pearsonr",
    "permutation_test",
    "rankdata",
    "sigmoid",
    "softmax",
    "spearmanr",
    "standard_deviation",
    "ttest_1samp",
    "ttest_ind",
    "ttest_rel",
    "variance",
    "ztest_1samp",
    "ztest_ind",
]
