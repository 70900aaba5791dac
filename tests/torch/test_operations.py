"""torch's own database of operations, replayed: outputs, types, first and second derivatives. The documents' table says what came out.

The samples are recorded by tools/torch_fixtures.py. `python tests/torch/test_operations.py` writes docs/reference/torch_operations.md anew;
with names of operations it shows what differs instead.

Eigenvectors and singular vectors are compared up to the sign, which LAPACK's versions choose differently; so are their gradients, of a
loss that has the other sign accordingly. Where torch's float32 result or gradient is not its float64 one within the tolerance (the samples then
hold both), ours may be as far from the latter as twice torch's.
"""

from __future__ import annotations

# ruff: noqa: E501, SIM905 - the table of what is left out, the document's sentences
import gzip
import json
import sys
import textwrap
import warnings
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import pellucid.torch as torch
from pellucid.torch.tensor import Tensor, wrap

ROOT = Path(__file__).parents[2]
TABLE = ROOT / "docs" / "reference" / "torch_operations.md"
RANDOM = (  # their samples were drawn without a seed, or hold nothing
    "bernoulli cauchy dropout empty exponential geometric log_normal multinomial normal rand uniform alpha_dropout rrelu "
    "feature_alpha_dropout empty_like empty_permuted empty_strided new_empty new_empty_strided rand_like randint randint_like randn "
    "randn_like nn.functional.dropout nn.functional.dropout2d nn.functional.dropout3d nn.functional.alpha_dropout "
    "nn.functional.feature_alpha_dropout nn.functional.rrelu nn.functional.scaled_dot_product_attention"
).split()
TYPES = ("bool", "double", "float", "half", "int", "long", "short")  # of torch a type, of Tensor a method
UNRECORDED = ("partial_views",)  # what the sample was made of besides its arguments
CALLS: dict[str, Any] = {  # operations that the database calls in its own manner
    "einsum": lambda factors, equation: torch.einsum(equation, factors),
    "nn.functional.embedding": lambda weight, indices, **how: torch.nn.functional.embedding(
        indices, weight, **how
    ),
    "nn.functional.embedding_bag": lambda weight, indices, **how: torch.nn.functional.embedding_bag(
        indices, weight, **how
    ),
    "polygamma": lambda x, n: torch.polygamma(n, x),
    "special.polygamma": lambda x, n: torch.special.polygamma(n, x),
    "linalg.pinv (singular)": lambda a, b: torch.linalg.pinv(a @ b.mT),
    "linalg.lstsq (grad_oriented)": lambda a, b, driver: torch.linalg.lstsq(a, b, driver=driver)[:2],
}
REASONS = {  # why what differs is right all the same
    "special.bessel_j0": "torch's float64 has 7 right digits here; ours has 15 (J0(-5.4215280659972755) = -0.033781312788260553, by mpmath)",
    "special.bessel_y1": "torch's float64 has 6 right digits here; ours has 15 (Y1(5.576059452216908) = -0.048985993321099448, by mpmath)",
}
TIED = {
    "kthvalue"
}  # of equal elements torch names whichever its partition leaves there: only values are compared
SIGNED = {
    "linalg.eigh": {1: -2},
    "linalg.svd": {0: -2, 2: -1},
    "svd": {0: -2, 2: -2},
}  # output: along which its vectors lie
RTOL = {"float16": 1e-3, "float32": 1.3e-6, "float64": 1e-7}  # torch.testing.assert_close
ATOL = {"float16": 1e-5, "float32": 1e-5, "float64": 1e-7}


class Recorded:
    """The recorded calls and the arrays that they name."""

    def __init__(self) -> None:
        folder = Path(__file__).parent / "fixtures"
        data = json.loads(gzip.decompress((folder / "operations.json.gz").read_bytes()))
        self.operations = data["operations"]
        with np.load(folder / "operations.npz") as packed:
            rest = dict(packed)
        self.arrays: list[Any] = []
        for kind, *shape in data["index"]:
            count = int(np.prod(shape))
            self.arrays.append(rest[kind][:count].reshape(shape))
            rest[kind] = rest[kind][count:]

    def array(self, number: int) -> Any:
        return self.arrays[number].copy()

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
        if "slice" in code:
            return slice(*code["slice"])
        if "dtype" in code:
            return getattr(torch, code["dtype"])
        return ... if "ellipsis" in code else float(code["float"])


def tensors_in(value: Any) -> list[Tensor]:
    if isinstance(value, Tensor):
        return [value]
    if isinstance(value, (list, tuple)):
        return [t for v in value for t in tensors_in(v)]
    return [t for v in value.values() for t in tensors_in(v)] if isinstance(value, dict) else []


