"""Normal numbers exactly as torch's CPU code makes them: Box–Muller, in two ways.

Sixteen or more into contiguous memory: blocks of sixteen, for float32 by the Cephes polynomials that its vector code uses, every
fused multiply-add rounded once. Otherwise one by one in float64, the second of each pair kept for the next call.
"""

from __future__ import annotations

# Arrays are Any here: formulas are lambdas over arrays and tensors alike.
# pyright: reportUnknownLambdaType=false, reportUnknownArgumentType=false
# pyright: reportUnknownVariableType=false, reportUnknownMemberType=false
import math
from collections.abc import Sequence
from typing import Any

import numpy as np

from pellucid.torch.random.generator import Generator

F = np.float32
LOG = (
    7.0376836292e-2,
    -1.1514610310e-1,
    1.1676998740e-1,
    -1.2420140846e-1,
    1.4249322787e-1,
    -1.6668057665e-1,
    2.0000714765e-1,
    -2.4999993993e-1,
    3.3333331174e-1,
)
COS = (2.443315711809948e-5, -1.388731625493765e-3, 4.166664568298827e-2)
SIN = (-1.9515295891e-4, 8.3321608736e-3, -1.6666654611e-1)
PI_PARTS = (-0.78515625, -2.4187564849853515625e-4, -3.77489497744594108e-8)  # −π/4, in three parts


def fma(a: Any, b: Any, c: Any) -> Any:
    """a·b + c in float32 with one rounding."""
    return (np.asarray(a, np.float64) * np.asarray(b, np.float64) + np.asarray(c, np.float64)).astype(F)


def fma64(a: Any, b: float, c: float) -> Any:
    """a·b + c in float64 with one rounding: the product's error by Dekker's splitting, the sum's by Knuth."""
    split = 2.0**27 + 1
    high_a, high_b = a * split - (a * split - a), b * split - (b * split - b)
    low_a, low_b = a - high_a, b - high_b
    product = a * b
    error = ((high_a * high_b - product) + high_a * low_b + low_a * high_b) + low_a * low_b
    total = product + c
    part = total - product
    return total + (((product - (total - part)) + (c - part)) + error)


def horner(x: Any, coefficients: Sequence[float]) -> Any:
    """A polynomial, its highest coefficient first, by fused steps."""
    y: Any = np.full_like(x, F(coefficients[0]))
    for c in coefficients[1:]:
        y = fma(y, x, F(c))
    return y


def log32(x: Any) -> Any:
    """Cephes' float32 logarithm of positive numbers."""
    mantissa, exponent = np.frexp(x)
    e = exponent.astype(F)
    small = mantissa < F(0.707106781186547524)
    e = np.where(small, e - F(1), e)
    x = np.where(small, (mantissa - F(1)) + mantissa, mantissa - F(1))
    z = x * x
    y = horner(x, LOG) * x
    y = fma(y, z, e * F(-2.12194440e-4))
    y = fma(-z, F(0.5), y)
    return fma(e, F(0.693359375), x + y)


def sincos32(x: Any) -> tuple[Any, Any]:
    """Cephes' float32 sine and cosine of numbers ≥ 0."""
    j = (x * F(1.27323954473516)).astype(np.int32)
    j = (j + 1) & ~1
    k = j.astype(F)
    for part in PI_PARTS:
        x = fma(k, F(part), x)
    z = x * x
    c = horner(z, COS) * z
    c = fma(c, z, -(z * F(0.5))) + F(1)
    s = horner(z, SIN) * z
    s = fma(s, x, x)
    swapped = (j & 2) != 0
    sine, cosine = np.where(swapped, c, s), np.where(swapped, s, c)
    sine = np.where((j & 4) != 0, -sine, sine)
    return sine, np.where(((j - 2) & 4) == 0, -cosine, cosine)


def block32(d: Any, mean: float, std: float) -> Any:
    """Blocks (n, 16) of uniform numbers made normal, in float32."""
    u1, u2 = F(1) - d[:, :8], d[:, 8:]
    r = np.sqrt(F(-2) * log32(u1))
    sine, cosine = sincos32(F(2 * math.pi) * u2)
    return np.hstack([fma(r * cosine, F(std), F(mean)), fma(r * sine, F(std), F(mean))])


def block64(d: Any, mean: float, std: float) -> Any:
    """Blocks (n, 16) of uniform numbers made normal, in float64."""
    u1, u2 = 1 - d[:, :8], d[:, 8:]
    log, cos, sin = (
        np.vectorize(f, otypes=[np.float64]) for f in (math.log, math.cos, math.sin)
    )  # libm's own digits
    r = np.sqrt(-2 * log(u1))
    theta = 2 * math.pi * u2
    return np.hstack([fma64(r * cos(theta), std, mean), fma64(r * sin(theta), std, mean)])


def fill(count: int, mean: float, std: float, generator: Generator, double: bool, half: bool) -> Any:
    """Sixteen or more normal numbers. The half types do not draw the uniform numbers that the last block overwrites."""
    draw = generator.uniform64 if double else generator.uniform32
    block = block64 if double else block32
    whole = count - count % 16
    d: Any = draw(whole if half else count)
    out: Any = np.empty(count, np.float64 if double else F)
    out[:whole] = block(d[:whole].reshape(-1, 16), mean, std).reshape(-1)
    if whole < count:
        out[-16:] = block(draw(16).reshape(1, 16), mean, std).reshape(-1)
    return out


def pairs(count: int, generator: Generator) -> Any:
    """Standard normal float64 numbers one by one; what is left of a pair waits in the generator."""
    out: list[float] = []
    while len(out) < count:
        if generator.cached is not None:
            out.append(generator.cached)
            generator.cached = None
            continue
        u1, u2 = generator.uniform64(2).tolist()
        r = math.sqrt(-2 * math.log1p(-u2))
        theta = 2 * math.pi * u1
        generator.cached = r * math.sin(theta)
        out.append(r * math.cos(theta))
    return np.array(out, np.float64)


def normal(
    count: int,
    mean: float,
    std: float,
    generator: Generator,
    double: bool,
    contiguous: bool = True,
    half: bool = False,
) -> Any:
    """`count` normal numbers, float64 or float32, as torch's normal_ writes them into a tensor (half: of a half type)."""
    if count >= 16 and contiguous:
        return fill(count, mean, std, generator, double, half)
    return fma64(pairs(count, generator), std, mean).astype(np.float64 if double else F)
