"""Notebooks (nbformat 3 and 4, and what is older) into the same blocks as Markdown."""

from __future__ import annotations

import re
import warnings
from typing import Any, cast

from pellucid.book.cells import DEFAULT_SECONDS, CellText, make_cell, session_of
from pellucid.book.draft import Draft
from pellucid.book.outputs import render_outputs
from pellucid.book.page import Prose
from pellucid.book.slots import without_marks

_SOLUTION = re.compile(r"\s*#+\s*solution\b", re.IGNORECASE)
_ATTEMPT = re.compile(r"\s*#+\s*your\s+solution\b", re.IGNORECASE)
_MEDIA = re.compile(r"^(image/(?:png|jpeg|gif|webp|svg\+xml))$")


def add_notebook(draft: Draft) -> None:
    """Append the cells of a notebook. A file that is no notebook becomes a page that says so."""
    try:
        cells, language = read_notebook(draft.source.content)
    except Exception as error:  # nbformat raises whatever a damaged file makes it stumble on
        draft.fault(
            f"this is not a notebook that can be read: {_reason(error)}",
            None,
            "a Jupyter notebook, nbformat 3 or 4",
        )
        draft.add_block(
            Prose(
                '<p class="admonition warning">This notebook’s file is damaged, so it cannot be shown.</p>\n'
            )
        )
        return
    attempted = False
    for index, cell in enumerate(cells, 1):
        draft.place = f"cell {index}"
        kind, source = str(cell.get("cell_type", "")), without_marks(_text(cell.get("source", "")))
        if kind == "markdown":
            draft.attachments = _attachments(cell)
            _add_markdown(draft, source)
        elif kind == "code":
            folded = attempted and _SOLUTION.match(source) is not None
            attempted = _ATTEMPT.match(source) is not None or (
                attempted and not folded and not source.strip()
            )
            _add_code(draft, cell, source, language, folded)
        elif source.strip() and kind == "raw":
            _add_raw(draft, source)
    draft.place = ""


def read_notebook(content: bytes) -> tuple[list[dict[str, Any]], str]:
    """The cells as plain dictionaries, in nbformat 4, and the language of the code."""
    import nbformat

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # about ids that older notebooks lack
        version, notebook = _parse(content)
        if version < 4:
            notebook = cast("Any", nbformat).convert(notebook, 4)
    data = cast("dict[str, Any]", notebook)
    metadata = cast("dict[str, Any]", data.get("metadata") or {})
    kernel = cast("dict[str, Any]", metadata.get("kernelspec") or {})
    info = cast("dict[str, Any]", metadata.get("language_info") or {})
    language = without_marks(str(info.get("name") or kernel.get("language") or "python").lower())
    return list(data["cells"]), "python" if "python" in language or "sage" in language else language


def _parse(content: bytes) -> tuple[int, Any]:
    from nbformat import reader

    untyped: Any = reader
    notebook = untyped.reads(content.decode("utf-8-sig", errors="replace"))
    return int(untyped.get_version(notebook)[0]), notebook


def _reason(error: Exception) -> str:
    return (str(error).strip().splitlines() or [type(error).__name__])[0][:200]


def _text(source: object) -> str:
    return "".join(map(str, cast("list[object]", source))) if isinstance(source, list) else str(source)


def _attachments(cell: dict[str, Any]) -> dict[str, tuple[str, str]]:
    found: dict[str, tuple[str, str]] = {}
    for name, bundle in cast("dict[str, dict[str, Any]]", cell.get("attachments") or {}).items():
        for mime, data in bundle.items():
            if _MEDIA.match(mime):
                found[name] = (mime, _text(data))
    return found


def _add_markdown(draft: Draft, source: str) -> None:
    from pellucid.book.compiler import add_markdown

    # Jupyter lets a line end with a backslash pair before a bracket: \\( … \\), \\[ … \\].
    source = re.sub(r"\\\\\((.+?)\\\\\)", lambda m: f"${m[1].strip()}$", source)
    source = re.sub(r"\\\\\[(.+?)\\\\\]", lambda m: f"$${m[1].strip()}$$", source, flags=re.DOTALL)
    add_markdown(draft, source.replace("\r\n", "\n"))


def _add_code(draft: Draft, cell: dict[str, Any], source: str, language: str, folded: bool) -> None:
    metadata = cast("dict[str, Any]", cell.get("metadata") or {})
    number = len(draft.cells) + 1
    text = CellText(
        source=source,
        tags=_tags(metadata),
        seconds=DEFAULT_SECONDS,
        language=language,
        stored=render_outputs(cast("list[dict[str, Any]]", cell.get("outputs") or []), number, draft),
    )
    made = make_cell(draft, text, session_of(draft))
    if folded:
        draft.add_block(Prose('<details class="folded-solution"><summary>Show solution</summary>\n'))
        draft.add_block(made)
        draft.add_block(Prose("</details>\n"))
    else:
        draft.add_block(made)


def _tags(metadata: dict[str, Any]) -> tuple[str, ...]:
    tags: object = metadata.get("tags") or ()
    found = [str(tag) for tag in cast("list[object]", tags)] if isinstance(tags, list) else []
    jupyter = cast("dict[str, Any]", metadata.get("jupyter") or {})
    if jupyter.get("source_hidden"):
        found.append("hide-input")
    return tuple(found)


def _add_raw(draft: Draft, source: str) -> None:
    import html

    draft.add_block(
        Prose(f'<pre tabindex="0"><code class="text">{html.escape(source, quote=False)}</code></pre>\n')
    )
