"""What torch has and this library has not: an error that says so and names the nearest thing that exists."""

from __future__ import annotations

import difflib
from collections.abc import Iterable

NEAREST = {  # what to use instead, where the likeness of names does not tell
    "cuda": "the CPU: leave out .cuda() and device='cuda'",
    "mps": "the CPU: leave out device='mps'",
    "compile": "the function itself: it runs uncompiled",
    "jit": "the function itself: it runs uncompiled",
    "complex": "a pair of real tensors",
    "complex64": "a pair of float32 tensors",
    "complex128": "a pair of float64 tensors",
    "sparse": "a dense tensor",
    "sparse_coo_tensor": "torch.zeros(size).index_put(indices, values, accumulate=True)",
    "to_sparse": "the dense tensor itself",
    "fft": "numpy.fft, on x.numpy()",
    "stft": "numpy.fft, on x.unfold(…).numpy()",
    "vmap": "a batch dimension and broadcasting",
    "func": "torch.autograd.functional",
    "eig": "torch.linalg.eigh, for symmetric matrices",
    "eigvals": "torch.linalg.eigvalsh, for symmetric matrices",
    "distributed": "one process",
    "multiprocessing": "one process",
    "hub": "weights read by torch.load",
    "onnx": "a state_dict saved by torch.save",
    "quantize_per_tensor": "torch.round(x / scale).clamp(low, high) * scale",
    "set_num_threads": "OMP_NUM_THREADS in the environment, before NumPy is imported",
    "share_memory_": "one process",
    "SparseAdam": "torch.optim.Adam: gradients are never sparse tensors here",
    "swa_utils": "a mean of state_dicts, or torch.optim.ASGD",
    "LazyLinear": "torch.nn.Linear, with its number of inputs",
    "LazyConv2d": "torch.nn.Conv2d, with its number of channels",
    "SyncBatchNorm": "torch.nn.BatchNorm2d: there is one process",
    "DataParallel": "the module itself: there is one device",
    "EmbeddingBag": "torch.nn.Embedding, then sum, mean or max over a dimension",
    "Buffer": "register_buffer(name, tensor)",
    "pin_memory": "the tensor itself",
    "is_shared": "one process",
}


def nearest(name: str, known: Iterable[str], prefix: str) -> str:
    """A sentence that names the nearest thing."""
    if name in NEAREST:
        return f"; use {NEAREST[name]}"
    found = difflib.get_close_matches(name, list(known), 3, 0.6)
    return "; the nearest are " + ", ".join(prefix + f for f in found) if found else ""


def missing_name(module: str, name: str, known: Iterable[str]) -> AttributeError:
    """The error for a name that a module has not."""
    public = [k for k in known if not k.startswith("_")]
    return AttributeError(
        f"{module}.{name} is absent from pellucid.torch{nearest(name, public, module + '.')}", name=name
    )


def missing_method(kind: type, name: str) -> AttributeError:
    """The error for an attribute that tensors have not. Names with underscores are asked for by Python itself, often."""
    if name.startswith("__"):
        return AttributeError(f"'{kind.__name__}' object has no attribute '{name}'", name=name)
    public = [k for k in dir(kind) if not k.startswith("_")]
    return AttributeError(
        f"'{kind.__name__}' object has no attribute '{name}': it is absent from pellucid.torch{nearest(name, public, 'Tensor.')}",
        name=name,
    )
