"""Principal components: the directions in which rows vary most."""

from __future__ import annotations

from numbers import Integral, Real
from typing import Any, NamedTuple

import numpy as np

from pellucid.models.decomposition.randomized import randomized_svd
from pellucid.models.decomposition.svd import flip_signs
from pellucid.models.estimator import Transformer
from pellucid.models.trace import See, unseen
from pellucid.models.validation import Floats, check_is_fitted, check_rows, scipy_module

BLOCK = 512  # rows that are centred at once, so that no copy of all of them is made
SOLVERS = ("auto", "full", "covariance_eigh", "randomized")


class FiveSteps(NamedTuple):
    """What `pca_in_five_steps` finds: Z (n, d), C (d, d), λ (d,) falling, V (d, k) with directions as columns, T (n, k)."""

    Z: Floats
    C: Floats
    variances: Floats
    V: Floats
    T: Floats


def pca_in_five_steps(X: Any, k: int, *, standardize: bool = True, see: See = unseen) -> FiveSteps:
    """PCA as the page has it: standardize, covariance, eigenvectors, sort, project.

    With `standardize` the columns are divided by their standard deviation (n − 1), so that no unit of measure outweighs the
    others; without, they are only centred, which is what `PCA` does. Signs are those of `svd_flip`. ValueError for a constant
    column, which has no standard deviation to divide by.
    """
    rows = check_rows(X, min_rows=2)
    if not 1 <= k <= rows.shape[1]:
        raise ValueError(f"k={k}, but X has shape {rows.shape}: use a number from 1 to {rows.shape[1]}.")
    constant = np.ptp(rows, axis=0) == 0
    if standardize and constant.any():
        raise ValueError(f"X[:, {int(np.argmax(constant))}] is constant: drop it, or pass standardize=False.")
    scale = rows.std(axis=0, ddof=1) if standardize else 1.0
    Z: Floats = (rows - rows.mean(axis=0)) / scale
    see("1 standardized rows", "Z", "(xᵢ − μ)/σ" if standardize else "xᵢ − μ", Z)
    C = Z.T @ Z / (len(Z) - 1)  # (d, d)
    see("2 covariance", "C", "ZᵀZ/(n − 1)", C)
    values, vectors = np.linalg.eigh(C)  # rising, one vector a column
    see("3 eigenvalues", "λ", "C v = λ v", values, note="eigh gives the smallest first")
    order = np.argsort(-values, kind="stable")
    values, largest = values[order], vectors[:, order[:k]]
    V = largest * flip_signs(largest.T)
    see("4 principal directions", "Vₖ", "the k largest λ's eigenvectors", V, note="columns")
    T = Z @ V  # (n, k)
    see("5 projection", "T", "Z Vₖ", T)
    return FiveSteps(Z, C, values, V, T)


