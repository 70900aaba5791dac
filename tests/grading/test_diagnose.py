"""Statements about wrong answers: each is found where it is true, and never where it is not."""

import re

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from pellucid.grading.compare import Tolerance, values_agree
from pellucid.grading.diagnose import Diagnosis, diagnose
from pellucid.grading.evidence import Evidence, Trial
from pellucid.grading.factors import CONSTANTS, SIZE_FACTORS

TOLERANCE = Tolerance()
SHAPES = [(1, 2), (1, 1), (2, 2), (3, 3), (3, 2), (5, 2), (6, 4), (8, 3)]


def make_evidence(answer, expected=lambda X, y, c: X.T @ y + 1.3, seed=0, shapes=SHAPES):
    """Trials of an exercise with arguments X (n, d), y (n,), c; `answer` is what a learner computes."""
    rng = np.random.default_rng(seed)
    trials = []
    for n, d in shapes:
        args = (rng.normal(size=(n, d)), rng.normal(size=n), float(rng.normal()))
        wanted = np.asarray(expected(*args))
        try:
            got = np.asarray(answer(*args, wanted))
        except ValueError:
            got = None
        passed = got is not None and got.shape == wanted.shape and values_agree(wanted, got, TOLERANCE)
        trials.append(Trial(args, wanted, got, passed))
    return Evidence(tuple(trials), ("X", "y", "c"), TOLERANCE)


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        (lambda X, y, c, w: -w, "sign is flipped"),
        (lambda X, y, c, w: 2 * w, "is 2 times"),
        (lambda X, y, c, w: w / 2, "is ½ times"),
        (lambda X, y, c, w: -2 * w, "is −2 times"),
        (
            lambda X, y, c, w: len(X) * w,
            "$n$ times the expected one in every case, where $n$ is the number of rows of `X`",
        ),
        (lambda X, y, c, w: w / len(X), "$1/n$ times"),
        (lambda X, y, c, w: -w / len(X), "$-1/n$ times"),
        (lambda X, y, c, w: 2 * w / len(X), "$2/n$ times"),
        (
            lambda X, y, c, w: w * X.shape[1],
            "$d$ times the expected one in every case, where $d$ is the number of columns",
        ),
        (lambda X, y, c, w: w / X.shape[1], "$1/d$ times"),
        (lambda X, y, c, w: w / np.sqrt(len(X)), "$1/\\sqrt{n}$ times"),
        (lambda X, y, c, w: w * (len(X) - 1) / len(X), "$(n-1)/n$ times"),
        (lambda X, y, c, w: w * c, "`c` times"),
        (lambda X, y, c, w: w / c, "1/`c` times"),
        (lambda X, y, c, w: 3.7 * w, "3.7 times"),
        (lambda X, y, c, w: w + 0.5, "larger than the expected one by 0.5"),
        (lambda X, y, c, w: w - 2, "smaller than the expected one by 2"),
        (lambda X, y, c, w: w - c, "Adding `c`"),
        (lambda X, y, c, w: w + c, "Subtracting `c`"),
        (lambda X, y, c, w: w**2, "the square of the expected one"),
        (lambda X, y, c, w: 1 / w, "1 divided by the expected one"),
        (lambda X, y, c, w: 1 - w, "1 minus the expected one"),
        (lambda X, y, c, w: np.exp(w), "the exponential of the expected one"),
        (lambda X, y, c, w: np.abs(w), "without its signs"),
        (lambda X, y, c, w: w[::-1], "order is reversed"),
        (lambda X, y, c, w: np.sort(w), "in another order"),
        (lambda X, y, c, w: w.astype(int), "cut to whole numbers"),
        (lambda X, y, c, w: np.floor(w), "rounded down"),
        (lambda X, y, c, w: np.round(w, 2), "rounded to 2 decimals"),
        (lambda X, y, c, w: w[:, None], "numbers are right, the shape is not"),
        (lambda X, y, c, w: w[None, :], "numbers are right, the shape is not"),
        (lambda X, y, c, w: np.sum(w), "You give one number where an array"),
        (lambda X, y, c, w: np.zeros(len(w)), "is 0 in every case"),
        (lambda X, y, c, w: y, "is `y`, as it came in"),
        (lambda X, y, c, w: w * (1 + 1e-5 * np.arange(len(w))) + 1e-5, "not precise enough"),
        (
            lambda X, y, c, w: w if X.shape[0] == X.shape[1] else X @ y,
            "right exactly in the 3 where `X` is square",
        ),
        (
            lambda X, y, c, w: np.where(X.shape[0] == 1, w + X[0], w),
            "it is wrong exactly in the 2 where `X` has one row",
        ),
        (lambda X, y, c, w: w + (c > 0) * X[0], "where `c` is negative"),
    ],
)
def test_what_is_true_is_said_first(answer, words):
    evidence = make_evidence(answer, seed=3)
    statements = diagnose(evidence).leading
    assert statements and words in statements[0], statements


