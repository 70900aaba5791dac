"""torch.linalg."""

from __future__ import annotations

from pellucid.torch.ops.decompositions import eigh, eigvalsh, lstsq, matrix_rank, pinv, qr, svd, svdvals
from pellucid.torch.ops.matrices import cond, matrix_exp, matrix_norm, matrix_power, multi_dot, norm, vander
from pellucid.torch.ops.norms import vector_norm
from pellucid.torch.ops.products import cross, matmul
from pellucid.torch.ops.systems import LinAlgError, cholesky, det, inv, slogdet, solve, solve_triangular
from pellucid.torch.ops.views import diagonal

__all__ = [
    "LinAlgError",
    "cholesky",
    "cond",
    "cross",
    "det",
    "diagonal",
    "eigh",
    "eigvalsh",
    "inv",
    "lstsq",
    "matmul",
    "matrix_exp",
    "matrix_norm",
    "matrix_power",
    "matrix_rank",
    "multi_dot",
    "norm",
    "pinv",
    "qr",
    "slogdet",
    "solve",
    "solve_triangular",
    "svd",
    "svdvals",
    "vander",
    "vector_norm",
]
