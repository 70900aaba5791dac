"""Record what PyTorch answers, so that tests can replay it without PyTorch.

    python -m venv env && env/bin/pip install torch==2.13.0 numpy scipy expecttest
    env/bin/python tools/torch_fixtures.py            # writes tests/torch/fixtures

operations.json and .npz: samples of torch's own OpInfo database, with outputs and gradients.
random.json: digests of random numbers.
printed.json: short programs (of torch_programs.py) and what they print, errors included.
"""

from __future__ import annotations

import contextlib
import hashlib
import io
import json
import math
import sys
import warnings
from pathlib import Path
from typing import Any

import numpy as np

import torch

sys.path.insert(0, str(Path(__file__).parent))
from torch_programs import PROGRAMS, RANDOM

FIXTURES = Path(__file__).parents[1] / "tests" / "torch" / "fixtures"
BIGGEST = 150  # elements of a tensor in a sample
SAMPLES = 7  # of an operation
SKIPPED = (
    "fft.",
    "sparse.",
    "to_sparse",
    "jiterator",
    "_upsample",
    "complex",
    "polar",
    "stft",
    "istft",
    "masked.",
    "signal.",
    "ops.",
)


def encode(value: Any, arrays: dict[str, np.ndarray]) -> Any:
    """A value as JSON, tensors by the number of their array."""
    if isinstance(value, torch.Tensor):
        array = value.detach().contiguous().numpy()
        digest = hashlib.sha256(repr((array.shape, array.dtype)).encode() + array.tobytes()).hexdigest()[:10]
        arrays[digest] = array
        return {"tensor": digest, "grad": value.requires_grad}
    if isinstance(value, torch.Size):
        return {"list": list(value)}
    if isinstance(value, tuple):
        return {"tuple": [encode(v, arrays) for v in value]}
    if isinstance(value, list):
        return {"list": [encode(v, arrays) for v in value]}
    if isinstance(value, dict):
        return {"dict": {k: encode(v, arrays) for k, v in value.items()}}
    if isinstance(value, slice):
        return {"slice": [value.start, value.stop, value.step]}
    if value is Ellipsis:
        return {"ellipsis": 1}
    if isinstance(value, torch.dtype):
        return {"dtype": str(value).removeprefix("torch.")}
    if isinstance(value, float) and not math.isfinite(value):
        return {"float": repr(value)}
    if value is None or isinstance(value, (bool, int, float, str)):
        return value
    raise TypeError(type(value).__name__)


def tensors_in(value: Any) -> list[torch.Tensor]:
    """All tensors within a value, in order."""
    if isinstance(value, torch.Tensor):
        return [value]
    if isinstance(value, (list, tuple)):
        return [t for v in value for t in tensors_in(v)]
    if isinstance(value, dict):
        return [t for v in value.values() for t in tensors_in(v)]
    return []


def weights(t: torch.Tensor) -> torch.Tensor:
    """What each element of an output counts in the loss whose gradients are recorded."""
    return torch.from_numpy(np.cos(np.arange(t.numel())).reshape(t.shape)).to(t.dtype)


def record_sample(op: Any, sample: Any, arrays: dict[str, np.ndarray]) -> dict[str, Any] | None:
    """One call: arguments, outputs, gradients; None where it is too large or cannot be written down."""
    args = (sample.input, *sample.args)
    leaves = tensors_in((args, sample.kwargs))
    if any(t.numel() > BIGGEST or t.layout != torch.strided or t.dtype.is_complex for t in leaves):
        return None
    local: dict[str, np.ndarray] = {}
    try:
        call = {"args": [encode(a, local) for a in args], "kwargs": encode(sample.kwargs, local)["dict"]}
    except TypeError:
        return None
    out = op(sample.input, *sample.args, **sample.kwargs)
    outs = tensors_in(out)
    if any(t.numel() > 4 * BIGGEST or t.dtype.is_complex for t in outs) or (
        not outs and not isinstance(out, (bool, int, float))
    ):
        return None
    call["out"] = encode(list(outs) if outs else out, local)
    graded = [t for t in outs if t.requires_grad]
    inputs = [t for t in leaves if t.requires_grad and t.is_leaf]
    if graded and inputs and op.supports_autograd:
        loss = sum((t * weights(t)).sum() for t in graded)
        grads = torch.autograd.grad(loss, inputs, allow_unused=True)
        call["grads"] = [None if g is None else encode(g.to_dense(), local) for g in grads]
    arrays.update(local)
    return call


