"""Solving by factors: LU with row exchanges, Cholesky, Householder; and systems of tensors."""

from __future__ import annotations

# Arrays are Any here: formulas are lambdas over arrays and tensors alike.
# pyright: reportUnknownLambdaType=false, reportUnknownArgumentType=false
# pyright: reportUnknownVariableType=false, reportUnknownMemberType=false
import math
from typing import Any

import numpy as np

from pellucid.torch import dtypes
from pellucid.torch.ops import apply as made
from pellucid.torch.ops.apply import SeveralOperation, apply, apply_several
from pellucid.torch.ops.decompositions import zeros_for
from pellucid.torch.ops.joining import cat
from pellucid.torch.ops.products import matmul, mT
from pellucid.torch.ops.reduce import named
from pellucid.torch.ops.shape import tril, triu
from pellucid.torch.ops.systems import (
    LinAlgError,
    LinalgInvExBackward0,
    cholesky,
    inv,
    solve,
    solve_triangular,
)
from pellucid.torch.ops.views import embed, unsqueeze
from pellucid.torch.size import dimension
from pellucid.torch.tensor import Tensor, wrap


# ── LU ───────────────────────────────────────────────────────────────────────────────────────────────────────────────────────
class LinalgLuBackward0(SeveralOperation):
    """A = P·L·U, rows exchanged so that each pivot is the greatest of its column."""

    __slots__ = ()

    def forward(self, a: Any) -> tuple[Any, Any, Any]:
        """(P, L, U) of a (…, m, n), k = min(m, n): L (…, m, k) with ones on its diagonal, U (…, k, n)."""
        import scipy.linalg  # pyright: ignore[reportMissingTypeStubs]

        m, n = a.shape[-2:]
        if a.size:
            found: Any = [scipy.linalg.lu(x) for x in a.reshape(-1, m, n)]
            p, low, up = (np.stack(parts).astype(a.dtype) for parts in zip(*found, strict=True))
        else:
            k = min(m, n)
            p, low, up = (
                np.zeros((0, m, m), a.dtype),
                np.zeros((0, m, k), a.dtype),
                np.zeros((0, k, n), a.dtype),
            )
        p, low, up = (x.reshape(*a.shape[:-2], *x.shape[-2:]) for x in (p, low, up))
        self.p = p
        self.save(low, up)
        return p, low, up

    def gradients(self, grads: list[Any]) -> tuple[Any]:
        """P·L⁻ᵀ·(tril(Lᵀ·gL, −1) + triu(gU·Uᵀ))·U⁻ᵀ of the square part; rows and columns beyond only follow from it."""
        low, up = self.unpack()
        gl, gu = zeros_for(grads[1], low), zeros_for(grads[2], up)
        m, k, n = low.shape[-2], low.shape[-1], up.shape[-1]
        inverse_l, inverse_u = (mT(apply(LinalgInvExBackward0, (x,))) for x in (low[..., :k, :], up[..., :k]))
        below = right = None
        if m > k:
            below = gl[..., k:, :] @ inverse_u
            gu = gu - mT(low[..., k:, :]) @ below
        if n > k:
            right = inverse_l @ gu[..., k:]
            gl = gl - right @ mT(up[..., k:])
        core = tril(mT(low[..., :k, :]) @ gl[..., :k, :], -1) + triu(gu[..., :k] @ mT(up[..., :k]))
        out = inverse_l @ core @ inverse_u
        if below is not None:
            out = cat([out, below], out.ndim - 2)
        if right is not None:
            out = cat([out, right], out.ndim - 1)
        return (made_tensor(self.p, out) @ out,)


def made_tensor(constant: Any, like: Any) -> Any:
    """A constant array beside arrays or tensors."""
    return wrap(constant, like.dtype) if isinstance(like, Tensor) else constant


def lu(A: Tensor, *, pivot: bool = True) -> Any:
    """(P, L, U) with A = P·L·U."""
    if not pivot:
        raise NotImplementedError("linalg.lu without pivoting is absent: LAPACK has none")
    return named("linalg_lu", "P", "L", "U")(*apply_several(LinalgLuBackward0, (A,)))


