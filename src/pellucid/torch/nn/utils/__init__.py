"""torch.nn.utils: clipping of gradients, parameters as one vector, sequences of several lengths, pruning."""

from __future__ import annotations

from typing import Any

from pellucid.torch.nn.utils import prune, rnn
from pellucid.torch.nn.utils.clip_grad import (
    clip_grad_norm_,
    clip_grad_value_,
    clip_grads_with_norm_,
    get_total_norm,
)
from pellucid.torch.nn.utils.vector import parameters_to_vector, vector_to_parameters


def __getattr__(name: str) -> Any:
    from pellucid.torch.absent import missing_name

    raise missing_name("torch.nn.utils", name, globals())


__all__ = [
    "clip_grad_norm_",
    "clip_grad_value_",
    "clip_grads_with_norm_",
    "get_total_norm",
    "parameters_to_vector",
    "prune",
    "rnn",
    "vector_to_parameters",
]
