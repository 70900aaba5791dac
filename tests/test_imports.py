"""The import rule: the core runs in the browser, so it imports nothing of what stands around it."""

from __future__ import annotations

import ast
import sys
from pathlib import Path

import pytest

PACKAGE = Path(__file__).parents[1] / "src" / "pellucid"
CORE = ("alias", "errors", "models", "torch", "xray", "grading")
ALLOWED = {"numpy", "scipy", "sympy", "matplotlib", "safetensors"} | set(sys.stdlib_module_names)
FILES = [
    path
    for name in CORE
    for path in (
        [PACKAGE / f"{name}.py"] if (PACKAGE / f"{name}.py").is_file() else (PACKAGE / name).rglob("*.py")
    )
]


def imported_modules(path: Path) -> list[str]:
    found: list[str] = []
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            found += [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}: relative import"
            module = node.module or ""
            found += [f"{module}.{alias.name}" for alias in node.names] if module == "pellucid" else [module]
    return found


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(PACKAGE)))
def test_core_imports_only_the_core(path: Path) -> None:
    for module in imported_modules(path):
        top, _, rest = module.partition(".")
        allowed = rest.partition(".")[0] in CORE if top == "pellucid" else top in ALLOWED
        assert allowed, f"{path.relative_to(PACKAGE)} imports {module}"


def test_the_rule_looks_at_something() -> None:
    assert len(FILES) > 10
