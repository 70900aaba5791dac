"""The schedule that looks at what is measured."""

from __future__ import annotations

# pyright: reportUnknownLambdaType=false, reportUnknownArgumentType=false
# pyright: reportUnknownVariableType=false, reportUnknownMemberType=false
import math
from typing import Any

from pellucid.torch.optim.lr_scheduler.base import LRScheduler, for_each
from pellucid.torch.optim.optimizer import Group, Optimizer


class ReduceLROnPlateau(LRScheduler):
    """Times factor when a measured value has not improved for more than `patience` epochs. Call step(value)."""

    def __init__(
        self,
        optimizer: Optimizer,
        mode: str = "min",
        factor: float = 0.1,
        patience: int = 10,
        threshold: float = 1e-4,
        threshold_mode: str = "rel",
        cooldown: int = 0,
        min_lr: Any = 0,
        eps: float = 1e-8,
    ) -> None:
        if factor >= 1.0:
            raise ValueError("Factor should be < 1.0.")
        if mode not in ("min", "max"):
            raise ValueError(f"mode {mode} is unknown!")
        if threshold_mode not in ("rel", "abs"):
            raise ValueError(f"threshold mode {threshold_mode} is unknown!")
        self.optimizer, self.mode, self.factor, self.patience = optimizer, mode, factor, patience
        self.threshold, self.threshold_mode, self.cooldown = threshold, threshold_mode, cooldown
        groups = len(optimizer.param_groups)
        if isinstance(min_lr, (list, tuple)) and len(min_lr) != groups:
            raise ValueError(f"expected {groups} min_lrs, got {len(min_lr)}")
        self.min_lrs, self.eps = for_each(optimizer, min_lr, "min_lrs"), eps
        self.best = math.inf if mode == "min" else -math.inf
        self.num_bad_epochs = self.cooldown_counter = self.last_epoch = 0
        self._last_lr = [group["lr"] for group in optimizer.param_groups]

    def is_better(self, value: float) -> bool:
        """Whether `value` improves on the best by more than the threshold."""
        by = self.threshold
        if self.threshold_mode == "rel":  # a share of the best; there is none at first
            by *= self.best if math.isfinite(self.best) else 0.0
        return value < self.best - by if self.mode == "min" else value > self.best + by

    def step(self, metrics: Any = None) -> None:  # pyright: ignore[reportIncompatibleMethodOverride]
        """Look at the epoch's value, and lower the rates where it has been bad for too long."""
        if metrics is None:
            raise TypeError("ReduceLROnPlateau.step() missing 1 required positional argument: 'metrics'")
        value = float(metrics)
        self.last_epoch += 1
        if self.is_better(value):
            self.best, self.num_bad_epochs = value, 0
        else:
            self.num_bad_epochs += 1
        if self.cooldown_counter > 0:
            self.cooldown_counter -= 1
            self.num_bad_epochs = 0
        if self.num_bad_epochs > self.patience:
            self.set_rates(
                [self.lowered(g, m) for g, m in zip(self.optimizer.param_groups, self.min_lrs, strict=True)]
            )
            self.cooldown_counter, self.num_bad_epochs = self.cooldown, 0
        self._last_lr = [group["lr"] for group in self.optimizer.param_groups]

    def lowered(self, group: Group, least: float) -> float:
        """A group's next rate; differences below eps are not worth a change."""
        rate = max(group["lr"] * self.factor, least)
        return rate if group["lr"] - rate > self.eps else group["lr"]
