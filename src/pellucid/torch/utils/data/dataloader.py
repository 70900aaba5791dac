"""DataLoader: a data set in batches."""

from __future__ import annotations

# pyright: reportUnknownArgumentType=false, reportUnknownVariableType=false, reportUnknownMemberType=false
import itertools
from collections.abc import Callable, Iterator
from typing import Any

from pellucid.torch.utils.data.collate import default_collate, default_convert
from pellucid.torch.utils.data.dataset import IterableDataset, TensorDataset
from pellucid.torch.utils.data.sampler import BatchSampler, RandomSampler, SequentialSampler, draw_seed
from pellucid.torch.utils.data.worker import Worker, batches_by_turns, streams_by_turns


class DataLoader:
    """Iterate over it for the batches of one epoch; shuffle: in a new random order each time.

    batch_size=None: one by one. num_workers: as many workers take turns, each with random numbers and a copy of the data set of
    its own, as torch's processes have (a stream is therefore run through by each; get_worker_info() lets it share the work). All
    happens in this process: pin_memory, timeout, multiprocessing_context, prefetch_factor, pin_memory_device and in_order, which
    say how processes work together, cannot change any batch.
    """

    def __init__(
        self,
        dataset: Any,
        batch_size: int | None = 1,
        shuffle: bool | None = None,
        sampler: Any = None,
        batch_sampler: Any = None,
        num_workers: int = 0,
        collate_fn: Callable[[list[Any]], Any] | None = None,
        pin_memory: bool = False,
        drop_last: bool = False,
        timeout: float = 0,
        worker_init_fn: Callable[[int], None] | None = None,
        multiprocessing_context: Any = None,
        generator: Any = None,
        *,
        prefetch_factor: int | None = None,
        persistent_workers: bool = False,
        pin_memory_device: str = "",
        in_order: bool = True,
    ) -> None:
        self.iterable = isinstance(dataset, IterableDataset)
        check_workers(num_workers, timeout, prefetch_factor, persistent_workers)
        check_options(self.iterable, batch_size, shuffle, sampler, batch_sampler, drop_last)
        if batch_sampler is not None:
            batch_size = None
        self.dataset: Any = dataset
        self.generator = generator
        self.batch_size, self.drop_last = batch_size, drop_last
        self.num_workers, self.pin_memory, self.timeout = num_workers, pin_memory, timeout
        self.worker_init_fn, self.multiprocessing_context = worker_init_fn, multiprocessing_context
        self.prefetch_factor = 2 if num_workers and prefetch_factor is None else prefetch_factor
        self.persistent_workers, self.pin_memory_device = persistent_workers, pin_memory_device
        self.in_order = in_order
        self.workers: list[Worker] | None = None  # those that persist
        if sampler is None and not self.iterable:
            sampler = RandomSampler(dataset, generator=generator) if shuffle else SequentialSampler(dataset)
        self.sampler: Any = sampler
        if batch_size is not None and not self.iterable:
            batch_sampler = BatchSampler(self.sampler, batch_size, drop_last)
        self.batch_sampler: Any = batch_sampler
        self.batched = batch_size is not None or batch_sampler is not None
        self.collate_fn = collate_fn or (default_collate if self.batched else default_convert)

    def __iter__(self) -> Iterator[Any]:
        tasks = iter(
            () if self.iterable else self.sampler if self.batch_sampler is None else self.batch_sampler
        )
        if self.workers:  # they go on with the random numbers that they have
            return self.by_turns(self.workers, tasks)
        base_seed = draw_seed(self.generator)  # what torch draws for its workers, with or without any
        if not self.num_workers:
            return (
                self.stream(self.dataset) if self.iterable else (self.fetch(self.dataset, t) for t in tasks)
            )
        shared = (self.num_workers, base_seed, self.dataset, self.worker_init_fn)
        workers = [Worker(k, *shared) for k in range(self.num_workers)]
        self.workers = workers if self.persistent_workers else None
        return self.by_turns(workers, tasks)

    def by_turns(self, workers: list[Worker], tasks: Iterator[Any]) -> Iterator[Any]:
        """The batches, by one worker after the other."""
        if self.iterable:
            return streams_by_turns(workers, self.stream)
        return batches_by_turns(workers, tasks, self.fetch)

    def fetch(self, dataset: Any, task: Any) -> Any:
        """The batch of a list of numbers, or the example of one."""
        if not self.batched:
            return self.collate_fn(dataset[task])
        if self.collate_fn is default_collate and type(dataset) is TensorDataset:
            return [t[task] for t in dataset.tensors]  # one look-up gives what stacking the examples would
        if many := getattr(dataset, "__getitems__", None):
            return self.collate_fn(many(task))
        return self.collate_fn([dataset[k] for k in task])

    def stream(self, dataset: Any) -> Iterator[Any]:
        """Batches of examples as they come."""
        examples = iter(dataset)
        if self.batch_size is None:
            yield from map(self.collate_fn, examples)
            return
        while batch := list(itertools.islice(examples, self.batch_size)):
            if len(batch) == self.batch_size or not self.drop_last:
                yield self.collate_fn(batch)

    def __len__(self) -> int:
        if self.batch_sampler is not None:
            return len(self.batch_sampler)
        if not self.iterable:
            return len(self.sampler)
        n = len(self.dataset)
        if self.batch_size is None:
            return n
        return n // self.batch_size if self.drop_last else -(-n // self.batch_size)


def check_workers(
    num_workers: int, timeout: float, prefetch_factor: int | None, persistent_workers: bool
) -> None:
    """ValueError for what cannot be said of workers."""
    if num_workers < 0:
        raise ValueError(
            "num_workers option should be non-negative; use num_workers=0 to disable multiprocessing."
        )
    if timeout < 0:
        raise ValueError("timeout option should be non-negative")
    if num_workers == 0 and prefetch_factor is not None:
        raise ValueError(
            "prefetch_factor option could only be specified in multiprocessing.let num_workers > 0 to enable multiprocessing, "
            "otherwise set prefetch_factor to None."
        )
    if prefetch_factor is not None and prefetch_factor < 0:
        raise ValueError("prefetch_factor option should be non-negative")
    if persistent_workers and num_workers == 0:
        raise ValueError("persistent_workers option needs num_workers > 0")


def check_options(
    iterable: bool, batch_size: Any, shuffle: Any, sampler: Any, batch_sampler: Any, drop_last: bool
) -> None:
    """ValueError for options that exclude each other."""
    for name, value in (("shuffle", shuffle), ("sampler", sampler), ("batch_sampler", batch_sampler)):
        if iterable and value not in (None, False):
            raise ValueError(
                f"DataLoader with IterableDataset: expected unspecified {name} option, but got {name}={value}"
            )
    if sampler is not None and shuffle:
        raise ValueError("sampler option is mutually exclusive with shuffle")
    if batch_sampler is not None and (batch_size != 1 or shuffle or sampler is not None or drop_last):
        raise ValueError(
            "batch_sampler option is mutually exclusive with batch_size, shuffle, sampler, and drop_last"
        )
    if batch_size is None and drop_last:
        raise ValueError(
            "batch_size=None option disables auto-batching and is mutually exclusive with drop_last"
        )
