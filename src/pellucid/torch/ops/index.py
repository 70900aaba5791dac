"""Reading and writing by index: x[…], and writing whole tensors over others."""

from __future__ import annotations

# Arrays are Any here: formulas are lambdas over arrays and tensors alike.
# pyright: reportUnknownLambdaType=false, reportUnknownArgumentType=false
# pyright: reportUnknownVariableType=false, reportUnknownMemberType=false
from typing import Any

import numpy as np

from pellucid.torch import dtypes
from pellucid.torch.autograd.mode import Modes
from pellucid.torch.ops.apply import Operation, apply, sum_to
from pellucid.torch.ops.choice import masked
from pellucid.torch.ops.inplace import check_overwrite, overwrite
from pellucid.torch.ops.views import alias, select_, slice_, unsqueeze_
from pellucid.torch.tensor import Tensor, memory, wrap

Key = tuple[Any, ...]


def add_at(shape: tuple[int, ...], key: Any, part: Any) -> Any:
    """Zeros of `shape` with `part` added at `key`, where places may repeat. One-dimensional, since NumPy is fast there only."""
    whole = np.zeros(shape, part.dtype)
    places: Any = key[0] if len(shape) == len(key) == 1 else np.arange(whole.size).reshape(shape)[key]
    np.add.at(whole.reshape(-1), places.reshape(-1), np.broadcast_to(part, places.shape).reshape(-1))
    return whole


def split_key(x: Tensor, key: Any) -> tuple[Key, Key | None, str]:
    """A key as torch reads it: first the numbers, slices and new dimensions, a view; then the index tensors, a copy.

    Returns the view's key, the key of index arrays into the view (None if there are none), and the last thing that the view does.
    """
    parts = key if isinstance(key, tuple) else (key,)
    parts = [array_of(p) for p in parts]
    used = sum(
        p.ndim if is_mask(p) else 1
        for p in parts
        if p is not None and p is not Ellipsis and not isinstance(p, bool)
    )
    free = x.array.ndim - used
    if free < 0:
        if not x.array.ndim and any(isinstance(p, slice) for p in parts):
            raise IndexError("slice() cannot be applied to a 0-dim tensor.")
        raise IndexError(f"too many indices for tensor of dimension {x.array.ndim}")
    basic: list[Any] = []
    advanced: list[Any] = []
    last, dim = "alias", 0
    for p in parts:
        if p is Ellipsis:
            basic += [slice(None)] * free
            advanced += [slice(None)] * free
            dim += free
        elif p is None:
            basic.append(None)
            advanced.append(slice(None))
            last = "new"
        elif isinstance(p, bool):
            basic.append(None)
            advanced.append(np.flatnonzero(p))
            last = "new"
        elif isinstance(p, int):
            check_bounds(p, dim, x.array.shape[dim])
            basic.append(p)
            last, dim = "select", dim + 1
        elif isinstance(p, slice):
            p = slice(*(None if v is None else v.__index__() for v in (p.start, p.stop, p.step)))
            if p.step is not None and p.step <= 0:
                raise ValueError("step must be greater than zero" if p.step else "slice step cannot be zero")
            basic.append(p)
            advanced.append(slice(None))
            n = x.array.shape[dim]
            whole = isinstance(key, tuple) and range(n)[p] == range(n)  # x[:, :] is an alias, x[:] a slice
            last, dim = (last if whole else "slice"), dim + 1
        else:
            check_array(p, dim, x.array.shape)
            width = p.ndim if is_mask(p) else 1
            basic += [slice(None)] * width
            advanced.append(p)
            dim += width
    basic.append(Ellipsis)  # with it NumPy gives a view even where no dimension is left
    has_arrays = any(isinstance(p, np.ndarray) for p in advanced)
    return tuple(basic), tuple(advanced) if has_arrays else None, last


