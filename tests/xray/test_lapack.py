"""Linear algebra that fails without a word, as in the browser, is made to say so."""

from __future__ import annotations

import numpy as np
import pytest

from pellucid.xray.lapack import FAILURES, checked

SILENT = np.full((2, 2), np.nan)


@pytest.mark.parametrize("name", FAILURES)
def test_nan_of_a_finite_matrix_is_an_error_in_numpys_words(name: str) -> None:
    def silent(a: object, b: object = 0.0) -> np.ndarray:
        return SILENT

    silent.__name__ = name
    with pytest.raises(np.linalg.LinAlgError, match=FAILURES[name]):
        checked(silent, FAILURES[name])(np.ones((2, 2)))


def test_what_numpy_lets_pass_still_passes() -> None:
    np.testing.assert_array_equal(checked(np.linalg.inv, "no")(SILENT), SILENT)
    assert np.isnan(checked(np.linalg.solve, "no")(np.eye(2), [np.nan, 1.0])[0])
    values = checked(np.linalg.svd, "no")(np.eye(2), compute_uv=False)
    np.testing.assert_array_equal(values, [1.0, 1.0])
    assert checked(np.linalg.svd, "no")(np.eye(2)).S.shape == (2,)
