"""DataLoader: a data set in batches."""

from __future__ import annotations

# pyright: reportUnknownArgumentType=false, reportUnknownVariableType=false, reportUnknownMemberType=false
import itertools
from collections.abc import Callable, Iterator
from typing import Any

from pellucid.torch.utils.data.collate import default_collate, default_convert
from pellucid.torch.utils.data.dataset import IterableDataset, TensorDataset
from pellucid.torch.utils.data.sampler import BatchSampler, RandomSampler, SequentialSampler, draw_seed


class DataLoader:
    """Iterate over it for the batches of one epoch; shuffle: in a new random order each time.

    num_workers and pin_memory change nothing about the batches, which are made in this process. batch_size=None: one by one.
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
        *,
        generator: Any = None,
    ) -> None:
        if num_workers < 0:
            raise ValueError(
                "num_workers option should be non-negative; use num_workers=0 to disable multiprocessing."
            )
        self.iterable = isinstance(dataset, IterableDataset)
        check_options(self.iterable, batch_size, shuffle, sampler, batch_sampler, drop_last)
        if batch_sampler is not None:
            batch_size = None
        self.dataset: Any = dataset
        self.generator = generator
        self.batch_size, self.drop_last = batch_size, drop_last
        self.num_workers, self.pin_memory = num_workers, pin_memory
        if sampler is None and not self.iterable:
            sampler = RandomSampler(dataset, generator=generator) if shuffle else SequentialSampler(dataset)
        self.sampler: Any = sampler
        if batch_size is not None and not self.iterable:
            batch_sampler = BatchSampler(self.sampler, batch_size, drop_last)
        self.batch_sampler: Any = batch_sampler
        batched = batch_size is not None or batch_sampler is not None
        self.collate_fn = collate_fn or (default_collate if batched else default_convert)

    def __iter__(self) -> Iterator[Any]:
        draw_seed(self.generator)  # what torch draws for its workers, with or without any
        return self.batches_of_stream() if self.iterable else self.batches()

    def batches(self) -> Iterator[Any]:
        """Batches by the sampler's numbers."""
        if self.batch_sampler is None:
            for number in self.sampler:
                yield self.collate_fn(self.dataset[number])
            return
        together = self.collate_fn is default_collate and type(self.dataset) is TensorDataset
        for numbers in self.batch_sampler:
            if together:  # one look-up gives what stacking the examples would
                yield [t[numbers] for t in self.dataset.tensors]
            elif many := getattr(self.dataset, "__getitems__", None):
                yield self.collate_fn(many(numbers))
            else:
                yield self.collate_fn([self.dataset[k] for k in numbers])

    def batches_of_stream(self) -> Iterator[Any]:
        """Batches of examples as they come."""
        examples = iter(self.dataset)
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
