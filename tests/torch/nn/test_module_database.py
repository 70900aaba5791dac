"""torch's own database of modules, replayed: initial values, printing, outputs, gradients, buffers.

The table of the documents says what came out.
Recorded by tools/torch_module_fixtures.py. `python tests/torch/nn/test_module_database.py` writes its half of
docs/reference/torch_modules.md anew; with 'differs', 'refused' or names of modules it shows why.
"""

from __future__ import annotations

import json
import sys
import warnings
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import pellucid.torch as torch
from pellucid.torch import nn
from pellucid.torch.tensor import Tensor, wrap

TABLE = Path(__file__).parents[3] / "docs" / "reference" / "torch_modules.md"
OTHER_HALF = "# Optimizers and schedules"
CLOSE = {"float64": (1e-7, 1e-7)}  # torch.testing.assert_close
CLOSE_32 = (1.3e-6, 1e-5)
REFUSALS = (TypeError, NotImplementedError, AttributeError, ValueError, IndexError, RuntimeError)


class Recorded:
    """The recorded calls and the arrays that they name."""

    def __init__(self) -> None:
        with np.load(Path(__file__).parent / "fixtures" / "database.npz") as packed:
            self.packed = dict(packed)
        content = json.loads(self.packed.pop("json").tobytes())
        self.index, self.modules = content["index"], content["modules"]

    def array(self, name: int) -> Any:
        kind, start, shape = self.index[name]
        return self.packed[kind][start : start + int(np.prod(shape))].reshape(shape).copy()

    def value(self, code: Any) -> Any:
        """An argument as it was."""
        if not isinstance(code, dict):
            return code
        if "tensor" in code:
            t = torch.from_numpy(self.array(code["tensor"]))
            return t.requires_grad_() if "grad" in code else t
        if "list" in code:
            return [self.value(v) for v in code["list"]]
        if "tuple" in code:
            return tuple(self.value(v) for v in code["tuple"])
        if "dict" in code:
            return {k: self.value(v) for k, v in code["dict"].items()}
        if "module" in code:
            return self.make(code["module"], code["made"])
        if "function" in code:
            return getattr(nn.functional, code["function"])
        return getattr(torch, code["dtype"]) if "dtype" in code else float(code["float"])

    def make(self, name: str, made: Any) -> Any:
        args, kwargs = self.value(made)
        return getattr(nn, name)(*args, **kwargs)


def tensors_in(value: Any) -> list[Tensor]:
    if isinstance(value, Tensor):
        return [value]
    if isinstance(value, (list, tuple)):
        return [t for v in value for t in tensors_in(v)]
    return [t for v in value.values() for t in tensors_in(v)] if isinstance(value, dict) else []


def difference(mine: Any, theirs: Any) -> str:
    """What is wrong with a tensor; nothing if it agrees."""
    array = np.asarray(mine.array)
    if array.shape != theirs.shape:
        return f"shape {array.shape}, not {theirs.shape}"
    if array.dtype != theirs.dtype:
        return f"type {array.dtype}, not {theirs.dtype}"
    # where numbers cancel, torch's own error is of the size of the greatest
    finite = theirs[np.isfinite(theirs)]
    largest = float(np.abs(finite).max()) if finite.size else 0.0
    rtol, atol = CLOSE.get(str(array.dtype), CLOSE_32)
    if np.allclose(array, theirs, rtol, max(atol, rtol * largest), equal_nan=True):
        return ""
    return f"{array.ravel()[:4]}, not {theirs.ravel()[:4]}"


def differences(what: str, mine: list[Any], theirs: list[Any], recorded: Recorded) -> str:
    """The first tensor that is wrong; a gradient that torch has not is zero here."""
    if len(mine) != len(theirs):
        return f"{len(mine)} {what}s, not {len(theirs)}"
    for k, (t, code) in enumerate(zip(mine, theirs, strict=True)):
        if t is None or code is None:
            left = None if t is None else t.array
            left = recorded.array(code["tensor"]) if code is not None else left
            wrong = "" if left is None or not np.any(left) else f"{'no' if t is None else 'a'} gradient"
        else:
            wrong = difference(t, recorded.array(code["tensor"]))
        if wrong:
            return f"{what} {k}: {wrong}"
    return ""


def replay(recorded: Recorded, name: str, call: dict[str, Any]) -> str:
    """Make the module and call it: what is wrong; nothing if all agrees."""
    torch.manual_seed(1)
    module = recorded.make(name.removeprefix("nn."), call["made"]).train(call["training"])
    if repr(module) != call["repr"]:
        return f"prints {module!r}, not {call['repr']}"
    state = module.state_dict()
    if list(state) != list(call["state"]):
        return f"state_dict {list(state)}, not {list(call['state'])}"
    if '"module"' in json.dumps(call["made"]):  # made of another one, whose values were drawn before the seed
        module.load_state_dict(recorded.value({"dict": call["state"]}))
    for key, code in call["state"].items():
        if state[key].array.tobytes() != recorded.array(code["tensor"]).tobytes():
            return f"initial {key}"
    args = [recorded.value(a) for a in call["args"]["list"]]
    kwargs = {k: recorded.value(v) for k, v in call["kwargs"].items()}
    torch.manual_seed(2)
    outs = tensors_in(module(*args, **kwargs))
    wrong = differences("output", outs, call["out"], recorded)
    if wrong:
        return wrong
    buffers = dict(module.named_buffers())
    for key, code in call.get("buffers", {}).items():
        wrong = difference(buffers[key], recorded.array(code["tensor"]))
        if wrong:
            return f"buffer {key}: {wrong}"
    return check_gradients(recorded, call, (args, kwargs), module, outs)