def test_the_transpose_is_named():
    evidence = make_evidence(lambda X, y, c, w: w.T, expected=lambda X, y, c: X + y[:, None])
    assert diagnose(evidence).leading == ("Your answer is the transpose of the expected one.",)


@pytest.mark.parametrize(
    ("factor", "words"),
    [
        (-1, "The change from `a` is minus 1 times"),
        (2, "The change from `a` is 2 times"),
        (0.25, "is 0.25 times"),
    ],
)
def test_a_step_of_the_wrong_length_is_named(factor, words):
    rng = np.random.default_rng(0)
    trials = []
    for n in (2, 3, 5):
        a, step = rng.normal(size=n), rng.normal(size=n)
        trials.append(Trial((a,), a - step, a - factor * step, False))
    [statement] = diagnose(Evidence(tuple(trials), ("a",), TOLERANCE)).leading
    assert words in statement


def test_what_is_wrong_besides_an_overflow_is_said_first():
    trials = []
    for z in ([0.5, 1.0], [2.0], [1000.0, 3.0], [-5.0]):
        z = np.array(z)
        trials.append(Trial((z,), z, np.where(z < 100, -z, np.nan), False))
    found = diagnose(Evidence(tuple(trials), ("z",), TOLERANCE))
    assert "Leaving aside" in found.leading[0] and "sign is flipped" in found.leading[0]
    assert "In 1 of 4 cases there is NaN" in found.asides[0]


def test_overflow_is_named_with_the_size_of_the_inputs():
    trials = []
    for z in ([0.0, 1.0], [2.0], [1000.0, 3.0], [-5.0], [900.0]):
        z = np.array(z)
        with np.errstate(all="ignore"):
            got = np.exp(z) / (1 + np.exp(z))
        wanted = 1 / (1 + np.exp(-z))
        trials.append(Trial((z,), wanted, got, values_agree(wanted, got, TOLERANCE)))
    [statement] = diagnose(Evidence(tuple(trials), ("z",), TOLERANCE)).leading
    assert "NaN" in statement and "magnitude 900 and more" in statement


def test_float32_is_named():
    exact = Tolerance(rtol=1e-12, atol=0)
    trials = [Trial((w,), w, w.astype(np.float32), False) for w in (np.array([0.1, 0.2]), np.array([0.3]))]
    [statement] = diagnose(Evidence(tuple(trials), ("w",), exact)).leading
    assert "float32" in statement


def test_right_answers_get_no_statement():
    assert diagnose(make_evidence(lambda X, y, c, w: w.copy())) == Diagnosis()


# Whatever a learner computes, a statement is true: each is parsed back into the claim that it makes and checked on every trial.

COEFFICIENTS = st.sampled_from([0.0, 0.0, 0.0, 1.0, 1.0, -1.0, 2.0, 0.5, 1e-7])
ANSWERS = st.tuples(
    COEFFICIENTS, COEFFICIENTS, COEFFICIENTS, st.sampled_from(["", "n", "1/n", "reverse", "round", "square"])
)


def compute(recipe, X, y, c, wanted):
    a, b, e, last = recipe
    got = a * wanted + b * c + e * X[0]
    if last == "n":
        return got * len(X)
    if last == "1/n":
        return got / len(X)
    if last == "reverse":
        return got[::-1]
    if last == "round":
        return np.round(got, 2)
    return got if last == "" or X.shape[0] == X.shape[1] else got + 1


def evaluate(formula, trial):
    """The number that a factor such as `$-\\sqrt{(n-1)/n}$`, ½ or `c` stands for in one trial."""
    for written, read in [
        ("minus 1", "-1"),
        ("½", "0.5"),
        ("−", "-"),
        ("$", ""),
        ("`", ""),
        ("\\ln", "log "),
        ("\\sqrt", "sqrt "),
    ]:
        formula = formula.replace(written, read)
    formula = re.sub(r"\{(.*)\}", r"(\1)", formula)
    formula = re.sub(r"(log|sqrt) +(\d+)", r"\1(\2)", formula).replace(" ", "")
    formula = re.sub(r"(\d)([nd(])", r"\1*\2", formula)
    n, d = trial.args[0].shape
    return eval(formula, {"n": n, "d": d, "c": trial.args[2], "sqrt": np.sqrt, "log": np.log})


