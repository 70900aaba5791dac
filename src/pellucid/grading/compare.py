"""Whether an answer is the expected one: structure, then shape, then dtype kind, then values within the stated tolerance."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Literal, cast

import numpy as np

from pellucid.grading.values import Array, Opaque, is_array, is_dict, is_sequence

Reason = Literal["structure", "shape", "dtype", "values"]

# Which dtype kinds may stand for one another: an int for a float of the same value, and the reverse. No others.
_FAMILY = {"b": "bool", "i": "real", "u": "real", "f": "real", "c": "complex", "U": "text"}


@dataclass(frozen=True)
class Tolerance:
    """|got − expected| ≤ atol + rtol·|expected|, number by number."""

    rtol: float = 1e-6
    atol: float = 1e-9
    accept_column: bool = False


@dataclass(frozen=True)
class Mismatch:
    """The first difference: where in the answer (a path of keys and positions) and of what sort."""

    path: tuple[Any, ...]
    reason: Reason
    message: str


EXACT = Tolerance(rtol=0.0, atol=0.0)


def compare(expected: Any, got: Any, tolerance: Tolerance, path: tuple[Any, ...] = ()) -> Mismatch | None:
    """The first difference between two plain values, or None. Both are data: nothing of the learner's runs here."""
    if isinstance(got, Opaque):
        return Mismatch(path, "structure", f"An answer of type `{got.type}` cannot be compared: {got.why}.")
    if expected is None:  # a part of a wrong solution's answer, such as the gradient that it never made
        return (
            None
            if got is None
            else Mismatch(path, "structure", f"None is expected; this is {describe(got)}.")
        )
    if is_dict(expected):
        return _compare_dicts(expected, got, tolerance, path)
    if is_composite(expected):
        return _compare_parts(expected, got, tolerance, path)
    return _compare_arrays(expected, got, tolerance, path)


def is_composite(expected: Any) -> bool:
    """Whether an expected answer is a tuple or list of separate answers, and not one array written as a list."""
    return isinstance(expected, tuple) or (
        isinstance(expected, list) and as_array(cast("Any", expected)) is None
    )


def _compare_dicts(
    expected: dict[Any, Any], got: Any, tolerance: Tolerance, path: tuple[Any, ...]
) -> Mismatch | None:
    wanted = ", ".join(f"`{key!r}`" for key in expected)
    if not is_dict(got):
        return Mismatch(
            path, "structure", f"A dictionary with the keys {wanted} is expected; this is {describe(got)}."
        )
    found = got
    missing = [f"`{key!r}`" for key in expected if key not in found]
    if missing:
        return Mismatch(path, "structure", f"Missing from the dictionary: {', '.join(missing)}.")
    extra = [f"`{key!r}`" for key in found if key not in expected]
    if extra:
        return Mismatch(path, "structure", f"Not asked for: {', '.join(extra)}. Expected are {wanted}.")
    for key, value in expected.items():
        mismatch = compare(value, found[key], tolerance, (*path, key))
        if mismatch:
            return mismatch
    return None


def _compare_parts(expected: Any, got: Any, tolerance: Tolerance, path: tuple[Any, ...]) -> Mismatch | None:
    parts = split_parts(expected, got)
    if parts is None or len(parts) != len(expected):
        message = f"{len(expected)} values are expected, separated by commas; this is {describe(got)}."
        return Mismatch(path, "structure", message)
    for i, (value, part) in enumerate(zip(expected, parts, strict=True)):
        mismatch = compare(value, part, tolerance, (*path, i))
        if mismatch:
            return mismatch
    return None


def split_parts(expected: Any, got: Any) -> list[Any] | None:
    """The separate answers of a tuple or list; of an array only where its rows have the shapes of the expected parts."""
    if is_sequence(got):
        return list(got)
    if is_array(got) and got.ndim > 0 and len(got) == len(expected):
        parts = [as_array(part) for part in expected]
        if all(part is not None and part.shape == got.shape[1:] for part in parts):
            return list(got)
    return None


def _compare_arrays(expected: Any, got: Any, tolerance: Tolerance, path: tuple[Any, ...]) -> Mismatch | None:
    wanted = as_array(expected)
    assert wanted is not None, f"an expected answer of type {type(expected).__name__} cannot be compared"
    found = as_array(got)
    if found is None or (found.dtype.kind == "U") != (wanted.dtype.kind == "U"):
        return Mismatch(
            path, "structure", f"{_sentence(describe(wanted))} is expected; this is {describe(got)}."
        )
    found = _accepted_shape(wanted, found, tolerance)
    if wanted.shape != found.shape:
        return Mismatch(
            path, "shape", f"The shape is {show_shape(found.shape)}; expected is {show_shape(wanted.shape)}."
        )
    if not _same_family(wanted, found):
        return Mismatch(path, "dtype", f"The dtype is {found.dtype}; expected is {wanted.dtype}.")
    if not values_agree(wanted, found, tolerance):
        return Mismatch(path, "values", "The shape is right; the numbers are not.")
    return None


