"""Making tensors from data and from nothing."""

from __future__ import annotations

# Arrays are Any here: formulas are lambdas over arrays and tensors alike.
# pyright: reportUnknownLambdaType=false, reportUnknownArgumentType=false
# pyright: reportUnknownVariableType=false, reportUnknownMemberType=false
import functools
import math
import warnings
from typing import Any

import numpy as np

from pellucid.torch import dtypes
from pellucid.torch.size import check_device, contiguous_format, sizes
from pellucid.torch.tensor import Tensor, wrap


def leaf(array: Any, own: Any, requires_grad: bool = False, device: Any = None) -> Tensor:
    """A new tensor of type `own` around `array`."""
    check_device(device)
    out = wrap(dtypes.cast(array, own), own)
    if requires_grad:
        if not own.is_floating_point:
            raise RuntimeError("Only Tensors of floating point and complex dtype can require gradients")
        out.requires_grad_()
    return out


def tensor(
    data: Any, *, dtype: Any = None, device: Any = None, requires_grad: bool = False, pin_memory: bool = False
) -> Tensor:
    """A new tensor with a copy of `data`: a number, nested sequences, an array or a tensor. Python floats become float32.

    pin_memory would serve copies to a GPU, which is not here.
    """
    check_device(device)
    if isinstance(data, Tensor):
        warnings.warn(
            "To copy construct from a tensor, it is recommended to use sourceTensor.detach().clone() or "
            "sourceTensor.detach().clone().requires_grad_(True), rather than torch.tensor(sourceTensor).",
            UserWarning,
            stacklevel=2,
        )
        return leaf(data.array.copy(), data.dtype if dtype is None else dtype, requires_grad)
    if isinstance(data, (np.ndarray, np.generic)):
        array: Any = np.array(data)
        return leaf(array, dtypes.dtype_of(array) if dtype is None else dtype, requires_grad)
    array = array_from(data)
    if dtype is None:
        dtype = kind_of(data)
    elif dtype.category == 1:
        check_fits(array, dtype)
    return leaf(array, dtype, requires_grad)


def kind_of(data: Any) -> Any:
    """The type of a tensor of `data`: what Python's numbers, arrays and tensors in it promote to."""
    if isinstance(data, Tensor):
        return data.dtype
    if isinstance(data, (np.ndarray, np.generic)):
        return dtypes.dtype_of(data)
    if not hasattr(data, "__len__"):
        return dtypes.dtype_of_number(data)
    kinds: set[type] = set(map(type, data))
    if kinds <= {bool, int, float}:
        found = [dtypes.dtype_of_number(kind()) for kind in kinds]
    else:
        found = [kind_of(part) for part in data]
    return functools.reduce(dtypes.promote_types, found) if found else dtypes.Defaults.floating


def check_fits(array: Any, own: Any) -> None:
    """Raises torch's error for Python numbers that an integer type does not hold."""
    limits: Any = np.iinfo(own.numpy)
    low, high = limits.min or -limits.max, limits.max
    if array.size and not (low <= array.min() and array.max() <= high):
        raise RuntimeError(f"value cannot be converted to type {own.name} without overflow")


def array_from(data: Any) -> Any:
    """Nested sequences of numbers, tensors and arrays as one array."""
    if isinstance(data, bool):
        return np.array(data)
    if isinstance(data, int):
        if not -(2**63) <= data < 2**63:
            raise RuntimeError("value cannot be converted to type int64_t without overflow")
        return np.array(data, np.int64)
    if isinstance(data, float):
        return np.array(data)
    if isinstance(data, complex):
        raise TypeError("complex numbers are absent from pellucid.torch; use a pair of real tensors")
    if isinstance(data, (str, dict)) or not hasattr(data, "__len__"):
        raise odd(type(data).__name__)
    plain = unwrap(data)
    check_rectangular(plain, 0)
    try:
        array = np.array(plain)
    except (ValueError, OverflowError) as error:
        raise ValueError(f"could not make a tensor of this data: {error}") from None
    if array.dtype.kind not in "biuf":
        word = first_odd(plain)
        raise odd(word)
    if not array.size:
        return array.astype(np.float64)
    return array.astype(np.float64) if array.dtype.kind == "f" else array


