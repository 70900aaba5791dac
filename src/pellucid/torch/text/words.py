"""Text into words before any merge: GPT-2's rule, so that no token reaches over a word's edge (Radford et al. 2019).

The rule, in order: an English contraction ('s 't 're 've 'm 'll 'd); letters, numbers or other signs, each run with one space
before it; white space, whose last space is left to the word that follows.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator

WHITE_SPACE = frozenset("\t\n\v\f\r \x85\xa0\u1680\u2028\u2029\u202f\u205f\u3000") | {
    chr(code) for code in range(0x2000, 0x200B)
}  # Unicode's property; str.isspace also has the separators U+001C to U+001F


class Shadow(dict[int, str]):
    """What stands for a character in the text's shadow: its class, found when the character is first met.

    a to z: a letter (those of contractions are themselves); 0: a number; tab: white space; space and ': themselves; a dot: other.
    """

    def __missing__(self, code: int) -> str:
        character = chr(code)
        kind = unicodedata.category(character)[0]
        if character in " '" or "a" <= character <= "z":
            found = character
        elif character in WHITE_SPACE:
            found = "\t"
        else:
            found = {"L": "a", "N": "0"}.get(kind, ".")
        self[code] = found
        return found


SHADOW = Shadow()
# Python's re knows no Unicode categories; the shadow has a character of a known class for each of the text's.
WORD = re.compile(r"'(?:s|t|re|ve|m|ll|d)| ?[a-z]+| ?0+| ?[.']+|[ \t]+(?![^ \t])|[ \t]+")


def split_words(text: str) -> Iterator[str]:
    """The words of a text, in order; joined they are the text."""
    for found in WORD.finditer(text.translate(SHADOW)):
        yield text[found.start() : found.end()]


def check_text(text: str) -> None:
    """ValueError for a lone surrogate, with its place."""
    try:
        text.encode("utf-8")
    except UnicodeEncodeError as error:
        code = ord(text[error.start])
        raise ValueError(
            f"the text has the lone surrogate U+{code:04X} at position {error.start}: half a character, "
            "which has no bytes in UTF-8; replace it by text.encode('utf-16', 'surrogatepass').decode('utf-16', 'replace')"
        ) from None
