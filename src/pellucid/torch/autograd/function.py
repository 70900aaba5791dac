"""torch.autograd.function."""

from __future__ import annotations

from pellucid.torch.autograd.functions import Function, once_differentiable

__all__ = ["Function", "once_differentiable"]
