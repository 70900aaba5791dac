"""Values as a learner reads them: aligned, with six digits, or more where two would look alike; large arrays elided."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from pellucid.grading.compare import as_array
from pellucid.grading.values import Array, Opaque, is_array, is_dict, is_sequence

DIGITS = (6, 10, 17)
MAX_SHOWN = 64
EDGE = 3
MAX_CHARS = 2_000


def show_pair(expected: Any, got: Any) -> tuple[str, str]:
    """Both values, with as many digits as it takes for them to look different."""
    for digits in DIGITS:
        texts = show(expected, digits), show(got, digits)
        if texts[0] != texts[1]:
            return texts
    return show(expected), show(got)


def show(value: Any, digits: int = DIGITS[0]) -> str:
    """A plain value as text, at most a few lines long."""
    text = _show(value, digits)
    return text if len(text) <= MAX_CHARS else text[: MAX_CHARS - 1] + "…"


def _show(value: Any, digits: int) -> str:
    if isinstance(value, Opaque):
        return f"a value of type {value.type}"
    if is_array(value):
        return _show_array(value, digits)
    if is_dict(value):
        items = [f"{key!r}: {_indent(_show(item, digits))}" for key, item in value.items()]
        return "{" + ",\n ".join(items[:MAX_SHOWN]) + "}"
    if is_sequence(value):
        return _show_sequence(value, digits)
    if isinstance(value, str):
        return repr(value[:MAX_CHARS])
    return _show_number(value, digits)


def _show_sequence(value: list[Any] | tuple[Any, ...], digits: int) -> str:
    array = as_array(value) if isinstance(value, list) else None
    if array is not None:
        return _show_array(array, digits)
    items = [_indent(_show(item, digits)) for item in value[:MAX_SHOWN]]
    more = ", …" if len(value) > MAX_SHOWN else ""
    separator = ",\n " if any("\n" in item or len(item) > 40 for item in items) else ", "
    body = separator.join(items) + more
    if isinstance(value, list):
        return f"[{body}]"
    return f"({body},)" if len(items) == 1 else f"({body})"


def _indent(text: str) -> str:
    return text.replace("\n", "\n ")


def _show_array(array: Array, digits: int) -> str:
    if array.ndim == 0:
        return _show_number(array[()], digits)
    if array.size == 0:
        return f"[]  # shape {array.shape}"
    large = array.size > MAX_SHOWN
    text = np.array2string(
        array,
        separator=", ",
        threshold=MAX_SHOWN,
        edgeitems=EDGE,
        max_line_width=100,
        formatter={"all": _aligned(array, digits)},
    )
    return f"{text}  # shape {array.shape}" if large else text


def _aligned(array: Array, digits: int) -> Callable[[Any], str]:
    """A formatter that pads each number to the widest one that is shown."""
    flat = array.ravel()
    shown = flat if flat.size <= MAX_SHOWN else np.concatenate([flat[:MAX_SHOWN], flat[-MAX_SHOWN:]])
    width = max(len(_show_number(item, digits)) for item in shown)
    return lambda item: _show_number(item, digits).rjust(width)


def _show_number(value: Any, digits: int) -> str:
    value = np.asarray(value).item()
    if isinstance(value, float):
        return f"{value:.{digits}g}"
    if isinstance(value, complex):
        return f"{value.real:.{digits}g}{value.imag:+.{digits}g}j"
    return repr(value)
