"""How the examples of a batch become tensors."""

from __future__ import annotations

# pyright: reportUnknownArgumentType=false, reportUnknownVariableType=false, reportUnknownMemberType=false
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from pellucid.torch import dtypes
from pellucid.torch.creation import as_tensor, tensor
from pellucid.torch.ops.joining import stack
from pellucid.torch.tensor import Tensor


def default_collate(batch: Any) -> Any:
    """Tensors, arrays and numbers are stacked; tuples and dictionaries part by part; strings stay a list."""
    first = batch[0]
    if isinstance(first, Tensor):
        return stack(list(batch), 0)
    if isinstance(first, (np.ndarray, np.generic)):
        return stack([as_tensor(example) for example in batch], 0)
    if isinstance(first, float):
        return tensor(batch, dtype=dtypes.float64)
    if isinstance(first, int):
        return tensor(batch)
    if isinstance(first, (str, bytes)):
        return batch
    if isinstance(first, Mapping):
        return {key: default_collate([example[key] for example in batch]) for key in first}
    if isinstance(first, Sequence):
        if any(len(example) != len(first) for example in batch):
            raise RuntimeError("each element in list of batch should be of equal size")
        parts = [default_collate(part) for part in zip(*batch, strict=True)]
        if hasattr(first, "_fields"):
            kind: Any = type(first)
            return kind(*parts)
        return parts
    raise TypeError(
        f"default_collate: batch must contain tensors, numpy arrays, numbers, dicts or lists; found {type(first)}"
    )


def default_convert(data: Any) -> Any:
    """NumPy arrays as tensors, all else as it is: for examples that are not batched."""
    if isinstance(data, (np.ndarray, np.generic)):
        return as_tensor(data)
    if isinstance(data, Mapping):
        return {key: default_convert(value) for key, value in data.items()}
    if isinstance(data, tuple) and not hasattr(data, "_fields"):
        return [default_convert(value) for value in data]
    return [default_convert(value) for value in data] if isinstance(data, list) else data
