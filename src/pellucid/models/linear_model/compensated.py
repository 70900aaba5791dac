"""Matrix times vector as if computed with twice the digits: what iterative refinement needs of its residuals."""

from __future__ import annotations

import numpy as np

from pellucid.models.validation import Floats

SPLITTER = 2.0**27 + 1  # cuts the 53 bits of a double into two halves whose products are exact
BLOCK = 2**15  # elements at once, so that temporaries stay in cache


def exact_product(A: Floats, x: Floats) -> Floats:
    """A @ x (n,) for A (n, k) and x (k,), with the rounding errors of every product and sum carried along.

    The result is as good as one computed in twice the working precision and then rounded: algorithm Dot2 of Ogita, Rump and
    Oishi, "Accurate sum and dot product" (2005), with the sums taken in pairs. Elements above 1e292 overflow.
    """
    rows = max(1, BLOCK // max(1, A.shape[1]))
    return np.concatenate([_block(A[i : i + rows], x) for i in range(0, len(A), rows)])


def _block(A: Floats, x: Floats) -> Floats:
    total, error = _two_product(A, x)  # (rows, k) each
    while total.shape[1] > 1:
        half = total.shape[1] // 2
        odd = total[:, 2 * half :], error[:, 2 * half :]
        total, slip = _two_sum(total[:, :half], total[:, half : 2 * half])
        error = error[:, :half] + error[:, half : 2 * half] + slip
        if odd[0].shape[1]:
            total, error = np.hstack([total, odd[0]]), np.hstack([error, odd[1]])
    return (total + error)[:, 0]


def _two_product(a: Floats, b: Floats) -> tuple[Floats, Floats]:
    """a·b rounded, and what the rounding lost (Veltkamp, Dekker)."""
    a_high, a_low = _split(a)
    b_high, b_low = _split(b)
    product = a * b
    return product, a_low * b_low - (((product - a_high * b_high) - a_low * b_high) - a_high * b_low)


def _split(a: Floats) -> tuple[Floats, Floats]:
    scaled = SPLITTER * a
    high = scaled - (scaled - a)
    return high, a - high


def _two_sum(a: Floats, b: Floats) -> tuple[Floats, Floats]:
    """a + b rounded, and what the rounding lost (Knuth)."""
    total = a + b
    seen = total - a
    return total, (a - (total - seen)) + (b - seen)
