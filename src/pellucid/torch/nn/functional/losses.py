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

from pellucid.torch.dtypes import bool_, dtype_of, int64, result_type, uint8
from pellucid.torch.nn.functional.activations import logsigmoid, logsigmoid_
from pellucid.torch.nn.functional.distances import cosine_similarity, pairwise_distance
from pellucid.torch.nn.functional.kinds import check_floating
from pellucid.torch.ops import choice, elementwise
from pellucid.torch.ops.apply import Operation, apply, check_broadcast
from pellucid.torch.ops.choice import masked
from pellucid.torch.ops.elementwise import clamp_min, exp, sgn, sigmoid
from pellucid.torch.ops.exponentials import log_softmax
from pellucid.torch.ops.index import AddAt
from pellucid.torch.ops.special import xlogy
from pellucid.torch.ops.views import broadcast_tensors
from pellucid.torch.tensor import Tensor, wrap

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


# ── Classes ──────────────────────────────────────────────────────────────────────────────────────────────────────────────────
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


def hinge_embedding_loss(
    input: Tensor, target: Tensor, margin: float = 1.0, *, reduction: str = "mean"
) -> Tensor:
    """x where y = 1, max(0, margin − x) where y = −1."""
    apart = choice.where(target.ne(1), clamp_min(margin - input, 0), 0.0)
    return reduced(apart + choice.where(target.ne(-1), input, 0.0), reduction)


def margin_ranking_loss(
    input1: Tensor,
    input2: Tensor,
    target: Tensor,
    margin: float = 0,
    *,
    reduction: str = "mean",
) -> Tensor:
    """max(0, −y·(x₁ − x₂) + margin)."""
    if not input1.array.ndim == input2.array.ndim == target.array.ndim:
        raise RuntimeError(
            f"margin_ranking_loss : All input tensors should have same dimension but got sizes: input1: {input1.size()}, "
            f"input2: {input2.size()}, target: {target.size()} "
        )
    return reduced(clamp_min(-target * (input1 - input2) + margin, 0), reduction)


def soft_margin_loss(input: Tensor, target: Tensor, *, reduction: str = "mean") -> Tensor:
    """log(1 + e^(−y·x))."""
    if not input.dtype.is_floating_point:
        raise RuntimeError(f"result type Float can't be cast to the desired output type {input.dtype.legacy}")
    return reduced(elementwise.log1p(exp(-target * input)).to(input.dtype), reduction)


def multilabel_soft_margin_loss(
    input: Tensor, target: Tensor, weight: Tensor | None = None, *, reduction: str = "mean"
) -> Tensor:
    """The mean over the classes of the binary cross-entropy of each."""
    losses = -(target * logsigmoid(input) + (1 - target) * logsigmoid(-input))
    losses = losses if weight is None else losses * weight
    return reduced(losses.sum(-1) / input.array.shape[-1], reduction)


def multi_margin_loss(
    input: Tensor,
    target: Tensor,
    p: int = 1,
    margin: float = 1.0,
    weight: Tensor | None = None,
    *,
    reduction: str = "mean",
) -> Tensor:
    """Σ over the wrong classes of max(0, margin − x[y] + x[k])ᵖ, divided by the number of classes."""
    if p not in (1, 2):
        raise RuntimeError("only p == 1 and p == 2 supported")
    check_floating(input, "multi_margin_loss_cpu_kernel")
    x = input if input.array.ndim == 2 else input.reshape(1, -1)
    t = target.reshape(-1, 1)
    terms = clamp_min(margin - x.gather(1, t) + x, 0) ** p
    if weight is not None:
        terms = terms * weight[t.reshape(-1)].reshape(-1, 1)
    losses = terms.scatter(1, t, 0.0).sum(1) / x.array.shape[1]
    return reduced(losses if input.array.ndim == 2 else losses.reshape(()), reduction)


