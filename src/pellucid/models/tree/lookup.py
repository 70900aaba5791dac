"""Many values of a table at once. NumPy has two ways, of which each is the fast one somewhere.

Measured for 65,536 places: `table.take(at)` takes 0.6 ns a place natively and 6.8 ns in the browser; `table[at]` takes 1.3 ns
natively and 1.2 ns in the browser.
"""

from __future__ import annotations

import sys
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

Kind = TypeVar("Kind", bound=np.generic)

BROWSER = sys.platform == "emscripten"


def pick(table: NDArray[Kind], at: NDArray[np.intp]) -> NDArray[Kind]:
    """table[at] for a table (m,); of the shape of `at`."""
    return table[at] if BROWSER else table.take(at)


def pick_columns(table: NDArray[Kind], at: NDArray[np.intp]) -> NDArray[Kind]:
    """table[:, at] for a table (k, m) and places (n,): (k, n)."""
    return np.stack([row[at] for row in table]) if BROWSER else table.take(at, axis=1)
