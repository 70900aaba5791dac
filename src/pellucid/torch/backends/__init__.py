"""torch.backends: what a program may ask of, or set for, machines that are not here."""

from __future__ import annotations

from pellucid.torch.backends import cuda, cudnn, mps

__all__ = ["cuda", "cudnn", "mps"]
