"""What has no factorization is an error in torch's words, also where NumPy's LAPACK leaves NaN instead: in the browser."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import pellucid.torch as torch

SINGULAR = torch.ones(2, 2)
INDEFINITE = torch.tensor([[1.0, 2.0], [2.0, 1.0]])
FAILURES: list[tuple[str, Callable[[], Any], str]] = [
    ("inv", lambda: torch.linalg.inv(SINGULAR), "linalg.inv: The diagonal element 2 is zero"),
    ("solve", lambda: torch.linalg.solve(SINGULAR, torch.ones(2)), "torch.linalg.solve: The solver failed"),
    ("cholesky", lambda: torch.linalg.cholesky(INDEFINITE), "the leading minor of order 2"),
    (
        "inv",
        lambda: torch.stack([torch.eye(2), SINGULAR]).inverse(),
        r"linalg.inv: \(Batch element 1\): The diag",
    ),
    (
        "cholesky",
        lambda: torch.linalg.cholesky(torch.stack([torch.eye(2), -torch.eye(2)])),
        "minor of order 1",
    ),
]


@pytest.mark.parametrize("silent", [False, True], ids=["NumPy raises", "NumPy leaves NaN"])
@pytest.mark.parametrize(("function", "call", "message"), FAILURES)
def test_failures_are_named(
    monkeypatch: pytest.MonkeyPatch, function: str, call: Callable[[], Any], message: str, silent: bool
) -> None:
    own = getattr(np.linalg, function)

    def as_in_the_browser(a: Any, *others: Any) -> Any:
        try:
            return own(a, *others)
        except np.linalg.LinAlgError:
            return np.full_like(others[0] if others else a, np.nan)

    if silent:
        monkeypatch.setattr(np.linalg, function, as_in_the_browser)
    with pytest.raises(torch.linalg.LinAlgError, match=message):
        call()


def test_singular_values_of_what_is_not_a_number() -> None:
    for call in (torch.linalg.svd, torch.linalg.svdvals, torch.linalg.pinv, torch.linalg.matrix_rank):
        with pytest.raises(torch.linalg.LinAlgError, match="input matrix contained non-finite values"):
            call(torch.full((3, 2), torch.nan))


def test_what_is_not_a_number_goes_through_where_torch_lets_it() -> None:
    nothing = torch.full((2, 2), torch.nan)
    assert torch.linalg.inv(nothing).isnan().all()
    assert torch.linalg.solve(nothing, nothing).isnan().all()
    assert torch.linalg.eigvalsh(nothing).isnan().all()
