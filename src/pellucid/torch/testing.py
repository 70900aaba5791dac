"""torch.testing: whether two results agree."""

from __future__ import annotations

# Arrays are Any here: formulas are lambdas over arrays and tensors alike.
# pyright: reportUnknownLambdaType=false, reportUnknownArgumentType=false
# pyright: reportUnknownVariableType=false, reportUnknownMemberType=false
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from pellucid.torch.tensor import Tensor

TOLERANCES = {
    "float16": (1e-3, 1e-5),
    "bfloat16": (1.6e-2, 1e-5),
    "float32": (1.3e-6, 1e-5),
    "float64": (1e-7, 1e-7),
}


def assert_close(
    actual: Any,
    expected: Any,
    *,
    rtol: float | None = None,
    atol: float | None = None,
    equal_nan: bool = False,
    check_dtype: bool = True,
    msg: str | None = None,
) -> None:
    """AssertionError unless |actual − expected| ≤ atol + rtol·|expected| everywhere, with tolerances that suit the type."""
    if isinstance(expected, Mapping):
        pairs: list[tuple[Any, Any]] = [(actual[k], v) for k, v in expected.items()]  # pyright: ignore
    elif isinstance(expected, Sequence) and not isinstance(expected, str):
        if len(actual) != len(expected):
            raise AssertionError(f"The length of the sequences mismatch: {len(actual)} != {len(expected)}")  # pyright: ignore
        pairs = list(zip(actual, expected, strict=True))  # pyright: ignore
    else:
        check_close(actual, expected, rtol, atol, equal_nan, check_dtype, msg)
        return
    for a, b in pairs:
        assert_close(a, b, rtol=rtol, atol=atol, equal_nan=equal_nan, check_dtype=check_dtype, msg=msg)


def check_close(
    actual: Any,
    expected: Any,
    rtol: float | None,
    atol: float | None,
    equal_nan: bool,
    check_dtype: bool,
    msg: str | None,
) -> None:
    """assert_close of two tensors or numbers."""
    if isinstance(actual, Tensor) and isinstance(expected, Tensor):
        if actual.array.shape != expected.array.shape:
            raise AssertionError(
                f"The values for attribute 'shape' do not match: {actual.shape} != {expected.shape}."
            )
        if check_dtype and actual.dtype is not expected.dtype:
            raise AssertionError(
                f"The values for attribute 'dtype' do not match: {actual.dtype} != {expected.dtype}."
            )
    names = [t.dtype.name for t in (actual, expected) if isinstance(t, Tensor)] or ["float64"]
    found = [TOLERANCES.get(name, (0.0, 0.0)) for name in names]
    relative = max(r for r, _ in found) if rtol is None else rtol
    absolute = max(a for _, a in found) if atol is None else atol
    a, b = (np.asarray(t.array if isinstance(t, Tensor) else t, np.float64) for t in (actual, expected))
    close = np.isclose(a, b, relative, absolute, equal_nan)
    if close.all():
        return
    with np.errstate(all="ignore"):
        gap = np.abs(a - b)
        ratio = gap / np.abs(b)
    kind = "Scalars" if not close.ndim else "Tensor-likes"
    raise AssertionError(
        msg
        or f"{kind} are not close!\n\n"
        f"Mismatched elements: {(~close).sum()} / {close.size} ({100 * (~close).mean():.1f}%)\n"
        f"Greatest absolute difference: {np.nanmax(gap)} at index {place_of(gap)} (up to {absolute} allowed)\n"
        f"Greatest relative difference: {np.nanmax(ratio)} at index {place_of(ratio)} (up to {relative} allowed)"
    )


def place_of(values: Any) -> tuple[int, ...]:
    """Where the greatest stands."""
    return tuple(int(k) for k in np.unravel_index(np.nanargmax(values), values.shape))
