"""The ten exercises of chapter 7, with the starters of the chapter and with what learners might type."""

import json
import re
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest
import scipy.stats
from sklearn.ensemble import RandomForestClassifier
from sklearn.tree import DecisionTreeClassifier

from pellucid.grading import attempt, judge, load_exercises, outline, plan, prove
from pellucid.grading.wire import attempt_json, judge_json, plan_json

ROOT = Path(__file__).parents[2]
CHAPTER = ROOT / "book" / "07-trees-and-forests"
SOURCE = (CHAPTER / "exercises.py").read_text(encoding="utf-8")
EXERCISES = load_exercises(CHAPTER / "exercises.py")


@dataclass(frozen=True)
class Answers:
    """A right submission, and wrong ones by the name of the mistake that the verdict must give."""

    right: str
    wrong: dict[str, str]


# Written as a learner would, not as the chapter's own exercises.py does.
SPLITS = """
import numpy as np

def G(y):
    return 1 - sum((np.sum(y == k) / len(y)) ** 2 for k in set(y))

def best(X, y):
    found = None
    for j in range(X.shape[1]):
        v = sorted(set(X[:, j]))
        for a, b in zip(v, v[1:]):
            t = (a + b) / 2
            L, R = y[X[:, j] <= t], y[X[:, j] > t]
            drop = G(y) - len(L) / len(y) * G(L) - len(R) / len(y) * G(R)
            if found is None or drop > found[2] + 1e-12:
                found = j, t, drop
    return found

def most(y):
    return np.bincount(y).argmax()
"""
TREE = """
def tree_predict(X, y, X_new, depth):
    q = best(X, y) if depth and len(set(y)) > 1 else None
    if q is None or q[2] < 1e-9:
        return np.array([most(y)] * len(X_new), dtype=int)
    j, t, _ = q
    out = []
    for x in X_new:
        side = (X[:, j] <= t) if x[j] <= t else (X[:, j] > t)
        out.append(tree_predict(X[side], y[side], x[None], depth - 1)[0])
    return np.array(out)
"""
FOREST = """
def small_forest(X, y, X_new, bags, columns):
    votes = np.zeros((len(X_new), max(y) + 1))
    drops = np.zeros(X.shape[1])
    for b in range(len(bags)):
        A, labels = X[bags[b]], y[bags[b]]
        j, t, drop = best(A[:, columns[b]], labels)
        j = columns[b][j]
        drops[j] += drop
        for i, x in enumerate(X_new):
            side = A[:, j] <= t if x[j] <= t else A[:, j] > t
            votes[i, most(labels[side])] += 1
    return votes.argmax(axis=1), drops / drops.sum()
"""
OOB = """
import numpy as np

def oob_error(y, bags, labels):
    wrong = judged = 0
    for i in range(len(y)):
        said = [int(labels[b, i]) for b in range(len(bags)) if i not in bags[b]]
        if len(said) > 0:
            judged += 1
            wrong += np.bincount(said).argmax() != y[i]
    return wrong / judged
"""
WALK = """
def walk(X, feature, threshold, left, right, label):
    def down(t, x):
        if feature[t] < 0:
            return label[t]
        return down(left[t], x) if x[feature[t]] <= threshold[t] else down(right[t], x)
    return [down(0, x) for x in X]
"""
GAIN = """
import numpy as np

def H(y):
    p = np.bincount(y) / len(y)
    p = p[p > 0]
    return (p * np.log2(1 / p)).sum()

def information_gain(feature, y):
    return H(y) - sum(np.mean(feature == v) * H(y[feature == v]) for v in set(feature))
"""
ANSWERS = {
    "entropy-of-counts": Answers(
        right="""\
import numpy as np

def entropy(counts):
    p = counts / np.sum(counts)
    return sum(-q * np.log2(q) for q in p if q)
""",
        wrong={
            "natural_logarithm": """\
import numpy as np

def entropy(counts):
    p = counts / np.sum(counts)
    return sum(-q * np.log(q) for q in p if q)
""",
            "zeros_kept": """\
import numpy as np

def entropy(counts):
    p = counts / np.sum(counts)
    return -(p * np.log2(p)).sum()
""",
            "sign_missing": """\
import numpy as np

def entropy(counts):
    p = counts / np.sum(counts)
    return sum(q * np.log2(q) for q in p if q)
""",
        },
    ),
    "gini-impurity-of-labels": Answers(
        right="""\
def gini(y):
    n = len(y)
    return 1 - sum((list(y).count(k) / n) ** 2 for k in set(y))
""",
        wrong={
            "chance_to_agree": """\
def gini(y):
    return sum((list(y).count(k) / len(y)) ** 2 for k in set(y))
""",
            "share_of_errors": """\
def gini(y):
    return 1 - max(list(y).count(k) for k in y) / len(y)
""",
        },
    ),
    "information-gain": Answers(
        right=GAIN,
        wrong={
            "unweighted": GAIN.replace("sum(np.mean(feature == v) * H(", "np.mean([H(").replace(
                ") for v in set(feature))", ") for v in set(feature)])"
            ),
            "gain_in_nats": GAIN.replace("np.log2", "np.log"),
            "entropy_after": GAIN.replace("return H(y) - sum", "return sum"),
        },
    ),
    "second-question": Answers(
        right="answer = 2", wrong={"option-0": "answer = 0", "option-1": "answer = 1"}
    ),
    "candidate-counts": Answers(
        right="answer = [3, 2]",
        wrong={"gaps_between_ties": "answer = (6, 2)", "without_classes": "answer = (3,)"},
    ),
    "best-split": Answers(
        right=SPLITS.replace("def best(", "def best_split("),
        wrong={
            "lower_neighbour": SPLITS.replace("def best(", "def best_split(").replace("(a + b) / 2", "a"),
            "children_unweighted": SPLITS.replace("def best(", "def best_split(")
            .replace("len(L) / len(y)", "0.5")
            .replace("len(R) / len(y)", "0.5"),
            "drop_times_n": SPLITS
            + "\ndef best_split(X, y):\n    j, t, drop = best(X, y)\n    return j, t, drop * len(y)\n",
        },
    ),
    "walk-down": Answers(
        right=WALK,
        wrong={
            "strictly_less": WALK.replace("<=", "<"),
            "sides_swapped": WALK.replace("<=", ">"),
            "leaf_numbers": WALK.replace("return label[t]", "return t"),
        },
    ),
    "grow-a-tree": Answers(
        right=SPLITS + TREE,
        wrong={
            "depth_ignored": SPLITS + TREE.replace("if depth and", "if"),
            "one_level_more": SPLITS + TREE.replace("if depth and", "if depth >= 0 and"),
            "new_rows_swapped": SPLITS + TREE.replace("if x[j] <= t", "if x[j] > t"),
        },
    ),
    "out-of-bag-error": Answers(
        right=OOB,
        wrong={
            "everybody_votes": OOB.replace(" if i not in bags[b]", ""),
            "those_who_saw_it": OOB.replace("not in", "in"),
            "divided_by_all": OOB.replace("wrong / judged", "wrong / len(y)"),
        },
    ),
    "small-forest": Answers(
        right=SPLITS + FOREST,
        wrong={
            "bags_ignored": SPLITS + FOREST.replace("X[bags[b]], y[bags[b]]", "X, y"),
            "drops_not_divided": SPLITS + FOREST.replace("drops / drops.sum()", "drops"),
            "questions_counted": SPLITS + FOREST.replace("drops[j] += drop", "drops[j] += 1"),
        },
    ),
}
IDS = list(ANSWERS)
FUNCTIONS = [id for id in IDS if EXERCISES[id].kind == "function"]


