"""What every model shares: parameters, names of features, a trace, and scikit-learn's contract without importing scikit-learn."""

from __future__ import annotations

import inspect
import sys
import warnings
from copy import deepcopy
from typing import Any, ClassVar, Self, cast

import numpy as np

from pellucid.models.trace import Record, Recorder, See, unseen
from pellucid.models.validation import Floats, check_is_fitted, check_rows, kind_also_of


class Estimator:
    """A model with parameters given to `__init__` and results kept in attributes that end in an underscore.

    A subclass writes `_fit(X, y, sample_weight, see)`, in which `see` is told every intermediate. `fit` calls it with `unseen`,
    `trace` with a recorder: what a reader sees is what the fit does.
    """

    _kind: ClassVar[str | None] = None
    """scikit-learn's name for what this is: "classifier", "regressor", "transformer", "clusterer", or None."""
    _needs_y: ClassVar[bool] = True
    _deterministic: ClassVar[bool] = True

    n_features_in_: int

    def _fit(self, X: Any, y: Any, sample_weight: Any, see: See) -> None:
        raise NotImplementedError

    def trace(self, X: Any, y: Any = None, sample_weight: Any = None) -> tuple[Record, ...]:
        """Every intermediate of a fit to this data, in order. The model itself is not changed."""
        see = Recorder()
        model = type(self)(**deepcopy(self.get_params(deep=False)))
        model._fit(X, y, sample_weight, see)
        return tuple(see.records)

    @classmethod
    def _parameter_names(cls) -> list[str]:
        return sorted(name for name in inspect.signature(cls).parameters)

    def get_params(self, deep: bool = True) -> dict[str, Any]:
        """The parameters by name; with `deep`, those of models among them too, as `outer__inner`."""
        found: dict[str, Any] = {}
        for name in self._parameter_names():
            value = getattr(self, name)
            found[name] = value
            if deep and hasattr(value, "get_params") and not isinstance(value, type):
                inner = cast(dict[str, Any], value.get_params())
                found |= {f"{name}__{key}": each for key, each in inner.items()}
        return found

    def set_params(self, **params: Any) -> Self:
        """Changes parameters by name; ValueError for a name that this model does not have."""
        known = self.get_params(deep=True)
        for key, value in params.items():
            name, _, inner = key.partition("__")
            if name not in known:
                have = ", ".join(self._parameter_names())
                raise ValueError(f"Invalid parameter {name!r} for {type(self).__name__}. It has: {have}.")
            if inner:
                getattr(self, name).set_params(**{inner: value})
            else:
                setattr(self, name, value)
        return self

    def __repr__(self) -> str:
        defaults = inspect.signature(type(self)).parameters
        changed = [
            f"{name}={getattr(self, name)!r}"
            for name in defaults
            if not _is_same(getattr(self, name), defaults[name].default)
        ]
        return f"{type(self).__name__}({', '.join(changed)})"

    def _learn_features(self, X: Any, array: Floats) -> None:
        """Keeps how many features there are, and their names where X is a data frame."""
        self.n_features_in_ = array.shape[1]
        names = feature_names(X)
        if names is not None:
            self.feature_names_in_ = names
        elif hasattr(self, "feature_names_in_"):
            del self.feature_names_in_

    def _check_again(self, X: Any, *, fitted: str = "n_features_in_", allow_nan: bool = False) -> Floats:
        """X for a fitted model: the same features in the same order, else a ValueError that names them."""
        check_is_fitted(self, fitted)
        array = check_rows(X, allow_nan=allow_nan)
        if array.shape[1] != self.n_features_in_:
            raise ValueError(
                f"X has {array.shape[1]} features, but {type(self).__name__} is expecting {self.n_features_in_} features as "
                "input: pass the columns that fit saw."
            )
        self._compare_names(feature_names(X))
        return array

    def _compare_names(self, names: Any) -> None:
        known = getattr(self, "feature_names_in_", None)
        if known is None or names is None:
            if (known is None) != (names is None):
                _warn_of_names(type(self).__name__, known is None)
            return
        if list(known) == list(names):
            return
        unseen_names = sorted(set(names) - set(known))
        missing = sorted(set(known) - set(names))
        lines = ["The feature names should match those that were passed during fit."]
        if unseen_names:
            lines += ["Feature names unseen at fit time:", *(f"- {name}" for name in unseen_names)]
        if missing:
            lines += ["Feature names seen at fit time, yet now missing:", *(f"- {name}" for name in missing)]
        if not unseen_names and not missing:
            lines += ["Feature names must be in the same order as they were in fit."]
        raise ValueError("\n".join(lines) + "\n")

    def __sklearn_tags__(self) -> Any:
        """What scikit-learn asks before it uses a model; only that library calls this, so it is loaded then."""
        theirs = cast(Any, sys.modules["sklearn.utils"])
        tags = theirs.Tags(
            estimator_type=self._kind if self._kind != "transformer" else None,
            target_tags=theirs.TargetTags(required=self._needs_y),
            transformer_tags=theirs.TransformerTags() if hasattr(self, "transform") else None,
            classifier_tags=theirs.ClassifierTags() if self._kind == "classifier" else None,
            regressor_tags=theirs.RegressorTags() if self._kind == "regressor" else None,
        )
        tags.non_deterministic = not self._deterministic
        return tags


