"""torch.backends.mps: Apple's GPU is not used."""

from __future__ import annotations


def is_available() -> bool:
    """False: everything runs on the CPU."""
    return False


def is_built() -> bool:
    """False."""
    return False
