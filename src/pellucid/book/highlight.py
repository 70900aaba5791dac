"""Code as HTML with Pygments' short class names (`k`, `nf`, `s2` …); the style sheet gives them colours."""

from __future__ import annotations

import html
from functools import cache, lru_cache
from itertools import groupby
from operator import itemgetter
from typing import TYPE_CHECKING

# Most of any code: plain names, punctuation, white space. They look like the text around them, so they need no span.
_PLAIN = {"n", "p", "w"}

if TYPE_CHECKING:
    from pygments.lexer import Lexer
    from pygments.token import _TokenType  # pyright: ignore[reportPrivateUsage]


@lru_cache(maxsize=4096)
def highlight(source: str, language: str = "python") -> str:
    """`source` with its tokens in spans. Its text content is `source` to the letter, whatever the language."""
    lexer = None if "\r" in source else _lexer(language)  # lexers rewrite carriage returns
    if lexer is None:
        return html.escape(source, quote=False)
    found = list(lexer.get_tokens(source))
    if "".join(text for _, text in found) != source:  # a few lexers add a line's end of their own
        return html.escape(source, quote=False)
    parts: list[str] = []
    coloured = ((_class_of(kind), text) for kind, text in found)
    for name, tokens in groupby(coloured, key=itemgetter(0)):
        escaped = html.escape("".join(text for _, text in tokens), quote=False)
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
    from pygments.token import STANDARD_TYPES, Whitespace

    while kind not in STANDARD_TYPES and kind.parent is not None:
        kind = kind.parent
    name = "" if kind is Whitespace or kind.parent is None else STANDARD_TYPES.get(kind, "")
    return "" if name in _PLAIN else name
