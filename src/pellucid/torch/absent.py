"""What torch has and this library has not: an error that says so and names the nearest thing that exists."""

from __future__ import annotations

import difflib
import opcode
import sys
from collections.abc import Iterable

NEAREST = {  # what to use instead, where the likeness of names does not tell
    # machines and processes
    "mps": "the CPU: leave out device='mps'",
    "xpu": "the CPU: leave out device='xpu'",
    "amp": "float32 throughout, or .to(torch.bfloat16) to see its rounding",
    "autocast": "float32 throughout, or .to(torch.bfloat16) to see its rounding",
    "GradScaler": "float32 throughout, which needs no scaling",
    "distributed": "one process",
    "multiprocessing": "one process",
    "DataParallel": "the module itself: there is one processor",
    "DistributedDataParallel": "the module itself: there is one process",
    "SyncBatchNorm": "torch.nn.BatchNorm1d or 2d: there is one process",
    "share_memory_": "one process",
    "is_shared": "one process",
    "pin_memory": "the tensor itself",
    "Stream": "nothing: the CPU works in order",
    "Event": "time.perf_counter()",
    # layers and optimizers
    "SparseAdam": "torch.optim.Adam: gradients are never sparse tensors here",
    "swa_utils": "torch.optim.ASGD, or a mean of state_dicts",
    "AdaptiveLogSoftmaxWithLoss": "torch.nn.CrossEntropyLoss",
    "LinearCrossEntropyLoss": "torch.nn.Linear, then torch.nn.CrossEntropyLoss",
    "FractionalMaxPool2d": "torch.nn.MaxPool2d",
    "Buffer": "register_buffer(name, tensor)",
    "weight_norm": "torch.nn.functional.normalize of the weight, in forward",
    "spectral_norm": "torch.linalg.matrix_norm(weight, 2), in forward",
    # compilers and formats
    "compile": "the function itself: it runs uncompiled",
    "jit": "the function itself: it runs uncompiled",
    "fx": "the function itself: it runs uncompiled",
    "export": "a state_dict saved by torch.save",
    "onnx": "a state_dict saved by torch.save",
    "add_safe_globals": "a state_dict: torch.load reads tensors and plain data only",
    "safe_globals": "a state_dict: torch.load reads tensors and plain data only",
    "hub": "weights read by torch.load",
    "checkpoint": "the function itself: memory is not saved",
    "profiler": "cProfile",
    "tensorboard": "lists of losses, and a plot",
    "cpp_extension": "torch.autograd.Function",
    # kinds of tensors
    "complex": "a pair of real tensors",
    "complex64": "a pair of float32 tensors",
    "complex128": "a pair of float64 tensors",
    "cfloat": "a pair of float32 tensors",
    "cdouble": "a pair of float64 tensors",
    "polar": "a pair of real tensors: r * torch.cos(angle) and r * torch.sin(angle)",
    "angle": "torch.atan2(imaginary, real)",
    "view_as_complex": "a last dimension of length 2",
    "view_as_real": "a last dimension of length 2",
    "imag": "a pair of real tensors",
    "fft": "numpy.fft, on x.numpy()",
    "stft": "numpy.fft, on x.unfold(…).numpy()",
    "istft": "numpy.fft, on x.unfold(…).numpy()",
    "sparse": "a dense tensor",
    "sparse_coo_tensor": "torch.zeros(size).index_put(indices, values, accumulate=True)",
    "to_sparse": "the dense tensor itself",
    "to_dense": "the tensor itself: all are dense",
    "nested": "torch.nn.utils.rnn.pad_sequence and a mask",
    "quantize_per_tensor": "torch.compress, or torch.round(x / scale).clamp(low, high) * scale",
    "quantize_per_channel": "torch.compress, or torch.round(x / scale).clamp(low, high) * scale",
    "quantization": "torch.compress: int8 and int4, by channel",
    "fake_quantize_per_tensor_affine": "torch.compress.fake_quantize_per_tensor_affine",
    "fake_quantize_per_channel_affine": "torch.compress.fake_quantize_per_channel_affine",
    "ao": "torch.compress: int8 and int4, by channel",
    "qint8": "torch.int8 and a scale",
    "quint8": "torch.uint8, a scale and a zero point",
    # linear algebra
    "eig": "torch.linalg.eigh, for symmetric matrices, or numpy.linalg.eig",
    "eigvals": "torch.linalg.eigvalsh, for symmetric matrices, or numpy.linalg.eigvals",
    "ldl_factor": "torch.linalg.cholesky, or torch.linalg.lu_factor where A is not definite",
    "ldl_factor_ex": "torch.linalg.cholesky_ex, or torch.linalg.lu_factor_ex where A is not definite",
    "ldl_solve": "torch.cholesky_solve, or torch.linalg.lu_solve",
    "geqrf": "torch.linalg.qr",
    "ormqr": "torch.linalg.qr",
    "orgqr": "torch.linalg.householder_product",
    "svd_lowrank": "torch.linalg.svd, and its first columns",
    "pca_lowrank": "torch.linalg.svd of the centred matrix, and its first columns",
    "lobpcg": "torch.linalg.eigh",
    # functions
    "multi_head_attention_forward": "torch.nn.MultiheadAttention, or scaled_dot_product_attention",
    "fractional_max_pool2d": "max_pool2d, or adaptive_max_pool2d",
    "fractional_max_pool3d": "max_pool3d, or adaptive_max_pool3d",
    "upsample": "interpolate",
    "upsample_nearest": "interpolate, with mode='nearest'",
    "upsample_bilinear": "interpolate, with mode='bilinear' and align_corners=True",
    "linear_cross_entropy": "linear, then cross_entropy",
    "native_layer_norm": "torch.nn.functional.layer_norm",
    "native_batch_norm": "torch.nn.functional.batch_norm",
    "native_group_norm": "torch.nn.functional.group_norm",
    "as_strided_scatter": "a clone, and as_strided(…).copy_(src)",
    "nonzero_static": "nonzero, and a slice or a pad",
    "vmap": "a batch dimension and broadcasting",
    "func": "torch.autograd.functional",
    "functional_call": "torch.nn.functional, with the parameters as arguments",
    "resize_": "reshape, or a new tensor",
    "resize_as_": "reshape_as, or a new tensor",
    "set_": "torch.Tensor.copy_, or a new tensor",
    "storage": "torch.Tensor.view, which shares memory",
    "untyped_storage": "torch.Tensor.view, which shares memory",
    "histogramdd": "numpy.histogramdd, on x.numpy()",
    "airy_ai": "scipy.special.airy, on x.numpy()",
}
for kind in (
    "chebyshev_polynomial_t",
    "chebyshev_polynomial_u",
    "legendre_polynomial_p",
    "laguerre_polynomial_l",
):
    NEAREST[kind] = f"scipy.special.eval_{kind.partition('_')[0]}, on x.numpy()"
