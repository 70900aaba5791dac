from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path

import pytest

from pellucid.book import Builder
from pellucid.book.availability import PACKAGES, STANDARD
from pellucid.book.compiler import compile_page
from pellucid.book.draft import Source
from pellucid.book.formulas import Formulas
from pellucid.book.page import Page

SHELL = (
    "<!doctype html><html lang=en><title>{{ page.title }}</title><body>"
    "{% for fault in faults %}<p class=fault>{{ fault }}</p>{% endfor %}"
    "{% for item in book.pages %}<a href='{{ base }}{{ item.slug }}/'>{{ item.title }}</a>{% endfor %}"
    "<main id=content>{{ body_html | safe }}</main>"
    "<script type='application/json' id='page-data'>{{ page_data_json | safe }}</script>"
)


@pytest.fixture(scope="session")
def formulas() -> Formulas:
    return Formulas()


@pytest.fixture
def compile_text(formulas: Formulas) -> Callable[..., Page]:
    """A page made of Markdown, strict unless told otherwise."""

    def compile_(text: str, file: str = "page.md", strict: bool = True, **more: object) -> Page:
        source = Source("page", file, text.encode(), available=STANDARD | PACKAGES, strict=strict, **more)  # type: ignore[arg-type]
        return compile_page(source, formulas)

    return compile_


@pytest.fixture
def make_builder(tmp_path: Path) -> Callable[..., Builder]:
    """A builder over files given as text, with a small shell and no real front end."""
    static, templates, folder = tmp_path / "static", tmp_path / "templates", tmp_path / "My notes"
    for path in (static, templates, folder):
        path.mkdir()
    (static / "manifest.json").write_text('{"src/main.ts": {"file": "main-1a.js", "css": ["main-1a.css"]}}')
    (static / "main-1a.js").write_text("//")
    for name in ("chapter", "index", "sandbox", "data", "missing"):
        (templates / f"{name}.html").write_text(SHELL)

    def make(files: Mapping[str, str | bytes], **options: object) -> Builder:
        for name, content in files.items():
            path = folder / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(content if isinstance(content, bytes) else content.encode())
        return Builder(folder, static=static, templates=templates, **options)  # type: ignore[arg-type]

    return make
