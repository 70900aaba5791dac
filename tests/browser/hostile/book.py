"""Writes the hostile cells and submissions as a book, as a stranger would."""

from __future__ import annotations

from pathlib import Path

from hostile.attack import Attack
from hostile.attempts import ATTEMPTS
from hostile.exhaustion import EXHAUSTION
from hostile.forgery import FORGERY
from hostile.markup import MARKUP
from hostile.network import NETWORK
from hostile.surroundings import SURROUNDINGS

ATTACKS: list[Attack] = [*NETWORK, *SURROUNDINGS, *FORGERY, *MARKUP, *EXHAUSTION]

EXERCISES = """\
from pellucid.grading import exercise
"""

EXERCISE = """
ex = exercise("{id}", kind="function", entry="double", hints=["Add x to itself.", "Or multiply.", "By two."])

@ex.inputs
def inputs(rng):
    yield (1.5,)
    for _ in range(4):
        yield (float(rng.normal()),)

@ex.reference
def double(x):
    return x + x
"""


def write_book(folder: Path, canary: str) -> None:
    """Two chapters: one of cells, one of exercises whose starters are the submissions."""
    cells, tries = folder / "01-cells", folder / "02-attempts"
    for chapter in (cells, tries):
        chapter.mkdir(parents=True)
    alive = Attack("alive", "print('alive', 6 * 7)")
    blocks = [_cell(attack).replace("CANARY", canary) for attack in [alive, *ATTACKS]]
    (cells / "index.md").write_text("\n\n".join(["# Cells", *blocks]), encoding="utf-8")
    (tries / "index.md").write_text(
        "\n\n".join(["# Attempts", *(_exercise(name, code) for name, code in ATTEMPTS.items())]),
        encoding="utf-8",
    )
    entries = [EXERCISE.format(id=name) for name in ATTEMPTS]
    (tries / "exercises.py").write_text(EXERCISES + "".join(entries), encoding="utf-8")


def _cell(attack: Attack) -> str:
    return f"```{{code-cell}} python\n:name: {attack.name}\n:seconds: {attack.seconds}\n\n{attack.code}\n```"


def _exercise(name: str, code: str) -> str:
    return (
        f":::{{exercise}} {name}\n:id: {name}\n\nDouble a number.\n\n```{{starter}}\n{code.strip()}\n```\n:::"
    )
