"""Eigenvalues, singular values, QR, and what follows from them."""

from __future__ import annotations

# Arrays are Any here: formulas are lambdas over arrays and tensors alike.
# pyright: reportUnknownLambdaType=false, reportUnknownArgumentType=false
# pyright: reportUnknownVariableType=false, reportUnknownMemberType=false
from typing import Any

import numpy as np

from pellucid.torch import dtypes
from pellucid.torch.ops.apply import Operation, SeveralOperation, apply, apply_several
from pellucid.torch.ops.choice import masked
from pellucid.torch.ops.joining import cat
from pellucid.torch.ops.products import matmul, mT
from pellucid.torch.ops.reduce import named
from pellucid.torch.ops.shape import tril
from pellucid.torch.ops.systems import LinAlgError, LinalgInvExBackward0, culprit, square
from pellucid.torch.ops.views import unsqueeze
from pellucid.torch.tensor import Tensor, wrap


def zeros_for(g: Any, like: Any) -> Any:
    """A gradient, or zeros where none arrived."""
    return like * 0 if g is None else g


def reciprocal_gaps(s: Any) -> Any:
    """1/(sⱼ − sᵢ), 0 on the diagonal."""
    gaps = s[..., None, :] - s[..., :, None]
    eye = np.eye(s.shape[-1], dtype=bool)
    return masked(1 / (gaps + eye), ~eye)


def svd_of(a: Any, **how: Any) -> Any:
    """NumPy's SVD, with torch's error: NumPy's own is of another class, and is not raised in the browser."""
    if np.isnan(a).any():
        where, _ = culprit(a, lambda x: np.isnan(x).any())
        raise LinAlgError(
            f"linalg.svd: {where}The algorithm failed to converge because the input matrix contained non-finite values."
        )
    return np.linalg.svd(a, **how)


class LinalgEighBackward0(SeveralOperation):
    """A = V·diag(λ)·Vᵀ of symmetric matrices."""

    __slots__ = ()

    def forward(self, a: Any, triangle: Any) -> tuple[Any, Any]:
        """(λ, V)."""
        values, vectors = np.linalg.eigh(a, triangle)
        self.save(values, vectors)
        return values, vectors

    def gradients(self, grads: list[Any]) -> tuple[Any]:
        """V·(diag(gλ) + (Vᵀ·gV)/(λⱼ − λᵢ))·Vᵀ, made symmetric as A is."""
        values, vectors = self.unpack()
        g_values, g_vectors = grads
        inner: Any = 0.0
        if g_vectors is not None:
            inner = (mT(vectors) @ g_vectors) * reciprocal_gaps(values)
        if g_values is not None:
            inner = inner + diagonal_matrix(g_values)
        out = vectors @ inner @ mT(vectors)
        return ((out + mT(out)) * 0.5,)


def diagonal_matrix(d: Any) -> Any:
    """Matrices with the last dimension on their diagonals."""
    return masked(unsqueeze(d, -1), np.eye(d.shape[-1], dtype=bool))


def eigh(A: Tensor, UPLO: str = "L") -> Any:
    """(eigenvalues, eigenvectors) of symmetric matrices, ascending; only one triangle is read."""
    square("linalg.eigh", A)
    found = apply_several(LinalgEighBackward0, (A,), UPLO)
    return named("linalg_eigh", "eigenvalues", "eigenvectors")(*found)


def eigvalsh(A: Tensor, UPLO: str = "L") -> Tensor:
    """The eigenvalues of symmetric matrices, ascending."""
    return eigh(A, UPLO)[0]