for kind in ("hermite_polynomial_h", "hermite_polynomial_he"):
    NEAREST[kind] = "scipy.special.eval_hermite or eval_hermitenorm, on x.numpy()"


def nearest(name: str, known: Iterable[str], prefix: str) -> str:
    """A sentence that names the nearest thing."""
    if name in NEAREST:
        return f"; use {NEAREST[name]}"
    names = list(known)
    if name.startswith("Lazy") and name.removeprefix("Lazy") in names:
        return f"; use {prefix}{name.removeprefix('Lazy')}, with all its sizes"
    if name.endswith("_copy"):
        return f"; use {name.removesuffix('_copy')}, and clone()"
    found = difflib.get_close_matches(name, names, 3, 0.6)
    return "; the nearest are " + ", ".join(prefix + f for f in found) if found else ""


def missing_name(module: str, name: str, known: Iterable[str]) -> AttributeError | ImportError:
    """The error for a name that a module has not, to be raised by its __getattr__."""
    public = [k for k in known if not k.startswith("_")]
    text = f"{module}.{name} is absent from pellucid.torch{nearest(name, public, module + '.')}"
    return ImportError(text, name=name) if imported() else AttributeError(text, name=name)


def imported() -> bool:
    """Whether a module's __getattr__, two calls up, was asked by `from module import name`.

    Python would turn its AttributeError into "cannot import name", without the text. Other errors pass, but hasattr must get an
    AttributeError: so the instruction that asks is looked at.
    """
    frame = sys._getframe(3)  # pyright: ignore[reportPrivateUsage]
    return opcode.opname[frame.f_code.co_code[frame.f_lasti]] == "IMPORT_FROM"


def missing_method(kind: type, name: str) -> AttributeError:
    """The error for an attribute that tensors have not. Names with underscores are asked for by Python itself, often."""
    if name.startswith("__"):
        return AttributeError(f"'{kind.__name__}' object has no attribute '{name}'", name=name)
    if name == "cuda":
        return AttributeError(
            "Tensor.cuda is absent from pellucid.torch; use the CPU: leave out .cuda()", name=name
        )
    public = [k for k in dir(kind) if not k.startswith("_")]
    return AttributeError(
        f"'{kind.__name__}' object has no attribute '{name}': it is absent from pellucid.torch{nearest(name, public, 'Tensor.')}",
        name=name,
    )
