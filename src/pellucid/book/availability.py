"""What the browser cannot run, found by reading a cell: imports that it lacks, magics, downloads, Python 2."""

from __future__ import annotations

import ast
import re
import sys
from collections.abc import Collection, Iterator
from dataclasses import dataclass, field

# Standard modules that Pyodide leaves out, or that left the language with Python 3.12.
_NOT_IN_BROWSER = {
    "asynchat", "asyncore", "curses", "dbm", "distutils", "ensurepip", "fcntl", "grp", "idlelib", "imp", "lib2to3", "msvcrt",
    "pwd", "resource", "smtpd", "syslog", "termios", "tkinter", "turtle", "turtledemo", "venv", "winreg", "winsound",
}  # fmt: skip
STANDARD = frozenset(sys.stdlib_module_names) - _NOT_IN_BROWSER
PACKAGES = frozenset(
    {
        "numpy", "scipy", "sklearn", "pandas", "matplotlib", "mpl_toolkits", "sympy", "mpmath", "pellucid", "joblib",
        "threadpoolctl", "torch", "PIL", "dateutil", "pytz", "cycler", "kiwisolver", "pyparsing", "packaging", "six", "pylab",
        "contourpy",
    }
)  # fmt: skip
"""Import names of the packages in the runtime, torch being pellucid.torch; a test compares them with its pins."""

_HARMLESS_MAGICS = {
    "matplotlib",
    "config",
    "load_ext",
    "reload_ext",
    "autoreload",
    "precision",
    "pylab",
    "aimport",
}
_MAGIC = re.compile(r"^\s*(%{1,2}|!{1,2})\s*([A-Za-z_]\w*)?")
_HELP = re.compile(r"^\s*(\?{1,2}\s*[\w.]+|[\w.]+\s*\?{1,2})\s*;?\s*$")
_TIMERS = {"time", "timeit", "prun", "capture", "memit"}
_DOWNLOADS = {
    "urlopen",
    "urlretrieve",
    "read_csv",
    "read_table",
    "read_html",
    "read_excel",
    "read_json",
    "read_stata",
    "loadtxt",
    "genfromtxt",
}
_DATASETS = re.compile(r"fetch_[a-z0-9_]+|get_rdataset")
_OTHER_LANGUAGES = {
    "bash",
    "sh",
    "script",
    "html",
    "javascript",
    "js",
    "latex",
    "markdown",
    "svg",
    "ruby",
    "perl",
    "R",
    "cython",
}


@dataclass
class Session:
    """What the cells of a page have bound so far, in order, of what cannot be had in the browser."""

    available: Collection[str]
    spoilt: dict[str, str] = field(default_factory=dict[str, str])
    """Names that exist only where a missing module does -> that module."""

    def examine(self, source: str) -> Findings:
        """What stands in the way of one cell; remembers what that means for the cells that follow."""
        python, notes = _without_magics(source)
        if python is None:
            return Findings((), tuple(notes), runs=False)
        try:
            tree = ast.parse(python)
        except (SyntaxError, ValueError, RecursionError) as error:
            notes.append(_syntax_note(source, error))
            return Findings((), tuple(notes), valid=False)
        missing = self._missing(tree)
        notes += _download_notes(tree)
        return Findings(tuple(missing), tuple(notes))

    def _missing(self, tree: ast.Module) -> list[str]:
        missing: dict[str, None] = {}
        stopped = ""
        for statement in tree.body:
            here = [name for name in _imports(statement) if name not in self.available]
            here += [self.spoilt[name] for name in _reads(statement) if name in self.spoilt]
            missing.update(dict.fromkeys(here))
            stopped = stopped or (here[0] if here else "")
            for name in _binds(statement):
                if stopped:  # the cell never gets this far
                    self.spoilt[name] = stopped
                else:
                    self.spoilt.pop(name, None)
        return list(missing)


@dataclass(frozen=True)
class Findings:
    """`unavailable` modules, plain sentences for the reader, whether it is Python, and whether it parses."""

    unavailable: tuple[str, ...]
    notes: tuple[str, ...]
    runs: bool = True
    valid: bool = True


