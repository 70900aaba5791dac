"""Short programs print here, letter for letter, what they print under PyTorch (recorded by tools/torch_fixtures.py)."""

from __future__ import annotations

import contextlib
import io
import json
import warnings
from pathlib import Path

import numpy as np
import pytest

import pellucid.torch as torch

RECORDED = json.loads((Path(__file__).parent / "fixtures" / "printed.json").read_text(encoding="utf-8"))


def run_program(code: str) -> str:
    out = io.StringIO()
    torch.manual_seed(42)
    with contextlib.redirect_stdout(out), warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            exec(code, {"torch": torch, "np": np})
        except Exception as error:
            print(f"{type(error).__name__}: {error}")
    return out.getvalue()


@pytest.mark.parametrize(("code", "expected"), RECORDED, ids=[code[:60] for code, _ in RECORDED])
def test_prints_what_torch_prints(code: str, expected: str) -> None:
    assert run_program(code) == expected