def _accepted_shape(wanted: Array, found: Array, tolerance: Tolerance) -> Array:
    if tolerance.accept_column and wanted.ndim == 1 and found.shape == (*wanted.shape, 1):
        return found[:, 0]
    return found


def _same_family(wanted: Array, found: Array) -> bool:
    return found.size == 0 or _FAMILY.get(wanted.dtype.kind) == _FAMILY.get(found.dtype.kind)


def values_agree(wanted: Array, found: Array, tolerance: Tolerance) -> bool:
    """Whether arrays of the same shape hold the same values: NaN and infinity by place, all else within the tolerance."""
    if wanted.dtype.kind == "U" or found.dtype.kind == "U":
        return bool(np.array_equal(wanted, found))
    a, b = _accumulate(wanted), _accumulate(found)
    with np.errstate(all="ignore"):
        near = np.abs(b - a) <= tolerance.atol + tolerance.rtol * np.abs(a)
    finite = np.isfinite(a)
    if finite.all():
        return bool(near.all())
    return bool(np.all((finite & near) | (a == b) | (np.isnan(a) & np.isnan(b))))


def _accumulate(array: Array) -> Array:
    """In double precision, so that the comparison adds no error of its own."""
    return array.astype(np.complex128 if array.dtype.kind == "c" else np.float64, copy=False)


def as_array(value: Any) -> Array | None:
    """A plain value as one array, or None where it is not one: None, a dict, a ragged list, a list that holds other things."""
    if is_array(value):
        return value
    if isinstance(value, (bool, int, float, complex, str)):
        return _whole_array(value)
    if is_sequence(value) and all(_is_numeric(item) for item in _leaves(value)):
        return _whole_array(value)
    return None


def _whole_array(value: Any) -> Array | None:
    try:
        array = np.asarray(value)
    except (ValueError, OverflowError):  # ragged
        return None
    if array.dtype == object:  # integers beyond 64 bits
        try:
            return array.astype(np.float64)
        except (ValueError, TypeError, OverflowError):
            return None
    return array if array.dtype.kind in _FAMILY else None


def _leaves(value: Any) -> Iterator[Any]:
    for item in value:
        if is_sequence(item):
            yield from _leaves(item)
        else:
            yield item


def _is_numeric(item: Any) -> bool:
    return isinstance(item, (bool, int, float, complex)) or (is_array(item) and item.dtype.kind in "biufc")


def numeric_leaves(expected: Any, path: tuple[Any, ...] = ()) -> dict[tuple[Any, ...], Array]:
    """Every array inside an answer, by its path; one entry with an empty path for a single array."""
    if is_dict(expected):
        pairs: list[tuple[Any, Any]] = list(expected.items())
    elif is_composite(expected):
        pairs = list(zip(range(len(expected)), expected, strict=True))
    else:
        array = as_array(expected)
        return {} if array is None or array.dtype.kind not in "biufc" else {path: array}
    leaves: dict[tuple[Any, ...], Array] = {}
    for key, value in pairs:
        leaves.update(numeric_leaves(value, (*path, key)))
    return leaves


def find_leaf(expected: Any, got: Any, path: tuple[Any, ...]) -> Array | None:
    """The array of an answer that stands where `path` leads in the expected one, or None where there is none."""
    for key in path:
        if is_dict(expected):
            got = got.get(key) if is_dict(got) else None
        else:
            parts = split_parts(expected, got)
            got = parts[key] if parts is not None and key < len(parts) else None
        expected = expected[key]
    return as_array(got)


def describe(value: Any) -> str:
    """What a value is, in words: "an array of shape (3, 2)"."""
    if value is None:
        return "`None`"
    if isinstance(value, Opaque):
        return f"a value of type `{value.type}`"
    if is_dict(value):
        keys = ", ".join(repr(key)[:40] for key in list(value)[:8])
        return f"a dictionary with the keys {keys}" if value else "an empty dictionary"
    if isinstance(value, str):
        return "text"
    if isinstance(value, tuple):
        return f"a tuple of {len(cast('tuple[Any, ...]', value))}"
    array = as_array(value)
    if array is None:
        return f"a list of {len(value)} that is not one array"
    if array.ndim == 0:
        return {"b": "a truth value", "c": "one complex number", "U": "text"}.get(
            array.dtype.kind, "one number"
        )
    return f"{'a list' if isinstance(value, list) else 'an array'} of shape {show_shape(array.shape)}"


def show_shape(shape: tuple[int, ...]) -> str:
    """A shape as the learner would write it; a single number has none."""
    return f"`{shape}`" if shape else "that of one number, `()`"


def _sentence(text: str) -> str:
    return text[:1].upper() + text[1:]