def exchanges(p: Any) -> Any:
    """LAPACK's pivots of a permutation matrix P (…, m, m): with which row, counted from 1, each was exchanged in turn."""
    out: Any = np.zeros(p.shape[:-1], np.int32)
    for place in np.ndindex(p.shape[:-2]):
        order = p[place].argmax(0).tolist()  # row k of P·x comes from where this says
        rows = list(range(len(order)))
        for k, wanted in enumerate(order):
            j = rows.index(wanted)
            rows[k], rows[j] = rows[j], rows[k]
            out[(*place, k)] = j + 1
    return out


def lu_factor(A: Tensor, *, pivot: bool = True) -> Any:
    """(LU, pivots): L below the diagonal and U upon and above it in one matrix."""
    p, low, up = lu(A, pivot=pivot)
    m, n = A.array.shape[-2:]
    k = min(m, n)
    shape = A.array.shape
    packed = embed(tril(low, -1), shape, (..., slice(None), slice(k))) + embed(
        up, shape, (..., slice(k), slice(None))
    )
    pivots = wrap(exchanges(p.array)[..., :k].copy(), dtypes.int32)
    return named("linalg_lu_factor", "LU", "pivots")(packed, pivots)


def lu_legacy(A: Tensor, pivot: bool = True, get_infos: bool = False) -> Any:
    """torch.lu: lu_factor, with get_infos also zeros."""
    found = lu_factor(A, pivot=pivot)
    return (*found, info_of(A)) if get_infos else tuple(found)


def lu_unpack(
    LU_data: Tensor, LU_pivots: Tensor, unpack_data: bool = True, unpack_pivots: bool = True
) -> Any:
    """(P, L, U) from the packed form."""
    m, n = LU_data.array.shape[-2:]
    k = min(m, n)
    eye = wrap(np.eye(m, k, dtype=LU_data.array.dtype), LU_data.dtype)
    low = tril(LU_data[..., :k], -1) + eye if unpack_data else LU_data.new_empty(0)
    up = triu(LU_data[..., :k, :]) if unpack_data else LU_data.new_empty(0)
    p = wrap(permutation(LU_pivots.array, m).astype(LU_data.array.dtype), LU_data.dtype)
    return named("lu_unpack", "P", "L", "U")(p if unpack_pivots else LU_data.new_empty(0), low, up)


def permutation(pivots: Any, m: int) -> Any:
    """The matrix P (…, m, m) that LAPACK's pivots (…, k) stand for."""
    out: Any = np.zeros((*pivots.shape[:-1], m, m))
    for place in np.ndindex(pivots.shape[:-1]):
        rows = list(range(m))
        for k, j in enumerate(pivots[place].tolist()):
            rows[k], rows[j - 1] = rows[j - 1], rows[k]
        out[(*place, rows, range(m))] = 1
    return out


def lu_solve(LU: Tensor, pivots: Tensor, B: Tensor, *, left: bool = True, adjoint: bool = False) -> Tensor:
    """The solution of A·X = B (X·A = B with left=False, Aᵀ for A with adjoint) from the factors of A."""
    if not left:
        return mT(lu_solve(LU, pivots, mT(B), adjoint=not adjoint))
    p, low, up = lu_unpack(LU, pivots)
    if adjoint:
        half = solve_triangular(mT(up), B, upper=False)
        return matmul(p, solve_triangular(mT(low), half, upper=True, unitriangular=True))
    half = solve_triangular(low, matmul(mT(p), B), upper=False, unitriangular=True)
    return solve_triangular(up, half, upper=True)


def lu_solve_legacy(b: Tensor, LU_data: Tensor, LU_pivots: Tensor) -> Tensor:
    """torch.lu_solve: the right side first."""
    return lu_solve(LU_data, LU_pivots, b)


# ── Cholesky, triangles, Householder ─────────────────────────────────────────────────────────────────────────────────────────
def cholesky_solve(B: Tensor, L: Tensor, upper: bool = False) -> Tensor:
    """The solution of A·X = B from A's Cholesky factor."""
    first, second = (mT(triu(L)), triu(L)) if upper else (tril(L), mT(tril(L)))
    return solve_triangular(second, solve_triangular(first, B, upper=False), upper=True)


def cholesky_inverse(L: Tensor, upper: bool = False) -> Tensor:
    """A⁻¹ from A's Cholesky factor."""
    inverse = inv(triu(L) if upper else tril(L))
    return matmul(inverse, mT(inverse)) if upper else matmul(mT(inverse), inverse)


