"""SciPy comes to a page for exactly those names of torch that need it."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from pellucid import torch
from pellucid.torch import compress, nn
from pellucid.xray.imports import TORCH_ON_SCIPY

SCRIPT = Path(__file__).parent / "without_scipy.py"


def test_the_names_are_those_that_fail_without_it() -> None:
    done = subprocess.run([sys.executable, SCRIPT], capture_output=True, text=True, check=True)
    need = set(done.stdout.split())
    assert {"GELU", "gelu", "lgamma", "matrix_exp"} <= need
    assert need <= TORCH_ON_SCIPY


def test_every_name_is_one_of_torch() -> None:
    places = (torch, torch.special, torch.linalg, nn, nn.functional, compress)
    assert [name for name in TORCH_ON_SCIPY if not any(hasattr(place, name) for place in places)] == []