def array_of(p: Any) -> Any:
    """A part of a key with tensors and lists as arrays, tensors without dimension as numbers."""
    if isinstance(p, Tensor):
        p = p.array
        if not p.ndim:
            return p.item()
        if p.dtype == np.uint8:
            return p.astype(bool)
    elif isinstance(p, (list, tuple)):
        p = np.array([v.array if isinstance(v, Tensor) else v for v in p])
        p = p.astype(np.int64) if not p.size else p
    elif isinstance(p, np.generic):
        return p.item()
    elif isinstance(p, range):
        p = np.array(p)
    elif p is not None and p is not Ellipsis and not isinstance(p, (int, slice, np.ndarray)):
        raise IndexError(
            "only integers, slices (`:`), ellipsis (`...`), None and long or byte Variables are valid indices "
            f"(got {type(p).__name__})"
        )
    if isinstance(p, np.ndarray) and p.dtype not in (np.int64, np.int32, np.uint8, np.bool_):
        raise IndexError("tensors used as indices must be long, int, byte or bool tensors")
    return p


def is_mask(p: Any) -> bool:
    """Whether a part of a key is an array of truth values."""
    return isinstance(p, np.ndarray) and p.dtype == np.bool_


def check_bounds(i: int, dim: int, n: int) -> None:
    """Raises IndexError for a number out of range."""
    if not -n <= i < n:
        raise IndexError(f"index {i} is out of bounds for dimension {dim} with size {n}")


def check_array(p: Any, dim: int, shape: tuple[int, ...]) -> None:
    """Raises IndexError for an index array that does not fit."""
    if is_mask(p):
        for k, n in enumerate(p.shape):
            if n != shape[dim + k]:
                raise IndexError(
                    f"The shape of the mask {list(p.shape)} at index {k} does not match the shape of the indexed tensor "
                    f"{list(shape)} at index {dim + k}"
                )
    elif p.size:
        low, high, n = int(p.min()), int(p.max()), shape[dim]
        if low < -n or high >= n:
            raise IndexError(
                f"index {high if high >= n else low} is out of bounds for dimension {dim} with size {n}"
            )


LOOKS = {"alias": alias, "select": select_, "slice": slice_}


def look(x: Tensor, key: Key, last: str) -> Tensor:
    """The view of `x` at a key without arrays."""
    if last == "alias":
        return alias(x)
    if last == "new":
        if all(p is None or p == slice(None) or p is Ellipsis for p in key):
            return unsqueeze_(x, x.array[key].shape)
        return unsqueeze_(slice_(x, tuple(p for p in key if p is not None)), x.array[key].shape)
    return LOOKS[last](x, key)


class IndexBackward0(Operation):
    """The elements at index arrays."""

    __slots__ = ()

    def forward(self, x: Any, key: Key) -> Any:
        """A copy of the elements."""
        self.how = x.shape, key
        return x[key]

    def pull(self, g: Any) -> tuple[Any]:
        """g added where the elements came from."""
        return (apply(AddAt, (g,), *self.how),)


class AddAt(Operation):
    """Zeros with elements added at index arrays."""

    __slots__ = ()

    def forward(self, g: Any, shape: tuple[int, ...], key: Key) -> Any:
        """The sums."""
        self.key = key
        if all(is_mask(p) or isinstance(p, slice) for p in key):  # no place twice
            whole = np.zeros(shape, g.dtype)
            whole[key] = g
            return whole
        return add_at(shape, key, g)

    def pull(self, g: Any) -> tuple[Any]:
        """The gradient at the index arrays."""
        return (apply(IndexBackward0, (g,), self.key),)


def getitem(self: Tensor, key: Any) -> Tensor:
    """self[key]: a view for numbers and slices, a copy for index tensors and masks."""
    if type(key) is int:
        shape = memory(self).shape
        if not shape:
            raise IndexError(
                "invalid index of a 0-dim tensor. Use `tensor.item()` in Python or `tensor.item<T>()` in C++ to convert "
                "a 0-dim tensor to a number"
            )
        check_bounds(key, 0, shape[0])
        return select_(self, (key, Ellipsis))
    memory(self)
    basic, advanced, last = split_key(self, key)
    if advanced is None:
        return look(self, basic, last)
    base = self if all(p == slice(None) or p is Ellipsis for p in basic) else look(self, basic, last)
    return index_with(base, advanced)


