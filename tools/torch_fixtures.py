"""Record what PyTorch answers, so that tests can replay it without PyTorch.

    python -m venv env && env/bin/pip install torch==2.13.0 numpy scipy expecttest
    env/bin/python tools/torch_fixtures.py            # writes tests/torch/fixtures

operations.json.gz and .npz: samples of torch's own OpInfo database, with outputs and gradients.
random.json: digests of random numbers.
printed.json: short programs (of torch_programs.py) and what they print, errors included.
"""

from __future__ import annotations

import contextlib
import gzip
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


class Arrays:
    """The arrays of all samples, each once."""

    def __init__(self) -> None:
        self.found: dict[str, int] = {}
        self.kept: list[np.ndarray] = []

    def number(self, array: np.ndarray) -> int:
        """The place of an array among those kept."""
        digest = hashlib.sha256(repr((array.shape, array.dtype)).encode() + array.tobytes()).hexdigest()
        if digest not in self.found:
            self.found[digest] = len(self.kept)
            self.kept.append(array)
        return self.found[digest]


def encode(value: Any, arrays: Arrays) -> Any:
    """A value as JSON, tensors by the number of their array."""
    if isinstance(value, torch.Tensor):
        number = arrays.number(value.detach().contiguous().numpy())
        return {"tensor": number, "grad": True} if value.requires_grad else {"tensor": number}
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


def results(op: Any, sample: Any) -> tuple[Any, list[torch.Tensor], list[torch.Tensor | None] | None]:
    """The output of a call, the tensors in it, and the inputs' gradients if there are any."""
    out = op(sample.input, *sample.args, **sample.kwargs)
    outs = tensors_in(out)
    graded = [t for t in outs if t.requires_grad]
    leaves = tensors_in(((sample.input, *sample.args), sample.kwargs))
    inputs = [t for t in leaves if t.requires_grad and t.is_leaf]
    if not (graded and inputs and op.supports_autograd):
        return out, outs, None
    loss = sum((t * weights(t)).sum() for t in graded)
    grads = torch.autograd.grad(loss, inputs, allow_unused=True)
    return out, outs, [None if g is None else g.to_dense() for g in grads]


def second(op: Any, sample: Any) -> list[torch.Tensor | None] | None:
    """The gradients of the weighted squares of the inputs' gradients; None where torch has none."""
    outs = tensors_in(op(sample.input, *sample.args, **sample.kwargs))
    leaves = tensors_in(((sample.input, *sample.args), sample.kwargs))
    inputs = [t for t in leaves if t.requires_grad and t.is_leaf]
    loss = sum((t * weights(t)).sum() for t in outs if t.requires_grad)
    try:
        grads = torch.autograd.grad(loss, inputs, create_graph=True, allow_unused=True)
        squares = [(g * g * weights(g)).sum() for g in grads if g is not None and g.requires_grad]
        if not squares:
            return None
        return [
            None if g is None else g.clone()
            for g in torch.autograd.grad(sum(squares), inputs, allow_unused=True)
        ]
    except (RuntimeError, NotImplementedError):
        return None


def doubled(value: Any) -> Any:
    """The same with float64 for float32."""
    if isinstance(value, torch.Tensor) and value.dtype == torch.float32:
        return value.detach().double().requires_grad_(value.requires_grad)
    return torch.float64 if value is torch.float32 else value


def exact(op: Any, sample: Any, found: list[torch.Tensor | None], arrays: Arrays) -> list[Any]:
    """Those outputs and gradients in float64 from which torch's own float32 ones differ by more than the tests allow.

    None for the rest; nothing if there are none.
    """
    try:
        _, outs, grads = results(op, sample.transform(doubled))
    except Exception:  # whatever a call in float64 meets: there is nothing to compare with
        return []
    better = [*outs, *(grads or [])]
    if len(better) != len(found):
        return []
    far = [encode(b, arrays) if differs(a, b) else None for a, b in zip(found, better, strict=True)]
    return far if any(far) else []


