"""Which answers count as equal, and what is said of those that do not."""

from decimal import Decimal
from fractions import Fraction

import numpy as np
import pandas as pd
import pytest
import sympy
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as npst

from pellucid.grading.compare import Tolerance, compare, values_agree
from pellucid.grading.values import plain

VECTOR = np.array([1.0, 2.0])
NAN, INF = float("nan"), float("inf")


@pytest.mark.parametrize(
    ("expected", "got"),
    [
        (VECTOR, [1.0, 2.0]),
        (VECTOR, (1, 2)),
        (VECTOR, [np.float64(1), np.float32(2)]),
        (VECTOR, VECTOR.astype(int)),
        (VECTOR, VECTOR + 1e-8),
        (VECTOR, pd.Series([1.0, 2.0], index=["a", "b"])),
        (VECTOR, [sympy.Integer(1), sympy.sqrt(4)]),
        (VECTOR, [Fraction(1), Decimal(2)]),
        (VECTOR, np.ma.masked_array([1.0, 2.0])),
        (VECTOR, np.array([1.0, 2.0], dtype=object)),
        (np.eye(2), [[1, 0], [0, 1]]),
        (np.eye(2), pd.DataFrame(np.eye(2))),
        (2.0, 2),
        (2.0, np.array(2.0)),
        (2.0, np.float64(2)),
        (2, 2.0),
        (2.0, sympy.Rational(4, 2)),
        (True, np.bool_(True)),
        (1 + 2j, np.complex64(1 + 2j)),
        (np.array([NAN, INF, -INF, 1.0]), [NAN, INF, -INF, 1]),
        (np.zeros((0, 3)), np.zeros((0, 3))),
        (np.zeros(0), []),
        ((VECTOR, 3.0), [[1, 2], 3]),
        ((1.0, 2.0), VECTOR),
        ((VECTOR, VECTOR), np.array([VECTOR, VECTOR])),
        ({"a": VECTOR, "b": 1.0}, {"b": 1, "a": [1, 2]}),
        ([VECTOR, np.zeros(3)], (VECTOR, [0, 0, 0])),
        (("yes", 1), ["yes", 1]),
        ((1.0, None), [1, None]),
    ],
)
def test_equivalent_answers_are_accepted(expected, got):
    assert compare(expected, plain(got), Tolerance()) is None


@pytest.mark.parametrize(
    ("expected", "got", "path", "reason"),
    [
        (VECTOR, [[1.0], [2.0]], (), "shape"),
        (VECTOR, [1.0, 2.0, 3.0], (), "shape"),
        (VECTOR, 1.0, (), "shape"),
        (2.0, [2.0], (), "shape"),
        (VECTOR, [True, True], (), "dtype"),
        (VECTOR, VECTOR + 0j, (), "dtype"),
        (VECTOR, ["1", "2"], (), "structure"),
        (VECTOR, [1.0, 2.001], (), "values"),
        (VECTOR, [1.0, NAN], (), "values"),
        (np.array([NAN, 1.0]), [0.0, 1.0], (), "values"),
        (np.array([INF, 1.0]), [-INF, 1.0], (), "values"),
        (np.array([INF, 1.0]), [1e308, 1.0], (), "values"),
        (1e308, -1e308, (), "values"),
        (VECTOR, [[1.0, 2.0], [3.0]], (), "structure"),
        (VECTOR, None, (), "structure"),
        (VECTOR, "12", (), "structure"),
        (VECTOR, {"w": VECTOR}, (), "structure"),
        (VECTOR, (x for x in VECTOR), (), "structure"),
        (VECTOR, {1.0, 2.0}, (), "structure"),
        (VECTOR, len, (), "structure"),
        ((VECTOR, 3.0), VECTOR[:1], (), "structure"),
        ((VECTOR, 3.0), (VECTOR, 4.0), (1,), "values"),
        ((VECTOR, 3.0), (VECTOR, [3.0]), (1,), "shape"),
        ({"a": VECTOR, "b": 1.0}, {"a": VECTOR}, (), "structure"),
        ({"a": VECTOR}, {"a": VECTOR, "b": 1}, (), "structure"),
        ({"a": (VECTOR, 1.0)}, {"a": (VECTOR, 2.0)}, ("a", 1), "values"),
        ({"a": VECTOR}, [1.0, 2.0], (), "structure"),
        ("yes", "no", (), "values"),
        ((1.0, None), (1.0, VECTOR), (1,), "structure"),
    ],
)
def test_other_answers_are_not(expected, got, path, reason):
    mismatch = compare(expected, plain(got), Tolerance())
    assert mismatch is not None
    assert (mismatch.path, mismatch.reason) == (path, reason)
    assert mismatch.message.endswith(".")


def test_a_column_counts_only_where_the_author_says_so():
    column = VECTOR[:, None]
    assert compare(VECTOR, column, Tolerance(accept_column=True)) is None
    assert compare(VECTOR, column.T, Tolerance(accept_column=True)) is not None
    assert compare(VECTOR, column + 1, Tolerance(accept_column=True)).reason == "values"


FLOATS = npst.arrays(np.float64, npst.array_shapes(max_dims=3, max_side=4), elements=st.floats(width=64))


@given(FLOATS)
def test_every_array_equals_itself(array):
    assert values_agree(array, array.copy(), Tolerance(rtol=0, atol=0))
    assert compare(array, array.tolist(), Tolerance()) is None


@given(FLOATS, st.floats(0, 1e-3), st.floats(0, 1e-3), st.data())
def test_agreement_is_numpys_allclose(array, rtol, atol, data):
    other = data.draw(npst.arrays(np.float64, array.shape, elements=st.floats(width=64)))
    array = np.clip(array, -1e300, 1e300)
    mixed = np.where(data.draw(npst.arrays(bool, array.shape)), array * (1 + 1e-4), other)
    with np.errstate(all="ignore"):
        oracle = np.allclose(mixed, array, rtol=rtol, atol=atol, equal_nan=True)
    assert values_agree(array, mixed, Tolerance(rtol, atol)) == oracle