def odd(kind: str) -> Exception:
    """The error for what is no number."""
    if kind == "str":
        return TypeError("new(): invalid data type 'str'")
    return RuntimeError(f"Could not infer dtype of {kind}")


def unwrap(data: Any) -> Any:
    """Nested sequences with tensors replaced by their lists."""
    if isinstance(data, Tensor):
        return data.array.tolist()
    if isinstance(data, (np.ndarray, np.generic)):
        return data.tolist()
    if hasattr(data, "__len__") and not isinstance(data, (str, dict)):
        return [unwrap(v) for v in data]
    return data


def check_rectangular(data: Any, dim: int) -> None:
    """Raises torch's errors for rows of different lengths."""
    if not isinstance(data, list) or not data:
        return
    first: Any = data[0]
    for row in data:
        if isinstance(row, list) != isinstance(first, list):
            if isinstance(first, list):
                raise TypeError(f"expected sequence of length {len(first)} at dim {dim + 1}")  # pyright: ignore
            raise TypeError(f"must be real number, not {type(row).__name__}")
        if isinstance(row, list) and len(row) != len(first):  # pyright: ignore
            raise ValueError(f"expected sequence of length {len(first)} at dim {dim + 1} (got {len(row)})")  # pyright: ignore
        check_rectangular(row, dim + 1)


def first_odd(data: Any) -> str:
    """The type's name of the first thing that is no number."""
    if isinstance(data, list):
        return next((w for w in map(first_odd, data) if w), "")
    return "" if isinstance(data, (bool, int, float)) else type(data).__name__


def as_tensor(data: Any, dtype: Any = None, device: Any = None) -> Tensor:
    """A tensor of `data`; shares memory with an array, is the tensor itself where possible."""
    if isinstance(data, Tensor):
        return data if dtype is None else data.to(dtype)
    if isinstance(data, np.ndarray):
        own = dtypes.dtype_of(data)
        return leaf(data, own if dtype is None else dtype)
    return tensor(data, dtype=dtype, device=device)


asarray = as_tensor


def from_numpy(ndarray: Any) -> Tensor:
    """A tensor on the memory of an array: writing to one shows in the other."""
    if not isinstance(ndarray, np.ndarray):
        raise TypeError(f"expected np.ndarray (got {type(ndarray).__name__})")
    own = dtypes.dtype_of(ndarray)
    if any(s < 0 for s in ndarray.strides):
        raise ValueError(
            "At least one stride in the given numpy array is negative, and tensors with negative strides are not currently "
            "supported. (You can probably work around this by making a copy of your array  with array.copy().) "
        )
    return wrap(ndarray, own)


def check_lengths(shape: Any) -> Any:
    """The shape; RuntimeError where a length is negative."""
    for n in shape:
        if n < 0:
            raise RuntimeError(f"Trying to create tensor with negative dimension {n}: {list(shape)}")
    return shape


def full_of(shape: Any, value: Any, dtype: Any, device: Any, requires_grad: bool) -> Tensor:
    """A tensor of one value."""
    own = dtypes.dtype_of_number(value) if dtype is None else dtype
    check_device(device)
    check_lengths(shape)
    return leaf(np.full(shape, dtypes.fitting(value, own)), own, requires_grad)


def zeros(
    *size: Any, dtype: Any = None, device: Any = None, requires_grad: bool = False, **named: Any
) -> Tensor:
    """Zeros of a shape."""
    own = dtypes.Defaults.floating if dtype is None else dtype
    if any(n < 0 for n in sizes(named.get("size", size))):
        raise RuntimeError("zeros: Dimension size must be non-negative.")
    return full_of(sizes(named.get("size", size)), 0, own, device, requires_grad)


def ones(
    *size: Any, dtype: Any = None, device: Any = None, requires_grad: bool = False, **named: Any
) -> Tensor:
    """Ones of a shape."""
    own = dtypes.Defaults.floating if dtype is None else dtype
    return full_of(sizes(named.get("size", size)), 1, own, device, requires_grad)


