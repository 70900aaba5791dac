"""torch.backends.cudnn: its switches may be set, and change nothing, since there is no GPU that they could guide."""

from __future__ import annotations

enabled = True
benchmark = False
deterministic = False
allow_tf32 = True


def is_available() -> bool:
    """False."""
    return False


def version() -> None:
    """None: it is not there."""
    return None
