"""A Linear as the product of two thin ones, by the singular value decomposition.

Source: Eckart and Young 1936: no matrix of rank r is nearer to W, in the Frobenius norm, than the first r terms of its
decomposition, and the distance is the root of the sum of the other singular values' squares.
"""

from __future__ import annotations

# pyright: reportUnknownArgumentType=false, reportUnknownVariableType=false, reportUnknownMemberType=false
from typing import Any

import numpy as np

from pellucid.torch.compress.replacing import is_linear, replaced
from pellucid.torch.dtypes import cast
from pellucid.torch.nn.modules.container import Sequential
from pellucid.torch.nn.modules.linear import Linear
from pellucid.torch.nn.modules.module import Module
from pellucid.torch.nn.parameter import Parameter
from pellucid.torch.tensor import memory, wrap


def rank_for(values: Any, energy: float) -> int:
    """How many of the singular values, the largest first, hold at least this share of the sum of all squares."""
    if not 0 < energy <= 1:
        raise ValueError(f"energy must be above 0 and at most 1, not {energy}")
    share = np.cumsum(np.square(np.asarray(values, np.float64)))
    if not share[-1]:
        return 1
    return (
        int(np.searchsorted(share / share[-1], energy - 1e-15) + 1)
        if energy < 1
        else int(np.count_nonzero(values))
    )


def factorize(linear: Any, rank: int | None = None, energy: float | None = None) -> Sequential:
    """Linear(in, r, bias=False) and Linear(r, out), whose product is the best approximation of this rank to the layer's weight.

    The rank is given, or is the least that holds the share `energy` of the squares. The parameters, r·(in + out) instead of
    in·out, are fewer where r is below in·out/(in + out).
    """
    if (rank is None) == (energy is None):
        raise ValueError("give rank or energy, one of them")
    weight = memory(linear.weight)  # (out, in)
    u, s, vt = np.linalg.svd(weight.astype(np.float64), full_matrices=False)
    r = rank_for(s, energy) if energy is not None else int(rank or 0)
    if not 1 <= r <= len(s):
        raise ValueError(
            f"rank must be from 1 to {len(s)} for a weight of shape {list(weight.shape)}, not {r}"
        )
    root = np.sqrt(s[:r])
    own = linear.weight.dtype
    first, second = thin(vt[:r] * root[:, None], own), thin(u[:, :r] * root, own)
    if linear.bias is not None:
        second.bias = Parameter(wrap(memory(linear.bias).copy(), own))
    return Sequential(first, second)


def thin(weight: Any, own: Any) -> Linear:
    """A Linear of this weight and without bias; no random numbers are drawn for it."""
    made: Linear = object.__new__(Linear)
    Module.__init__(made)
    made.out_features, made.in_features = weight.shape
    made.weight = Parameter(wrap(np.ascontiguousarray(cast(weight, own)), own))
    made.register_parameter("bias", None)
    return made


def low_rank(model: Module, rank: int | None = None, energy: float | None = None) -> Any:
    """A copy of a model in which every Linear that becomes smaller by it is factorized."""

    def change(module: Any) -> Module | None:
        if not is_linear(module) or (rank is not None and rank > min(module.weight.shape)):
            return None
        made = factorize(module, rank, energy)
        return made if made[0].out_features * sum(module.weight.shape) < module.weight.numel() else None

    return replaced(model, change, "Linear layer that would become smaller")
