"""Convolution: three linear maps, each of which is a gradient of the others.

Convolve: images and kernels give responses. Spread: responses and kernels give images (the transposed convolution).
Correlate: images and responses give kernels.
Shapes: images (n, c, *places), kernels (f, c/groups, *kernel), responses (n, f, *places').
"""

from __future__ import annotations

# Arrays are Any here: formulas are lambdas over arrays and tensors alike.
# pyright: reportUnknownLambdaType=false, reportUnknownArgumentType=false
# pyright: reportUnknownVariableType=false, reportUnknownMemberType=false
import math
from collections.abc import Iterator
from typing import Any, NamedTuple

import numpy as np

from pellucid.torch.nn.functional.padding import pad
from pellucid.torch.ops.apply import Operation, apply, reshape
from pellucid.torch.ops.reduce import total
from pellucid.torch.tensor import Tensor

PATCHES = 1 << 20  # numbers


class How(NamedTuple):
    """How kernels meet images: sizes of the places, strides, widths of the zeros around, distances within the kernel, groups."""

    places: tuple[int, ...]
    kernel: tuple[int, ...]
    stride: tuple[int, ...]
    padding: tuple[int, ...]
    dilation: tuple[int, ...]
    groups: int

    @property
    def out(self) -> tuple[int, ...]:
        """The places of the responses."""
        sizes = zip(self.places, self.kernel, self.stride, self.padding, self.dilation, strict=True)
        return tuple((n + 2 * p - d * (k - 1) - 1) // s + 1 for n, k, s, p, d in sizes)


def padded(x: Any, how: How) -> Any:
    """The images with zeros around."""
    if not any(how.padding):
        return x
    shape = (*x.shape[:2], *[n + 2 * p for n, p in zip(how.places, how.padding, strict=True)])
    out = np.zeros(shape, x.dtype)
    out[inner(how)] = x
    return out


def inner(how: How) -> tuple[Any, ...]:
    """Where the image lies within its padding."""
    return (..., *[slice(p, p + n) for n, p in zip(how.places, how.padding, strict=True)])


def patches(x: Any, how: How) -> Any:
    """What each place of the kernel sees: (n, groups, c/groups·kernel, places')."""
    x = padded(x, how)
    n, c = x.shape[:2]
    steps = x.strides[2:]
    windows = np.lib.stride_tricks.as_strided(
        x,
        (n, c, *how.kernel, *how.out),
        (
            *x.strides[:2],
            *[s * d for s, d in zip(steps, how.dilation, strict=True)],
            *[s * t for s, t in zip(steps, how.stride, strict=True)],
        ),
    )
    return windows.reshape(n, how.groups, c // how.groups * math.prod(how.kernel), math.prod(how.out))


def stretches(n: int, c: int, how: How) -> Iterator[slice]:
    """Parts of a batch of n images, so that the patches of one part are at most PATCHES numbers.

    All patches at once would be as many times larger than the images as the kernel has places.
    """
    each = max(PATCHES // (c * math.prod(how.kernel) * math.prod(how.out)), 1)
    return (slice(k, k + each) for k in range(0, n, each))


def convolve(x: Any, w: Any, how: How) -> Any:
    """Responses of kernels to images."""
    n, c, f, g = *x.shape[:2], w.shape[0], how.groups
    z: Any = np.empty((n, g, f // g, math.prod(how.out)), x.dtype)
    kernels = w.reshape(g, f // g, -1)
    for part in stretches(n, c, how):
        np.matmul(kernels, patches(x[part], how), out=z[part])
    return z.reshape(n, f, *how.out)


def spread(z: Any, w: Any, how: How) -> Any:
    """Images to which each response adds its kernel."""
    n, f, g = z.shape[0], w.shape[0], how.groups
    c = w.shape[1] * g
    kernels, responses = w.reshape(g, f // g, -1).swapaxes(-1, -2), z.reshape(n, g, f // g, -1)
    x: Any = np.empty((n, c, *how.places), z.dtype)
    for part in stretches(n, c, how):
        seen = np.matmul(kernels, responses[part])
        x[part] = add_up(seen.reshape(-1, c, *how.kernel, *how.out), how)
    return x


def add_up(parts: Any, how: How) -> Any:
    """Images to which each window adds what it saw: parts (n, c, *kernel, *out)."""
    n, c = parts.shape[:2]
    whole = np.zeros((n, c, *[m + 2 * p for m, p in zip(how.places, how.padding, strict=True)]), parts.dtype)
    for place in np.ndindex(*how.kernel):
        starts = [k * d for k, d in zip(place, how.dilation, strict=True)]
        key = [slice(a, a + s * (m - 1) + 1, s) for a, s, m in zip(starts, how.stride, how.out, strict=True)]
        whole[(..., *key)] += parts[(slice(None), slice(None), *place)]
    return whole[inner(how)]


def correlate(x: Any, z: Any, how: How) -> Any:
    """Kernels: what images and responses have in common."""
    n, f, g, c = z.shape[0], z.shape[1], how.groups, x.shape[1]
    responses = z.reshape(n, g, f // g, -1)
    both: Any = np.zeros((g, f // g, c // g * math.prod(how.kernel)), x.dtype)
    for part in stretches(n, c, how):
        both += np.matmul(responses[part], patches(x[part], how).swapaxes(-1, -2)).sum(axis=0)
    return both.reshape(f, c // g, *how.kernel)


class ConvolutionBackward0(Operation):
    """Images and kernels give responses."""

    __slots__ = ()

    def forward(self, x: Any, w: Any, b: Any, how: How) -> Any:
        """x (n, c, *places), w (f, c/groups, *kernel), b (f,) or None."""
        self.how = how
        self.save(x, w)
        z = convolve(x, w, how)
        return z if b is None else z + b.reshape(-1, *[1] * len(how.kernel))

    def pull(self, g: Any) -> tuple[Any, Any, Any]:
        """g spread by the kernels; the images correlated with g; Σg."""
        x, w = self.unpack()
        gx, gw = [n is not None for n in self.next[:2]]
        return (
            apply(SpreadBackward0, (g, w), self.how) if gx else None,
            apply(CorrelateBackward0, (x, g), self.how) if gw else None,
            None if self.next[2] is None else over_channels(g),
        )


def over_channels(g: Any) -> Any:
    """The sum over all but dimension 1."""
    return reshape(total(g, (0, *range(2, len(g.shape)))), (g.shape[1],))


class SpreadBackward0(Operation):
    """Responses and kernels give images."""

    __slots__ = ()

    def forward(self, z: Any, w: Any, how: How) -> Any:
        """z (n, f, *places'), w (f, c/groups, *kernel) → (n, c, *places)."""
        self.how = how
        self.save(z, w)
        return spread(z, w, how)

    def pull(self, g: Any) -> tuple[Any, Any]:
        """g convolved with the kernels; g correlated with the responses."""
        z, w = self.unpack()
        gz, gw = [n is not None for n in self.next]
        return (
            apply(ConvolutionBackward0, (g, w, None), self.how) if gz else None,
            apply(CorrelateBackward0, (g, z), self.how) if gw else None,
        )


class CorrelateBackward0(Operation):
    """Images and responses give kernels."""

    __slots__ = ()

    def forward(self, x: Any, z: Any, how: How) -> Any:
        """x (n, c, *places), z (n, f, *places') → (f, c/groups, *kernel)."""
        self.how = how
        self.save(x, z)
        return correlate(x, z, how)

    def pull(self, g: Any) -> tuple[Any, Any]:
        """The responses spread by g; the images convolved with g."""
        x, z = self.unpack()
        gx, gz = [n is not None for n in self.next]
        return (
            apply(SpreadBackward0, (z, g), self.how) if gx else None,
            apply(ConvolutionBackward0, (x, g, None), self.how) if gz else None,
        )


class TransposedBackward0(SpreadBackward0):
    """A transposed convolution, under the name that torch prints."""

    __slots__ = ()


TransposedBackward0.__name__ = "ConvolutionBackward0"


def each(value: Any, dims: int) -> tuple[int, ...]:
    """One number for each dimension."""
    return (value,) * dims if isinstance(value, int) else tuple(value) * (dims if len(value) == 1 else 1)


def with_batch(input: Tensor, dims: int, name: str) -> tuple[Tensor, bool]:
    """The input with a batch dimension, and whether it was added."""
    if input.array.ndim not in (dims + 1, dims + 2):
        raise RuntimeError(
            f"Expected {dims + 1}D (unbatched) or {dims + 2}D (batched) input to {name}, but got input of size: "
            f"{list(input.array.shape)}"
        )
    single = input.array.ndim == dims + 1
    return (input.unsqueeze(0) if single else input), single


CPP_NAMES = {  # of element types in messages of convolutions
    "float64": "double",
    "float32": "float",
    "float16": "c10::Half",
    "bfloat16": "c10::BFloat16",
    "int64": "long int",
    "int32": "int",
    "int16": "short int",
    "int8": "signed char",
    "uint8": "unsigned char",
}


def check_steps(
    stride: tuple[int, ...], padding: tuple[int, ...], dilation: tuple[int, ...], dims: int
) -> None:
    """RuntimeError for steps of the kernel that there cannot be."""
    for name, given in (("stride", stride), ("padding", padding), ("dilation", dilation)):
        if len(given) != dims:
            raise RuntimeError(
                f"expected {name} to be a single integer value or a list of {dims} values to match the convolution "
                f"dimensions, but got {name}={list(given)}"
            )
    if min(padding) < 0:
        raise RuntimeError("negative padding is not supported")
    if min(stride) <= 0:
        raise RuntimeError("non-positive stride is not supported")
    if min(dilation) <= 0:
        raise RuntimeError(f"dilation should be greater than zero, but got {list(dilation)}")


def check_kernels(
    x: Tensor, weight: Tensor, bias: Tensor | None, channels: int, groups: int, transposed: bool
) -> None:
    """RuntimeError where images and kernels do not go together."""
    if x.array.shape[1] != channels:
        raise RuntimeError(
            f"Given {'transposed=1' if transposed else f'groups={groups}'}, weight of size {list(weight.array.shape)}, expected "
            f"input{list(x.array.shape)} to have {channels} channels, but got {x.array.shape[1]} channels instead"
        )
    if x.dtype is not weight.dtype:
        own, other = (CPP_NAMES.get(t.dtype.name, t.dtype.name) for t in (x, weight))
        what = "weight" if bias is None else "bias"
        raise RuntimeError(f"Input type ({own}) and {what} type ({other}) should be the same")
    f = weight.array.shape[1] * groups if transposed else weight.array.shape[0]
    if weight.array.shape[0] % groups:
        raise RuntimeError(
            f"Given groups={groups}, expected weight to be divisible by {groups} at dimension 0, but got weight of size "
            f"[{list(weight.array.shape)}] instead"
        )
    if bias is not None and bias.array.shape != (f,):
        raise RuntimeError(
            f"Given {'transposed=1, ' if transposed else ''}weight of size {list(weight.array.shape)}, expected bias to be "
            f"1-dimensional with {f} elements, but got bias of size {list(bias.array.shape)} instead"
        )


def conv_of(dims: int) -> Any:
    """The convolution of `dims` dimensions."""

    def conv(
        input: Tensor,
        weight: Tensor,
        bias: Tensor | None = None,
        stride: Any = 1,
        padding: Any = 0,
        dilation: Any = 1,
        groups: int = 1,
    ) -> Tensor:
        """input (n, c, *places), weight (f, c/groups, *kernel) → (n, f, *places').

        padding: a number, one for each dimension, 'valid' (none) or 'same' (as many places as before).
        """
        x, single = with_batch(input, dims, name)
        check_kernels(x, weight, bias, weight.array.shape[1] * groups, groups, False)
        kernel, steps, reach = weight.array.shape[2:], each(stride, dims), each(dilation, dims)
        if padding == "same":
            x = pad_to_same(x, kernel, steps, reach)
        elif isinstance(padding, str) and padding != "valid":
            raise RuntimeError(f"Invalid padding string: '{padding}'")
        zeros = (0,) * dims if isinstance(padding, str) else each(padding, dims)
        check_steps(steps, zeros, reach, dims)
        how = How(x.array.shape[2:], kernel, steps, zeros, reach, groups)
        check_room(how)
        out = apply(ConvolutionBackward0, (x, weight, bias), how)
        return out.squeeze(0) if single else out

    name = conv.__name__ = conv.__qualname__ = f"conv{dims}d"
    return conv


def pad_to_same(
    x: Tensor, kernel: tuple[int, ...], stride: tuple[int, ...], dilation: tuple[int, ...]
) -> Tensor:
    """The images with as many zeros around as the kernel takes away."""
    if any(s != 1 for s in stride):
        raise RuntimeError("padding='same' is not supported for strided convolutions")
    around = [d * (k - 1) for d, k in zip(dilation, kernel, strict=True)]
    return pad(x, [v for a in reversed(around) for v in (a // 2, a - a // 2)])


def check_room(how: How) -> None:
    """RuntimeError where the kernel is larger than the padded images."""
    if min(how.out) <= 0:
        size = " x ".join(str(n + 2 * p) for n, p in zip(how.places, how.padding, strict=True))
        wide = " x ".join(str(d * (k - 1) + 1) for d, k in zip(how.dilation, how.kernel, strict=True))
        raise RuntimeError(
            f"Calculated padded input size per channel: ({size}). Kernel size: ({wide}). Kernel size can't be greater than "
            "actual input size"
        )


def conv_transpose_of(dims: int) -> Any:
    """The transposed convolution of `dims` dimensions: the input is taken for responses."""

    def conv_transpose(
        input: Tensor,
        weight: Tensor,
        bias: Tensor | None = None,
        stride: Any = 1,
        padding: Any = 0,
        output_padding: Any = 0,
        groups: int = 1,
        dilation: Any = 1,
    ) -> Tensor:
        """input (n, f, *places), weight (f, c/groups, *kernel) → (n, c, *places')."""
        z, single = with_batch(input, dims, name)
        check_kernels(z, weight, bias, weight.array.shape[0], groups, True)
        kernel, steps, reach = weight.array.shape[2:], each(stride, dims), each(dilation, dims)
        zeros, more = each(padding, dims), each(output_padding, dims)
        check_steps(steps, zeros, reach, dims)
        if any(m >= max(s, d) for m, s, d in zip(more, steps, reach, strict=True)):
            kinds = (("output_padding", more), ("stride", steps), ("dilation", reach))
            named = zip(("depth", "height", "width")[-dims:], range(dims), strict=True)
            places = list(named)
            said = " ".join(f"{kind}_{place}: {given[k]}" for kind, given in kinds for place, k in places)
            raise RuntimeError(
                f"output padding must be smaller than either stride or dilation, but got {said}"
            )
        sizes = zip(z.array.shape[2:], kernel, steps, zeros, reach, more, strict=True)
        places = tuple((n - 1) * s - 2 * p + d * (k - 1) + m + 1 for n, k, s, p, d, m in sizes)
        out = apply(TransposedBackward0, (z, weight), How(places, kernel, steps, zeros, reach, groups))
        if bias is not None:
            out = out + bias.reshape(-1, *[1] * dims)
        return out.squeeze(0) if single else out

    name = conv_transpose.__name__ = conv_transpose.__qualname__ = f"conv_transpose{dims}d"
    return conv_transpose


conv1d, conv2d, conv3d = (conv_of(dims) for dims in (1, 2, 3))
conv_transpose1d, conv_transpose2d, conv_transpose3d = (conv_transpose_of(dims) for dims in (1, 2, 3))
