"""Whole scripts, written for PyTorch and unchanged, print here what they print there.

The text must be the same, whole numbers too. A printed decimal may differ by one in its last digit, or by 1e-4 of itself.
`printed.json` is what torch 2.13 printed (tools/torch_scripts.py); where torch is installed, it is asked again.
"""

from __future__ import annotations

import importlib.machinery
import json
import re
import runpy
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from pellucid.alias import Alias

HERE = Path(__file__).parent
TOOL = HERE.parents[2] / "tools" / "torch_scripts.py"
RECORDED: dict[str, list[str]] = json.loads((HERE / "fixtures" / "printed.json").read_text(encoding="utf-8"))
DECIMAL = re.compile(r"-?\d+\.\d*(?:e[+-]\d+)?")
# Scripts that print the very same text: 52 of 57 where this was written, 51 with the matrix products of another processor.
# torch itself, told to use an older processor's instructions, prints the text of 53 to 56 of them again.
SAME = 49

Printed = Callable[[str], list[str]]


@pytest.fixture(scope="module")
def printed() -> Iterator[Printed]:
    """name → the lines that a script prints where `import torch` finds pellucid.torch; each script runs once."""
    before = {name: module for name, module in sys.modules.items() if name.split(".")[0] == "torch"}
    for name in before:
        del sys.modules[name]
    alias = Alias()
    sys.meta_path.insert(0, alias)
    run: Printed = runpy.run_path(str(TOOL))["printed"]
    seen: dict[str, list[str]] = {}

    def lines(name: str) -> list[str]:
        if name not in seen:
            seen[name] = run(name)
        return seen[name]

    yield lines
    sys.meta_path.remove(alias)
    for name in [name for name in sys.modules if name.split(".")[0] == "torch"]:
        del sys.modules[name]
    sys.modules.update(before)


def unit(number: str) -> float:
    """One in the last printed digit; nothing where no digit follows the point: torch prints whole numbers so."""
    digits, _, exponent = number.partition("e")
    decimals = len(digits.partition(".")[2])
    return 10.0 ** (int(exponent or 0) - decimals) if decimals else 0.0


def near(ours: str, theirs: str) -> bool:
    """Whether two printed decimals agree."""
    a, b = float(ours), float(theirs)
    return ours == theirs or abs(a - b) <= max(1.01 * max(unit(ours), unit(theirs)), 1e-4 * abs(b))


def differences(ours: list[str], theirs: list[str]) -> list[str]:
    """What is wrong, line by line."""
    found = [] if len(ours) == len(theirs) else [f"{len(ours)} lines, torch prints {len(theirs)}"]
    for a, b in zip(ours, theirs, strict=False):
        texts = [" ".join(DECIMAL.sub("#", line).split()) for line in (a, b)]
        if texts[0] != texts[1] or not all(map(near, DECIMAL.findall(a), DECIMAL.findall(b))):
            found.append(f"{a!r}, torch: {b!r}")
    return found


def test_every_script_is_recorded() -> None:
    assert sorted(RECORDED) == runpy.run_path(str(TOOL))["names"]()
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


def test_scripts_under_torch_itself(printed: Printed) -> None:
    if importlib.machinery.PathFinder.find_spec("torch") is None:
        pytest.skip("torch is not installed: the recorded text stands for it")
    done = subprocess.run([sys.executable, TOOL, "--print"], capture_output=True, text=True, check=True)
    live: dict[str, list[str]] = json.loads(done.stdout)
    assert {n: d for n in live if (d := differences(printed(n), live[n]))} == {}
