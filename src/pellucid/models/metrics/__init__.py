"""Measures of how good predictions are: of numbers, of labels, of probabilities, of an order."""

from pellucid.models.metrics.classification import (
    accuracy_score,
    confusion_matrix,
    f1_score,
    fbeta_score,
    precision_recall_fscore_support,
    precision_score,
    recall_score,
)
from pellucid.models.metrics.probability import brier_score_loss, calibration_curve, hinge_loss, log_loss
from pellucid.models.metrics.ranking import (
    auc,
    average_precision_score,
    precision_recall_curve,
    roc_auc_score,
    roc_curve,
)
from pellucid.models.metrics.regression import (
    mean_absolute_error,
    mean_squared_error,
    r2_score,
    root_mean_squared_error,
)
from pellucid.models.metrics.report import classification_report
from pellucid.models.metrics.targets import UndefinedMetricWarning

__all__ = [
    "UndefinedMetricWarning",
    "accuracy_score",
    "auc",
    "average_precision_score",
    "brier_score_loss",
    "calibration_curve",
    "classification_report",
    "confusion_matrix",
    "f1_score",
    "fbeta_score",
    "hinge_loss",
    "log_loss",
    "mean_absolute_error",
    "mean_squared_error",
    "precision_recall_curve",
    "precision_recall_fscore_support",
    "precision_score",
    "r2_score",
    "recall_score",
    "roc_auc_score",
    "roc_curve",
    "root_mean_squared_error",
]
