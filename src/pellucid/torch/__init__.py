"""torch in NumPy: tensors, autograd and random numbers with PyTorch's names, signatures, defaults, messages and printing.

`import pellucid.torch as torch`; after `pellucid.torch.install()`, `import torch` finds it too.
"""

from __future__ import annotations

import importlib
import importlib.util
from typing import Any

from pellucid.alias import install
from pellucid.torch import autograd, linalg, methods, random, special, testing
from pellucid.torch.autograd.mode import (
    enable_grad,
    inference_mode,
    is_inference_mode_enabled,
    no_grad,
    set_grad_enabled,
)
from pellucid.torch.autograd.mode import (
    is_grad_enabled as is_grad_enabled,
)
from pellucid.torch.creation import legacy_class
from pellucid.torch.dtypes import (
    ALL,
    bfloat16,
    bool_,
    dtype,
    finfo,
    float16,
    float32,
    float64,
    get_default_dtype,
    iinfo,
    int8,
    int16,
    int32,
    int64,
    promote_types,
    set_default_dtype,
    uint8,
)
from pellucid.torch.dtypes import can_cast as can_cast
from pellucid.torch.dtypes import result_type as result_type
from pellucid.torch.printing import set_printoptions
from pellucid.torch.random import (
    Generator,
    default_generator,
    get_rng_state,
    initial_seed,
    manual_seed,
    seed,
    set_rng_state,
)
from pellucid.torch.size import Size, check_device, contiguous_format, device, preserve_format, strided
from pellucid.torch.tensor import Tensor

__version__ = "2.13.0+pellucid"

float = float32
double = float64
half = float16
long = int64
int = int32
short = int16
bool = bool_
inf, nan, pi, e = 1e999, 1e999 - 1e999, 3.141592653589793, 2.718281828459045
newaxis = None
FloatTensor, DoubleTensor, LongTensor, IntTensor, ByteTensor, BoolTensor = map(
    legacy_class, (float32, float64, int64, int32, uint8, bool_)
)

globals().update(methods.functions())

SUBPACKAGES = (
    "backends",
    "compress",
    "cuda",
    "nn",
    "optim",
    "safetensors",
    "serialization",
    "text",
    "utils",
)  # imported when asked for


FUNCTIONAL = """
    adaptive_avg_pool1d adaptive_max_pool1d avg_pool1d bilinear celu channel_shuffle conv1d conv2d conv3d conv_transpose1d
    conv_transpose2d conv_transpose3d cosine_similarity group_norm hardshrink layer_norm max_pool1d max_pool2d max_pool3d
    pairwise_distance pixel_shuffle pixel_unshuffle prelu rms_norm selu threshold
"""  # functions of torch too, with the arguments that they have in torch.nn.functional


def set_num_threads(number: Any) -> None:
    """Changes nothing but speed in torch, and nothing here, where NumPy decides (OMP_NUM_THREADS, before it is imported)."""


def set_default_device(where: Any) -> None:
    """The CPU is the device; any other is refused."""
    check_device(where)


def get_default_device() -> Any:
    """The CPU."""
    return device("cpu")


def set_float32_matmul_precision(precision: Any) -> None:
    """Products of float32 are computed in float32, which every setting allows."""
    if precision not in ("highest", "high", "medium"):
        raise RuntimeError(
            "float32 matmul precision must be one of 'highest', 'high' or 'medium', but got " + str(precision)
        )


def get_num_threads() -> Any:
    """How many threads torch would use; here NumPy decides."""
    return 1


def use_deterministic_algorithms(mode: Any, *, warn_only: Any = False) -> None:
    """Everything here is deterministic."""


def __getattr__(name: str) -> Any:
    if name in SUBPACKAGES and importlib.util.find_spec(f"{__name__}.{name}") is not None:
        return importlib.import_module(f"{__name__}.{name}")
    if name in ("save", "load") and importlib.util.find_spec(f"{__name__}.serialization") is not None:
        return getattr(importlib.import_module(f"{__name__}.serialization"), name)
    if name in FUNCTIONAL.split():
        return getattr(importlib.import_module(f"{__name__}.nn.functional"), name)
    if name.startswith("__"):
        raise AttributeError(f"module 'torch' has no attribute '{name}'", name=name)
    from pellucid.torch.absent import missing_name

    raise missing_name("torch", name, globals())


__all__ = [
    "ALL",
    "Generator",
    "Size",
    "Tensor",
    "autograd",
    "bfloat16",
    "contiguous_format",
    "default_generator",
    "device",
    "dtype",
    "enable_grad",
    "finfo",
    "get_default_dtype",
    "get_rng_state",
    "iinfo",
    "inference_mode",
    "initial_seed",
    "install",
    "int8",
    "int16",
    "is_inference_mode_enabled",
    "linalg",
    "manual_seed",
    "no_grad",
    "preserve_format",
    "promote_types",
    "random",
    "seed",
    "set_default_dtype",
    "set_grad_enabled",
    "set_printoptions",
    "set_rng_state",
    "special",
    "strided",
    "testing",
]
