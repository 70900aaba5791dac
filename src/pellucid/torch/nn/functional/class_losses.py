"""Losses of classes: cross-entropy and what it is made of."""

from __future__ import annotations

# Arrays are Any here: formulas are lambdas over arrays and tensors alike.
# pyright: reportUnknownLambdaType=false, reportUnknownArgumentType=false
# pyright: reportUnknownVariableType=false, reportUnknownMemberType=false
from typing import Any

import numpy as np

from pellucid.torch.dtypes import bool_, dtype_of, int64, uint8
from pellucid.torch.nn.functional.kinds import check_floating
from pellucid.torch.nn.functional.losses import check_reduction, reduced
from pellucid.torch.ops import choice
from pellucid.torch.ops.apply import Operation, apply
from pellucid.torch.ops.exponentials import log_softmax
from pellucid.torch.ops.index import AddAt
from pellucid.torch.tensor import Tensor, wrap


class Placed(AddAt):
    """Zeros, and given elements at places of which none occurs twice."""

    __slots__ = ()

    def forward(self, g: Any, shape: tuple[int, ...], key: Any) -> Any:
        """The sparse array."""
        self.key = key
        whole = np.zeros(shape, g.dtype)
        whole[key] = g
        return whole


class NllLossBackward0(Operation):
    """Minus the log-probabilities of the target classes, each times its class's weight."""

    __slots__ = ()

    def forward(self, x: Any, target: Any, weight: Any, ignore_index: int, reduction: str) -> Any:
        """x (N, C, …) or (C,); target (N, …) or a number; the mean is over the weights of what is not ignored."""
        kept = target != ignore_index
        classes = np.where(kept, target, 0)
        grid: Any = np.indices(target.shape, sparse=True)
        self.key = (classes,) if x.ndim == 1 else (grid[0], classes, *grid[1:])
        self.shape = x.shape
        w = kept.astype(x.dtype) if weight is None else np.where(kept, weight[classes], 0).astype(x.dtype)
        losses = x[self.key] * -w
        if reduction == "none":
            self.counts = -w
            return losses + 0
        whole = w.sum() if reduction == "mean" else 1
        self.counts = -w / whole
        return losses.sum() / whole

    def pull(self, g: Any) -> tuple[Any]:
        """What each target class counted, at its place."""
        return (apply(Placed, (g * self.counts,), self.shape, self.key),)


class NllLoss2DBackward0(NllLossBackward0):
    """The same for pictures."""

    __slots__ = ()


# In the browser NumPy's own whole numbers are of 32 bits: labels made with it are classes there too.
CLASSES = (int64, uint8, dtype_of(np.zeros(0, int)))


def check_classes(input: Tensor, target: Tensor, ignore_index: int) -> None:
    """Raises torch's errors for class indices that do not go with the input."""
    x, t = input.array, target.array
    if x.ndim == 0 or x.ndim != t.ndim + 1:
        if x.ndim == t.ndim and x.ndim > 1:
            raise RuntimeError("0D or 1D target tensor expected, multi-target not supported")
        if x.ndim == 1 and t.ndim == 1 and t.size == 1:
            return
        raise RuntimeError(
            f"Expected target size {[x.shape[0], *x.shape[2:]] if x.ndim else []}, got {list(t.shape)}"
        )
    if x.ndim > 1 and x.shape[0] != t.shape[0]:
        raise ValueError(
            f"Expected input batch_size ({x.shape[0]}) to match target batch_size ({t.shape[0]})."
        )
    if x.shape[2:] != t.shape[1:]:
        raise RuntimeError(f"Expected target size {[x.shape[0], *x.shape[2:]]}, got {list(t.shape)}")


