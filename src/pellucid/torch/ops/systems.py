"""Square systems: inverse, determinant, solving, Cholesky."""

from __future__ import annotations

# Arrays are Any here: formulas are lambdas over arrays and tensors alike.
# pyright: reportUnknownLambdaType=false, reportUnknownArgumentType=false
# pyright: reportUnknownVariableType=false, reportUnknownMemberType=false
from collections.abc import Callable
from typing import Any

import numpy as np

from pellucid.torch.ops.apply import Operation, apply
from pellucid.torch.ops.choice import masked
from pellucid.torch.ops.products import mT
from pellucid.torch.ops.reduce import named
from pellucid.torch.ops.shape import tril, triu
from pellucid.torch.ops.views import unsqueeze
from pellucid.torch.tensor import Tensor, wrap


class LinAlgError(RuntimeError):
    """A matrix that has not what was asked for: singular, not positive definite."""


LinAlgError.__name__ = "_LinAlgError"  # as tracebacks of torch show it


def solved(z: Any, *given: Any) -> Any:
    """What LAPACK gave. Where NumPy cannot raise its error, in the browser, a failure has left NaN: it is raised here."""
    if np.isnan(z).any() and all(np.isfinite(x).all() for x in given):
        raise np.linalg.LinAlgError("the matrix is singular, or not positive definite")
    return z


def square(name: str, x: Tensor) -> None:
    """Raises unless `x` holds square matrices of a floating type."""
    if x.array.ndim < 2:
        raise RuntimeError(f"{name}: The input tensor A must have at least 2 dimensions.")
    if x.array.shape[-1] != x.array.shape[-2]:
        raise RuntimeError(
            f"{name}: A must be batches of square matrices, but they are {x.array.shape[-2]} by {x.array.shape[-1]} matrices"
        )
    if not x.dtype.is_floating_point:
        raise RuntimeError(
            f"{name}: Expected a floating point or complex tensor as input. Got {x.dtype.legacy}"
        )


class LinalgInvExBackward0(Operation):
    """X⁻¹."""

    __slots__ = ()

    def forward(self, x: Any) -> Any:
        """The inverse."""
        z = solved(np.linalg.inv(x), x)
        self.save(z)
        return z

    def pull(self, g: Any) -> tuple[Any]:
        """−Zᵀ·g·Zᵀ."""
        (z,) = self.unpack()
        return (-(mT(z) @ g @ mT(z)),)


def zero_pivot(a: Any) -> int:
    """The place, counted from 1, of the first zero that elimination with pivoting meets in a matrix; 0 if there is none."""
    import scipy.linalg  # pyright: ignore[reportMissingTypeStubs]

    factors: Any = scipy.linalg.lu(a)
    zeros: Any = np.flatnonzero(np.diag(factors[2]) == 0)
    return int(zeros[0]) + 1 if zeros.size else 0


def bad_minor(a: Any) -> int:
    """The order of the first leading minor of a matrix that is not positive definite; 0 if there is none."""
    for k in range(1, a.shape[0] + 1):
        try:
            solved(np.linalg.cholesky(a[:k, :k]))
        except np.linalg.LinAlgError:
            return k
    return 0


def culprit(a: Any, fault: Callable[[Any], Any]) -> tuple[str, Any]:
    """The first matrix of a stack that has the fault: how torch's messages name it, and itself."""
    if a.ndim == 2:
        return "", a
    matrices: Any = a.reshape(-1, *a.shape[-2:])
    place = next((k for k, x in enumerate(matrices) if fault(x)), 0)
    return f"(Batch element {place}): ", matrices[place]


def inv(A: Tensor) -> Tensor:
    """The inverse of square matrices."""
    square("linalg.inv", A)
    try:
        return apply(LinalgInvExBackward0, (A,))
    except np.linalg.LinAlgError:
        where, bad = culprit(A.array, zero_pivot)
        raise LinAlgError(
            f"linalg.inv: {where}The diagonal element {zero_pivot(bad)} is zero, the inversion could not be completed because "
            "the input matrix is singular."
        ) from None


class LinalgDetBackward0(Operation):
    """det X."""

    __slots__ = ()

    def forward(self, x: Any) -> Any:
        """The determinant."""
        z = np.linalg.det(x)
        self.save(x, z)
        return z

    def pull(self, g: Any) -> tuple[Any]:
        """g·det·X⁻ᵀ; where X is singular, the cofactors."""
        x, z = self.unpack()
        if not isinstance(x, Tensor) and np.any(z == 0):
            u, s, vt = np.linalg.svd(x)
            others = np.stack([np.delete(s, k, -1).prod(-1) for k in range(s.shape[-1])], -1)
            sign = np.linalg.det(u) * np.linalg.det(vt)
            return ((g * sign)[..., None, None] * (u * others[..., None, :]) @ vt,)
        return (unsqueeze(unsqueeze(g * z, -1), -1) * mT(apply(LinalgInvExBackward0, (x,))),)


