"""Functions of mathematical physics and statistics, by scipy.special: each with its gradient beside it.

In the formulas g is the gradient of the output, x and y are the inputs, z is the output. A derivative that torch has not is
refused in its words.
"""

from __future__ import annotations

# Arrays are Any here: formulas are lambdas over arrays and tensors alike.
# pyright: reportUnknownLambdaType=false, reportUnknownArgumentType=false
# pyright: reportUnknownVariableType=false, reportUnknownMemberType=false
import math
from collections.abc import Callable
from typing import Any

import numpy as np

from pellucid.torch.ops.apply import Operation, apply
from pellucid.torch.ops.choice import where
from pellucid.torch.ops.elementwise import cos, exp, log, log1p, reciprocal, sgn
from pellucid.torch.ops.formulas import Op1, binary, unary
from pellucid.torch.tensor import Tensor

TWO_OVER_ROOT_PI = 2 / math.pi**0.5
ROOT_TWO_PI = (2 * math.pi) ** 0.5


def by_scipy(name: str) -> Callable[..., Any]:
    """A function of scipy.special, imported when it is first used; computed and returned in the type of its last input."""

    def call(*inputs: Any) -> Any:
        import scipy.special  # pyright: ignore[reportMissingTypeStubs]

        function: Any = getattr(scipy.special, name)
        return np.asarray(function(*inputs)).astype(inputs[-1].dtype)

    return call


def no_derivative(name: str) -> Callable[[Any], Any]:
    """A gradient that neither torch nor this library has."""

    def refuse(g: Any) -> Any:
        raise NotImplementedError(f"the derivative for '{name}' is not implemented.")

    return refuse


def special(title: str, name: str, formula: Callable[..., Any] | None) -> Op1:
    """The operation of one input that scipy.special has under a name."""
    return unary(f"{title}Backward0", by_scipy(name), formula)


# ── The error function and the normal distribution ───────────────────────────────────────────────────────────────────────────
erf = special("Erf", "erf", lambda g, x: g * (TWO_OVER_ROOT_PI * exp(-x * x)))
erfc = special("Erfc", "erfc", lambda g, x: g * (-TWO_OVER_ROOT_PI * exp(-x * x)))
erfcx = special("SpecialErfcx", "erfcx", lambda g, x, z: g * (2 * x * z - TWO_OVER_ROOT_PI))
erfinv = special("Erfinv", "erfinv", lambda g, z: g * (exp(z * z) / TWO_OVER_ROOT_PI))
ndtr = special("SpecialNdtr", "ndtr", lambda g, x: g * (exp(x * x * -0.5) / ROOT_TWO_PI))
ndtri = special("SpecialNdtri", "ndtri", lambda g, z: g * (exp(z * z * 0.5) * ROOT_TWO_PI))
log_ndtr = special(  # 1/erfcx stays finite where the density and its integral both vanish
    "SpecialLogNdtr", "log_ndtr", lambda g, x: g * (math.sqrt(2 / math.pi) / erfcx(x * -math.sqrt(0.5)))
)

# ── The gamma function and what follows from it ──────────────────────────────────────────────────────────────────────────────
lgamma = special("Lgamma", "gammaln", lambda g, x: g * digamma(x))
digamma = special("Digamma", "psi", lambda g, x: g * apply(PolygammaBackward0, (x,), 1))


class PolygammaBackward0(Operation):
    """The n-th derivative of digamma."""

    __slots__ = ()

    def forward(self, x: Any, n: int) -> Any:
        """ψ⁽ⁿ⁾(x)."""
        self.n = n
        self.save(x)
        return by_scipy("polygamma")(n, x)

    def pull(self, g: Any) -> tuple[Any]:
        """g·ψ⁽ⁿ⁺¹⁾(x)."""
        (x,) = self.unpack()
        return (g * apply(PolygammaBackward0, (x,), self.n + 1),)


def polygamma(n: int, input: Tensor) -> Tensor:
    """The n-th derivative of digamma."""
    if n < 0:
        raise RuntimeError("polygamma(n, x) does not support negative n.")
    from pellucid.torch.ops.reduce import floating

    return digamma(input) if n == 0 else apply(PolygammaBackward0, (floating(input),), n)


