"""Programs with torch.utils.data: they print what torch prints. Recorded by tools/torch_nn_fixtures.py."""

from __future__ import annotations

import contextlib
import io
import json
import warnings
from pathlib import Path

import numpy as np
import pytest

import pellucid.torch as torch
from pellucid.torch import nn
from pellucid.torch.utils import data

PRINTED = json.loads((Path(__file__).parent / "fixtures" / "printed.json").read_text(encoding="utf-8"))


@pytest.mark.parametrize(("code", "expected"), PRINTED, ids=range(len(PRINTED)))
def test_programs_print_what_torch_prints(code: str, expected: str) -> None:
    text = io.StringIO()
    with contextlib.redirect_stdout(text), warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            exec(code, {"torch": torch, "nn": nn, "np": np, **vars(data)})
        except Exception as error:
            print(f"{type(error).__name__}: {error}")
    assert text.getvalue() == expected
