"""Schedules that multiply the rate."""

from __future__ import annotations

# pyright: reportUnknownLambdaType=false, reportUnknownArgumentType=false
# pyright: reportUnknownVariableType=false, reportUnknownMemberType=false
from collections import Counter
from collections.abc import Callable, Iterable
from typing import Any

from pellucid.torch.optim.lr_scheduler.base import LRScheduler, for_each
from pellucid.torch.optim.optimizer import Group, Optimizer


class LambdaLR(LRScheduler):
    """The initial rate times lr_lambda(epoch)."""

    def __init__(self, optimizer: Optimizer, lr_lambda: Any, last_epoch: int = -1) -> None:
        self.lr_lambdas: list[Callable[[int], float]] = for_each(optimizer, lr_lambda, "lr_lambdas")
        super().__init__(optimizer, last_epoch)

    def rate(self, group: Group, base: float, k: int) -> float:
        """base·lambda(epoch)."""
        return base * self.lr_lambdas[k](self.last_epoch)

    def state_dict(self) -> Group:
        """Everything but the optimizer and the functions, which cannot be saved."""
        state = {k: v for k, v in self.__dict__.items() if k not in ("optimizer", "lr_lambdas")}
        return state | {"lr_lambdas": [None] * len(self.lr_lambdas)}

    def load_state_dict(self, state_dict: Group) -> None:
        """Go on; the functions stay."""
        self.__dict__.update({k: v for k, v in state_dict.items() if k != "lr_lambdas"})


class MultiplicativeLR(LambdaLR):
    """The former rate times lr_lambda(epoch)."""

    def rate(self, group: Group, base: float, k: int) -> float:
        """lr·lambda(epoch)."""
        return group["lr"] if self._is_initial else group["lr"] * self.lr_lambdas[k](self.last_epoch)


class StepLR(LRScheduler):
    """Times gamma every step_size epochs."""

    def __init__(
        self, optimizer: Optimizer, step_size: int, gamma: float = 0.1, last_epoch: int = -1
    ) -> None:
        self.step_size, self.gamma = step_size, gamma
        super().__init__(optimizer, last_epoch)

    def rate(self, group: Group, base: float, k: int) -> float:
        """lr·gamma at each step."""
        if self._is_initial or self.last_epoch % self.step_size:
            return group["lr"]
        return group["lr"] * self.gamma


class MultiStepLR(LRScheduler):
    """Times gamma at each of the given epochs."""

    def __init__(
        self, optimizer: Optimizer, milestones: Iterable[int], gamma: float = 0.1, last_epoch: int = -1
    ) -> None:
        self.milestones, self.gamma = Counter(milestones), gamma
        super().__init__(optimizer, last_epoch)

    def rate(self, group: Group, base: float, k: int) -> float:
        """lr·gamma at a milestone."""
        if self._is_initial or self.last_epoch not in self.milestones:
            return group["lr"]
        return group["lr"] * self.gamma ** self.milestones[self.last_epoch]


class ExponentialLR(LRScheduler):
    """Times gamma every epoch."""

    def __init__(self, optimizer: Optimizer, gamma: float, last_epoch: int = -1) -> None:
        self.gamma = gamma
        super().__init__(optimizer, last_epoch)

    def rate(self, group: Group, base: float, k: int) -> float:
        """lr·gamma."""
        return group["lr"] if self._is_initial else group["lr"] * self.gamma


class ConstantLR(LRScheduler):
    """Times factor, for the first total_iters epochs."""

    def __init__(
        self, optimizer: Optimizer, factor: float = 1.0 / 3, total_iters: int = 5, last_epoch: int = -1
    ) -> None:
        if not 0 <= factor <= 1:
            raise ValueError("Constant multiplicative factor expected to be between 0 and 1.")
        self.factor, self.total_iters = factor, total_iters
        super().__init__(optimizer, last_epoch)

    def rate(self, group: Group, base: float, k: int) -> float:
        """lr·factor at first, lr/factor at the end."""
        if self.last_epoch == 0:
            return group["lr"] * self.factor
        return group["lr"] if self.last_epoch != self.total_iters else group["lr"] * (1.0 / self.factor)


class LinearLR(LRScheduler):
    """A factor that goes from start_factor to end_factor in a straight line: a warm-up."""

    def __init__(
        self,
        optimizer: Optimizer,
        start_factor: float = 1.0 / 3,
        end_factor: float = 1.0,
        total_iters: int = 5,
        last_epoch: int = -1,
    ) -> None:
        if not 0 < start_factor <= 1:
            raise ValueError(
                "Starting multiplicative factor expected to be greater than 0 and less or equal to 1."
            )
        if not 0 <= end_factor <= 1:
            raise ValueError("Ending multiplicative factor expected to be between 0 and 1.")
        self.start_factor, self.end_factor, self.total_iters = start_factor, end_factor, total_iters
        super().__init__(optimizer, last_epoch)

    def rate(self, group: Group, base: float, k: int) -> float:
        """The former rate times the ratio of two neighbouring factors."""
        if self.last_epoch == 0:
            return group["lr"] * self.start_factor
        if self._is_initial or self.last_epoch > self.total_iters:
            return group["lr"]
        rise = self.end_factor - self.start_factor
        return group["lr"] * (
            1.0 + rise / (self.total_iters * self.start_factor + (self.last_epoch - 1) * rise)
        )


class PolynomialLR(LRScheduler):
    """Down to 0 in total_iters epochs, as (1 − epoch/total_iters)^power."""

    def __init__(
        self, optimizer: Optimizer, total_iters: int = 5, power: float = 1.0, last_epoch: int = -1
    ) -> None:
        self.total_iters, self.power = total_iters, power
        super().__init__(optimizer, last_epoch)

    def rate(self, group: Group, base: float, k: int) -> float:
        """The former rate times the ratio of two neighbouring factors."""
        if self._is_initial or self.last_epoch > self.total_iters:
            return group["lr"]
        now, before = (1.0 - e / self.total_iters for e in (self.last_epoch, self.last_epoch - 1))
        return group["lr"] * (now / before) ** self.power
