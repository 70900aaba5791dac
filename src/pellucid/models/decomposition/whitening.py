"""Whitening: turning rows so that their covariance is the identity."""

from __future__ import annotations

from typing import Any

import numpy as np

from pellucid.models.decomposition.svd import flip_signs
from pellucid.models.trace import See, unseen
from pellucid.models.validation import Floats, check_rows


def whitening_matrix(X: Any, *, method: str = "pca", see: See = unseen) -> Floats:
    """W (d, d) for which the rows (X − mean) @ W.T have covariance I, with the divisor n − 1.

    With the covariance C = VΛVᵀ: "pca" is Λ^(−½)Vᵀ (along the principal axes), "zca" VΛ^(−½)Vᵀ (the whitening that moves the rows
    least), "cholesky" Lᵀ with LLᵀ = C⁻¹. Each is another by a rotation. ValueError where C is singular: no W makes a variance of
    0 into 1. Source: Kessy, Lewin, Strimmer: Optimal whitening and decorrelation (2018).
    """
    if method not in ("pca", "zca", "cholesky"):
        raise ValueError(f"method={method!r} is not known. Use one of pca, zca, cholesky.")
    rows = check_rows(X, min_rows=2)
    Z = rows - rows.mean(axis=0)
    C = Z.T @ Z / (len(Z) - 1)  # (d, d)
    see("covariance", "C", "ZᵀZ/(n − 1)", C)
    values, vectors = np.linalg.eigh(C)
    variances, V = values[::-1], vectors[:, ::-1] * flip_signs(vectors[:, ::-1].T)  # (d,), (d, d)
    if variances[-1] <= len(C) * np.finfo(float).eps * max(variances[0], 0):
        raise ValueError(
            f"X has shape {rows.shape}, but its columns vary in fewer than {len(C)} directions: drop columns that others make "
            "up, or keep fewer directions with PCA(n_components=…, whiten=True)."
        )
    see("variances", "λ", "C v = λ v", variances)
    along = V.T / np.sqrt(variances)[:, None]  # Λ^(−½)Vᵀ
    W, formula = _turned(along, V, method)
    see("whitening", "W", formula, W)
    return W


def _turned(along: Floats, V: Floats, method: str) -> tuple[Any, str]:
    """The PCA whitening Λ^(−½)Vᵀ, turned into the one asked for, and its formula."""
    if method == "pca":
        return along, "Λ^(−½)Vᵀ"
    if method == "zca":
        return V @ along, "VΛ^(−½)Vᵀ"
    return np.linalg.cholesky(along.T @ along).T, "Lᵀ, LLᵀ = C⁻¹"
