"""torch.utils.data: data sets, the order of their examples, and batches."""

from __future__ import annotations

from typing import Any

from pellucid.torch.utils.data.collate import default_collate, default_convert
from pellucid.torch.utils.data.dataloader import DataLoader
from pellucid.torch.utils.data.dataset import (
    ChainDataset,
    ConcatDataset,
    Dataset,
    IterableDataset,
    StackDataset,
    Subset,
    TensorDataset,
    random_split,
)
from pellucid.torch.utils.data.sampler import (
    BatchSampler,
    RandomSampler,
    Sampler,
    SequentialSampler,
    SubsetRandomSampler,
    WeightedRandomSampler,
)
from pellucid.torch.utils.data.worker import get_worker_info


def __getattr__(name: str) -> Any:
    from pellucid.torch.absent import missing_name

    raise missing_name("torch.utils.data", name, globals())


__all__ = [
    "BatchSampler",
    "ChainDataset",
    "ConcatDataset",
    "DataLoader",
    "Dataset",
    "IterableDataset",
    "RandomSampler",
    "Sampler",
    "SequentialSampler",
    "StackDataset",
    "Subset",
    "SubsetRandomSampler",
    "TensorDataset",
    "WeightedRandomSampler",
    "default_collate",
    "default_convert",
    "get_worker_info",
    "random_split",
]
