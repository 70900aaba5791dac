"""Initial values. Each draws from the generator exactly as torch does, so that seeds give torch's weights."""

from __future__ import annotations

# Arrays are Any here: formulas are lambdas over arrays and tensors alike.
# pyright: reportUnknownLambdaType=false, reportUnknownArgumentType=false
# pyright: reportUnknownVariableType=false, reportUnknownMemberType=false
import math
from typing import Any

import numpy as np

from pellucid.torch.autograd.mode import no_grad
from pellucid.torch.tensor import Tensor, wrap


def __getattr__(name: str) -> Any:
    from pellucid.torch.absent import missing_name

    raise missing_name("torch.nn.init", name, globals())


def calculate_gain(nonlinearity: str, param: float | None = None) -> float:
    """By what an activation shrinks the deviation, so that initial weights can make up for it."""
    if nonlinearity in ("linear", "conv1d", "conv2d", "conv3d", "sigmoid"):
        return 1.0
    if nonlinearity == "tanh":
        return 5.0 / 3
    if nonlinearity == "relu":
        return math.sqrt(2.0)
    if nonlinearity == "leaky_relu":
        slope = 0.01 if param is None else param
        return math.sqrt(2.0 / (1 + slope**2))
    if nonlinearity == "selu":
        return 3.0 / 4
    raise ValueError(f"Unsupported nonlinearity {nonlinearity}")


def fans(tensor: Tensor) -> tuple[int, int]:
    """How many numbers each output depends on, and each input influences."""
    shape = tensor.array.shape
    if len(shape) < 2:
        raise ValueError("Fan in and fan out can not be computed for tensor with fewer than 2 dimensions")
    field = math.prod(shape[2:])
    return shape[1] * field, shape[0] * field


def uniform_(tensor: Tensor, a: float = 0.0, b: float = 1.0, generator: Any = None) -> Tensor:
    """U(a, b)."""
    with no_grad():
        return tensor.uniform_(a, b, generator=generator)


def normal_(tensor: Tensor, mean: float = 0.0, std: float = 1.0, generator: Any = None) -> Tensor:
    """N(mean, std²)."""
    with no_grad():
        return tensor.normal_(mean, std, generator=generator)


def constant_(tensor: Tensor, val: float) -> Tensor:
    """One value everywhere."""
    with no_grad():
        return tensor.fill_(val)


def ones_(tensor: Tensor) -> Tensor:
    """1 everywhere."""
    return constant_(tensor, 1.0)


def zeros_(tensor: Tensor) -> Tensor:
    """0 everywhere."""
    with no_grad():
        return tensor.zero_()


def eye_(tensor: Tensor) -> Tensor:
    """The identity matrix."""
    if tensor.array.ndim != 2:
        raise ValueError("Only tensors with 2 dimensions are supported")
    with no_grad():
        return tensor.copy_(wrap(np.eye(*tensor.array.shape, dtype=tensor.array.dtype), tensor.dtype))


def trunc_normal_(
    tensor: Tensor,
    mean: float = 0.0,
    std: float = 1.0,
    a: float = -2.0,
    b: float = 2.0,
    generator: Any = None,
) -> Tensor:
    """N(mean, std²) cut off outside [a, b]: by rejecting normal numbers, or uniform ones where few normal ones would stay."""
    low, high = ((1.0 + math.erf((v - mean) / std / math.sqrt(2.0))) / 2.0 for v in (a, b))
    with no_grad():
        if high - low > 0.3:
            return fill_from_normal(tensor, mean, std, a, b, generator)
        return fill_from_uniform(tensor, mean, std, a, b, generator)


def fill_from_normal(tensor: Tensor, mean: float, std: float, a: float, b: float, generator: Any) -> Tensor:
    """Normal numbers, drawn anew, all of them, until each was once within [a, b]."""
    kind = tensor.array.dtype.type
    kept = tensor.normal_(mean, std, generator=generator).array.copy()
    while (outside := (kept < kind(a)) | (kept > kind(b))).any():
        kept = np.where(outside, tensor.normal_(mean, std, generator=generator).array, kept)
    return tensor.copy_(wrap(kept, tensor.dtype))


def fill_from_uniform(tensor: Tensor, mean: float, std: float, a: float, b: float, generator: Any) -> Tensor:
    """Uniform numbers in [a, b], each kept with a probability in proportion to the normal density there."""
    peak = -0.5 * ((max(a, min(mean, b)) - mean) / std) ** 2
    pending: Any = np.ones(tensor.array.shape, np.bool_)
    kept = tensor.array.copy()
    while pending.any():
        drawn = tensor.uniform_(a, b, generator=generator).array.copy()
        density = np.square((drawn - mean) / std) * -0.5 - peak
        kept = np.where(pending, drawn, kept)
        with np.errstate(divide="ignore"):
            pending &= np.log(tensor.uniform_(generator=generator).array) > density
    return tensor.copy_(wrap(kept, tensor.dtype))


