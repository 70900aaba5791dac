"""The ten exercises of chapter 5, with the starters of the chapter and with what learners might type."""

import json
import re
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest
from scipy.special import log_softmax

import pellucid.torch as torch
from pellucid.grading import attempt, judge, load_exercises, outline, plan, prove
from pellucid.grading.wire import attempt_json, judge_json, plan_json

ROOT = Path(__file__).parents[2]
CHAPTER = ROOT / "book" / "05-backpropagation"
SOURCE = (CHAPTER / "exercises.py").read_text(encoding="utf-8")
EXERCISES = load_exercises(CHAPTER / "exercises.py")


@dataclass(frozen=True)
class Answers:
    """A right submission, and wrong ones by the name of the mistake that the verdict must give."""

    right: str
    wrong: dict[str, str]


# Written as a learner would, not as the chapter's own exercises.py does.
TANH = """
from math import tanh
import numpy as np

def pull_tanh(a, dy):
    t = np.tanh(a)
    return dy - dy * t * t
"""
NEURON = """
from math import tanh

def neuron(w, b, x, y):
    z = w * x + b
    p = tanh(z)
    dz = 2 * (p - y) * (1 - p * p)
    return (p - y) ** 2, dz * x, dz, dz * w
"""
TWO_USES = """
def two_uses(a, b):
    d = a * b + a
    g = 2 * d
    da = g * b
    da = da + g
    return da, g * a
"""
SUM_TO = """
import numpy as np

def sum_to(g, shape):
    n = g.ndim - len(shape)
    g = g.sum(axis=tuple(range(n)))
    for i in range(len(shape)):
        if shape[i] == 1:
            g = np.sum(g, axis=i, keepdims=True)
    return g
"""
LAYER = """
import numpy as np

def layer_backward(X, W, dY):
    return np.dot(dY, W.T), np.dot(X.T, dY), np.ones(len(X)) @ dY
"""
FLOWERS = """
import numpy as np

def flower_gradient(X, labels, W, b):
    Z = X @ W + b
    Z = Z - Z.max(axis=1, keepdims=True)
    E = np.exp(Z)
    P = E / E.sum(axis=1, keepdims=True)
    Y = np.eye(3)[labels]
    loss = np.sum(np.log(E.sum(axis=1)) - (Y * Z).sum(axis=1)) / len(X)
    G = (P - Y) / len(X)
    return loss, X.T @ G, G.sum(axis=0)
"""
GRAPH = """
import numpy as np

def graph_backward(ops, parents, values, output):
    order = []
    def visit(i):
        if i in order:
            return
        for p in parents[i]:
            visit(p)
        order.append(i)
    for i in range(len(ops)):
        visit(i)
    v = list(values)
    for i in order:
        q = parents[i]
        if ops[i] == "add": v[i] = v[q[0]] + v[q[1]]
        if ops[i] == "mul": v[i] = v[q[0]] * v[q[1]]
        if ops[i] == "tanh": v[i] = np.tanh(v[q[0]])
    d = [0.0] * len(ops)
    d[output] = 1.0
    for i in order[::-1]:
        q = parents[i]
        if ops[i] == "add":
            d[q[0]] += d[i]
            d[q[1]] += d[i]
        if ops[i] == "mul":
            g = d[i]
            d[q[0]] += g * v[q[1]]
            d[q[1]] += g * v[q[0]]
        if ops[i] == "tanh":
            d[q[0]] += d[i] * (1 - v[i] ** 2)
    return np.array(d)
"""
NETWORK = """
import numpy as np

def network_step(X, labels, W1, b1, W2, b2, rate):
    n = len(X)
    A = X @ W1 + b1
    H = np.tanh(A)
    Z = H @ W2 + b2
    E = np.exp(Z)
    P = E / E.sum(axis=1, keepdims=True)
    loss = -sum(np.log(P[i, labels[i]]) for i in range(n)) / n
    G = P.copy()
    for i in range(n):
        G[i, labels[i]] -= 1
    G = G / n
    dH = G @ W2.T
    dA = dH * (1 - H ** 2)
    return loss, W1 - rate * X.T @ dA, b1 - rate * dA.sum(0), W2 - rate * H.T @ G, b2 - rate * G.sum(0)
"""
ANSWERS = {
    "one-node": Answers(
        right=TANH,
        wrong={
            "arriving_delta_forgotten": TANH.replace("dy - dy * t * t", "1 - t * t"),
            "derivative_at_the_output": TANH.replace("t * t", "np.tanh(t) ** 2"),
            "input_for_output": TANH.replace("t * t", "a * a"),
        },
    ),
    "one-neuron": Answers(
        right=NEURON,
        wrong={
            "two_missing": NEURON.replace("2 * (p - y)", "(p - y)"),
            "sign_turned": NEURON.replace("2 * (p - y)", "2 * (y - p)"),
            "factors_swapped": NEURON.replace("dz * x, dz, dz * w", "dz * w, dz, dz * x"),
        },
    ),
    "three-ways": Answers(right="answer = 3", wrong={"option-1": "answer = 1", "option-2": "answer = 2"}),
    "two-uses": Answers(
        right=TWO_USES,
        wrong={
            "only_through_the_product": TWO_USES.replace("    da = da + g\n", ""),
            "only_through_the_sum": TWO_USES.replace("da = da + g", "da = g"),
            "two_missing": TWO_USES.replace("g = 2 * d", "g = d"),
        },
    ),
    "back-to-the-shape": Answers(
        right=SUM_TO,
        wrong={
            "averaged": SUM_TO.replace("g.sum(", "g.mean(").replace("np.sum(", "np.mean("),
            "stretched_axes_left": SUM_TO.replace("shape[i] == 1", "False"),
            "everything_summed": "def sum_to(g, shape):\n    import numpy as np\n    return g.sum() + np.zeros(shape)\n",
        },
    ),
    "jacobian-shape": Answers(
        right="answer = [96, 15]",
        wrong={"transposed": "answer = (15, 96)", "shape_of_the_delta": "answer = (5, 3)"},
    ),
    "layer-backward": Answers(
        right=LAYER,
        wrong={
            "weights_not_transposed": LAYER.replace("W.T", "W"),
            "bias_averaged": LAYER.replace("np.ones(len(X)) @ dY", "dY.mean(0)"),
            "bias_not_summed": LAYER.replace("np.ones(len(X)) @ dY", "dY"),
        },
    ),
    "flower-gradient": Answers(
        right=FLOWERS,
        wrong={
            "mean_forgotten_on_the_way_back": FLOWERS.replace("(P - Y) / len(X)", "P - Y"),
            "truth_minus_prediction": FLOWERS.replace("P - Y", "Y - P"),
            "overflowing": FLOWERS.replace("Z = Z - Z.max(axis=1, keepdims=True)", "").replace(
                "np.log(E.sum(axis=1)) - (Y * Z).sum(axis=1)", "-np.log((P * Y).sum(axis=1))"
            ),
        },
    ),
    "backward-over-a-graph": Answers(
        right=GRAPH,
        wrong={
            "overwritten": GRAPH.replace("] += ", "] = "),
            "order_not_reversed": GRAPH.replace("order[::-1]", "order"),
            "by_falling_number": GRAPH.replace("order[::-1]", "reversed(range(len(ops)))"),
            "derivative_at_the_output": GRAPH.replace("1 - v[i] ** 2", "1 - np.tanh(v[i]) ** 2"),
        },
    ),
    "two-layer-step": Answers(
        right=NETWORK,
        wrong={
            "activation_skipped": NETWORK.replace("dH * (1 - H ** 2)", "dH"),
            "weights_not_transposed": NETWORK.replace("W2.T", "W2"),
            "stepped_too_early": NETWORK.replace(
                "    dH = ", "    old = W2\n    W2 = W2 - rate * H.T @ G\n    dH = "
            ).replace("W2 - rate * H.T @ G, b2", "W2, b2"),
            "mean_forgotten": NETWORK.replace("    G = G / n\n", ""),
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
    assert verdict.mistake == mistake, (verdict.status, verdict.message, verdict.diagnosis)
    assert verdict.status != "right"


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


# What the references compute, against nudges and against a recorded graph.


def nudge(f, v, h=1e-5):
    """Central differences of the number f(v), entry by entry."""
    slopes = np.zeros(np.shape(v))
    for place in np.ndindex(slopes.shape):
        step = np.zeros(slopes.shape)
        step[place] = h
        slopes[place] = (f(v + step) - f(v - step)) / (2 * h)
    return slopes


def agree(found, wanted):
    np.testing.assert_allclose(found, wanted, rtol=1e-5, atol=1e-7)


@pytest.mark.parametrize("seed", range(3))
def test_the_small_deltas_agree_with_nudges(seed):
    for (a, dy), da in expected("one-node", seed):
        agree(da, nudge(lambda a, dy=dy: np.sum(dy * np.tanh(a)), a))
    for (w, b, x, y), (_, dw, db, dx) in expected("one-neuron", seed):
        wanted = nudge(lambda v, y=y: (np.tanh(v[0] * v[2] + v[1]) - y) ** 2, np.array([w, b, x]))
        agree([dw, db, dx], wanted)
    for (a, b), (da, db) in expected("two-uses", seed):
        agree(da, nudge(lambda a, b=b: np.sum((a * b + a) ** 2), a))
        agree(db, nudge(lambda b, a=a: np.sum((a * b + a) ** 2), b))


@pytest.mark.parametrize("seed", range(3))
def test_the_array_deltas_agree_with_nudges(seed):
    for (g, shape), total in expected("back-to-the-shape", seed):
        agree(total, nudge(lambda v, g=g: np.sum(g * v), np.zeros(shape)))
    for (X, W, dY), (dX, dW, db) in expected("layer-backward", seed):
        agree(dX, nudge(lambda X, W=W, dY=dY: np.sum(dY * (X @ W)), X))
        agree(dW, nudge(lambda W, X=X, dY=dY: np.sum(dY * (X @ W)), W))
        agree(db, nudge(lambda b, dY=dY: np.sum(dY * b), np.zeros(W.shape[1])))


@pytest.mark.parametrize("seed", range(3))
def test_the_classifier_agrees_with_nudges(seed):
    def mean_loss(X, labels, W, b):
        return -np.mean(log_softmax(X @ W + b, axis=1)[np.arange(len(X)), labels])

    for (X, labels, W, b), (loss, dW, db) in expected("flower-gradient", seed):
        np.testing.assert_allclose(loss, mean_loss(X, labels, W, b), rtol=1e-9)
        if np.abs(W).max() < 100:  # steps of 1e-5 are rounding beside scores of a thousand
            agree(dW, nudge(lambda W, X=X, labels=labels, b=b: mean_loss(X, labels, W, b), W))
            agree(db, nudge(lambda b, X=X, labels=labels, W=W: mean_loss(X, labels, W, b), b))


@pytest.mark.parametrize("seed", range(5))
def test_graphs_have_the_gradients_of_a_recorded_graph(seed):
    for (ops, parents, values, output), deltas in expected("backward-over-a-graph", seed):
        made = {}

        def make(i, ops=ops, parents=parents, values=values, made=made):
            if i not in made:
                x = [make(parent) for parent in parents[i]]
                made[i] = {
                    "leaf": lambda: torch.tensor(float(values[i]), dtype=torch.float64, requires_grad=True),
                    "add": lambda: x[0] + x[1],
                    "mul": lambda: x[0] * x[1],
                    "tanh": lambda: torch.tanh(x[0]),
                }[ops[i]]()
                made[i].retain_grad()
            return made[i]

        make(output).backward()
        wanted = [
            float(made[i].grad) if i in made and made[i].grad is not None else 0.0 for i in range(len(ops))
        ]
        np.testing.assert_allclose(deltas, wanted, rtol=1e-12, atol=1e-14)


@pytest.mark.parametrize("seed", range(3))
def test_the_network_steps_as_a_recorded_graph_does(seed):
    for (X, labels, *params, rate), (loss, *new) in expected("two-layer-step", seed):
        tensors = [torch.tensor(param, requires_grad=True) for param in params]
        W1, b1, W2, b2 = tensors
        Z = torch.tanh(torch.tensor(X) @ W1 + b1) @ W2 + b2
        Y = torch.tensor(np.eye(len(params[3]))[labels])
        recorded = (torch.logsumexp(Z, 1) - (Z * Y).sum(1)).mean()
        recorded.backward()
        np.testing.assert_allclose(loss, recorded.item(), rtol=1e-10)
        for param, tensor, moved in zip(params, tensors, new, strict=True):
            np.testing.assert_allclose(moved, param - rate * tensor.grad.numpy(), rtol=1e-9, atol=1e-12)


def test_the_flowers_are_those_of_scikit_learn():
    from sklearn.datasets import load_iris

    text = (CHAPTER / "index.md").read_text(encoding="utf-8")
    rows = re.search(r'^rows = """\n(.*?)"""', text, re.DOTALL | re.MULTILINE)
    table = re.search(r'^TABLE = """\n(.*?)"""', SOURCE, re.DOTALL | re.MULTILINE)
    assert rows is not None
    assert table is not None
    iris = load_iris()
    np.testing.assert_array_equal(np.array(rows[1].split(), dtype=float).reshape(150, 4), iris.data)
    fifth = np.column_stack([iris.data, iris.target])[::5]
    np.testing.assert_array_equal(np.array(table[1].split(), dtype=float).reshape(30, 5), fifth)
