"""Sequences of several lengths: padded to one, or packed without padding."""

from __future__ import annotations

# Arrays are Any here: formulas are lambdas over arrays and tensors alike.
# pyright: reportUnknownLambdaType=false, reportUnknownArgumentType=false
# pyright: reportUnknownVariableType=false, reportUnknownMemberType=false
from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np

from pellucid.torch import dtypes
from pellucid.torch.creation import full
from pellucid.torch.ops.index import index_put
from pellucid.torch.ops.joining import cat, stack
from pellucid.torch.tensor import Tensor, memory, wrap


class PackedSequence(NamedTuple):
    """All elements, time by time, the longest sequence first; batch_sizes says how many sequences go on at each time."""

    data: Tensor
    batch_sizes: Tensor
    sorted_indices: Tensor | None = None
    unsorted_indices: Tensor | None = None

    def to(self, *args: Any, **kwargs: Any) -> PackedSequence:
        """The elements in another type; the device is always the CPU."""
        return self._replace(data=self.data.to(*args, **kwargs))

    def cpu(self) -> PackedSequence:
        """The sequence itself."""
        return self


def __getattr__(name: str) -> Any:
    from pellucid.torch.absent import missing_name

    raise missing_name("torch.nn.utils.rnn", name, globals())


def places_of(batch_sizes: Tensor) -> tuple[Tensor, Tensor]:
    """The time and the sequence of each packed element."""
    sizes = memory(batch_sizes).astype(np.intp)  # of 32 bits in the browser, where NumPy repeats by no others
    times: Any = np.repeat(np.arange(sizes.size), sizes)
    rows: Any = np.concatenate([np.arange(n) for n in sizes])
    return wrap(times.astype(np.int64), dtypes.int64), wrap(rows.astype(np.int64), dtypes.int64)


def spread_out(packed: PackedSequence) -> tuple[Tensor, Any]:
    """(T, N, …) with zeros where sequences have ended, and where they have not: (T, N, 1)."""
    sizes = memory(packed.batch_sizes)
    times, rows = places_of(packed.batch_sizes)
    blank = packed.data.new_zeros(sizes.size, int(sizes[0]), *packed.data.array.shape[1:])
    active: Any = (np.arange(sizes[0]) < sizes[:, None])[..., None]
    return index_put(blank, (times, rows), packed.data), active


def pad_sequence(
    sequences: Sequence[Tensor],
    batch_first: bool = False,
    padding_value: float = 0.0,
    padding_side: str = "right",
) -> Tensor:
    """Sequences (length, …) of several lengths as one tensor (T, N, …), or (N, T, …) with batch_first."""
    if padding_side not in ("right", "left"):
        raise ValueError(f"padding_side must be 'right' or 'left', not {padding_side!r}")
    longest = max(len(s) for s in sequences)
    padded: list[Tensor] = []
    for s in sequences:
        missing = longest - len(s)
        blank = full((missing, *s.array.shape[1:]), padding_value, dtype=s.dtype)
        parts = [s, blank] if padding_side == "right" else [blank, s]
        padded.append(cat(parts, 0) if missing else s)
    out = stack(padded, 0)
    return out if batch_first else out.transpose(0, 1).contiguous()


def unpad_sequence(padded_sequences: Tensor, lengths: Any, batch_first: bool = False) -> list[Tensor]:
    """The sequences without their padding."""
    x = padded_sequences if batch_first else padded_sequences.transpose(0, 1)
    return [x[k][:n] for k, n in enumerate(np.asarray(lengths_of(lengths)).tolist())]


def lengths_of(lengths: Any) -> Any:
    """Lengths as an array."""
    return memory(lengths) if isinstance(lengths, Tensor) else np.array(lengths, np.int64)


def pack_padded_sequence(
    input: Tensor, lengths: Any, batch_first: bool = False, enforce_sorted: bool = True
) -> PackedSequence:
    """Pack (T, N, …), or (N, T, …) with batch_first. enforce_sorted: the lengths must fall; else they are sorted here."""
    counts = lengths_of(lengths)
    x = input.transpose(0, 1) if batch_first else input
    if counts.size != x.array.shape[1]:
        raise RuntimeError(
            f"Expected `len(lengths)` to be equal to batch_size, but got {counts.size} (batch_size={x.array.shape[1]})"
        )
    if counts.min() <= 0:
        raise RuntimeError(
            "Length of all samples has to be greater than 0, but found an element in 'lengths' that is <= 0"
        )
    order = back = None
    if enforce_sorted:
        if (np.diff(counts) > 0).any():
            raise RuntimeError(
                "`lengths` array must be sorted in decreasing order when `enforce_sorted` is True. You can pass "
                "`enforce_sorted=False` to pack_padded_sequence and/or pack_sequence to sidestep this requirement if you do "
                "not need ONNX exportability."
            )
    else:
        order = wrap(np.argsort(-counts, kind="stable"), dtypes.int64)
        back = wrap(np.argsort(order.array), dtypes.int64)
        counts = counts[order.array]
        x = x.index_select(1, order)
    sizes: Any = (counts > np.arange(counts[0])[:, None]).sum(axis=1)
    batch_sizes = wrap(sizes.astype(np.int64), dtypes.int64)
    return PackedSequence(x[places_of(batch_sizes)], batch_sizes, order, back)


def pack_sequence(sequences: Sequence[Tensor], enforce_sorted: bool = True) -> PackedSequence:
    """Pack sequences (length, …) of several lengths."""
    lengths = [len(s) for s in sequences]
    return pack_padded_sequence(pad_sequence(sequences), lengths, enforce_sorted=enforce_sorted)


def pad_packed_sequence(
    sequence: PackedSequence,
    batch_first: bool = False,
    padding_value: float = 0.0,
    total_length: int | None = None,
) -> tuple[Tensor, Tensor]:
    """The padded tensor (T, N, …), or (N, T, …) with batch_first, and the lengths."""
    sizes = memory(sequence.batch_sizes)
    longest = sizes.size if total_length is None else total_length
    if longest < sizes.size:
        raise ValueError(
            f"Expected total_length to be at least the length of the longest sequence in input, but got total_length="
            f"{total_length} and max sequence length being {sizes.size}"
        )
    times, rows = places_of(sequence.batch_sizes)
    blank = sequence.data.new_full((longest, int(sizes[0]), *sequence.data.array.shape[1:]), padding_value)
    out = index_put(blank, (times, rows), sequence.data)
    lengths: Any = (sizes[:, None] > np.arange(sizes[0])).sum(axis=0)
    if sequence.unsorted_indices is not None:
        out = out.index_select(1, sequence.unsorted_indices)
        lengths = lengths[sequence.unsorted_indices.array]
    return (out.transpose(0, 1) if batch_first else out), wrap(lengths.astype(np.int64), dtypes.int64)


def unpack_sequence(packed_sequences: PackedSequence) -> list[Tensor]:
    """The sequences (length, …) that were packed."""
    return unpad_sequence(*pad_packed_sequence(packed_sequences, batch_first=True), batch_first=True)


def invert_permutation(permutation: Tensor | None) -> Tensor | None:
    """The order that undoes an order."""
    return (
        None if permutation is None else wrap(np.argsort(memory(permutation)).astype(np.int64), dtypes.int64)
    )