def xavier_uniform_(tensor: Tensor, gain: float = 1.0, generator: Any = None) -> Tensor:
    """U(−a, a), a = gain·√(6/(fan_in + fan_out)) (Glorot and Bengio 2010)."""
    std = gain * math.sqrt(2.0 / float(sum(fans(tensor))))
    a = math.sqrt(3.0) * std
    return uniform_(tensor, -a, a, generator)


def xavier_normal_(tensor: Tensor, gain: float = 1.0, generator: Any = None) -> Tensor:
    """N(0, gain²·2/(fan_in + fan_out)) (Glorot and Bengio 2010)."""
    return normal_(tensor, 0.0, gain * math.sqrt(2.0 / float(sum(fans(tensor)))), generator)


def kaiming_std(tensor: Tensor, a: float, mode: str, nonlinearity: str) -> float:
    """gain/√fan."""
    if mode not in ("fan_in", "fan_out"):
        raise ValueError(f"Mode {mode} not supported, please use one of ['fan_in', 'fan_out']")
    fan = fans(tensor)[mode == "fan_out"]
    return calculate_gain(nonlinearity, a) / math.sqrt(fan)


def kaiming_uniform_(
    tensor: Tensor,
    a: float = 0,
    mode: str = "fan_in",
    nonlinearity: str = "leaky_relu",
    generator: Any = None,
) -> Tensor:
    """U(−b, b), b = gain·√(3/fan) (He et al. 2015)."""
    if 0 in tensor.array.shape:
        return tensor
    bound = math.sqrt(3.0) * kaiming_std(tensor, a, mode, nonlinearity)
    return uniform_(tensor, -bound, bound, generator)


def kaiming_normal_(
    tensor: Tensor,
    a: float = 0,
    mode: str = "fan_in",
    nonlinearity: str = "leaky_relu",
    generator: Any = None,
) -> Tensor:
    """N(0, gain²/fan) (He et al. 2015)."""
    if 0 in tensor.array.shape:
        return tensor
    return normal_(tensor, 0.0, kaiming_std(tensor, a, mode, nonlinearity), generator)


def orthogonal_(tensor: Tensor, gain: float = 1, generator: Any = None) -> Tensor:
    """Orthonormal rows or columns (Saxe et al. 2014), from the QR factors of normal numbers."""
    if tensor.array.ndim < 2:
        raise ValueError("Only tensors with 2 or more dimensions are supported")
    if not tensor.array.size:
        return tensor
    rows = tensor.array.shape[0]
    flat = tensor.new_empty(rows, tensor.array.size // rows).normal_(0, 1, generator=generator).array
    q, r = np.linalg.qr(flat.T if rows < flat.shape[1] else flat)
    q = q * np.sign(np.diag(r))
    q = (q.T if rows < flat.shape[1] else q).reshape(tensor.array.shape) * gain
    with no_grad():
        return tensor.copy_(wrap(np.ascontiguousarray(q, tensor.array.dtype), tensor.dtype))


def dirac_(tensor: Tensor, groups: int = 1) -> Tensor:
    """Convolutions that hand their input on."""
    shape = tensor.array.shape
    if len(shape) not in (3, 4, 5):
        raise ValueError("Only tensors with 3, 4, or 5 dimensions are supported")
    if shape[0] % groups:
        raise ValueError("dim 0 must be divisible by groups")
    zeros_(tensor)
    each = shape[0] // groups
    for group in range(groups):
        for k in range(min(each, shape[1])):
            tensor.array[(group * each + k, k, *[n // 2 for n in shape[2:]])] = 1
    tensor.clock[0] += 1
    return tensor


def sparse_(tensor: Tensor, sparsity: float, std: float = 0.01, generator: Any = None) -> Tensor:
    """Normal numbers, of which a share in each column is zero (Martens 2010)."""
    from pellucid.torch.random.sampling import randperm

    if tensor.array.ndim != 2:
        raise ValueError("Only tensors with 2 dimensions are supported")
    rows, columns = tensor.array.shape
    normal_(tensor, 0, std, generator)
    for column in range(columns):
        tensor.array[randperm(rows).array[: math.ceil(sparsity * rows)], column] = 0
    tensor.clock[0] += 1
    return tensor
