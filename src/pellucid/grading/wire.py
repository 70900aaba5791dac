"""What crosses between the judge's interpreter and the learner's: JSON texts; arrays as dtype, shape, base64, never pickle.

The learner's side is not trusted: whatever text comes back is read as data, within limits, or becomes an outcome that says
that it cannot be read. The entry points at the top are those that the page's workers call (docs/reference/runtime.md).
"""

from __future__ import annotations

import base64
import json
import math
import sys
from collections.abc import Callable
from dataclasses import asdict
from typing import Any, cast

import numpy as np

from pellucid.grading.attempt import Case, FaultKind, Outcome, attempt
from pellucid.grading.exercise import Exercise
from pellucid.grading.judge import MAX_CASES, judge, plan
from pellucid.grading.load import execute
from pellucid.grading.proof import prove
from pellucid.grading.values import (
    MAX_ARRAY_BYTES,
    MAX_DEPTH,
    MAX_ITEMS,
    MAX_TEXT,
    Array,
    Opaque,
    is_array,
    is_dict,
)
from pellucid.xray.failures import ErrorFrame, ErrorReport
from pellucid.xray.imports import find_imports

MAX_MESSAGE_CHARS = 64 * 2**20
MAX_FRAMES = 16
MAX_LINES = 10**7
NUMBER_KINDS = "biufc"
ENDINGS = ("time", "memory", "crashed")
# The faults that a learner's side may report; "ended" and "garbled" are said about it, never by it.
FAULTS: tuple[FaultKind, ...] = (
    "raised",
    "load",
    "exit",
    "syntax",
    "missing",
    "uncallable",
    "arity",
    "blank",
)


class WireError(ValueError):
    """A text from the other side that is not what was agreed."""


def plan_json(exercises_source: str, id: str, seed: int) -> str:
    """The cases for one attempt, without any expected answer."""
    exercise = _find_exercise(exercises_source, id)
    planned = plan(exercise, seed)
    cases = [None if case.args is None else [encode(arg) for arg in case.args] for case in planned]
    return json.dumps(
        {"exercise": id, "entry": exercise.entry, "cases": cases, "tensors": planned[0].tensors}
    )


def attempt_json(submission: str, plan: str) -> str:
    """Run a submission on a plan's cases. The only entry point that executes a learner's code."""
    message = json.loads(plan)
    outcomes = attempt(submission, message["entry"], _decode_cases(message))
    return json.dumps({"outcomes": [_encode_outcome(outcome) for outcome in outcomes]})


def judge_json(exercises_source: str, id: str, plan: str, outcomes: str) -> str:
    """The Verdict on what came back, as JSON without NaN."""
    exercise = _find_exercise(exercises_source, id)
    cases = _decode_cases(json.loads(plan))
    verdict = judge(exercise, cases, decode_outcomes(outcomes, len(cases)))
    return json.dumps(verdict.to_dict(), allow_nan=False)


def prove_json(exercises_source: str, id: str, starter: str, seeds: int) -> str:
    """The proofs of one exercise, for `pellucid check --browser`: a list of objects with claim, holds and detail."""
    proofs = prove(_find_exercise(exercises_source, id), starter, seeds)
    return json.dumps([asdict(proof) for proof in proofs])


def imports_of(source: str) -> list[str]:
    """The modules to mount before `source` can run: its imports that Python does not bring, and NumPy for grading itself."""
    return sorted({"numpy", *find_imports(source)} - sys.stdlib_module_names - {"pellucid"})


def _find_exercise(source: str, id: str) -> Exercise:
    return execute(source, "exercises.py")[id]


def _decode_cases(plan: dict[str, Any]) -> list[Case]:
    return [
        Case(None if args is None else tuple(decode(arg) for arg in args), plan["tensors"])
        for args in plan["cases"]
    ]


