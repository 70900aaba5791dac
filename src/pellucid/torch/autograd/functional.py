"""torch.autograd.functional: derivatives of functions."""

from __future__ import annotations

from pellucid.torch.autograd.functions import hessian, jacobian, jvp, vjp

__all__ = ["hessian", "jacobian", "jvp", "vjp"]
