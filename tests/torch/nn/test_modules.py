"""Modules against torch: initial weights bit for bit, outputs and gradients, printing. Recorded by tools/torch_nn_fixtures.py."""

from __future__ import annotations

import contextlib
import hashlib
import io
import json
import warnings
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import pellucid.torch as torch
from pellucid.torch import nn
from pellucid.torch.tensor import Tensor

FIXTURES = Path(__file__).parent / "fixtures"
INITIAL, MODULES, PRINTED = (
    json.loads((FIXTURES / f"{name}.json").read_text(encoding="utf-8"))
    for name in ("initial", "modules", "printed")
)


@pytest.mark.parametrize(("code", "tensors", "drawn"), INITIAL, ids=[c[0] for c in INITIAL])
def test_initial_values_are_those_of_torch_bit_for_bit(code: str, tensors: Any, drawn: float) -> None:
    torch.manual_seed(42)
    module = eval(code, {"nn": nn, "torch": torch})
    mine = []
    for name, t in module.state_dict().items():
        digest = hashlib.sha256(np.asarray(t.array).tobytes()).hexdigest()[:16]
        mine.append([name, str(t.dtype), list(t.shape), digest])
    assert mine == tensors
    assert torch.rand(()).item() == drawn  # nothing more and nothing less was drawn


def read_arrays() -> list[Any]:
    starts: dict[str, int] = {}
    with np.load(FIXTURES / "modules.npz") as packed:
        whole = dict(packed)
    out = []
    for kind, shape in MODULES["shapes"]:
        start = starts.get(kind, 0)
        starts[kind] = start + int(np.prod(shape))
        out.append(whole[kind][start : starts[kind]].reshape(shape))
    return out


ARRAYS = read_arrays()


def flattened(value: Any) -> list[Tensor]:
    if isinstance(value, Tensor):
        return [value]
    return [t for v in value for t in flattened(v)] if isinstance(value, (tuple, list)) else []


def check(mine: Any, place: int | None, what: str) -> None:
    if place is None or mine is None:
        assert mine is None or not mine.array.any(), what
        assert place is None or not ARRAYS[place].any(), what
        return
    theirs = ARRAYS[place]
    assert mine.array.shape == theirs.shape, what
    assert mine.array.dtype == theirs.dtype, what
    # torch.testing.assert_close; where numbers cancel, torch's own error is of the size of the greatest
    atol = max(1e-5, 1.3e-6 * float(np.abs(theirs).max())) if theirs.size else 0
    np.testing.assert_allclose(mine.array, theirs, rtol=1.3e-6, atol=atol, err_msg=what)


@pytest.mark.parametrize(
    ("code", "given", "outputs", "grads"),
    MODULES["calls"],
    ids=[f"{k} {c[0]}" for k, c in enumerate(MODULES["calls"])],
)
def test_outputs_and_gradients_are_those_of_torch(code: str, given: Any, outputs: Any, grads: Any) -> None:
    inputs = [
        torch.from_numpy(ARRAYS[k[0]].copy()).requires_grad_(k[1]) if isinstance(k, list) else k
        for k in given
    ]
    leaves = [i for i in inputs if isinstance(i, Tensor) and i.requires_grad]
    torch.manual_seed(0)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        module = eval(code, {"nn": nn, "torch": torch, "F": nn.functional})
        results = flattened(module(*inputs))
    assert len(results) == len(outputs)
    for k, (mine, place) in enumerate(zip(results, outputs, strict=True)):
        check(mine, place, f"output {k}")
    parameters = list(module.parameters()) if isinstance(module, nn.Module) else []
    graded = [r for r in results if r.requires_grad]
    loss = sum((r * torch.cos(torch.arange(r.numel()).float()).reshape(r.shape)).sum() for r in graded)
    for k, (mine, place) in enumerate(
        zip(torch.autograd.grad(loss, leaves + parameters, allow_unused=True), grads, strict=True)
    ):
        check(mine, place, f"gradient {k}")


@pytest.mark.parametrize(("code", "expected"), PRINTED, ids=range(len(PRINTED)))
def test_programs_print_what_torch_prints(code: str, expected: str) -> None:
    text = io.StringIO()
    with contextlib.redirect_stdout(text), warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            exec(code, {"torch": torch, "nn": nn, "np": np})
        except Exception as error:
            print(f"{type(error).__name__}: {error}")
    assert text.getvalue() == expected


@pytest.mark.parametrize(
    "where", ["nn", "nn.functional", "nn.init", "optim", "optim.lr_scheduler", "utils.data"]
)
def test_what_is_absent_says_so(where: str) -> None:
    module = torch
    for part in where.split("."):
        module = getattr(module, part)
    with pytest.raises(AttributeError, match=f"torch.{where}.Nothing is absent from pellucid.torch"):
        _ = module.Nothing
