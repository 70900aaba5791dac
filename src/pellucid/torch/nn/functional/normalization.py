"""Normalisation: by the statistics of the batch, of the layer, of groups of channels."""

from __future__ import annotations

# Arrays are Any here: formulas are lambdas over arrays and tensors alike.
# pyright: reportUnknownLambdaType=false, reportUnknownArgumentType=false
# pyright: reportUnknownVariableType=false, reportUnknownMemberType=false
import math
from collections.abc import Sequence
from typing import Any

import numpy as np

from pellucid.torch.dtypes import bfloat16, float16, float32
from pellucid.torch.nn.functional.kinds import check_floating
from pellucid.torch.ops import elementwise, reduce
from pellucid.torch.ops.apply import Operation, apply, sum_to
from pellucid.torch.ops.elementwise import rsqrt
from pellucid.torch.ops.reduce import total
from pellucid.torch.tensor import Tensor, memory


def check_alike(input: Tensor, *others: Tensor | None) -> None:
    """RuntimeError where weights are of another type; float32 may go with the short types."""
    for t in others:
        if t is not None and t.dtype is not input.dtype:
            if t.dtype is float32 and input.dtype in (float16, bfloat16):
                continue
            raise RuntimeError("mixed dtype (CPU): all inputs must share same datatype.")


class Standardize(Operation):
    """(x − mean)/√(var + eps)·weight + bias, mean and variance over some dimensions."""

    __slots__ = ()

    def forward(self, x: Any, weight: Any, bias: Any, axes: tuple[int, ...], eps: float) -> Any:
        """weight and bias are broadcast to x."""
        count = math.prod(x.shape[k] for k in axes)
        deviation = x - x.sum(axis=axes, keepdims=True) / count
        scale = 1 / np.sqrt(np.square(deviation).sum(axis=axes, keepdims=True) / count + eps)
        deviation *= scale
        self.how = axes, eps, count, scale.astype(x.dtype, copy=False)
        self.save(x, weight)
        self.shapes: Any = tuple(None if t is None else t.shape for t in (weight, bias))
        z = deviation if weight is None else deviation * weight
        return z if bias is None else z + bias

    def pull(self, g: Any) -> tuple[Any, Any, Any]:
        """The part of g that neither shifts nor scales x, divided by the deviation."""
        x, weight = self.unpack()
        axes, eps, count, scale = self.how
        deviation = x - total(x, axes) / count
        if isinstance(g, Tensor):  # to be differentiated once more: the scale too is a function of x
            scale = rsqrt(total(deviation * deviation, axes) / count + eps)
        z = deviation * scale
        gx = gw = gb = None
        if self.next[0] is not None:
            gz = g if weight is None else g * weight
            gx = (gz - total(gz, axes) / count - z * (total(gz * z, axes) / count)) * scale
        if self.next[1] is not None:
            gw = sum_to(g * z, self.shapes[0])
        if self.next[2] is not None:
            gb = sum_to(g, self.shapes[1])
        return gx, gw, gb


class NativeLayerNormBackward0(Standardize):
    """Over the last dimensions."""

    __slots__ = ()


class NativeBatchNormBackward0(Standardize):
    """Over the batch and the places."""

    __slots__ = ()


class StandardizeBy(Operation):
    """The same with a given mean and scale."""

    __slots__ = ()

    def forward(self, x: Any, weight: Any, bias: Any, mean: Any, scale: Any) -> Any:
        """(x − mean)·scale·weight + bias."""
        self.how = mean, scale, None if bias is None else bias.shape
        self.save(x, weight)
        z = (x - mean) * scale
        z = z if weight is None else z * weight
        return z if bias is None else z + bias

    def pull(self, g: Any) -> tuple[Any, Any, Any]:
        """g scaled; what each weight met; Σg."""
        x, weight = self.unpack()
        mean, scale, shape = self.how
        nx, nw, nb = self.next
        return (
            None if nx is None else g * scale if weight is None else g * weight * scale,
            None if nw is None or weight is None else sum_to(g * ((x - mean) * scale), weight.shape),
            None if nb is None or shape is None else sum_to(g, shape),
        )


StandardizeBy.__name__ = "NativeBatchNormBackward0"


class NativeGroupNormBackward0(Standardize):
    """Over groups of channels."""

    __slots__ = ()


def layer_norm(
    input: Tensor,
    normalized_shape: Sequence[int],
    weight: Tensor | None = None,
    bias: Tensor | None = None,
    eps: float = 1e-5,
) -> Tensor:
    """Mean 0 and variance 1 over the last dimensions, then weight and bias (Ba et al. 2016)."""
    shape = tuple(normalized_shape)
    ndim = input.array.ndim
    if input.array.shape[ndim - len(shape) :] != shape or not shape:
        wanted = "".join(f", {n}" for n in shape)
        raise RuntimeError(
            f"Given normalized_shape={list(shape)}, expected input with shape [*{wanted}], but got input of size"
            f"{list(input.array.shape)}"
        )
    check_alike(input, weight, bias)
    check_floating(input, "LayerNormKernelImpl")
    return apply(NativeLayerNormBackward0, (input, weight, bias), tuple(range(ndim - len(shape), ndim)), eps)


def rms_norm(
    input: Tensor, normalized_shape: Sequence[int], weight: Tensor | None = None, eps: float | None = None
) -> Tensor:
    """x/√(mean of x² + eps) over the last dimensions, then weight (Zhang and Sennrich 2019)."""
    check_floating(input, "rms_norm")
    if eps is None:
        eps = float(np.finfo(input.array.dtype).eps)
    dims = tuple(range(-len(tuple(normalized_shape)), 0))
    x = input.to(float32) if input.dtype.itemsize < 4 else input  # squares of half precision overflow
    out = x * rsqrt(reduce.mean(x * x, dims, True) + eps)
    return (out if weight is None else out * weight).to(input.dtype)