def triangular_solve(
    b: Tensor, A: Tensor, upper: bool = True, transpose: bool = False, unitriangular: bool = False
) -> Any:
    """(solution of A·X = b with A triangular, A)."""
    a, up = (mT(A), not upper) if transpose else (A, upper)
    lead = np.broadcast_shapes(a.array.shape[:-2], b.array.shape[:-2])
    right = made.expand(b, (*lead, *b.array.shape[-2:]))
    solution = solve_triangular(a, right, upper=up, unitriangular=unitriangular)
    return named("triangular_solve", "solution", "cloned_coefficient")(
        solution, made.expand(A, (*lead, *A.array.shape[-2:])).clone()
    )


def householder_product(A: Tensor, tau: Tensor) -> Tensor:
    """The first n columns of H₁·H₂⋯H_k, H_i = I − τᵢ·vᵢ·vᵢᵀ, vᵢ the i-th column of A (…, m, n) below a 1."""
    m, n = A.array.shape[-2:]
    out: Any = wrap(np.eye(m, n, dtype=A.array.dtype), A.dtype)
    unit = tril(A, -1) + out
    for i in reversed(range(tau.array.shape[-1])):
        v = unit[..., i : i + 1]  # (…, m, 1)
        out = out - unsqueeze(unsqueeze(tau[..., i], -1), -1) * matmul(v, matmul(mT(v), out))
    return made.expand(out, A.array.shape)


# ── With a report instead of an error ────────────────────────────────────────────────────────────────────────────────────────
def info_of(A: Tensor, failed: bool = False) -> Tensor:
    """LAPACK's report for each matrix: 0, or 1 where it failed."""
    lead = A.array.shape[:-2]
    return wrap(np.full(lead, int(failed), np.int32) if lead else np.int32(failed), dtypes.int32)


def reporting(title: str, fields: tuple[str, ...], function: Any) -> Any:
    """inv_ex and its like: a failure is reported in `info`, its result NaN; with check_errors it is raised."""
    result = named(title, *fields, "info")

    def operation(A: Tensor, *args: Any, check_errors: bool = False, **options: Any) -> Any:
        try:
            out, failed = function(A, *args, **options), False
        except LinAlgError:
            if check_errors:
                raise
            shape = (args[0] if args else A).array.shape
            out, failed = wrap(np.full(shape, np.nan, A.array.dtype), A.dtype), True
        return result(*(out if isinstance(out, tuple) else (out,)), info_of(A, failed))

    operation.__doc__ = (
        f"{function.__doc__} With `info` (int32): 0, or 1 where the matrix, or one of the stack, was unfit."
    )
    return operation


inv_ex = reporting("linalg_inv_ex", ("inverse",), inv)
cholesky_ex = reporting("linalg_cholesky_ex", ("L",), cholesky)
solve_ex = reporting("linalg_solve_ex", ("result",), solve)
lu_factor_ex = reporting("linalg_lu_factor_ex", ("LU", "pivots"), lu_factor)


# ── Of tensors ───────────────────────────────────────────────────────────────────────────────────────────────────────────────
def vecdot(x: Tensor, y: Tensor, *, dim: int = -1) -> Tensor:
    """Σxy along `dim`."""
    return (x * y).sum(dim)


def tensorinv(A: Tensor, ind: int = 2) -> Tensor:
    """The inverse of A as a map from its last dimensions to its first `ind`."""
    shape = A.array.shape
    first, last = shape[:ind], shape[ind:]
    if ind <= 0 or math.prod(first) != math.prod(last):
        raise RuntimeError(
            f"Expected self to satisfy the requirement prod(self.shape[ind:]) == prod(self.shape[:ind]), but got "
            f"{math.prod(last)} != {math.prod(first)}"
        )
    return made.reshape(inv(made.reshape(A, (math.prod(first), math.prod(last)))), last + first)


def tensorsolve(A: Tensor, B: Tensor, dims: Any = None) -> Tensor:
    """The X with Σ A[…, …]·X = B; dims of A are moved to its end first."""
    a = A
    if dims is not None:
        places = [dimension(d, A.array.ndim) for d in dims]
        a = A.movedim(places, list(range(A.array.ndim - len(places), A.array.ndim)))
    rest = a.array.shape[B.array.ndim :]
    flat = made.reshape(a, (math.prod(rest), math.prod(rest)))
    return made.reshape(solve(flat, made.reshape(B, (B.array.size,))), rest)