class PCA(Transformer):
    """Principal component analysis: rows (n, d), centred, as k numbers each, with as much of their variance as k can hold.

    `n_components` is k; None keeps all min(n, d); a share between 0 and 1 keeps as many as explain more than that share of the
    variance. `whiten` scales each new column to variance 1. `svd_solver`: "full" is the SVD of the centred rows, the most exact;
    "covariance_eigh" takes the eigenvectors of the covariance, faster where n ≫ d, with half the digits for small variances;
    "randomized" follows random directions, for large data and small k, with `n_oversamples` and `iterated_power` as in
    `randomized_svd`; "auto" takes covariance_eigh for d ≤ 1000 and n ≥ 10·d, else full up to 500 rows and columns, else
    randomized for k below 80 % of min(n, d), else full.

    After fit: `components_` (k, d), a direction a row (Vᵀ, not V), `explained_variance_` (k,) with divisor n − 1,
    `explained_variance_ratio_`, `singular_values_`, `mean_` (d,), `noise_variance_` (the mean of the variances left out),
    `n_components_`, `n_samples_`. Signs are those of `svd_flip`.
    Source: Jolliffe: Principal Component Analysis (2002); the noise: Tipping, Bishop: Probabilistic PCA (1999).
    """

    components_: Floats
    explained_variance_: Floats
    mean_: Floats

    def __init__(
        self,
        n_components: float | None = None,
        *,
        whiten: bool = False,
        svd_solver: str = "auto",
        iterated_power: int | str = "auto",
        n_oversamples: int = 10,
        random_state: Any = None,
    ) -> None:
        self.n_components = n_components
        self.whiten = whiten
        self.svd_solver = svd_solver
        self.iterated_power = iterated_power
        self.n_oversamples = n_oversamples
        self.random_state = random_state

    def _fit(self, X: Any, y: Any, sample_weight: Any, see: See) -> None:
        rows = check_rows(X, min_rows=2)
        solver = self._solver(rows.shape)
        self._check_n_components(rows.shape, solver)
        self._learn_features(X, rows)
        n = len(rows)
        self.n_samples_ = n
        self.mean_ = np.ones(n) @ rows / n  # (d,); as exact as rows.mean(axis=0), and faster
        see("mean", "μ", "Σxᵢ/n", self.mean_)
        if see is not unseen:
            see("centred rows", "Z", "X − μ", rows - self.mean_)
        s, Vt, squares = self._decompose(rows, solver, see)
        self._keep(s, Vt, s**2 / (n - 1), squares / (n - 1), min(rows.shape))
        see("singular values", "σ", "√((n − 1)·λ)", self.singular_values_)
        see("explained variance", "λ", "σ²/(n − 1)", self.explained_variance_)
        see("explained share", "λ/Σλ", "λᵢ/Σⱼλⱼ", self.explained_variance_ratio_)
        see("principal directions", "Vₖᵀ", "the first k rows of Vᵀ", self.components_)
        if see is not unseen:
            see("projection", "T", "Z Vₖ", (rows - self.mean_) @ self.components_.T)

    def _decompose(self, rows: Floats, solver: str, see: See) -> tuple[Floats, Floats, float]:
        """Singular values and Vᵀ of the centred rows Z, largest first, and Σzᵢⱼ²."""
        if solver == "covariance_eigh":
            s, Vt = _by_covariance(rows, self.mean_, see)
            return s, Vt, float(s @ s)
        Z = rows - self.mean_  # (n, d)
        if solver == "full":
            s, Vt = _by_svd(Z)
            return s, Vt, float(s @ s)
        _, s, Vt = randomized_svd(
            Z,
            min(Z.shape) if self.n_components is None else int(self.n_components),
            n_oversamples=self.n_oversamples,
            n_iter=self.iterated_power,
            random_state=self.random_state,
            see=see,
        )
        return s, Vt, float(np.einsum("ij,ij->", Z, Z))

    def _keep(self, s: Floats, Vt: Floats, variances: Floats, total: float, most: int) -> None:
        """The first k of everything."""
        ratios = variances / total if total > 0 else np.zeros_like(variances)
        k = self._how_many(ratios)
        self.n_components_ = k
        self.components_ = Vt[:k] * flip_signs(Vt[:k])[:, None]  # (k, d)
        self.singular_values_ = s[:k].copy()
        self.explained_variance_, self.explained_variance_ratio_ = variances[:k].copy(), ratios[:k].copy()
        left = max(0.0, total - float(variances[:k].sum()))
        self.noise_variance_ = left / (most - k) if k < most else 0.0

    def transform(self, X: Any) -> Floats:
        """The rows along the principal directions (n, k): (X − μ) Vₖ, over √λ where `whiten`."""
        T = (self._check_again(X, fitted="components_") - self.mean_) @ self.components_.T
        return T / self._scale() if self.whiten else T

    def inverse_transform(self, X: Any) -> Floats:
        """Rows (n, d) from their k numbers (n, k): the nearest to the original ones that the directions can make."""
        check_is_fitted(self, "components_")
        T = check_rows(X)
        if T.shape[1] != self.n_components_:
            raise ValueError(
                f"X has {T.shape[1]} columns, but this PCA keeps {self.n_components_}: pass what transform gave."
            )
        return (T * self._scale() if self.whiten else T) @ self.components_ + self.mean_

    def get_covariance(self) -> Floats:
        """The covariance (d, d) of the model Vₖ(Λ − σ²I)Vₖᵀ + σ²I, with σ² = `noise_variance_`."""
        check_is_fitted(self, "components_")
        beyond = np.maximum(self.explained_variance_ - self.noise_variance_, 0)
        C = (self.components_.T * beyond) @ self.components_
        C[np.diag_indices_from(C)] += self.noise_variance_
        return C

    def get_precision(self) -> Floats:
        """The inverse of `get_covariance` (d, d)."""
        inverse: Any = np.linalg.inv(self.get_covariance())
        return inverse

    def score_samples(self, X: Any) -> Floats:
        """The log-likelihood of each row (n,) under a normal distribution with mean μ and the model's covariance."""
        Z = self._check_again(X, fitted="components_") - self.mean_
        precision = self.get_precision()
        squares = np.einsum("ij,ij->i", Z @ precision, Z)
        likelihoods: Floats = -0.5 * (
            squares + Z.shape[1] * np.log(2 * np.pi) - np.linalg.slogdet(precision)[1]
        )
        return likelihoods

    def score(self, X: Any, y: Any = None) -> float:
        """The mean of `score_samples`."""
        return float(self.score_samples(X).mean())

    def _scale(self) -> Floats:
        """√λ (k,), where it is 0 the smallest number that can be divided by safely."""
        return np.maximum(np.sqrt(self.explained_variance_), np.finfo(np.float64).eps)

    def _solver(self, shape: tuple[int, ...]) -> str:
        if self.svd_solver not in SOLVERS:
            raise ValueError(f"svd_solver={self.svd_solver!r} is not known. Use one of {', '.join(SOLVERS)}.")
        if self.svd_solver != "auto":
            return self.svd_solver
        n, d = shape
        if d <= 1000 and n >= 10 * d:
            return "covariance_eigh"
        k = min(shape) if self.n_components is None else self.n_components
        return "randomized" if max(shape) > 500 and 1 <= k < 0.8 * min(shape) else "full"

    def _check_n_components(self, shape: tuple[int, ...], solver: str) -> None:
        k, most = self.n_components, min(shape)
        if k is None:
            return
        whole = isinstance(k, Integral)
        if whole and (1 if solver == "randomized" else 0) <= int(k) <= most:
            return
        if isinstance(k, Real) and not whole and 0 < float(k) < 1 and solver != "randomized":
            return
        raise ValueError(
            f"n_components={k!r} must be between {1 if solver == 'randomized' else 0} and min(n_samples, n_features)={most} with "
            f"svd_solver={solver!r}, for X of shape {shape}; or a share between 0 and 1 (not with randomized); or None."
        )

    def _how_many(self, ratios: Floats) -> int:
        """k: as told, all, or the first k whose shares add up to more than asked for."""
        if self.n_components is None:
            return len(ratios)
        if isinstance(self.n_components, Integral):
            return int(self.n_components)
        return min(int(np.searchsorted(np.cumsum(ratios), self.n_components, side="right")) + 1, len(ratios))