def nll_loss(
    input: Tensor,
    target: Tensor,
    weight: Tensor | None = None,
    *,
    ignore_index: int = -100,
    reduction: str = "mean",
) -> Tensor:
    """Minus the log-probability of each target class: input (N, C, …) log-probabilities, target (N, …) classes."""
    check_reduction(reduction)
    check_classes(input, target, ignore_index)
    if target.dtype not in CLASSES:
        raise RuntimeError(f"expected target dtype to be Long or Byte, but got {target.dtype.legacy}")
    check_floating(input, "nll_loss_out_frame")
    x, t = input.array, target.array.reshape(()) if input.array.ndim == 1 else target.array
    classes = x.shape[0] if x.ndim == 1 else x.shape[1]
    wrong = (t != ignore_index) & ((t < 0) | (t >= classes))
    if np.any(wrong):
        raise IndexError(f"Target {int(np.asarray(t)[wrong].flat[0])} is out of bounds.")
    if weight is not None and weight.array.shape != (classes,):
        raise RuntimeError(
            f"weight tensor should be defined either for all {classes} classes or no classes but got weight tensor of "
            f"shape: {list(weight.array.shape)}"
        )
    if weight is not None and weight.dtype is not input.dtype:
        raise RuntimeError(f"expected scalar type {input.dtype.legacy} but found {weight.dtype.legacy}")
    kind = NllLossBackward0 if x.ndim < 3 else NllLoss2DBackward0
    w = None if weight is None else weight.array
    return apply(kind, (input,), np.asarray(t), w, ignore_index, reduction)


def cross_entropy(
    input: Tensor,
    target: Tensor,
    weight: Tensor | None = None,
    *,
    ignore_index: int = -100,
    reduction: str = "mean",
    label_smoothing: float = 0.0,
) -> Tensor:
    """The negative log-likelihood of softmax(input): input (N, C, …); target (N, …) classes, or (N, C, …) probabilities."""
    if not 0 <= label_smoothing <= 1:
        raise RuntimeError(f"label_smoothing must be between 0.0 and 1.0. Got: {label_smoothing}")
    dim = 0 if input.array.ndim == 1 else 1
    probable = input.array.shape == target.array.shape  # the target holds a probability for each class
    if probable and not target.is_floating_point():
        raise RuntimeError(
            f"Expected floating point type for target with class probabilities, got {target.dtype.legacy}"
        )
    if probable and ignore_index >= 0:
        raise RuntimeError("ignore_index is not supported for floating point target")
    check_floating(input, "log_softmax_lastdim_kernel_impl")
    log_p = log_softmax(input, dim)
    if probable:
        return soft_cross_entropy(log_p, target, weight, dim, reduction, label_smoothing)
    loss = nll_loss(log_p, target, weight, ignore_index=ignore_index, reduction=reduction)
    if not label_smoothing:
        return loss
    kept = target.array != ignore_index
    w = 1 if weight is None else per_class(weight, log_p, dim)
    smooth = -(log_p * w).sum(dim)
    smooth = choice.where(wrap(kept, bool_), smooth, 0.0)
    if reduction == "mean":
        counts = kept if weight is None else np.where(kept, weight.array[np.where(kept, target.array, 0)], 0)
        smooth = smooth.sum() / float(counts.sum(dtype=log_p.array.dtype))
    else:
        smooth = reduced(smooth, reduction)
    return (1 - label_smoothing) * loss + (label_smoothing / input.array.shape[dim]) * smooth


def per_class(weight: Tensor, like: Tensor, dim: int) -> Tensor:
    """The weights of the classes along dimension `dim`."""
    return weight.reshape(*[-1 if k == dim else 1 for k in range(like.array.ndim)])


def soft_cross_entropy(
    log_p: Tensor, target: Tensor, weight: Tensor | None, dim: int, reduction: str, label_smoothing: float
) -> Tensor:
    """Cross-entropy with a distribution for each example."""
    classes = log_p.array.shape[dim]
    if label_smoothing:
        target = target * (1 - label_smoothing) + label_smoothing / classes
    terms = log_p * target if weight is None else log_p * target * per_class(weight, log_p, dim)
    if reduction == "mean":
        return -terms.sum() / max(log_p.array.size // max(classes, 1), 1)
    return reduced(-terms.sum(dim), reduction)
