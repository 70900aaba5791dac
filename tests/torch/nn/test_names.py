"""Names and parameters of torch.nn, optim and utils.data: what is here takes torch's arguments, what is not says so."""

from __future__ import annotations

import inspect
import json
from pathlib import Path
from typing import Any

import pytest

import pellucid.torch as torch

RECORDED = json.loads((Path(__file__).parent / "fixtures" / "names.json").read_text(encoding="utf-8"))
DEPRECATED = {"size_average", "reduce"}  # of losses: old names of reduction
LEFT_OUT = {  # parameters that torch has and that raise a TypeError here
    "nn.Hardtanh": {"min_value", "max_value"},  # deprecated
    "nn.functional.softmax": {"_stacklevel"},
    "nn.functional.softmin": {"_stacklevel"},
    "nn.functional.log_softmax": {"_stacklevel"},
    "nn.functional.normalize": {"out"},
}
BASES = {"nn.RNNBase", "nn.RNNCellBase"}  # there for isinstance; torch's need the kind of cell as an argument
BY_CALL = {"args", "kwargs"}  # torch says *args, **kwargs where it only passes them on


def find(path: str) -> Any:
    where: Any = torch
    for part in path.split("."):
        where = getattr(where, part)
    return where


def present(path: str) -> bool:
    where, _, name = path.rpartition(".")
    return name in vars(find(where))


HERE = [p for p in RECORDED if present(p)]


@pytest.mark.parametrize("path", [p for p in HERE if RECORDED[p] is not None])
def test_parameters_are_those_of_torch(path: str) -> None:
    """Those that can be given by place are torch's first ones, in its order; all defaults are torch's."""
    theirs = {name: (kind, default) for name, kind, default in RECORDED[path]}
    if theirs.keys() <= BY_CALL or path in BASES:
        return
    own = inspect.signature(find(path)).parameters
    missing = theirs.keys() - own.keys() - LEFT_OUT.get(path, set()) - DEPRECATED
    assert not missing
    assert own.keys() <= theirs.keys()
    for name, p in own.items():
        if p.default is not p.empty and not callable(p.default) and name != "generator":
            assert repr(p.default) == theirs[name][1], name
    by_place = [name for name, p in own.items() if p.kind is p.POSITIONAL_OR_KEYWORD]
    assert by_place == list(theirs)[: len(by_place)]


@pytest.mark.parametrize("path", [p for p in RECORDED if p not in HERE])
def test_what_is_absent_says_so(path: str) -> None:
    with pytest.raises(AttributeError, match=rf"torch\.{path} is absent from pellucid\.torch"):
        find(path)


def test_most_of_torch_is_here() -> None:
    modules = [p for p in RECORDED if p.startswith("nn.") and p.count(".") == 1 and p[3].isupper()]
    assert len([p for p in modules if p in HERE]) >= 130


def test_methods_that_modules_have_not_say_so() -> None:
    linear = torch.nn.Linear(1, 1)
    with pytest.raises(AttributeError, match=r"'Linear' object has no attribute 'compile': it is absent"):
        linear.compile()
    with pytest.raises(AttributeError, match=r"'Linear' object has no attribute 'weigth'$"):
        _ = linear.weigth
