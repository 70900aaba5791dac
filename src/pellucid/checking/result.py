"""What one check found."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Literal

from pellucid.book import ExerciseBlock, Page

Where = Literal["python", "browser"]


@dataclass(frozen=True)
class CheckResult:
    """One row of the report. `where` is "python" or "browser"; `skipped` says why nothing could be run there."""

    page: str
    item: str
    where: Where
    outcome: Literal["holds", "fails", "skipped"]
    detail: str = ""


def proved(
    page: Page, block: ExerciseBlock, where: Where, seeds: int, proofs: Iterable[Mapping[str, Any]]
) -> CheckResult:
    """The row of an exercise: every claim of `proofs` (claim, holds, detail) that does not hold, or how many do."""
    claims = list(proofs)
    broken = [f"{proof['claim']}: {proof['detail']}" for proof in claims if not proof["holds"]]
    detail = "; ".join(broken) if broken else f"{len(claims)} claims, {seeds} seeds"
    return CheckResult(page.slug, f"exercise {block.id}", where, "fails" if broken else "holds", detail)