def encode(value: Any) -> Any:
    """A plain value (grading/values.py) as JSON's own types: what JSON lacks becomes an object with a key of one `$` word."""
    if value is None or isinstance(value, (bool, str)):
        return value
    if isinstance(value, int):
        return {"$int": hex(value)}
    if isinstance(value, float):
        return value if math.isfinite(value) else {"$float": repr(value)}
    if isinstance(value, complex):
        return {"$complex": [encode(value.real), encode(value.imag)]}
    if is_array(value):
        return _encode_array(value)
    if isinstance(value, list):
        return [encode(item) for item in cast("list[Any]", value)]
    if isinstance(value, tuple):
        return {"$tuple": [encode(item) for item in cast("tuple[Any, ...]", value)]}
    if is_dict(value):
        return {"$dict": [[encode(key), encode(item)] for key, item in value.items()]}
    if isinstance(value, Opaque):
        return {"$opaque": [value.type, value.why]}
    raise WireError(f"{type(value).__name__} is not plain")


def _encode_array(array: Array) -> Any:
    if array.dtype.kind == "U":  # text travels as text: bytes might spell characters that do not exist
        return encode(array.tolist())
    data = base64.b64encode(np.ascontiguousarray(array).tobytes()).decode("ascii")
    return {"$array": [array.dtype.str, list(array.shape), data]}


def decode(node: Any) -> Any:
    """The plain value that `encode` was given. Raises WireError for anything else."""
    return _decode(node, MAX_DEPTH + 2, [MAX_ITEMS * 2])


def _decode(node: Any, depth: int, left: list[int]) -> Any:
    left[0] -= 1
    _require(depth > 0 and left[0] >= 0, "it is too large or too deeply nested")
    if node is None or isinstance(node, (bool, float)):
        return node
    if isinstance(node, str):
        _require(len(node) <= MAX_TEXT, "a text is too long")
        return node
    if isinstance(node, list):
        return [_decode(item, depth - 1, left) for item in cast("list[Any]", node)]
    pairs = list(_object(node).items())
    _require(len(pairs) == 1 and pairs[0][0] in DECODERS, "a value is of no known form")
    tag, body = pairs[0]
    return DECODERS[tag](body, depth - 1, left)


def _decode_int(body: Any, _depth: int, _left: list[int]) -> int:
    _require(isinstance(body, str) and len(body) <= MAX_TEXT, "a number is too long")
    return int(body, 16)


def _decode_float(body: Any, _depth: int, _left: list[int]) -> float:
    _require(body in ("nan", "inf", "-inf"), "a number is of no known form")
    return float(body)


def _decode_complex(body: Any, depth: int, left: list[int]) -> complex:
    real, imag = (_decode(part, depth, left) for part in _pair(body))
    _require(isinstance(real, float) and isinstance(imag, float), "a complex number is of no known form")
    return complex(real, imag)


def _decode_tuple(body: Any, depth: int, left: list[int]) -> tuple[Any, ...]:
    return tuple(_decode(item, depth, left) for item in _list(body))


def _decode_dict(body: Any, depth: int, left: list[int]) -> dict[Any, Any]:
    pairs = [(_decode(key, 2, left), _decode(item, depth, left)) for key, item in map(_pair, _list(body))]
    _require(
        all(isinstance(key, (str, int, float)) for key, _ in pairs), "a dictionary's key is of no known form"
    )
    return dict(pairs)


def _decode_opaque(body: Any, _depth: int, _left: list[int]) -> Opaque:
    type_name, why = _pair(body)
    return Opaque(_text(type_name, 80), _text(why, 300))


def _decode_array(body: Any, _depth: int, _left: list[int]) -> Array:
    _require(len(_list(body)) == 3, "an array is of no known form")
    dtype = np.dtype(_text(body[0], 12))
    _require(dtype.kind in NUMBER_KINDS and dtype.itemsize > 0, "an array's dtype is not one of numbers")
    shape = [_count(side, MAX_ARRAY_BYTES) for side in _list(body[1])]
    raw = base64.b64decode(_text(body[2], 2 * MAX_ARRAY_BYTES), validate=True)
    _require(len(raw) == math.prod(shape) * dtype.itemsize, "an array's size does not fit its shape")
    return np.frombuffer(bytearray(raw), dtype=dtype).reshape(shape)


