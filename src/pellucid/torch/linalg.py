"""torch.linalg."""

from __future__ import annotations

from typing import Any

from pellucid.torch.ops.decompositions import eigh, eigvalsh, lstsq, matrix_rank, pinv, qr, svd, svdvals
from pellucid.torch.ops.factorizations import (
    cholesky_ex,
    householder_product,
    inv_ex,
    lu,
    lu_factor,
    lu_factor_ex,
    lu_solve,
    solve_ex,
    tensorinv,
    tensorsolve,
    vecdot,
)
from pellucid.torch.ops.matrices import cond, matrix_exp, matrix_norm, matrix_power, multi_dot, norm, vander
from pellucid.torch.ops.norms import vector_norm
from pellucid.torch.ops.products import cross, matmul
from pellucid.torch.ops.systems import LinAlgError, cholesky, det, inv, slogdet, solve, solve_triangular
from pellucid.torch.ops.views import diagonal


def __getattr__(name: str) -> Any:
    from pellucid.torch.absent import missing_name

    raise missing_name("torch.linalg", name, globals())


__all__ = [
    "LinAlgError",
    "cholesky",
    "cholesky_ex",
    "cond",
    "cross",
    "det",
    "diagonal",
    "eigh",
    "eigvalsh",
    "householder_product",
    "inv",
    "inv_ex",
    "lstsq",
    "lu",
    "lu_factor",
    "lu_factor_ex",
    "lu_solve",
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
    "solve_ex",
    "solve_triangular",
    "svd",
    "svdvals",
    "tensorinv",
    "tensorsolve",
    "vander",
    "vecdot",
    "vector_norm",
]
