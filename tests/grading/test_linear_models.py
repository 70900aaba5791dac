"""What the table of chapter 1's ten exercises says, what SciPy computes, and how its verdicts read."""

import json

import numpy as np
import pytest
import scipy.special
from solutions.linear_models import ANSWERS  # the data of the browser tests

from pellucid.grading import plan
from pellucid.grading.wire import plan_json


@pytest.fixture
def chapter(open_chapter):
    return open_chapter("01-linear-models")


# From the table of the ten: arguments of a case and its answer.
KNOWN = {
    "affine-prediction": (([2, 3], [0.5, -1], 4), 2.0),
    "least-squares": (([[1, 1], [1, 2], [1, 3]], [1, 2, 2]), [2 / 3, 1 / 2]),
    "squared-loss-gradient": (([[1, 0], [0, 1]], [1, -1], [0.2, 0.3]), [-0.8, 1.3]),
    "ridge-solution": (([[1, 0], [0, 1]], [3, -6], 2), [1, -2]),
}


@pytest.mark.parametrize("id", KNOWN)
def test_known_answers_are_among_the_cases(chapter, id):
    args, answer = KNOWN[id]
    exercise = chapter.exercises[id]
    cases = plan(exercise, 7)
    [index] = [i for i, case in enumerate(cases) if all(map(np.array_equal, case.args, args))]
    np.testing.assert_allclose(exercise.expected(cases)[index], answer)


def test_gradient_step_starts_where_the_chapter_says(chapter):
    np.testing.assert_array_equal(plan(chapter.exercises["gradient-step"], 3)[0].args[2], [1, -1])


def test_a_larger_penalty_gives_a_smaller_norm(chapter):
    exercise = chapter.exercises["shrinkage-path"]
    cases = plan(exercise, 5)
    for case, (_, norms) in zip(cases, exercise.expected(cases), strict=True):
        lams = case.args[2]
        assert (lams[0] < lams[1]) == (norms[0] > norms[1])


@pytest.mark.parametrize("seed", range(5))
def test_references_agree_with_scipy(chapter, seed):
    softmax, logistic = chapter.exercises["softmax"], chapter.exercises["logistic-probability"]
    for case, P in zip(plan(softmax, seed), softmax.expected(plan(softmax, seed)), strict=True):
        np.testing.assert_allclose(P, scipy.special.softmax(case.args[0], axis=1), rtol=1e-12, atol=1e-300)
    for case, (p, loss) in zip(plan(logistic, seed), logistic.expected(plan(logistic, seed)), strict=True):
        z, y = case.args
        np.testing.assert_allclose(p, scipy.special.expit(z), rtol=1e-12, atol=1e-300)
        oracle = -np.mean(np.where(y == 1, scipy.special.log_expit(z), scipy.special.log_expit(-z)))
        np.testing.assert_allclose(loss, oracle, rtol=1e-12, atol=1e-12)


@pytest.mark.parametrize("id", ANSWERS)
def test_no_expected_answer_is_in_the_plan(chapter, id):
    agreed = json.loads(plan_json(chapter.source, id, 0))
    assert set(agreed) == {"exercise", "entry", "cases", "tensors"}
    assert all(len(case) == len(plan(chapter.exercises[id], 0)[0].args) for case in agreed["cases"])


def test_an_overflow_does_not_hide_another_mistake(chapter):
    verdict = chapter.check(
        "logistic-probability",
        """
import numpy as np

def logistic_probability(z, y):
    p = 1 / (1 + np.exp(-z))
    return p, np.mean(y * np.log(p) + (1 - y) * np.log(1 - p))
""",
    )
    assert verdict.mistake == "log_likelihood"
    assert any("NaN or infinity" in text for text in verdict.diagnosis)


@pytest.mark.parametrize(
    ("id", "source", "words"),
    [
        (
            "logistic-probability",
            "z, y): return 1 / (1 + np.exp(-z))",
            "You give `p` alone, and it is right. Still missing: `loss`.",
        ),
        (
            "standardization",
            "A, B): return (B - A.mean(0)) / A.std(0), (A - A.mean(0)) / A.std(0)",
            "wrong order",
        ),
        (
            "shrinkage-path",
            "X, y, lams): return np.zeros((2, X.shape[1])), np.zeros(2)",
            "In `W`: Your answer is 0 in every case",
        ),
        (
            "checklist",
            "X, y): return {'residuals': y}",
            "Missing from the dictionary: `'r2'`, `'leverage'`, `'condition'`.",
        ),
        ("checklist", "X, y): return y", "A dictionary with the keys"),
        (
            "gradient-step",
            "X, y, w, step): return w + 3 * step * X.T @ (X @ w - y)",
            "The change from `w` is -3 times",
        ),
    ],
)
def test_parts_are_called_by_their_names(chapter, id, source, words):
    verdict = chapter.check(id, f"import numpy as np\ndef {chapter.exercises[id].entry}({source}")
    assert verdict.status == "wrong" and words in verdict.message, verdict.message


@pytest.mark.parametrize("seed", range(3))
def test_verdicts_do_not_depend_on_the_seed(chapter, seed):
    for id in ANSWERS:
        for name, source in ANSWERS[id].wrong.items():
            assert chapter.check(id, source, seed=100 + seed).mistake == name
