"""One family of comparisons, run in the environment that holds the peers; prints its table. run.py starts it."""

from __future__ import annotations

import gc
import importlib
import sys
import time
from collections.abc import Callable
from pathlib import Path
from statistics import median, quantiles

import torch

sys.path.insert(0, str(Path(__file__).parent))

from tasks import Task, verify

ENOUGH = 0.02  # seconds


def main(family: str) -> None:
    torch.set_num_threads(1)
    module = importlib.import_module(family)
    if hasattr(module, "table"):
        print("\n".join(module.table()))
        return
    print("| task | ours | peer | | ratio | middle half of the rounds | aim |")
    print("| --- | --: | --: | --- | --: | --: | --: |")
    for task in module.tasks():
        print(compare(task), flush=True)


def compare(task: Task) -> str:
    """Both in turn, so that a machine that slows down slows both; the ratio is that of the medians."""
    verify(task)
    calls = [max(1, int(ENOUGH / seconds(call, 1))) for call in (task.ours, task.theirs)]
    rounds = [(seconds(task.ours, calls[0]), seconds(task.theirs, calls[1])) for _ in range(task.rounds)]
    ours, theirs = (median(column) for column in zip(*rounds, strict=True))
    low, _, high = quantiles([a / b for a, b in rounds], n=4)
    ratio = ours / theirs
    shown = f"{ratio:.2f}" if ratio >= 0.01 else f"{ratio:.4f}"
    aim = "" if task.target is None else f"{task.target:g}"
    return (
        f"| {task.name} | {ours * 1e3:.2f} ms | {theirs * 1e3:.2f} ms | {task.peer} | {shown} "
        f"| {low:.2f} to {high:.2f} | {aim} |"
    )


def seconds(call: Callable[[], object], calls: int) -> float:
    """One call's time, the mean of several where one is too short to be timed."""
    gc.collect()  # what the other left behind is not to be paid here
    begin = time.perf_counter()
    for _ in range(calls):
        call()
    return (time.perf_counter() - begin) / calls


if __name__ == "__main__":
    main(sys.argv[1])
