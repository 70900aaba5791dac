"""Filling tensors with random numbers: rand, randn, randint, randperm, bernoulli, multinomial, and the in-place methods.

Every function draws from the default generator unless it is given another.
"""

from __future__ import annotations

# Arrays are Any here: formulas are lambdas over arrays and tensors alike.
# pyright: reportUnknownLambdaType=false, reportUnknownArgumentType=false
# pyright: reportUnknownVariableType=false, reportUnknownMemberType=false
import math
from typing import Any

import numpy as np

from pellucid.torch import dtypes
from pellucid.torch.creation import check_lengths, leaf
from pellucid.torch.ops.inplace import check_overwrite, overwrite
from pellucid.torch.random.generator import Generator, default_generator
from pellucid.torch.random.normal import fma, fma64, normal
from pellucid.torch.size import sizes
from pellucid.torch.tensor import Tensor, memory, wrap


def stream(generator: Generator | None) -> Generator:
    """The generator to draw from."""
    return default_generator if generator is None else generator


def uniform(count: int, low: float, high: float, own: Any, generator: Generator) -> Any:
    """Numbers in [low, high), as uniform_ writes them."""
    if own is dtypes.float64:
        x: Any = fma64(generator.uniform64(count), high - low, low)
    else:
        a, b = np.float32(low), np.float32(high)
        x = dtypes.cast(fma(generator.uniform32(count), b - a, a), own)  # the half types draw in float32
    return np.where(x == high, own.numpy.type(low), x)  # what rounding brought to the upper end


def normals(
    count: int, mean: float, std: float, own: Any, generator: Generator, contiguous: bool = True
) -> Any:
    """Normal numbers as normal_ writes them."""
    return dtypes.cast(
        normal(count, mean, std, generator, own is dtypes.float64, contiguous, own.storage_bits == 16), own
    )


def floating(dtype: Any) -> Any:
    """The type to draw in."""
    own = dtypes.Defaults.floating if dtype is None else dtype
    if not own.is_floating_point:
        raise NotImplementedError(f"\"check_uniform_bounds\" not implemented for '{own.legacy}'")
    return own


def rand(
    *size: Any,
    generator: Any = None,
    dtype: Any = None,
    device: Any = None,
    requires_grad: bool = False,
    **named: Any,
) -> Tensor:
    """Uniform numbers in [0, 1)."""
    shape, own = check_lengths(sizes(named.get("size", size))), floating(dtype)
    return leaf(
        uniform(math.prod(shape), 0, 1, own, stream(generator)).reshape(shape), own, requires_grad, device
    )


def randn(
    *size: Any,
    generator: Any = None,
    dtype: Any = None,
    device: Any = None,
    requires_grad: bool = False,
    **named: Any,
) -> Tensor:
    """Standard normal numbers."""
    shape, own = check_lengths(sizes(named.get("size", size))), floating(dtype)
    return leaf(
        normals(math.prod(shape), 0, 1, own, stream(generator)).reshape(shape), own, requires_grad, device
    )


def integers(count: int, low: int, high: int, generator: Generator) -> Any:
    """Integers in [low, high). Wide ranges take 64 bits, so that the remainder is skewed by no more than a sixteenth."""
    width = high - low
    draws = generator.raw32(count) if width < 2**28 else generator.raw64(count)
    return (draws % np.uint64(width)).astype(np.int64) + low


def randint(
    low: int,
    high: Any = None,
    size: Any = None,
    *,
    generator: Any = None,
    dtype: Any = dtypes.int64,
    device: Any = None,
    requires_grad: bool = False,
) -> Tensor:
    """Integers in [low, high); with two arguments low is 0."""
    if size is None:
        low, high, size = 0, low, high
    if low >= high:
        raise RuntimeError(f"random_ expects 'from' to be less than 'to', but got from={low} >= to={high}")
    shape = tuple(size)
    return leaf(
        integers(math.prod(shape), low, high, stream(generator)).reshape(shape), dtype, requires_grad, device
    )


def randperm(n: int, *, generator: Any = None, dtype: Any = dtypes.int64, device: Any = None) -> Tensor:
    """The numbers 0 … n − 1 in random order."""
    if n < 0:
        raise RuntimeError(f"n must be non-negative, got {n}")
    order = list(range(n))
    draws: list[int] = stream(generator).raw32(max(n - 1, 0)).tolist()
    for i, draw in enumerate(draws):
        j = i + draw % (n - i)
        order[i], order[j] = order[j], order[i]
    return leaf(np.array(order, np.int64), dtype, False, device)


def beside(input: Tensor, dtype: Any) -> Tensor:
    """An empty tensor whose elements lie in memory in the order of another's."""
    own = dtype or input.dtype
    return wrap(np.empty_like(memory(input), own.numpy), own)


def rand_like(
    input: Tensor,
    *,
    dtype: Any = None,
    device: Any = None,
    requires_grad: bool = False,
    memory_format: Any = None,
) -> Tensor:
    """Uniform numbers in the shape of another tensor, drawn in the order of its memory."""
    if not input.is_contiguous():
        return uniform_(beside(input, dtype)).requires_grad_(requires_grad)
    return rand(*input.array.shape, dtype=dtype or input.dtype, device=device, requires_grad=requires_grad)


