"""torch.nn.utils.prune: the masks, names and errors of torch, random ones too. Recorded by tools/torch_compress_fixtures.py."""

from __future__ import annotations

import contextlib
import io
import json
import warnings
from pathlib import Path

import pytest

import pellucid.torch as torch
from pellucid.torch import nn
from pellucid.torch.nn.utils import prune

PRINTED = json.loads((Path(__file__).parent / "fixtures" / "printed.json").read_text(encoding="utf-8"))


@pytest.mark.parametrize(("code", "expected"), PRINTED, ids=range(len(PRINTED)))
def test_programs_print_what_torch_prints(code: str, expected: str) -> None:
    text = io.StringIO()
    with contextlib.redirect_stdout(text), warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            exec(code, {"torch": torch, "nn": nn, "prune": prune})
        except Exception as error:
            print(f"{type(error).__name__}: {error}")
    assert text.getvalue().replace("pellucid.torch", "torch") == expected


def test_a_failed_pruning_leaves_the_parameter() -> None:
    m = nn.Linear(2, 2)
    weight = m.weight
    with pytest.raises(ValueError, match="amount=9 should be smaller"):
        prune.l1_unstructured(m, "weight", 9)
    assert m.weight is weight and list(m.state_dict()) == ["weight", "bias"] and not prune.is_pruned(m)


def test_a_pruned_state_travels() -> None:
    m = prune.l1_unstructured(nn.Linear(4, 3), "weight", 0.5)
    twin = prune.identity(nn.Linear(4, 3), "weight")
    twin.load_state_dict(m.state_dict())
    x = torch.ones(1, 4)
    assert (twin(x) == m(x)).all()


def test_a_method_of_ones_own() -> None:
    class EverySecond(prune.BasePruningMethod):
        PRUNING_TYPE = "unstructured"

        def compute_mask(self, t: torch.Tensor, default_mask: torch.Tensor) -> torch.Tensor:
            mask = default_mask.clone()
            mask.view(-1)[::2] = 0
            return mask

    m = nn.Linear(2, 3)
    EverySecond.apply(m, "weight")
    assert m.weight_mask.flatten().tolist() == [0, 1, 0, 1, 0, 1]
    EverySecond.apply(m, "weight")
    assert m.weight_mask.flatten().tolist() == [0, 0, 0, 1, 0, 0]
