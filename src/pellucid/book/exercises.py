"""Exercises: the task of the chapter joined, by id, with the outline of what grades it."""

from __future__ import annotations

import ast
import re
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, cast

from pellucid.book.directive import Directive
from pellucid.book.draft import Draft, slugify
from pellucid.book.highlight import highlight
from pellucid.book.nested import render_line, render_markdown
from pellucid.book.page import ExerciseBlock
from pellucid.book.shell import render_block
from pellucid.errors import BookError, Fault

if TYPE_CHECKING:
    from pellucid.grading import Outline

Nested = tuple[str, "str | None", int]


def read_outlines(draft: Draft) -> Mapping[str, Outline]:
    """What exercises.py says of each exercise; its mistakes become the page's."""
    source = draft.source
    if source.exercises is None:
        return {}
    from pellucid.grading import outline

    try:
        return outline(source.exercises, source.exercises_file)
    except BookError as error:
        draft.faults += error.faults
        return {}


def add_exercise(draft: Draft, directive: Directive, nested: Nested) -> ExerciseBlock:
    """The block of one `{exercise}`."""
    body, starter, _ = nested
    exercise_id = directive.option("id", "label", "name")
    if not exercise_id:
        draft.fault(
            "this exercise has no id.", directive.line, ":id: lower-case-words, the same as in exercises.py"
        )
        exercise_id = slugify(directive.argument) or f"exercise-{len(draft.exercises) + 1}"
    elif not re.fullmatch(r"[\w-]+", exercise_id):
        draft.fault(
            f"“{exercise_id}” cannot be an exercise’s id.", directive.line, "letters, digits and hyphens"
        )
        exercise_id = slugify(exercise_id) or f"exercise-{len(draft.exercises) + 1}"
    if any(known.id == exercise_id for known in draft.exercises):
        draft.fault(f"two exercises have the id “{exercise_id}”.", directive.line, "each id once")
    found = draft.outlines.get(exercise_id)
    kind = directive.option("kind", default=found.kind if found else "function")
    from pellucid.grading.kinds import KINDS  # brings NumPy, which a page without exercises does not need

    if kind not in KINDS:
        draft.fault(f"“{kind}” is not a kind of exercise.", directive.line, ", ".join(KINDS))
    number = draft.next_number("exercise")
    title = directive.argument or f"Exercise {number}"
    if starter is None and kind != "choice" and found is not None:
        draft.fault(
            f"the exercise “{exercise_id}” has no starter.",
            directive.line,
            "```{starter} within the exercise",
        )
    anchor = draft.claim_id(f"exercise-{exercise_id}", line=directive.line)
    with draft.unread():
        title_html = render_line(title, draft, directive.line)
    for name, line in draft.take_labels():
        draft.add_label(name, "exercise", anchor, str(number), title, line)
    draft.add_label(exercise_id, "exercise", anchor, str(number), title, directive.line)
    draft.add_exercise_heading(anchor, title, title_html, exercise_id)
    with draft.aside():
        task = render_markdown(body, draft, directive.body_line)
    draft.tally.exercises += 1
    level = 3 if any(heading.exercise is None for heading in draft.headings) else 2
    markup = render_block(
        "exercise",
        id=exercise_id,
        number=number,
        kind=kind,
        title=title_html,
        level=level,
        task=task,
        starter=highlight(starter or ""),
        options=[render_line(text, draft, directive.line) for text in (found.options if found else ())],
        judged=found is not None,
        base=draft.base,
    )
    block = ExerciseBlock(
        exercise_id, number, title, kind, starter or "", markup, directive.line + draft.line_offset
    )
    draft.exercises.append(block)
    return block


def check_exercises(draft: Draft) -> None:
    """Each exercise of the page in exercises.py, and each of exercises.py on the page."""
    file = draft.source.exercises_file
    on_page = {block.id for block in draft.exercises}
    if draft.source.exercises is None:
        if draft.source.strict and on_page:
            draft.faults.append(
                Fault(
                    draft.source.file,
                    draft.exercises[0].line,
                    "the page has exercises, but no exercises.py beside it.",
                    file,
                )
            )
        return
    if not draft.outlines:  # its own faults say why
        return
    for block in draft.exercises:
        if block.id not in draft.outlines:
            expected = f'exercise("{block.id}", …)'
            message = f"the exercise “{block.id}” is not in {file}."
            draft.faults.append(Fault(draft.source.file, block.line, message, expected))
    for exercise_id, found in draft.outlines.items():
        if exercise_id not in on_page:
            message = f"the exercise “{exercise_id}” is not on the page {draft.source.file}."
            draft.faults.append(Fault(file, found.line, message, f":::{{exercise}} with :id: {exercise_id}"))


def exercises_data(draft: Draft) -> dict[str, Any]:
    """What the page fetches at the first Check, Hint or Show solution; its HTML still holds marks."""
    if draft.source.exercises is None or not draft.exercises:
        return {}
    entries: dict[str, Any] = {}
    with draft.unread():
        for block in draft.exercises:
            found = draft.outlines.get(block.id)
            if found is not None:
                entries[block.id] = _entry(draft, block, found)
    return {"source": draft.source.exercises, "exercises": entries}


def _entry(draft: Draft, block: ExerciseBlock, found: Outline) -> dict[str, Any]:
    solution = _solution(draft, block, found)
    return {
        "title": block.title,
        "kind": block.kind,
        "entry": found.entry,
        "starter": block.starter,
        "hints": [render_line(hint, draft, 1) for hint in found.hints],
        "solution": solution,
        "alternatives": [
            {"name": code.name, "code": code.code, "html": highlight(code.code)}
            for code in found.alternatives
        ],
    }


def _solution(draft: Draft, block: ExerciseBlock, found: Outline) -> dict[str, str]:
    code = found.solution.code if found.solution else ""
    if block.kind != "choice":
        return {"code": code, "html": highlight(code)}
    index = _chosen(code)
    right = found.options[index] if index is not None and index < len(found.options) else ""
    return {"code": code, "html": render_line(right, draft, 1) if right else highlight(code)}


def _chosen(code: str) -> int | None:
    """The number that `answer = N` gives."""
    try:
        last = ast.parse(code).body[-1]
        value = ast.literal_eval(cast("ast.Assign", last).value)
    except (SyntaxError, ValueError, IndexError, AttributeError):
        return None
    return value if isinstance(value, int) else None
