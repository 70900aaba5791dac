"""Plain answers: whatever a learner returns, turned into data that can be compared and sent without running its code.

Plain values are None, bool, int, float, complex, str, NumPy arrays of numbers, booleans or text, lists, tuples and dicts of plain
values, and `Opaque` for everything else. A tensor is read as the array of its values.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TypeGuard, cast

import numpy as np
import numpy.typing as npt

Array = npt.NDArray[Any]

MAX_ARRAY_BYTES = 4 * 2**20
MAX_ITEMS = 20_000
MAX_DEPTH = 16
MAX_TEXT = 4_000
MAX_DIGITS = 4_000
ARRAY_KINDS = "biufcU"


@dataclass(frozen=True)
class Opaque:
    """A value that cannot be an answer: the name of its type, and why in the learner's words."""

    type: str
    why: str


class _TooMuchError(Exception):
    """More items than an answer may have."""


class _Budget:
    """Counts the items of one answer, so that a list that holds itself ends."""

    def __init__(self) -> None:
        self.left = MAX_ITEMS

    def spend(self, items: int) -> None:
        self.left -= items
        if self.left < 0:
            raise _TooMuchError


def plain(value: object) -> Any:
    """`value` as plain data. Never raises: an object whose own methods misbehave becomes Opaque."""
    try:
        return _plain(value, MAX_DEPTH, _Budget())
    except _TooMuchError:
        return Opaque(_type_name(value), f"it has more than {MAX_ITEMS} items")
    except BaseException:  # __array__, __float__ or __iter__ of the learner's own class may raise anything
        return Opaque(_type_name(value), "it cannot be read as numbers")


def _plain(value: object, depth: int, budget: _Budget) -> Any:
    if depth == 0:
        return Opaque(_type_name(value), f"it is nested more than {MAX_DEPTH} deep")
    budget.spend(1)
    convert = _EXACT.get(type(value))
    if convert is not None:
        return convert(value, depth, budget)
    if isinstance(value, np.generic):
        return _plain_array(np.asarray(cast("Any", value)), depth, budget)
    return _plain_other(value, depth, budget)


def _keep(value: Any, _depth: int, _budget: _Budget) -> Any:
    return value


def _plain_int(value: int, _depth: int, _budget: _Budget) -> Any:
    if value.bit_length() > MAX_DIGITS * 3:
        return Opaque("int", f"it has more than {MAX_DIGITS} digits")
    return value


def _plain_text(value: str, _depth: int, budget: _Budget) -> Any:
    return value if len(value) <= MAX_TEXT else Opaque("str", f"it is longer than {MAX_TEXT} characters")


def _plain_sequence(value: Any, depth: int, budget: _Budget) -> Any:
    items = [_plain(item, depth - 1, budget) for item in value]
    return items if type(value) is list else tuple(items)


def _plain_dict(value: dict[Any, Any], depth: int, budget: _Budget) -> Any:
    keys: list[object] = list(value)
    if all(type(key) in (str, int, bool, float) for key in keys):
        return {key: _plain(item, depth - 1, budget) for key, item in value.items()}
    return Opaque("dict", "its keys must be text or numbers")


def _plain_array(value: Array, depth: int, budget: _Budget) -> Any:
    if value.nbytes > MAX_ARRAY_BYTES:
        return Opaque("array", f"its shape {value.shape} is too large for an answer")
    if value.dtype == object:
        return _plain(value.tolist(), depth - 1, budget)
    if value.dtype.kind not in ARRAY_KINDS:
        return Opaque("array", f"its dtype is {value.dtype}")
    return np.array(value, dtype=_portable(value.dtype), copy=True, order="C", subok=False)


def _portable(dtype: np.dtype[Any]) -> np.dtype[Any]:
    """The same numbers on every machine: native byte order, no long double."""
    if dtype.kind == "f" and dtype.itemsize > 8:
        return np.dtype(np.float64)
    if dtype.kind == "c" and dtype.itemsize > 16:
        return np.dtype(np.complex128)
    return dtype.newbyteorder("=")


_EXACT: dict[type, Callable[[Any, int, _Budget], Any]] = {
    type(None): _keep,
    bool: _keep,
    float: _keep,
    complex: _keep,
    int: _plain_int,
    str: _plain_text,
    list: _plain_sequence,
    tuple: _plain_sequence,
    dict: _plain_dict,
    np.ndarray: _plain_array,
}


