"""Dropout layers: active in training mode only."""

from __future__ import annotations

# Arrays are Any here: formulas are lambdas over arrays and tensors alike.
# pyright: reportUnknownLambdaType=false, reportUnknownArgumentType=false
# pyright: reportUnknownVariableType=false, reportUnknownMemberType=false
from typing import Any

from pellucid.torch.nn import functional as F
from pellucid.torch.nn.modules.module import Module
from pellucid.torch.tensor import Tensor


class Dropout(Module):
    """In training, each element is zero with probability p, else divided by 1 − p (Srivastava et al. 2014)."""

    function: Any = staticmethod(F.dropout)

    def __init__(self, p: float = 0.5, inplace: bool = False) -> None:
        super().__init__()
        if not 0 <= p <= 1:
            raise ValueError(f"dropout probability has to be between 0 and 1, but got {p}")
        self.p, self.inplace = p, inplace

    def forward(self, input: Tensor) -> Tensor:
        """The input, in training with zeros."""
        return self.function(input, self.p, self.training, self.inplace)

    def extra_repr(self) -> str:
        """The probability."""
        return f"p={self.p}, inplace={self.inplace}"


class Dropout1d(Dropout):
    """Whole channels of (n, c, l)."""

    function = staticmethod(F.dropout1d)


class Dropout2d(Dropout):
    """Whole channels of (n, c, h, w)."""

    function = staticmethod(F.dropout2d)


class Dropout3d(Dropout):
    """Whole channels of (n, c, d, h, w)."""

    function = staticmethod(F.dropout3d)


class AlphaDropout(Dropout):
    """Dropout that keeps mean 0 and variance 1, for SELU."""

    function = staticmethod(F.alpha_dropout)


class FeatureAlphaDropout(Dropout):
    """AlphaDropout of whole channels."""

    function = staticmethod(F.feature_alpha_dropout)
