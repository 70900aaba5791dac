"""YAML as authors write it: plain data, or the place where it is wrong."""

from __future__ import annotations

from typing import Any, cast

import yaml

from pellucid.book.slots import without_marks


class YamlError(ValueError):
    """A text that is not YAML; `line` counts from 1, None where the parser does not say."""

    def __init__(self, line: int | None) -> None:
        super().__init__("this is not valid YAML.")
        self.line = line


def read_yaml(text: str) -> Any:
    """The data of `text`; None where it holds none. Raises YamlError, also for what only looks like YAML (2024-99-99)."""
    try:
        return _writable(yaml.safe_load(text))
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        raise YamlError(mark.line + 1 if mark else None) from None
    except (ValueError, OverflowError, RecursionError, TypeError, AttributeError, KeyError):
        # PyYAML lets the errors of its constructors through.
        raise YamlError(None) from None


def _writable(data: Any) -> Any:
    """`data` without halves of characters, which an escape in YAML can spell and no page can hold."""
    if isinstance(data, str):
        return without_marks(data)
    if isinstance(data, list):
        return [_writable(item) for item in cast("list[Any]", data)]
    if isinstance(data, dict):
        return {_writable(key): _writable(value) for key, value in cast("dict[Any, Any]", data).items()}
    return data


def texts_of(value: object) -> tuple[str, ...]:
    """A setting that is one text or a list of them; empty ones are left out."""
    items = cast("list[object]", value) if isinstance(value, list) else [value]
    return tuple(text for item in items if item is not None and (text := str(item).strip()))