def cosine_embedding_loss(
    input1: Tensor,
    input2: Tensor,
    target: Tensor,
    margin: float = 0,
    *,
    reduction: str = "mean",
) -> Tensor:
    """1 − cos where y = 1, max(0, cos − margin) where y = −1."""
    eps = 1e-12
    product = (input1 * input2).sum(-1)
    lengths = ((input1 * input1).sum(-1) + eps) * ((input2 * input2).sum(-1) + eps)
    cos = product / elementwise.sqrt(lengths)
    alike = choice.where(target.eq(1), 1 - cos, 0.0)
    return reduced(alike + choice.where(target.eq(-1), clamp_min(cos - margin, 0), 0.0), reduction)


def triplet_margin_loss(
    anchor: Tensor,
    positive: Tensor,
    negative: Tensor,
    margin: float = 1.0,
    p: float = 2,
    eps: float = 1e-6,
    swap: bool = False,
    *,
    reduction: str = "mean",
) -> Tensor:
    """max(0, d(a, p) − d(a, n) + margin); swap: the lesser of d(a, n) and d(p, n) (Balntas et al. 2016)."""
    near_by = pairwise_distance(anchor, positive, p, eps)
    far = pairwise_distance(anchor, negative, p, eps)
    if swap:
        far = elementwise.minimum(far, pairwise_distance(positive, negative, p, eps))
    return reduced(clamp_min(near_by - far + margin, 0), reduction)


__all__ = [
    "binary_cross_entropy",
    "binary_cross_entropy_with_logits",
    "cosine_embedding_loss",
    "cosine_similarity",
    "cross_entropy",
    "gaussian_nll_loss",
    "hinge_embedding_loss",
    "huber_loss",
    "kl_div",
    "l1_loss",
    "margin_ranking_loss",
    "mse_loss",
    "multi_margin_loss",
    "multilabel_soft_margin_loss",
    "nll_loss",
    "poisson_nll_loss",
    "smooth_l1_loss",
    "soft_margin_loss",
    "triplet_margin_loss",
]


def triplet_margin_with_distance_loss(
    anchor: Tensor,
    positive: Tensor,
    negative: Tensor,
    *,
    distance_function: Callable[[Tensor, Tensor], Tensor] | None = None,
    margin: float = 1.0,
    swap: bool = False,
    reduction: str = "mean",
) -> Tensor:
    """max(0, d(a, p) − d(a, n) + margin) for any distance d; swap: the nearer of d(a, n) and d(p, n)."""
    if margin <= 0:
        raise ValueError(f"margin must be greater than 0, got {margin}")
    distance = distance_function or pairwise_distance
    near_by, far = distance(anchor, positive), distance(anchor, negative)
    if swap:
        far = elementwise.minimum(far, distance(positive, negative))
    return reduced(clamp_min(near_by - far + margin, 0), reduction)


def multilabel_margin_loss(input: Tensor, target: Tensor, *, reduction: str = "mean") -> Tensor:
    """Σ max(0, 1 − (x[j] − x[i]))/C over target classes j and others i; target (N, C): classes, then −1."""
    x = input if input.array.ndim == 2 else input.reshape(1, -1)
    classes = np.asarray(target.array).reshape(x.array.shape)
    if classes.size and not -1 <= classes.min() <= classes.max() < classes.shape[1]:
        raise RuntimeError("argument #2 'target' is out of range")
    listed: Any = np.cumprod(classes >= 0, axis=1, dtype=bool)  # −1 ends the list
    wanted: Any = np.zeros(classes.shape, bool)
    wanted[np.nonzero(listed)[0], classes[listed]] = True
    pairs = (listed[:, :, None] & ~wanted[:, None, :]).astype(x.array.dtype)  # (N, j, i)
    scores = x.gather(1, wrap(np.maximum(classes, 0), target.dtype))  # of the classes in the list
    gaps = clamp_min(1 - scores.unsqueeze(2) + x.unsqueeze(1), 0) * wrap(pairs, x.dtype)
    losses = gaps.sum((1, 2)) / x.array.shape[1]
    return reduced(losses if input.array.ndim == 2 else losses.reshape(()), reduction)