def randn_like(
    input: Tensor,
    *,
    dtype: Any = None,
    device: Any = None,
    requires_grad: bool = False,
    memory_format: Any = None,
) -> Tensor:
    """Standard normal numbers in the shape of another tensor, drawn in the order of its memory."""
    if not input.is_contiguous():
        return normal_(beside(input, dtype)).requires_grad_(requires_grad)
    return randn(*input.array.shape, dtype=dtype or input.dtype, device=device, requires_grad=requires_grad)


def randint_like(input: Tensor, low: int, high: int | None = None, *, dtype: Any = None) -> Tensor:
    """Integers in the shape of another tensor."""
    if high is None:
        low, high = 0, low
    return randint(low, high, input.array.shape, dtype=dtype or input.dtype)


def put(self: Tensor, array: Any) -> Tensor:
    """Write drawn numbers over a tensor, in the order in which its elements lie in memory."""
    check_overwrite(self)
    shape, strides = self.array.shape, self.array.strides
    axes = sorted(range(len(shape)), key=lambda k: -strides[k])
    drawn = (
        array.reshape([shape[k] for k in axes]).transpose(np.argsort(axes)) if shape else array.reshape(())
    )
    return overwrite(self, wrap(dtypes.cast(drawn, self.dtype), self.dtype))


def uniform_(self: Tensor, from_: float = 0, to: float = 1, *, generator: Any = None, **named: Any) -> Tensor:
    """Uniform numbers in [from, to), in place."""
    low = named.get("from", from_)
    check_overwrite(self)
    if low > to:
        raise RuntimeError(
            f"uniform_ expects to return a [from, to) range, but found from={low:g} > to={to:g}"
        )
    return put(self, uniform(self.array.size, low, to, floating(self.dtype), stream(generator)))


def normal_(self: Tensor, mean: float = 0, std: float = 1, *, generator: Any = None) -> Tensor:
    """Normal numbers, in place."""
    check_overwrite(self)
    if std < 0:
        raise RuntimeError(f"normal expects std >= 0.0, but found std {std:g}")
    contiguous = self.is_contiguous()
    return put(self, normals(self.array.size, mean, std, floating(self.dtype), stream(generator), contiguous))


def normal_of(
    mean: Any,
    std: Any = 1.0,
    size: Any = None,
    *,
    generator: Any = None,
    dtype: Any = None,
    requires_grad: bool = False,
) -> Tensor:
    """Normal numbers of one mean and standard deviation (with size), or of one each for every element."""
    if not isinstance(std, Tensor) and std < 0:
        raise RuntimeError(f"normal expects std >= 0.0, but found std {std:g}")
    if size is not None:
        own, shape = floating(dtype), tuple(size)
        return leaf(
            normals(math.prod(shape), float(mean), float(std), own, stream(generator)).reshape(shape),
            own,
            requires_grad,
        )
    like = mean if isinstance(mean, Tensor) else std
    m, s = (t.array if isinstance(t, Tensor) else t for t in (mean, std))
    shape = np.broadcast_shapes(np.shape(m), np.shape(s))
    z = normals(math.prod(shape), 0, 1, like.dtype, stream(generator)).reshape(shape)
    return leaf((z * s + m).astype(z.dtype), like.dtype, requires_grad)


def exponential_(self: Tensor, lambd: float = 1, *, generator: Any = None) -> Tensor:
    """Exponential numbers of rate lambd, in place."""
    check_overwrite(self)
    return put(self, exponential(self.array.size, lambd, stream(generator)))


def exponential(count: int, rate: float, generator: Generator) -> Any:
    """Exponential float64 numbers."""
    u = generator.uniform64(count)
    return np.array([-1 / rate * math.log1p(-v) for v in u.tolist()], np.float64)


def log_normal_(self: Tensor, mean: float = 1, std: float = 2, *, generator: Any = None) -> Tensor:
    """Numbers whose logarithms are normal, in place."""
    check_overwrite(self)
    return put(
        self,
        np.array(
            [math.exp(v) for v in normal(self.array.size, mean, std, stream(generator), True, False).tolist()]
        ),
    )


def random_(
    self: Tensor, from_: int = 0, to: int | None = None, *, generator: Any = None, **named: Any
) -> Tensor:
    """Integers in [from, to), in place; without arguments all that the type holds from 0 on."""
    check_overwrite(self)
    low = named.get("from", from_)
    if to is None and low:
        low, to = 0, low
    g = stream(generator)
    if to is not None:
        return put(self, integers(self.array.size, low, to, g))
    if self.dtype is dtypes.int64 or self.dtype is dtypes.float64:
        width = 2**63 if self.dtype is dtypes.int64 else 2**53 + 1
        return put(self, (g.raw64(self.array.size) % np.uint64(width)).astype(np.int64))
    limits = {"float32": 2**24 + 1, "float16": 2**11 + 1, "bfloat16": 2**8 + 1, "bool": 2}
    width = limits[self.dtype.name] if self.dtype.name in limits else dtypes.iinfo(self.dtype).max + 1
    return put(self, (g.raw32(self.array.size) % np.uint64(width)).astype(np.int64))


