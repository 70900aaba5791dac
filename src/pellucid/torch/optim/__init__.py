"""torch.optim: what changes parameters along their gradients, and schedules of the learning rate."""

from __future__ import annotations

from typing import Any

from pellucid.torch.optim import lr_scheduler
from pellucid.torch.optim.adagrad import Adagrad
from pellucid.torch.optim.adam import Adam, AdamW
from pellucid.torch.optim.optimizer import Optimizer
from pellucid.torch.optim.rmsprop import RMSprop
from pellucid.torch.optim.sgd import SGD


def __getattr__(name: str) -> Any:
    from pellucid.torch.absent import missing_name

    raise missing_name("torch.optim", name, globals())


__all__ = ["SGD", "Adagrad", "Adam", "AdamW", "Optimizer", "RMSprop", "lr_scheduler"]
