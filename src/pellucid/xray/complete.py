"""Completion from the live namespace, without running the learner's properties."""

from __future__ import annotations

import builtins
import inspect
import keyword
import re
from collections.abc import Mapping
from types import ModuleType
from typing import Any, TypedDict

_DOTTED = re.compile(r"(?:[^\W\d]\w*\.)*(?:[^\W\d]\w*)?$")
MAX_OPTIONS = 200


class Completion(TypedDict):
    """One name that may stand at the cursor."""

    label: str
    kind: str
    detail: str | None


class Completions(TypedDict("_From", {"from": int})):
    """The options for the word that begins at `from`."""

    options: list[Completion]


def complete(source: str, cursor: int, namespace: Mapping[str, Any]) -> Completions:
    """Names that can stand at `cursor` (an index into `source`), from what the session knows now."""
    match = _DOTTED.search(source[:cursor])
    dotted = match.group() if match else ""
    *path, prefix = dotted.split(".")
    if path:
        owner = _resolve(path, namespace)
        found = [] if owner is None else _attributes(owner[0])
    else:
        found = _names(namespace)
    wanted = [
        option for option in found if option["label"].startswith(prefix) and _visible(option["label"], prefix)
    ]
    wanted.sort(key=lambda option: (option["label"].startswith("_"), option["label"].lower()))
    return {"from": cursor - len(prefix), "options": wanted[:MAX_OPTIONS]}


def _visible(label: str, prefix: str) -> bool:
    return not label.startswith("_") or prefix.startswith("_")


def _resolve(path: list[str], namespace: Mapping[str, Any]) -> tuple[Any] | None:
    """The object at a dotted path, in a tuple; None where a property or a missing name stands in the way."""
    first, *rest = path
    if first not in namespace and not hasattr(builtins, first):
        return None
    owner: Any = namespace[first] if first in namespace else getattr(builtins, first)
    for name in rest:
        if isinstance(owner, ModuleType):
            owner = vars(owner).get(name)
            continue
        static = inspect.getattr_static(owner, name, None)
        if static is None or isinstance(static, property) or hasattr(static, "__get__"):
            return None
        owner = static
    return (owner,)


def _attributes(owner: Any) -> list[Completion]:
    try:
        names = dir(owner)
    except Exception:
        return []
    return [_describe(name, inspect.getattr_static(owner, name, None)) for name in names]


def _names(namespace: Mapping[str, Any]) -> list[Completion]:
    found = {name: _describe(name, value) for name, value in vars(builtins).items()}
    found |= {word: {"label": word, "kind": "keyword", "detail": None} for word in keyword.kwlist}
    found |= {name: _describe(name, value) for name, value in namespace.items()}
    return list(found.values())


def _describe(name: str, value: Any) -> Completion:
    if isinstance(value, ModuleType):
        return {"label": name, "kind": "module", "detail": None}
    if isinstance(value, type):
        return {"label": name, "kind": "class", "detail": None}
    if isinstance(value, property):
        return {"label": name, "kind": "property", "detail": None}
    if callable(value) or isinstance(value, (staticmethod, classmethod)):
        return {"label": name, "kind": "function", "detail": None}
    shape = getattr(value, "shape", None) if type(value).__module__.startswith(("numpy", "pandas")) else None
    detail = type(value).__name__ + (f" {shape}" if isinstance(shape, tuple) else "")
    return {"label": name, "kind": "variable", "detail": detail}