def empty(
    *size: Any, dtype: Any = None, device: Any = None, requires_grad: bool = False, **named: Any
) -> Tensor:
    """A tensor of a shape whose elements are not to be relied on (here zeros)."""
    own = dtypes.Defaults.floating if dtype is None else dtype
    return full_of(sizes(named.get("size", size)), 0, own, device, requires_grad)


def full(
    size: Any, fill_value: Any, *, dtype: Any = None, device: Any = None, requires_grad: bool = False
) -> Tensor:
    """One value in a shape."""
    value = fill_value.item() if isinstance(fill_value, Tensor) else fill_value
    return full_of(sizes((size,) if isinstance(size, int) else size), value, dtype, device, requires_grad)


def zeros_like(
    input: Tensor,
    *,
    dtype: Any = None,
    device: Any = None,
    requires_grad: bool = False,
    memory_format: Any = None,
) -> Tensor:
    """Zeros in the shape and type of another tensor; in row order, whatever the memory_format."""
    return full_of(input.array.shape, 0, dtype or input.dtype, device, requires_grad)


def ones_like(
    input: Tensor,
    *,
    dtype: Any = None,
    device: Any = None,
    requires_grad: bool = False,
    memory_format: Any = None,
) -> Tensor:
    """Ones in the shape and type of another tensor; in row order, whatever the memory_format."""
    return full_of(input.array.shape, 1, dtype or input.dtype, device, requires_grad)


def empty_like(
    input: Tensor,
    *,
    dtype: Any = None,
    device: Any = None,
    requires_grad: bool = False,
    memory_format: Any = None,
) -> Tensor:
    """zeros_like: elements of which torch promises nothing."""
    return full_of(input.array.shape, 0, dtype or input.dtype, device, requires_grad)


def full_like(
    input: Tensor,
    fill_value: Any,
    *,
    dtype: Any = None,
    device: Any = None,
    requires_grad: bool = False,
    memory_format: Any = None,
) -> Tensor:
    """One value in the shape and type of another tensor; in row order, whatever the memory_format."""
    return full_of(input.array.shape, fill_value, dtype or input.dtype, device, requires_grad)


def arange(
    start: Any,
    end: Any = None,
    step: Any = 1,
    *,
    dtype: Any = None,
    device: Any = None,
    requires_grad: bool = False,
) -> Tensor:
    """start, start + step, … below end."""
    if end is None:
        start, end = 0, start
    start, end, step = (v.item() if isinstance(v, Tensor) else v for v in (start, end, step))
    own = dtype
    if own is None:
        own = (
            dtypes.Defaults.floating
            if any(isinstance(v, float) for v in (start, end, step))
            else dtypes.int64
        )
    if step == 0:
        raise RuntimeError("step must be nonzero")
    if (end - start) * step < 0:
        raise RuntimeError("upper bound and lower bound inconsistent with step sign")
    if own.category == 1 and not all(isinstance(v, int) for v in (start, end, step)):
        bounds = start, end, step
        start, step = (
            int(start),
            int(step),
        )  # as torch computes whole numbers; only int64's length is theirs too
        length = (int(end) - start) / step if own is dtypes.int64 else (bounds[1] - bounds[0]) / bounds[2]
        return leaf(start + step * np.arange(max(math.ceil(length), 0)), own, requires_grad, device)
    count = max(math.ceil((end - start) / step), 0)
    return leaf(start + step * np.arange(count), own, requires_grad, device)


