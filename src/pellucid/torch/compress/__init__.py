"""Smaller and faster models: quantization, pruning, distillation, low rank, a KV cache, batching; and what each costs, measured.

PyTorch has these in torch.ao, in packages of their own, or not at all; the names here are this library's but for functions that
torch has too (fake_quantize_per_tensor_affine). What changes a model returns a copy: the one that is given stays as it is.
"""

from __future__ import annotations

from typing import Any

from pellucid.torch.compress.batching import Batch, in_batches, masked_mean, pad_batch, unpad
from pellucid.torch.compress.caching import (
    CausalDecoder,
    KVCache,
    LayerCache,
    cached_attention,
    cached_forward,
    cached_layer,
    new_caches,
)
from pellucid.torch.compress.distillation import distill, distillation_loss
from pellucid.torch.compress.fake import (
    FakeQuantizedLinear,
    fake_quantize_per_channel_affine,
    fake_quantize_per_tensor_affine,
    prepare_qat,
)
from pellucid.torch.compress.integer import QuantizedLinear, quantize_dynamic
from pellucid.torch.compress.low_rank import factorize, low_rank, rank_for
from pellucid.torch.compress.measuring import (
    Measured,
    count_bytes,
    count_parameters,
    measure,
    multiply_adds,
    report,
)
from pellucid.torch.compress.pruning import SparseLinear, shrink, sparsify, without_channels
from pellucid.torch.compress.quantized import Quantized, quantize


def __getattr__(name: str) -> Any:
    from pellucid.torch.absent import missing_name

    raise missing_name("torch.compress", name, globals())


__all__ = [
    "Batch",
    "CausalDecoder",
    "FakeQuantizedLinear",
    "KVCache",
    "LayerCache",
    "Measured",
    "Quantized",
    "QuantizedLinear",
    "SparseLinear",
    "cached_attention",
    "cached_forward",
    "cached_layer",
    "count_bytes",
    "count_parameters",
    "distill",
    "distillation_loss",
    "factorize",
    "fake_quantize_per_channel_affine",
    "fake_quantize_per_tensor_affine",
    "in_batches",
    "low_rank",
    "masked_mean",
    "measure",
    "multiply_adds",
    "new_caches",
    "pad_batch",
    "prepare_qat",
    "quantize",
    "quantize_dynamic",
    "rank_for",
    "report",
    "shrink",
    "sparsify",
    "unpad",
    "without_channels",
]