def find_starters():
    text = (CHAPTER / "index.md").read_text(encoding="utf-8")
    blocks = re.findall(r"^:::\{exercise\}.*?^:::$", text, re.DOTALL | re.MULTILINE)
    starters = [re.search(r"```\{starter\}\n(.*?)```", block, re.DOTALL) for block in blocks]
    ids = [re.search(r"^:id: (\S+)$", block, re.MULTILINE) for block in blocks]
    return {id[1]: starter[1] if starter else "" for id, starter in zip(ids, starters, strict=True)}


STARTERS = find_starters()


def check(id, source, seed=0):
    exercise = EXERCISES[id]
    cases = plan(exercise, seed)
    return judge(exercise, cases, attempt(source, exercise.entry, cases))


def expected(id, seed):
    exercise = EXERCISES[id]
    cases = plan(exercise, seed)
    return [(case.args, answer) for case, answer in zip(cases, exercise.expected(cases), strict=True)]


def test_the_ten_stand_in_order():
    assert list(EXERCISES) == IDS
    assert list(outline(SOURCE, "exercises.py")) == IDS
    assert list(STARTERS) == IDS


def test_at_least_two_ask_for_a_prediction():
    assert sum(exercise.kind in ("shape", "choice") for exercise in EXERCISES.values()) >= 2