def linspace(
    start: Any, end: Any, steps: int, *, dtype: Any = None, device: Any = None, requires_grad: bool = False
) -> Tensor:
    """`steps` numbers from start to end, both included; computed from both ends, as torch does."""
    own = dtypes.Defaults.floating if dtype is None else dtype
    start, end = (v.item() if isinstance(v, Tensor) else v for v in (start, end))
    if steps < 0:
        raise RuntimeError("number of steps must be non-negative")
    if own.category == 1:
        start, end = int(start), int(end)
    kind = own.numpy.type if own.category == 2 else np.float64
    if steps <= 1:
        return leaf(np.full(steps, start, kind), own, requires_grad, device)
    a, b = kind(start), kind(end)
    step = (b - a) / kind(steps - 1)
    k = np.arange(steps)
    low, high = fused(a, step, k), fused(b, -step, steps - 1 - k)
    return leaf(np.where(k < steps // 2, low, high), own, requires_grad, device)


def fused(a: Any, step: Any, k: Any) -> Any:
    """a + step·k with one rounding."""
    return (
        (np.float64(a) + np.float64(step) * k).astype(a.dtype)
        if a.dtype == np.float32
        else a + step * k.astype(a.dtype)
    )


def logspace(
    start: Any,
    end: Any,
    steps: int,
    base: float = 10.0,
    *,
    dtype: Any = None,
    device: Any = None,
    requires_grad: bool = False,
) -> Tensor:
    """base to the power of numbers evenly spaced from start to end."""
    own = dtypes.Defaults.floating if dtype is None else dtype
    if own.category == 1:
        start, end = (int(v.item() if isinstance(v, Tensor) else v) for v in (start, end))
    powers = linspace(start, end, steps, dtype=dtypes.float64)
    return leaf(np.power(float(base), powers.array), own, requires_grad, device)


def eye(
    n: int, m: int | None = None, *, dtype: Any = None, device: Any = None, requires_grad: bool = False
) -> Tensor:
    """Ones on the diagonal, zeros elsewhere."""
    own = dtypes.Defaults.floating if dtype is None else dtype
    return leaf(np.eye(n, m, dtype=own.numpy), own, requires_grad, device)


def scalar_tensor(
    value: Any, *, dtype: Any = None, device: Any = None, requires_grad: bool = False
) -> Tensor:
    """A tensor without dimension."""
    own = dtypes.Defaults.floating if dtype is None else dtype
    return leaf(np.array(value), own, requires_grad, device)


def window(name: str, shape: Any) -> Any:
    """A window function: shape(x) of x from −1 to 1 over the window's length."""

    def make(
        window_length: int, periodic: bool = True, *args: Any, dtype: Any = None, **options: Any
    ) -> Tensor:
        own = dtypes.Defaults.floating if dtype is None else dtype
        last = window_length if periodic else window_length - 1
        if window_length <= 1:
            return leaf(np.ones(window_length), own)
        return leaf(shape(2 * np.arange(window_length) / last - 1, *args, **options), own)

    make.__name__ = make.__qualname__ = f"{name}_window"
    make.__doc__ = f"The {name} window; periodic: as part of an endless one."
    return make


def cosines(a: float, b: float) -> Any:
    """a + b·cos πx: the windows of von Hann and Hamming."""
    return lambda x, alpha=a, beta=b: alpha + beta * np.cos(np.pi * x)


def kaiser(x: Any, beta: float = 12.0) -> Any:
    """I₀(β√(1 − x²))/I₀(β)."""
    return np.i0(beta * np.sqrt(np.maximum(1 - x * x, 0))) / np.i0(beta)


bartlett_window = window("bartlett", lambda x: 1 - np.abs(x))
blackman_window = window("blackman", lambda x: 0.42 + 0.5 * np.cos(np.pi * x) + 0.08 * np.cos(2 * np.pi * x))
hamming_window = window("hamming", cosines(0.54, 0.46))
hann_window = window("hann", lambda x: np.cos(np.pi * x / 2) ** 2)
kaiser_window = window("kaiser", kaiser)


def frombuffer(
    buffer: Any, *, dtype: Any, count: int = -1, offset: int = 0, requires_grad: bool = False
) -> Tensor:
    """A tensor on the memory of a bytes-like object."""
    out = from_numpy(np.frombuffer(buffer, dtype.numpy, count, offset))
    return out.requires_grad_() if requires_grad else out


# ── Methods of a tensor that make another ────────────────────────────────────────────────────────────────────────────────────
def new_zeros(
    self: Tensor, *size: Any, dtype: Any = None, device: Any = None, requires_grad: bool = False
) -> Tensor:
    """Zeros of a shape, of this tensor's type."""
    return full_of(sizes(size), 0, dtype or self.dtype, device, requires_grad)


def new_ones(
    self: Tensor, *size: Any, dtype: Any = None, device: Any = None, requires_grad: bool = False
) -> Tensor:
    """Ones of a shape, of this tensor's type."""
    return full_of(sizes(size), 1, dtype or self.dtype, device, requires_grad)


def new_empty(
    self: Tensor, *size: Any, dtype: Any = None, device: Any = None, requires_grad: bool = False
) -> Tensor:
    """Elements not to be relied on, of this tensor's type."""
    return full_of(sizes(size), 0, dtype or self.dtype, device, requires_grad)


def new_full(
    self: Tensor,
    size: Any,
    fill_value: Any,
    *,
    dtype: Any = None,
    device: Any = None,
    requires_grad: bool = False,
) -> Tensor:
    """One value in a shape, of this tensor's type."""
    return full_of(
        sizes((size,)) if not isinstance(size, int) else (size,),
        fill_value,
        dtype or self.dtype,
        device,
        requires_grad,
    )


def new_tensor(
    self: Tensor, data: Any, *, dtype: Any = None, device: Any = None, requires_grad: bool = False
) -> Tensor:
    """A tensor of data, of this tensor's type."""
    return tensor(data, dtype=dtype or self.dtype, device=device, requires_grad=requires_grad)


def to(
    self: Tensor,
    *args: Any,
    dtype: Any = None,
    device: Any = None,
    non_blocking: bool = False,
    copy: bool = False,
    memory_format: Any = None,
) -> Tensor:
    """This tensor in another type; itself where nothing changes. args: a type, a device or a tensor, then non_blocking and copy.

    There is one device, on which nothing waits: non_blocking changes nothing.
    """
    flags = [a for a in args if isinstance(a, bool)]
    copy = flags[1] if len(flags) > 1 else copy
    for a in args:
        if isinstance(a, dtypes.dtype):
            dtype = a
        elif isinstance(a, Tensor):
            dtype = a.dtype
        elif not isinstance(a, bool) and a is not None:
            check_device(a)
    check_device(device)
    from pellucid.torch.ops.elementwise import to_dtype

    out = self if dtype is None else to_dtype(self, dtype)
    if copy and out is self:
        return self.clone(memory_format=memory_format)
    return out.contiguous() if memory_format is contiguous_format else out


def type_(self: Tensor, dtype: Any = None) -> Any:
    """The legacy name of the type, or the tensor in another type."""
    if dtype is None:
        return f"torch.{self.dtype.legacy}Tensor"
    if isinstance(dtype, str):
        name = dtype.removeprefix("torch.").removesuffix("Tensor")
        dtype = next(d for d in dtypes.ALL if d.legacy == name)
    return to(self, dtype)


def legacy_class(own: Any) -> Any:
    """torch.FloatTensor and the like: a class whose call makes a tensor of one type."""

    class Kind(type):
        def __instancecheck__(cls, instance: object) -> bool:
            return isinstance(instance, Tensor) and instance.dtype is own

        def __call__(cls, *args: Any) -> Tensor:
            if len(args) == 1 and not isinstance(args[0], int):
                return tensor(args[0], dtype=own)
            return zeros(*args, dtype=own)

    return Kind(f"{own.legacy}Tensor", (), {"dtype": own})


def is_tensor(obj: Any) -> bool:
    """Whether `obj` is a tensor."""
    return isinstance(obj, Tensor)


def numel(input: Tensor) -> int:
    """The number of elements."""
    return input.array.size


def is_floating_point(input: Tensor) -> bool:
    """Whether the type is floating."""
    return input.dtype.is_floating_point


def is_complex(input: Tensor) -> bool:
    """Whether the type is complex; never here."""
    return False


def is_nonzero(input: Tensor) -> bool:
    """Whether the one element is not 0."""
    if input.array.size != 1:
        raise RuntimeError(
            f"Boolean value of Tensor with {'no values' if not input.array.size else 'more than one value'} is ambiguous"
        )
    return bool(input.array.reshape(()) != 0)


def is_same_size(input: Tensor, other: Tensor) -> bool:
    """Whether both have the same shape."""
    return input.array.shape == other.array.shape
