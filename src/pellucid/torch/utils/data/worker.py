"""A DataLoader's workers, imitated in this process: each has its own random numbers and its own copy of the data set."""

from __future__ import annotations

# pyright: reportUnknownArgumentType=false, reportUnknownVariableType=false, reportUnknownMemberType=false
import copy
import dataclasses
import itertools
import random
from collections.abc import Callable, Iterable, Iterator
from typing import Any

from pellucid.torch.random.generator import Generator, default_generator


@dataclasses.dataclass(frozen=True)
class WorkerInfo:
    """Which worker this is, of how many; the seed that its random numbers began with; its data set."""

    id: int
    num_workers: int
    seed: int
    dataset: Any


END = object()  # what a stream gives when it is at its end


class Present:
    """The worker that is at work now."""

    info: WorkerInfo | None = None


def get_worker_info() -> WorkerInfo | None:
    """The worker in which this is called; None in none."""
    return Present.info


class Worker:
    """What draws from torch's or Python's generator within draws from the worker's, seeded with the epoch's number and its own.

    NumPy's global generator is not seeded anew, as it is in torch's workers.
    """

    def __init__(self, number: int, count: int, base_seed: int, dataset: Any, start: Any) -> None:
        self.dataset = copy.copy(dataset)
        self.info = WorkerInfo(number, count, base_seed + number, self.dataset)
        self.generator = Generator()
        self.generator.manual_seed(self.info.seed)
        self.python = random.Random(self.info.seed).getstate()
        self.start = start  # worker_init_fn, until it was called

    def run(self, function: Callable[..., Any], *args: Any) -> Any:
        """function(*args) within this worker."""
        outside = Present.info, random.getstate()
        self.exchange()
        Present.info = self.info
        random.setstate(self.python)
        try:
            if self.start is not None:
                start, self.start = self.start, None
                start(self.info.id)
            return function(*args)
        finally:
            self.python = random.getstate()
            Present.info = outside[0]
            random.setstate(outside[1])
            self.exchange()

    def exchange(self) -> None:
        """Let the default generator be at the worker's state, and the worker's at the default one's."""
        own, default = self.generator.__dict__, default_generator.__dict__
        kept = dict(default)
        default.update(own)
        own.update(kept)


def batches_by_turns(
    workers: list[Worker], tasks: Iterable[Any], fetch: Callable[[Any, Any], Any]
) -> Iterator[Any]:
    """fetch(data set, task) for each task, by the next worker in turn."""
    for worker, task in zip(itertools.cycle(workers), tasks, strict=False):
        yield worker.run(fetch, worker.dataset, task)


def streams_by_turns(workers: list[Worker], batches: Callable[[Any], Iterator[Any]]) -> Iterator[Any]:
    """Each worker runs through the whole of its data set; a batch of each in turn, while it has any."""
    streams = [(w, w.run(batches, w.dataset)) for w in workers]
    while streams:
        going: list[Any] = []
        for worker, stream in streams:
            batch = worker.run(next, stream, END)
            if batch is not END:
                going.append((worker, stream))
                yield batch
        streams = going
