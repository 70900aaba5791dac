"""Rows to learn from and rows to be judged by: splits, folds and cross-validation."""

from pellucid.models.model_selection.cloning import clone
from pellucid.models.model_selection.cross_validation import (
    cross_val_predict,
    cross_val_score,
    cross_validate,
)
from pellucid.models.model_selection.scoring import SCORERS, Scorer
from pellucid.models.model_selection.split import KFold, StratifiedKFold, train_test_split

__all__ = [
    "SCORERS",
    "KFold",
    "Scorer",
    "StratifiedKFold",
    "clone",
    "cross_val_predict",
    "cross_val_score",
    "cross_validate",
    "train_test_split",
]
