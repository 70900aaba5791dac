"""Powers, exponentials, norms of matrices."""

from __future__ import annotations

# Arrays are Any here: formulas are lambdas over arrays and tensors alike.
# pyright: reportUnknownLambdaType=false, reportUnknownArgumentType=false
# pyright: reportUnknownVariableType=false, reportUnknownMemberType=false
import math
from collections.abc import Sequence
from typing import Any

import numpy as np

from pellucid.torch.ops import apply as made
from pellucid.torch.ops.apply import Operation, apply
from pellucid.torch.ops.decompositions import svdvals
from pellucid.torch.ops.norms import vector_norm
from pellucid.torch.ops.products import matmul, mT
from pellucid.torch.ops.reduce import axes_of
from pellucid.torch.ops.reduce import sum as sum_of
from pellucid.torch.ops.systems import inv, square
from pellucid.torch.ops.views import embed, unsqueeze
from pellucid.torch.size import dimension
from pellucid.torch.tensor import Tensor, wrap


def matrix_power(A: Tensor, n: int) -> Tensor:
    """Aⁿ."""
    square("linalg.matrix_power", A)
    if n < 0:
        return matrix_power(inv(A), -n)
    if n == 0:
        return A * 0 + wrap(np.eye(A.array.shape[-1], dtype=A.array.dtype), A.dtype)
    result: Any = None
    factor = A
    while n:
        if n & 1:
            result = factor if result is None else matmul(result, factor)
        n >>= 1
        factor = matmul(factor, factor) if n else factor
    return result


def multi_dot(tensors: Sequence[Tensor]) -> Tensor:
    """The product of several matrices, in the cheapest order of brackets."""
    cheapest: dict[tuple[int, int], tuple[float, Any]] = {}
    shapes = [
        t.array.shape if t.array.ndim == 2 else (1, t.array.size) if k == 0 else (t.array.size, 1)
        for k, t in enumerate(tensors)
    ]

    def cost(i: int, j: int) -> tuple[float, Any]:
        if i == j:
            return 0, None
        if (i, j) not in cheapest:
            cheapest[i, j] = min(
                (cost(i, k)[0] + cost(k + 1, j)[0] + shapes[i][0] * shapes[k][1] * shapes[j][1], k)
                for k in range(i, j)
            )
        return cheapest[i, j]

    def product(i: int, j: int) -> Tensor:
        return tensors[i] if i == j else matmul(product(i, cost(i, j)[1]), product(cost(i, j)[1] + 1, j))

    return product(0, len(tensors) - 1)


chain_matmul = multi_dot


class MatrixExpBackward0(Operation):
    """eᴬ."""

    __slots__ = ()

    def forward(self, a: Any) -> Any:
        """The matrix exponential."""
        import scipy.linalg  # pyright: ignore[reportMissingTypeStubs]

        self.save(a)
        expm: Any = scipy.linalg.expm
        return np.asarray(expm(np.asarray(a, np.float64))).astype(a.dtype)

    def pull(self, g: Any) -> tuple[Any]:
        """The upper right block of exp [[Aᵀ, g], [0, Aᵀ]]."""
        (a,) = self.unpack()
        n = a.shape[-1]
        shape = (*a.shape[:-2], 2 * n, 2 * n)
        upper, lower = slice(0, n), slice(n, 2 * n)
        block = embed(mT(a), shape, (..., upper, upper)) + embed(mT(a), shape, (..., lower, lower))
        block = block + embed(g, shape, (..., upper, lower))
        return (apply(MatrixExpBackward0, (block,))[..., :n, n:],)


def matrix_exp(A: Tensor) -> Tensor:
    """The exponentials of square matrices."""
    square("linalg.matrix_exp", A)
    return apply(MatrixExpBackward0, (A,))


def matrix_norm(A: Tensor, ord: Any = "fro", dim: Any = (-2, -1), keepdim: bool = False) -> Tensor:
    """A norm of matrices: 'fro', 'nuc', ±1, ±2, ±inf."""
    rows, columns = (dimension(d, A.array.ndim) for d in dim)
    if ord == "fro":
        return vector_norm(A, 2, (rows, columns), keepdim)
    if ord in ("nuc", 2, -2):
        s = svdvals(A.movedim((rows, columns), (-2, -1)))
        out = sum_of(s, -1) if ord == "nuc" else s.amax(-1) if ord == 2 else s.amin(-1)
    elif ord in (1, -1, math.inf, -math.inf):
        summed, kept = (rows, columns) if abs(ord) == 1 else (columns, rows)
        sums = sum_of(A.abs(), summed, True)
        out = sums.amax((summed, kept)) if ord > 0 else sums.amin((summed, kept))
    else:
        raise RuntimeError(f"linalg.matrix_norm: Order {ord} not supported.")
    if keepdim:
        for d in sorted((rows, columns)):
            out = unsqueeze(out, d)
    return out


def norm(A: Tensor, ord: Any = None, dim: Any = None, keepdim: bool = False, *, dtype: Any = None) -> Tensor:
    """torch.linalg.norm: of vectors, or of matrices where two dimensions are named or `ord` is one of theirs."""
    if dtype is not None:
        return norm(A.to(dtype), ord, dim, keepdim)
    pair = isinstance(dim, (tuple, list)) and len(dim) == 2
    if ord is not None and (pair or (dim is None and A.array.ndim == 2)):
        return matrix_norm(A, ord, (0, 1) if dim is None else dim, keepdim)
    if ord is not None and dim is None and A.array.ndim != 1:
        raise RuntimeError(
            "linalg.norm: If dim is not specified but ord is, the input must be 1D or 2D. Got "
            + f"{A.array.ndim}D."
        )
    return vector_norm(A, 2 if ord is None else ord, axes_of(dim, A.array.ndim) or None, keepdim)


def cond(A: Tensor, p: Any = None) -> Tensor:
    """The condition number."""
    if p in (None, 2, -2):
        s = svdvals(A)
        return s.amax(-1) / s.amin(-1) if p != -2 else s.amin(-1) / s.amax(-1)
    return matrix_norm(A, p) * matrix_norm(inv(A), p)


def vander(x: Tensor, *, N: int | None = None) -> Tensor:
    """The powers 0, 1, … of x as columns."""
    width = x.array.shape[-1] if N is None else N
    powers = wrap(np.arange(width).astype(x.array.dtype), x.dtype)
    return unsqueeze(x if x.array.ndim else made.reshape(x, (1,)), -1) ** powers
