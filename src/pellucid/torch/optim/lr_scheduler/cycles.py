"""Schedules that go down along a cosine, or up and down."""

from __future__ import annotations

# pyright: reportUnknownLambdaType=false, reportUnknownArgumentType=false
# pyright: reportUnknownVariableType=false, reportUnknownMemberType=false
import math
from collections.abc import Callable
from typing import Any

from pellucid.torch.optim.lr_scheduler.base import (
    LRScheduler,
    check_optimizer,
    for_each,
    set_momentum,
    set_rate,
)
from pellucid.torch.optim.optimizer import Group, Optimizer


class CosineAnnealingLR(LRScheduler):
    """From the initial rate to eta_min and back along a cosine, T_max epochs each way (Loshchilov and Hutter 2017)."""

    def __init__(self, optimizer: Optimizer, T_max: int, eta_min: float = 0.0, last_epoch: int = -1) -> None:
        self.T_max, self.eta_min = T_max, eta_min
        super().__init__(optimizer, last_epoch)

    def rate(self, group: Group, base: float, k: int) -> float:
        """The former rate moved along the cosine."""
        e, T = self.last_epoch, self.T_max
        if self._is_initial:
            return group["lr"]
        if (e - 1 - T) % (2 * T) == 0:
            return group["lr"] + (base - self.eta_min) * (1 - math.cos(math.pi / T)) / 2
        ratio = (1 + math.cos(math.pi * e / T)) / (1 + math.cos(math.pi * (e - 1) / T))
        return ratio * (group["lr"] - self.eta_min) + self.eta_min


class CosineAnnealingWarmRestarts(LRScheduler):
    """From the initial rate to eta_min along a cosine, then anew: T_0 epochs, then T_mult times as many (same paper)."""

    def __init__(
        self, optimizer: Optimizer, T_0: int, T_mult: int = 1, eta_min: float = 0.0, last_epoch: int = -1
    ) -> None:
        if T_0 <= 0:
            raise ValueError(f"Expected positive integer T_0, but got {T_0}")
        if T_mult < 1:
            raise ValueError(f"Expected integer T_mult >= 1, but got {T_mult}")
        self.T_0 = self.T_i = T_0
        self.T_mult, self.eta_min, self.T_cur = T_mult, eta_min, last_epoch
        super().__init__(optimizer, last_epoch)

    def step(self) -> None:
        """Go on by one epoch; a period's end begins the next."""
        self.T_cur += 1
        if self.T_cur >= self.T_i:
            self.T_cur -= self.T_i
            self.T_i *= self.T_mult
        super().step()

    def rate(self, group: Group, base: float, k: int) -> float:
        """The place on the cosine."""
        return self.eta_min + (base - self.eta_min) * (1 + math.cos(math.pi * self.T_cur / self.T_i)) / 2


class OneCycleLR(LRScheduler):
    """Up from max_lr/div_factor to max_lr, then down to 1/final_div_factor of the start; momentum the other way (Smith 2018)."""

    def __init__(
        self,
        optimizer: Optimizer,
        max_lr: Any,
        total_steps: int | None = None,
        epochs: int | None = None,
        steps_per_epoch: int | None = None,
        pct_start: float = 0.3,
        anneal_strategy: str = "cos",
        cycle_momentum: bool = True,
        base_momentum: float = 0.85,
        max_momentum: float = 0.95,
        div_factor: float = 25.0,
        final_div_factor: float = 1e4,
        three_phase: bool = False,
        last_epoch: int = -1,
    ) -> None:
        if total_steps is None:
            if epochs is None or steps_per_epoch is None:
                raise ValueError("You must define either total_steps OR (epochs AND steps_per_epoch)")
            total_steps = epochs * steps_per_epoch
        if total_steps <= 0:
            raise ValueError(f"Expected positive integer total_steps, but got {total_steps}")
        if not 0 <= pct_start <= 1:
            raise ValueError(f"Expected float between 0 and 1 pct_start, but got {pct_start}")
        if anneal_strategy not in ("cos", "linear"):
            raise ValueError(
                f"anneal_strategy must be one of 'cos' or 'linear', instead got {anneal_strategy}"
            )
        self.total_steps, self.anneal_strategy, self.cycle_momentum = (
            total_steps,
            anneal_strategy,
            cycle_momentum,
        )
        up = float(pct_start * total_steps) - 1
        low, top, high = (
            ("initial_lr", "max_lr", "min_lr"),
            ("max_momentum", "base_momentum"),
            total_steps - 1,
        )
        ends = [up, 2 * up, high] if three_phase else [up, high]
        rates = [low[0], low[1], *([low[0]] if three_phase else []), low[2]]
        momenta = [top[0], top[1], *[top[0]] * (2 if three_phase else 1)]
        self.phases = [
            (end, rates[k], rates[k + 1], momenta[k], momenta[k + 1]) for k, end in enumerate(ends)
        ]
        if last_epoch == -1:
            for group, most in zip(
                optimizer.param_groups, for_each(optimizer, max_lr, "max_lr"), strict=True
            ):
                group["initial_lr"] = most / div_factor
                group["max_lr"] = most
                group["min_lr"] = group["initial_lr"] / final_div_factor
                if cycle_momentum:
                    set_momentum(group, max_momentum)
                    group["max_momentum"], group["base_momentum"] = max_momentum, base_momentum
        super().__init__(optimizer, last_epoch)

    def between(self, start: float, end: float, share: float) -> float:
        """The value at a share of the way."""
        if self.anneal_strategy == "linear":
            return (end - start) * share + start
        return end + (start - end) / 2.0 * (math.cos(math.pi * share) + 1)

    def rate(self, group: Group, base: float, k: int) -> float:
        """The place in the cycle; sets the momentum beside it."""
        now = self.last_epoch
        if now > self.total_steps:
            raise ValueError(
                f"Tried to step {now} times. The specified number of total steps is {self.total_steps}"
            )
        begin = 0.0
        for place, (end, rate_a, rate_b, momentum_a, momentum_b) in enumerate(self.phases):
            if now <= end or place == len(self.phases) - 1:
                share = (now - begin) / (end - begin)
                if self.cycle_momentum:
                    set_momentum(group, self.between(group[momentum_a], group[momentum_b], share))
                return self.between(group[rate_a], group[rate_b], share)
            begin = end
        raise AssertionError("the last phase has no end")