def check_gradients(
    recorded: Recorded, call: dict[str, Any], given: Any, module: Any, outs: list[Tensor]
) -> str:
    leaves = [t for t in tensors_in(given) if t.requires_grad] + list(module.parameters())
    graded = [t for t in outs if t.requires_grad]
    if not graded or not leaves:
        return "no gradient" if call.get("grads") else ""
    loss = sum(
        (t * wrap(np.cos(np.arange(t.numel())).reshape(t.shape).astype(t.array.dtype), t.dtype)).sum()
        for t in graded
    )
    grads = list(torch.autograd.grad(loss, leaves, allow_unused=True))
    return differences("gradient", grads, call["grads"], recorded)


def verdict(recorded: Recorded, name: str, calls: list[Any]) -> tuple[str, str]:
    """('passes' | 'differs' | 'refused' | 'absent', why)."""
    if name.removeprefix("nn.") not in nn.__all__:
        return "absent", ""
    for call in calls:
        try:
            wrong = replay(recorded, name, call)
        except REFUSALS as error:
            return "refused", f"{type(error).__name__}: {error}".split("\n")[0]
        if wrong:
            return "differs", wrong
    return "passes", f"{len(calls)} calls"


def survey() -> Iterator[tuple[str, str, str]]:
    """(name, verdict, why) of every module."""
    recorded = Recorded()
    for name, calls in recorded.modules.items():
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            yield name, *verdict(recorded, name, calls)


def half() -> str:
    """This half of the document."""
    found: dict[str, list[tuple[str, str]]] = {"passes": [], "differs": [], "refused": [], "absent": []}
    for name, what, why in survey():
        found[what].append((name, why))
    counts = ", ".join(f"{len(v)} {k}" for k, v in found.items())
    lines = [
        "# Modules against torch's own database",
        "",
        "Written by `python tests/torch/nn/test_module_database.py` from samples of torch 2.13's ModuleInfo (and modules that",
        "it leaves out): initial values bit for bit, printing, outputs in training and evaluation, gradients of inputs and",
        "parameters, buffers.",
        f"{counts}. Every test run replays them.",
        "",
        "## Modules that pass",
        "",
        ", ".join(f"`{t}`" for t, _ in found["passes"]),
        "",
        "## Modules that differ",
        "",
        *([f"- `{t}`: {why}" for t, why in found["differs"]] or ["None."]),
        "",
        "## Modules that refuse some arguments, by an error",
        "",
        *([f"- `{t}`: {why}" for t, why in found["refused"]] or ["None."]),
        "",
        "## Modules that are absent",
        "",
        "Asking for one raises AttributeError, which names the nearest.",
        "",
        ", ".join(f"`{t}`" for t, _ in found["absent"]),
    ]
    return "\n".join(lines) + "\n\n"


def listed(text: str, title: str) -> set[str]:
    """The names under a heading of the document."""
    return set(text.partition(f"## {title}\n")[2].partition("\n#")[0].split("`")[1::2])


def test_modules_agree_with_torch_as_the_document_says() -> None:
    text = TABLE.read_text(encoding="utf-8")
    titles = {
        "passes": "Modules that pass",
        "differs": "Modules that differ",
        "refused": "Modules that refuse some arguments, by an error",
        "absent": "Modules that are absent",
    }
    said = {name: what for what, title in titles.items() for name in listed(text, title)}
    found = list(survey())
    assert [f"{n}: {what} {why}" for n, what, why in found if said.get(n) != what] == []
    assert sum(what == "passes" for _, what, _ in found) >= 120


def test_a_wrong_number_is_seen() -> None:
    recorded = Recorded()
    call = recorded.modules["nn.Linear"][0]
    assert replay(recorded, "nn.Linear", call) == ""
    recorded.packed["float32"] += np.float32(0.01)
    assert replay(recorded, "nn.Linear", call).startswith("initial")


@pytest.mark.parametrize("name", ["FractionalMaxPool2d", "LazyLinear", "SyncBatchNorm"])
def test_a_module_that_is_absent_says_so(name: str) -> None:
    with pytest.raises(AttributeError, match=rf"torch\.nn\.{name} is absent from pellucid\.torch"):
        getattr(nn, name)


def main() -> None:
    if len(sys.argv) > 1:
        for row in survey():
            if row[1] != "passes" and (row[1] in sys.argv[1:] or row[0] in sys.argv[1:]):
                print(*row)
        return
    former = TABLE.read_text(encoding="utf-8") if TABLE.exists() else ""
    TABLE.write_text(half() + former[max(former.find(OTHER_HALF), 0) :], encoding="utf-8")


if __name__ == "__main__":
    main()
