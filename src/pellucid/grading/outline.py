"""What the page shows of an exercises.py, read from its syntax tree: nothing of the file is executed."""

from __future__ import annotations

import ast
import re
import textwrap
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, cast

from pellucid.errors import BookError, Fault
from pellucid.grading.kinds import KINDS

DECORATORS = ("inputs", "reference", "accepts", "mistake")


def _is_text(value: Any) -> bool:
    return isinstance(value, str)


def _is_texts(value: Any) -> bool:
    return isinstance(value, (list, tuple)) and all(map(_is_text, cast("list[Any]", value)))


# The options that the page shows: what each must be, as a check and in words.
SHOWN: dict[str, tuple[Callable[[Any], bool], str]] = {
    "id": (_is_text, "a text"),
    "kind": (_is_text, "a text"),
    "entry": (lambda value: value is None or _is_text(value), "a text"),
    "hints": (_is_texts, "a list of texts"),
    "options": (_is_texts, "a list of texts"),
    "answer": (lambda value: value is None or type(value) is int, "the number of an option, from 0"),
}


@dataclass(frozen=True)
class Code:
    """A solution as a learner could have written it; it runs as it stands."""

    name: str
    code: str


@dataclass(frozen=True)
class Outline:
    """One exercise, as far as its text says it."""

    id: str
    kind: str
    entry: str
    line: int
    hints: tuple[str, ...] = ()
    options: tuple[str, ...] = ()
    solution: Code = Code("", "")
    alternatives: tuple[Code, ...] = ()


def outline(source: str, file: str) -> dict[str, Outline]:
    """The exercises of `source` by id, in order. Raises BookError with all faults, each with file and line."""
    try:
        tree = ast.parse(source)
    except (SyntaxError, ValueError, RecursionError, MemoryError) as error:
        line = error.lineno if isinstance(error, SyntaxError) else None
        reason = error.msg if isinstance(error, SyntaxError) else str(error) or "it is nested too deeply"
        raise BookError([Fault(file, line, f"is not Python: {reason}.", "a Python file")]) from error
    reader = _Reader(source, file, tree)
    for node in tree.body:
        reader.read(node)
    found = reader.finish()
    if reader.faults:
        raise BookError(reader.faults)
    return found


