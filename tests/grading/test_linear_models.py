"""The ten exercises of chapter 1, with the starters of the chapter and with what learners might type."""

import json
import re
from pathlib import Path

import numpy as np
import pytest
import scipy.special
from solutions.linear_models import ANSWERS  # the data of the browser tests

from pellucid.grading import attempt, judge, load_exercises, outline, plan, prove
from pellucid.grading.wire import attempt_json, judge_json, plan_json

ROOT = Path(__file__).parents[2]
CHAPTER = ROOT / "book" / "01-linear-models"
SOURCE = (CHAPTER / "exercises.py").read_text(encoding="utf-8")
EXERCISES = load_exercises(CHAPTER / "exercises.py")
IDS = [
    "affine-prediction",
    "least-squares",
    "squared-loss-gradient",
    "gradient-step",
    "ridge-solution",
    "shrinkage-path",
    "logistic-probability",
    "softmax",
    "standardization",
    "checklist",
]

# From the table of the ten: arguments of a case and its answer.
KNOWN = {
    "affine-prediction": (([2, 3], [0.5, -1], 4), 2.0),
    "least-squares": (([[1, 1], [1, 2], [1, 3]], [1, 2, 2]), [2 / 3, 1 / 2]),
    "squared-loss-gradient": (([[1, 0], [0, 1]], [1, -1], [0.2, 0.3]), [-0.8, 1.3]),
    "ridge-solution": (([[1, 0], [0, 1]], [3, -6], 2), [1, -2]),
}


def find_starters():
    text = (CHAPTER / "index.md").read_text(encoding="utf-8")
    starters = re.findall(r"```\{starter\}\n(.*?)```", text, re.DOTALL)
    return {re.search(r"^def (\w+)", starter, re.MULTILINE)[1]: starter for starter in starters}


def check(id, source, seed=0):
    exercise = EXERCISES[id]
    cases = plan(exercise, seed)
    return judge(exercise, cases, attempt(source, exercise.entry, cases))


def test_the_ten_stand_in_order():
    assert list(EXERCISES) == IDS
    assert list(outline(SOURCE, "exercises.py")) == IDS
    assert list(ANSWERS) == IDS


@pytest.mark.parametrize("id", IDS)
def test_every_claim_is_proved(id):
    proofs = prove(EXERCISES[id], find_starters()[EXERCISES[id].entry], seeds=12)
    assert [f"{proof.claim}: {proof.detail}" for proof in proofs if not proof.holds] == []
    assert len(EXERCISES[id].mistakes) >= 4


@pytest.mark.parametrize("id", KNOWN)
def test_known_answers_are_among_the_cases(id):
    args, answer = KNOWN[id]
    exercise = EXERCISES[id]
    cases = plan(exercise, 7)
    [index] = [i for i, case in enumerate(cases) if all(map(np.array_equal, case.args, args))]
    np.testing.assert_allclose(exercise.expected(cases)[index], answer)


def test_gradient_step_starts_where_the_chapter_says():
    np.testing.assert_array_equal(plan(EXERCISES["gradient-step"], 3)[0].args[2], [1, -1])


def test_a_larger_penalty_gives_a_smaller_norm():
    exercise = EXERCISES["shrinkage-path"]
    cases = plan(exercise, 5)
    for case, (_, norms) in zip(cases, exercise.expected(cases), strict=True):
        lams = case.args[2]
        assert (lams[0] < lams[1]) == (norms[0] > norms[1])


@pytest.mark.parametrize("seed", range(5))
def test_references_agree_with_scipy(seed):
    softmax, logistic = EXERCISES["softmax"], EXERCISES["logistic-probability"]
    for case, P in zip(plan(softmax, seed), softmax.expected(plan(softmax, seed)), strict=True):
        np.testing.assert_allclose(P, scipy.special.softmax(case.args[0], axis=1), rtol=1e-12, atol=1e-300)
    for case, (p, loss) in zip(plan(logistic, seed), logistic.expected(plan(logistic, seed)), strict=True):
        z, y = case.args
        np.testing.assert_allclose(p, scipy.special.expit(z), rtol=1e-12, atol=1e-300)
        oracle = -np.mean(np.where(y == 1, scipy.special.log_expit(z), scipy.special.log_expit(-z)))
        np.testing.assert_allclose(loss, oracle, rtol=1e-12, atol=1e-12)


@pytest.mark.parametrize("id", IDS)
def test_right_submissions_are_right(id):
    verdict = check(id, ANSWERS[id].right)
    assert verdict.status == "right", (verdict.message, verdict.counterexample)


@pytest.mark.parametrize(("id", "mistake"), [(id, name) for id in IDS for name in ANSWERS[id].wrong])
def test_wrong_submissions_get_the_name_of_their_mistake(id, mistake):
    verdict = check(id, ANSWERS[id].wrong[mistake], seed=11)
    assert verdict.status == "wrong"
    assert verdict.mistake == mistake, (verdict.message, verdict.diagnosis)
    assert verdict.counterexample is not None


@pytest.mark.parametrize("id", IDS)
def test_the_same_verdict_comes_through_the_wire(id):
    for source, status in [
        (ANSWERS[id].right, "right"),
        *((wrong, "wrong") for wrong in ANSWERS[id].wrong.values()),
    ]:
        agreed = plan_json(SOURCE, id, 4)
        verdict = json.loads(judge_json(SOURCE, id, agreed, attempt_json(source, agreed)))
        assert verdict == json.loads(json.dumps(check(id, source, seed=4).to_dict()))
        assert verdict["status"] == status


@pytest.mark.parametrize("id", IDS)
def test_no_expected_answer_is_in_the_plan(id):
    agreed = json.loads(plan_json(SOURCE, id, 0))
    assert set(agreed) == {"exercise", "entry", "cases", "tensors"}
    assert all(len(case) == len(plan(EXERCISES[id], 0)[0].args) for case in agreed["cases"])


@pytest.mark.parametrize("id", IDS)
def test_hints_climb_without_giving_the_solution_away(id):
    exercise = EXERCISES[id]
    solution = outline(SOURCE, "exercises.py")[id].solution.code
    told = [line.strip() for line in solution.split("def ")[1].splitlines()[1:] if len(line.strip()) > 12]
    assert told and not any(line in hint for line in told for hint in exercise.hints)
    assert len(exercise.hints) == 3


def test_an_overflow_does_not_hide_another_mistake():
    verdict = check(
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
def test_parts_are_called_by_their_names(id, source, words):
    verdict = check(id, f"import numpy as np\ndef {EXERCISES[id].entry}({source}")
    assert verdict.status == "wrong" and words in verdict.message, verdict.message


@pytest.mark.parametrize("seed", range(3))
def test_verdicts_do_not_depend_on_the_seed(seed):
    for id in IDS:
        for name, source in ANSWERS[id].wrong.items():
            assert check(id, source, seed=100 + seed).mistake == name
