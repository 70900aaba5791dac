"""Code as HTML with Pygments' short class names (`k`, `nf`, `s2` …); the style sheet gives them colours."""

from __future__ import annotations

import html
from functools import lru_cache


@lru_cache(maxsize=4096)
def highlight(source: str, language: str = "python") -> str:
    """`source` with its tokens in spans. Its text content is `source` to the letter, whatever the language."""
    from pygments import highlight as colour
    from pygments.formatter import Formatter
    from pygments.formatters.html import HtmlFormatter
    from pygments.lexers import get_lexer_by_name  # pyright: ignore[reportUnknownVariableType]
    from pygments.util import ClassNotFound

    if not language or "\r" in source:  # lexers rewrite carriage returns
        return html.escape(source, quote=False)
    try:
        lexer = get_lexer_by_name(language, stripnl=False, ensurenl=False)
    except ClassNotFound:
        return html.escape(source, quote=False)
    formatter: Formatter[str] = HtmlFormatter(nowrap=True)
    coloured = colour(source, lexer, formatter)
    return coloured if source.endswith("\n") else coloured.removesuffix("\n")
