"""Whole scripts, written for PyTorch and unchanged, print here what they print there; so does chapter 6's model.

The text must be the same, whole numbers too. A printed decimal may differ by one in its last digit, or by 1e-4 of itself.
The fixtures are what torch 2.13 printed (tools/torch_scripts.py); where torch is installed, it is asked again.
docs/reference/torch.md, "Digits", says what is promised and why not more.
"""

from __future__ import annotations

import functools
import importlib.machinery
import json
import runpy
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from pellucid.alias import Alias

HERE = Path(__file__).parent
TOOL = HERE.parents[2] / "tools" / "torch_scripts.py"
TOOLS = runpy.run_path(str(TOOL))  # near: of two decimals; numbers and differences: of printed lines
near, numbers, differences = TOOLS["near"], TOOLS["numbers"], TOOLS["differences"]
RECORDED: dict[str, list[str]] = json.loads((HERE / "fixtures" / "printed.json").read_text(encoding="utf-8"))
Lesson = dict[str, list[str]]
LESSONS: dict[str, Lesson] = json.loads((HERE / "fixtures" / "lessons.json").read_text(encoding="utf-8"))
# 54 of 59 scripts print the very same text where this was written, 53 to 54 with the matrix products of other processors.
# torch itself, told to use an older processor's instructions, prints the text of 55 to 57 of them again.
SAME = 52
# Of chapter 6's model's 4,000 losses and 40 sets of weights, this many at most differ, in the last printed digit.
LAST_DIGITS = 6

Printed = Callable[[str], list[str]]


@pytest.fixture(scope="module")
def tool() -> Iterator[dict[str, Any]]:
    """The functions of tools/torch_scripts.py, where `import torch` finds pellucid.torch."""
    before = {name: module for name, module in sys.modules.items() if name.split(".")[0] == "torch"}
    for name in before:
        del sys.modules[name]
    alias = Alias()
    sys.meta_path.insert(0, alias)
    yield TOOLS
    sys.meta_path.remove(alias)
    for name in [name for name in sys.modules if name.split(".")[0] == "torch"]:
        del sys.modules[name]
    sys.modules.update(before)


@pytest.fixture(scope="module")
def printed(tool: dict[str, Any]) -> Printed:
    """name → the lines that a script prints; each script runs once."""
    return functools.cache(tool["printed"])


@pytest.fixture(scope="module")
def lessons(tool: dict[str, Any]) -> dict[str, Lesson]:
    """What chapter 6's model prints, for every seed and number of rows."""
    return tool["lessons"]()


def test_every_script_is_recorded(tool: dict[str, Any]) -> None:
    assert sorted(RECORDED) == tool["names"]()
    assert len(RECORDED) >= 30


@pytest.mark.parametrize("name", sorted(RECORDED))
def test_a_script_prints_what_it_prints_under_torch(printed: Printed, name: str) -> None:
    assert differences(printed(name), RECORDED[name]) == []


def test_nearly_all_print_the_very_same_text(printed: Printed) -> None:
    others = [name for name, lines in RECORDED.items() if printed(name) != lines]
    assert len(RECORDED) - len(others) >= SAME, others


@pytest.mark.parametrize(
    ("ours", "theirs"),
    [
        (["loss 0.1234"], ["loss 0.1236"]),
        (["3 right"], ["4 right"]),
        (["tensor([1.])"], ["tensor([2.])"]),
        (["tensor([1.2e-05])"], ["tensor([1.4e-05])"]),
        (["a"], ["b"]),
        (["a"], ["a", "a"]),
    ],
)
def test_a_difference_is_seen(ours: list[str], theirs: list[str]) -> None:
    assert differences(ours, theirs)


def test_initial_weights_and_first_losses_are_the_same_text(lessons: dict[str, Lesson]) -> None:
    assert len({name.split()[0] for name in LESSONS}) >= 20
    for name, theirs in LESSONS.items():
        assert lessons[name]["initial"] == theirs["initial"], name
        first = [lesson["losses"][0].split()[:10] for lesson in (lessons[name], theirs)]
        assert first[0] == first[1], name


def test_losses_and_weights_of_100_steps(lessons: dict[str, Lesson]) -> None:
    """All within one in the last printed digit, or the rounding of single precision; nearly all the same."""
    losses = weights = 0
    for name, theirs in LESSONS.items():
        ours = lessons[name]
        assert differences(ours["losses"], theirs["losses"]) == [], name
        losses += sum(
            a == b for a, b in zip(ours["losses"][0].split(), theirs["losses"][0].split(), strict=True)
        )
        pairs = list(zip(numbers(ours["weights"]), numbers(theirs["weights"]), strict=True))
        assert len(pairs) == 73, name
        assert all(near(a, b) or abs(float(a) - float(b)) < 1e-6 for a, b in pairs), name
        weights += ours["weights"] == theirs["weights"]
    assert losses >= 100 * len(LESSONS) - LAST_DIGITS
    assert weights >= len(LESSONS) - LAST_DIGITS


def test_torch_itself_prints_the_same(
    tool: dict[str, Any], printed: Printed, lessons: dict[str, Lesson]
) -> None:
    if importlib.machinery.PathFinder.find_spec("torch") is None:
        pytest.skip("torch is not installed: what it printed is recorded")
    done = subprocess.run([sys.executable, TOOL, "--print"], capture_output=True, text=True, check=True)
    live = json.loads(done.stdout)
    assert {n: d for n, lines in live["printed"].items() if (d := differences(printed(n), lines))} == {}
    for name, theirs in live["lessons"].items():
        assert lessons[name]["initial"] == theirs["initial"]
        assert differences(lessons[name]["losses"], theirs["losses"]) == []
    cells: list[list[str]] = tool["chapter"]()
    assert [d for a, b in zip(cells, live["chapter"], strict=True) if (d := differences(a, b))] == []
