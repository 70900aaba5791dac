"""Exercises in torch: arguments arrive as tensors, answers may be tensors, and the judge compares numbers."""

import json

import numpy as np
import pytest

from pellucid.errors import BookError
from pellucid.grading.judge import plan
from pellucid.grading.load import execute
from pellucid.grading.wire import attempt_json, imports_of, judge_json, plan_json

SOURCE = """\
import numpy as np
import torch
from pellucid.grading import exercise

ex = exercise("gradient", entry="gradient", rtol=1e-5, hints=["a", "b", "c"])


@ex.inputs
def inputs(rng):
    for n in (1, 3):
        w = torch.tensor(rng.normal(size=2), dtype=torch.float32)
        yield torch.ones(n, 2), torch.arange(n), {"w": w}, 0.5


@ex.reference
def gradient(X, y, parameters, scale):
    w = parameters["w"].clone().requires_grad_()
    (scale * ((X @ w - y) ** 2).sum()).backward()
    return w.grad, [w]


@ex.mistake("You forgot the scale.")
def unscaled(X, y, parameters, scale):
    return gradient(X, y, parameters, 1.0)
"""
RIGHT = """
import torch
def gradient(X, y, parameters, scale):
    w = parameters["w"]
    assert isinstance(w, torch.Tensor) and w.dtype == torch.float32 and y.dtype == torch.int64
    assert isinstance(scale, float)
    return 2 * scale * X.T @ (X @ w - y), [torch.nn.Parameter(w)]
"""


def verdict(submission, source=SOURCE):
    asked = plan_json(source, "gradient", 3)
    assert json.loads(asked)["tensors"] is True
    return json.loads(judge_json(source, "gradient", asked, attempt_json(submission, asked)))


def test_tensors_arrive_and_come_back():
    assert verdict(RIGHT)["status"] == "right"


def test_a_mistake_is_named_and_the_counterexample_shows_numbers():
    wrong = verdict(RIGHT.replace("2 * scale * X.T", "2 * X.T"))
    assert wrong["mistake"] == "unscaled"
    assert {entry["name"]: entry["text"] for entry in wrong["counterexample"]["inputs"]}["X"] == "[[1, 1]]"


def test_diagnosis_works_on_tensors():
    told = verdict(RIGHT.replace("2 * scale * X.T", "-2 * scale * X.T"))
    assert "sign" in " ".join([told["message"], *told["diagnosis"]])


def test_a_tensor_changed_in_place_is_noticed():
    told = verdict(RIGHT.replace("    return", "    X.mul_(1.5)\n    return"))
    assert told["status"] == "wrong"


def test_the_page_mounts_torch_for_it():
    assert {"numpy", "pellucid.torch"} <= set(imports_of("import torch.nn as nn"))


def test_tensors_in_some_cases_only_are_an_authors_mistake():
    source = SOURCE.replace(
        "        yield torch.ones(n, 2)",
        "        yield np.ones(2), n, {}, 1.0\n        yield torch.ones(n, 2)",
    )
    with pytest.raises(BookError, match="tensors in some cases only"):
        plan(execute(source, "exercises.py")["gradient"], 0)


def test_arrays_stay_arrays_where_no_tensor_is_given():
    source = SOURCE.split("ex = ")[0] + (
        'ex = exercise("gradient", entry="f", hints=["a", "b", "c"])\n'
        "@ex.inputs\ndef inputs(rng):\n    yield (np.ones(2),)\n"
        "@ex.reference\ndef f(x):\n    assert type(x) is np.ndarray\n    return torch.from_numpy(x) * 2\n"
    )
    exercise = execute(source, "exercises.py")["gradient"]
    cases = plan(exercise, 0)
    assert not cases[0].tensors
    np.testing.assert_array_equal(exercise.expected(cases)[0], [2.0, 2.0])
