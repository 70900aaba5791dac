"""What crosses between the interpreters: every plain value survives, and no text from outside does harm."""

import json

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as npst

from pellucid.grading.load import execute
from pellucid.grading.values import Opaque, plain, same_bits
from pellucid.grading.wire import (
    WireError,
    attempt_json,
    decode,
    decode_outcomes,
    encode,
    imports_of,
    judge_json,
    plan_json,
    prove_json,
)

from .example import SOURCE

PLAN = plan_json(SOURCE, "double", 0)
RIGHT = attempt_json("def double(x, b): return 2 * x + b", PLAN)

ARRAYS = npst.arrays(
    st.sampled_from([np.float64, np.float32, np.int64, np.int8, np.bool_, np.complex128]),
    npst.array_shapes(min_dims=0, max_side=4),
)
LEAVES = st.one_of(
    st.none(), st.booleans(), st.integers(), st.floats(), st.complex_numbers(), st.text(max_size=20), ARRAYS
)
VALUES = st.recursive(
    LEAVES,
    lambda inner: st.one_of(
        st.lists(inner, max_size=4),
        st.lists(inner, max_size=4).map(tuple),
        st.dictionaries(st.one_of(st.text(max_size=5), st.integers()), inner, max_size=4),
    ),
    max_leaves=12,
)


@given(VALUES)
def test_plain_values_survive(value):
    value = plain(value)
    text = json.dumps(encode(value), allow_nan=False)
    assert same_bits(decode(json.loads(text)), value)


@pytest.mark.parametrize(
    "array",
    [
        np.zeros((0, 3)),
        np.zeros(0),
        np.asfortranarray(np.arange(6.0).reshape(2, 3)),
        np.arange(3, dtype=">f8"),
    ],
)
def test_unusual_layouts_survive(array):
    np.testing.assert_array_equal(decode(encode(plain(array))), array)


def test_opaque_values_survive():
    assert decode(encode(Opaque("set", "no order"))) == Opaque("set", "no order")


@pytest.mark.parametrize(
    "node",
    [
        {},
        {"$array": []},
        {"$array": ["<f8", [2], "AAAA"]},
        {"$array": ["<f8", [-1], ""]},
        {"$array": ["<f8", [10**30, 0], ""]},
        {"$array": ["O", [1], "AAAAAAAAAAA="]},
        {"$array": ["V8", [1], "AAAAAAAAAAA="]},
        {"$array": ["<U2", [1], "AAAAAAAAAAA="]},
        {"$array": ["<f8,<f8", [1], "AAAAAAAAAAA="]},
        {"$array": ["nonsense", [1], "AAAAAAAAAAA="]},
        {"$array": ["<f8", [1], "not base64!"]},
        {"$array": ["<f8", [True], "AAAAAAAAAAA="]},
        {"$array": ["<f8", [1] * 100, "AAAAAAAAAAA="]},
        {"$int": "xyz"},
        {"$int": "0x" + "f" * 10**5},
        {"$float": "1.5"},
        {"$complex": [1, "a"]},
        {"$tuple": 3},
        {"$dict": [[[], 1]]},
        {"$dict": [[{"$array": ["<f8", [0], ""]}, 1]]},
        {"$dict": [[1]]},
        {"$opaque": ["only one"]},
        {"$opaque": [1, 2]},
        {"$unknown": 1},
        {"$tuple": [], "$dict": []},
        3,
        "x" * 10**5,
        [[[[[[[[[[[[[[[[[[[[[[1]]]]]]]]]]]]]]]]]]]]]],
        [0.5] * 10**5,
    ],
)
def test_what_was_not_agreed_is_refused(node):
    with pytest.raises((WireError, ValueError, TypeError)):
        decode(node)
    text = json.dumps(
        {
            "outcomes": [
                {
                    "value": node,
                    "fault": None,
                    "detail": "",
                    "error": None,
                    "changed": [],
                    "stdout": "",
                    "warned": [],
                }
            ]
        }
    )
    assert [outcome.fault for outcome in decode_outcomes(text, 1)] == ["garbled"]


@pytest.mark.parametrize(
    "text",
    [
        "",
        "null",
        "[]",
        "3",
        "{}",
        "{",
        '{"outcomes": 3}',
        '{"outcomes": []}',
        '{"outcomes": [3]}',
        '{"ended": "well"}',
        "[" * 10**5,
        '{"outcomes": [{"fault": "right"}]}',
        '{"outcomes": [{"fault": "ended"}]}',
        "\x00",
        '{"ended": ["time"]}',
        '{"outcomes": [{"fault": {}}]}',
        '{"outcomes": [{"value": 1e999}]}',
        json.dumps({"outcomes": [{}] * 10**4}),
        "9" * 10**4,
    ],
)
def test_no_text_is_more_than_an_error(text):
    verdict = json.loads(judge_json(SOURCE, "double", PLAN, text))
    assert verdict["status"] == "error"


