"""Reading and writing by index: x[…], gather, scatter, masks."""

from __future__ import annotations

# Arrays are Any here: formulas are lambdas over arrays and tensors alike.
# pyright: reportUnknownLambdaType=false, reportUnknownArgumentType=false
# pyright: reportUnknownVariableType=false, reportUnknownMemberType=false
from typing import Any

import numpy as np

from pellucid.torch import dtypes
from pellucid.torch.autograd.mode import Modes
from pellucid.torch.ops import apply as made
from pellucid.torch.ops.apply import Operation, apply, check_overwrite, overwrite, quietly, sum_to
from pellucid.torch.ops.elementwise import masked, where
from pellucid.torch.ops.shape import alias, embed, select_, slice_, unsqueeze_
from pellucid.torch.size import check_device, dimension
from pellucid.torch.tensor import Tensor, memory, wrap

Key = tuple[Any, ...]


def add_at(shape: tuple[int, ...], key: Any, part: Any) -> Any:
    """Zeros of `shape` with `part` added at `key`, where places may repeat. One-dimensional, since NumPy is fast there only."""
    whole = np.zeros(shape, part.dtype)
    places: Any = np.arange(whole.size).reshape(shape)[key]
    np.add.at(whole.reshape(-1), places.reshape(-1), np.broadcast_to(part, places.shape).reshape(-1))
    return whole


# ── x[key] ───────────────────────────────────────────────────────────────────────────────────────────────────────────────────
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
        raise IndexError(f"too many indices for tensor of dimension {x.array.ndim}")
    basic: list[Any] = []
    advanced: list[Any] = []
    last, dim = "alias", 0
    seen_ellipsis = False
    for p in parts:
        if p is Ellipsis:
            basic += [slice(None)] * free
            advanced += [slice(None)] * free
            dim, seen_ellipsis = dim + free, True
        elif p is None:
            basic.append(None)
            advanced.append(slice(None))
            last = "new"
        elif isinstance(p, bool):
            basic.append(None)
            advanced.append(np.array([p]))
        elif isinstance(p, int):
            check_bounds(p, dim, x.array.shape[dim])
            basic.append(p)
            last, dim = "select", dim + 1
        elif isinstance(p, slice):
            p = slice(*(None if v is None else v.__index__() for v in (p.start, p.stop, p.step)))
            if p.step is not None and p.step <= 0:
                raise ValueError("step must be greater than zero")
            basic.append(p)
            advanced.append(slice(None))
            last, dim = ("slice" if p != slice(None) else last), dim + 1
        else:
            check_array(p, dim, x.array.shape)
            width = p.ndim if is_mask(p) else 1
            basic += [slice(None)] * width
            advanced.append(p)
            dim += width
    if not seen_ellipsis:
        basic.append(Ellipsis)
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
    if isinstance(p, np.ndarray) and p.dtype.kind not in "iub":
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
            out[key] = values
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
    if not isinstance(value, Tensor):
        array: Any = np.asarray(value)
        value = (
            wrap(array, dtypes.dtype_of(array))
            if array.ndim
            else wrap(np.array(value, self.array.dtype), self.dtype)
        )
    value = value.to(self.dtype) if value.dtype is not self.dtype else value
    if advanced is None:
        if not (Modes.grad and (value.node is not None or target.node is not None)):
            check_overwrite(target)
            assign(memory(target), Ellipsis, value.array)
            target.clock[0] += 1
            return
        lead = value.array.ndim - target.array.ndim
        if lead > 0 and value.array.shape[:lead] == (1,) * lead:
            value = value.reshape(value.array.shape[lead:])
        copy_(target, value)
    elif Modes.grad and (value.node is not None or target.node is not None):
        overwrite(target, apply(IndexPutBackward0, (target, value), advanced, False))
    else:
        check_overwrite(target)
        assign(memory(target), advanced, value.array)
        target.clock[0] += 1


