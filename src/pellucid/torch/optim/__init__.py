"""torch.optim: what changes parameters along their gradients, and schedules of the learning rate."""

from __future__ import annotations

from typing import Any

from pellucid.torch.optim import lr_scheduler
from pellucid.torch.optim.adadelta import Adadelta
from pellucid.torch.optim.adafactor import Adafactor
from pellucid.torch.optim.adagrad import Adagrad
from pellucid.torch.optim.adam import Adam, AdamW
from pellucid.torch.optim.adamax import Adamax
from pellucid.torch.optim.asgd import ASGD
from pellucid.torch.optim.lbfgs import LBFGS
from pellucid.torch.optim.muon import Muon
from pellucid.torch.optim.nadam import NAdam
from pellucid.torch.optim.optimizer import Optimizer
from pellucid.torch.optim.radam import RAdam
from pellucid.torch.optim.rmsprop import RMSprop
from pellucid.torch.optim.rprop import Rprop
from pellucid.torch.optim.sgd import SGD


def __getattr__(name: str) -> Any:
    from pellucid.torch.absent import missing_name

    raise missing_name("torch.optim", name, globals())


__all__ = [
    "ASGD",
    "LBFGS",
    "SGD",
    "Adadelta",
    "Adafactor",
    "Adagrad",
    "Adam",
    "AdamW",
    "Adamax",
    "Muon",
    "NAdam",
    "Optimizer",
    "RAdam",
    "RMSprop",
    "Rprop",
    "lr_scheduler",
]