def along_channels(t: Tensor | None, ndim: int) -> Any:
    """A vector with one number a channel, to be broadcast along dimension 1."""
    return None if t is None else t.reshape(1, -1, *[1] * (ndim - 2))


def batch_norm(
    input: Tensor,
    running_mean: Tensor | None,
    running_var: Tensor | None,
    weight: Tensor | None = None,
    bias: Tensor | None = None,
    training: bool = False,
    momentum: float = 0.1,
    eps: float = 1e-5,
) -> Tensor:
    """Mean 0 and variance 1 of each channel (dimension 1) over the batch; not in training by the running statistics.

    Ioffe and Szegedy 2015.
    """
    x = input.array
    check_floating(input, "batch_norm")
    if not x.size:
        return input.clone()
    if training and x.size == x.shape[1]:
        raise ValueError(
            f"Expected more than 1 value per channel when training, got input size {input.shape}"
        )
    for name, t in (("running_mean", running_mean), ("running_var", running_var), ("weight", weight)):
        if t is not None and t.array.size != x.shape[1]:
            raise RuntimeError(f"{name} should contain {x.shape[1]} elements not {t.array.size}")
    check_alike(input, weight, bias)
    w, b = along_channels(weight, x.ndim), along_channels(bias, x.ndim)
    axes = (0, *range(2, x.ndim))
    if not training:
        if running_mean is None or running_var is None:
            raise RuntimeError("Expected running_mean and running_var to be defined when training=False")
        mean, var = (memory(t).reshape(-1, *[1] * (x.ndim - 2)) for t in (running_mean, running_var))
        scale: Any = 1 / np.sqrt(var + eps)
        return apply(StandardizeBy, (input, w, b), mean, scale.astype(x.dtype))
    if running_mean is not None:
        follow(running_mean, x.mean(axis=axes), momentum)
    if running_var is not None:
        follow(running_var, x.var(axis=axes, ddof=1), momentum)
    return apply(NativeBatchNormBackward0, (input, w, b), axes, eps)


def follow(running: Tensor, value: Any, momentum: float) -> None:
    """Move a running statistic towards a batch's, in place."""
    array = memory(running)
    array *= 1 - momentum
    array += momentum * value.astype(array.dtype)
    running.clock[0] += 1


def group_norm(
    input: Tensor,
    num_groups: int,
    weight: Tensor | None = None,
    bias: Tensor | None = None,
    eps: float = 1e-5,
) -> Tensor:
    """Mean 0 and variance 1 over each example's groups of channels, then weight and bias (Wu and He 2018)."""
    shape = input.array.shape
    if shape[1] % num_groups:
        raise RuntimeError(
            "Expected number of channels in input to be divisible by num_groups, but got input of shape "
            f"{list(shape)} and num_groups={num_groups}"
        )
    for name, t in (("weight", weight), ("bias", bias)):
        if t is not None and t.array.shape != (shape[1],):
            raise RuntimeError(
                f"Expected {name} to be a vector of size equal to the number of channels in input, but got {name} of shape "
                f"{list(t.array.shape)} and input of shape {list(shape)}"
            )
    check_floating(input, "GroupNormKernelImpl")
    check_alike(input, weight, bias)
    grouped = (shape[0], num_groups, shape[1] // num_groups, *shape[2:])
    per_channel = (1, num_groups, shape[1] // num_groups, *[1] * (len(shape) - 2))
    w, b = (None if t is None else t.reshape(*per_channel) for t in (weight, bias))
    out = apply(NativeGroupNormBackward0, (input.reshape(*grouped), w, b), tuple(range(2, len(grouped))), eps)
    return out.reshape(*shape)


def instance_norm(
    input: Tensor,
    running_mean: Tensor | None = None,
    running_var: Tensor | None = None,
    weight: Tensor | None = None,
    bias: Tensor | None = None,
    use_input_stats: bool = True,
    momentum: float = 0.1,
    eps: float = 1e-5,
) -> Tensor:
    """Mean 0 and variance 1 over each example's channels, each by itself (Ulyanov et al. 2016)."""
    x = input.array
    check_floating(input, "batch_norm")
    if not use_input_stats:
        return batch_norm(input, running_mean, running_var, weight, bias, False, momentum, eps)
    axes = tuple(range(2, x.ndim))
    if math.prod(x.shape[2:]) == 1:
        raise ValueError(f"Expected more than 1 spatial element when training, got input size {input.shape}")
    if running_mean is not None:
        follow(running_mean, x.mean(axis=axes).mean(axis=0), momentum)
    if running_var is not None:
        follow(running_var, x.var(axis=axes, ddof=1).mean(axis=0), momentum)
    w, b = along_channels(weight, x.ndim), along_channels(bias, x.ndim)
    return apply(NativeBatchNormBackward0, (input, w, b), axes, eps)


def local_response_norm(
    input: Tensor, size: int, alpha: float = 1e-4, beta: float = 0.75, k: float = 1.0
) -> Tensor:
    """x/(k + alpha·(mean of the squares of `size` neighbouring channels))^beta (Krizhevsky et al. 2012)."""
    from pellucid.torch.ops.shape import constant_pad_nd

    if input.array.ndim < 3:
        raise ValueError(
            f"Expected 3D or higher dimensionality                          input (got {input.array.ndim} dimensions)"
        )
    squares = (input * input).movedim(1, -1)
    padded = constant_pad_nd(squares, (size // 2, (size - 1) // 2))
    means = padded.unfold(-1, size, 1).mean(-1).movedim(-1, 1)
    return input / elementwise.pow(means * alpha + k, beta)
