"""First and second derivatives against finite differences."""

from __future__ import annotations

from typing import Any

import pytest

import pellucid.torch as torch
from pellucid.torch.nn import functional as F

CASES: dict[str, tuple[Any, list[tuple[int, ...]]]] = {
    "conv2d": (lambda x, w, b: F.conv2d(x, w, b, 2, 1), [(2, 2, 5, 4), (3, 2, 3, 3), (3,)]),
    "conv_transpose1d": (lambda x, w: F.conv_transpose1d(x, w, None, 2, 1, 1), [(2, 3, 4), (3, 2, 3)]),
    "layer_norm": (lambda x, w, b: F.layer_norm(x, (4,), w, b), [(3, 4), (4,), (4,)]),
    "batch_norm": (lambda x, w, b: F.batch_norm(x, None, None, w, b, True), [(5, 3), (3,), (3,)]),
    "gelu": (F.gelu, [(5,)]),
    "mish": (F.mish, [(5,)]),
    "softplus": (F.softplus, [(5,)]),
    "cross_entropy": (
        lambda x: F.cross_entropy(x, torch.tensor([0, 2, 1]), label_smoothing=0.1),
        [(3, 4)],
    ),
    "mse_loss": (F.mse_loss, [(3,), (3,)]),
    "with_logits": (lambda x, y: F.binary_cross_entropy_with_logits(x, y.sigmoid()), [(3,), (3,)]),
    "max_pool2d": (lambda x: F.max_pool2d(x, 2), [(1, 2, 4, 4)]),
    "avg_pool2d": (lambda x: F.avg_pool2d(x, 3, 2, 1), [(1, 2, 5, 5)]),
    "embedding": (lambda w: F.embedding(torch.tensor([1, 0, 1]), w), [(3, 2)]),
}


@pytest.mark.parametrize("name", CASES)
def test_derivatives_are_those_of_finite_differences(name: str) -> None:
    function, shapes = CASES[name]
    torch.manual_seed(0)
    inputs = [torch.randn(*s, dtype=torch.float64, requires_grad=True) for s in shapes]
    assert torch.autograd.gradcheck(function, inputs)
    assert torch.autograd.gradgradcheck(function, inputs)
