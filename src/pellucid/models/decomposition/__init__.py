"""Matrices taken apart: singular values, low-rank approximation, principal components, whitening."""

from pellucid.models.decomposition.pca import PCA, pca_in_five_steps
from pellucid.models.decomposition.randomized import randomized_range_finder, randomized_svd
from pellucid.models.decomposition.svd import (
    SVD,
    jacobi_svd,
    low_rank,
    matrix_rank,
    pseudo_inverse,
    svd,
    svd_flip,
)
from pellucid.models.decomposition.whitening import whitening_matrix

__all__ = [
    "PCA",
    "SVD",
    "jacobi_svd",
    "low_rank",
    "matrix_rank",
    "pca_in_five_steps",
    "pseudo_inverse",
    "randomized_range_finder",
    "randomized_svd",
    "svd",
    "svd_flip",
    "whitening_matrix",
]