def index_with(x: Any, key: Key) -> Any:
    """x at index arrays and full slices."""
    try:
        return apply(IndexBackward0, (x,), key)
    except IndexError:
        shapes = ", ".join(str(list(p.shape)) for p in key if isinstance(p, np.ndarray))
        raise IndexError(
            f"shape mismatch: indexing tensors could not be broadcast together with shapes {shapes}"
        ) from None


class IndexPutBackward0(Operation):
    """A tensor with the elements at index arrays replaced, or added to."""

    __slots__ = ()

    def forward(self, x: Any, values: Any, key: Key, accumulate: bool) -> Any:
        """The changed copy."""
        self.how = values.shape, key, accumulate
        out = x.copy()
        if accumulate:
            out += add_at(x.shape, key, values)
        else:
            assign(out, key, values)
        return out

    def pull(self, g: Any) -> tuple[Any, Any]:
        """g but where it was replaced; g at the index arrays."""
        shape, key, accumulate = self.how
        values = sum_to(apply(IndexBackward0, (g,), key), shape)
        if accumulate:
            return g, values
        kept = np.ones(g.shape, bool)
        kept[key] = False
        return masked(g, kept), values


def index_put(input: Tensor, indices: Any, values: Any, accumulate: bool = False) -> Tensor:
    """A copy with input[indices] = values, or += values."""
    values = values if isinstance(values, Tensor) else wrap(np.array(values, input.array.dtype), input.dtype)
    key = tuple(slice(None) if p is None else array_of(p) for p in indices)
    return apply(IndexPutBackward0, (input, values.to(input.dtype)), key, accumulate)


def index_put_(self: Tensor, indices: Any, values: Any, accumulate: bool = False) -> Tensor:
    """self[indices] = values, or += values."""
    check_overwrite(self)
    return overwrite(self, index_put(self, indices, values, accumulate))


def setitem(self: Tensor, key: Any, value: Any) -> None:
    """self[key] = value."""
    memory(self)
    basic, advanced, last = split_key(self, key)
    whole = all(p == slice(None) or p is Ellipsis for p in basic)
    target = self if whole else look(self, basic, last)
    value = written(value, self)
    if (
        advanced is not None
        and value.dtype is not self.dtype
        and not (single_mask(advanced) and value.numel() == 1)
    ):
        raise RuntimeError(
            f"Index put requires the source and destination dtypes match, got {self.dtype.legacy} for the destination and "
            f"{value.dtype.legacy} for the source."
        )
    value = value.to(self.dtype) if value.dtype is not self.dtype else value
    if advanced is None:
        if not (Modes.grad and (value.node is not None or target.node is not None)):
            check_overwrite(target)
            assign(memory(target), Ellipsis, value.array)
            target.clock[0] += 1
            return
        copy_(target, value)
    elif Modes.grad and (value.node is not None or target.node is not None):
        overwrite(target, apply(IndexPutBackward0, (target, value), advanced, False))
    else:
        check_overwrite(target)
        assign(memory(target), advanced, value.array)
        target.clock[0] += 1


def written(value: Any, target: Tensor) -> Tensor:
    """What is written by target[…] = value, as a tensor without leading dimensions of length 1."""
    if isinstance(value, Tensor):
        shape = value.array.shape
        lead = next((k for k, n in enumerate(shape) if n != 1), len(shape))
        return value.reshape(shape[lead:]) if lead else value
    if not isinstance(value, (bool, int, float, np.integer, np.bool_)):
        raise TypeError(f"can't assign a {kind_name(value)} to a torch.{target.dtype.legacy}Tensor")
    return wrap(dtypes.fitting(value, target.dtype), target.dtype)


