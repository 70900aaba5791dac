"""The element types, and torch's rules of which one comes out when two meet.

float16 is NumPy's own. bfloat16 has no NumPy type: its values live in float32 arrays that are rounded to 8 bits of mantissa
after every operation, so that its precision can be studied; only its memory is not smaller.
"""

from __future__ import annotations

# Arrays are Any here: formulas are lambdas over arrays and tensors alike.
# pyright: reportUnknownLambdaType=false, reportUnknownArgumentType=false
# pyright: reportUnknownVariableType=false, reportUnknownMemberType=false
from typing import Any

import numpy as np

Array = Any  # an ndarray, or a NumPy scalar where the tensor has no dimension


class dtype:  # noqa: N801 - torch's name
    """An element type: its name, the NumPy type that stores it, its category (0 bool, 1 integer, 2 floating)."""

    __slots__ = (
        "category",
        "is_floating_point",
        "itemsize",
        "legacy",
        "name",
        "numpy",
        "rounds",
        "storage_bits",
    )

    def __init__(self, name: str, numpy: Any, category: int, legacy: str, bits: int) -> None:
        self.name = name
        self.numpy: Any = np.dtype(numpy)
        self.category = category
        self.is_floating_point = category == 2
        self.itemsize = bits // 8
        self.legacy = legacy  # the name in error messages: torch.FloatTensor
        self.rounds = name == "bfloat16"
        self.storage_bits = bits

    @property
    def is_complex(self) -> bool:
        """Whether the type is complex; there is none here."""
        return False

    @property
    def is_signed(self) -> bool:
        """Whether negative numbers can be stored."""
        return self.name not in ("uint8", "bool")

    def __repr__(self) -> str:
        return f"torch.{self.name}"

    def __reduce__(self) -> str:
        return self.name


float32 = dtype("float32", np.float32, 2, "Float", 32)
float64 = dtype("float64", np.float64, 2, "Double", 64)
float16 = dtype("float16", np.float16, 2, "Half", 16)
bfloat16 = dtype("bfloat16", np.float32, 2, "BFloat16", 16)
int64 = dtype("int64", np.int64, 1, "Long", 64)
int32 = dtype("int32", np.int32, 1, "Int", 32)
int16 = dtype("int16", np.int16, 1, "Short", 16)
int8 = dtype("int8", np.int8, 1, "Char", 8)
uint8 = dtype("uint8", np.uint8, 1, "Byte", 8)
bool_ = dtype("bool", np.bool_, 0, "Bool", 8)

ALL = (float32, float64, float16, bfloat16, int64, int32, int16, int8, uint8, bool_)
OF_NUMPY: dict[Any, dtype] = {d.numpy: d for d in ALL if d is not bfloat16}


class Defaults:
    """What holds for the whole program: the floating type of new tensors."""

    floating = float32


def set_default_dtype(d: dtype) -> None:
    """Make `d` the type of new floating tensors."""
    if not d.is_floating_point:
        raise TypeError("only floating-point types are supported as the default type")
    Defaults.floating = d


def get_default_dtype() -> dtype:
    """The type of new floating tensors; float32 unless it was set."""
    return Defaults.floating


def dtype_of(array: Array) -> dtype:
    """The torch type of a NumPy array."""
    try:
        return OF_NUMPY[array.dtype]
    except KeyError:
        known = OF_NUMPY.get(array.dtype.newbyteorder("="))
        if known is not None:
            return known
        raise TypeError(
            f"can't convert np.ndarray of type {array.dtype.type.__module__}.{array.dtype.type.__name__}. "
            "The only supported types are: float64, float32, float16, int64, int32, int16, int8, uint8, and bool."
        ) from None


def round_bfloat16(array: Array) -> Array:
    """float32 values rounded to the nearest bfloat16, ties to even; still float32."""
    bits: Any = np.asarray(array, np.float32).view(np.uint32)
    rounded: Any = (bits + (((bits >> 16) & 1) + np.uint32(0x7FFF))) & np.uint32(0xFFFF0000)
    result: Any = np.where(np.isnan(array), np.float32(np.nan), rounded.view(np.float32))
    return result


def cast(array: Array, to: dtype) -> Array:
    """`array` with the values of type `to`; the same array where it has them already."""
    if array.dtype == to.numpy and not to.rounds:
        return array
    if array.dtype.kind == "f" and to.category == 1:
        with np.errstate(invalid="ignore"):
            return array.astype(np.int64).astype(to.numpy)
    result = array.astype(to.numpy)
    return round_bfloat16(result) if to.rounds else result


LONG_NAMES = {
    "float32": "float",
    "float64": "double",
    "float16": "c10::Half",
    "bfloat16": "c10::BFloat16",
    "int32": "int",
}