@pytest.mark.parametrize("id", IDS)
def test_every_claim_is_proved(id):
    proofs = prove(EXERCISES[id], STARTERS[id], seeds=8)
    assert [f"{proof.claim}: {proof.detail}" for proof in proofs if not proof.holds] == []
    wanted = len(EXERCISES[id].mistakes) >= 4 or EXERCISES[id].kind == "choice"
    assert wanted


@pytest.mark.parametrize("id", IDS)
def test_right_submissions_are_right(id):
    verdict = check(id, ANSWERS[id].right)
    assert verdict.status == "right", (verdict.message, verdict.counterexample)


@pytest.mark.parametrize("seed", [0, 11])
@pytest.mark.parametrize(("id", "mistake"), [(id, name) for id in IDS for name in ANSWERS[id].wrong])
def test_wrong_submissions_get_the_name_of_their_mistake(id, mistake, seed):
    verdict = check(id, ANSWERS[id].wrong[mistake], seed=seed)
    assert verdict.status == "wrong"
    assert verdict.mistake == mistake, (verdict.message, verdict.diagnosis)


@pytest.mark.parametrize("id", IDS)
def test_the_same_verdict_comes_through_the_wire(id):
    for source in (ANSWERS[id].right, *ANSWERS[id].wrong.values()):
        agreed = plan_json(SOURCE, id, 4)
        verdict = json.loads(judge_json(SOURCE, id, agreed, attempt_json(source, agreed)))
        assert verdict == json.loads(json.dumps(check(id, source, seed=4).to_dict()))


@pytest.mark.parametrize("id", FUNCTIONS)
def test_hints_climb_without_giving_the_solution_away(id):
    exercise = EXERCISES[id]
    solution = outline(SOURCE, "exercises.py")[id].solution.code
    told = [line.strip() for line in solution.split("def ")[1].splitlines()[1:] if len(line.strip()) > 12]
    assert told and not any(line in hint for line in told for hint in exercise.hints)
    assert len(exercise.hints) == 3


# What the chapter states, and what others compute.

OUTLOOK = [0, 0, 1, 2, 2, 2, 1, 0, 0, 2, 0, 1, 1, 2]
TEMPERATURE = [0, 0, 0, 1, 2, 2, 2, 1, 2, 1, 1, 1, 0, 1]
HUMIDITY = [0, 0, 0, 0, 1, 1, 1, 0, 1, 1, 1, 0, 1, 0]
WIND = [0, 1, 0, 0, 0, 1, 1, 0, 0, 0, 1, 1, 0, 1]
TENNIS = [0, 0, 1, 1, 1, 0, 1, 0, 1, 1, 1, 1, 1, 0]


@pytest.mark.parametrize(
    ("feature", "gain"), [(OUTLOOK, 0.2467), (HUMIDITY, 0.1518), (WIND, 0.0481), (TEMPERATURE, 0.0292)]
)
def test_the_gains_of_the_fourteen_days(feature, gain):
    found = EXERCISES["information-gain"].solution(np.array(feature), np.array(TENNIS))
    assert round(found, 4) == gain


def test_the_entropy_of_the_fourteen_days():
    assert round(EXERCISES["entropy-of-counts"].solution(np.array([9, 5])), 4) == 0.9403


@pytest.mark.parametrize(
    ("labels", "impurity"), [([1, 1], 0), ([0, 1], 0.5), ([0] * 3 + [1] * 7, 0.42), ([0] * 4 + [1] * 6, 0.48)]
)
def test_the_gini_values_of_the_page(labels, impurity):
    np.testing.assert_allclose(EXERCISES["gini-impurity-of-labels"].solution(np.array(labels)), impurity)


@pytest.mark.parametrize("seed", range(5))
def test_entropy_agrees_with_scipy(seed):
    for (counts,), bits in expected("entropy-of-counts", seed):
        np.testing.assert_allclose(bits, scipy.stats.entropy(counts, base=2), atol=1e-12)