def operations() -> None:
    """Samples of every operation of the database."""
    from torch.testing._internal.common_methods_invocations import op_db

    arrays: dict[str, np.ndarray] = {}
    found: list[dict[str, Any]] = []
    for op in op_db:
        if op.name.startswith(SKIPPED) or any(s in op.name for s in SKIPPED):
            continue
        kinds = [k for k in (torch.float32, torch.float64, torch.int64, torch.bool) if k in op.dtypes][:2]
        calls: list[Any] = []
        for kind in kinds:
            torch.manual_seed(0)
            grad = op.supports_autograd and kind.is_floating_point
            try:
                samples = list(op.sample_inputs("cpu", kind, requires_grad=grad))
            except Exception as error:
                print("no samples:", op.name, error)
                continue
            step = max(1, len(samples) // (3 * SAMPLES))
            kept = 0
            for sample in samples[::step]:
                try:
                    call = record_sample(op, sample, arrays)
                except Exception as error:
                    print("skipped:", op.name, str(error)[:80])
                    continue
                if call is not None:
                    calls.append(call)
                    kept += 1
                if kept >= SAMPLES // 2 + 1:
                    break
        if calls:
            found.append({"name": op.name, "variant": op.variant_test_name, "calls": calls})
    np.savez_compressed(FIXTURES / "operations.npz", **pack(arrays))
    (FIXTURES / "operations.json").write_text(
        json.dumps({"index": index(arrays), "operations": found}, separators=(",", ":")) + "\n"
    )
    print(len(found), "operations,", sum(len(f["calls"]) for f in found), "calls")


def pack(arrays: dict[str, np.ndarray]) -> dict[str, np.ndarray]:
    """All arrays of a type joined into one: a file of thousands of small ones would be mostly headers."""
    kinds: dict[str, list[np.ndarray]] = {}
    for array in arrays.values():
        kinds.setdefault(str(array.dtype), []).append(array.reshape(-1))
    return {kind: np.concatenate(parts) for kind, parts in kinds.items()}


def index(arrays: dict[str, np.ndarray]) -> dict[str, Any]:
    """Where each array lies in the packed ones: type, start, shape."""
    starts: dict[str, int] = {}
    out: dict[str, Any] = {}
    for name, array in arrays.items():
        kind = str(array.dtype)
        out[name] = [kind, starts.get(kind, 0), list(array.shape)]
        starts[kind] = starts.get(kind, 0) + array.size
    return out


def digest(value: Any) -> Any:
    """Type, shape, first elements and a digest of the bytes of a tensor."""
    array = (
        value.detach().float().numpy()
        if value.dtype in (torch.bfloat16, torch.float16)
        else value.detach().contiguous().numpy()
    )
    return [str(value.dtype), list(array.shape), hashlib.sha256(array.tobytes()).hexdigest()[:16]]


def random_numbers() -> None:
    """What the generator yields."""
    out: list[Any] = []
    for code in RANDOM:
        torch.manual_seed(42)
        space: dict[str, Any] = {"torch": torch}
        exec(code, space)
        out.append([code, [digest(t) for t in space["out"]]])
    (FIXTURES / "random.json").write_text(json.dumps(out, indent=0) + "\n")


def run_program(code: str) -> str:
    """What a program prints; an error as its last line."""
    out = io.StringIO()
    torch.manual_seed(42)
    with contextlib.redirect_stdout(out), warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            exec(code, {"torch": torch, "np": np})
        except Exception as error:
            print(f"{type(error).__name__}: {error}")
    return out.getvalue()


def printed() -> None:
    """Programs and their output."""
    out = [[code, run_program(code)] for code in PROGRAMS]
    (FIXTURES / "printed.json").write_text(
        json.dumps(out, indent=0, ensure_ascii=False) + "\n", encoding="utf-8"
    )


if __name__ == "__main__":
    FIXTURES.mkdir(parents=True, exist_ok=True)
    torch.set_num_threads(1)
    for part in sys.argv[1:] or ["operations", "random_numbers", "printed"]:
        globals()[part]()
