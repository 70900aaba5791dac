"""Decision trees: impurity, CART as the page has it and as it is fast, pruning."""

from pellucid.models.tree.decision_tree import DecisionTreeClassifier, DecisionTreeRegressor
from pellucid.models.tree.impurity import entropy, gini, information_gain
from pellucid.models.tree.structure import Tree

__all__ = [
    "DecisionTreeClassifier",
    "DecisionTreeRegressor",
    "Tree",
    "entropy",
    "gini",
    "information_gain",
]
