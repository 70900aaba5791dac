"""Whatever somebody wrote becomes a page: mistakes are faults, never exceptions, and nothing that acts gets through."""

from __future__ import annotations

import json

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from pellucid.book.availability import PACKAGES, STANDARD
from pellucid.book.compiler import compile_page
from pellucid.book.draft import Source
from pellucid.book.formulas import Formulas
from pellucid.book.page import Page

from .test_sanitize import active_parts

FORMULAS = Formulas()
PIECES = [
    "# ", "\n", "\n\n", "    ", "- ", "> ", "1. ", "| a | b |\n|---|---|\n", "```", "````", ":::",
    "::::", "{code-cell}", "{exercise} T", "{starter}", "{figure} a.png", "{math}", "{list-table}",
    "* - a\n", "{glossary}", "{note}", "{card} Q", "{bibliography}", "{table}", ":id: x", ":name: x",
    ":seconds: 0", "---\n", "---\na: [\n---\n", "(x)=", "{ref}`x`", "{numref}`x`", "{eq}`x`",
    "{cite}`x`", "{term}`x`", "$", "$$", "$x$", "$\\frac{$", "\\begin{align}", "\\end{align}",
    "\\newcommand{\\a}{\\a}", "\\a", "[^1]", "[^1]: n", "^[n]", "[a](#x)", "[a](x.md)", "![](y.png)",
    "<div>", "</div>", "<details>", "<b>", "<script>", "<!--", "<a id='x'>", "&amp;", "\ue0001\ue001",
    "word", "\t", "+++",
]  # fmt: skip


def compile_bytes(content: bytes, file: str) -> Page:
    page = compile_page(Source("p", file, content, available=STANDARD | PACKAGES), FORMULAS)
    assert Page.from_json(json.loads(json.dumps(page.to_json()))) == page
    return page


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(st.sampled_from(PIECES), max_size=25))
def test_any_mixture_of_markdown(pieces: list[str]) -> None:
    assert active_parts(compile_bytes("".join(pieces).encode(), "p.md").html) == []


@settings(max_examples=80, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.binary(max_size=200))
def test_any_bytes(content: bytes) -> None:
    compile_bytes(content, "p.md")
    compile_bytes(content, "p.ipynb")


CELL = {"cell_type": "code", "metadata": {}, "source": "1", "outputs": []}
STRANGE = [
    {"nbformat": 4, "nbformat_minor": 5, "metadata": {}, "cells": []},
    {"nbformat": 4, "metadata": {}, "cells": [{**CELL, "outputs": None, "metadata": None}]},
    {"nbformat": 4, "metadata": None, "cells": [CELL]},
    {"nbformat": 4, "metadata": {}, "cells": [{"cell_type": "code"}]},
    {"nbformat": 4, "metadata": {}, "cells": ["x", None, 3]},
    {"nbformat": 4, "metadata": {}, "cells": {"a": 1}},
    {"nbformat": 4, "metadata": {"kernelspec": "python3"}, "cells": [CELL]},
    {
        "nbformat": 4,
        "metadata": {},
        "cells": [{**CELL, "outputs": [{"output_type": "display_data", "data": "x"}]}],
    },
    {"nbformat": 4, "metadata": {}, "cells": [{**CELL, "outputs": [{"output_type": "error"}]}]},
    {"nbformat": 4, "metadata": {}, "cells": [{**CELL, "outputs": [{"output_type": "stream"}, "x", {}]}]},
    {
        "nbformat": 4,
        "metadata": {},
        "cells": [{**CELL, "outputs": [{"output_type": "display_data", "data": {"image/png": 5}}]}],
    },
    {
        "nbformat": 4,
        "metadata": {},
        "cells": [{"cell_type": "markdown", "source": "![a](attachment:b)", "attachments": {"b": 3}}],
    },
    {
        "nbformat": 3,
        "metadata": {},
        "worksheets": [{"cells": [{"cell_type": "code", "input": "1", "outputs": []}]}],
    },
    {"nbformat": 99, "metadata": {}, "cells": [CELL]},
    {},
    [],
    "x",
]


@pytest.mark.parametrize("notebook", STRANGE, ids=range(len(STRANGE)))
def test_any_notebook(notebook: object) -> None:
    page = compile_bytes(json.dumps(notebook).encode(), "p.ipynb")
    assert page.blocks or not (isinstance(notebook, dict) and notebook.get("cells"))