def kind_name(value: Any) -> str:
    """The name of a value's class, with its module where it is NumPy's."""
    kind = type(value)
    return f"numpy.{kind.__name__}" if kind.__module__ == "numpy" else kind.__name__


def single_mask(key: Key) -> bool:
    """Whether a key has one array, of truth values: what torch writes as masked_fill does."""
    arrays = [p for p in key if isinstance(p, np.ndarray)]
    return len(arrays) == 1 and is_mask(arrays[0])


def assign(array: Any, key: Any, value: Any) -> None:
    """array[key] = value, with torch's error for shapes that do not go together."""
    try:
        array[key] = value
    except ValueError:
        shape = array[key].shape
        if key is not Ellipsis:
            raise RuntimeError(
                f"shape mismatch: value tensor of shape {list(value.shape)} cannot be broadcast to indexing result of shape "
                f"{list(shape)}"
            ) from None
        if value.ndim > len(shape):
            legacy = dtypes.dtype_of(array).legacy
            raise RuntimeError(
                f"expand(torch.{legacy}Tensor{{{list(value.shape)}}}, size={list(shape)}): the number of sizes provided "
                f"({len(shape)}) must be greater or equal to the number of dimensions in the tensor ({value.ndim})"
            ) from None
        back = next(k for k in range(1, value.ndim + 1) if value.shape[-k] not in (1, shape[-k]))
        raise RuntimeError(
            f"The expanded size of the tensor ({shape[-back]}) must match the existing size ({value.shape[-back]}) at "
            f"non-singleton dimension {len(shape) - back}.  Target sizes: {list(shape)}.  "
            f"Tensor sizes: {list(value.shape)}"
        ) from None


class CopyBackwards(Operation):
    """Another tensor's values written over this one."""

    __slots__ = ()

    def forward(self, x: Any, source: Any) -> Any:
        """The source in x's shape and type."""
        self.shape, self.kind = source.shape, source.dtype
        try:
            return np.broadcast_to(source, x.shape).astype(x.dtype)
        except ValueError:
            raise RuntimeError(
                f"The size of tensor a ({x.shape[-1] if x.ndim else 1}) must match the size of tensor b "
                f"({source.shape[-1]}) at non-singleton dimension {max(x.ndim - 1, 0)}"
            ) from None

    def pull(self, g: Any) -> tuple[Any, Any]:
        """Zero for what was overwritten; g for the source."""
        part = sum_to(g, self.shape)
        return masked(g, False), part.astype(self.kind) if not isinstance(part, Tensor) else part


def copy_(self: Tensor, src: Any, non_blocking: bool = False) -> Tensor:
    """Write the values of `src` over this tensor, broadcast and converted. Nothing waits here that non_blocking could free."""
    check_overwrite(self)
    result = apply(CopyBackwards, (self, src))
    if self.dtype is not result.dtype:
        result.array = dtypes.cast(result.array, self.dtype)
        result.dtype = self.dtype
    return overwrite(self, result)


class FillBackward2(Operation):
    """One value everywhere."""

    __slots__ = ()

    def forward(self, x: Any, value: Any) -> Any:
        """The value in x's shape."""
        return np.full(x.shape, value)

    def pull(self, g: Any) -> tuple[Any]:
        """Zero."""
        return (masked(g, False),)


class ZeroBackward0(FillBackward2):
    """Zero everywhere."""

    __slots__ = ()


def fill_(self: Tensor, value: Any) -> Tensor:
    """One value everywhere."""
    if isinstance(value, Tensor):
        return copy_(self, value)
    check_overwrite(self)
    return overwrite(self, apply(FillBackward2, (self,), dtypes.fitting(value, self.dtype)))


def fill(input: Tensor, value: Any) -> Tensor:
    """A tensor of the same shape with one value everywhere."""
    return fill_(input.clone(), value)


def zero_(self: Tensor) -> Tensor:
    """Zero everywhere."""
    check_overwrite(self)
    return overwrite(self, apply(ZeroBackward0, (self,), dtypes.fitting(0, self.dtype)))