def find(name: str) -> Any:
    """The function of a name; AttributeError where it is absent."""
    method = getattr(Tensor, name, None)
    if isinstance(method, property):
        return method.fget
    if method is not None and (
        name == "where" or name.endswith("_") or not callable(getattr(torch, name, None)) or name in TYPES
    ):
        return method
    found: Any = torch
    for part in name.split("."):
        found = getattr(found, part)
    return found


def difference(mine: Any, theirs: Any, exact: Any = None) -> str:
    """What is wrong with a tensor; nothing if it agrees. exact: the float64 result that torch's float32 one is far from."""
    array = np.asarray(mine.array if isinstance(mine, Tensor) else mine)
    if array.shape != theirs.shape:
        return f"shape {array.shape}, not {theirs.shape}"
    if array.dtype != theirs.dtype:
        return f"type {array.dtype}, not {theirs.dtype}"
    if array.dtype.kind != "f":
        return "" if (array == theirs).all() else f"{array.ravel()[:6]}, not {theirs.ravel()[:6]}"
    kind = str(array.dtype)
    finite = theirs[
        np.isfinite(theirs)
    ]  # where numbers cancel, torch's own error is of the size of the greatest
    largest = float(np.abs(finite).max()) if finite.size else 0.0
    if np.allclose(array, theirs, RTOL[kind] * 4, max(ATOL[kind], RTOL[kind] * largest), equal_nan=True):
        return ""
    if exact is not None and np.nanmax(np.abs(array - exact)) <= 2 * np.nanmax(np.abs(theirs - exact)):
        return ""
    return f"values {array.ravel()[:6]}, not {theirs.ravel()[:6]}"


def with_signs(outs: list[Tensor], theirs: list[Any], dims: dict[int, int]) -> list[Tensor]:
    """Outputs whose vectors (along dims) have the same signs as theirs."""
    changed = list(outs)
    for k, dim in dims.items():
        signs = np.sign((outs[k].detach().array * theirs[k]).sum(axis=dim, keepdims=True))
        changed[k] = outs[k] * wrap(np.where(signs == 0, 1, signs).astype(theirs[k].dtype), outs[k].dtype)
    return changed


def replay(recorded: Recorded, title: str, call: dict[str, Any]) -> str:
    """Run one recorded call: what is wrong with it; nothing if all agrees."""
    name = title.partition(" ")[0]
    args = [recorded.value(a) for a in call["args"]]
    kwargs = {k: recorded.value(v) for k, v in call["kwargs"].items()}
    leaves = [t for t in tensors_in((args, kwargs)) if t.requires_grad]
    function = CALLS.get(title) or CALLS.get(name) or find(name)
    if name.endswith("_"):
        args[0] = args[0].clone()
    out = function(*args, **kwargs)
    if not isinstance(call["out"], dict):
        return (
            ""
            if out == call["out"] or (out != out and call["out"] != call["out"])
            else f"{out}, not {call['out']}"
        )
    theirs = [recorded.array(t["tensor"]) for t in call["out"].get("list", [call["out"]]) if "tensor" in t]
    outs = tensors_in(out)
    if name in TIED:
        outs, theirs = outs[:1], theirs[:1]
    if len(outs) != len(theirs):
        return f"{len(outs)} outputs, not {len(theirs)}"
    if name in SIGNED and all(a.shape == b.shape for a, b in zip(outs, theirs, strict=True)):
        outs = with_signs(outs, theirs, SIGNED[name])
    exact = [None if e is None else recorded.array(e["tensor"]) for e in call.get("exact", ())]
    exact = exact or [None] * (len(outs) + len(leaves))  # of the outputs, then of the gradients
    for mine, other, better in zip(outs, theirs, exact, strict=False):
        wrong = difference(mine, other, better)
        if wrong:
            return wrong
    if "grads" not in call:
        return ""
    graded = [t for t in outs if t.requires_grad]
    if not graded:
        return "no gradient" if any(g is not None for g in call["grads"]) else ""
    grads = torch.autograd.grad(weighted(graded), leaves, allow_unused=True, create_graph="second" in call)
    wrong = compare(recorded, grads, call["grads"], exact[len(outs) :])
    if wrong or "second" not in call:
        return f"gradient {wrong}" if wrong else ""
    squares = [g * g for g in grads if g is not None and g.requires_grad]
    found = (
        torch.autograd.grad(weighted(squares), leaves, allow_unused=True)
        if squares
        else (None,) * len(leaves)
    )
    wrong = compare(recorded, found, call["second"], [None] * len(leaves))
    return f"second derivative {wrong}" if wrong else ""


def weighted(tensors: list[Tensor]) -> Any:
    """One number from all elements, each of which counts differently."""
    weights = (np.cos(np.arange(t.numel())).reshape(t.shape) for t in tensors)
    return sum(
        (t * wrap(w.astype(t.array.dtype), t.dtype)).sum() for t, w in zip(tensors, weights, strict=True)
    )


