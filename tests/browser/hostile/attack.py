"""What a hostile cell is: code that a stranger's notebook could hold, and how its run must end."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True)
class Attack:
    """`ends` is the cell's status after the run, `shows` a text that must stand in its output: proof that the attempt was made.

    An attack that `poisons` harms its own session for good: the reader must press Restart, and then all is well.
    `CANARY` in the code becomes the address of a server that must never hear anything.
    """

    name: str
    code: str
    ends: Literal["ready", "failed", "stopped"] = "ready"
    shows: str = ""
    seconds: int = 60
    poisons: bool = False
