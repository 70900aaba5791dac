"""Choosing elements by a condition."""

from __future__ import annotations

# Arrays are Any here: formulas are lambdas over arrays and tensors alike.
# pyright: reportUnknownLambdaType=false, reportUnknownArgumentType=false
# pyright: reportUnknownVariableType=false, reportUnknownMemberType=false
from typing import Any

import numpy as np

from pellucid.torch.dtypes import cast, result_type
from pellucid.torch.ops.apply import Operation, apply, check_broadcast, sum_to
from pellucid.torch.tensor import Tensor, wrap


class WhereBackward0(Operation):
    """x where the condition holds, else y."""

    __slots__ = ()

    def forward(self, x: Any, y: Any, condition: Any) -> Any:
        """The chosen elements."""
        self.condition, self.shapes = condition, (x.shape, y.shape)
        return np.where(condition, x, y)

    def pull(self, g: Any) -> tuple[Any, Any]:
        """g where chosen."""
        sx, sy = self.shapes
        return sum_to(masked(g, self.condition), sx), sum_to(masked(g, ~self.condition), sy)


class MaskedBackward0(Operation):
    """x where the mask holds, else 0: unlike a product with the mask, an infinity beside it leaves no NaN."""

    __slots__ = ()

    def forward(self, x: Any, mask: Any) -> Any:
        """The kept elements."""
        self.mask, self.shape = mask, x.shape
        return np.where(mask, x, x.dtype.type(0))

    def pull(self, g: Any) -> tuple[Any]:
        """The same mask."""
        return (sum_to(masked(g, self.mask), self.shape),)


def masked(g: Any, mask: Any) -> Any:
    """g where `mask` (an array or a bool tensor) holds, else 0."""
    return apply(MaskedBackward0, (g,), mask.array if isinstance(mask, Tensor) else mask)


def where(condition: Any, input: Any = None, other: Any = None) -> Any:
    """input where the condition holds, else other. With the condition alone: the places where it holds, as nonzero's tuple."""
    if not isinstance(condition, Tensor):
        if not isinstance(input, Tensor) and not isinstance(other, Tensor):
            return np.where(condition, input, other)
        mask: Any = condition
    else:
        mask = condition.array
        if mask.dtype != np.bool_:
            raise RuntimeError(
                f"where expected condition to be a boolean tensor, but got a tensor with dtype {condition.dtype.legacy}"
            )
    if input is None and other is None:
        from pellucid.torch.ops.selection import nonzero

        return nonzero(condition, as_tuple=True)
    own = result_type(input, other)
    x, y = (t.to(own) if isinstance(t, Tensor) else wrap(cast(np.array(t), own), own) for t in (input, other))
    try:
        return apply(WhereBackward0, (x, y), mask)
    except ValueError:
        check_broadcast(x.array, y.array)
        check_broadcast(mask, np.broadcast(x.array, y.array))
        raise
