"""Markdown inside Markdown: the bodies of directives, titles and captions."""

from __future__ import annotations

from pellucid.book.draft import Draft
from pellucid.book.slots import without_marks


def render_markdown(text: str, draft: Draft, line: int) -> str:
    """HTML of `text`, whose first line is line `line` of what surrounds it."""
    from pellucid.book.parser import markdown_parser

    before = draft.line_offset
    draft.line_offset = before + line - 1
    try:
        return markdown_parser().render(text, draft.env)
    finally:
        draft.line_offset = before


def render_line(text: str, draft: Draft, line: int) -> str:
    """HTML of a title or caption: inline Markdown without a paragraph around it."""
    from pellucid.book.parser import markdown_parser

    before = draft.line_offset, draft.inline_line
    draft.line_offset, draft.inline_line = draft.line_offset + line - 1, 1
    try:
        return markdown_parser().renderInline(without_marks(text), draft.env)
    finally:
        draft.line_offset, draft.inline_line = before