class LinalgSvdBackward0(SeveralOperation):
    """A = U·diag(S)·Vᵀ."""

    __slots__ = ()

    def forward(self, a: Any, full: bool) -> tuple[Any, Any, Any]:
        """(U, S, Vᵀ), reduced or full."""
        u, s, vt = svd_of(a, full_matrices=full)
        self.save(u, s, vt)
        return u, s, vt

    def gradients(self, grads: list[Any]) -> tuple[Any]:
        """The gradient through U, S and V (Townsend, 'Differentiating the singular value decomposition', 2016)."""
        u, s, vt = self.unpack()
        gu, gs, gvt = grads
        m, n, k = u.shape[-2], vt.shape[-1], s.shape[-1]
        if u.shape[-1] > k or vt.shape[-2] > k:  # what completes the bases is arbitrary
            u, gu = u[..., :k], None if gu is None else gu[..., :k]
            vt, gvt = vt[..., :k, :], None if gvt is None else gvt[..., :k, :]
        v = mT(vt)
        inner: Any = 0.0 if gs is None else diagonal_matrix(gs)
        s_row, s_column = unsqueeze(s, -2), unsqueeze(s, -1)
        gaps = reciprocal_gaps(s * s) if gu is not None or gvt is not None else None
        if gu is not None:
            left = mT(u) @ gu
            inner = inner + gaps * (left - mT(left)) * s_row
        if gvt is not None:
            right = vt @ mT(gvt)
            inner = inner + s_column * (gaps * (right - mT(right)))
        out = u @ inner @ vt
        if gu is not None and m > k:
            out = out + (gu - u @ (mT(u) @ gu)) / s_row @ vt
        if gvt is not None and n > k:
            out = out + (u / s_row) @ (gvt - (gvt @ v) @ vt)
        return (out,)


def svd(A: Tensor, full_matrices: bool = True) -> Any:
    """(U, S, Vh). Of full matrices, the columns beyond the reduced ones get no gradient, as in torch: they are arbitrary."""
    return named("linalg_svd", "U", "S", "Vh")(*apply_several(LinalgSvdBackward0, (A,), full_matrices))


def svd_legacy(input: Tensor, some: bool = True) -> Any:
    """torch.svd: (U, S, V) with V not transposed."""
    u, s, vh = svd(input, not some)
    return named("svd", "U", "S", "V")(u, s, mT(vh))


def svdvals(A: Tensor) -> Tensor:
    """The singular values, falling."""
    return apply_several(LinalgSvdBackward0, (A,), False)[1]


class LinalgQrBackward0(SeveralOperation):
    """A = Q·R."""

    __slots__ = ()

    def forward(self, a: Any) -> tuple[Any, Any]:
        """(Q, R), reduced."""
        q, r = np.linalg.qr(a)
        self.save(a, q, r)
        return q, r

    def gradients(self, grads: list[Any]) -> tuple[Any]:
        """For the square part of R: (gQ + Q·sym(M))·R⁻ᵀ with M = R·gRᵀ − gQᵀ·Q (Walter and Lehmann, 2010)."""
        a, q, r = self.unpack()
        gq, gr = zeros_for(grads[0], q), zeros_for(grads[1], r)
        n = r.shape[-2]
        beyond = gr[..., n:]  # columns of R that only follow from Q
        gq = gq + a[..., n:] @ mT(beyond)
        r, gr = r[..., :n], gr[..., :n]
        m = r @ mT(gr) - mT(gq) @ q
        low = tril(m, -1)
        symmetric = low + mT(low) + masked(m, np.eye(n, dtype=bool))
        inner = (gq + q @ symmetric) @ mT(apply(LinalgInvExBackward0, (r,)))
        return (cat([inner, q @ beyond], inner.ndim - 1),)


def qr(A: Tensor, mode: str = "reduced") -> Any:
    """(Q, R) with Q's columns orthonormal and R upper triangular."""
    result = named("linalg_qr", "Q", "R")
    if mode == "complete" and A.array.shape[-2] > A.array.shape[-1]:
        if A.node is not None:
            raise NotImplementedError("the gradient of qr(mode='complete') is absent; 'reduced' has one")
        q, r = np.linalg.qr(A.array, "complete")
        return result(wrap(q, A.dtype), wrap(r, A.dtype))
    q, r = apply_several(LinalgQrBackward0, (A,))
    return result(wrap(np.empty(0, A.array.dtype), A.dtype) if mode == "r" else q, r)


