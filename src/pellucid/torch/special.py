"""torch.special: functions of one and two numbers."""

from __future__ import annotations

from typing import Any

from pellucid.torch.ops.elementwise import exp2, expm1, log1p, logit, round, sinc
from pellucid.torch.ops.elementwise import sigmoid as expit
from pellucid.torch.ops.exponentials import log_softmax, logsumexp, softmax
from pellucid.torch.ops.special import (
    bessel_j0,
    bessel_j1,
    bessel_y0,
    bessel_y1,
    digamma,
    entr,
    erf,
    erfc,
    erfcx,
    erfinv,
    i0,
    i0e,
    i1,
    i1e,
    log_ndtr,
    ndtr,
    ndtri,
    polygamma,
    spherical_bessel_j0,
    xlog1py,
    xlogy,
    zeta,
)
from pellucid.torch.ops.special import i0 as modified_bessel_i0
from pellucid.torch.ops.special import i1 as modified_bessel_i1
from pellucid.torch.ops.special import igamma as gammainc
from pellucid.torch.ops.special import igammac as gammaincc
from pellucid.torch.ops.special import k0 as modified_bessel_k0
from pellucid.torch.ops.special import k0e as scaled_modified_bessel_k0
from pellucid.torch.ops.special import k1 as modified_bessel_k1
from pellucid.torch.ops.special import k1e as scaled_modified_bessel_k1
from pellucid.torch.ops.special import lgamma as gammaln
from pellucid.torch.ops.special import mvlgamma as multigammaln

psi = digamma


def __getattr__(name: str) -> Any:
    from pellucid.torch.absent import missing_name

    raise missing_name("torch.special", name, globals())


__all__ = [
    "bessel_j0",
    "bessel_j1",
    "bessel_y0",
    "bessel_y1",
    "digamma",
    "entr",
    "erf",
    "erfc",
    "erfcx",
    "erfinv",
    "exp2",
    "expit",
    "expm1",
    "gammainc",
    "gammaincc",
    "gammaln",
    "i0",
    "i0e",
    "i1",
    "i1e",
    "log1p",
    "log_ndtr",
    "log_softmax",
    "logit",
    "logsumexp",
    "modified_bessel_i0",
    "modified_bessel_i1",
    "modified_bessel_k0",
    "modified_bessel_k1",
    "multigammaln",
    "ndtr",
    "ndtri",
    "polygamma",
    "psi",
    "round",
    "scaled_modified_bessel_k0",
    "scaled_modified_bessel_k1",
    "sinc",
    "softmax",
    "spherical_bessel_j0",
    "xlog1py",
    "xlogy",
    "zeta",
]
