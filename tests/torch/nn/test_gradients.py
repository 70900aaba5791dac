"""First and second derivatives against finite differences."""

from __future__ import annotations

from typing import Any

import pytest

import pellucid.torch as torch
from pellucid.torch.nn import functional as F


def recurrent(module: Any) -> Any:
    """A layer as a function of its input and first two weights, its output and last states."""
    module.double()

    def function(x: Any, w_x: Any, w_h: Any) -> Any:
        module._parameters |= {"weight_ih_l0": w_x, "weight_hh_l0": w_h}
        out, last = module(x)
        return (out, *last) if isinstance(last, tuple) else (out, last)

    return function


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
    "unfold": (lambda x: F.unfold(x, (2, 3), padding=1, stride=2), [(1, 2, 4, 3)]),
    "fold": (lambda x: F.fold(x, (3, 4), 2), [(1, 4, 6)]),
    "interpolate, bicubic": (lambda x: F.interpolate(x, (3, 5), mode="bicubic"), [(1, 1, 4, 2)]),
    "interpolate, nearest": (lambda x: F.interpolate(x, scale_factor=1.5), [(1, 2, 4)]),
    "grid_sample": (
        lambda x, y: F.grid_sample(x, y.tanh() * 1.2, align_corners=False, padding_mode="reflection"),
        [(1, 2, 3, 4), (1, 2, 2, 2)],
    ),
    "affine_grid": (lambda x: F.affine_grid(x, (1, 1, 2, 3), align_corners=False), [(1, 2, 3)]),
    "embedding_bag": (
        lambda w: F.embedding_bag(torch.tensor([1, 0, 1, 2]), w, torch.tensor([0, 0, 3]), mode="max"),
        [(3, 2)],
    ),
    "lstm": (recurrent(torch.nn.LSTM(2, 2, bidirectional=True)), [(2, 1, 2), (8, 2), (8, 2)]),
    "gru": (recurrent(torch.nn.GRU(2, 2)), [(3, 2, 2), (6, 2), (6, 2)]),
    "rnn": (recurrent(torch.nn.RNN(2, 2, nonlinearity="relu")), [(3, 2, 2), (2, 2), (2, 2)]),
    "embedding": (lambda w: F.embedding(torch.tensor([1, 0, 1]), w), [(3, 2)]),
    "lp_pool1d": (lambda x: F.lp_pool1d(x.exp(), 3.0, 2, 1), [(1, 2, 5)]),
    "max_unpool1d": (lambda x: F.max_unpool1d(x, torch.tensor([[[1, 2], [0, 3]]]), 2), [(1, 2, 2)]),
    "adaptive_max_pool3d": (lambda x: F.adaptive_max_pool3d(x, (1, 2, 1)), [(1, 1, 2, 3, 2)]),
    "multilabel_margin_loss": (
        lambda x: F.multilabel_margin_loss(x, torch.tensor([[0, 2, -1], [1, -1, 0]])),
        [(2, 3)],
    ),
    "triplet_margin_with_distance_loss": (
        lambda a, p, n: F.triplet_margin_with_distance_loss(a, p, n, swap=True, margin=3.0),
        [(2, 3), (2, 3), (2, 3)],
    ),
    "rrelu": (F.rrelu, [(5,)]),
    "channel_shuffle": (lambda x: F.channel_shuffle(x, 2) ** 2, [(1, 4, 2)]),
    "local_response_norm": (lambda x: F.local_response_norm(x, 3, 0.1), [(1, 4, 2)]),
}


@pytest.mark.parametrize("name", CASES)
def test_derivatives_are_those_of_finite_differences(name: str) -> None:
    function, shapes = CASES[name]
    torch.manual_seed(0)
    inputs = [torch.randn(*s, dtype=torch.float64, requires_grad=True) for s in shapes]
    assert torch.autograd.gradcheck(function, inputs)
    assert torch.autograd.gradgradcheck(function, inputs)
