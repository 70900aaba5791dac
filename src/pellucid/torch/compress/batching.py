"""Sequences of several lengths in one batch: padded, with a mask that keeps the padding from counting."""

from __future__ import annotations

# pyright: reportUnknownArgumentType=false, reportUnknownVariableType=false, reportUnknownMemberType=false
from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

import numpy as np

from pellucid.torch import dtypes
from pellucid.torch.nn.utils.rnn import pad_sequence
from pellucid.torch.tensor import Tensor, memory, wrap


class Batch(NamedTuple):
    """Padded sequences (N, T, …); mask (N, T), True where padding is, as key_padding_mask wants it; the lengths."""

    data: Tensor
    mask: Tensor
    lengths: list[int]

    @property
    def waste(self) -> float:
        """The share of the batch that is padding."""
        return 1 - sum(self.lengths) / max(memory(self.mask).size, 1)


def pad_batch(sequences: Sequence[Tensor], padding_value: float = 0.0) -> Batch:
    """Sequences (length, …) as one batch."""
    if not sequences:
        raise ValueError("a batch needs at least one sequence")
    lengths = [len(s) for s in sequences]
    mask: Any = np.arange(max(lengths)) >= np.array(lengths)[:, None]  # (N, T)
    return Batch(
        pad_sequence(sequences, batch_first=True, padding_value=padding_value),
        wrap(mask, dtypes.bool_),
        lengths,
    )


def masked_mean(x: Tensor, mask: Tensor) -> Tensor:
    """The mean over the time of what is not padding: (N, T, E), mask (N, T) → (N, E)."""
    kept = (~mask).to(x.dtype).unsqueeze(-1)  # (N, T, 1)
    if not memory(kept.sum(1)).all():
        raise ValueError("a sequence of padding only has no mean")
    return (x * kept).sum(1) / kept.sum(1)


def unpad(x: Tensor, lengths: Sequence[int]) -> list[Tensor]:
    """The sequences of a batch (N, T, …), without their padding."""
    return [x[k, :length] for k, length in enumerate(lengths)]


def in_batches(
    model: Callable[[Tensor, Tensor], Tensor],
    sequences: Sequence[Tensor],
    batch_size: int,
    padding_value: float = 0.0,
) -> list[Tensor]:
    """model(data, mask) on sequences, `batch_size` at a time; the outputs (length, …) or (…) in the sequences' order.

    Those of like length come together, so that little is padding. An output (N, T, …) is cut to the lengths.
    """
    if batch_size < 1:
        raise ValueError(f"batch_size must be at least 1, not {batch_size}")
    order = sorted(range(len(sequences)), key=lambda k: len(sequences[k]))
    outputs: dict[int, Tensor] = {}
    for start in range(0, len(order), batch_size):
        places = order[start : start + batch_size]
        batch = pad_batch([sequences[k] for k in places], padding_value)
        out = model(batch.data, batch.mask)
        timed = out.dim() > 2 and out.shape[1] == batch.data.shape[1]
        parts = unpad(out, batch.lengths) if timed else list(out)
        outputs.update(zip(places, parts, strict=True))
    return [outputs[k] for k in range(len(sequences))]
