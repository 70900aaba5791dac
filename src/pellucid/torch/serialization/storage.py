"""Storages: the pieces of memory that tensors lie in, as they travel to a file and back."""

from __future__ import annotations

# pyright: reportUnknownArgumentType=false, reportUnknownVariableType=false, reportUnknownMemberType=false
import sys
from typing import Any

import numpy as np

from pellucid.torch import dtypes
from pellucid.torch.size import device
from pellucid.torch.tensor import Tensor, memory, wrap

OF_NAME = {f"{d.legacy}Storage": d for d in dtypes.ALL}  # FloatStorage, LongStorage, …


class Storage:
    """A flat array of one type, under a key: what a file holds for one piece of memory."""

    def __init__(self, key: str, dtype: dtypes.dtype, array: Any) -> None:
        self.key, self.dtype, self.array = key, dtype, array
        self.clock = [0]  # the count of writes, which all tensors on it share

    def cpu(self) -> Storage:
        """This storage: it is there already."""
        return self

    def view(self, offset: int, shape: tuple[int, ...], strides: tuple[int, ...]) -> Tensor:
        """The tensor that lies here; ValueError where it would reach beyond."""
        counts = (offset, *shape, *strides)
        if len(shape) != len(strides) or any(type(n) is not int or n < 0 for n in counts):
            raise ValueError(
                f"storage {self.key}: not an offset, a shape and strides: {offset}, {shape}, {strides}"
            )
        last = offset + sum((n - 1) * s for n, s in zip(shape, strides, strict=True))
        if 0 not in shape and last >= self.array.size:
            raise ValueError(
                f"setStorage: sizes {list(shape)}, strides {list(strides)}, storage offset {offset} are out of bounds for "
                f"storage {self.key} of {self.array.size} elements"
            )
        size = self.array.itemsize
        if 0 in shape:
            array: Any = np.zeros(shape, self.array.dtype)
        else:
            steps = [s * size for s in strides]
            array = np.ndarray(shape, self.array.dtype, self.array, offset * size, steps)
            if any(n > 1 and s == 0 for n, s in zip(shape, strides, strict=True)):
                array.flags.writeable = False  # as what expand() gives: elements share a place
        out = wrap(array, self.dtype)
        out.clock = self.clock
        return out


class Placing:
    """What torch.load's map_location asks for. Only the CPU can be the end of it."""

    def __init__(self, asked: Any) -> None:
        self.asked = asked
        if asked is not None and not isinstance(asked, dict) and not callable(asked):
            device(asked)

    def check_cpu(self) -> None:
        """RuntimeError for the forms that say nothing where a file does not tell devices."""
        if isinstance(self.asked, dict) or callable(self.asked):
            kind = "dict" if isinstance(self.asked, dict) else "callable"
            raise RuntimeError(
                f"Loading safetensors file with {kind} map_location is not supported. Use a device string "
                "or torch.device instead."
            )

    def place(self, storage: Storage, tag: str) -> None:
        """RuntimeError unless a storage that was saved from device `tag` may come to the CPU."""
        asked = self.asked
        if callable(asked):
            found = asked(storage, tag)
            if found is storage:
                return
            if found is not None:
                raise TypeError(f"map_location must return the storage or None, not {type(found).__name__}")
        elif isinstance(asked, dict):
            tag = str(asked.get(tag, tag))
        elif asked is not None:
            return
        if tag.partition(":")[0] != "cpu":
            raise RuntimeError(
                f"Attempting to deserialize object on device '{tag}', but pellucid.torch computes on the CPU only. Please use "
                "torch.load with map_location=torch.device('cpu') to map your storages to the CPU."
            )


class Storages:
    """The storages of the tensors that are being saved, numbered in the order in which they come."""

    def __init__(self) -> None:
        self.known: dict[Any, tuple[Any, Storage]] = {}

    def locate(self, t: Tensor) -> tuple[Storage, int, tuple[int, ...]]:
        """(storage, offset, strides) of a tensor, counted in elements."""
        array = memory(t)
        root = root_of(array)
        if not lies_in_order(array, root):
            array = root = np.ascontiguousarray(array).reshape(array.shape)
        address = root.__array_interface__["data"][0]
        name: Any = (address, root.nbytes) if root.nbytes else id(root)
        if name not in self.known:
            flat = root.ravel(order="K").view(t.dtype.numpy)
            self.known[name] = (
                root,
                Storage(str(len(self.known)), t.dtype, flat),
            )  # root: so that no address comes twice
        storage = self.known[name][1]
        if storage.dtype is not t.dtype:
            raise RuntimeError(
                "Cannot save multiple tensors or storages that view the same data as different types"
                f" ({storage.dtype}, {t.dtype}): clone() one of them"
            )
        offset = (array.__array_interface__["data"][0] - address) // array.itemsize if array.size else 0
        return storage, offset, tuple(s // array.itemsize for s in array.strides)

    def all(self) -> list[Storage]:
        """The storages by number."""
        return [storage for _, storage in self.known.values()]


def root_of(array: Any) -> Any:
    """The array that owns the memory of `array`, or the widest that is known."""
    while isinstance(array.base, np.ndarray):
        array = array.base
    return array


def lies_in_order(array: Any, root: Any) -> bool:
    """Whether `array` can be told by an offset and strides of at least 0 in the memory of `root`."""
    flags = root.flags
    return (
        (flags.c_contiguous or flags.f_contiguous)
        and root.nbytes % array.itemsize == 0
        and all(s >= 0 and s % array.itemsize == 0 for s in array.strides)
    )


def to_bytes(array: Any, own: dtypes.dtype) -> bytes:
    """The elements in row order as a file has them; those of bfloat16 are the upper halves of float32."""
    if own.rounds:
        array = (np.ascontiguousarray(array).view(np.uint32) >> 16).astype(np.uint16)
    return array.tobytes()


def from_bytes(data: bytes, own: dtypes.dtype, order: str = sys.byteorder) -> Any:
    """A new flat array of the elements in `data`; ValueError where it does not hold whole elements."""
    sign = "<" if order == "little" else ">"
    if own.rounds:
        halves = np.frombuffer(data, f"{sign}u2")
        return (halves.astype(np.uint32) << np.uint32(16)).view(np.float32)
    if own is dtypes.bool_:
        return np.frombuffer(data, np.uint8) != 0
    stored = np.frombuffer(data, own.numpy.newbyteorder(sign))
    return stored.astype(own.numpy)
