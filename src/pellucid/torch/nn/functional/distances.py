"""Distances and lengths of vectors."""

from __future__ import annotations

# Arrays are Any here: formulas are lambdas over arrays and tensors alike.
# pyright: reportUnknownLambdaType=false, reportUnknownArgumentType=false
# pyright: reportUnknownVariableType=false, reportUnknownMemberType=false
from pellucid.torch.ops import elementwise
from pellucid.torch.ops.distances import cdist, pdist
from pellucid.torch.ops.norms import vector_norm
from pellucid.torch.ops.views import broadcast_tensors
from pellucid.torch.tensor import Tensor


def cosine_similarity(x1: Tensor, x2: Tensor, dim: int = 1, eps: float = 1e-8) -> Tensor:
    """x₁·x₂/(max(|x₁|, eps)·max(|x₂|, eps)) along a dimension."""
    x1, x2 = broadcast_tensors(x1, x2)
    first = x1 / elementwise.clamp_min(vector_norm(x1, 2, dim, True), eps)
    second = x2 / elementwise.clamp_min(vector_norm(x2, 2, dim, True), eps)
    return (first * second).sum(dim)


def pairwise_distance(
    x1: Tensor, x2: Tensor, p: float = 2.0, eps: float = 1e-6, keepdim: bool = False
) -> Tensor:
    """|x₁ − x₂ + eps| in the p-norm, along the last dimension."""
    return vector_norm(x1 - x2 + eps, p, -1, keepdim)


def normalize(input: Tensor, p: float = 2.0, dim: int = 1, eps: float = 1e-12) -> Tensor:
    """x/max(|x|, eps) along a dimension."""
    return input / elementwise.clamp_min(vector_norm(input, p, dim, True), eps).expand_as(input)


__all__ = ["cdist", "cosine_similarity", "normalize", "pairwise_distance", "pdist"]
