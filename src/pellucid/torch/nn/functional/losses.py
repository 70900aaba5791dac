"""Losses: what a prediction costs beside its target."""

from __future__ import annotations

# Arrays are Any here: formulas are lambdas over arrays and tensors alike.
# pyright: reportUnknownLambdaType=false, reportUnknownArgumentType=false
# pyright: reportUnknownVariableType=false, reportUnknownMemberType=false
import math
import warnings
from collections.abc import Callable
from typing import Any

import numpy as np

from pellucid.torch.dtypes import result_type
from pellucid.torch.nn.functional.activations import logsigmoid_
from pellucid.torch.nn.functional.kinds import check_floating
from pellucid.torch.ops import choice, elementwise
from pellucid.torch.ops.apply import Operation, apply, check_broadcast
from pellucid.torch.ops.choice import masked
from pellucid.torch.ops.elementwise import exp, sgn, sigmoid
from pellucid.torch.ops.special import xlogy
from pellucid.torch.ops.views import broadcast_tensors
from pellucid.torch.tensor import Tensor

Formula = Callable[..., Any]


def check_reduction(reduction: str) -> None:
    """ValueError for a reduction that there is not."""
    if reduction not in ("none", "mean", "sum"):
        raise ValueError(f"{reduction} is not a valid value for reduction")


def reduced(losses: Any, reduction: str) -> Any:
    """The losses themselves, their mean, or their sum."""
    check_reduction(reduction)
    return losses if reduction == "none" else losses.mean() if reduction == "mean" else losses.sum()


class PointLoss(Operation):
    """A loss of each element of x (the input) and y (the target), reduced. The subclass has its value and its slopes."""

    __slots__ = ()

    value: Any
    slope: Any  # with respect to x
    target_slope: Any  # with respect to y

    def forward(self, x: Any, y: Any, reduction: str, *params: Any) -> Any:
        """The loss of each element; its mean; its sum."""
        self.params = params
        self.save(x, y)
        kind = type(self)
        z = kind.value(x, y, *params)
        self.share = 1.0 / z.size if reduction == "mean" and z.size else 1.0
        return z if reduction == "none" else z.sum() / z.size if reduction == "mean" else z.sum()

    def pull(self, g: Any) -> tuple[Any, Any]:
        """The slopes, each times what its element counts."""
        x, y = self.unpack()
        kind = type(self)
        gz = g * self.share
        gx = None if self.next[0] is None else gz * kind.slope(x, y, *self.params)
        gy = None if self.next[1] is None else gz * kind.target_slope(x, y, *self.params)
        return gx, gy


KERNELS = {  # torch's, for its messages
    "MseLossBackward0": "mse_cpu",
    "SmoothL1LossBackward0": "smooth_l1_cpu",
    "HuberLossBackward0": "huber_cpu",
    "BinaryCrossEntropyBackward0": "binary_cross_entropy",
    "BinaryCrossEntropyWithLogitsBackward0": "log_sigmoid_cpu",
}


def point_loss(name: str, value: Formula, slope: Formula, target_slope: Formula | None = None) -> Formula:
    """A loss from formulas of x, y and parameters. Without a target_slope the loss is a function of x − y."""
    formulas = {
        "__slots__": (),
        "value": staticmethod(value),
        "slope": staticmethod(slope),
        "target_slope": staticmethod(target_slope or (lambda *args: -slope(*args))),
    }
    kind: Any = type(name, (PointLoss,), formulas)
    kernel = KERNELS.get(name, name)

    def loss(input: Tensor, target: Tensor, reduction: str, *params: Any) -> Tensor:
        check_reduction(reduction)
        if input.dtype is not target.dtype:
            own = result_type(input, target)
            input, target = input.to(own), target.to(own)
        check_floating(input, kernel)
        return apply(kind, (input, target), reduction, *params)

    return loss


def huber_value(d: Any, delta: float) -> Any:
    """d²/2 near zero, delta·(|d| − delta/2) beyond."""
    a = np.abs(d)
    return np.where(a <= delta, a * a * 0.5, (a - 0.5 * delta) * delta)


def near(d: Any, delta: float) -> Any:
    """Where |d| < delta, as a mask."""
    return (d < delta) & (d > -delta)


def log_at_least(x: Any) -> Any:
    """log x, not below −100, so that a loss stays finite."""
    return np.maximum(np.log(x), -100)


