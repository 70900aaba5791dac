"""torch's own database of optimizers, replayed: parameters after each step, states, options, printing; and schedules' rates.

Recorded by tools/torch_module_fixtures.py. `python tests/torch/optim/test_optim_database.py` writes its half of
docs/reference/torch_modules.md anew; with 'differs' or names it shows why.
"""

from __future__ import annotations

import copy
import json
import sys
import warnings
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import pellucid.torch as torch
from pellucid.torch import nn, optim
from pellucid.torch.tensor import Tensor

TABLE = Path(__file__).parents[3] / "docs" / "reference" / "torch_modules.md"
HALF = "# Optimizers and schedules"
CLOSE = {"float32": (1.3e-6, 1e-5), "float64": (1e-7, 1e-7)}  # torch.testing.assert_close
REFUSALS = (TypeError, NotImplementedError, AttributeError, ValueError, IndexError, RuntimeError)


class Recorded:
    """The recorded steps and the arrays that they name."""

    def __init__(self) -> None:
        with np.load(Path(__file__).parent / "fixtures" / "database.npz") as packed:
            self.packed = dict(packed)
        content = json.loads(self.packed.pop("json").tobytes())
        self.index = content["index"]
        self.optimizers, self.schedules = content["optimizers"], content["schedules"]

    def array(self, code: Any) -> Any:
        kind, start, shape = self.index[code["tensor"]]
        return self.packed[kind][start : start + int(np.prod(shape))].reshape(shape).copy()

    def value(self, code: Any) -> Any:
        """An option as it was."""
        if not isinstance(code, dict):
            return code
        if "tensor" in code:
            return torch.from_numpy(self.array(code))
        if "dict" in code:
            return {k: self.value(v) for k, v in code["dict"].items()}
        values = [self.value(v) for v in code.get("tuple", code.get("list", []))]
        return tuple(values) if "tuple" in code else values


def difference(what: str, mine: Any, theirs: Any) -> str:
    """What is wrong with a value; nothing if it agrees."""
    if isinstance(theirs, list):
        pairs = zip(mine, theirs, strict=True)
        return next((w for a, b in pairs if (w := difference(what, a, b))), "")
    if isinstance(theirs, Tensor) and isinstance(
        mine, float
    ):  # L-BFGS's step, where lr was given as a tensor
        mine = torch.tensor(mine)
    if isinstance(theirs, Tensor) != isinstance(mine, Tensor):
        return f"{what} {mine!r}, not {theirs!r}"
    if not isinstance(theirs, Tensor):
        same = mine == theirs or (isinstance(theirs, float) and np.isclose(mine, theirs, 1.3e-6, 1e-5))
        return "" if same else f"{what} {mine!r}, not {theirs!r}"
    if mine.dtype is not theirs.dtype or mine.shape != theirs.shape:
        return f"{what} {mine.dtype} {mine.shape}, not {theirs.dtype} {theirs.shape}"
    rtol, atol = CLOSE[mine.dtype.name]
    if np.allclose(mine.array, theirs.array, rtol, atol, equal_nan=True):
        return ""
    return f"{what} {mine.array.ravel()[:4]}, not {theirs.array.ravel()[:4]}"


def valley(p: Tensor) -> Tensor:
    """What LBFGS minimises."""
    return ((p - 1) ** 2).sum() + 0.3 * (p**4).sum() + (p.flatten()[1:] * p.flatten()[:-1]).sum()


def take_step(optimizer: Any, params: list[Any], gradients: list[Any]) -> None:
    """One step along given gradients; of LBFGS, which asks for them itself, in the valley."""
    if not isinstance(optimizer, optim.LBFGS):
        for p, g in zip(params, gradients, strict=True):
            p.grad = g
        optimizer.step()
        return

    def closure() -> Tensor:
        optimizer.zero_grad()
        loss = sum((valley(p) for p in params), torch.zeros(()))
        loss.backward()
        return loss

    optimizer.step(closure)


def make(recorded: Recorded, name: str, call: dict[str, Any]) -> tuple[list[Any], Any]:
    """The parameters and their optimizer."""
    params = [nn.Parameter(recorded.value(code)) for code in call["params"]]
    groups = [{"params": params[:1], "lr": 0.07, "weight_decay": 0.05}, {"params": params[1:]}]
    options = recorded.value(call["options"])
    return params, getattr(optim, name)(groups if call["split"] else params, **options)


def replay(recorded: Recorded, name: str, call: dict[str, Any], again: bool) -> str:
    """All steps: what is wrong; nothing if all agrees. again: half-way on, another optimizer goes on from the saved state."""
    params, optimizer = make(recorded, name, call)
    if repr(optimizer) != call["repr"]:
        return f"prints {optimizer!r}, not {call['repr']}"
    for step, (gradients, after) in enumerate(call["steps"]):
        take_step(optimizer, params, [recorded.value(g) for g in gradients])
        now = torch.cat([p.detach().flatten() for p in params])
        wrong = difference(f"step {step}:", now, recorded.value(after))
        if wrong:
            return wrong
        if again and step == len(call["steps"]) // 2:
            saved = copy.deepcopy(optimizer.state_dict())
            groups = [{"params": g["params"]} for g in optimizer.param_groups]
            optimizer = getattr(optim, name)(groups, **recorded.value(call["options"]))
            optimizer.load_state_dict(saved)
    if again:
        return ""
    return check_state(recorded, call, optimizer)


