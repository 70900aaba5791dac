"""torch.backends.cuda: not built."""

from __future__ import annotations


def is_built() -> bool:
    """False."""
    return False
