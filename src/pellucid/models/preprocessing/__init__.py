"""Features brought to one scale, with what the training set had: never with what a test set has."""

from pellucid.models.preprocessing.minmax import MinMaxScaler
from pellucid.models.preprocessing.standard import StandardScaler

__all__ = ["MinMaxScaler", "StandardScaler"]
