"""Stored outputs of a notebook as HTML that can do nothing: what is shown until the reader runs the cell."""

from __future__ import annotations

import base64
import html
import re
from typing import Any, cast

from pellucid.book.draft import Draft
from pellucid.book.nested import render_markdown
from pellucid.book.renderer import open_math_block
from pellucid.book.sanitize import sanitize
from pellucid.book.slots import without_marks

_ANSI = re.compile(r"\x1b(?:\[[0-9;?]*[ -/]*[@-~]|\][^\x07\x1b]*(?:\x07|\x1b\\)|[@-Z\\-_])")
# The first that shows anything is taken.
_PREFERENCE = (
    "text/html", "text/markdown", "image/svg+xml", "text/latex", "image/png", "image/jpeg", "image/gif", "image/webp",
    "text/plain", "application/json", "application/javascript",
)  # fmt: skip
_NEEDS_SCRIPT = (
    "This output was a script’s, and a stored page runs no script. Running the cell may make it again."
)
_WIDE = 100_000


def render_outputs(outputs: list[dict[str, Any]], number: int, draft: Draft) -> str:
    """HTML of a cell's outputs, neighbouring streams joined as the notebook showed them."""
    parts: list[str] = []
    stream: tuple[str, str] = ("", "")
    for output in outputs:
        kind = str(output.get("output_type", ""))
        if kind == "stream":
            name = "stderr" if output.get("name") == "stderr" else "stdout"
            text = _text(output.get("text", ""))
            if stream[0] == name:
                stream = (name, stream[1] + text)
                continue
            parts.append(_render_stream(*stream))
            stream = (name, text)
            continue
        parts.append(_render_stream(*stream))
        stream = ("", "")
        if kind == "error":
            parts.append(_render_error(output))
        else:
            parts.append(_render_bundle(cast("dict[str, Any]", output.get("data") or {}), number, draft))
    return "".join([*parts, _render_stream(*stream)])


def _text(value: object) -> str:
    if isinstance(value, list):
        return without_marks("".join(map(str, cast("list[object]", value))))
    return without_marks(str(value))


def plain(text: str) -> str:
    """`text` as a terminal would leave it: no colours, overwritten lines gone."""
    text = _ANSI.sub("", text).replace("\r\n", "\n")
    lines = [line.rstrip("\r").rpartition("\r")[2] for line in text.split("\n")]
    return re.sub(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]", "", "\n".join(lines))


def _render_stream(name: str, text: str) -> str:
    return _pre(name, plain(text)) if text.strip() else ""


def _pre(kind: str, text: str) -> str:
    cut = "" if len(text) <= _WIDE else f"\n… ({len(text) - _WIDE} more characters)"
    # The first newline after <pre> is not shown by browsers; an extra one keeps the author's.
    return f'<pre class="{kind}" tabindex="0">\n{html.escape(text[:_WIDE], quote=False)}{cut}</pre>\n'


def _render_error(output: dict[str, Any]) -> str:
    traceback = output.get("traceback") or [f"{output.get('ename', 'Error')}: {output.get('evalue', '')}"]
    return _pre("output-error", plain("\n".join(map(_text, cast("list[object]", traceback)))))


def _render_bundle(data: dict[str, Any], number: int, draft: Draft) -> str:
    for mime in _PREFERENCE:
        if mime in data:
            shown = _render_one(mime, data[mime], number, draft)
            if shown:
                return shown
    widget = any(mime.startswith("application/vnd.") for mime in data)
    scripted = widget or "text/html" in data or "application/javascript" in data
    return f'<p class="output-missing">{_NEEDS_SCRIPT}</p>\n' if scripted else ""


def _render_one(mime: str, value: object, number: int, draft: Draft) -> str:
    if mime.startswith("image/"):
        data = _text(value)
        if mime == "image/svg+xml" and "<svg" in data:
            data = base64.b64encode(data.encode()).decode()
        return f"<p>{draft.add_picture(data, mime, f'Stored figure of cell {number}')}</p>\n"
    text = _text(value)
    if mime == "text/html":
        return _render_html(text, draft)
    if mime == "text/markdown":
        return render_markdown(text, draft, 1) if text.strip() else ""
    if mime == "text/latex":
        return _render_latex(text, draft)
    if mime == "application/javascript":
        return ""
    return _pre("output-value", plain(text)) if text.strip() else ""


def _render_html(text: str, draft: Draft) -> str:
    clean = sanitize(text, draft.raw_ids, draft.raw_image)
    visible = re.sub(r"<(?!img\b)[^>]*>|&nbsp;|\s", "", clean)
    if not visible:
        return ""
    return f'<div class="table-scroll" role="group" aria-label="Stored output" tabindex="0">{clean}</div>\n'


def _render_latex(text: str, draft: Draft) -> str:
    formula = re.fullmatch(r"\s*\$\$?(.*?)\$\$?\s*", text, re.DOTALL)
    tex = formula[1].removeprefix(r"\displaystyle") if formula else text
    if not formula and r"\begin{tabular" in text:
        return ""  # a table in LaTeX's text mode; the plain form says the same
    return f"{open_math_block()}{draft.formula(tex, True, None)}</div>\n" if tex.strip() else ""