def fitting(value: Any, own: dtype) -> Array:
    """A Python number as an array of type `own`, as torch writes it into a tensor: -1 is 255 in uint8.

    Raises RuntimeError where it does not fit, as 300 and NaN in uint8.
    """
    if own.category == 0:
        return np.array(bool(value))
    if own.category == 1:
        limits = np.iinfo(own.numpy)
        if (limits.min or -limits.max) <= value <= limits.max:
            return np.array(int(value)).astype(own.numpy)
    elif not np.isfinite(value) or abs(value) <= finfo(own).max:
        return cast(np.array(float(value)), own)
    name = LONG_NAMES.get(own.name, f"{own.name}_t")
    raise RuntimeError(f"value cannot be converted to type {name} without overflow")


def widened(array: Array) -> Array:
    """float16 in float32, in which torch computes what takes several steps; everything else as it is."""
    return array.astype(np.float32) if array.dtype == np.float16 else array


def promote_types(a: dtype, b: dtype) -> dtype:
    """The smallest type that holds both, in torch's order: an integer never widens a floating type."""
    if a is b:
        return a
    if a.category != b.category:
        return a if a.category > b.category else b
    if a.category == 2:
        if a.storage_bits == b.storage_bits:  # float16 and bfloat16
            return float32
        return a if a.storage_bits > b.storage_bits else b
    return OF_NUMPY[np.promote_types(a.numpy, b.numpy)]


def dtype_of_number(number: Any) -> dtype:
    """The type that a Python number would have as a tensor."""
    if isinstance(number, (bool, np.bool_)):
        return bool_
    if isinstance(number, (int, np.integer)):
        return int64
    if isinstance(number, (float, np.floating)):
        return Defaults.floating
    raise TypeError(
        f"unsupported number of type {type(number).__name__}: complex numbers are absent from pellucid.torch"
    )


def result_type(*operands: Any) -> dtype:
    """The type of an operation's result.

    Tensors with dimensions decide; one without, and then a Python number, only where its category is higher.
    """
    ranks: list[Any] = [None, None, None]  # numbers, tensors without dimension, tensors with
    for operand in operands:
        array: Any = getattr(operand, "array", None)
        rank = 0 if array is None else 1 if array.ndim == 0 else 2
        kind: dtype = dtype_of_number(operand) if array is None else operand.dtype
        before = ranks[rank]
        ranks[rank] = kind if before is None else promote_types(before, kind)
    result: Any = None
    for own in reversed(ranks):
        if own is None:
            continue
        if result is None:
            result = own
        elif own.category > result.category:
            result = promote_types(result, own)
    assert result is not None
    return result


def can_cast(source: dtype, to: dtype) -> bool:
    """Whether an in-place operation may write a result of type `source` into a tensor of type `to`."""
    return source.category <= to.category


class finfo:  # noqa: N801 - torch's name
    """The limits of a floating type: bits, eps, max, min, tiny, smallest_normal, resolution."""

    def __init__(self, type: dtype | None = None) -> None:
        kind = Defaults.floating if type is None else type
        if not kind.is_floating_point:
            raise TypeError(
                f"torch.finfo() requires a floating point input type. Use torch.iinfo to handle '{kind!r}'"
            )
        self.dtype = kind.name
        self.bits = kind.storage_bits
        if kind is bfloat16:
            self.eps, self.max, self.tiny, self.resolution = (
                2.0**-7,
                (2 - 2.0**-7) * 2.0**127,
                2.0**-126,
                0.01,
            )
        else:
            info: Any = np.finfo(kind.numpy)
            self.eps, self.max = float(info.eps), float(info.max)
            self.tiny, self.resolution = float(info.tiny), float(info.resolution)
        self.min = -self.max
        self.smallest_normal = self.tiny

    def __repr__(self) -> str:
        return (
            f"finfo(resolution={self.resolution:g}, min={self.min:g}, max={self.max:g}, eps={self.eps:g}, "
            f"smallest_normal={self.smallest_normal:g}, tiny={self.tiny:g}, dtype={self.dtype})"
        )


class iinfo:  # noqa: N801 - torch's name
    """The limits of an integer type: bits, min, max."""

    def __init__(self, type: dtype) -> None:
        if type.category != 1:
            raise TypeError(
                f"torch.iinfo() requires an integer input type. Use torch.finfo to handle '{type!r}'"
            )
        info: Any = np.iinfo(type.numpy)
        self.bits, self.min, self.max, self.dtype = type.storage_bits, int(info.min), int(info.max), type.name

    def __repr__(self) -> str:
        return f"iinfo(min={self.min:g}, max={self.max:g}, dtype={self.dtype})"
