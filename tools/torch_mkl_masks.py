"""Record Bernoulli masks of Intel's MKL, which torch takes on Intel machines with MKL, by MKL's own functions.

    python -m venv env && env/bin/pip install mkl==2024.2.0 numpy
    env/bin/python tools/torch_mkl_masks.py env/lib/libmkl_rt.so.2      # on any x86-64 machine

torch's kernel (bernoulli_mkl_kernel) draws one 32-bit number, seeds a stream of the generator MCG31 with it, and lets
viRngBernoulli fill the mask. Writes tests/torch/fixtures/mkl_masks.json: rows of seed, probability, count, digest.
"""

from __future__ import annotations

import ctypes
import hashlib
import json
import sys
from pathlib import Path
from typing import Any

import numpy as np

FIXTURE = Path(__file__).parents[1] / "tests" / "torch" / "fixtures" / "mkl_masks.json"
MCG31 = 1 << 20  # VSL_BRNG_MCG31
SEEDS = (0, 1, 2, 7, 42, 12345, 2**31 - 1, 2**31, 3000000000, 2**32 - 1)


def mask(mkl: Any, seed: int, probability: float, count: int) -> Any:
    """What viRngBernoulli fills in."""
    stream = ctypes.c_void_p()
    out = np.zeros(count, np.int32)
    place = out.ctypes.data_as(ctypes.c_void_p)
    status = mkl.vslNewStream(ctypes.byref(stream), MCG31, ctypes.c_uint(seed))
    status |= mkl.viRngBernoulli(0, stream, count, place, ctypes.c_double(probability))
    status |= mkl.vslDeleteStream(ctypes.byref(stream))
    if status:
        raise RuntimeError(f"MKL says {status}")
    return out.astype(np.uint8)


def main() -> None:
    """All rows."""
    mkl = ctypes.CDLL(sys.argv[1])
    rows: list[Any] = []
    for seed in SEEDS:
        for probability, count in ((0.0, 10), (0.1, 3000), (0.3, 1), (0.5, 70000), (0.9, 3000), (1.0, 10)):
            found = mask(mkl, seed, probability, count)
            rows.append([seed, probability, count, hashlib.sha256(found.tobytes()).hexdigest()[:16]])
    FIXTURE.write_text(json.dumps(rows, separators=(",", ":")) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
