"""Which modules a cell imports, found by parsing it."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator

# Notebook commands that only concern the notebook's own display: a page needs none of them.
_HARMLESS_MAGIC = re.compile(
    r"^\s*%(matplotlib|config|load_ext|autoreload|pylab)\b.*$|^\s*%%(time|timeit|capture)\b.*$"
)


def strip_magics(source: str) -> str:
    """Blank out notebook commands such as `%matplotlib inline`; every other line keeps its number."""
    return "\n".join("" if _HARMLESS_MAGIC.match(line) else line for line in source.split("\n"))


def find_imports(source: str) -> list[str]:
    """Top-level names of the modules that `source` imports anywhere, sorted; empty if it does not parse."""
    try:
        tree = ast.parse(strip_magics(source))
    except (SyntaxError, ValueError):
        return []
    return sorted({name.partition(".")[0] for name in _imported(tree)})


def _imported(tree: ast.AST) -> Iterator[str]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            yield node.module
