"""Bytes as visible characters: GPT-2's alphabet, in whose order the first 256 tokens stand (Radford et al. 2019).

Printable Latin-1 bytes stand for themselves; the others, in order, for characters from U+0100 on: a space is Ġ, a line feed Ċ.
"""

from __future__ import annotations

PRINTABLE = [*range(0x21, 0x7F), *range(0xA1, 0xAD), *range(0xAE, 0x100)]
HIDDEN = [byte for byte in range(256) if byte not in PRINTABLE]

BYTE_ORDER = [
    *PRINTABLE,
    *HIDDEN,
]  # byte number k of the alphabet; ties between pairs are decided in this order
NUMBER_OF_BYTE = {byte: number for number, byte in enumerate(BYTE_ORDER)}
VISIBLE = {byte: chr(byte) for byte in PRINTABLE} | {byte: chr(256 + k) for k, byte in enumerate(HIDDEN)}
BYTE_OF_VISIBLE = {character: byte for byte, character in VISIBLE.items()}


def show_bytes(token: bytes) -> str:
    """A token as visible characters, one a byte: b" the" is "Ġthe"."""
    return "".join([VISIBLE[byte] for byte in token])


def read_visible(shown: str) -> bytes:
    """The bytes that `show_bytes` showed; ValueError for characters outside the alphabet."""
    try:
        return bytes([BYTE_OF_VISIBLE[character] for character in shown])
    except KeyError as error:
        raise ValueError(f"token {shown!r} has {error.args[0]!r}, which stands for no byte") from None
