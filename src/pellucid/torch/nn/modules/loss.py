"""Losses as modules: called with an input and a target."""

from __future__ import annotations

# Arrays are Any here: formulas are lambdas over arrays and tensors alike.
# pyright: reportUnknownLambdaType=false, reportUnknownArgumentType=false
# pyright: reportUnknownVariableType=false, reportUnknownMemberType=false
from typing import Any

from pellucid.torch.nn import functional as F
from pellucid.torch.nn.functional.losses import check_reduction
from pellucid.torch.nn.modules.distance import PairwiseDistance
from pellucid.torch.nn.modules.module import Module
from pellucid.torch.tensor import Tensor


class Loss(Module):
    """A loss: its options are kept under their names and handed to the function of the same name in functional."""

    function: Any

    def __init__(self, reduction: str = "mean", **options: Any) -> None:
        super().__init__()
        if reduction != "batchmean":
            check_reduction(reduction)
        self.reduction = reduction
        for name, value in options.items():
            if name in ("weight", "pos_weight"):
                self.register_buffer(name, value)
            else:
                setattr(self, name, value)
        self.__dict__["option_names"] = tuple(options)

    def forward(self, *args: Tensor) -> Tensor:
        """The loss of the input beside the target."""
        options = {name: getattr(self, name) for name in self.option_names}
        return type(self).function(*args, reduction=self.reduction, **options)


def check_margin(name: str, margin: float) -> None:
    """ValueError for a margin that is none."""
    if margin <= 0:
        raise ValueError(f"{name}: expected margin to be greater than 0, got {margin} instead")


class MSELoss(Loss):
    """The mean of (x − y)²."""

    function = staticmethod(F.mse_loss)

    def __init__(self, *, reduction: str = "mean") -> None:
        super().__init__(reduction)


class L1Loss(Loss):
    """The mean of |x − y|."""

    function = staticmethod(F.l1_loss)

    def __init__(self, *, reduction: str = "mean") -> None:
        super().__init__(reduction)


class SmoothL1Loss(Loss):
    """Squares near zero, divided by 2·beta, absolute values beyond (Girshick 2015)."""

    function = staticmethod(F.smooth_l1_loss)

    def __init__(self, *, reduction: str = "mean", beta: float = 1.0) -> None:
        super().__init__(reduction, beta=beta)


class HuberLoss(Loss):
    """Half squares near zero, straight lines of slope delta beyond (Huber 1964)."""

    function = staticmethod(F.huber_loss)

    def __init__(self, reduction: str = "mean", delta: float = 1.0) -> None:
        super().__init__(reduction, delta=delta)


class BCELoss(Loss):
    """The binary cross-entropy of probabilities."""

    function = staticmethod(F.binary_cross_entropy)

    def __init__(self, weight: Tensor | None = None, *, reduction: str = "mean") -> None:
        super().__init__(reduction, weight=weight)


class BCEWithLogitsLoss(Loss):
    """The binary cross-entropy of σ(x), without overflow."""

    function = staticmethod(F.binary_cross_entropy_with_logits)

    def __init__(
        self, weight: Tensor | None = None, *, reduction: str = "mean", pos_weight: Tensor | None = None
    ) -> None:
        super().__init__(reduction, weight=weight, pos_weight=pos_weight)


class NLLLoss(Loss):
    """Minus the log-probability of the target class."""

    function = staticmethod(F.nll_loss)

    def __init__(
        self, weight: Tensor | None = None, *, ignore_index: int = -100, reduction: str = "mean"
    ) -> None:
        super().__init__(reduction, weight=weight, ignore_index=ignore_index)


class CrossEntropyLoss(Loss):
    """The negative log-likelihood of softmax(x): input (N, C, …) logits; target (N, …) classes or (N, C, …) probabilities."""

    function = staticmethod(F.cross_entropy)

    def __init__(
        self,
        weight: Tensor | None = None,
        *,
        ignore_index: int = -100,
        reduction: str = "mean",
        label_smoothing: float = 0.0,
    ) -> None:
        super().__init__(reduction, weight=weight, ignore_index=ignore_index, label_smoothing=label_smoothing)


class KLDivLoss(Loss):
    """The Kullback–Leibler divergence of the target from exp(input)."""

    function = staticmethod(F.kl_div)

    def __init__(self, *, reduction: str = "mean", log_target: bool = False) -> None:
        super().__init__(reduction, log_target=log_target)


