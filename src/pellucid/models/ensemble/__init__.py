"""Models made of many trees: forests by chance, boosting by what went wrong."""

from pellucid.models.ensemble.adaboost import AdaBoostClassifier
from pellucid.models.ensemble.forest import RandomForestClassifier, RandomForestRegressor
from pellucid.models.ensemble.forest_importance import PermutationImportance, permutation_importance
from pellucid.models.ensemble.gradient_boosting import GradientBoostingClassifier, GradientBoostingRegressor
from pellucid.models.ensemble.histogram_gradient_boosting import (
    HistGradientBoostingClassifier,
    HistGradientBoostingRegressor,
)

__all__ = [
    "AdaBoostClassifier",
    "GradientBoostingClassifier",
    "GradientBoostingRegressor",
    "HistGradientBoostingClassifier",
    "HistGradientBoostingRegressor",
    "PermutationImportance",
    "RandomForestClassifier",
    "RandomForestRegressor",
    "permutation_importance",
]
