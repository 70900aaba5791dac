"""What is wrong with numeric answers, said without knowing the exercise.

Each rule looks at every case that was tried and gives a sentence only if it is true of all of them. The rules stand in the
order in which they are asked, the most specific first.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from pellucid.grading.compare import Tolerance, show_shape, values_agree
from pellucid.grading.evidence import Evidence, Trial, agrees
from pellucid.grading.factors import find_common_factor
from pellucid.grading.properties import find_properties
from pellucid.grading.values import Array, is_array


@dataclass(frozen=True)
class Diagnosis:
    """True sentences: `leading` say what is wrong, `asides` what is to be seen besides."""

    leading: tuple[str, ...] = ()
    asides: tuple[str, ...] = ()


def diagnose(evidence: Evidence) -> Diagnosis:
    """What can be said of the answers; nothing where all is right or nothing general holds."""
    lost = evidence.lost
    if not lost:
        return Diagnosis(_find_leading(evidence))
    finite = replace(
        evidence, trials=tuple(t for t in evidence.trials if not any(t is other for other in lost))
    )
    if all(trial.passed for trial in finite.trials):
        return Diagnosis((_say_not_finite(evidence, lost),))
    leading = tuple(f"Leaving aside the cases with NaN or infinity: {text}" for text in _find_leading(finite))
    count = f"In {len(lost)} of {len(evidence.trials)} cases there is {_what_stands(lost)} where a finite number is expected."
    return Diagnosis(leading, (count + _quote_warning(lost),))


def _find_leading(evidence: Evidence) -> tuple[str, ...]:
    if all(trial.passed for trial in evidence.trials):
        return ()
    for rule in RELATIONS:
        statement = rule(evidence)
        if statement:
            return (statement,)
    return tuple(statement for rule in OBSERVATIONS if (statement := rule(evidence)))


def _say_not_finite(e: Evidence, lost: Sequence[Trial]) -> str:
    """NaN or infinity, and nothing else wrong."""
    text = f"There is {_what_stands(lost)} where a finite number is expected."
    threshold = _size_threshold(e, lost)
    if threshold is not None:
        text += (
            f" It happens exactly in the cases whose inputs hold numbers of magnitude {threshold:.3g} and more: there an"
            " intermediate result can leave the range of floating-point numbers ($e^{710}$ is already infinite)."
        )
    return text + _quote_warning(lost)


def find_transpose(e: Evidence) -> str | None:
    """The transpose of the expected matrix."""
    if any(t.expected.ndim != 2 for t in e.trials) or not e.holds(lambda t: t.expected.T):
        return None
    return "Your answer is the transpose of the expected one."


def find_argument(e: Evidence) -> str | None:
    """One of the arguments, handed back as it came."""
    for i, name in enumerate(e.names):
        if all(i < len(t.args) and _is_numeric(t.args[i]) for t in e.trials) and e.holds(
            lambda t, i=i: t.args[i]
        ):
            return f"Your answer is `{name}`, as it came in."
    return None


def find_constant(e: Evidence) -> str | None:
    """One number, whatever the inputs, although the expected answers differ."""
    numbers = {float(x) for _, got in e.pairs if got.dtype.kind in "biuf" for x in got.ravel()}
    expected = {float(x) for wanted, _ in e.pairs if wanted.dtype.kind in "biuf" for x in wanted.ravel()}
    if len(e.pairs) < len(e.trials) or len(e.trials) < 2 or len(numbers) != 1 or len(expected) < 2:
        return None
    return f"Your answer is {next(iter(numbers)) + 0.0:.6g} in every case, whatever the inputs."


def find_shape(e: Evidence) -> str | None:
    """Another shape in every case, and whether the numbers are right all the same."""
    pairs = e.pairs
    if len(pairs) < len(e.trials) or not pairs:
        return None
    if all(wanted.shape == got.shape for wanted, got in pairs):
        return None
    if all(
        wanted.size == got.size and agrees(wanted.ravel(), got.ravel(), e.tolerance) for wanted, got in pairs
    ):
        wanted, got = next((w, g) for w, g in pairs if w.shape != g.shape)
        return f"The numbers are right, the shape is not: {show_shape(got.shape)} where {show_shape(wanted.shape)} is expected."
    if any(wanted.shape == got.shape for wanted, got in pairs):
        return None
    wanted, got = pairs[0]
    if all(g.ndim == 0 for _, g in pairs):
        return f"You give one number where an array of shape {show_shape(wanted.shape)} is expected."
    if all(g.shape == w.shape[::-1] for w, g in pairs):
        return f"The axes are swapped: the shape is {show_shape(got.shape)} where {show_shape(wanted.shape)} is expected."
    return f"The shape is {show_shape(got.shape)} where {show_shape(wanted.shape)} is expected."


def _what_stands(bad: Sequence[Trial]) -> str:
    return "NaN" if all(_holds_nan(t) for t in bad) else "NaN or infinity"


def _quote_warning(bad: Sequence[Trial]) -> str:
    warning = next((text for t in bad for text in t.warned if "encountered" in text), None)
    return f" NumPy says: `{warning}`." if warning else ""


def _holds_nan(trial: Trial) -> bool:
    return trial.got is not None and bool(np.isnan(trial.got).any())


def _size_threshold(e: Evidence, bad: Sequence[Trial]) -> float | None:
    """The smallest of the largest inputs of the bad cases, if it is beyond all others and large enough for exp to overflow."""
    others = [t for t in e.trials if not any(t is b for b in bad)]
    if not others:
        return None
    least = min(_largest(t.args) for t in bad)
    return least if least > max(300.0, *(_largest(t.args) for t in others)) else None


def _largest(args: tuple[Any, ...]) -> float:
    arrays = [np.asarray(arg) for arg in args if isinstance(arg, (int, float, np.ndarray))]
    sizes = [float(np.max(np.abs(a.astype(float)))) for a in arrays if a.size and a.dtype.kind in "iuf"]
    return max(sizes, default=0.0)


def find_sign(e: Evidence) -> str | None:
    """Minus the expected answer."""
    if not e.complete or e.informative == 0 or not e.holds(lambda t: -1.0 * t.expected):
        return None
    return "The sign is flipped: your answer is minus the expected one in every case."


def find_factor(e: Evidence) -> str | None:
    """A factor that is the same in all cases, or the same function of a size or of a number among the arguments."""
    factor = find_common_factor(e)
    return (
        f"Your answer is {factor.text} times the expected one in every case{factor.where}."
        if factor
        else None
    )


def find_change(e: Evidence) -> str | None:
    """A step from one of the arguments that goes too far, not far enough or the wrong way."""
    for i, name in enumerate(e.names):
        if not e.complete or not all(
            i < len(t.args) and is_array(t.args[i]) and _fits(t.args[i], t.expected) for t in e.trials
        ):
            continue
        steps = [
            replace(t, expected=t.expected - t.args[i], got=t.got - t.args[i])
            for t in e.trials
            if t.got is not None
        ]
        factor = find_common_factor(replace(e, trials=tuple(steps)))
        if factor is not None:
            return f"The change from `{name}` is {factor.text} times the expected change in every case{factor.where}."
    return None


FUNCTIONS: tuple[tuple[str, Callable[[Array], Array]], ...] = (
    ("the square of the expected one: a root is missing", np.square),
    ("the square root of the expected one", np.sqrt),
    ("1 divided by the expected one", np.reciprocal),
    ("1 minus the expected one", lambda a: 1 - a),
    ("the logarithm of the expected one: an exponential is missing", np.log),
    ("the exponential of the expected one: a logarithm is missing", np.exp),
    ("the expected one without its signs", np.abs),
)


def find_function(e: Evidence) -> str | None:
    """The expected answer with one function too many or too few."""
    if not e.complete or e.informative < 3:
        return None
    for text, function in FUNCTIONS:
        if e.holds(lambda t, function=function: function(t.expected.astype(float))):
            return f"Your answer is {text}, in every case."
    return None


def find_offset(e: Evidence) -> str | None:
    """A constant that was added, or an argument that was left out or added once too often."""
    if not e.complete:
        return None
    for i, name in enumerate(e.names):
        if all(i < len(t.args) and _fits(t.args[i], t.expected) for t in e.trials):
            if e.holds(lambda t, i=i: t.expected - t.args[i]):
                return f"Adding `{name}` to your answer gives the expected one in every case."
            if e.holds(lambda t, i=i: t.expected + t.args[i]):
                return f"Subtracting `{name}` from your answer gives the expected one in every case."
    constant = _common_difference(e)
    if constant is None or not e.holds(lambda t: t.expected + constant):
        return None
    word = "larger" if constant > 0 else "smaller"
    return (
        f"Every number of your answer is {word} than the expected one by {abs(constant):.6g}, in every case."
    )


def _fits(arg: Any, expected: Array) -> bool:
    return _is_numeric(arg) and np.shape(arg) in ((), expected.shape)


def _is_numeric(arg: Any) -> bool:
    return arg.dtype.kind in "iuf" if is_array(arg) else type(arg) in (int, float)


def _common_difference(e: Evidence) -> float | None:
    differences = np.concatenate([(g.astype(float) - w).ravel() for w, g in e.pairs])
    if len(e.trials) < 2 or differences.size < 3 or not np.isfinite(differences).all():
        return None
    constant = float(np.median(differences))
    return constant if abs(constant) > e.tolerance.atol else None


def find_order(e: Evidence) -> str | None:
    """The right numbers in another order."""
    if not e.complete:
        return None
    if e.holds(lambda t: t.expected[::-1] if t.expected.ndim else t.expected):
        return "The order is reversed: from back to front it is the expected answer."
    if all(_same_numbers(wanted, got, e.tolerance) for wanted, got in e.pairs):
        return "These are the expected numbers in another order."
    return None


def _same_numbers(wanted: Array, got: Array, tolerance: Tolerance) -> bool:
    return values_agree(np.sort(wanted, axis=None), np.sort(got, axis=None), tolerance)


ROUNDINGS: tuple[tuple[str, Callable[[Array], Array]], ...] = (
    ("cut to whole numbers: an integer dtype, `//` or `int` does that", np.trunc),
    ("rounded down to whole numbers", np.floor),
    ("rounded to whole numbers", np.round),
    ("rounded to 1 decimal", lambda a: np.round(a, 1)),
    ("rounded to 2 decimals", lambda a: np.round(a, 2)),
    ("rounded to 3 decimals", lambda a: np.round(a, 3)),
    ("rounded to 4 decimals", lambda a: np.round(a, 4)),
)


def find_rounding(e: Evidence) -> str | None:
    """The expected numbers with digits cut off."""
    failing = sum(not t.passed for t in e.trials)
    if not e.complete or failing < 2 or e.holds(lambda t: np.zeros_like(t.expected)):
        return None
    for text, cut in ROUNDINGS:
        if all(_is_cut(cut, wanted.astype(float), got) for wanted, got in e.pairs):
            return f"Your numbers are the expected ones {text}."
    return None


def _is_cut(cut: Callable[[Array], Array], wanted: Array, got: Array) -> bool:
    """Whether `got` is `wanted` after `cut`, where 2.9999999999 counts as 3 and as what lies below it."""
    nudge = 1e-9 * (1 + np.abs(wanted))
    candidates = [cut(wanted), cut(wanted - nudge), cut(wanted + nudge)]
    return bool(np.all(np.any([np.isclose(got, c, rtol=1e-12, atol=1e-12) for c in candidates], axis=0)))


def find_imprecision(e: Evidence) -> str | None:
    """Near the expected answer, but not within the tolerance."""
    if not e.complete:
        return None
    with np.errstate(all="ignore"):
        errors = [_relative_error(wanted, got) for wanted, got in e.pairs]
    worst = max(errors, default=float("inf"))
    if not worst <= 1e-3:
        return None
    single = all(got.dtype.kind == "f" and got.dtype.itemsize < 8 for _, got in e.pairs)
    reason = f" Your answer has dtype {e.pairs[0][1].dtype}, which keeps fewer digits." if single else ""
    return (
        f"Close, but not precise enough: relative to the largest number of an answer you are off by up to {worst:.1g},"
        f" where {e.tolerance.rtol:.1g} is asked for.{reason}"
    )


def _relative_error(wanted: Array, got: Array) -> float:
    if wanted.size == 0 or np.array_equal(wanted, got, equal_nan=True):
        return 0.0
    scale = float(np.max(np.abs(wanted)))
    error = float(np.max(np.abs(got.astype(float) - wanted)))
    return error / scale if scale > 0 and np.isfinite(error) else float("inf")


def find_special_inputs(e: Evidence) -> str | None:
    """Right exactly where the inputs have a property, or wrong exactly there."""
    passed = [trial.passed for trial in e.trials]
    if (
        min(passed.count(True), passed.count(False)) < 2
    ):  # one case has too many properties to tell by which it fails
        return None
    for meaning, has in find_properties([t.args for t in e.trials], e.names):
        if has == passed:
            return f"Of the {len(has)} cases tried, it is right exactly in the {sum(has)} where {meaning}."
        if has == [not p for p in passed]:
            return f"Of the {len(has)} cases tried, it is wrong exactly in the {sum(has)} where {meaning}."
    return None


# How the answers relate to the expected ones in every case: the first that holds says it all.
RELATIONS: tuple[Callable[[Evidence], str | None], ...] = (
    find_argument,
    find_constant,
    find_transpose,
    find_shape,
    find_sign,
    find_offset,
    find_factor,
    find_change,
    find_function,
    find_order,
    find_rounding,
)

# What else can be seen; several may be true at once.
OBSERVATIONS: tuple[Callable[[Evidence], str | None], ...] = (
    find_imprecision,
    find_special_inputs,
)
