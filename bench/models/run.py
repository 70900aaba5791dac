"""Our models beside the compiled libraries: same process, same data, one thread, medians.

    python bench/models/run.py [FAMILY …]      FAMILY: a file beside this one, for example linear or trees

Ours and theirs run in turn, so that a machine that slows down slows both. RESULTS.md holds the ratios, and how time and memory
grow from n to 8n with the exponent fitted in log–log.
"""

from __future__ import annotations

import os

for threads in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "NUMBA_NUM_THREADS"):
    os.environ[threads] = "1"  # before NumPy is loaded

import importlib
import sys
import time
import tracemalloc
from collections.abc import Callable
from pathlib import Path
from statistics import median

import numpy as np

HERE = Path(__file__).parent
sys.path.insert(0, str(HERE))

from tasks import Growth, Task

FAMILIES = ("linear", "decomposition", "trees", "boosting", "svm", "umap", "browser")
RESULTS = HERE / "results"


def main() -> None:
    for family in sys.argv[1:] or FAMILIES:
        module = importlib.import_module(family)
        lines = (
            module.table() if hasattr(module, "table") else measured(family, module.tasks(), module.growths())
        )
        RESULTS.mkdir(exist_ok=True)
        (RESULTS / f"{family}.md").write_text("\n".join(lines) + "\n", encoding="utf-8")
        print("\n".join(lines), flush=True)
    parts = [(RESULTS / f"{family}.md") for family in FAMILIES]
    head = (
        "# Models, measured\n\nWritten by `python -m bench models`: one thread, medians, "
        f"{os.cpu_count()} cores, NumPy {np.__version__}.\n"
        "What stays behind, and why: [out of reach](out-of-reach.md).\n\n"
    )
    (HERE / "RESULTS.md").write_text(
        head + "\n".join(part.read_text(encoding="utf-8") for part in parts if part.is_file()),
        encoding="utf-8",
    )


def measured(family: str, tasks: list[Task], growths: list[Growth]) -> list[str]:
    lines = [f"## {family}", "", "| task | ours | library | ratio | aim |", "| --- | --: | --: | --: | --: |"]
    lines += [compare(task) for task in tasks]
    lines += ["", "| growth | n | time | memory | exponent of time | exponent of memory |"]
    lines += ["| --- | --- | --- | --- | --: | --: |"]
    return lines + [grow(growth) for growth in growths]


def compare(task: Task) -> str:
    task.ours(), task.theirs()  # what is paid once is paid here
    ours, theirs = [], []
    for _ in range(task.repeats):
        ours.append(seconds(task.ours))
        theirs.append(seconds(task.theirs))
    ratio = median(ours) / median(theirs)
    aim = "" if task.target is None else task.target
    return (
        f"| {task.name} | {median(ours) * 1e3:.2f} ms | {median(theirs) * 1e3:.2f} ms | {ratio:.2f} | {aim} |"
    )


def grow(growth: Growth) -> str:
    times, peaks = [], []
    for size in growth.sizes:
        call = growth.run(size)
        call()
        times.append(median(seconds(call) for _ in range(3)))
        peaks.append(peak(call))
    sizes = np.log(growth.sizes)
    slopes = [np.polyfit(sizes, np.log(values), 1)[0] for values in (times, peaks)]
    shown = (
        ", ".join(map(str, growth.sizes)),
        ", ".join(f"{each * 1e3:.1f} ms" for each in times),
        ", ".join(f"{each / 2**20:.1f} MiB" for each in peaks),
    )
    return f"| {growth.name} | {' | '.join(shown)} | {slopes[0]:.2f} | {slopes[1]:.2f} |"


def seconds(call: Callable[[], object]) -> float:
    begin = time.perf_counter()
    call()
    return time.perf_counter() - begin


def peak(call: Callable[[], object]) -> int:
    """Bytes that were allocated at once, at most, while it ran."""
    tracemalloc.start()
    call()
    highest = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    return highest


if __name__ == "__main__":
    main()
