"""By which factor answers differ: a constant, a size such as n or 1/d, or a number among the arguments."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np

from pellucid.grading.evidence import Evidence, Trial
from pellucid.grading.values import is_array


def find_common_factor(e: Evidence) -> Factor | None:
    """The factor between expected and got that is the same in all cases, or the same function of a size or an argument."""
    if not e.complete or e.informative < 2 - (len(e.trials) == 1):
        return None
    for factor in _factors(e):
        if e.holds(lambda t, factor=factor: factor.value(t) * t.expected):
            return factor
    return None


@dataclass(frozen=True)
class Factor:
    """A number for each case, how it is written, and what its symbol means."""

    text: str
    where: str
    value: Callable[[Trial], float]


CONSTANTS = (
    ("minus 1", -1.0),
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
    ("({s}-1)", lambda s: s - 1),
    ("1/({s}-1)", lambda s: 1 / (s - 1) if s != 1 else float("nan")),
    ("({s}-1)/{s}", lambda s: (s - 1) / s),
    ("{s}/({s}-1)", lambda s: s / (s - 1) if s != 1 else float("nan")),
    ("\\sqrt{{({s}-1)/{s}}}", lambda s: ((s - 1) / s) ** 0.5),
    ("\\sqrt{{{s}/({s}-1)}}", lambda s: (s / (s - 1)) ** 0.5 if s != 1 else float("nan")),
)


def _factors(e: Evidence) -> Iterator[Factor]:
    for text, constant in CONSTANTS:
        yield Factor(text, "", lambda _t, c=constant: c)
    for size in _sizes(e):
        for template, function in SIZE_FACTORS:
            formula = template.format(s=size.symbol)
            where = f", where ${size.symbol}$ is {size.meaning}"
            yield Factor(f"${formula}$", where, lambda t, f=function, s=size: f(s.of(t)))
            yield Factor(f"$-{formula}$", where, lambda t, f=function, s=size: -f(s.of(t)))
    for i, name in _scalar_arguments(e):
        yield Factor(f"`{name}`", "", lambda t, i=i: float(t.args[i]))
        yield Factor(f"1/`{name}`", "", lambda t, i=i: 1 / float(t.args[i]) if t.args[i] else float("nan"))
    constant = _common_ratio(e)
    if constant is not None:
        yield Factor(f"{constant:.6g}", "", lambda _t, c=constant: c)


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
