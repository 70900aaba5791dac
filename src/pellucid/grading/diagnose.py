"""What is wrong with numeric answers, said without knowing the exercise.

Each rule looks at every case that was tried and gives a sentence only if it is true of all of them. The rules stand in the
order in which they are asked, the most specific first.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from pellucid.grading.compare import Tolerance, show_shape, values_agree
from pellucid.grading.properties import find_properties
from pellucid.grading.values import Array, is_array


@dataclass(frozen=True)
class Trial:
    """One case: the arguments, the expected array and what came instead (None where there was no array)."""

    args: tuple[Any, ...]
    expected: Array
    got: Array | None
    passed: bool
    warned: tuple[str, ...] = ()


@dataclass(frozen=True)
class Evidence:
    """All cases of one exercise, with the names of its parameters."""

    trials: tuple[Trial, ...]
    names: tuple[str, ...]
    tolerance: Tolerance

    @property
    def pairs(self) -> list[tuple[Array, Array]]:
        """Expected and got, where there is an array to look at."""
        return [(trial.expected, trial.got) for trial in self.trials if trial.got is not None]

    @property
    def complete(self) -> bool:
        """Whether every case gave an array of the expected shape and none is of complex numbers."""
        return all(
            trial.got is not None
            and trial.got.shape == trial.expected.shape
            and trial.got.dtype.kind in "biuf"
            for trial in self.trials
        )

    def holds(self, change: Callable[[Trial], Any]) -> bool:
        """Whether the answer is `change(trial)` in every case, within the tolerance."""
        with np.errstate(all="ignore"):
            return all(
                trial.got is not None and _agrees(change(trial), trial.got, self.tolerance)
                for trial in self.trials
            )

    @property
    def informative(self) -> int:
        """How many expected numbers are finite and not zero: those that a factor can be read from."""
        return sum(
            int(np.sum(np.isfinite(t.expected) & (np.abs(t.expected) > self.tolerance.atol)))
            for t in self.trials
        )


def _agrees(wanted: Any, got: Array, tolerance: Tolerance) -> bool:
    wanted = np.asarray(wanted)
    return wanted.shape == got.shape and values_agree(wanted, got, tolerance)


def diagnose(evidence: Evidence) -> list[str]:
    """True sentences about the answers, the most specific first; empty where all is right or nothing general can be said."""
    if not evidence.trials or all(trial.passed for trial in evidence.trials):
        return []
    for rule in RELATIONS:
        statement = rule(evidence)
        if statement:
            return [statement]
    return [statement for rule in OBSERVATIONS if (statement := rule(evidence))]


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
        wanted.size == got.size and _agrees(wanted.ravel(), got.ravel(), e.tolerance) for wanted, got in pairs
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


def find_not_finite(e: Evidence) -> str | None:
    """NaN or infinity where a finite number is expected, and nothing else wrong."""
    failing = [t for t in e.trials if not t.passed]
    bad = [t for t in failing if _loses_finiteness(t)]
    if not bad or len(bad) < len(failing):
        return None
    text = f"There is {_what_stands(bad)} where a finite number is expected."
    threshold = _size_threshold(e, bad)
    if threshold is not None:
        text += (
            f" It happens exactly in the cases whose inputs hold numbers of magnitude {threshold:.3g} and more: there an"
            " intermediate result can leave the range of floating-point numbers ($e^{710}$ is already infinite)."
        )
    return text + _quote_warning(bad)


def find_partly_not_finite(e: Evidence) -> str | None:
    """NaN or infinity in some of the cases that fail."""
    failing = [t for t in e.trials if not t.passed]
    bad = [t for t in failing if _loses_finiteness(t)]
    if not bad or len(bad) == len(failing):
        return None
    text = f"In {len(bad)} of the {len(failing)} cases that fail there is {_what_stands(bad)} where a finite number is expected."
    return text + _quote_warning(bad)


def _what_stands(bad: Sequence[Trial]) -> str:
    return "NaN" if all(_holds_nan(t) for t in bad) else "NaN or infinity"


def _quote_warning(bad: Sequence[Trial]) -> str:
    warning = next((text for t in bad for text in t.warned if "encountered" in text), None)
    return f" NumPy says: `{warning}`." if warning else ""


def _loses_finiteness(trial: Trial) -> bool:
    got = trial.got
    if got is None or got.shape != trial.expected.shape or got.dtype.kind not in "fc":
        return False
    return bool(np.any(np.isfinite(trial.expected) & ~np.isfinite(got)))


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
    if not e.complete or e.informative < 2 - (len(e.trials) == 1):
        return None
    for factor in _factors(e):
        if e.holds(lambda t, factor=factor: factor.value(t) * t.expected):
            return f"Your answer is {factor.text} times the expected one in every case{factor.where}."
    return None


@dataclass(frozen=True)
class _Factor:
    text: str
    where: str
    value: Callable[[Trial], float]


CONSTANTS = (
    ("2", 2.0),
    ("½", 0.5),
    ("−2", -2.0),
    ("−½", -0.5),
    ("$\\sqrt 2$", 2**0.5),
    ("$1/\\sqrt 2$", 0.5**0.5),
    ("$\\ln 2$", float(np.log(2))),
    ("$1/\\ln 2$", float(1 / np.log(2))),
    ("$\\ln 10$", float(np.log(10))),
    ("$1/\\ln 10$", float(1 / np.log(10))),
    ("100", 100.0),
    ("1/100", 0.01),
)

# Functions of a size s; `{s}` is its symbol.
SIZE_FACTORS: tuple[tuple[str, Callable[[float], float]], ...] = (
    ("{s}", lambda s: s),
    ("1/{s}", lambda s: 1 / s),
    ("2/{s}", lambda s: 2 / s),
    ("1/(2{s})", lambda s: 0.5 / s),
    ("2{s}", lambda s: 2 * s),
    ("{s}/2", lambda s: s / 2),
    ("\\sqrt{{{s}}}", lambda s: s**0.5),
    ("1/\\sqrt{{{s}}}", lambda s: s**-0.5),
    ("{s}-1", lambda s: s - 1),
    ("1/({s}-1)", lambda s: 1 / (s - 1) if s != 1 else float("nan")),
    ("({s}-1)/{s}", lambda s: (s - 1) / s),
    ("{s}/({s}-1)", lambda s: s / (s - 1) if s != 1 else float("nan")),
    ("\\sqrt{{({s}-1)/{s}}}", lambda s: ((s - 1) / s) ** 0.5),
    ("\\sqrt{{{s}/({s}-1)}}", lambda s: (s / (s - 1)) ** 0.5 if s != 1 else float("nan")),
)


def _factors(e: Evidence) -> Iterator[_Factor]:
    for text, constant in CONSTANTS:
        yield _Factor(text, "", lambda _t, c=constant: c)
    for size in _sizes(e):
        for template, function in SIZE_FACTORS:
            formula = template.format(s=size.symbol)
            where = f", where ${size.symbol}$ is {size.meaning}"
            yield _Factor(f"${formula}$", where, lambda t, f=function, s=size: f(s.of(t)))
            yield _Factor(f"$-{formula}$", where, lambda t, f=function, s=size: -f(s.of(t)))
    for i, name in _scalar_arguments(e):
        yield _Factor(f"`{name}`", "", lambda t, i=i: float(t.args[i]))
        yield _Factor(f"1/`{name}`", "", lambda t, i=i: 1 / float(t.args[i]) if t.args[i] else float("nan"))
    constant = _common_ratio(e)
    if constant is not None:
        yield _Factor(f"{constant:.6g}", "", lambda _t, c=constant: c)


@dataclass(frozen=True)
class _Size:
    symbol: str
    meaning: str
    of: Callable[[Trial], float]


def _sizes(e: Evidence) -> Iterator[_Size]:
    """The lengths of the arguments' axes, those alone that vary from case to case: else a constant says it."""
    seen: list[list[int]] = []
    for i, name in enumerate(e.names):
        arrays = [t.args[i] for t in e.trials if i < len(t.args) and is_array(t.args[i])]
        dims = {a.ndim for a in arrays}
        if len(arrays) < len(e.trials) or len(dims) != 1:
            continue
        for axis in range(dims.pop()):
            lengths = [int(a.shape[axis]) for a in arrays]
            if lengths in seen or len(set(lengths)) < 2:
                continue
            seen.append(lengths)
            meaning = _axis_meaning(name, axis, arrays[0].ndim)
            symbol = "d" if axis == 1 else "n"
            yield _Size(symbol, meaning, lambda t, i=i, axis=axis: float(t.args[i].shape[axis]))


