"""Random numbers, bit for bit torch's: digests recorded by tools/torch_fixtures.py and tools/torch_nn_fixtures.py."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import pellucid.torch as torch
from pellucid.torch.random import sampling

FIXTURES = Path(__file__).parent / "fixtures"
RECORDED = [
    case
    for name in ("random", "random_ways")
    for case in json.loads((FIXTURES / f"{name}.json").read_text(encoding="utf-8"))
]


@pytest.mark.parametrize(
    ("code", "expected"), RECORDED, ids=[f"{k} {code[:60]}" for k, (code, _) in enumerate(RECORDED)]
)
def test_bits_are_those_of_torch(code: str, expected: Any) -> None:
    torch.manual_seed(42)
    space: dict[str, Any] = {"torch": torch, "nn": torch.nn, "F": torch.nn.functional}
    exec(code, space)
    for t, (kind, shape, digest) in zip(space["out"], expected, strict=True):
        array = np.ascontiguousarray(
            t.float().array if kind in ("torch.float16", "torch.bfloat16") else t.array
        )
        assert (str(t.dtype), list(t.shape)) == (kind, shape)
        assert hashlib.sha256(array.tobytes()).hexdigest()[:16] == digest


MKL = json.loads((FIXTURES / "mkl_masks.json").read_text(encoding="utf-8"))  # by tools/torch_mkl_masks.py


@pytest.mark.parametrize(("seed", "probability", "count", "digest"), MKL)
def test_mkl_masks_are_those_of_mkl_itself(
    seed: int, probability: float, count: int, digest: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """torch draws one number of 32 bits from its generator, and hands it to MKL as the seed."""
    draws: list[int] = []

    def raw32(n: int) -> Any:
        draws.append(n)
        return np.full(n, seed, np.uint64)

    monkeypatch.setattr(torch.default_generator, "raw32", raw32)
    sampling.set_bernoulli_flavour("mkl")
    try:
        mask = sampling.bernoulli_mask((count,), probability)
        kept = torch.nn.functional.dropout(torch.ones(count), 1 - probability).array != 0
    finally:
        sampling.set_bernoulli_flavour("portable")
    assert hashlib.sha256(mask.astype(np.uint8).tobytes()).hexdigest()[:16] == digest
    assert draws == [1] * (1 if probability in (0, 1) else 2)  # dropout of all or nothing draws nothing
    assert probability != 0.5 or (kept == mask).all()


def test_an_unknown_flavour_is_refused() -> None:
    with pytest.raises(ValueError, match="'portable' or 'mkl'"):
        sampling.set_bernoulli_flavour("cuda")
