"""The tables of docs/reference/torch_compress.md: sizes and work are recomputed, without the training behind the accuracies."""

from __future__ import annotations

import importlib.util
import re
from pathlib import Path
from typing import Any

import pytest

import pellucid.torch as torch
from pellucid.torch import compress

ROOT = Path(__file__).parents[3]
PAGE = (ROOT / "docs" / "reference" / "torch_compress.md").read_text(encoding="utf-8")


@pytest.fixture
def bench(monkeypatch: pytest.MonkeyPatch) -> Any:
    for name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
        monkeypatch.setenv(name, "1")  # what the script sets must not outlive the test
    spec = importlib.util.spec_from_file_location(
        "bench_torch_compress", ROOT / "bench" / "torch" / "compress.py"
    )
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_sizes_of_the_models(bench: Any) -> None:
    first = None
    for way in bench.WAYS:
        torch.manual_seed(0)
        model = bench.finished(way.make(bench.whole()))
        m = compress.measure(model, torch.zeros(1, 64), repeats=0)
        first = first or m
        row = (
            f"| {way.name} | {m.parameters:,} | {m.bytes:,} | {bench.share(m.bytes, first.bytes)} | {m.multiply_adds:,} | "
            f"{bench.share(m.multiply_adds, first.multiply_adds)} |"
        )
        assert row in PAGE, row


def test_work_of_the_cache(bench: Any) -> None:
    bench.LENGTHS = (16,)
    assert bench.cache_work()[-1] in PAGE
    assert len(re.findall(r"\| yes \|$", PAGE, re.MULTILINE)) == 3


def test_every_name_of_the_page_exists() -> None:
    rows = [line.split(" | ")[0] for line in PAGE.splitlines() if line.startswith("| `")]
    named = {name for row in rows for name in re.findall(r"`([A-Za-z_]+)", row)}
    assert len(named) > 15
    assert not [name for name in named if not hasattr(compress, name)]
