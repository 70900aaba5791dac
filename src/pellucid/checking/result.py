"""What one check found."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True)
class CheckResult:
    """One row of the report. `where` is "python" or "browser"; `skipped` says why nothing could be run there."""

    page: str
    item: str
    where: Literal["python", "browser"]
    outcome: Literal["holds", "fails", "skipped"]
    detail: str = ""