def differs(a: torch.Tensor | None, b: torch.Tensor | None) -> bool:
    """Whether a float32 result is not its float64 one's, up to rounding."""
    if a is None or b is None or not a.numel() or a.shape != b.shape or a.dtype != torch.float32:
        return False
    b = b.double()
    scale = float(b[b.isfinite()].abs().max()) if b.isfinite().any() else 0.0
    return not torch.allclose(a.double(), b, 1e-6, 1e-6 * (1 + scale), equal_nan=True)


def record_sample(op: Any, sample: Any, arrays: Arrays, twice: bool) -> dict[str, Any] | None:
    """One call: arguments, outputs, gradients, second ones if `twice`; None where it is too large or cannot be written down."""
    args = (sample.input, *sample.args)
    leaves = tensors_in((args, sample.kwargs))
    if any(t.numel() > BIGGEST or t.layout != torch.strided or t.dtype.is_complex for t in leaves):
        return None
    try:
        encode((args, sample.kwargs), Arrays())
    except TypeError:
        return None
    out, outs, grads = results(op, sample)
    if any(t.numel() > 4 * BIGGEST or t.dtype.is_complex for t in outs) or (
        not outs and not isinstance(out, (bool, int, float))
    ):
        return None
    call: dict[str, Any] = {
        "args": [encode(a, arrays) for a in args],
        "kwargs": encode(sample.kwargs, arrays)["dict"],
    }
    call["out"] = encode(list(outs) if outs else out, arrays)
    if grads is not None:
        call["grads"] = [None if g is None else encode(g, arrays) for g in grads]
        if twice and leaves[0].dtype == torch.float64:
            found = second(op, sample)
            if found is not None and all(g is None or g.isfinite().all() for g in found):
                call["second"] = [None if g is None else encode(g, arrays) for g in found]
    if any(t.dtype == torch.float32 for t in leaves):
        better = exact(op, sample, [*outs, *(grads or [])], arrays)
        if better:
            call["exact"] = better
    return call


def operations() -> None:
    """Samples of every operation of the database."""
    from torch.testing._internal.common_methods_invocations import op_db

    arrays = Arrays()
    found: list[dict[str, Any]] = []
    for op in op_db:
        if op.name.startswith(SKIPPED) or any(s in op.name for s in SKIPPED):
            continue
        kinds = [k for k in (torch.float32, torch.float64, torch.int64, torch.bool) if k in op.dtypes]
        calls: list[Any] = []
        for kind in kinds:
            torch.manual_seed(0)
            grad = op.supports_autograd and kind.is_floating_point
            try:
                samples = list(op.sample_inputs("cpu", kind, requires_grad=grad))
            except Exception as error:
                print("no samples:", op.name, error)
                continue
            step = max(
                1, len(samples) // (3 * SAMPLES if kind.is_floating_point or len(kinds) < 3 else SAMPLES)
            )
            kept = 0
            for sample in samples[::step]:
                try:
                    call = record_sample(op, sample, arrays, kept < 2)
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
    np.savez_compressed(FIXTURES / "operations.npz", **pack(arrays.kept))
    index = [[str(a.dtype), *a.shape] for a in arrays.kept]
    text = json.dumps({"index": index, "operations": found}, separators=(",", ":"))
    (FIXTURES / "operations.json.gz").write_bytes(gzip.compress(text.encode(), mtime=0))
    print(len(found), "operations,", sum(len(f["calls"]) for f in found), "calls")


def pack(arrays: list[np.ndarray]) -> dict[str, np.ndarray]:
    """All arrays of a type joined into one, in order: a file of thousands of small ones would be mostly headers."""
    kinds: dict[str, list[np.ndarray]] = {}
    for array in arrays:
        kinds.setdefault(str(array.dtype), []).append(array.reshape(-1))
    return {kind: np.concatenate(parts) for kind, parts in kinds.items()}


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