def det(A: Tensor) -> Tensor:
    """The determinants of square matrices."""
    square("linalg.det", A)
    return apply(LinalgDetBackward0, (A,))


class LinalgSlogdetBackward0(Operation):
    """log|det X|."""

    __slots__ = ()

    def forward(self, x: Any) -> Any:
        """The logarithm of the determinant's size."""
        self.save(x)
        return np.linalg.slogdet(x)[1]

    def pull(self, g: Any) -> tuple[Any]:
        """g·X⁻ᵀ."""
        (x,) = self.unpack()
        return (unsqueeze(unsqueeze(g, -1), -1) * mT(apply(LinalgInvExBackward0, (x,))),)


def slogdet(A: Tensor) -> Any:
    """(sign, logabsdet) of the determinants."""
    square("linalg.slogdet", A)
    sign = wrap(np.linalg.slogdet(A.array)[0], A.dtype)
    return named("linalg_slogdet", "sign", "logabsdet")(sign, apply(LinalgSlogdetBackward0, (A,)))


def logdet(input: Tensor) -> Tensor:
    """log det; NaN where the determinant is negative."""
    sign, size = slogdet(input)
    return size + wrap(np.where(sign.array < 0, np.nan, 0).astype(size.array.dtype), size.dtype)


class LinalgSolveExBackward0(Operation):
    """The solution of A·Z = B."""

    __slots__ = ()

    def forward(self, a: Any, b: Any) -> Any:
        """Z."""
        z = solved(np.linalg.solve(a, b), a, b)
        self.save(a, z)
        return z

    def pull(self, g: Any) -> tuple[Any, Any]:
        """−(A⁻ᵀg)·Zᵀ and A⁻ᵀg."""
        a, z = self.unpack()
        gb = apply(LinalgSolveExBackward0, (mT(a), g))
        return -(gb @ mT(z)), gb


def solve(A: Tensor, B: Tensor, *, left: bool = True) -> Tensor:
    """The solution of A·X = B (X·A = B with left=False); B a vector or a matrix."""
    square("linalg.solve", A)
    if not left:
        return mT(solve(mT(A), mT(B)))
    vector = B.array.ndim == 1 or (B.array.ndim == A.array.ndim - 1 and B.array.shape == A.array.shape[:-1])
    right = unsqueeze(B, -1) if vector else B
    lead = np.broadcast_shapes(A.array.shape[:-2], right.array.shape[:-2])
    a, right = A.expand(*lead, *A.array.shape[-2:]), right.expand(*lead, *right.array.shape[-2:])
    try:
        out = apply(LinalgSolveExBackward0, (a, right))
    except np.linalg.LinAlgError:
        where, _ = culprit(a.array, zero_pivot)
        raise LinAlgError(
            f"torch.linalg.solve: {where}The solver failed because the input matrix is singular."
        ) from None
    return out.squeeze(-1) if vector else out


def solve_triangular(
    A: Tensor, B: Tensor, *, upper: bool, left: bool = True, unitriangular: bool = False
) -> Tensor:
    """The solution of a triangular system."""
    a = triu(A) if upper else tril(A)
    if unitriangular:
        eye = wrap(np.eye(A.array.shape[-1], dtype=A.array.dtype), A.dtype)
        a = (triu(A, 1) if upper else tril(A, -1)) + eye
    return solve(a, B, left=left)


class LinalgCholeskyExBackward0(Operation):
    """The lower L with L·Lᵀ = A."""

    __slots__ = ()

    def forward(self, a: Any) -> Any:
        """L."""
        z = solved(np.linalg.cholesky(a))
        self.save(z)
        return z

    def pull(self, g: Any) -> tuple[Any]:
        """L⁻ᵀ·Φ(Lᵀg)·L⁻¹ made symmetric; Φ halves the diagonal of the lower triangle."""
        (z,) = self.unpack()
        phi = tril(mT(z) @ g)
        eye = np.eye(z.shape[-1], dtype=bool)
        phi = phi - masked(phi * 0.5, eye)
        inverse = apply(LinalgInvExBackward0, (z,))
        out = mT(inverse) @ phi @ inverse
        return ((out + mT(out)) * 0.5,)


def cholesky(A: Tensor, *, upper: bool = False) -> Tensor:
    """The lower (or upper) Cholesky factor of positive definite matrices."""
    square("linalg.cholesky", A)
    try:
        lower = apply(LinalgCholeskyExBackward0, (A,))
    except np.linalg.LinAlgError:
        where, bad = culprit(A.array, bad_minor)
        raise LinAlgError(
            f"linalg.cholesky: {where}The factorization could not be completed because the input is not positive-definite "
            f"(the leading minor of order {bad_minor(bad)} is not positive-definite)."
        ) from None
    return mT(lower) if upper else lower