def _plain_other(value: Any, depth: int, budget: _Budget) -> Any:
    """Objects of other classes: subclasses, tensors, data frames, exact numbers. Their own methods run."""
    if isinstance(value, type) or callable(value):
        return Opaque(_type_name(value), "it is a function or class that was not called")
    if isinstance(value, np.ma.MaskedArray):
        masked = cast("Any", value)
        return _plain_array(np.ma.filled(masked.astype(float), np.nan), depth, budget)
    if is_tensor(value):
        return _plain_array(value.detach().numpy(), depth, budget)
    if hasattr(value, "__array__"):
        return _plain_array(np.asarray(value), depth, budget)
    for base, convert in _BASES.items():
        if isinstance(value, base):
            return _plain(convert(value), depth - 1, budget)
    if hasattr(value, "keys") and hasattr(value, "__getitem__"):
        return _plain(dict(value), depth - 1, budget)
    if hasattr(value, "__float__"):
        return float(value)
    if hasattr(value, "__len__") and hasattr(value, "__getitem__"):
        budget.spend(len(value))
        return _plain(list(value), depth - 1, budget)
    if hasattr(value, "__next__"):
        return Opaque(_type_name(value), "it yields values one at a time: hand back an array or a list")
    return Opaque(_type_name(value), "it is neither a number nor an array")


_BASES: dict[type, Callable[[Any], Any]] = {
    base: base for base in (dict, list, tuple, str, int, float, complex)
}


def _type_name(value: object) -> str:
    return type(value).__name__[:80]


def is_array(value: object) -> TypeGuard[Array]:
    """Whether a plain value is an array."""
    return isinstance(value, np.ndarray)


def is_tensor(value: object) -> TypeGuard[Any]:
    """Whether `value` is a tensor of pellucid.torch, without importing it."""
    module = sys.modules.get("pellucid.torch.tensor")
    return module is not None and isinstance(value, module.Tensor)


def holds_tensors(value: Any) -> bool:
    """Whether `value` is a tensor or a list, tuple or dict with a tensor in it."""
    items = value.values() if is_dict(value) else value if is_sequence(value) else ()
    return is_tensor(value) or any(map(holds_tensors, items))


def to_tensors(value: Any) -> Any:
    """A plain value with tensors for its arrays, on the same memory."""
    if is_array(value):
        from pellucid.torch import from_numpy

        return from_numpy(value)
    if is_dict(value):
        return {key: to_tensors(item) for key, item in value.items()}
    if is_sequence(value):
        items = map(to_tensors, value)
        return list(items) if isinstance(value, list) else tuple(items)
    return value


def is_sequence(value: object) -> TypeGuard[list[Any] | tuple[Any, ...]]:
    """Whether a plain value is a list or tuple."""
    return isinstance(value, (list, tuple))


def is_dict(value: object) -> TypeGuard[dict[Any, Any]]:
    """Whether a plain value is a dictionary."""
    return isinstance(value, dict)


def copy_arguments(args: tuple[Any, ...]) -> tuple[Any, ...]:
    """Arguments for one call, sharing nothing with the case."""
    return tuple(copy_plain(arg) for arg in args)


def copy_plain(value: Any) -> Any:
    """A deep copy of a plain value."""
    if is_array(value):
        return np.array(value, copy=True)
    if is_dict(value):
        return {key: copy_plain(item) for key, item in value.items()}
    if is_sequence(value):
        items = [copy_plain(item) for item in value]
        return items if isinstance(value, list) else tuple(items)
    return value


def same_bits(a: Any, b: Any) -> bool:
    """Whether two plain values are identical: type, dtype, shape and every bit (so that NaN is NaN)."""
    if type(a) is not type(b):
        return False
    if is_array(a) and is_array(b):
        return a.dtype == b.dtype and a.shape == b.shape and a.tobytes() == b.tobytes()
    if is_dict(a) and is_dict(b):
        return list(a) == list(b) and all(same_bits(a[key], b[key]) for key in a)
    if is_sequence(a) and is_sequence(b):
        return len(a) == len(b) and all(map(same_bits, a, b))
    if isinstance(a, (float, complex)):
        return repr(a) == repr(b)  # tells 0.0 from -0.0, and takes NaN for NaN
    return a == b


def count_numbers(value: Any) -> int:
    """How many numbers a plain value holds: the size by which cases are ordered."""
    if is_array(value):
        return int(value.size)
    if is_dict(value):
        return sum(map(count_numbers, value.values()))
    if is_sequence(value):
        return sum(map(count_numbers, value))
    return 1
