"""Schedules of the learning rate. Call step() after the optimizer's, once an epoch (or batch, as the schedule means it).

Most compute each rate from the one before, as torch does, so that rates agree to the last digit.
"""

from __future__ import annotations

from typing import Any

from pellucid.torch.optim.lr_scheduler.base import LRScheduler
from pellucid.torch.optim.lr_scheduler.composed import ChainedScheduler, SequentialLR
from pellucid.torch.optim.lr_scheduler.cycles import (
    CosineAnnealingLR,
    CosineAnnealingWarmRestarts,
    CyclicLR,
    OneCycleLR,
)
from pellucid.torch.optim.lr_scheduler.factors import (
    ConstantLR,
    ExponentialLR,
    LambdaLR,
    LinearLR,
    MultiplicativeLR,
    MultiStepLR,
    PolynomialLR,
    StepLR,
)
from pellucid.torch.optim.lr_scheduler.plateau import ReduceLROnPlateau

_LRScheduler = LRScheduler


def __getattr__(name: str) -> Any:
    from pellucid.torch.absent import missing_name

    raise missing_name("torch.optim.lr_scheduler", name, globals())


__all__ = [
    "ChainedScheduler",
    "ConstantLR",
    "CosineAnnealingLR",
    "CosineAnnealingWarmRestarts",
    "CyclicLR",
    "ExponentialLR",
    "LRScheduler",
    "LambdaLR",
    "LinearLR",
    "MultiStepLR",
    "MultiplicativeLR",
    "OneCycleLR",
    "PolynomialLR",
    "ReduceLROnPlateau",
    "SequentialLR",
    "StepLR",
]
