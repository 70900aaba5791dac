"""A pytest plugin: scikit-learn's own test files find Pellucid's classes under scikit-learn's names.

    pytest -p ours_for_theirs --pyargs sklearn.tree.tests.test_tree

Only the public names of packages are exchanged, after all of scikit-learn is imported: what it uses within stays its own.
"""

from __future__ import annotations

import importlib
import inspect
from typing import Any

PACKAGES = {
    "sklearn.tree": ("pellucid.models.tree", ("DecisionTreeClassifier", "DecisionTreeRegressor")),
    "sklearn.ensemble": (
        "pellucid.models.ensemble",
        (
            "RandomForestClassifier",
            "RandomForestRegressor",
            "AdaBoostClassifier",
            "GradientBoostingClassifier",
            "GradientBoostingRegressor",
            "HistGradientBoostingClassifier",
            "HistGradientBoostingRegressor",
        ),
    ),
    "sklearn.linear_model": (
        "pellucid.models.linear_model",
        ("LinearRegression", "Ridge", "Lasso", "LogisticRegression", "lasso_path"),
    ),
    "sklearn.svm": ("pellucid.models.svm", ("SVC", "LinearSVC")),
    "sklearn.decomposition": ("pellucid.models.decomposition", ("PCA",)),
}

LISTED_EARLY = ("PCA",)
"""Those that a test file makes while it is collected, with parameters that ours does not have."""


def pytest_configure() -> None:
    for theirs in PACKAGES:
        importlib.import_module(theirs)
    for theirs, (ours, names) in PACKAGES.items():
        package, own = importlib.import_module(theirs), importlib.import_module(ours)
        for name in names:
            model = getattr(own, name)
            setattr(package, name, refusing_late(model) if name in LISTED_EARLY else model)


class Refused:
    """In place of a model that was asked for with a parameter that ours does not have: fails where it is used."""

    def __init__(self, error: AttributeError) -> None:
        object.__setattr__(self, "error", error)

    def __getattribute__(self, name: str) -> Any:
        if name == "__class__":
            return Refused
        raise object.__getattribute__(self, "error")


def refusing_late(model: Any) -> Any:
    """The class itself, but that such a file loses one case, not all its tests."""

    def make(cls: type[Any], *args: Any, **parameters: Any) -> Any:
        try:
            inspect.signature(model).bind(*args, **parameters)
        except TypeError as error:
            name = str(error).rpartition(" ")[2].strip("'")
            return Refused(AttributeError(f"{model.__name__} got an unexpected keyword argument '{name}'"))
        return object.__new__(cls)

    body = {"__new__": make, "__signature__": inspect.signature(model), "__module__": model.__module__}
    return type(model.__name__, (model,), body | {"__doc__": model.__doc__})