def _by_covariance(rows: Floats, mean: Floats, see: See) -> tuple[Floats, Floats]:
    """Singular values and Vᵀ of centred rows from the eigenvectors of their covariance, largest first."""
    n, d = rows.shape
    S, room = np.zeros((d, d)), np.empty((min(BLOCK, n), d))
    for begin in range(0, n, BLOCK):
        block = rows[begin : begin + BLOCK]
        # centred before the product, since in XᵀX − nμμᵀ digits cancel
        Z = np.subtract(block, mean, out=room[: len(block)])
        np.add(S, Z.T @ Z, out=S)
    if see is not unseen:
        see("covariance", "C", "ZᵀZ/(n − 1)", S / (n - 1))
    values, vectors = np.linalg.eigh(S)
    r = min(n, d)
    return np.sqrt(np.maximum(values[::-1][:r], 0)), vectors.T[::-1][:r]


def _by_svd(Z: Floats) -> tuple[Floats, Floats]:
    """Singular values and Vᵀ of centred rows. Tall rows are first made square by QR: R has the same, and U is not asked for."""
    _, s, Vt = np.linalg.svd(_r_factor(Z) if len(Z) > Z.shape[1] else Z, full_matrices=False)
    return s, Vt


def _r_factor(Z: Floats) -> Floats:
    """R (d, d) of Z = QR, by LAPACK itself: np.linalg.qr takes three times as long."""
    lapack: Any = scipy_module("scipy.linalg.lapack")
    return np.triu(lapack.dgeqrf(Z)[0][: Z.shape[1]])
