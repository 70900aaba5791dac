"""gather and scatter: elements at indices along one dimension."""

from __future__ import annotations

# Arrays are Any here: formulas are lambdas over arrays and tensors alike.
# pyright: reportUnknownLambdaType=false, reportUnknownArgumentType=false
# pyright: reportUnknownVariableType=false, reportUnknownMemberType=false
from typing import Any

import numpy as np

from pellucid.torch import dtypes
from pellucid.torch.ops import apply as made
from pellucid.torch.ops.apply import Operation, apply
from pellucid.torch.ops.choice import masked, where
from pellucid.torch.ops.index import IndexBackward0, Key, add_at
from pellucid.torch.ops.views import embed
from pellucid.torch.size import dimension
from pellucid.torch.tensor import Tensor, wrap


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


def same_rank(x: Tensor, index: Any) -> None:
    """Raises torch's error where index and input have different numbers of dimensions."""
    if index.ndim != x.array.ndim and index.ndim and x.array.ndim:
        raise RuntimeError("Index tensor must have the same number of dimensions as input tensor")


def gather(input: Tensor, dim: int, index: Tensor) -> Tensor:
    """The elements at `index` along `dim`, the other coordinates their own."""
    place = dimension(dim, input.array.ndim)
    array = index_array("gather", index, input, place)
    same_rank(input, array)
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
    counted = where(indices < 0, indices + input.array.shape[place], indices)  # from the end, where below 0
    return gather(input.expand(*rows), place, counted.expand(*shape))


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
    same_rank(input, array)
    return apply(ScatterBackward0, (input, source), array, place)


class ScatterAddBackward0(Operation):
    """x with elements added along a dimension."""

    __slots__ = ()

    def forward(self, x: Any, source: Any, index: Any, dim: int) -> Any:
        """The sums."""
        self.how = index, dim, source.shape
        if not x.ndim:
            return np.asarray(x + source.sum()).astype(x.dtype)
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
    same_rank(input, array)
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
            out = (out / count if x.dtype.kind == "f" else out // count).astype(x.dtype)
        self.how = key, fold, include_self, count, hit, source.shape, index.shape
        self.place = index, dim
        self.save(x, source, out)
        return out

    def pull(self, g: Any) -> tuple[Any, Any]:
        """The shares of x and of the source."""
        x, source, out = self.unpack()
        key, fold, include_self, count, hit, shape, used = self.how
        inner = tuple(slice(n) for n in used)
        if fold == "prod":
            return self.pull_of_product(g)
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

    def pull_of_product(self, g: Any) -> tuple[Any, Any]:
        """g times the product of the others: of all that are not 0, divided by the own one."""
        x, source, _ = self.unpack()
        key, fold, include_self, _, hit, shape, used = self.how
        inner = tuple(slice(n) for n in used)
        part = source[inner]
        zero_x, zero = (v.array == 0 if isinstance(v, Tensor) else v == 0 for v in (x, part))
        if isinstance(g, Tensor) and (zero_x.any() or zero.any()):
            raise NotImplementedError("second derivatives of scatter_reduce('prod') at zeros are absent")
        safe_x, safe = where(zero_x, x * 0 + 1, x), where(zero, part * 0 + 1, part)
        zeros: Any = np.zeros(hit.shape, np.int64)  # from the source, in each place
        np.add.at(zeros, key, zero.astype(np.int64))
        index, dim = self.place
        rest = apply(ScatterReduceBackward0, (safe_x, part), index, dim, fold, include_self) / safe_x
        others = apply(ScatterReduceBackward0, (x, safe), index, dim, fold, include_self)
        mine = (zeros[key] == 0) | (zero & (zeros[key] == 1))
        gs = masked(apply(IndexBackward0, (g * others,), key) / safe, mine)
        gx = masked(g * rest, include_self | (hit == 0))
        return gx, gs if gs.shape == shape else embed(gs, shape, inner)


def limit(x: Any, fold: str) -> Any:
    """The value from which an integer extreme begins."""
    if x.dtype == np.bool_:
        return fold == "amin"
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