def check_state(recorded: Recorded, call: dict[str, Any], optimizer: Any) -> str:
    """What is wrong with state_dict."""
    state = optimizer.state_dict()
    for k, theirs in call["state"].items():
        mine = state["state"].get(int(k), {})
        if list(mine) != list(theirs):
            return f"state {list(mine)}, not {list(theirs)}"
        for key, code in theirs.items():
            wrong = difference(f"state {key}", mine[key], recorded.value(code))
            if wrong:
                return wrong
    groups = [{k: v for k, v in g.items() if k != "lr"} for g in state["param_groups"]]
    return "" if groups == [recorded.value(g) for g in call["groups"]] else f"groups {groups}"


def survey() -> Iterator[tuple[str, str, str]]:
    """(name, verdict, why) of every optimizer."""
    recorded = Recorded()
    for name, calls in recorded.optimizers.items():
        if name not in optim.__all__:
            yield name, "absent", ""
            continue
        try:
            both = [(call, again) for call in calls for again in (False, True)]
            wrong = [w for call, again in both if (w := replay(recorded, name, call, again))]
        except REFUSALS as error:
            yield name, "refused", f"{type(error).__name__}: {error}"
            continue
        yield name, "differs" if wrong else "passes", "; ".join(wrong[:1])


def half() -> str:
    """This half of the document."""
    recorded = Recorded()
    found: dict[str, list[tuple[str, str]]] = {"passes": [], "differs": [], "refused": [], "absent": []}
    for name, what, why in survey():
        found[what].append((name, why))
    counts = ", ".join(f"{len(v)} {k}" for k, v in found.items())
    steps = sum(len(c["steps"]) for calls in recorded.optimizers.values() for c in calls)
    kinds = {s for r in recorded.schedules for code in r["codes"] for s in names_in(code)}
    lines = [
        HALF,
        "",
        "Written by `python tests/torch/optim/test_optim_database.py` from samples of torch 2.13's OptimizerInfo and more: all",
        f"parameters after each of {steps} steps, states, options, printing; a saved state goes on. {counts}.",
        "",
        "- passes: " + ", ".join(f"`{n}`" for n, _ in found["passes"]),
        *(f"- differs: `{n}`: {why}" for n, why in found["differs"] + found["refused"]),
        "- absent: "
        + ", ".join(f"`{n}`" for n, _ in found["absent"])
        + " (gradients are never sparse tensors here)",
        "",
        f"Learning rates and momenta of {len(recorded.schedules)} schedules over 30 epochs agree to the last digits, alone, one "
        "after the other, and",
        "chained: " + ", ".join(f"`{k}`" for k in sorted(kinds)) + ".",
    ]
    return "\n".join(lines) + "\n"


def names_in(code: str) -> list[str]:
    return [n for n in optim.lr_scheduler.__all__ if f"{n}(" in code]


def test_optimizers_agree_with_torch_as_the_document_says() -> None:
    found = list(survey())
    assert [row for row in found if row[1] not in ("passes", "absent")] == []
    said = TABLE.read_text(encoding="utf-8").partition(HALF)[2]
    assert [
        n for n, what, _ in found if f"`{n}`" not in said.partition(f"- {what}: ")[2].partition("\n")[0]
    ] == []


def run_schedule(codes: list[str], adam: bool) -> tuple[Any, list[Any]]:
    params = [nn.Parameter(torch.zeros(2)) for _ in range(2)]
    kind: Any = optim.Adam if adam else optim.SGD
    more = {} if adam else {"momentum": 0.9}
    o = kind([{"params": params[:1], "lr": 0.5}, {"params": params[1:]}], lr=0.1, **more)
    return o, [eval(code, {**vars(optim.lr_scheduler), "o": o}) for code in codes]


@pytest.mark.parametrize(
    "case", Recorded().schedules, ids=lambda c: f"{'+'.join(c['codes'])[:60]}-{c['adam']}"
)
def test_learning_rates_are_those_of_torch(case: dict[str, Any]) -> None:
    o, schedulers = run_schedule(case["codes"], case["adam"])
    for epoch, theirs in enumerate(case["rates"]):
        mine = [[g["lr"], g["betas"][0] if case["adam"] else g["momentum"]] for g in o.param_groups]
        np.testing.assert_allclose(mine, theirs, rtol=1e-13, atol=0, err_msg=f"epoch {epoch}")
        o.step()
        for s in schedulers:
            s.step(*([(7 * epoch) % 11 / 10] if "Plateau" in type(s).__name__ else []))
        if epoch == 13:  # what is saved is all that it takes to go on
            saved = copy.deepcopy([o.state_dict(), *[s.state_dict() for s in schedulers]])
            o, schedulers = run_schedule(case["codes"], case["adam"])
            for thing, state in zip([o, *schedulers], saved, strict=True):
                thing.load_state_dict(state)
            o.step()  # no warning for a schedule that is stepped first
    np.testing.assert_allclose([s.get_last_lr() for s in schedulers], case["last"], rtol=1e-13)


def test_sparse_adam_is_absent_and_says_so() -> None:
    with pytest.raises(
        AttributeError, match=r"torch\.optim\.SparseAdam is absent from pellucid\.torch.*torch\.optim\.Adam"
    ):
        _ = optim.SparseAdam


def main() -> None:
    if len(sys.argv) > 1:
        for row in survey():
            if row[1] in sys.argv[1:] or row[0] in sys.argv[1:]:
                print(*row)
        return
    former = TABLE.read_text(encoding="utf-8")
    end = former.find(HALF) if HALF in former else len(former)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        TABLE.write_text(former[:end] + half(), encoding="utf-8")


if __name__ == "__main__":
    main()
