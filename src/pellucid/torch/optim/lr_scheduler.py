"""Schedules of the learning rate. Call step() after the optimizer's, once an epoch (or batch, as the schedule means it).

Most compute each rate from the one before, as torch does, so that rates agree to the last digit.
"""

from __future__ import annotations

# pyright: reportUnknownLambdaType=false, reportUnknownArgumentType=false
# pyright: reportUnknownVariableType=false, reportUnknownMemberType=false
import math
import warnings
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from typing import Any

from pellucid.torch.optim.optimizer import Group, Optimizer


def __getattr__(name: str) -> Any:
    from pellucid.torch.absent import missing_name

    raise missing_name("torch.optim.lr_scheduler", name, globals())


class LRScheduler:
    """A subclass gives rate(group, base, k): the learning rate of a group, base the k-th group's initial one."""

    optimizer: Any

    def __init__(self, optimizer: Optimizer, last_epoch: int = -1) -> None:
        if not isinstance(optimizer, Optimizer):  # pyright: ignore[reportUnnecessaryIsInstance]
            raise TypeError(f"{type(optimizer).__name__} is not an Optimizer")
        self.optimizer = optimizer
        for k, group in enumerate(optimizer.param_groups):
            if last_epoch == -1:
                group.setdefault("initial_lr", group["lr"])
            elif "initial_lr" not in group:
                raise KeyError(
                    f"param 'initial_lr' is not specified in param_groups[{k}] when resuming scheduler with last_epoch >= 0."
                )
        self.base_lrs = [group["initial_lr"] for group in optimizer.param_groups]
        self.last_epoch = last_epoch
        self._step_count = 0
        self._is_initial = True
        self.step()
        self._is_initial = False

    def rate(self, group: Group, base: float, k: int) -> float:
        """The learning rate of the k-th group at last_epoch."""
        raise NotImplementedError

    def get_lr(self) -> list[float]:
        """The learning rates of all groups at last_epoch."""
        groups = self.optimizer.param_groups
        return [self.rate(g, b, k) for k, (g, b) in enumerate(zip(groups, self.base_lrs, strict=True))]

    def get_last_lr(self) -> list[float]:
        """The learning rates that the last step set."""
        return self._last_lr

    def step(self) -> None:
        """Go on by one epoch and set the learning rates."""
        own_step = type(self.optimizer).step is Optimizer.step
        if self._step_count == 1 and own_step and not self.optimizer.step_called:
            warnings.warn(
                "Detected call of `lr_scheduler.step()` before `optimizer.step()`. In PyTorch 1.1.0 and later, you should "
                "call them in the opposite order: `optimizer.step()` before `lr_scheduler.step()`.  Failure to do this "
                "will result in PyTorch skipping the first value of the learning rate schedule. See more details at "
                "https://pytorch.org/docs/stable/optim.html#how-to-adjust-learning-rate",
                UserWarning,
                stacklevel=2,
            )
        self._step_count += 1
        self.last_epoch += 1
        self.set_rates(self.get_lr())

    def set_rates(self, rates: Sequence[float]) -> None:
        """Give the groups their rates."""
        for group, rate in zip(self.optimizer.param_groups, rates, strict=True):
            group["lr"] = rate
        self._last_lr = [group["lr"] for group in self.optimizer.param_groups]

    def state_dict(self) -> Group:
        """Everything but the optimizer."""
        return {k: v for k, v in self.__dict__.items() if k != "optimizer"}

    def load_state_dict(self, state_dict: Group) -> None:
        """Go on from what state_dict gave."""
        self.__dict__.update(state_dict)


_LRScheduler = LRScheduler


def for_each(optimizer: Optimizer, value: Any, name: str) -> list[Any]:
    """One value for each group, from one or from a list."""
    groups = len(optimizer.param_groups)
    if not isinstance(value, (list, tuple)):
        return [value] * groups
    if len(value) != groups:
        raise ValueError(f"Expected {groups} {name}, but got {len(value)}")
    return list(value)


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
            raise ValueError(f"Tried to step {now} times. The total number of steps is {self.total_steps}")
        begin = 0.0
        for place, (end, rate_a, rate_b, momentum_a, momentum_b) in enumerate(self.phases):
            if now <= end or place == len(self.phases) - 1:
                share = (now - begin) / (end - begin)
                if self.cycle_momentum:
                    set_momentum(group, self.between(group[momentum_a], group[momentum_b], share))
                return self.between(group[rate_a], group[rate_b], share)
            begin = end
        raise AssertionError("the last phase has no end")


def set_momentum(group: Group, value: float) -> None:
    """A group's momentum, or Adam's first beta."""
    if "betas" in group:
        group["betas"] = (value, *group["betas"][1:])
    elif "momentum" in group:
        group["momentum"] = value
    else:
        raise ValueError("optimizer must support momentum or beta1 with `cycle_momentum` option enabled")


class SequentialLR(LRScheduler):
    """One schedule until its milestone, then the next."""

    def __init__(
        self, optimizer: Optimizer, schedulers: Sequence[LRScheduler], milestones: Sequence[int]
    ) -> None:
        if len(milestones) != len(schedulers) - 1:
            raise ValueError(
                "Sequential Schedulers expects number of schedulers provided to be one more than the number of milestone "
                f"points, but got number of schedulers {len(schedulers)} and the number of milestones to be equal to "
                f"{len(milestones)}"
            )
        self.optimizer, self._schedulers, self._milestones = optimizer, list(schedulers), list(milestones)
        self.last_epoch = 0
        for group in optimizer.param_groups:
            group["lr"] = group["initial_lr"]
        for s in self._schedulers:  # undo the first step of each, then begin with the first
            s.last_epoch -= 1
        begin(self._schedulers[0])
        self._last_lr = self._schedulers[0].get_last_lr()

    def step(self) -> None:
        """One step of the schedule whose turn it is."""
        self.last_epoch += 1
        which = sum(self.last_epoch >= m for m in self._milestones)
        scheduler = self._schedulers[which]
        if which and self.last_epoch == self._milestones[which - 1]:
            scheduler.last_epoch = -1
            begin(scheduler)
        else:
            scheduler.step()
        self._last_lr = scheduler.get_last_lr()


def begin(scheduler: Any) -> None:
    """A schedule's first step, from the initial rates."""
    for group, base in zip(scheduler.optimizer.param_groups, scheduler.base_lrs, strict=True):
        group["lr"] = base
    scheduler._step_count = 0
    scheduler._is_initial = True
    scheduler.step()
    scheduler._is_initial = False


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
