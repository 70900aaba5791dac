"""Kernels: inner products k(a, b) = φ(a)·φ(b) in a feature space that is never entered."""

from __future__ import annotations

import numbers
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from pellucid.models.validation import Floats, as_floats, refuse_nan

NAMES = ("linear", "poly", "rbf", "sigmoid")


@dataclass(frozen=True)
class Kernel:
    """One of the named kernels with its numbers.

    linear a·b; poly (γ a·b + c)ᵖ with degree p and coef0 c; rbf exp(−γ‖a − b‖²); sigmoid tanh(γ a·b + c), which is no inner
    product for every γ and c: the dual need not be concave then.
    """

    name: str
    gamma: float = 1.0
    degree: int = 3
    coef0: float = 0.0

    def __call__(self, A: Floats, B: Floats) -> Floats:
        """K (m, n) with K[i, j] = k(A[i], B[j])."""
        return self.against(B)(A)

    def against(self, X: Floats) -> Callable[[Floats], Floats]:
        """The function A ↦ K(A, X), with what depends on X alone done once."""
        if self.name == "rbf":
            return self._rbf_against(X)
        columns = X.T

        def rows(A: Floats) -> Floats:
            K = A @ columns  # (m, n)
            if self.name == "linear":
                return K
            inner = np.multiply(K, self.gamma, out=K)
            inner += self.coef0
            return np.tanh(inner, out=inner) if self.name == "sigmoid" else _power(inner, self.degree)

        return rows

    def _rbf_against(self, X: Floats) -> Callable[[Floats], Floats]:
        # −γ‖a − x‖² is one product: (√2γ a, −γ‖a‖², 1)·(√2γ x, 1, −γ‖x‖²). Distances do not change when all is moved to the
        # mean of X, and norms are smallest there, so that least is lost where they cancel.
        middle = X.mean(axis=0)
        scale = np.sqrt(2 * self.gamma)

        def lift(A: Floats, *, right: bool) -> Floats:
            moved = (A - middle) * scale
            minus = -0.5 * np.einsum("ij,ij->i", moved, moved)
            refuse_overflow(minus)
            ends = (np.ones(len(A)), minus) if right else (minus, np.ones(len(A)))
            return np.column_stack((moved, *ends))

        columns = lift(X, right=True).T  # (d + 2, n)

        def rows(A: Floats) -> Floats:
            K = lift(A, right=False) @ columns  # (m, n)
            np.minimum(K, 0.0, out=K)  # rounding must not bring points closer than 0
            return np.exp(K, out=K)

        return rows

    def diagonal(self, X: Floats) -> Floats:
        """k(x, x) for each row (n,)."""
        if self.name == "rbf":
            return np.ones(len(X))
        squares = np.einsum("ij,ij->i", X, X)
        if self.name == "linear":
            return squares
        inner = self.gamma * squares + self.coef0
        return np.tanh(inner) if self.name == "sigmoid" else _power(inner, self.degree)


def _power(values: Floats, degree: int) -> Floats:
    """values^degree by multiplication: a whole number of times costs less than a logarithm."""
    result = np.ones_like(values)
    for _ in range(degree):
        result *= values
    return result


def gamma_of(gamma: Any, X: Floats, weights: Floats) -> float:
    """The number that `gamma` stands for: "scale" is 1 / (d Var X), "auto" is 1 / d.

    The variance over all entries counts each row `weights` times, so that a row of weight 2 is as good as that row twice.
    ValueError for other words and for negative numbers.
    """
    if isinstance(gamma, str):
        if gamma == "auto":
            return 1 / X.shape[1]
        if gamma == "scale":
            mean = np.average(X, axis=0, weights=weights).mean()
            variance = float(np.average((X - mean) ** 2, axis=0, weights=weights).mean())
            return 1 / (X.shape[1] * variance) if variance > 0 else 1.0
        raise ValueError(f"gamma is {gamma!r}: use 'scale', 'auto', or a number of at least 0.")
    if not isinstance(gamma, numbers.Real) or not 0 <= float(gamma) < np.inf:
        raise ValueError(f"gamma is {gamma!r}: use 'scale', 'auto', or a number of at least 0.")
    return float(gamma)


def refuse_overflow(values: Floats) -> None:
    """ValueError where numbers of a kernel have left the range of float64."""
    if not np.isfinite(values).all():
        raise ValueError(
            "The dual coefficients or intercepts are not finite, since the kernel of some rows of X is not: products of rows "
            "overflow. Scale X."
        )


def gram_of(kernel: Callable[[Floats, Floats], Any], A: Floats, B: Floats) -> Floats:
    """K (m, n) from a function of two sets of rows. ValueError where what it gives has another shape."""
    K = as_floats(kernel(A, B), "the kernel's matrix")
    if K.shape != (len(A), len(B)):
        raise ValueError(
            f"The kernel gave shape {K.shape} for rows {A.shape} and {B.shape}: it must give one number for each pair, "
            f"{(len(A), len(B))}."
        )
    refuse_nan(K, "the kernel's matrix")
    return K