class PoissonNLLLoss(Loss):
    """The negative log-likelihood of counts."""

    function = staticmethod(F.poisson_nll_loss)

    def __init__(
        self, log_input: bool = True, full: bool = False, *, eps: float = 1e-8, reduction: str = "mean"
    ) -> None:
        super().__init__(reduction, log_input=log_input, full=full, eps=eps)


class GaussianNLLLoss(Loss):
    """The negative log-likelihood of normal targets; called with input, target and variance."""

    function = staticmethod(F.gaussian_nll_loss)

    def __init__(self, *, full: bool = False, eps: float = 1e-6, reduction: str = "mean") -> None:
        super().__init__(reduction, full=full, eps=eps)


class HingeEmbeddingLoss(Loss):
    """x where y = 1, max(0, margin − x) where y = −1."""

    function = staticmethod(F.hinge_embedding_loss)

    def __init__(self, margin: float = 1.0, *, reduction: str = "mean") -> None:
        super().__init__(reduction, margin=margin)


class MarginRankingLoss(Loss):
    """max(0, −y·(x₁ − x₂) + margin)."""

    function = staticmethod(F.margin_ranking_loss)

    def __init__(self, margin: float = 0.0, *, reduction: str = "mean") -> None:
        super().__init__(reduction, margin=margin)


class SoftMarginLoss(Loss):
    """log(1 + e^(−y·x))."""

    function = staticmethod(F.soft_margin_loss)

    def __init__(self, *, reduction: str = "mean") -> None:
        super().__init__(reduction)


class MultiLabelSoftMarginLoss(Loss):
    """The mean of the classes' binary cross-entropies."""

    function = staticmethod(F.multilabel_soft_margin_loss)

    def __init__(self, weight: Tensor | None = None, *, reduction: str = "mean") -> None:
        super().__init__(reduction, weight=weight)


class MultiMarginLoss(Loss):
    """The hinge loss of several classes."""

    function = staticmethod(F.multi_margin_loss)

    def __init__(
        self, p: int = 1, margin: float = 1.0, weight: Tensor | None = None, *, reduction: str = "mean"
    ) -> None:
        if p not in (1, 2):
            raise ValueError("only p == 1 and p == 2 supported")
        if weight is not None and weight.array.ndim != 1:
            raise ValueError(
                f"MultiMarginLoss: expected weight to be None or 1D tensor, got {weight.array.ndim}D instead"
            )
        super().__init__(reduction, p=p, margin=margin, weight=weight)


class CosineEmbeddingLoss(Loss):
    """1 − cos where y = 1, max(0, cos − margin) where y = −1."""

    function = staticmethod(F.cosine_embedding_loss)

    def __init__(self, margin: float = 0.0, *, reduction: str = "mean") -> None:
        super().__init__(reduction, margin=margin)


class TripletMarginLoss(Loss):
    """max(0, d(a, p) − d(a, n) + margin) (Balntas et al. 2016)."""

    function = staticmethod(F.triplet_margin_loss)

    def __init__(
        self,
        margin: float = 1.0,
        p: float = 2.0,
        eps: float = 1e-6,
        swap: bool = False,
        *,
        reduction: str = "mean",
    ) -> None:
        check_margin("TripletMarginLoss", margin)
        super().__init__(reduction, margin=margin, p=p, eps=eps, swap=swap)


class TripletMarginWithDistanceLoss(Loss):
    """max(0, d(a, p) − d(a, n) + margin) for any distance d, by default the Euclidean."""

    function = staticmethod(F.triplet_margin_with_distance_loss)

    def __init__(
        self,
        *,
        distance_function: Any = None,
        margin: float = 1.0,
        swap: bool = False,
        reduction: str = "mean",
    ) -> None:
        check_margin("TripletMarginWithDistanceLoss", margin)
        distance = PairwiseDistance() if distance_function is None else distance_function
        super().__init__(reduction, distance_function=distance, margin=margin, swap=swap)


class MultiLabelMarginLoss(Loss):
    """The hinge loss of examples with several classes; target: classes, then −1."""

    function = staticmethod(F.multilabel_margin_loss)

    def __init__(self, *, reduction: str = "mean") -> None:
        super().__init__(reduction)


class CTCLoss(Loss):
    """What labels cost that are spread over a longer sequence (Graves et al. 2006).

    Called with log-probabilities (T, N, C), targets, and the lengths of both.
    """

    function = staticmethod(F.ctc_loss)

    def __init__(self, blank: int = 0, reduction: str = "mean", zero_infinity: bool = False) -> None:
        super().__init__(reduction, blank=blank, zero_infinity=zero_infinity)