PROPERTIES = {
    "`X` is square": lambda X, y, c: X.shape[0] == X.shape[1],
    "`X` is symmetric": lambda X, y, c: X.shape == (1, 1),  # no other random matrix is
    "`X` has one row": lambda X, y, c: len(X) == 1,
    "`X` has one column": lambda X, y, c: X.shape[1] == 1,
    "`X` has as many rows as columns or fewer": lambda X, y, c: X.shape[0] <= X.shape[1],
    "`X` holds no negative number": lambda X, y, c: X.min() >= 0,
    "`X` holds no positive number": lambda X, y, c: X.max() <= 0,
    "`y` has length 1": lambda X, y, c: len(y) == 1,
    "`y` holds no negative number": lambda X, y, c: y.min() >= 0,
    "`y` holds no positive number": lambda X, y, c: y.max() <= 0,
    "`c` is negative": lambda X, y, c: c < 0,
    "`c` is positive": lambda X, y, c: c > 0,
}

CLAIMS = {
    "The sign is flipped": lambda t: -t.expected,
    "Your answer is 0 in every": lambda t: 0 * t.expected,
    "Adding `c`": lambda t: t.expected - t.args[2],
    "Subtracting `c`": lambda t: t.expected + t.args[2],
    "The order is reversed": lambda t: t.expected[::-1],
    "Your numbers are the expected ones rounded to 2": lambda t: np.round(t.expected, 2),
    "Your answer is the expected one without its signs": lambda t: np.abs(t.expected),
}


def holds(statement, evidence):
    """Whether a statement is true of all trials: read back from its words, without the rules' own code."""
    trials = evidence.trials

    def always(function):
        return all(np.allclose(t.got, function(t), rtol=1e-5, atol=1e-8) for t in trials)

    for words, claim in CLAIMS.items():
        if statement.startswith(words):
            return always(claim)
    if found := re.match(r"Your answer is (.+) times the expected one in every case", statement):
        return always(lambda t: evaluate(found[1], t) * t.expected)
    if found := re.match(
        r"Of the 8 cases tried, it is (right|wrong) exactly in the (\d) where (.+)\.$", statement
    ):
        has = [PROPERTIES[found[3]](*t.args) for t in trials]
        return sum(has) == int(found[2]) and has == [t.passed == (found[1] == "right") for t in trials]
    if statement.startswith("These are the expected numbers in another order"):
        return all(np.allclose(np.sort(t.got), np.sort(t.expected)) for t in trials)
    if statement.startswith("Close, but"):
        return all(np.max(np.abs(t.got - t.expected)) <= 1e-3 * np.max(np.abs(t.expected)) for t in trials)
    raise AssertionError(f"no claim is known for: {statement}")


def test_every_factor_is_written_as_what_it_is():
    trial = Trial((np.zeros((5, 3)), np.zeros(5), 1.7), np.zeros(3), None, False)
    for template, function in SIZE_FACTORS:
        for sign, factor in [("", 1), ("-", -1)]:
            assert evaluate(f"${sign}{template.format(s='n')}$", trial) == pytest.approx(
                factor * function(5.0)
            )
            assert evaluate(f"${sign}{template.format(s='d')}$", trial) == pytest.approx(
                factor * function(3.0)
            )
    for text, constant in CONSTANTS:
        assert evaluate(text, trial) == pytest.approx(constant)


@settings(max_examples=300, deadline=None)
@given(ANSWERS, st.integers(0, 20))
def test_no_statement_is_false(recipe, seed):
    evidence = make_evidence(lambda X, y, c, w: compute(recipe, X, y, c, w), seed=seed)
    assume(not all(trial.passed for trial in evidence.trials))
    for statement in diagnose(evidence).leading:
        assert holds(statement, evidence), (recipe, statement)


@settings(max_examples=100, deadline=None)
@given(st.integers(0, 10_000))
def test_unrelated_answers_get_no_relation(seed):
    rng = np.random.default_rng(seed)
    evidence = make_evidence(lambda X, y, c, w: rng.normal(size=w.shape), seed=seed)
    assert diagnose(evidence) == Diagnosis()


@settings(max_examples=100, deadline=None)
@given(st.sampled_from([-1.0, 2.0, 0.5]), st.integers(0, 7))
def test_one_exception_takes_the_statement_back(factor, odd):
    counter = iter(range(100))
    evidence = make_evidence(
        lambda X, y, c, w: factor * w + (0.1 if next(counter) == odd else 0.0) * (1 + np.arange(len(w)))
    )
    assert not any("every case" in statement for statement in diagnose(evidence).leading)