class PinvBackward(Operation):
    """The Moore–Penrose inverse."""

    __slots__ = ()

    def forward(self, a: Any, limit: Any, hermitian: bool) -> Any:
        """A⁺ by singular values (by eigenvalues where A is symmetric); limit says below which they count as 0."""
        if hermitian:
            s, u = np.linalg.eigh(a)
            vt = mT(u)
        else:
            u, s, vt = svd_of(a, full_matrices=False)
        inverse = np.where(np.abs(s) > limit(np.abs(s)), 1 / s, 0).astype(a.dtype)
        z = mT(vt) @ (inverse[..., None] * mT(u))
        self.save(a, z)
        return z

    def pull(self, g: Any) -> tuple[Any]:
        """−PᵀgPᵀ + (I − AP)gᵀPPᵀ + PᵀPgᵀ(I − PA) (Golub and Pereyra, 1973)."""
        a, p = self.unpack()
        pt, gt = mT(p), mT(g)
        first = gt @ p @ pt
        last = pt @ p @ gt
        return (-(pt @ g @ pt) + first - a @ (p @ first) + last - (last @ p) @ a,)


def pinv(
    A: Tensor, rcond: Any = None, hermitian: bool = False, *, atol: Any = None, rtol: Any = None
) -> Tensor:
    """The Moore–Penrose inverse; singular values up to max(atol, rtol·greatest) count as 0. hermitian: only A's lower
    triangle is read."""
    if hermitian:
        square("linalg.pinv", A)
    relative = rcond if rtol is None else rtol
    return apply(PinvBackward, (A,), lambda s: cutoff(A, s, atol, relative), hermitian)


pinverse = pinv


def lstsq(A: Tensor, B: Tensor, rcond: Any = None, *, driver: str | None = None) -> Any:
    """The X that minimises ‖A·X − B‖, with residuals and rank; by the pseudoinverse, which serves as every driver."""
    if driver not in (None, "gelsy", "gels", "gelsd", "gelss"):
        raise RuntimeError(
            f"torch.linalg.lstsq: parameter `driver` should be one of (gels, gelsy, gelsd, gelss), got {driver}"
        )
    result = named("linalg_lstsq", "solution", "residuals", "rank", "singular_values")
    solution = matmul(pinv(A, rcond), B)
    rank = matrix_rank(A) if driver != "gels" else wrap(np.zeros(0, np.int64), dtypes.int64)
    residual = wrap(np.zeros(0, A.array.dtype), A.dtype)
    if A.array.shape[-2] > A.array.shape[-1] and (matrix_rank(A).array == A.array.shape[-1]).all():
        residual = ((matmul(A, solution) - B) ** 2).sum(-2)
    return result(solution, residual, rank, wrap(np.zeros(0, A.array.dtype), A.dtype))


def matrix_rank(
    A: Tensor, tol: Any = None, hermitian: bool = False, *, atol: Any = None, rtol: Any = None
) -> Tensor:
    """How many singular values exceed max(atol, rtol·greatest); rtol is by default max(m, n)·eps."""
    s: Any = svd_of(A.array, compute_uv=False)
    if hermitian:
        s = np.abs(np.linalg.eigvalsh(A.array))
    cut = cutoff(A, s, tol if tol is not None else atol, 0.0 if tol is not None else rtol)
    return wrap(np.asarray((s > cut).sum(-1)).astype(np.int64), dtypes.int64)


def cutoff(A: Tensor, s: Any, atol: Any, rtol: Any) -> Any:
    """Below which singular values count as 0."""
    atol, rtol = (v.array[..., None] if isinstance(v, Tensor) else v for v in (atol, rtol))
    if rtol is None:
        rtol = (
            0.0
            if atol is not None and np.any(atol > 0)
            else max(A.array.shape[-2:]) * np.finfo(A.array.dtype).eps
        )
    greatest: Any = s.max(-1, keepdims=True) if s.shape[-1] else 0.0
    return np.maximum(0.0 if atol is None else atol, rtol * greatest)