def _axis_meaning(name: str, axis: int, ndim: int) -> str:
    if ndim == 1:
        return f"the length of `{name}`"
    return (
        f"the number of {('rows', 'columns')[axis]} of `{name}`"
        if ndim == 2
        else f"the length of axis {axis} of `{name}`"
    )


def _scalar_arguments(e: Evidence) -> list[tuple[int, str]]:
    return [
        (i, name)
        for i, name in enumerate(e.names)
        if all(i < len(t.args) and type(t.args[i]) in (int, float) for t in e.trials)
    ]


def _common_ratio(e: Evidence) -> float | None:
    """The factor of the largest expected number, if there is enough to call it the same everywhere."""
    if e.informative < 3 or len(e.trials) < 2:
        return None
    wanted = np.concatenate([w.ravel().astype(float) for w, _ in e.pairs])
    got = np.concatenate([g.ravel().astype(float) for _, g in e.pairs])
    usable = np.isfinite(wanted) & np.isfinite(got)
    if not usable.any():
        return None
    i = int(np.argmax(np.abs(np.where(usable, wanted, 0.0))))
    ratio = float(got[i] / wanted[i]) if wanted[i] else float("nan")
    return ratio if np.isfinite(ratio) and abs(ratio) > 1e-6 else None


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
    if (
        not e.complete
        or sum(not t.passed for t in e.trials) < 2
        or e.holds(lambda t: np.zeros_like(t.expected))
    ):
        return None
    for text, cut in ROUNDINGS:
        if e.holds(lambda t, cut=cut: cut(t.expected.astype(float))):
            return f"Your numbers are the expected ones {text}."
    return None


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
            return f"It is right exactly in the cases where {meaning}, and wrong in the others."
        if has == [not p for p in passed]:
            return f"It is wrong exactly in the cases where {meaning}, and right in the others."
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
    find_order,
    find_rounding,
)

# What else can be seen; several may be true at once.
OBSERVATIONS: tuple[Callable[[Evidence], str | None], ...] = (
    find_not_finite,
    find_imprecision,
    find_special_inputs,
    find_partly_not_finite,
)
