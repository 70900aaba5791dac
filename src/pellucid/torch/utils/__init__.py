"""torch.utils."""

from __future__ import annotations

from typing import Any

from pellucid.torch.utils import data


def __getattr__(name: str) -> Any:
    from pellucid.torch.absent import missing_name

    raise missing_name("torch.utils", name, globals())


__all__ = ["data"]
