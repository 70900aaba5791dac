"""Three ways down a smooth convex loss: Newton's, L-BFGS's and the gradient's. All stop where max|∇F| is at most `tol`."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np

from pellucid.models.linear_model.log_loss import Loss
from pellucid.models.trace import See
from pellucid.models.validation import Floats, scipy_module

EPS = float(np.finfo(float).eps)


class Descended(NamedTuple):
    """Where an optimizer ended."""

    theta: Floats  # (p, k)
    steps: int
    converged: bool


Optimizer = Callable[[Loss, float, int, See], Descended]


def newton(loss: Loss, tol: float, max_iter: int, see: See) -> Descended:
    """Θ ← Θ − (∇²F)⁻¹∇F, halving a step that does not bring F down enough.

    For the logistic loss each step is a weighted least-squares fit: iteratively reweighted least squares. With many rows it
    starts from the minimum on some of them, and an inverse Hessian is used again as long as it shrinks the gradient well.
    Nocedal and Wright, "Numerical Optimization" (2006), sections 3.1 and 3.3.
    """
    theta, value, gradient = _start(loss)
    inverse: Floats | None = None
    for steps in range(max_iter):
        worst = float(np.abs(gradient).max())
        see("parameters", f"Θ_{steps}", "Θ − (∇²F)⁻¹∇F", theta, gradient=gradient, note=f"F = {value:.12g}")
        if worst <= tol:
            return Descended(theta, steps, True)
        if inverse is None:
            H = loss.hessian(theta)
            see("Hessian", "∇²F", "Aᵀ diag(w p(1−p)) A + penalty", H)
            inverse = _inverse(H)
        step = (inverse @ gradient.T.ravel()).reshape(gradient.T.shape).T
        decrement = float(np.sum(step * gradient))  # twice what a parabola would fall
        if decrement <= 4 * EPS * abs(value):  # F cannot be seen to fall any more
            return Descended(theta - step, steps + 1, True)
        length = 1.0
        trial = theta - step
        new, slope = loss.value_and_gradient(trial)
        while new > value - 1e-4 * length * decrement + 4 * EPS * abs(value):
            length /= 2
            if length < 1e-10:
                return Descended(theta, steps, False)
            trial = theta - length * step
            new, slope = loss.value_and_gradient(trial)
        theta, value, gradient = trial, new, slope
        if np.abs(gradient).max() > 0.1 * worst:
            inverse = None
    return Descended(theta, max_iter, bool(np.abs(gradient).max() <= tol))


def _start(loss: Loss) -> tuple[Floats, float, Floats]:
    """Θ, F and ∇F to start from: at zero, or with many rows after a few Newton steps on some of them, if F is lower there."""
    zero = np.zeros(loss.shape)
    value, gradient = loss.value_and_gradient(zero)
    part = loss.thinned(20 * zero.size)
    if part is None:
        return zero, value, gradient
    theta = zero
    for _ in range(6):
        slope = part.value_and_gradient(theta)[1]
        step = (_inverse(part.hessian(theta)) @ slope.T.ravel()).reshape(slope.T.shape).T
        theta = theta - step
        if np.abs(step).max() <= 0.3 * np.abs(theta).max():  # as close as some of the rows can tell
            break
    found, slope = loss.value_and_gradient(theta)
    return (theta, found, slope) if found < value else (zero, value, gradient)


def _inverse(H: Floats) -> Floats:
    """H⁻¹ by way of a diagonal of ones; the pseudo-inverse where H is singular in float64."""
    diagonal = np.sqrt(np.maximum(H.diagonal(), 0))
    diagonal = np.where(diagonal > 0, diagonal, 1.0)
    scaled = H / diagonal / diagonal[:, None]
    try:
        lower = np.linalg.cholesky(scaled)
    except np.linalg.LinAlgError:
        lower = np.zeros_like(scaled)
    if lower.diagonal().min() ** 2 <= len(H) * EPS:
        return np.linalg.pinv(scaled, hermitian=True) / diagonal / diagonal[:, None]
    root = np.linalg.inv(lower) / diagonal
    return root.T @ root


def lbfgs(loss: Loss, tol: float, max_iter: int, see: See) -> Descended:
    """SciPy's L-BFGS: Newton's way with the curvature learned from the last ten gradients. Nocedal and Wright, section 7.2."""
    minimize: Any = scipy_module("scipy.optimize").minimize

    def objective(flat: Floats) -> tuple[float, Floats]:
        value, gradient = loss.value_and_gradient(flat.reshape(loss.shape))
        return value, gradient.ravel()

    def callback(flat: Floats) -> None:
        see(
            "parameters",
            "Θ",
            "Θ − ηB∇F",
            flat.reshape(loss.shape),
            note="B: the inverse Hessian as learned so far",
        )

    options = {"maxiter": max_iter, "maxls": 50, "gtol": tol, "ftol": 0.0}
    start = np.zeros(loss.shape).ravel()
    found: Any = minimize(objective, start, jac=True, method="L-BFGS-B", callback=callback, options=options)
    return Descended(found.x.reshape(loss.shape), int(found.nit), float(np.abs(found.jac).max()) <= tol)


def gradient_steps(loss: Loss, tol: float, max_iter: int, see: See) -> Descended:
    """Θ ← Θ − η∇F with η = 1/L, L a bound of every curvature: half of the longest step that is sure to converge."""
    theta = np.zeros(loss.shape)
    eta = 1 / max(loss.curvature(), np.finfo(float).tiny)
    see("step", "η", "1/L", eta, note="steps below 2/L converge")
    for steps in range(max_iter + 1):
        value, gradient = loss.value_and_gradient(theta)
        see("parameters", f"Θ_{steps}", "Θ − η∇F", theta, gradient=gradient, note=f"F = {value:.12g}")
        if np.abs(gradient).max() <= tol:
            return Descended(theta, steps, True)
        if steps < max_iter:
            theta = theta - eta * gradient
    return Descended(theta, max_iter, False)


OPTIMIZERS: dict[str, Optimizer] = {
    "newton-cholesky": newton,
    "lbfgs": lbfgs,
    "gradient-descent": gradient_steps,
}
