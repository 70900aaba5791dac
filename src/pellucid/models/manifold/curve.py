"""The curve that says how near two points of the map are taken to be: 1/(1 + a·r²ᵇ)."""

from __future__ import annotations

import numpy as np

from pellucid.models.trace import See, unseen


def find_ab_params(spread: float = 1.0, min_dist: float = 0.1, *, see: See = unseen) -> tuple[float, float]:
    """a and b for which 1/(1 + a·r²ᵇ) is nearest to a curve that falls from 1 after `min_dist`.

    That curve is 1 up to `min_dist` and exp(−(r − min_dist)/spread) beyond; nearest is meant in least squares. The 300
    distances r lie evenly between 0 and 3·spread. Solved by Levenberg–Marquardt from a = b = 1.
    Source: McInnes, Healy, Melville (2018), section 3.2.
    """
    r = np.linspace(0, 3 * spread, 300)[1:]  # at r = 0 both curves are 1
    wanted = np.where(r < min_dist, 1.0, np.exp(-(r - min_dist) / spread))
    log_r = np.log(r)
    a, b, damping = 1.0, 1.0, 1e-3

    def left(a: float, b: float) -> np.ndarray:
        return 1 / (1 + a * np.exp(2 * b * log_r)) - wanted

    loss = left(a, b) @ left(a, b)
    for _ in range(200):
        power = np.exp(2 * b * log_r)
        slope = -power / (1 + a * power) ** 2
        J = np.stack([slope, 2 * a * log_r * slope], axis=1)  # (299, 2)
        H, g = J.T @ J, J.T @ left(a, b)
        step = -np.linalg.solve(H + damping * np.diag(np.diag(H)), g)
        tried = left(a + step[0], b + step[1])
        if a + step[0] > 0 and tried @ tried <= loss:
            a, b, loss, damping = float(a + step[0]), float(b + step[1]), tried @ tried, damping / 10
            if np.abs(step).max() < 1e-12:
                break
        else:
            damping *= 10
            if damping > 1e12:
                break
    see("curve", "(a, b)", "1/(1 + a·r²ᵇ) ≈ exp(−(r − min_dist)/spread)", [a, b])
    return a, b