mse = point_loss("MseLossBackward0", lambda x, y: np.square(x - y), lambda x, y: (x - y) * 2)
smooth_l1 = point_loss(
    "SmoothL1LossBackward0",
    lambda x, y, beta: huber_value(x - y, beta) / beta,
    lambda x, y, beta: masked((x - y) / beta, near(x - y, beta)) + masked(sgn(x - y), ~near(x - y, beta)),
)
huber = point_loss(
    "HuberLossBackward0",
    lambda x, y, delta: huber_value(x - y, delta),
    lambda x, y, delta: masked(x - y, near(x - y, delta)) + masked(sgn(x - y) * delta, ~near(x - y, delta)),
)
bce = point_loss(
    "BinaryCrossEntropyBackward0",
    lambda x, y, w: ((y - 1) * np.maximum(np.log1p(-x), -100) - y * log_at_least(x)) * w,
    lambda x, y, w: (x - y) / elementwise.maximum((1 - x) * x, x * 0 + 1e-12) * w,
    lambda x, y, w: (elementwise.log1p(-x) - elementwise.log(x)) * w,
)


def logits_value(x: Any, y: Any, w: Any, p: Any) -> Any:
    """((1 − y)·x + (1 + (p − 1)·y)·softplus(−x))·w: p counts the positive examples, w each element."""
    return ((1 - y) * x + (1 + (p - 1) * y) * (np.log1p(np.exp(-np.abs(x))) + np.maximum(-x, 0))) * w


bce_logits = point_loss(
    "BinaryCrossEntropyWithLogitsBackward0",
    logits_value,
    lambda x, y, w, p: ((1 - y) - (1 + (p - 1) * y) * sigmoid(-x)) * w,
    lambda x, y, w, p: ((p - 1) * -logsigmoid_(x) - x) * w,
)


def same_shapes(input: Tensor, target: Tensor) -> tuple[Tensor, Tensor]:
    """Both broadcast to one shape, with torch's warning where that was needed."""
    if input.array.shape == target.array.shape:
        return input, target
    check_broadcast(input.array, target.array)
    warnings.warn(
        f"Using a target size ({target.size()}) that is different to the input size ({input.size()}). "
        "This will likely lead to incorrect results due to broadcasting. Please ensure they have the same size.",
        stacklevel=3,
    )
    input, target = broadcast_tensors(input, target)
    return input, target


def mse_loss(
    input: Tensor, target: Tensor, *, reduction: str = "mean", weight: Tensor | None = None
) -> Tensor:
    """(x − y)², with weight each times its weight; the weighted mean is over the weights."""
    if input.array.shape != target.array.shape:
        input, target = same_shapes(input, target)
    if weight is None:
        return mse(input, target, reduction)
    if weight.array.shape != input.array.shape:
        raise ValueError("Inputs and weight must have the same size.")
    losses = mse(input, target, "none") * weight
    return losses.sum() / weight.sum() if reduction == "mean" else reduced(losses, reduction)


def l1_loss(
    input: Tensor, target: Tensor, *, reduction: str = "mean", weight: Tensor | None = None
) -> Tensor:
    """|x − y|, with weight each times its weight; the weighted mean is over the weights."""
    if input.array.shape != target.array.shape:
        input, target = same_shapes(input, target)
    losses = elementwise.abs(input - target)
    if weight is None:
        return reduced(losses, reduction)
    if weight.array.shape != input.array.shape:
        raise ValueError("Inputs and weight must have the same size.")
    losses = losses * weight
    return losses.sum() / weight.sum() if reduction == "mean" else reduced(losses, reduction)


def smooth_l1_loss(input: Tensor, target: Tensor, *, reduction: str = "mean", beta: float = 1.0) -> Tensor:
    """(x − y)²/(2·beta) where |x − y| < beta, else |x − y| − beta/2 (Girshick 2015)."""
    if input.array.shape != target.array.shape:
        input, target = same_shapes(input, target)
    if beta < 0:
        raise RuntimeError("smooth_l1_loss does not support negative values for beta.")
    return smooth_l1(input, target, reduction, beta) if beta else l1_loss(input, target, reduction=reduction)


def huber_loss(
    input: Tensor,
    target: Tensor,
    reduction: str = "mean",
    delta: float = 1.0,
    weight: Tensor | None = None,
) -> Tensor:
    """(x − y)²/2 where |x − y| ≤ delta, else delta·(|x − y| − delta/2) (Huber 1964)."""
    if input.array.shape != target.array.shape:
        input, target = same_shapes(input, target)
    if delta <= 0:
        raise RuntimeError("huber_loss does not support non-positive values for delta.")
    if target.dtype.is_floating_point and input.dtype.is_floating_point:
        target = target.to(input.dtype)  # torch gives the loss the input's type
    if weight is None:
        return huber(input, target, reduction, delta)
    if weight.array.shape != input.array.shape:
        raise ValueError("Inputs and weight must have the same size.")
    losses = huber(input, target, "none", delta) * weight
    return losses.sum() / weight.sum() if reduction == "mean" else reduced(losses, reduction)


