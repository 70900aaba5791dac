"""Code as HTML with Pygments' short class names (`k`, `nf`, `s2` …); the style sheet gives them colours."""

from __future__ import annotations

import html
from functools import cache, lru_cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pygments.lexer import Lexer
    from pygments.token import _TokenType  # pyright: ignore[reportPrivateUsage]


@lru_cache(maxsize=4096)
def highlight(source: str, language: str = "python") -> str:
    """`source` with its tokens in spans. Its text content is `source` to the letter, whatever the language."""
    lexer = None if "\r" in source else _lexer(language)  # lexers rewrite carriage returns
    if lexer is None:
        return html.escape(source, quote=False)
    parts: list[str] = []
    for kind, text in lexer.get_tokens(source):
        name = _class_of(kind)
        escaped = html.escape(text, quote=False)
        parts.append(f'<span class="{name}">{escaped}</span>' if name else escaped)
    return "".join(parts)


@cache
def _lexer(language: str) -> Lexer | None:
    from pygments.lexers import get_lexer_by_name  # pyright: ignore[reportUnknownVariableType]
    from pygments.util import ClassNotFound

    try:
        return get_lexer_by_name(language, stripnl=False, ensurenl=False) if language else None
    except ClassNotFound:
        return None


@cache
def _class_of(kind: _TokenType) -> str:
    """The class of a token type or of the nearest type above it; none for what is not coloured."""
    from pygments.token import STANDARD_TYPES

    while kind not in STANDARD_TYPES and kind.parent is not None:
        kind = kind.parent
    return STANDARD_TYPES.get(kind, "") if kind.parent is not None else ""