DECODERS: dict[str, Callable[[Any, int, list[int]], Any]] = {
    "$int": _decode_int,
    "$float": _decode_float,
    "$complex": _decode_complex,
    "$tuple": _decode_tuple,
    "$dict": _decode_dict,
    "$array": _decode_array,
    "$opaque": _decode_opaque,
}


def _encode_outcome(outcome: Outcome) -> dict[str, Any]:
    return {
        "value": encode(outcome.value),
        "fault": outcome.fault,
        "detail": outcome.detail,
        "error": outcome.error,
        "changed": list(outcome.changed),
        "stdout": outcome.stdout,
        "warned": list(outcome.warned),
    }


def decode_outcomes(text: str, cases: int) -> list[Outcome]:
    """The outcomes that the learner's side reports. Never raises: what cannot be read is an outcome with the fault "garbled"."""
    try:
        return _decode_outcomes(text, cases)
    except Exception as error:  # json, NumPy and int() each have their own ways of refusing hostile text
        detail = str(error) if isinstance(error, WireError) else "it is not of the agreed form"
        return [Outcome(fault="garbled", detail=detail)] * max(cases, 1)


def _decode_outcomes(text: str, cases: int) -> list[Outcome]:
    _require(len(text) <= MAX_MESSAGE_CHARS, "it is too large")
    message = _object(json.loads(text))
    if message.get("ended") in ENDINGS:
        return [Outcome(fault="ended", detail=message["ended"])] * cases
    outcomes = _list(message.get("outcomes"))
    _require(len(outcomes) <= MAX_CASES, "it is too large")
    return [_decode_outcome(_object(outcome)) for outcome in outcomes]


def _decode_outcome(node: dict[str, Any]) -> Outcome:
    fault = node.get("fault")
    _require(fault is None or fault in FAULTS, "a fault is of no known form")
    error = node.get("error")
    return Outcome(
        value=decode(node.get("value")),
        fault=fault,
        detail=_text(node.get("detail"), 300),
        error=None if error is None else _decode_error(_object(error)),
        changed=tuple(_count(i, MAX_CASES) for i in _list(node.get("changed"))[:64]),
        stdout=_text(node.get("stdout"), 20_000),
        warned=tuple(_text(warning, 300) for warning in _list(node.get("warned"))[:8]),
    )


def _decode_error(node: dict[str, Any]) -> ErrorReport:
    line, sentence = node.get("line"), node.get("help")
    return {
        "name": _text(node.get("name"), 200),
        "message": _text(node.get("message"), MAX_TEXT),
        "frames": [_decode_frame(_object(frame)) for frame in _list(node.get("frames"))[:MAX_FRAMES]],
        "line": None if line is None else _count(line, MAX_LINES),
        "help": None if sentence is None else _text(sentence, MAX_TEXT),
    }


def _decode_frame(node: dict[str, Any]) -> ErrorFrame:
    return {
        "cell": _text(node.get("cell"), 200),
        "line": _count(node.get("line"), MAX_LINES),
        "source": _text(node.get("source"), 400),
        "function": _text(node.get("function"), 200),
    }


def _count(node: Any, limit: int) -> int:
    _require(type(node) is int and 0 <= node <= limit, "a whole number is of no known form")
    return node


def _text(node: Any, limit: int) -> str:
    _require(isinstance(node, str), "a text is of no known form")
    return node[:limit]


def _list(node: Any) -> list[Any]:
    _require(isinstance(node, list), "a list is of no known form")
    return node


def _object(node: Any) -> dict[str, Any]:
    _require(isinstance(node, dict), "a value is of no known form")
    return node


def _pair(node: Any) -> tuple[Any, Any]:
    _require(len(_list(node)) == 2, "a pair is of no known form")
    return node[0], node[1]


def _require(holds: bool, otherwise: str) -> None:
    if not holds:
        raise WireError(otherwise)
