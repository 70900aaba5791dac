"""Rows of a table by number: embedding, one_hot."""

from __future__ import annotations

# Arrays are Any here: formulas are lambdas over arrays and tensors alike.
# pyright: reportUnknownLambdaType=false, reportUnknownArgumentType=false
# pyright: reportUnknownVariableType=false, reportUnknownMemberType=false
from typing import Any

import numpy as np

from pellucid.torch import dtypes
from pellucid.torch.ops.apply import Operation, apply, reshape
from pellucid.torch.ops.choice import masked
from pellucid.torch.ops.index import AddAt
from pellucid.torch.ops.joining import stack
from pellucid.torch.ops.selection import index_add
from pellucid.torch.tensor import Tensor, memory, wrap


class EmbeddingBackward0(Operation):
    """Rows of a table."""

    __slots__ = ()

    def forward(self, weight: Any, indices: Any, padding_idx: int, by_frequency: bool) -> Any:
        """weight (V, d), indices (…) → (…, d)."""
        flat = indices.reshape(-1)
        counts: Any = None
        if by_frequency:
            counts = np.bincount(flat.astype(np.intp))[flat][:, None].astype(weight.dtype)
        self.how = weight.shape, indices, padding_idx, counts
        return weight[indices]

    def pull(self, g: Any) -> tuple[Any]:
        """Each row gets the sum of what came out of it, by_frequency the mean; the padding row nothing."""
        shape, indices, padding_idx, counts = self.how
        if padding_idx >= 0:
            g = masked(g, (indices != padding_idx)[..., None])
        rows = reshape(g, (indices.size, shape[1]))
        if counts is not None:
            rows = rows / counts
        return (apply(AddAt, (rows,), shape, (indices.reshape(-1),)),)


def embedding(
    input: Tensor,
    weight: Tensor,
    padding_idx: int | None = None,
    max_norm: float | None = None,
    norm_type: float = 2.0,
    scale_grad_by_freq: bool = False,
    sparse: bool = False,
) -> Tensor:
    """Row input[…] of `weight`; padding_idx: a row that gets no gradient; max_norm: rows used are first shortened to that.

    scale_grad_by_freq: gradients divided by how often each number occurs in `input`. sparse=True is refused.
    """
    check_dense(sparse)
    rows = weight.array.shape[0]
    if padding_idx is not None:
        if not -rows <= padding_idx < rows:
            raise AssertionError("Padding_idx must be within num_embeddings")
        padding_idx %= rows
    indices = memory(input)
    if input.dtype.category != 1:
        raise RuntimeError(
            "Expected tensor for argument #1 'indices' to have one of the following scalar types: Long, Int; but got "
            f"torch.{input.dtype.legacy}Tensor instead (while checking arguments for embedding)"
        )
    if indices.size and (indices.min() < 0 or indices.max() >= rows):
        raise IndexError("index out of range in self")
    if max_norm is not None:
        shorten(weight, indices, max_norm, norm_type)
    padding = -1 if padding_idx is None else padding_idx
    return apply(EmbeddingBackward0, (weight,), indices, padding, scale_grad_by_freq)


def check_dense(sparse: bool) -> None:
    """NotImplementedError for gradients that would be sparse tensors."""
    if sparse:
        raise NotImplementedError(
            "sparse=True is absent from pellucid.torch; the gradient of sparse=False has the same numbers"
        )


def embedding_bag(
    input: Tensor,
    weight: Tensor,
    offsets: Tensor | None = None,
    max_norm: float | None = None,
    norm_type: float = 2,
    scale_grad_by_freq: bool = False,
    mode: str = "mean",
    sparse: bool = False,
    per_sample_weights: Tensor | None = None,
    include_last_offset: bool = False,
    padding_idx: int | None = None,
) -> Tensor:
    """The sum, mean or maximum of the rows of each bag: a row of input (n, m), or what lies between offsets in a vector.

    Rows of padding_idx do not count; an empty bag gives zeros.
    """
    if mode not in ("sum", "mean", "max"):
        raise ValueError("mode has to be one of sum, mean or max")
    if per_sample_weights is not None and mode != "sum":
        raise NotImplementedError(
            "embedding_bag: per_sample_weights was not None. per_sample_weights is only supported for mode='sum' "
            f"(got mode='{mode}'). Please open a feature request on GitHub."
        )
    indices = memory(input)
    if indices.ndim == 2:
        if offsets is not None:
            raise ValueError(
                "if input is 2D, then offsets has to be None, as input is treated is a mini-batch of fixed length "
                "sequences."
            )
        bags: Any = np.repeat(np.arange(indices.shape[0]), indices.shape[1])
        count = indices.shape[0]
    else:
        if offsets is None:
            raise ValueError("offsets has to be a 1D Tensor but got None")
        starts: Any = memory(offsets)
        count = starts.size - include_last_offset
        bags = np.searchsorted(starts[:count], np.arange(indices.size), side="right") - 1
    rows = embedding(input, weight, padding_idx, max_norm, norm_type, scale_grad_by_freq, sparse)
    rows = reshape(rows, (indices.size, weight.array.shape[1]))
    if per_sample_weights is not None:
        rows = rows * per_sample_weights.reshape(-1, 1)
    if padding_idx is not None:
        kept: Any = np.flatnonzero(indices.reshape(-1) != padding_idx % weight.array.shape[0])
        rows, bags = rows[wrap(kept, dtypes.int64)], bags[kept]
    start = wrap(np.zeros((count, weight.array.shape[1]), weight.array.dtype), weight.dtype)
    place = wrap(bags.astype(np.int64), dtypes.int64)
    if mode == "max":
        return highest(rows, place, count, start)
    out = index_add(start, 0, place, rows)
    if mode == "sum":
        return out
    sizes: Any = np.maximum(np.bincount(bags, minlength=count), 1).astype(weight.array.dtype)
    return out / wrap(sizes[:, None], weight.dtype)


def highest(rows: Tensor, place: Tensor, count: int, start: Tensor) -> Tensor:
    """The first of the greatest rows of each bag, element by element; zeros for an empty bag."""
    out = [
        start[k] if not found.size else rows[wrap(found, dtypes.int64)].max(0)[0]
        for k, found in enumerate(np.flatnonzero(place.array == k) for k in range(count))
    ]
    return stack(out) if out else start


def shorten(weight: Tensor, indices: Any, max_norm: float, norm_type: float) -> None:
    """Scale the rows in use that are longer than max_norm down to it, in place."""
    used: Any = np.unique(indices)
    lengths: Any = np.linalg.norm(weight.array[used], ord=norm_type, axis=1)
    long = lengths > max_norm
    weight.array[used[long]] *= (max_norm / (lengths[long] + 1e-7))[:, None].astype(weight.array.dtype)
    weight.clock[0] += 1


def one_hot(tensor: Tensor, num_classes: int = -1) -> Tensor:
    """A 1 in the place that each number names: (…) → (…, classes), int64."""
    x = memory(tensor)
    if tensor.dtype is not dtypes.int64:
        raise RuntimeError("one_hot is only applicable to index tensor of type LongTensor.")
    if not x.size and num_classes <= 0:
        raise RuntimeError("Can not infer total number of classes from empty tensor.")
    if x.size and x.min() < 0:
        raise RuntimeError("Class values must be non-negative.")
    if num_classes == -1:
        num_classes = int(x.max()) + 1
    elif x.size and x.max() >= num_classes:
        raise RuntimeError("Class values must be smaller than num_classes.")
    return wrap((x[..., None] == np.arange(num_classes)).astype(np.int64), dtypes.int64)
