"""Distances of rows."""

from __future__ import annotations

# Arrays are Any here: formulas are lambdas over arrays and tensors alike.
# pyright: reportUnknownLambdaType=false, reportUnknownArgumentType=false
# pyright: reportUnknownVariableType=false, reportUnknownMemberType=false
import math
from typing import Any

import numpy as np

from pellucid.torch import dtypes
from pellucid.torch.ops.apply import Operation, apply, sum_to
from pellucid.torch.ops.choice import masked
from pellucid.torch.ops.elementwise import sgn
from pellucid.torch.ops.norms import vector_norm
from pellucid.torch.ops.views import unsqueeze
from pellucid.torch.tensor import Tensor, wrap


class CdistBackward0(Operation):
    """The p-norms of all differences of rows."""

    __slots__ = ()

    def forward(self, x: Any, y: Any, p: float) -> Any:
        """(…, n, d), (…, m, d) → (…, n, m)."""
        self.p = p
        difference = x[..., :, None, :] - y[..., None, :, :]
        z = np.linalg.norm(difference, p, axis=-1).astype(x.dtype)
        self.save(x, y, z)
        return z

    def pull(self, g: Any) -> tuple[Any, Any]:
        """The norm's gradient, summed over the other's rows."""
        x, y, z = self.unpack()
        p = self.p
        if p == 0:
            return x * 0, y * 0
        difference = unsqueeze(x, -2) - unsqueeze(y, -3)
        z1, g1 = unsqueeze(z, -1), unsqueeze(g, -1)
        if p == 2:
            part = masked(g1 / z1, z1 != 0) * difference
        else:
            sign = sgn(difference)
            part = g1 * sign if p == 1 else g1 * sign * masked(difference * sign / z1, z1 != 0) ** (p - 1)
        return sum_to(part.sum(-2), x.shape), sum_to(-part.sum(-3), y.shape)


def cdist(x1: Tensor, x2: Tensor, p: float = 2.0, compute_mode: str | None = None) -> Tensor:
    """The distance of each row of x1 to each of x2 in the p-norm; always computed from differences, whatever the compute_mode."""
    if math.isinf(p):
        from pellucid.torch.ops.norms import vector_norm as norm

        return norm(unsqueeze(x1, -2) - unsqueeze(x2, -3), p, -1)
    return apply(CdistBackward0, (x1, x2), float(p))


def pdist(input: Tensor, p: float = 2.0) -> Tensor:
    """The distances of all pairs of rows."""
    i, j = np.triu_indices(input.array.shape[0], 1)
    rows = [wrap(k.astype(np.int64), dtypes.int64) for k in (i, j)]
    return vector_norm(input[rows[0]] - input[rows[1]], p, -1)
