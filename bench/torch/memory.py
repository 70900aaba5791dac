"""Memory of a forward and backward pass, ours beside torch's.

Each runs in a process of its own, and the kernel's count of resident memory is read. The allocator is told to map every block
of 64 KiB or more by itself, so that what is freed is gone at once; the peak of the backward pass alone comes from resetting the
kernel's high-water mark before it. Measured against what was resident before the forward pass, after one warm-up step:
parameters and data are not in it, the gradients that backward() leaves are.
"""

from __future__ import annotations

import gc
import importlib
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from statistics import median
from typing import Any

AIM = 1.2
REPEATS = 3
MEBI = 1 << 20
ALLOCATOR = {
    "MALLOC_MMAP_THRESHOLD_": "65536",
    "MALLOC_TRIM_THRESHOLD_": "0",
    "NUMPY_MADVISE_HUGEPAGE": "0",  # else a block's last 2 MiB count whole
}
Step = tuple[Callable[[], Any], list[Any]]
"""The forward pass up to the loss, and the parameters."""


def table() -> list[str]:
    """The rows of results/memory.md."""
    lines = [
        "| task | saved by forward: ours | torch | ratio | peak in backward: ours | torch | ratio | aim |",
        "| --- | --: | --: | --: | --: | --: | --: | --: |",
    ]
    for name in WORK:
        runs = [[measured(library, name) for _ in range(REPEATS)] for library in ("pellucid.torch", "torch")]
        ours, theirs = ([median(column) for column in zip(*each, strict=True)] for each in runs)
        cells = [
            f"{a / MEBI:.1f} MiB | {b / MEBI:.1f} MiB | {a / b:.2f}"
            for a, b in zip(ours, theirs, strict=True)
        ]
        lines.append(f"| {name} | {' | '.join(cells)} | {AIM} |")
    return lines


def measured(library: str, name: str) -> tuple[int, int]:
    """Bytes (held when backward begins, at most within it) in a fresh process."""
    done = subprocess.run(
        [sys.executable, __file__, library, name],
        env=os.environ | ALLOCATOR,
        capture_output=True,
        text=True,
        check=True,
    )
    saved, peak = map(int, done.stdout.split())
    return saved, peak


def mlp(t: Any) -> Step:
    nn = t.nn
    net = nn.Sequential(
        nn.Linear(784, 1024), nn.ReLU(), nn.Linear(1024, 1024), nn.ReLU(), nn.Linear(1024, 10)
    )
    x, y = t.randn(4096, 784), t.randint(0, 10, (4096,))
    return lambda: nn.functional.cross_entropy(net(x), y), [*net.parameters()]


def convolutions(t: Any) -> Step:
    nn = t.nn
    net = nn.Sequential(
        nn.Conv2d(1, 16, 3, padding=1), nn.ReLU(), nn.MaxPool2d(2), nn.Conv2d(16, 32, 3, padding=1), nn.ReLU()
    )
    x = t.randn(128, 1, 28, 28)
    return lambda: net(x).square().mean(), [*net.parameters()]


def lstm(t: Any) -> Step:
    layer = t.nn.LSTM(256, 256)
    x = t.randn(64, 128, 256)
    return lambda: layer(x)[0].square().mean(), [*layer.parameters()]


def block(t: Any) -> Step:
    net = t.nn.TransformerEncoderLayer(128, 4, 512, dropout=0.1, batch_first=True)
    x = t.randn(64, 64, 128)
    return lambda: net(x).square().mean(), [*net.parameters()]


def scalars(t: Any) -> Step:
    w, b = t.tensor(0.5, requires_grad=True), t.tensor(0.1, requires_grad=True)

    lengths = iter(
        [1, 25_000]
    )  # the warm-up is short: what small blocks leave behind is not given back to the system

    def forward() -> Any:
        h = w
        for _ in range(next(lengths)):
            h = (h * w + b).tanh() * 0.9
        return h

    return forward, [w, b]


WORK: dict[str, Callable[[Any], Step]] = {
    "MLP 784-1024-1024-10, batch 4096": mlp,
    "Conv2d 1-16-32, batch 128, 28×28": convolutions,
    "LSTM, batch 128, 64 steps, 256 → 256": lstm,
    "Transformer block d=128, T=64, batch 64, dropout": block,
    "chain of 10⁵ numbers": scalars,
}


def measure(library: str, name: str) -> None:
    """Print both numbers."""
    t = importlib.import_module(library)
    if library == "torch":
        t.set_num_threads(1)
    t.manual_seed(0)
    forward, parameters = WORK[name](t)
    forward().backward()
    for p in parameters:
        p.grad = None
    gc.collect()
    before = resident("VmRSS")
    loss = forward()
    saved = resident("VmRSS")
    Path("/proc/self/clear_refs").write_text("5")  # the high-water mark starts anew
    loss.backward()
    print(saved - before, resident("VmHWM") - before)


def resident(field: str) -> int:
    """A line of the kernel's account of this process, in bytes."""
    text = Path("/proc/self/status").read_text(encoding="ascii")
    return 1024 * next(int(line.split()[1]) for line in text.splitlines() if line.startswith(field))


if __name__ == "__main__":
    measure(*sys.argv[1:])