def _without_magics(source: str) -> tuple[str | None, list[str]]:
    """The cell with IPython's own lines made empty statements (None: not Python at all), and a sentence for each kind."""
    notes: list[str] = []
    lines = re.split(r"\r\n|\r|\n", source)  # `splitlines` would break texts that hold U+2028 or a form feed
    for number, line in enumerate(lines):
        magic = _MAGIC.match(line)
        if magic is None and not _HELP.match(line):
            continue
        sign, name = (magic[1], magic[2] or "") if magic else ("?", "")
        if sign == "%%" and name in _OTHER_LANGUAGES:
            return None, [
                f"This cell is written for Jupyter’s %%{name}, not in Python, so it does not run here."
            ]
        note = _magic_note(sign, name, line.strip())
        if note and note not in notes:
            notes.append(note)
        indent = line[: len(line) - len(line.lstrip())]
        timed = re.match(r"^\s*%%?(?:time|timeit)\s+(?![-\d])(.+)$", line)
        lines[number] = indent + (timed[1] if timed and sign == "%" else "pass")
    return "\n".join(lines), notes


def _magic_note(sign: str, name: str, line: str) -> str | None:
    if sign in ("!", "!!"):
        return (
            f"“{line[:60]}” is a command for a shell, which the browser does not have; the line is skipped."
        )
    if sign == "?":
        return f"“{line[:60]}” asks Jupyter for help; here, write help(…) instead."
    if name in _HARMLESS_MAGICS:
        return None
    if name in _TIMERS:
        return f"“{sign}{name}” is a Jupyter command; here the cell runs without it."
    return f"“{sign}{name}” is a Jupyter command that this page does not have; the line is skipped."


def _syntax_note(source: str, error: Exception) -> str:
    if isinstance(error, SyntaxError) and error.lineno is not None:
        if re.search(r"^\s*print\s+[^(\s=]", source, re.MULTILINE):
            return f"This cell is written in Python 2 (line {error.lineno}), so it does not run here as it stands."
        return f"This cell is not valid Python 3.12: line {error.lineno}, {error.msg}."
    return "This cell is not valid Python 3.12."


def _imports(statement: ast.stmt) -> Iterator[str]:
    """Top-level modules that running `statement` needs; an import whose failure is caught is not needed."""
    pending: list[ast.AST] = [statement]
    while pending:
        node = pending.pop(0)
        if isinstance(node, ast.Import):
            yield from (alias.name.partition(".")[0] for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield "this folder" if node.level else (node.module or "").partition(".")[0]
        elif isinstance(node, ast.Try) and any(map(_catches_import_error, node.handlers)):
            pending += [*node.orelse, *node.finalbody]
        else:
            pending += ast.iter_child_nodes(node)


def _catches_import_error(handler: ast.ExceptHandler) -> bool:
    if handler.type is None:
        return True
    names = {node.id for node in ast.walk(handler.type) if isinstance(node, ast.Name)}
    return bool(names & {"ImportError", "ModuleNotFoundError", "Exception", "BaseException"})


def _reads(statement: ast.stmt) -> Iterator[str]:
    """Global names that `statement` reads as it runs: bodies of functions wait for their call."""
    pending: list[ast.AST] = [statement]
    while pending:
        node = pending.pop()
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            pending += [*node.decorator_list, *node.args.defaults]
        elif isinstance(node, ast.Lambda):
            continue
        else:
            if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Load):
                yield node.id
            pending += ast.iter_child_nodes(node)


def _binds(statement: ast.stmt) -> Iterator[str]:
    if isinstance(statement, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
        yield statement.name
        return
    for node in ast.walk(statement):
        if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
            yield node.id
        elif isinstance(node, ast.Import | ast.ImportFrom):
            yield from ((alias.asname or alias.name).partition(".")[0] for alias in node.names)


def _download_notes(tree: ast.Module) -> list[str]:
    for node in ast.walk(tree):
        if not isinstance(node, ast.Call):
            continue
        name = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
        remote = any(
            isinstance(arg, ast.Constant) and str(arg.value).startswith(("http://", "https://"))
            for arg in node.args
        )
        if _DATASETS.fullmatch(name) or (remote and name in _DOWNLOADS):
            return [f"{name}(…) downloads data; the sandbox has no network, so this cell cannot get it here."]
    return []
