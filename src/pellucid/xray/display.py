"""Values as a reader can take them in: text, shape and dtype, tables for arrays and data frames."""

from __future__ import annotations

import pprint
from typing import Any, TypedDict, cast

import numpy as np

MAX_TEXT = 20_000
MAX_ROWS = 12
MAX_COLUMNS = 12


class TableValue(TypedDict):
    """A table of text cells; `labels` counts the leading columns that are row labels."""

    header: list[str]
    rows: list[list[str]]
    caption: str
    labels: int


class ValueEvent(TypedDict):
    """What the page shows for a value."""

    type: str
    text: str
    caption: str | None
    table: TableValue | None


def describe(value: Any) -> ValueEvent:
    """How to show `value`: its text, a caption with shape and dtype where it has them, a table where that reads better."""
    if isinstance(value, np.ndarray):
        return _describe_array(cast("np.ndarray[Any, Any]", value))
    if isinstance(value, np.generic):  # a scalar that NumPy 2 would print as np.float64(2.5)
        scalar = cast("Any", value)
        return _event(str(scalar), str(scalar.dtype))
    if type(value).__module__.partition(".")[0] == "pandas":
        if type(value).__qualname__ == "DataFrame":
            return _describe_frame(value)
        if type(value).__qualname__ == "Series":
            return _describe_series(value)
    if (
        type(value).__module__.startswith("pellucid.torch")
        and hasattr(value, "dtype")
        and hasattr(value, "shape")
    ):
        return _event(repr(value), f"{str(value.dtype).removeprefix('torch.')}, shape {tuple(value.shape)}")
    if isinstance(value, str):
        return _event(repr(value))
    if isinstance(value, (dict, list, tuple, set, frozenset)):
        return _event(pprint.pformat(cast("Any", value), width=88, compact=True, sort_dicts=False))
    return _event(repr(value))


def _event(text: str, caption: str | None = None, table: TableValue | None = None) -> ValueEvent:
    if len(text) > MAX_TEXT:
        text = f"{text[:MAX_TEXT]}\n… {len(text) - MAX_TEXT:,} more characters"
    return {"type": "value", "text": text, "caption": caption, "table": table}


def _describe_array(array: np.ndarray[Any, Any]) -> ValueEvent:
    caption = f"{array.dtype}, shape {array.shape}"
    text = np.array2string(array, separator=" ", threshold=200, max_line_width=88)
    if array.ndim != 2 or array.dtype.kind not in "biufc" or 0 in array.shape:
        return _event(text, caption)
    rows, columns = _ends(array.shape[0], MAX_ROWS), _ends(array.shape[1], MAX_COLUMNS)
    shown = array[np.ix_([i for i in rows if i is not None], [j for j in columns if j is not None])]
    cells = iter(_format_numbers(shown))
    body = [[_label(i)] + (["⋮"] * len(columns) if i is None else _fill(next(cells), columns)) for i in rows]
    table: TableValue = {"header": ["", *map(_label, columns)], "rows": body, "caption": caption, "labels": 1}
    return _event(text, caption, table)


def _ends(count: int, limit: int) -> list[int | None]:
    """Indices to show of `count`: all, or the first and last ones with None for the gap."""
    if count <= limit:
        return list(range(count))
    head, tail = limit - limit // 3 - 1, limit // 3
    return [*range(head), None, *range(count - tail, count)]


def _label(index: int | None) -> str:
    return "…" if index is None else str(index)


def _fill(cells: list[str], columns: list[int | None]) -> list[str]:
    remaining = iter(cells)
    return ["…" if j is None else next(remaining) for j in columns]


def _format_numbers(array: np.ndarray[Any, Any]) -> list[list[str]]:
    """Every number in the format that NumPy would choose for the whole block, so that decimal points line up."""
    formatted = np.array2string(array.ravel(), separator="\n", threshold=array.size + 1, max_line_width=40)
    flat = [cell.strip() for cell in formatted.strip("[]").split("\n")]
    width = array.shape[1]
    return [flat[i : i + width] for i in range(0, len(flat), width)]


def _describe_frame(frame: Any) -> ValueEvent:
    count, width = frame.shape
    caption = f"DataFrame, {count:,} rows × {width:,} columns"
    rows, columns = _ends(count, MAX_ROWS), _ends(width, MAX_COLUMNS)
    header = ["", *("…" if j is None else str(frame.columns[j]) for j in columns)]
    body: list[list[str]] = []
    for i in rows:
        if i is None:
            body.append(["⋮"] * len(header))
            continue
        body.append([str(frame.index[i]), *("…" if j is None else _cell(frame.iat[i, j]) for j in columns)])
    table: TableValue = {"header": header, "rows": body, "caption": caption, "labels": 1}
    return _event(str(frame), caption, table)


def _describe_series(series: Any) -> ValueEvent:
    caption = f"Series, {series.dtype}, shape {series.shape}"
    rows = _ends(len(series), MAX_ROWS)
    body = [["⋮", "⋮"] if i is None else [str(series.index[i]), _cell(series.iat[i])] for i in rows]
    name = "" if series.name is None else str(series.name)
    table: TableValue = {"header": ["", name], "rows": body, "caption": caption, "labels": 1}
    return _event(str(series), caption, table)


def _cell(value: Any) -> str:
    if isinstance(value, (float, np.floating)):
        return f"{float(cast('Any', value)):.6g}"
    text = str(value)
    return text if len(text) <= 60 else f"{text[:59]}…"
