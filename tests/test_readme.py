"""The Python of the README runs, and prints what its comments say where they say it."""

from __future__ import annotations

import contextlib
import io
import re
from pathlib import Path

import pytest

README = Path(__file__).parents[1] / "README.md"
BLOCKS = re.findall(r"^```python\n(.*?)^```", README.read_text(encoding="utf-8"), re.DOTALL | re.MULTILINE)


@pytest.mark.parametrize("source", BLOCKS)
def test_the_readme_runs(source: str) -> None:
    printed = io.StringIO()
    with contextlib.redirect_stdout(printed):
        exec(compile(source, "README.md", "exec"), {"__name__": "readme"})
    promised = re.findall(r"# prints (.+)$", source, re.MULTILINE)
    assert printed.getvalue()
    assert [text for text in promised if text not in printed.getvalue()] == []


def test_the_readme_has_an_example_of_each_library() -> None:
    assert all(any(name in block for block in BLOCKS) for name in ("pellucid.models", "pellucid.torch"))