class Classifier(Estimator):
    """A model that predicts labels."""

    _kind = "classifier"
    classes_: Any

    def fit(self, X: Any, y: Any, sample_weight: Any = None) -> Self:
        """Learns from X (n, d) and labels y (n,)."""
        self._fit(X, y, sample_weight, unseen)
        return self

    def predict(self, X: Any) -> Any:
        """A label for each row (n,)."""
        raise NotImplementedError

    def score(self, X: Any, y: Any, sample_weight: Any = None) -> float:
        """The share of right labels."""
        return float(np.average(np.asarray(self.predict(X)) == np.asarray(y), weights=sample_weight))


class Regressor(Estimator):
    """A model that predicts numbers."""

    _kind = "regressor"

    def fit(self, X: Any, y: Any, sample_weight: Any = None) -> Self:
        """Learns from X (n, d) and targets y (n,)."""
        self._fit(X, y, sample_weight, unseen)
        return self

    def predict(self, X: Any) -> Any:
        """A number for each row (n,)."""
        raise NotImplementedError

    def score(self, X: Any, y: Any, sample_weight: Any = None) -> float:
        """R² = 1 − Σ(y − ŷ)²/Σ(y − ȳ)²: 1 is perfect, 0 no better than the mean, below 0 worse. NaN for one row."""
        targets = np.asarray(y, dtype=np.float64)
        if len(targets) < 2:
            kind = kind_also_of(UserWarning, "UndefinedMetricWarning")
            warnings.warn(kind("R² compares with the mean, so it needs at least two rows."), stacklevel=2)
            return float("nan")
        predicted = np.asarray(self.predict(X), dtype=np.float64)
        mean = np.average(targets, axis=0, weights=sample_weight)
        left = np.average((targets - predicted) ** 2, axis=0, weights=sample_weight)
        whole = np.average((targets - mean) ** 2, axis=0, weights=sample_weight)
        if np.ndim(whole) == 0:
            return float(1 - left / whole) if whole > 0 else float(left == 0)
        return float(np.mean(np.where(whole > 0, 1 - left / np.where(whole > 0, whole, 1), left == 0)))


class Transformer(Estimator):
    """A model that turns rows into other rows."""

    _kind = "transformer"
    _needs_y = False

    def fit(self, X: Any, y: Any = None) -> Self:
        """Learns from X (n, d). y is not looked at: it is there so that pipelines work."""
        self._fit(X, y, None, unseen)
        return self

    def transform(self, X: Any) -> Floats:
        """The rows, turned (n, k)."""
        raise NotImplementedError

    def fit_transform(self, X: Any, y: Any = None) -> Floats:
        """`fit(X)`, then `transform(X)`."""
        return self.fit(X, y).transform(X)


def feature_names(X: Any) -> Any:
    """The column names of a data frame, as an object array (d,); None where X has none or they are not all strings."""
    columns = getattr(X, "columns", None)
    if columns is None:
        return None
    names = np.asarray(columns, dtype=object)
    strings = [isinstance(name, str) for name in names]
    if any(strings) and not all(strings):
        raise TypeError(
            "Feature names are only supported if all input features have string names, but X has other kinds too: "
            "X.columns = X.columns.astype(str)."
        )
    return names if len(names) and all(strings) else None


def _warn_of_names(model: str, fitted_without: bool) -> None:
    if fitted_without:
        warnings.warn(
            f"X has feature names, but {model} was fitted without feature names", UserWarning, stacklevel=4
        )
    else:
        warnings.warn(
            f"X does not have valid feature names, but {model} was fitted with feature names",
            UserWarning,
            stacklevel=4,
        )


def _is_same(value: Any, default: Any) -> bool:
    return value is default or (type(value) is type(default) and bool(np.all(value == default)))
