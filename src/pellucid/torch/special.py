"""torch.special: functions of one and two numbers."""

from __future__ import annotations

from pellucid.torch.ops.elementwise import (
    digamma,
    erf,
    erfc,
    erfinv,
    exp2,
    expm1,
    log1p,
    logit,
    round,
    sinc,
    xlogy,
)
from pellucid.torch.ops.elementwise import entropy as entr
from pellucid.torch.ops.elementwise import lgamma as gammaln
from pellucid.torch.ops.elementwise import sigmoid as expit
from pellucid.torch.ops.exponentials import log_softmax, logsumexp, softmax

psi = digamma

__all__ = [
    "digamma",
    "entr",
    "erf",
    "erfc",
    "erfinv",
    "exp2",
    "expit",
    "expm1",
    "gammaln",
    "log1p",
    "log_softmax",
    "logit",
    "logsumexp",
    "psi",
    "round",
    "sinc",
    "softmax",
    "xlogy",
]