def mvlgamma(input: Tensor, p: int) -> Tensor:
    """log of the multivariate gamma function of dimension p: p(p−1)/4·log π + Σ lgamma(x − j/2), j = 0 … p−1."""
    if (input.array <= (p - 1) / 2).any():
        raise RuntimeError("All elements must be greater than (p-1)/2")
    total = lgamma(input)
    for j in range(1, p):
        total = total + lgamma(input - j / 2)
    return total + p * (p - 1) / 4 * math.log(math.pi)


igamma = binary(  # the regularised lower incomplete gamma function P(x, y)
    "IgammaBackward0",
    by_scipy("gammainc"),
    x=no_derivative("igamma: input"),
    y=lambda g, x, y: g * exp((x - 1) * log(y) - y - lgamma(x)),
    floats=True,
)
igammac = binary(
    "IgammacBackward0",
    by_scipy("gammaincc"),
    x=no_derivative("igammac: input"),
    y=lambda g, x, y: g * -exp((x - 1) * log(y) - y - lgamma(x)),
    floats=True,
)
zeta = binary(  # Hurwitz: Σ (k + y)⁻ˣ
    "SpecialZetaBackward0",
    by_scipy("zeta"),
    x=no_derivative("zeta"),
    y=lambda g, x, y: g * -x * zeta(x + 1, y),
    floats=True,
)

# ── Products with logarithms ─────────────────────────────────────────────────────────────────────────────────────────────────
xlogy = binary(
    "XlogyBackward0",
    lambda x, y: np.where(np.isnan(y), y, np.where(x == 0, 0 * x, x * np.log(y))),
    x=lambda g, x, y: g * where((x == 0) & (y <= 0), 0 * y, log(y)),
    y=lambda g, x, y: g * x / y,
    floats=True,
)
xlog1py = binary(
    "SpecialXlog1PyBackward0",
    lambda x, y: np.where(np.isnan(y), y, np.where(x == 0, 0 * x, x * np.log1p(y))),
    x=lambda g, x, y: g * where((x == 0) & (y <= -1), 0 * y, log1p(y)),
    y=lambda g, x, y: g * x / (y + 1),
    floats=True,
)


entr = unary(
    "SpecialEntrBackward0",
    lambda x: np.where(x > 0, -x * np.log(x), np.where(x == 0, 0 * x, np.where(x < 0, -np.inf, x))).astype(
        x.dtype
    ),
    lambda g, x: g * -(log(x) + 1),
)

# ── Bessel functions ─────────────────────────────────────────────────────────────────────────────────────────────────────────
bessel_j0 = special("SpecialBesselJ0", "j0", lambda g, x: g * -bessel_j1(x))
bessel_j1 = special("SpecialBesselJ1", "j1", lambda g, x, z: g * (bessel_j0(x) - over(z, x)))
bessel_y0 = special("SpecialBesselY0", "y0", lambda g, x: g * -bessel_y1(x))
bessel_y1 = special("SpecialBesselY1", "y1", lambda g, x, z: g * (bessel_y0(x) - z / x))
i0 = special("I0", "i0", lambda g, x: g * i1(x))
i0e = special("SpecialI0E", "i0e", lambda g, x, z: g * (i1e(x) - sgn(x) * z))
i1 = special("SpecialI1", "i1", lambda g, x, z: g * (i0(x) - over(z, x)))
i1e = special("SpecialI1E", "i1e", lambda g, x, z: g * (i0e(x) - z * sgn(x) - over(z, x)))
k0 = special("SpecialModifiedBesselK0", "k0", lambda g, x: g * -k1(x))
k1 = special("SpecialModifiedBesselK1", "k1", lambda g, x, z: g * -(k0(x) + z / x))
k0e = special("SpecialScaledModifiedBesselK0", "k0e", lambda g, x, z: g * (z - k1e(x)))
k1e = special("SpecialScaledModifiedBesselK1", "k1e", lambda g, x, z: g * (z - k0e(x) - z / x))

spherical_bessel_j0 = unary(
    "SpecialSphericalBesselJ0Backward0",
    lambda x: np.sinc(x / x.dtype.type(math.pi)),
    lambda g, x, z: g * where(x == 0, x * 0, (cos(x) - z) / where(x == 0, x + 1, x)),
)


def over(z: Any, x: Any) -> Any:
    """z/x for functions with z ≈ x/2 near 0."""
    at_zero = x == 0
    return where(at_zero, x * 0 + 0.5, z * reciprocal(where(at_zero, x + 1, x)))
