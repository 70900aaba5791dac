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


@pytest.mark.parametrize(("code", "expected"), RECORDED, ids=[f"{k} {code[:60]}" for k, (code, _) in enumerate(RECORDED)])
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


def test_mkl_masks_follow_the_congruential_generator_step_by_step() -> None:
    torch.manual_seed(7)
    x = int(torch.default_generator.raw32(1)[0]) % (2**31 - 1)
    expected = []
    for _ in range(1000):
        expected.append(x / (2**31 - 1) < 0.3)
        x = 1132489760 * x % (2**31 - 1)
    torch.manual_seed(7)
    sampling.set_bernoulli_flavour("mkl")
    try:
        assert sampling.bernoulli_mask((1000,), 0.3).tolist() == expected
    finally:
        sampling.set_bernoulli_flavour("portable")


def test_an_unknown_flavour_is_refused() -> None:
    with pytest.raises(ValueError, match="'portable' or 'mkl'"):
        sampling.set_bernoulli_flavour("cuda")
