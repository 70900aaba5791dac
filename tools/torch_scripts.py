"""Record what PyTorch prints for whole scripts and for chapter 6's model, so that tests can replay it without PyTorch.

    python -m venv env && env/bin/pip install torch==2.13.0 numpy
    env/bin/python tools/torch_scripts.py             # writes tests/torch/scripts/fixtures
    python tools/torch_scripts.py --print             # to standard output, with chapter 6; needs the project too

printed.json: the lines that each script of tests/torch/scripts prints.
lessons.json: initial weights, 100 losses and final weights of chapter 6's model, for several seeds and sizes, as printed.
It runs whatever `import torch` finds: the tests run the same functions with pellucid.torch in its place, and compare.
"""

from __future__ import annotations

import contextlib
import io
import json
import os
import re
import runpy
import sys
import warnings
from collections.abc import Iterator
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
SCRIPTS = ROOT / "tests" / "torch" / "scripts"
CHAPTER = ROOT / "book" / "06-training-and-evaluating"
CELL = re.compile(r"^```\{code-cell\}[^\n]*\n(?::[^\n]*\n)*(.*?)^```$", re.DOTALL | re.MULTILINE)
DECIMAL = re.compile(r"-?\d+\.\d*(?:e[+-]\d+)?")
SEEDS, SIZES = range(42, 62), (10, 100)


def names() -> list[str]:
    """The scripts, in order."""
    return sorted(path.stem for path in SCRIPTS.glob("*.py") if not path.stem.startswith("test_"))


@contextlib.contextmanager
def captured() -> Iterator[io.StringIO]:
    """What is printed meanwhile; defaults that were set meanwhile are put back."""
    import torch

    out = io.StringIO()
    try:
        with contextlib.redirect_stdout(out), warnings.catch_warnings():
            warnings.simplefilter("ignore")  # what either library warns of is another test's subject
            yield out
    finally:
        torch.set_default_dtype(torch.float32)
        torch.set_printoptions(profile="default")


def printed(name: str) -> list[str]:
    """The lines that a script prints."""
    with captured() as out:
        runpy.run_path(str(SCRIPTS / f"{name}.py"), run_name="__main__")
    return out.getvalue().splitlines()


def lesson(seed: int, size: int) -> dict[str, list[str]]:
    """Chapter 6's first model and 100 steps of SGD on `size` rows: weights before and after, every loss, as printed."""
    import torch
    from torch import nn

    torch.manual_seed(seed)
    model = nn.Sequential(nn.Linear(3, 8), nn.ReLU(), nn.Linear(8, 4), nn.Sigmoid(), nn.Linear(4, 1))
    initial = str(list(model.parameters())).splitlines()
    X, y = torch.randn(size, 3), torch.randn(size, 1)
    loss_fn = nn.MSELoss()
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
    losses: list[str] = []
    for _ in range(100):
        predictions = model(X)
        loss = loss_fn(predictions, y)
        loss.backward()
        optimizer.step()
        optimizer.zero_grad()
        losses.append(str(loss.detach()).removeprefix("tensor(").removesuffix(")"))
    return {
        "initial": initial,
        "losses": [" ".join(losses)],
        "weights": str(list(model.parameters())).splitlines(),
    }


def lessons() -> dict[str, dict[str, list[str]]]:
    """The lesson for every seed and size."""
    return {f"{seed} {size}": lesson(seed, size) for size in SIZES for seed in SEEDS}


def chapter() -> list[list[str]]:
    """The lines that each cell of chapter 6 prints."""
    os.environ.setdefault("MPLBACKEND", "Agg")
    space: dict[str, Any] = {"__name__": "__main__"}
    cells: list[list[str]] = []
    with contextlib.chdir(CHAPTER):
        for code in CELL.findall((CHAPTER / "index.md").read_text(encoding="utf-8")):
            with captured() as out:
                exec(code, space)
            cells.append(out.getvalue().splitlines())
    return cells


def unit(number: str) -> float:
    """One in the last printed digit; nothing where no digit follows the point: torch prints whole numbers so."""
    digits, _, exponent = number.partition("e")
    decimals = len(digits.partition(".")[2])
    return 10.0 ** (int(exponent or 0) - decimals) if decimals else 0.0


def near(ours: str, theirs: str) -> bool:
    """Whether two printed decimals agree."""
    a, b = float(ours), float(theirs)
    return ours == theirs or abs(a - b) <= max(1.01 * max(unit(ours), unit(theirs)), 1e-4 * abs(b))


def numbers(lines: list[str]) -> list[str]:
    """Every decimal that is printed."""
    return DECIMAL.findall(" ".join(lines))


def differences(ours: list[str], theirs: list[str]) -> list[str]:
    """What is wrong, line by line."""
    found = [] if len(ours) == len(theirs) else [f"{len(ours)} lines, torch prints {len(theirs)}"]
    for a, b in zip(ours, theirs, strict=False):
        texts = [" ".join(DECIMAL.sub("#", line).split()) for line in (a, b)]
        if texts[0] != texts[1] or not all(map(near, DECIMAL.findall(a), DECIMAL.findall(b))):
            found.append(f"{a!r}, torch: {b!r}")
    return found


def main() -> None:
    import torch

    torch.set_num_threads(1)  # as the tests run
    found: dict[str, Any] = {"printed": {name: printed(name) for name in names()}, "lessons": lessons()}
    if sys.argv[1:] == ["--print"]:
        print(json.dumps(found | {"chapter": chapter()}))
        return
    (SCRIPTS / "fixtures").mkdir(exist_ok=True)
    for name, value in found.items():
        text = json.dumps(value, indent=0, ensure_ascii=False) + "\n"
        (SCRIPTS / "fixtures" / f"{name}.json").write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
