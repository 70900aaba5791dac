"""Models made of many trees: forests by chance, boosting by what went wrong."""

from pellucid.models.ensemble.adaboost import AdaBoostClassifier
from pellucid.models.ensemble.forest import RandomForestClassifier, RandomForestRegressor
from pellucid.models.ensemble.forest_importance import PermutationImportance, permutation_importance

__all__ = [
    "AdaBoostClassifier",
    "PermutationImportance",
    "RandomForestClassifier",
    "RandomForestRegressor",
    "permutation_importance",
]