def compare(recorded: Recorded, grads: Any, codes: list[Any], exact: list[Any]) -> str:
    """Which gradient differs, and how; nothing if all agree. None is as good as zeros."""
    for k, (mine, code, better) in enumerate(zip(grads, codes, exact, strict=True)):
        if code is None or mine is None:
            other = np.zeros(1) if code is None else recorded.array(code["tensor"])
            if (mine is None or (mine.array == 0).all()) and (other == 0).all():
                continue
            return f"{k} is {'None' if mine is None else 'there'}"
        wrong = difference(mine, recorded.array(code["tensor"]), better)
        if wrong:
            return f"{k}: {wrong}"
    return ""


def title_of(operation: dict[str, Any]) -> str:
    return operation["name"] + (f" ({operation['variant']})" if operation["variant"] else "")


def verdict(recorded: Recorded, operation: dict[str, Any]) -> tuple[str, str]:
    """('passes' | 'differs' | 'absent' | 'refused', why)."""
    name = operation["name"]
    try:
        find(name)
    except AttributeError:
        return "absent", ""
    for call in operation["calls"]:
        try:
            wrong = replay(recorded, title_of(operation), call)
        except (
            TypeError,
            NotImplementedError,
            AttributeError,
            ValueError,
            IndexError,
            RuntimeError,
            OverflowError,
        ) as error:
            return "refused", f"{type(error).__name__}: {error}".split("\n")[0]
        if wrong:
            return "differs", wrong
    return "passes", ""


def survey() -> Iterator[tuple[str, str, str]]:
    """(title, verdict, why) of every operation."""
    recorded = Recorded()
    for operation in recorded.operations:
        if operation["name"] in RANDOM or operation["variant"] in UNRECORDED:
            continue
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            yield title_of(operation), *verdict(recorded, operation)


def wrapped(titles: list[str]) -> str:
    """Names in lines of a readable length, none of them broken."""
    text = ", ".join(f"`{t}`".replace(" ", "\0") for t in titles)  # a name with a space is one word
    return textwrap.fill(text, 120, break_long_words=False, break_on_hyphens=False).replace("\0", " ")


def table() -> str:
    """The document."""
    found: dict[str, list[tuple[str, str]]] = {"passes": [], "differs": [], "refused": [], "absent": []}
    for title, what, why in survey():
        found[what].append((title, why))
    counts = ", ".join(f"{len(v)} {k}" for k, v in found.items())
    lines = [
        "# Operations against torch's own database",
        "",
        f"Written by `python tests/torch/test_operations.py` from samples of torch 2.13's OpInfo: outputs, types, gradients and second derivatives. {counts}.",
        "Every test run replays them. Random operations are tested by digest instead (`tests/torch/test_random.py`).",
        "Eigenvectors and singular vectors agree up to their signs; where torch's float32 result or gradient is far from its",
        "float64 one, ours is no farther from that than twice torch's.",
        "",
        "## Passes",
        "",
        wrapped([t for t, _ in found["passes"]]),
        "",
        "## Differs",
        "",
        *(f"- `{t}`: {REASONS.get(t, why)}" for t, why in found["differs"]),
        "",
        "## Refuses some arguments, by an error",
        "",
        *(f"- `{t}`: {why}" for t, why in found["refused"]),
        "",
        "## Absent",
        "",
        "Asking for one raises AttributeError, which names the nearest.",
        "",
        wrapped([t for t, _ in found["absent"]]),
    ]
    return "\n".join(lines) + "\n"


@pytest.mark.filterwarnings("ignore")
def test_operations_agree_with_torch() -> None:
    """Every operation listed as passing passes, and nothing that is found differs but what the document lists."""
    text = TABLE.read_text(encoding="utf-8")
    passing = {
        t.strip(" `\n")
        for t in text.partition("## Passes")[2].partition("## ")[0].replace(",\n", ", ").split(", ")
    }
    differing = {
        line[3:].partition("`")[0]
        for line in text.partition("## Differs")[2].partition("## ")[0].splitlines()
        if line
    }
    results = list(survey())
    worse = [f"{t}: {what} {why}" for t, what, why in results if t in passing and what != "passes"]
    wrong = [f"{t}: {why}" for t, what, why in results if what == "differs" and t not in differing]
    assert not worse + wrong
    assert len(passing) >= 150


if __name__ == "__main__":
    if len(sys.argv) > 1:
        for row in survey():
            if row[1] != "passes" and (row[1] in sys.argv[1:] or row[0] in sys.argv[1:]):
                print(*row)
    else:
        TABLE.write_text(table(), encoding="utf-8")
