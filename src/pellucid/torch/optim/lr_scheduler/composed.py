"""Schedules made of schedules."""

from __future__ import annotations

# pyright: reportUnknownLambdaType=false, reportUnknownArgumentType=false
# pyright: reportUnknownVariableType=false, reportUnknownMemberType=false
from collections.abc import Sequence
from typing import Any

from pellucid.torch.optim.lr_scheduler.base import LRScheduler, set_rate
from pellucid.torch.optim.lr_scheduler.plateau import ReduceLROnPlateau
from pellucid.torch.optim.optimizer import Group, Optimizer


class SequentialLR(LRScheduler):
    """One schedule until its milestone, then the next."""

    def __init__(
        self,
        optimizer: Optimizer,
        schedulers: Sequence[LRScheduler],
        milestones: Sequence[int],
        last_epoch: int = -1,
    ) -> None:
        check_parts(type(self).__name__, schedulers, optimizer, "scheduler")
        if len(milestones) != len(schedulers) - 1:
            raise ValueError(
                "Sequential Schedulers expects number of schedulers provided to be one more than the number of milestone "
                f"points, but got number of schedulers {len(schedulers)} and the number of milestones to be equal to "
                f"{len(milestones)}"
            )
        self.optimizer, self._schedulers, self._milestones = optimizer, list(schedulers), list(milestones)
        self.last_epoch = last_epoch + 1
        for group in optimizer.param_groups:
            set_rate(group, group["initial_lr"])
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

    def state_dict(self) -> Group:
        """Everything but the optimizer; of each schedule its own state_dict."""
        return parts_saved(self)

    def load_state_dict(self, state_dict: Group) -> None:
        """Go on from what state_dict gave."""
        load_parts(self, state_dict)


def begin(scheduler: Any) -> None:
    """A schedule's first step, from the initial rates."""
    for group, base in zip(scheduler.optimizer.param_groups, scheduler.base_lrs, strict=True):
        set_rate(group, base)
    scheduler._step_count = 0
    scheduler._is_initial = True
    scheduler.step()
    scheduler._is_initial = False


class ChainedScheduler(LRScheduler):
    """Several schedules at once, each stepped in turn."""

    def __init__(self, schedulers: Sequence[LRScheduler], optimizer: Optimizer | None = None) -> None:
        check_parts(type(self).__name__, schedulers, optimizer, "scheduler to be chained")
        self._schedulers = list(schedulers)
        self.optimizer = optimizer or schedulers[0].optimizer
        self._last_lr = [group["lr"] for group in self.optimizer.param_groups]

    def step(self) -> None:
        """One step of each."""
        for scheduler in self._schedulers:
            scheduler.step()
        self._last_lr = [group["lr"] for group in self.optimizer.param_groups]

    def state_dict(self) -> Group:
        """Everything but the optimizer; of each schedule its own state_dict."""
        return parts_saved(self)

    def load_state_dict(self, state_dict: Group) -> None:
        """Go on from what state_dict gave."""
        load_parts(self, state_dict)


def check_parts(name: str, schedulers: Sequence[Any], optimizer: Optimizer | None, what: str) -> None:
    """Errors for schedules that cannot be put together."""
    if not schedulers:
        raise ValueError(f"{name} expects at least one {what}, but got no scheduler.")
    optimizer = optimizer or schedulers[0].optimizer
    for k, scheduler in enumerate(schedulers):
        if not hasattr(scheduler, "optimizer"):
            raise TypeError(f"{name} at index {k} should have `optimizer` as its attribute.")
        if isinstance(scheduler, ReduceLROnPlateau):
            raise ValueError(
                f"{name} does not support `ReduceLROnPlateau` scheduler as it requires additional kwargs to be specified when "
                f"calling `step`, but got one at index {k} in the given schedulers sequence."
            )
        if scheduler.optimizer is not optimizer:
            raise ValueError(
                f"{name} expects all schedulers to belong to the same optimizer, but got scheduler "
                f"{type(scheduler).__name__} at index {k} has {scheduler.optimizer}, which is different from "
                f"{type(optimizer).__name__}."
            )


def parts_saved(whole: Any) -> Group:
    """The state of a schedule of schedules."""
    state = {k: v for k, v in whole.__dict__.items() if k not in ("optimizer", "_schedulers")}
    return state | {"_schedulers": [s.state_dict() for s in whole._schedulers]}


def load_parts(whole: Any, state: Group) -> None:
    """Give a schedule of schedules its state."""
    whole.__dict__.update({k: v for k, v in state.items() if k != "_schedulers"})
    for scheduler, saved in zip(whole._schedulers, state["_schedulers"], strict=True):
        scheduler.load_state_dict(saved)
