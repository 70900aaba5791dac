"""NumPy's linear algebra fails aloud in the browser too.

NumPy notices a singular matrix by the processor's invalid-value flag, which WebAssembly has not: there `np.linalg.inv` of such a
matrix gives NaN and no error. Pages must not teach that, and models rely on the error.
"""

from __future__ import annotations

import functools
import sys
from collections.abc import Callable
from typing import Any, cast

import numpy as np

FAILURES = {  # in NumPy's words
    "inv": "Singular matrix",
    "solve": "Singular matrix",
    "cholesky": "Matrix is not positive definite",
    "svd": "SVD did not converge",
}


def install() -> None:
    """Let these functions of np.linalg raise LinAlgError where the platform does not; nothing elsewhere."""
    if sys.platform == "emscripten" and not getattr(np.linalg.inv, "checked", False):
        for name, message in FAILURES.items():
            raising = checked(getattr(np.linalg, name), message)
            setattr(np.linalg, name, raising)
            setattr(
                sys.modules["numpy.linalg._linalg"], name, raising
            )  # pinv, matrix_rank and others look there


def checked(function: Callable[..., Any], message: str) -> Callable[..., Any]:
    """The same function, with LinAlgError where finite arguments give NaN; in svd where anything does."""

    @functools.wraps(function)
    def raising(*args: Any, **options: Any) -> Any:
        found = function(*args, **options)
        if _has_nan(found) and (function.__name__ == "svd" or _is_finite(*args, *options.values())):
            raise np.linalg.LinAlgError(message)
        return found

    vars(raising)["checked"] = True
    return raising


def _has_nan(found: Any) -> bool:
    parts = cast("tuple[Any, ...]", found if isinstance(found, tuple) else (found,))
    return any(bool(np.isnan(part).any()) for part in parts)


def _is_finite(*values: Any) -> bool:
    return all(bool(np.isfinite(value).all()) for value in values)