@dataclass
class _Reader:
    """Walks the file from top to bottom, as executing it would."""

    source: str
    file: str
    tree: ast.Module
    faults: list[Fault] = field(default_factory=list[Fault])
    found: dict[str, Outline] = field(default_factory=dict[str, Outline])
    variables: dict[str, str] = field(
        default_factory=dict[str, str]
    )  # variable -> id of the exercise that it holds now

    def read(self, node: ast.stmt) -> None:
        """One statement of the file."""
        if isinstance(node, ast.Assign) and _calls_exercise(node.value):
            assert isinstance(node.value, ast.Call)
            self.begin(node, node.value)
        elif isinstance(node, ast.FunctionDef):
            for decorator in node.decorator_list:
                self.read_decorator(node, decorator)

    def begin(self, node: ast.Assign, call: ast.Call) -> None:
        """`ex = exercise(…)`"""
        options = self.literals(call)
        id = options.get("id")
        if not isinstance(id, str) or len(node.targets) != 1 or not isinstance(node.targets[0], ast.Name):
            self.fault(node, "an exercise without an id that can be read", 'ex = exercise("the-id", …)')
            return
        kind = options.get("kind", "function")
        if kind not in KINDS:
            self.fault(node, f"exercise {id!r}: there is no kind {kind!r}", f"one of {', '.join(KINDS)}")
            return
        if id in self.found:
            self.fault(node, f"the id {id!r} is used twice", "an id of its own for each exercise")
        entry = options.get("entry") or KINDS[kind].entry
        if not entry:
            self.fault(node, f"exercise {id!r}: the entry is missing", 'entry="the name of the function"')
        self.variables[node.targets[0].id] = id
        answer = (
            Code("answer", f"answer = {options['answer']}")
            if options.get("answer") is not None
            else Code("", "")
        )
        hints, choices = tuple(options.get("hints", ())), tuple(options.get("options", ()))
        self.found[id] = Outline(id, kind, entry, node.lineno, hints, choices, answer)

    def literals(self, call: ast.Call) -> dict[str, Any]:
        """The options that can be read without executing anything; a fault for those that are shown but cannot."""
        options: dict[str, Any] = {}
        named = [*zip(["id"], call.args, strict=False), *((k.arg, k.value) for k in call.keywords)]
        for name, value in named:
            try:
                options[str(name)] = ast.literal_eval(value)
            except (ValueError, TypeError, SyntaxError, RecursionError, MemoryError):
                if name in SHOWN:
                    self.fault(value, f"{name} cannot be read without executing the file", SHOWN[name][1])
                continue
            if name in SHOWN and not SHOWN[name][0](options[name]):
                self.fault(value, f"{name} is {options.pop(name)!r:.80}", SHOWN[name][1])
        return options

    def read_decorator(self, node: ast.FunctionDef, decorator: ast.expr) -> None:
        """`@ex.reference` and its like; other decorators are none of ours."""
        target = decorator.func if isinstance(decorator, ast.Call) else decorator
        if not (
            isinstance(target, ast.Attribute)
            and isinstance(target.value, ast.Name)
            and target.attr in DECORATORS
        ):
            return
        id = self.variables.get(target.value.id)
        if id is None:
            self.fault(
                node, f"`@{target.value.id}.{target.attr}` belongs to no exercise", "an exercise(…) above it"
            )
        elif target.attr == "reference":
            self.found[id] = replace(self.found[id], solution=self.code(node, self.found[id]))
        elif target.attr == "accepts":
            alternatives = (*self.found[id].alternatives, self.code(node, self.found[id]))
            self.found[id] = replace(self.found[id], alternatives=alternatives)

    def code(self, node: ast.FunctionDef, exercise: Outline) -> Code:
        """The function as a submission: named as the entry, below what it uses of the file."""
        own = self.as_submission(node, exercise)
        used = [self.text(helper) for helper in _find_helpers(node, self.tree.body)]
        imports = [text for text in used if text.startswith(("import ", "from "))]
        helpers = [text for text in used if text not in imports]
        blocks = ["\n".join(imports)] if imports else []
        gap = "\n\n\n" if KINDS[exercise.kind].takes_inputs else "\n\n"
        return Code(node.name, gap.join([*blocks, *helpers, own]) + "\n")

    def as_submission(self, node: ast.FunctionDef, exercise: Outline) -> str:
        """The function itself; where the learner assigns a value, its body with `return` turned into that assignment."""
        if KINDS[exercise.kind].takes_inputs:
            return re.sub(rf"\b{re.escape(node.name)}\b", exercise.entry, self.text(node))
        last = node.body[-1]
        if not isinstance(last, ast.Return) or last.value is None:
            self.fault(
                node,
                f"`{node.name}` does not end in `return` and a value",
                "return the answer in the last line",
            )
            return ""
        lines = self.lines()
        before = "\n".join(lines[node.body[0].lineno - 1 : last.lineno - 1])
        value = ast.get_source_segment(self.source, last.value) or ""
        return "\n".join(filter(None, [textwrap.dedent(before), f"{exercise.entry} = {value}"]))

    def text(self, node: ast.stmt) -> str:
        """The statement's own lines, without decorators."""
        return textwrap.dedent("\n".join(self.lines()[node.lineno - 1 : node.end_lineno]))

    def lines(self) -> list[str]:
        """The file's lines as Python counts them: `splitlines` would also end a line at form feeds and U+2028."""
        return re.split(r"\r\n|\r|\n", self.source)

    def finish(self) -> dict[str, Outline]:
        """What was found, once the file has been read."""
        for one in self.found.values():
            if not one.solution.code:
                self.faults.append(
                    Fault(
                        self.file,
                        one.line,
                        f"exercise {one.id!r} has no reference.",
                        "a solution under @ex.reference",
                    )
                )
        return self.found

    def fault(self, node: ast.AST, message: str, expected: str) -> None:
        """Note a fault at `node` and go on."""
        self.faults.append(Fault(self.file, getattr(node, "lineno", None), f"{message}.", expected))


def _calls_exercise(node: ast.expr) -> bool:
    if not isinstance(node, ast.Call):
        return False
    name = node.func
    return (isinstance(name, ast.Name) and name.id == "exercise") or (
        isinstance(name, ast.Attribute) and name.attr == "exercise"
    )


def _find_helpers(node: ast.FunctionDef, body: Sequence[ast.stmt]) -> list[ast.stmt]:
    """The module's imports, helper functions and constants that a function uses, directly or through one another, in order."""
    binders = {name: statement for statement in body for name in _bound_names(statement)}
    needed: list[ast.stmt] = []
    waiting: list[ast.stmt] = [node]
    while waiting:
        for name in _used_names(waiting.pop()):
            statement = binders.get(name)
            if statement is not None and statement is not node and statement not in needed:
                needed.append(statement)
                waiting.append(statement)
    return sorted(needed, key=lambda statement: statement.lineno)


def _used_names(node: ast.AST) -> set[str]:
    """Names that a statement uses, those of annotations and defaults included."""
    parts = [*node.body, node.args] if isinstance(node, ast.FunctionDef) else [node]
    return {name.id for part in parts for name in ast.walk(part) if isinstance(name, ast.Name)}


def _bound_names(statement: ast.stmt) -> list[str]:
    if isinstance(statement, (ast.Import, ast.ImportFrom)):
        if isinstance(statement, ast.ImportFrom) and (statement.module or "").startswith("pellucid.grading"):
            return []
        return [alias.asname or alias.name.partition(".")[0] for alias in statement.names]
    if isinstance(statement, ast.FunctionDef) and not statement.decorator_list:
        return [statement.name]
    if isinstance(statement, ast.Assign) and not _calls_exercise(statement.value):
        return [target.id for target in statement.targets if isinstance(target, ast.Name)]
    return []