@pytest.mark.parametrize("seed", range(5))
def test_the_best_split_is_that_of_scikit_learn(seed):
    for (X, y), (column, threshold, drop) in expected("best-split", seed):
        stump = DecisionTreeClassifier(max_depth=1, random_state=0).fit(X, y).tree_
        share = stump.n_node_samples[1] / len(y)
        assert column == stump.feature[0]
        np.testing.assert_allclose(threshold, stump.threshold[0], rtol=1e-6)
        wanted = stump.impurity[0] - share * stump.impurity[1] - (1 - share) * stump.impurity[2]
        np.testing.assert_allclose(drop, wanted, atol=1e-12)


@pytest.mark.parametrize("seed", range(5))
def test_the_tree_is_that_of_scikit_learn(seed):
    for (X, y, X_new, depth), labels in expected("grow-a-tree", seed):
        if depth > 0:
            model = DecisionTreeClassifier(max_depth=depth, random_state=seed).fit(X, y)
            np.testing.assert_array_equal(labels, model.predict(X_new))


@pytest.mark.parametrize("seed", range(3))
def test_a_tree_of_scikit_learn_can_be_walked(seed):
    rng = np.random.default_rng(seed)
    X, y = rng.normal(size=(60, 3)), rng.integers(3, size=60)
    model = DecisionTreeClassifier(random_state=seed).fit(X, y)
    tree = model.tree_
    feature = np.where(tree.children_left < 0, -1, tree.feature)
    label = tree.value[:, 0].argmax(axis=1)
    X_new = rng.normal(size=(40, 3))
    found = EXERCISES["walk-down"].solution(
        X_new, feature, tree.threshold, tree.children_left, tree.children_right, label
    )
    np.testing.assert_array_equal(found, model.predict(X_new))


@pytest.mark.parametrize("seed", range(3))
def test_the_out_of_bag_error_judges_the_bags_of_scikit_learn(seed):
    """A forest of stumps on its own bags: rows and trees as scikit-learn drew them, votes as the page counts them."""
    rng = np.random.default_rng(seed)
    X, y = rng.normal(size=(40, 3)), rng.integers(2, size=40)
    forest = RandomForestClassifier(15, random_state=seed).fit(X, y)
    bags = np.array(forest.estimators_samples_)
    labels = np.array([tree.predict(X) for tree in forest.estimators_]).astype(int)
    votes = np.zeros((40, 2))
    for bag, said in zip(bags, labels, strict=True):
        out = ~np.isin(np.arange(40), bag)
        votes[out, said[out]] += 1
    judged = votes.any(axis=1)
    wanted = np.mean(votes.argmax(axis=1)[judged] != y[judged])
    found = EXERCISES["out-of-bag-error"].solution(y, bags, labels)
    np.testing.assert_allclose(found, wanted)


@pytest.mark.parametrize("seed", range(3))
def test_the_stumps_of_the_forest_are_those_of_scikit_learn(seed):
    for (X, y, X_new, bags, columns), (labels, importance) in expected("small-forest", seed):
        votes, drops = np.zeros((len(X_new), y.max() + 1)), np.zeros(X.shape[1])
        for bag, allowed in zip(bags, columns, strict=True):
            stump = DecisionTreeClassifier(max_depth=1, random_state=0).fit(X[bag][:, allowed], y[bag])
            votes[range(len(X_new)), stump.predict(X_new[:, allowed])] += 1
            drops[allowed] += stump.tree_.compute_feature_importances(normalize=False)
        np.testing.assert_array_equal(labels, votes.argmax(axis=1))
        np.testing.assert_allclose(importance, drops / drops.sum(), atol=1e-12)


def test_the_rows_of_wine_are_those_of_scikit_learn():
    from sklearn.datasets import load_wine

    text = (CHAPTER / "index.md").read_text(encoding="utf-8")
    rows = re.search(r'^rows = """\n(.*?)"""', text, re.DOTALL | re.MULTILINE)
    assert rows is not None
    wine = load_wine()
    np.testing.assert_array_equal(np.array(rows[1].split(), dtype=float).reshape(178, 13), wine.data)
    np.testing.assert_array_equal(np.repeat([0, 1, 2], [59, 71, 48]), wine.target)