# ── Yes or no ────────────────────────────────────────────────────────────────────────────────────────────────────────────────
class Flavour:
    """How masks are drawn: torch uses another generator on Intel machines with MKL than elsewhere."""

    name = "portable"


def set_bernoulli_flavour(name: str) -> None:
    """'portable' (the default), or 'mkl': what torch draws on Intel machines."""
    if name not in ("portable", "mkl"):
        raise ValueError(f"flavour must be 'portable' or 'mkl', got {name!r}")
    Flavour.name = name


def mkl_uniform(count: int, generator: Generator) -> Any:
    """MKL's MCG31: x ← 1132489760·x mod (2³¹ − 1), from one draw; in [0, 1)."""
    modulus = np.uint64(2**31 - 1)
    out: Any = generator.raw32(1) % modulus
    out = np.maximum(out, np.uint64(1))
    factor = 1132489760
    while out.size < count:
        out = np.concatenate([out, out * np.uint64(factor) % modulus])
        factor = factor * factor % (2**31 - 1)
    return out[:count].astype(np.float64) / float(2**31 - 1)


def bernoulli_mask(shape: tuple[int, ...], probability: float, generator: Generator | None = None) -> Any:
    """A bool array, each element True with `probability`: what bernoulli_(p) and dropout draw."""
    count, g = math.prod(shape), stream(generator)
    u = mkl_uniform(count, g) if Flavour.name == "mkl" else g.uniform64(count)
    return (u < probability).reshape(shape)


def dropout_mask(
    shape: tuple[int, ...], p: float, own: Any = dtypes.float32, generator: Generator | None = None
) -> Any:
    """What dropout multiplies by in training: 0 with probability p, else 1/(1 − p)."""
    keep = bernoulli_mask(shape, 1 - p, generator).astype(own.numpy)
    return keep / own.numpy.type(1 - p) if p < 1 else keep


def bernoulli(input: Tensor, p: Any = None, *, generator: Any = None) -> Tensor:
    """1 with the probability that stands in `input`, else 0."""
    if p is not None:
        return leaf(bernoulli_mask(input.array.shape, p, generator), input.dtype)
    x = input.array
    if x.size and not ((x >= 0) & (x <= 1)).all():
        raise RuntimeError("Expected p_in >= 0 && p_in <= 1 to be true, but got false.")
    g = stream(generator)
    u = g.uniform64(x.size) if input.dtype is dtypes.float64 else g.uniform32(x.size)
    return leaf(u.reshape(x.shape) < x, input.dtype)


def bernoulli_(self: Tensor, p: Any = 0.5, *, generator: Any = None) -> Tensor:
    """1 with probability p (a number or a tensor), else 0, in place."""
    check_overwrite(self)
    if isinstance(p, Tensor):
        return put(self, bernoulli(p.expand(*self.array.shape), generator=generator).array)
    if not 0 <= p <= 1:
        raise RuntimeError(f"bernoulli_ expects p to be in [0, 1], but got p={p:g}")
    return put(self, bernoulli_mask(self.array.shape, p, generator))


def multinomial(
    input: Tensor, num_samples: int, replacement: bool = False, *, generator: Any = None
) -> Tensor:
    """Indices drawn with the weights in each row."""
    w, g = input.array, stream(generator)
    if not input.dtype.is_floating_point:
        raise RuntimeError(
            f"multinomial only supports floating-point dtypes for input, got: {input.dtype.legacy}"
        )
    if w.ndim not in (1, 2):
        raise RuntimeError("prob_dist must be 1 or 2 dim")
    if not np.isfinite(w).all() or (w < 0).any():
        raise RuntimeError("probability tensor contains either `inf`, `nan` or element < 0")
    if (w.sum(-1) <= 0).any():
        raise RuntimeError("invalid multinomial distribution (sum of probabilities <= 0)")
    if num_samples <= 0:
        raise RuntimeError("cannot sample n_sample <= 0 samples")
    if not replacement and num_samples > w.shape[-1]:
        raise RuntimeError("cannot sample n_sample > prob_dist.size(-1) samples without replacement")
    if not replacement or num_samples == 1:
        q = exponential(w.size, 1, g).astype(w.dtype).reshape(w.shape)
        with np.errstate(all="ignore"):
            ratio = w / q
        order: Any = (
            np.argmax(ratio, -1)[..., None] if num_samples == 1 else np.argsort(-ratio, -1, kind="stable")
        )
        return leaf(order[..., :num_samples].astype(np.int64), dtypes.int64)
    rows = w.reshape(-1, w.shape[-1])
    out = np.empty((rows.shape[0], num_samples), np.int64)
    for i, row in enumerate(rows):
        sums = np.cumsum(row, dtype=w.dtype)
        sums = sums / sums[-1]
        sums[-1] = 1
        out[i] = np.searchsorted(sums, g.uniform64(num_samples), "left")
    return leaf(np.minimum(out, w.shape[-1] - 1).reshape(*w.shape[:-1], num_samples), dtypes.int64)