class CyclicLR(LRScheduler):
    """Up from base_lr to max_lr in step_size_up steps, down in step_size_down, and again; momentum the other way (Smith 2017).

    mode: 'triangular', 'triangular2' (half as high each time) or 'exp_range' (gamma^step as high); or scale_fn says how high,
    of the cycle's number (from 1) or, with scale_mode='iterations', of the step's.
    """

    def __init__(
        self,
        optimizer: Optimizer,
        base_lr: Any,
        max_lr: Any,
        step_size_up: int = 2000,
        step_size_down: int | None = None,
        mode: str = "triangular",
        gamma: float = 1.0,
        scale_fn: Callable[[float], float] | None = None,
        scale_mode: str = "cycle",
        cycle_momentum: bool = True,
        base_momentum: Any = 0.8,
        max_momentum: Any = 0.9,
        last_epoch: int = -1,
    ) -> None:
        check_optimizer(optimizer)
        if mode not in ("triangular", "triangular2", "exp_range") and scale_fn is None:
            raise ValueError("mode is invalid and scale_fn is None")
        self.optimizer, self.cycle_momentum = optimizer, cycle_momentum
        lows = for_each(optimizer, base_lr, "base_lr")
        self.max_lrs = for_each(optimizer, max_lr, "max_lr")
        down = step_size_up if step_size_down is None else step_size_down
        self.total_size = float(step_size_up) + float(down)
        self.step_ratio = float(step_size_up) / self.total_size
        self.mode, self.gamma, self.scale_fn = mode, gamma, scale_fn
        self.scale_mode = scale_mode if scale_fn or mode != "exp_range" else "iterations"
        if last_epoch == -1:
            for group, low in zip(optimizer.param_groups, lows, strict=True):
                set_rate(group, low)
        if cycle_momentum:
            self.base_momentums = for_each(optimizer, base_momentum, "base_momentum")
            self.max_momentums = for_each(optimizer, max_momentum, "max_momentum")
            for k, group in enumerate(optimizer.param_groups if last_epoch == -1 else []):
                set_momentum(group, self.max_momentums[k])
                group["max_momentum"] = self.max_momentums[k]
                group["base_momentum"] = self.base_momentums[k]
        super().__init__(optimizer, last_epoch)
        self.base_lrs = lows

    def height(self) -> tuple[float, float]:
        """How far up the present cycle the step is, and how high this cycle goes."""
        cycle = math.floor(1 + self.last_epoch / self.total_size)
        x = 1.0 + self.last_epoch / self.total_size - cycle
        up = x / self.step_ratio if x <= self.step_ratio else (x - 1) / (self.step_ratio - 1)
        place = cycle if self.scale_mode == "cycle" else self.last_epoch
        if self.scale_fn is not None:
            return up, self.scale_fn(place)
        if self.mode == "triangular":
            return up, 1.0
        return up, 1 / 2.0 ** (place - 1) if self.mode == "triangular2" else self.gamma**place

    def rate(self, group: Group, base: float, k: int) -> float:
        """The place in the cycle; sets the momentum beside it."""
        up, scale = self.height()
        if self.cycle_momentum:
            most = self.max_momentums[k]
            set_momentum(group, most - (most - self.base_momentums[k]) * up * scale)
        return base + (self.max_lrs[k] - base) * up * scale

    def state_dict(self) -> Group:
        """Everything but the optimizer and a function, which cannot be saved."""
        return {k: v for k, v in super().state_dict().items() if k != "scale_fn"}