def assign(array: Any, key: Any, value: Any) -> None:
    """array[key] = value, with torch's error for shapes that do not go together."""
    try:
        array[key] = value
    except ValueError:
        shape = array[key].shape
        for back in range(1, min(len(shape), value.ndim) + 1):
            if value.shape[-back] not in (1, shape[-back]):
                raise RuntimeError(
                    f"The expanded size of the tensor ({shape[-back]}) must match the existing size ({value.shape[-back]}) at "
                    f"non-singleton dimension {len(shape) - back}.  Target sizes: {list(shape)}.  "
                    f"Tensor sizes: {list(value.shape)}"
                ) from None
        raise RuntimeError(
            f"shape mismatch: value tensor of shape {list(value.shape)} cannot be broadcast"
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
        """Nothing for what was overwritten; g for the source."""
        part = sum_to(g, self.shape)
        return None, part.astype(self.kind) if not isinstance(part, Tensor) else part


def copy_(self: Tensor, src: Any, non_blocking: bool = False) -> Tensor:
    """Write the values of `src` over this tensor, broadcast and converted."""
    check_overwrite(self)
    result = apply(CopyBackwards, (self, src))
    if self.dtype is not result.dtype:
        result.array = dtypes.cast(result.array, self.dtype)
        result.dtype = self.dtype
    return overwrite(self, result)


class FillBackward0(Operation):
    """One value everywhere."""

    __slots__ = ()

    def forward(self, x: Any, value: Any) -> Any:
        """The value in x's shape."""
        return np.full(x.shape, value, x.dtype)

    def pull(self, g: Any) -> tuple[Any]:
        """Nothing."""
        return (None,)


class ZeroBackward0(FillBackward0):
    """Zero everywhere."""

    __slots__ = ()


def fill_(self: Tensor, value: Any) -> Tensor:
    """One value everywhere."""
    if isinstance(value, Tensor):
        return copy_(self, value)
    check_overwrite(self)
    return overwrite(self, apply(FillBackward0, (self,), value))


def zero_(self: Tensor) -> Tensor:
    """Zero everywhere."""
    check_overwrite(self)
    return overwrite(self, apply(ZeroBackward0, (self,), 0))


# ── Along one dimension ──────────────────────────────────────────────────────────────────────────────────────────────────────
def along(index: Any, dim: int) -> Key:
    """The key that takes `index` along `dim` and goes in step along the others."""
    grids: Any = np.ogrid[tuple(slice(n) for n in index.shape)]
    return tuple(index if k == dim else grids[k] for k in range(index.ndim))


def index_array(name: str, index: Any, x: Tensor, dim: int) -> Any:
    """The array of an index tensor, checked against the dimension."""
    if not isinstance(index, Tensor) or (
        index.array.size and index.dtype not in (dtypes.int64, dtypes.int32)
    ):
        raise RuntimeError(f"{name}(): Expected dtype int32/int64 for index")
    array: Any = index.array if index.array.size else index.array.astype(np.int64)
    if array.size and x.array.ndim:
        n = x.array.shape[dim]
        worst = array[(array < 0) | (array >= n)]
        if worst.size:
            raise RuntimeError(f"index {worst.flat[0]} is out of bounds for dimension {dim} with size {n}")
    return array


class GatherBackward0(Operation):
    """out[i][j] = x[index[i][j]][j] for dim 0, and so on."""

    __slots__ = ()

    def forward(self, x: Any, index: Any, dim: int) -> Any:
        """The gathered elements."""
        self.how = x.shape, index, dim
        return x[along(index, dim)] if x.ndim else x.copy()

    def pull(self, g: Any) -> tuple[Any]:
        """g added where it came from."""
        return (apply(ScatterAdd, (g,), *self.how),)


class ScatterAdd(Operation):
    """Zeros with elements added along a dimension: what gather's gradient is."""

    __slots__ = ()

    def forward(self, g: Any, shape: tuple[int, ...], index: Any, dim: int) -> Any:
        """The sums."""
        self.how = index, dim, g.shape
        if not shape:
            return np.asarray(g.sum())
        return add_at(shape, along(index, dim), g[tuple(slice(n) for n in index.shape)])

    def pull(self, g: Any) -> tuple[Any]:
        """The gathered gradient."""
        index, dim, shape = self.how
        out = apply(GatherBackward0, (g,), index, dim)
        return (out if out.shape == shape else embed(out, shape, tuple(slice(n) for n in index.shape)),)


def same_rank(name: str, x: Tensor, index: Any) -> None:
    """Raises torch's error where index and input have different numbers of dimensions."""
    if index.ndim != x.array.ndim and index.ndim and x.array.ndim:
        raise RuntimeError("Index tensor must have the same number of dimensions as input tensor")


def gather(input: Tensor, dim: int, index: Tensor) -> Tensor:
    """The elements at `index` along `dim`, the other coordinates their own."""
    place = dimension(dim, input.array.ndim)
    array = index_array("gather", index, input, place)
    same_rank("gather", input, array)
    for k, (n, m) in enumerate(zip(array.shape, input.array.shape, strict=False)):
        if k != place and n > m:
            raise RuntimeError(
                f"Size does not match at dimension {k} expected index {list(array.shape)} to be no larger than self "
                f"{list(input.array.shape)} apart from dimension {place}"
            )
    return apply(GatherBackward0, (input,), array, place)


def take_along_dim(input: Tensor, indices: Tensor, dim: int | None = None) -> Tensor:
    """gather with broadcasting; along the flattened tensor without dim."""
    if dim is None:
        return gather(input.flatten(), 0, indices.flatten())
    place = dimension(dim, input.array.ndim)
    shape: list[int] = [max(a, b) for a, b in zip(input.array.shape, indices.array.shape, strict=True)]
    rows = [n if k != place else input.array.shape[place] for k, n in enumerate(shape)]
    shape[place] = indices.array.shape[place]
    return gather(input.expand(*rows), place, indices.expand(*shape))


class ScatterBackward0(Operation):
    """x with elements replaced along a dimension."""

    __slots__ = ()

    def forward(self, x: Any, source: Any, index: Any, dim: int) -> Any:
        """The changed copy."""
        self.how = index, dim, source.shape
        out = x.copy()
        if x.ndim:
            part = source[tuple(slice(n) for n in index.shape)] if source.ndim else source
            out[along(index, dim)] = part
        else:
            out = np.array(source.reshape(()), x.dtype)
        return out

    def pull(self, g: Any) -> tuple[Any, Any]:
        """g but where it was replaced; the gathered g."""
        index, dim, shape = self.how
        kept = np.ones(g.shape, bool)
        if g.ndim:
            kept[along(index, dim)] = False
        else:
            kept = np.zeros((), bool)
        part = apply(GatherBackward0, (g,), index, dim)
        if not shape:
            part = part.sum()
        elif part.shape != shape:
            part = embed(part, shape, tuple(slice(n) for n in index.shape))
        return masked(g, kept), part


def scatter(
    input: Tensor, dim: int, index: Tensor, src: Any = None, *, value: Any = None, reduce: str | None = None
) -> Tensor:
    """A copy with the elements at `index` along `dim` replaced by those of `src`, or by a number."""
    if reduce is not None:
        kind = {"add": "sum", "multiply": "prod"}[reduce]
        other = (
            src if isinstance(src, Tensor) else input.new_full(index.shape, src if value is None else value)
        )
        return scatter_reduce(input, dim, index, other, kind)
    place = dimension(dim, input.array.ndim)
    array = index_array("scatter", index, input, place)
    source = src if src is not None else value
    if not isinstance(source, Tensor):
        source = wrap(np.array(source, input.array.dtype), input.dtype)
    elif source.dtype is not input.dtype:
        raise RuntimeError("scatter(): Expected self.dtype to be equal to src.dtype")
    same_rank("scatter", input, array)
    return apply(ScatterBackward0, (input, source), array, place)


class ScatterAddBackward0(Operation):
    """x with elements added along a dimension."""

    __slots__ = ()

    def forward(self, x: Any, source: Any, index: Any, dim: int) -> Any:
        """The sums."""
        self.how = index, dim, source.shape
        if not x.ndim:
            return np.asarray(x + source.sum())
        return x + add_at(x.shape, along(index, dim), source[tuple(slice(n) for n in index.shape)])

    def pull(self, g: Any) -> tuple[Any, Any]:
        """g; the gathered g."""
        index, dim, shape = self.how
        part = apply(GatherBackward0, (g,), index, dim)
        if part.shape != shape:
            part = (
                embed(part, shape, tuple(slice(n) for n in index.shape))
                if g.ndim
                else made.expand(part, shape)
            )
        return g, part


def scatter_add(input: Tensor, dim: int, index: Tensor, src: Tensor) -> Tensor:
    """A copy with the elements of `src` added at `index` along `dim`."""
    place = dimension(dim, input.array.ndim)
    array = index_array("scatter", index, input, place)
    if src.dtype is not input.dtype:
        raise RuntimeError("scatter(): Expected self.dtype to be equal to src.dtype")
    same_rank("scatter_add", input, array)
    return apply(ScatterAddBackward0, (input, src), array, place)


FOLDS: dict[str, Any] = {
    "sum": np.add,
    "prod": np.multiply,
    "mean": np.add,
    "amax": np.maximum,
    "amin": np.minimum,
}
STARTS = {"sum": 0, "prod": 1, "mean": 0, "amax": -np.inf, "amin": np.inf}


class ScatterReduceBackward0(Operation):
    """x with elements folded in along a dimension."""

    __slots__ = ()

    def forward(self, x: Any, source: Any, index: Any, dim: int, fold: str, include_self: bool) -> Any:
        """The folded copy."""
        key = along(index, dim)
        part = source[tuple(slice(n) for n in index.shape)]
        hit: Any = np.zeros(x.shape, np.int64)
        np.add.at(hit, key, 1)
        out = x.copy()
        if not include_self:
            out[hit > 0] = STARTS[fold] if x.dtype.kind == "f" or fold[0] != "a" else limit(x, fold)
        FOLDS[fold].at(out, key, part)
        count = hit + 1 if include_self else np.maximum(hit, 1)
        if fold == "mean":
            out = (out / count).astype(x.dtype) if x.dtype.kind == "f" else out // count
        self.how = key, fold, include_self, count, hit, source.shape, index.shape
        self.save(x, source, out)
        return out

    def pull(self, g: Any) -> tuple[Any, Any]:
        """The shares of x and of the source."""
        x, source, out = self.unpack()
        key, fold, include_self, count, hit, shape, used = self.how
        inner = tuple(slice(n) for n in used)
        if fold == "prod":
            raise NotImplementedError(
                "the gradient of scatter_reduce('prod') is absent; 'sum', 'mean', 'amax', 'amin' have one"
            )
        own: Any = g.array.dtype if isinstance(g, Tensor) else g.dtype
        if fold in ("sum", "mean"):
            shared = g if fold == "sum" else g / count.astype(own)
            rest, part = shared, apply(IndexBackward0, (shared,), key)
        else:
            plain_x, plain_out = (v.array if isinstance(v, Tensor) else v for v in (x, out))
            plain_source: Any = (source.array if isinstance(source, Tensor) else source)[inner]
            mine = (plain_x == plain_out) & (include_self | (hit == 0))
            theirs: Any = plain_source == plain_out[key]
            ties: Any = mine.astype(own)
            np.add.at(ties, key, theirs.astype(own))
            shared = g / ties
            rest, part = masked(shared, mine), masked(apply(IndexBackward0, (shared,), key), theirs)
        if not include_self:
            rest = masked(rest if fold in ("amax", "amin") else g, hit == 0)
        if part.shape != shape:
            part = embed(part, shape, inner)
        return rest, part


def limit(x: Any, fold: str) -> Any:
    """The value from which an integer extreme begins."""
    info: Any = np.iinfo(x.dtype)
    return info.min if fold == "amax" else info.max


def scatter_reduce(
    input: Tensor, dim: int, index: Tensor, src: Tensor, reduce: str, *, include_self: bool = True
) -> Tensor:
    """A copy with the elements of `src` folded in at `index` along `dim` by sum, prod, mean, amax or amin."""
    if reduce not in FOLDS:
        raise RuntimeError("reduce argument must be either sum, prod, mean, amax or amin, got " + reduce)
    place = dimension(dim, input.array.ndim)
    array = index_array("scatter", index, input, place)
    if not input.array.ndim:
        one = scatter_reduce(
            input.reshape(1), 0, index.reshape(-1), src.reshape(-1), reduce, include_self=include_self
        )
        return one.reshape(())
    return apply(ScatterReduceBackward0, (input, src), array, place, reduce, include_self)


def whole_slices(dim: int, index: Any) -> Key:
    """The key that takes `index` along `dim` and all of the others."""
    return (*(slice(None),) * dim, index)


class IndexSelectBackward0(IndexBackward0):
    """Slices along a dimension."""

    __slots__ = ()


def index_select(input: Tensor, dim: int, index: Any) -> Tensor:
    """The slices at `index` along `dim`."""
    place = dimension(dim, input.array.ndim)
    if not isinstance(index, Tensor):
        raise TypeError(
            f"index_select(): argument 'index' (position 3) must be Tensor, not {type(index).__name__}"
        )
    array: Any = index.array
    if array.ndim > 1:
        raise IndexError("index_select(): Index is supposed to be a vector")
    if not input.array.ndim:
        return input.clone()
    if array.size and ((array < 0) | (array >= input.array.shape[place])).any():
        raise IndexError("index out of range in self")
    return apply(IndexSelectBackward0, (input,), whole_slices(place, np.atleast_1d(array)))


class IndexAddBackward0(IndexPutBackward0):
    """Slices added along a dimension."""

    __slots__ = ()


def index_add(input: Tensor, dim: int, index: Tensor, source: Tensor, *, alpha: Any = 1) -> Tensor:
    """A copy with alpha times the slices of `source` added at `index` along `dim`."""
    part = source if alpha == 1 else source * alpha
    if not input.array.ndim:
        return input + part.sum()
    key = whole_slices(dimension(dim, input.array.ndim), np.atleast_1d(index.array))
    return apply(IndexAddBackward0, (input, part), key, True)


def index_copy(input: Tensor, dim: int, index: Tensor, source: Tensor) -> Tensor:
    """A copy with the slices at `index` along `dim` replaced by those of `source`."""
    if not input.array.ndim:
        return source.reshape(())
    key = whole_slices(dimension(dim, input.array.ndim), np.atleast_1d(index.array))
    return apply(IndexPutBackward0, (input, source), key, False)


def index_fill(input: Tensor, dim: int, index: Tensor, value: Any) -> Tensor:
    """A copy with the slices at `index` along `dim` set to a value."""
    v = value if isinstance(value, Tensor) else wrap(np.array(value, input.array.dtype), input.dtype)
    if not input.array.ndim:
        return index_fill(input.reshape(1), 0, index.reshape(1), value).reshape(())
    key = whole_slices(dimension(dim, input.array.ndim), np.atleast_1d(index.array))
    return apply(IndexPutBackward0, (input, v), key, False)


# ── Masks ────────────────────────────────────────────────────────────────────────────────────────────────────────────────────
class MaskedFillBackward0(Operation):
    """x with one value where the mask holds."""

    __slots__ = ()

    def forward(self, x: Any, value: Any, mask: Any) -> Any:
        """The changed copy."""
        self.how = x.shape, mask
        return np.where(mask, value.astype(x.dtype), x)

    def pull(self, g: Any) -> tuple[Any, Any]:
        """g beside the mask; the sum of g within."""
        shape, mask = self.how
        return sum_to(masked(g, ~mask), shape), masked(g, mask).sum()


def mask_array(name: str, mask: Any) -> Any:
    """The array of a bool tensor."""
    if not isinstance(mask, Tensor) or mask.dtype is not dtypes.bool_:
        kind = mask.dtype.legacy if isinstance(mask, Tensor) else type(mask).__name__
        raise RuntimeError(f"{name} only supports boolean masks, but got mask with dtype {kind}")
    return mask.array


def masked_fill(input: Tensor, mask: Tensor, value: Any) -> Tensor:
    """A copy with `value` where the mask holds."""
    m = mask_array("masked_fill", mask)
    v = value if isinstance(value, Tensor) else wrap(np.array(value, input.array.dtype), input.dtype)
    if v.array.ndim:
        raise RuntimeError(
            f"masked_fill only supports a 0-dimensional value tensor, but got tensor with {v.array.ndim} dimension(s)."
        )
    try:
        return apply(MaskedFillBackward0, (input, v), m)
    except ValueError:
        made.check_broadcast(input.array, m)
        raise


class MaskedSelectBackward0(IndexBackward0):
    """The elements where a mask holds."""

    __slots__ = ()


def masked_select(input: Tensor, mask: Tensor) -> Tensor:
    """The elements where the mask holds, one after another."""
    shape = np.broadcast_shapes(input.array.shape, mask.array.shape)
    x = input if input.array.shape == shape else input.expand(*shape)
    return apply(MaskedSelectBackward0, (x,), (np.broadcast_to(mask_array("masked_select", mask), shape),))


def masked_scatter(input: Tensor, mask: Tensor, source: Tensor) -> Tensor:
    """A copy with the elements of `source`, in turn, where the mask holds."""
    shape = np.broadcast_shapes(input.array.shape, mask.array.shape)
    m: Any = np.broadcast_to(mask_array("masked_scatter", mask), shape)
    count = int(m.sum())
    return apply(IndexPutBackward0, (made.expand(input, shape), source.reshape(-1)[:count]), (m,), False)


def take(input: Tensor, index: Tensor) -> Tensor:
    """The elements at `index` of the flattened tensor."""
    return index_with(input.reshape(-1), (index.array,)).reshape(index.array.shape)


def put(input: Tensor, index: Tensor, source: Tensor, accumulate: bool = False) -> Tensor:
    """A copy with the elements at `index` of the flattened tensor replaced, or added to."""
    flat = apply(
        IndexPutBackward0, (input.reshape(-1), source.reshape(-1)), (index.array.reshape(-1),), accumulate
    )
    return flat.reshape(input.array.shape)


def nonzero(input: Tensor, *, as_tuple: bool = False) -> Any:
    """The coordinates of the elements that are not 0, one row each; as_tuple: one tensor for each dimension."""
    if as_tuple:
        found: Any = np.nonzero(np.atleast_1d(input.array))
        return tuple(wrap(k.astype(np.int64), dtypes.int64) for k in found)
    return wrap(np.argwhere(input.array).astype(np.int64), dtypes.int64)


argwhere = nonzero


def tril_indices(
    row: int, col: int, offset: int = 0, *, dtype: Any = dtypes.int64, device: Any = None
) -> Tensor:
    """The coordinates of the lower triangle, (2, count)."""
    check_device(device)
    return wrap(np.stack(np.tril_indices(row, offset, col)).astype(dtype.numpy), dtype)


def triu_indices(
    row: int, col: int, offset: int = 0, *, dtype: Any = dtypes.int64, device: Any = None
) -> Tensor:
    """The coordinates of the upper triangle, (2, count)."""
    check_device(device)
    return wrap(np.stack(np.triu_indices(row, offset, col)).astype(dtype.numpy), dtype)


def diagonal_scatter(input: Tensor, src: Tensor, offset: int = 0, dim1: int = 0, dim2: int = 1) -> Tensor:
    """A copy with its diagonal replaced."""
    out = input.clone()
    out.diagonal(offset, dim1, dim2).copy_(src)
    return out


def select_scatter(input: Tensor, src: Tensor, dim: int, index: int) -> Tensor:
    """A copy with one slice replaced."""
    out = input.clone()
    out.select(dim, index).copy_(src)
    return out


def slice_scatter(
    input: Tensor, src: Tensor, dim: int = 0, start: Any = None, end: Any = None, step: int = 1
) -> Tensor:
    """A copy with a range of slices replaced."""
    out = input.clone()
    out[(slice(None),) * dimension(dim, input.array.ndim) + (slice(start, end, step),)] = src
    return out


def fill_diagonal_(self: Tensor, fill_value: float, wrap: bool = False) -> Tensor:
    """One value on the main diagonal, in place."""
    check_overwrite(self)
    quietly(np.fill_diagonal, memory(self), fill_value, wrap)
    self.clock[0] += 1
    return self


def where_(condition: Any, input: Any, other: Any) -> Any:
    """where, for methods: x.where(condition, other)."""
    return where(condition, input, other)