def factor(weight: Tensor | None) -> Any:
    """A constant weight as an array; 1 where there is none."""
    return 1 if weight is None else weight.array


def binary_cross_entropy(
    input: Tensor, target: Tensor, weight: Tensor | None = None, *, reduction: str = "mean"
) -> Tensor:
    """−y·log x − (1 − y)·log(1 − x), of probabilities x; the logarithms are held above −100."""
    if input.array.shape != target.array.shape:
        raise ValueError(
            f"Using a target size ({target.size()}) that is different to the input size ({input.size()}) is deprecated. "
            "Please ensure they have the same size."
        )
    x = input.array
    if input.dtype is not target.dtype:
        raise RuntimeError(f"Found dtype {target.dtype.legacy} but expected {input.dtype.legacy}")
    check_floating(input, "binary_cross_entropy")
    if x.size and not ((x >= 0) & (x <= 1)).all():
        raise RuntimeError("all elements of input should be between 0 and 1")
    return bce(input, target, reduction, factor(weight))


def binary_cross_entropy_with_logits(
    input: Tensor,
    target: Tensor,
    weight: Tensor | None = None,
    *,
    reduction: str = "mean",
    pos_weight: Tensor | None = None,
) -> Tensor:
    """The binary cross-entropy of σ(x), computed without overflow; pos_weight multiplies what positive examples cost."""
    if input.array.shape != target.array.shape:
        raise ValueError(f"Target size ({target.size()}) must be the same as input size ({input.size()})")
    check_floating(input, "log_sigmoid_cpu")
    if not target.dtype.is_floating_point:
        raise RuntimeError(
            f"result type {input.dtype.legacy} can't be cast to the desired output type {target.dtype.legacy}"
        )
    return bce_logits(input, target, reduction, factor(weight), factor(pos_weight))


def kl_div(input: Tensor, target: Tensor, *, reduction: str = "mean", log_target: bool = False) -> Tensor:
    """target·(log target − input): input log-probabilities; target probabilities, or with log_target their logarithms."""
    if reduction == "mean":
        warnings.warn(
            "reduction: 'mean' divides the total loss by both the batch size and the support size."
            "'batchmean' divides only by the batch size, and aligns with the KL math definition."
            "'mean' will be changed to behave the same as 'batchmean' in the next major release.",
            stacklevel=3,
        )
    if not input.dtype.is_floating_point and not target.dtype.is_floating_point:
        raise RuntimeError("kl_div: Integral inputs not supported.")
    losses = exp(target) * (target - input) if log_target else xlogy(target, target) - target * input
    if reduction == "batchmean":
        return losses.sum() / input.array.shape[0] if input.array.ndim else losses.sum()
    return reduced(losses, reduction)


# ── Made of other operations ─────────────────────────────────────────────────────────────────────────────────────────────────
def poisson_nll_loss(
    input: Tensor,
    target: Tensor,
    log_input: bool = True,
    full: bool = False,
    *,
    eps: float = 1e-8,
    reduction: str = "mean",
) -> Tensor:
    """The negative log-likelihood of counts; full: with Stirling's approximation of log y! for y > 1."""
    losses = exp(input) - target * input if log_input else input - target * elementwise.log(input + eps)
    if full:
        stirling = target * elementwise.log(target) - target + 0.5 * elementwise.log(2 * math.pi * target)
        losses = losses + stirling.masked_fill(target <= 1, 0)
    return reduced(losses, reduction)


def one_broadcast(shape: tuple[int, ...], other: tuple[int, ...]) -> bool:
    """Whether shapes agree but for one dimension, where the other has one place."""
    if len(shape) != len(other):
        return False
    return [m for n, m in zip(shape, other, strict=True) if n != m] == [1]


def gaussian_nll_loss(
    input: Tensor,
    target: Tensor,
    var: Any,
    full: bool = False,
    eps: float = 1e-6,
    reduction: str = "mean",
) -> Tensor:
    """The negative log-likelihood of normal targets with mean `input` and variance `var`."""
    v = var if isinstance(var, Tensor) else input.new_full((), float(var)).expand(*input.array.shape)
    if (v.array < 0).any():
        raise ValueError("var has negative entry/entries")
    if v.array.shape != input.array.shape:
        if v.array.shape == input.array.shape[:-1]:
            v = v.unsqueeze(-1)
        elif not one_broadcast(input.array.shape, v.array.shape):
            raise ValueError("var is of incorrect size")
    held = choice.where(v < eps, eps, v.detach()) + (v - v.detach())
    losses = 0.5 * (elementwise.log(held) + (input - target) ** 2 / held)
    return reduced(losses + 0.5 * math.log(2 * math.pi) if full else losses, reduction)
