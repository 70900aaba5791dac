"""What learners might type into the ten exercises of Backpropagation: right answers, and wrong ones by their mistake.

Written as a learner would, not as the chapter's own exercises.py does; tried in CPython by tests/grading/test_chapters.py.
"""

from solutions.linear_models import Answers

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
ANSWERS: dict[str, Answers] = {
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
