"""Runnable cells, from directives and from notebooks."""

from __future__ import annotations

import re
from dataclasses import dataclass

from pellucid.book.availability import Findings, Session
from pellucid.book.directive import Directive
from pellucid.book.draft import Draft
from pellucid.book.highlight import highlight
from pellucid.book.page import Cell
from pellucid.book.shell import render_block

DEFAULT_SECONDS = 60
MAX_SECONDS = 3600
_SKIPPING = {"skip-run", "no-run", "skip-execution", "no-execute"}
_FOLDING_INPUT = {"hide-input", "remove-input", "hide_input", "remove_input"}
_FOLDING_CELL = {"hide-cell", "remove-cell", "hide_cell", "remove_cell"}
_FOLDING_OUTPUT = {"hide-output", "remove-output", "hide_output", "remove_output"}
_PYTHON = {"", "python", "python3", "ipython", "ipython3", "py"}


@dataclass(frozen=True)
class CellText:
    """What an author wrote of a cell."""

    source: str
    name: str = ""
    tags: tuple[str, ...] = ()
    seconds: int = DEFAULT_SECONDS
    language: str = "python"
    stored: str = ""
    line: int | None = None


def add_cell(draft: Draft, directive: Directive) -> Cell:
    """The cell of a `{code-cell}`."""
    tags = directive.words("tags")
    if directive.option("run").lower() in ("no", "false"):
        tags = (*tags, "skip-run")
    seconds = directive.option("seconds", default=str(DEFAULT_SECONDS))
    if not re.fullmatch(r"[0-9]{1,6}", seconds) or not 1 <= int(seconds) <= MAX_SECONDS:
        draft.fault(f"“{seconds}” is not a time limit.", directive.line, f":seconds: from 1 to {MAX_SECONDS}")
        seconds = str(DEFAULT_SECONDS)
    language = directive.argument.lower()
    text = CellText(
        source=directive.body,
        name=directive.option("name", "id", "label"),
        tags=tags,
        seconds=int(seconds),
        language="python" if language in _PYTHON else language,
        line=directive.line,
    )
    return make_cell(draft, text, session_of(draft))


def session_of(draft: Draft) -> Session:
    """What the page's cells have imported so far."""
    if draft.session is None:
        draft.session = Session(draft.source.available)
    return draft.session


def make_cell(draft: Draft, text: CellText, session: Session) -> Cell:
    """A cell with its number, its id, and what stands in the way of running it."""
    number = len(draft.cells) + 1
    cell_id = _claim_cell_id(draft, text, number)
    python = text.language == "python"
    found = (
        session.examine(text.source)
        if python
        else Findings((), (_other_language(text.language),), runs=False)
    )
    if not found.valid and draft.source.strict and not {"raises-exception", *_SKIPPING} & set(text.tags):
        draft.fault(
            found.notes[-1].replace("This cell", f"cell {number}"),
            text.line,
            "Python, or the tag raises-exception",
        )
    notes = ((_unavailable(found.unavailable),) if found.unavailable else ()) + found.notes
    draft.tally.cells += 1
    draft.tally.add_code(text.source)
    draft.read_code(text.source)
    markup = render_block(
        "cell",
        id=cell_id,
        number=number,
        seconds=text.seconds,
        source=highlight(text.source, text.language),
        language=text.language,
        stored=text.stored,
        runs=found.runs,
        skip=bool(_SKIPPING & set(text.tags)),
        raises="raises-exception" in text.tags,
        unavailable=" ".join(found.unavailable),
        notes=notes,
        fold_input=bool(_FOLDING_INPUT & set(text.tags)),
        fold_cell=bool(_FOLDING_CELL & set(text.tags)),
        base=draft.base,
        fold_output=bool(_FOLDING_OUTPUT & set(text.tags)),
    )
    line = None if text.line is None else text.line + draft.line_offset
    runs = found.runs and not _SKIPPING & set(text.tags)
    cell = Cell(
        id=cell_id,
        number=number,
        source=text.source,
        html=markup,
        seconds=text.seconds,
        tags=text.tags,
        runs=runs,
        interactive=found.runs,
        unavailable=found.unavailable,
        notes=notes,
        line=line,
    )
    draft.cells.append(cell)
    return cell


def _claim_cell_id(draft: Draft, text: CellText, number: int) -> str:
    if text.name and not re.fullmatch(r"[\w-]+", text.name):
        draft.fault(f"“{text.name}” cannot be a cell’s name.", text.line, "letters, digits and hyphens")
    elif text.name:
        if any(cell.id == text.name for cell in draft.cells):
            draft.fault(f"two cells have the name “{text.name}”.", text.line, "each name once")
        return draft.claim_id(f"cell-{text.name}").removeprefix("cell-")
    return draft.claim_id(f"cell-cell-{number}").removeprefix("cell-")


def _unavailable(modules: tuple[str, ...]) -> str:
    names = modules[0] if len(modules) == 1 else f"{', '.join(modules[:-1])} and {modules[-1]}"
    return f"This cell needs {names}, which the browser does not have, so it does not run here."


def _other_language(language: str) -> str:
    return f"This cell is written in {language.capitalize()}; only Python runs here."