JSON = st.recursive(
    st.one_of(
        st.none(),
        st.booleans(),
        st.integers(),
        st.floats(),
        st.text(max_size=8),
        st.sampled_from(["raised", "blank", "<f8"]),
    ),
    lambda inner: st.one_of(
        st.lists(inner, max_size=4),
        st.dictionaries(
            st.one_of(st.text(max_size=4), st.sampled_from(["$array", "$tuple", "$dict", "$int", "$opaque"])),
            inner,
            max_size=3,
        ),
    ),
    max_leaves=10,
)


@settings(max_examples=300, deadline=None)
@given(
    st.sampled_from(["value", "fault", "detail", "error", "changed", "stdout", "warned"]),
    JSON,
    st.integers(0, 4),
)
def test_an_outcome_that_is_tampered_with_never_raises_in_the_judge(key, node, index):
    message = json.loads(RIGHT)
    message["outcomes"][index][key] = node
    verdict = json.loads(judge_json(SOURCE, "double", PLAN, json.dumps(message)))
    assert verdict["status"] in ("right", "wrong", "error", "incomplete")
    if key == "value" and verdict["status"] == "right":
        assert execute(SOURCE, "exercises.py")  # the value was the right one after all, written another way
        expected = json.loads(RIGHT)["outcomes"][index]["value"]
        np.testing.assert_allclose(decode(node), decode(expected))


def test_changes_of_arguments_that_do_not_exist_are_no_changes():
    message = json.loads(RIGHT)
    message["outcomes"][0]["changed"] = [7, 63]
    assert json.loads(judge_json(SOURCE, "double", PLAN, json.dumps(message)))["status"] == "right"


def test_the_plan_is_the_same_for_the_same_seed():
    assert plan_json(SOURCE, "double", 5) == plan_json(SOURCE, "double", 5)
    assert plan_json(SOURCE, "double", 5) != plan_json(SOURCE, "double", 6)


@pytest.mark.parametrize(("id", "answer", "status", "mistake"), [
    ("mean", "3", "right", None),
    ("mean", "sum([1, 2, 6]) / 3", "right", None),
    ("mean", "9", "wrong", "total"),
    ("mean", "2.5", "wrong", None),
    ("mean", "None", "incomplete", None),
    ("mean", "...", "incomplete", None),
    ("product-shape", "(3, 2)", "right", None),
    ("product-shape", "[3, 2]", "right", None),
    ("product-shape", "(2, 3)", "wrong", "transposed"),
    ("product-shape", "(3, 2, 1)", "wrong", None),
    ("product-shape", "3", "wrong", None),
    ("product-shape", "2", "wrong", "one_row"),
    ("product-shape", "'3x2'", "wrong", None),
    ("which-norm", "1", "right", None),
    ("which-norm", "0", "wrong", "option-0"),
    ("which-norm", "2", "wrong", "option-2"),
    ("which-norm", "7", "wrong", None),
])  # fmt: skip
def test_the_other_kinds(id, answer, status, mistake):
    agreed = plan_json(SOURCE, id, 0)
    verdict = json.loads(judge_json(SOURCE, id, agreed, attempt_json(f"answer = {answer}\n", agreed)))
    assert (verdict["status"], verdict["mistake"]) == (status, mistake), verdict


def test_a_value_that_is_not_assigned_is_asked_for():
    agreed = plan_json(SOURCE, "mean", 0)
    verdict = json.loads(judge_json(SOURCE, "mean", agreed, attempt_json("result = 3\n", agreed)))
    assert verdict["status"] == "incomplete" and "`answer`" in verdict["message"]


def test_proofs_cross_too():
    proofs = json.loads(prove_json(SOURCE, "mean", "answer = ...", 2))
    assert proofs and all(proof["holds"] for proof in proofs)
    assert set(proofs[0]) == {"claim", "holds", "detail"}


def test_imports_leave_out_what_python_brings():
    source = "import os, scipy.special as s\nfrom pandas import x\nimport pellucid.grading\nfrom . import y"
    assert imports_of(source) == ["numpy", "pandas", "scipy"]
    assert imports_of("def f(:") == ["numpy"]
