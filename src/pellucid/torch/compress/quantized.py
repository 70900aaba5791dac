"""Tensors as small integers: x ≈ scale·(q − zero_point), with one scale for the whole, for each channel, or for each group.

Source: Jacob et al. 2018, "Quantization and Training of Neural Networks for Efficient Integer-Arithmetic-Only Inference",
section 2.1.
"""

from __future__ import annotations

# pyright: reportUnknownArgumentType=false, reportUnknownVariableType=false, reportUnknownMemberType=false
import math
from typing import Any

import numpy as np

from pellucid.torch import dtypes
from pellucid.torch.tensor import Tensor, memory, wrap

Array = Any


def limits(bits: int, symmetric: bool) -> tuple[int, int]:
    """The least and the greatest integer; symmetric leaves out −2ᵇ⁻¹, so that −x has the integer −q."""
    if bits not in (4, 8):
        raise ValueError(f"bits must be 8 or 4, not {bits}")
    top = 2 ** (bits - 1) - 1
    return (-top if symmetric else -top - 1), top


def blocks_of(array: Array, axis: int | None, group: int | None) -> Array:
    """The elements that share a scale in rows: (blocks, elements of one)."""
    if group is not None:
        if axis is not None:
            raise ValueError("groups lie along the last dimension: give axis or group, not both")
        if not array.ndim or group < 1 or array.shape[-1] % group:
            raise ValueError(f"the last dimension of {list(array.shape)} is not a multiple of group={group}")
        return array.reshape(-1, group)
    if axis is None:
        return array.reshape(1, -1)
    if not -array.ndim <= axis < array.ndim:
        raise IndexError(f"axis {axis} is out of range for a tensor of {array.ndim} dimensions")
    return np.moveaxis(array, axis, 0).reshape(array.shape[axis], -1)


def from_blocks(blocks: Array, shape: tuple[int, ...], axis: int | None) -> Array:
    """The elements where they were."""
    if axis is None:
        return blocks.reshape(shape)
    moved = (shape[axis], *np.delete(shape, axis))
    return np.moveaxis(blocks.reshape(moved), 0, axis)


def choose_scales(blocks: Array, bits: int, symmetric: bool) -> tuple[Array, Array]:
    """(scale, zero point) of each row, so that its least and greatest element, and 0, can be told.

    symmetric: zero point 0, from the greatest magnitude; otherwise from both ends.
    """
    low, high = limits(bits, symmetric)
    if not np.isfinite(blocks).all():
        raise ValueError("infinite numbers and nan cannot be quantized")
    least = blocks.min(axis=1, initial=0).astype(np.float32)  # (B,)
    greatest = blocks.max(axis=1, initial=0).astype(np.float32)
    span = (
        np.maximum(-least, greatest) / np.float32(high)
        if symmetric
        else (greatest - least) / np.float32(high - low)
    )
    scale = np.where(span > 0, span, np.float32(1)).astype(np.float32)
    zero = np.zeros(len(scale)) if symmetric else np.clip(np.rint(low - least / scale), low, high)
    return scale, zero.astype(np.int32)


def to_integers(blocks: Array, scale: Array, zero: Array, low: int, high: int) -> Array:
    """clamp(round(x/scale + zero point)): floating integers, ties to even, as torch's quantize_per_tensor has them."""
    inverse = np.float32(1) / scale[:, None]
    return np.clip(np.rint(blocks.astype(np.float32) * inverse + zero[:, None].astype(np.float32)), low, high)


def pack4(q: Array) -> Array:
    """Integers from −8 to 7 in rows, two in a byte: the first in the lower half. (B, n) → (B, ⌈n/2⌉) uint8."""
    nibbles = q.astype(np.int8).view(np.uint8) & np.uint8(15)
    if nibbles.shape[1] % 2:
        nibbles = np.concatenate([nibbles, np.zeros_like(nibbles[:, :1])], axis=1)
    return nibbles[:, ::2] | (nibbles[:, 1::2] << np.uint8(4))


def unpack4(packed: Array, count: int) -> Array:
    """The integers that pack4 packed: (B, count) int8."""
    halves = np.stack([packed & np.uint8(15), packed >> np.uint8(4)], axis=2).reshape(len(packed), -1)[
        :, :count
    ]
    return (halves ^ np.uint8(8)).view(np.int8) - np.int8(8)  # the fourth bit is the sign


class Quantized:
    """A tensor as integers. data: int8 (blocks, n), or uint8 with two of 4 bits in each; scale, zero_point: (blocks,)."""

    def __init__(
        self,
        data: Array,
        scale: Array,
        zero_point: Array,
        shape: tuple[int, ...],
        bits: int,
        axis: int | None,
    ) -> None:
        self.data, self.scale, self.zero_point = data, scale, zero_point
        self.shape, self.bits, self.axis = shape, bits, axis

    def integers(self) -> Array:
        """The integers, in rows that share a scale: (blocks, n) int8."""
        count = math.prod(self.shape) // max(len(self.scale), 1)
        return unpack4(self.data, count) if self.bits == 4 else self.data

    def int_repr(self) -> Tensor:
        """The integers in the tensor's shape."""
        return wrap(np.ascontiguousarray(from_blocks(self.integers(), self.shape, self.axis)), dtypes.int8)

    def dequantize(self) -> Tensor:
        """scale·(q − zero point), float32."""
        centred = self.integers().astype(np.float32) - self.zero_point[:, None].astype(np.float32)
        return wrap(
            np.ascontiguousarray(from_blocks(centred * self.scale[:, None], self.shape, self.axis)),
            dtypes.float32,
        )

    @property
    def nbytes(self) -> int:
        """Bytes of integers, scales and, where they are not all 0, zero points (one byte each)."""
        return self.data.nbytes + self.scale.nbytes + (len(self.zero_point) if self.zero_point.any() else 0)

    def __repr__(self) -> str:
        return f"Quantized(shape={list(self.shape)}, bits={self.bits}, scales={len(self.scale)}, nbytes={self.nbytes})"


def quantize(
    x: Tensor, bits: int = 8, *, symmetric: bool = True, axis: int | None = None, group: int | None = None
) -> Quantized:
    """A tensor as integers of 8 or 4 bits.

    axis: a scale for each index of this dimension (each channel); group: one for each `group` neighbours along the last
    dimension; neither: one for all. symmetric: integers −(2ᵇ⁻¹−1) … 2ᵇ⁻¹−1 around 0; otherwise all 2ᵇ of them, with a zero point
    where 0 is. The error of an element is at most half its scale.
    """
    array = memory(x)
    blocks = blocks_of(array, axis, group)
    scale, zero = choose_scales(blocks, bits, symmetric)
    q = to_integers(blocks, scale, zero, *limits(bits, symmetric)).astype(np.int8)
    data = pack4(q) if bits == 4 else np.ascontiguousarray(q)
    return Quantized(data, scale, zero, tuple(array.shape), bits, axis)
