"""What grades the ten exercises of this chapter; their tasks and starters stand in index.md.

Each mistake below is a whole wrong solution. It is recognised by what it computes, on all cases, not by how it is written.
"""

import copy

import numpy as np
import torch
import torch.nn as nn
import torch.nn.functional as F

from pellucid.grading import exercise

# Whole numbers come with dtype=int throughout: in the browser that is 32 bits.

# Every fifth of Fisher's iris flowers: four measurements in cm, species.
TABLE = """
5.1 3.5 1.4 0.2 0  5.4 3.9 1.7 0.4 0  5.4 3.7 1.5 0.2 0  5.7 4.4 1.5 0.4 0  5.4 3.4 1.7 0.2 0
5 3 1.6 0.2 0  4.8 3.1 1.6 0.2 0  5 3.2 1.2 0.2 0  5 3.5 1.3 0.3 0  4.8 3 1.4 0.3 0
7 3.2 4.7 1.4 1  5.7 2.8 4.5 1.3 1  5 2 3.5 1 1  6.7 3.1 4.4 1.4 1  5.9 3.2 4.8 1.8 1
6.6 3 4.4 1.4 1  5.5 2.4 3.8 1.1 1  6 3.4 4.5 1.6 1  5.5 2.6 4.4 1.2 1  5.7 3 4.2 1.2 1
6.3 3.3 6 2.5 2  7.6 3 6.6 2.1 2  6.5 3.2 5.1 2 2  6.4 3.2 5.3 2.3 2  6.9 3.2 5.7 2.3 2
7.2 3.2 6 1.8 2  7.4 2.8 6.1 1.9 2  7.7 3 6.1 2.3 2  6.7 3.1 5.6 2.4 2  6.7 3 5.2 2.3 2
"""
IRIS = np.array(TABLE.split(), dtype=float).reshape(30, 5)


def _float32(array):
    return torch.tensor(np.asarray(array), dtype=torch.float32)


def _labels(array):
    return torch.tensor(np.asarray(array).astype(int).tolist())


def _flowers(rows):
    """X: (n, 4) in cm, labels: (n,)"""
    return _float32(IRIS[rows, :4]), _labels(IRIS[rows, 4])


# 1 ─────────────────────────────────────────────────────────────────────────────────────────────────────────────

ex = exercise(
    "neuron-in-torch",
    entry="neuron",
    parts=("L", "dw", "db", "dx"),
    hints=[
        "Three steps: ask for gradients, compute $L$ in torch's operations, let the way back run.",
        "`w.requires_grad_()` makes a tensor ask; do it for $w$, $b$ and $x$ before you compute with them. $p$ is "
        "`torch.tanh(...)`.",
        "After `L.backward()` each of the three has its gradient in `.grad`. Return $L$ and the three, $w$ "
        "first, then $b$, then $x$.",
    ],
)


@ex.inputs
def inputs(rng):
    def numbers(*values):
        return tuple(torch.tensor(value, dtype=torch.float64) for value in values)

    yield numbers(0.0, 0.0, 1.0, 1.0)
    yield numbers(3.0, -5.0, 2.0, 0.0)
    yield numbers(0.5, 0.25, -1.0, 1.0)
    for _ in range(6):
        w, b, x, y = rng.normal(size=4).round(2).tolist()
        yield numbers(w, b, x + 2, y)


@ex.reference
def neuron(w, b, x, y):
    w, b, x = (each.clone().requires_grad_() for each in (w, b, x))
    L = (torch.tanh(w * x + b) - y) ** 2
    L.backward()
    return L, w.grad, b.grad, x.grad


@ex.accepts
def by_autograd_grad(w, b, x, y):
    inputs = [each.detach().requires_grad_() for each in (w, b, x)]
    L = (torch.tanh(inputs[0] * inputs[2] + inputs[1]) - y).square()
    return L.item(), *torch.autograd.grad(L, inputs)


@ex.accepts
def by_hand(w, b, x, y):
    p = torch.tanh(w * x + b)
    dz = 2 * (p - y) * (1 - p**2)
    return (p - y) ** 2, dz * x, dz, dz * w


def _neuron(w, b, x, y, loss=lambda p, y: (p - y) ** 2, activation=torch.tanh, start=lambda p, L: L, times=1):
    """The same with one thing wrong: L, dw, db, dx."""
    w, b, x = (each.clone().requires_grad_() for each in (w, b, x))
    p = activation(w * x + b)
    L = loss(p, y)
    for _ in range(times):
        start(p, L).backward(retain_graph=True)
    return L, w.grad, b.grad, x.grad


@ex.mistake(
    "Your gradients are twice too large: `backward` ran twice and *added* to `.grad` each time. Once is enough."
)
def backward_twice(w, b, x, y):
    return _neuron(w, b, x, y, times=2)


@ex.mistake(
    "You called `backward` on the prediction. The gradients asked for are those of the loss: $\\partial "
    "L/\\partial w$, not $\\partial p/\\partial w$."
)
def gradient_of_the_prediction(w, b, x, y):
    return _neuron(w, b, x, y, start=lambda p, L: p)


@ex.mistake("The $\\tanh$ is missing: $p = \\tanh(wx + b)$, and only then comes the loss.")
def activation_missing(w, b, x, y):
    return _neuron(w, b, x, y, activation=lambda z: z * 1)


@ex.mistake("The square is missing: $L = (p - y)^2$.")
def square_missing(w, b, x, y):
    return _neuron(w, b, x, y, loss=lambda p, y: p - y)


@ex.mistake(
    "You computed $\\tfrac12 (p - y)^2$. The loss of the task has no $\\tfrac12$, and its gradients are twice yours."
)
def half_the_loss(w, b, x, y):
    return _neuron(w, b, x, y, loss=lambda p, y: (p - y) ** 2 / 2)


@ex.mistake(
    "The order is $L$, $\\delta w$, $\\delta b$, $\\delta x$; you returned the last two the other way round."
)
def bias_and_input_swapped(w, b, x, y):
    L, dw, db, dx = _neuron(w, b, x, y)
    return L, dw, dx, db


@ex.mistake(
    "You turned the sign: `.grad` is the gradient itself. The minus belongs to the step, which is not asked for here."
)
def sign_of_a_step(w, b, x, y):
    L, *gradients = _neuron(w, b, x, y)
    return (L, *(-each for each in gradients))


# 2 ─────────────────────────────────────────────────────────────────────────────────────────────────────────────

ex = exercise(
    "weight-shape",
    kind="shape",
    hints=[
        "A gradient has the shape of what it belongs to. So which shape has the weight?",
        "Torch writes the layer as $Z = XW^\\top + b$, with $X$ of shape $(32, 5)$ and $Z$ of shape $(32, 2)$.",
        "So $W^\\top$ has shape $(5, 2)$. And $W$?",
    ],
)


@ex.reference
def weight_shape():
    return (2, 5)


@ex.mistake(
    "That is chapter 5's layout, $XW$. Torch keeps the transpose: one *row* for each output, so that $Z = XW^\\top + b$."
)
def inputs_first():
    return (5, 2)


@ex.mistake(
    "That is the shape of the output $Z$, one row for each of the 32. The weight's gradient has the shape of "
    "the weight, whatever the number of rows: their parts add."
)
def shape_of_the_output():
    return (32, 2)


@ex.mistake(
    "You kept a gradient for each of the 32 rows. Their parts add: `.grad` has the shape of the weight itself."
)
def one_for_each_row():
    return (32, 2, 5)


@ex.mistake(
    "That is the shape of the bias' gradient: one number for each output. The weight has a row for each output."
)
def shape_of_the_bias():
    return (2,)


@ex.mistake(
    "10 is the right number of weights, but they form a table: one row of 5 for each of the 2 outputs."
)
def flattened():
    return (10,)


@ex.mistake(
    "You gave the bias a column in the weight. Torch keeps it apart, as a second parameter of shape $(2{,})$."
)
def bias_included():
    return (2, 6)


# 3 ─────────────────────────────────────────────────────────────────────────────────────────────────────────────

ex = exercise(
    "layer-in-torch",
    entry="layer",
    parts=("Z", "dX", "dW", "db"),
    hints=[
        "Ask for the gradients of `X`, `W` and `b`, compute $Z$, and go back from it. $Z$ is an array: what arrives?",
        "In torch's layout the layer is `X @ W.T + b`.",
        "`backward` of an array takes what arrives as its argument. After it the three gradients stand in `.grad`.",
    ],
)


@ex.inputs
def inputs(rng):
    def tensors(*arrays):
        return tuple(torch.tensor(np.asarray(array, dtype=float)) for array in arrays)

    yield tensors([[2.0]], [[3.0]], [1.0], [[-4.0]])
    yield tensors([[1.0, 2.0]], [[1.0, 0.0], [2.0, -1.0], [0.5, 1.0]], [0.0, 1.0, 2.0], [[1.0, -1.0, 2.0]])
    for n, d, m in ((2, 2, 2), (3, 2, 4), (5, 3, 2), (4, 4, 1)):
        yield tensors(
            rng.normal(size=(n, d)), rng.normal(size=(m, d)), rng.normal(size=m), rng.normal(size=(n, m))
        )


@ex.reference
def layer(X, W, b, dZ):
    X, W, b = (each.clone().requires_grad_() for each in (X, W, b))
    Z = X @ W.T + b
    Z.backward(dZ)
    return Z, X.grad, W.grad, b.grad


@ex.accepts
def by_the_formulas(X, W, b, dZ):
    return X @ W.T + b, dZ @ W, dZ.T @ X, dZ.sum(0)


@ex.accepts
def through_a_number(X, W, b, dZ):
    inputs = [each.clone().requires_grad_() for each in (X, W, b)]
    Z = F.linear(*inputs)
    return Z.detach(), *torch.autograd.grad((Z * dZ).sum(), inputs)


def _layer(X, W, b, dZ, back):
    """The same layer; `back` starts the way back wrongly."""
    X, W, b = (each.clone().requires_grad_() for each in (X, W, b))
    Z = X @ W.T + b
    back(Z)
    return Z, X.grad, W.grad, b.grad


@ex.mistake(
    "You went back from `Z.sum()`: that is a delta of 1 for every entry. What arrives here is `dZ`: `Z.backward(dZ)`."
)
def delta_of_ones(X, W, b, dZ):
    return _layer(X, W, b, dZ, lambda Z: Z.sum().backward())


@ex.mistake(
    "You went back from `Z.mean()`: that is a delta of $1/(nm)$ for every entry. What arrives here is `dZ`: `Z.backward(dZ)`."
)
def delta_of_a_mean(X, W, b, dZ):
    return _layer(X, W, b, dZ, lambda Z: Z.mean().backward())


@ex.mistake(
    "You averaged $Z \\odot \\delta Z$. A vector–Jacobian product *sums* what arrives, without $1/(nm)$: "
    "`Z.backward(dZ)`, or the sum of the products."
)
def products_averaged(X, W, b, dZ):
    return _layer(X, W, b, dZ, lambda Z: (Z * dZ).mean().backward())


@ex.mistake(
    "You took `dZ` for a target and made a squared error of it. It is the delta that arrives: `Z.backward(dZ)`."
)
def delta_taken_for_a_target(X, W, b, dZ):
    return _layer(X, W, b, dZ, lambda Z: ((Z - dZ) ** 2).sum().backward())


@ex.mistake("Your gradients are twice too large: `backward` ran twice, and `.grad` adds.")
def backward_twice(X, W, b, dZ):
    def back(Z):
        Z.backward(dZ, retain_graph=True)
        Z.backward(dZ)

    return _layer(X, W, b, dZ, back)


@ex.mistake(
    "Your delta of $W$ is transposed. Torch keeps $W$ as $(m, d)$, and its gradient has that shape: "
    "$\\delta W = \\delta Z^\\top X$."
)
def weight_delta_transposed(X, W, b, dZ):
    Z, dX, dW, db = _layer(X, W, b, dZ, lambda Z: Z.backward(dZ))
    return Z, dX, dW.T, db


@ex.mistake("The bias is missing in $Z = XW^\\top + b$.")
def bias_missing(X, W, b, dZ):
    return X @ W.T, dZ @ W, dZ.T @ X, dZ.sum(0)


# 4 ─────────────────────────────────────────────────────────────────────────────────────────────────────────────

ex = exercise(
    "training-loop",
    entry="train",
    parts=("losses", "w", "b", "last gradient"),
    rtol=1e-4,
    atol=1e-5,
    hints=[
        "You need `torch.optim.SGD(model.parameters(), lr=rate)`, a loss, and the five lines, `steps` times.",
        "Begin each round by emptying the gradients. Then predictions, loss, `backward`, `step`. Which shape "
        "have the predictions, and which one `y`?",
        "`y[:, None]` has the shape of the predictions. Append `loss.item()` to a list. At the end return the list, "
        "`model.weight`, `model.bias` and `model.weight.grad`.",
    ],
)


@ex.inputs
def inputs(rng):
    yield (
        _float32([[1.0], [2.0], [4.0]]),
        _float32([6.0, 9.0, 15.0]),
        _float32([[3.0]]),
        _float32([1.0]),
        0.1,
        1,
    )
    yield (
        _float32([[1.0], [2.0], [4.0]]),
        _float32([6.0, 9.0, 15.0]),
        _float32([[3.0]]),
        _float32([1.0]),
        0.1,
        3,
    )
    for n, d, steps in ((2, 1, 2), (4, 2, 3), (6, 3, 4)):
        X = rng.normal(size=(n, d))
        y = X @ rng.normal(size=d) + 2 + rng.normal(size=n)
        yield (
            _float32(X),
            _float32(y),
            _float32(rng.normal(size=(1, d))),
            _float32(rng.normal(size=1)),
            0.2,
            steps,
        )


@ex.reference
def train(X, y, w, b, rate, steps):
    model = nn.Linear(X.shape[1], 1)
    model.load_state_dict({"weight": w, "bias": b})
    optimizer = torch.optim.SGD(model.parameters(), lr=rate)
    losses = []
    for _ in range(steps):
        optimizer.zero_grad()
        loss = F.mse_loss(model(X), y[:, None])  # (n, 1) both
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
    return losses, model.weight, model.bias, model.weight.grad


@ex.accepts
def without_modules(X, y, w, b, rate, steps):
    w, b = w.clone().requires_grad_(), b.clone().requires_grad_()
    losses = torch.zeros(steps)
    for step in range(steps):
        loss = ((X @ w[0] + b - y) ** 2).mean()
        dw, db = torch.autograd.grad(loss, (w, b))
        w, b = (w - rate * dw).detach().requires_grad_(), (b - rate * db).detach().requires_grad_()
        losses[step] = loss.detach()
    return losses, w, b, dw


def _train(
    X, y, w, b, rate, steps, lines=("zero_grad", "backward", "step"), target=None, last=None, mean=True
):
    """The loop with other lines, other targets, losses read at another place."""
    model = nn.Linear(X.shape[1], 1)
    model.load_state_dict({"weight": w, "bias": b})
    optimizer = torch.optim.SGD(model.parameters(), lr=rate)
    target = y[:, None] if target is None else target

    def measure():
        squares = (model(X) - target) ** 2
        return squares.mean() if mean else squares.sum()

    losses = []
    for _ in range(steps):
        loss = measure()
        for line in lines:
            loss.backward() if line == "backward" else getattr(optimizer, line)()
        losses.append((measure() if last else loss).item())
    return losses, model.weight, model.bias, model.weight.grad


@ex.mistake(
    "`zero_grad` is missing: `backward` *adds* to `.grad`, so your steps follow the sum of all gradients so "
    "far. The first step is right, the later ones are too long."
)
def zero_grad_missing(X, y, w, b, rate, steps):
    return _train(X, y, w, b, rate, steps, ("backward", "step"))


@ex.mistake(
    "No gradient was there when `step` looked: the weights stay where they were, and `.grad` is `None`. Is "
    "`loss.backward()` missing, or does `zero_grad` stand between it and the step?"
)
def backward_missing(X, y, w, b, rate, steps):
    return _train(X, y, w, b, rate, steps, ("zero_grad", "step"))


@ex.mistake(
    "`optimizer.step()` is missing: the gradient is there, but nothing moves, and all losses are the same."
)
def step_missing(X, y, w, b, rate, steps):
    return _train(X, y, w, b, rate, steps, ("zero_grad", "backward"))


@ex.mistake(
    "`step` stands before `backward`, so each step uses the gradient of the round before, and the first one "
    "none at all. In each round: empty, predict, backward, step."
)
def step_before_backward(X, y, w, b, rate, steps):
    model = nn.Linear(X.shape[1], 1)
    model.load_state_dict({"weight": w, "bias": b})
    optimizer = torch.optim.SGD(model.parameters(), lr=rate)
    losses = []
    for _ in range(steps):
        optimizer.step()
        optimizer.zero_grad()
        loss = F.mse_loss(model(X), y[:, None])
        loss.backward()
        losses.append(loss.item())
    return losses, model.weight, model.bias, model.weight.grad


@ex.mistake(
    "The predictions have shape $(n, 1)$ and `y` has $(n{,})$: their difference is broadcast to $(n, n)$, every "
    "prediction against every target. Take `y[:, None]`, or the predictions' column `[:, 0]`."
)
def targets_broadcast(X, y, w, b, rate, steps):
    return _train(X, y, w, b, rate, steps, target=y)


@ex.mistake(
    "All is right but the last gradient: you emptied `.grad` after the last step. Empty it at the top of the "
    "loop, before `backward`, and the last gradient stays to be seen."
)
def emptied_at_the_end(X, y, w, b, rate, steps):
    return _train(X, y, w, b, rate, steps, ("backward", "step", "zero_grad"))


@ex.mistake("Your losses are those *after* each step. Asked are those before it, which `backward` used.")
def losses_after_the_step(X, y, w, b, rate, steps):
    return _train(X, y, w, b, rate, steps, last=True)


@ex.mistake("You summed the squared errors. The mean divides loss and gradient by $n$.")
def summed(X, y, w, b, rate, steps):
    return _train(X, y, w, b, rate, steps, mean=False)


# 5 ─────────────────────────────────────────────────────────────────────────────────────────────────────────────

ex = exercise(
    "memory-grows",
    kind="choice",
    options=["`loss`", "`loss.clone()`", "`loss.item()`", "`loss.mean()`"],
    answer=2,
    messages={
        0: "`loss` is a tensor with its `grad_fn`. The list would keep the graph of every epoch alive.",
        1: "A clone is an operation like any other: it has a `grad_fn` that leads back to `loss` and to all behind it. (A "
        "`detach` would cut.)",
        3: "A mean of one number is that number, computed by one more node of the graph. All that stands behind it is kept.",
    },
    hints=[
        "What keeps a graph alive is a tensor with a `grad_fn`.",
        "Which of the four are tensors that were computed from the parameters?",
        "Three are the end of a graph, the fourth is a plain Python number.",
    ],
)

# 6 ─────────────────────────────────────────────────────────────────────────────────────────────────────────────

ex = exercise(
    "flowers-in-torch",
    entry="flower_gradient",
    parts=("loss", "dW", "db"),
    hints=[
        "Three lines: scores, loss, backward. `F.cross_entropy` wants scores and class numbers.",
        "The scores are $XW^\\top + b$, also to be had as `F.linear(X, W, b)`. Nothing comes between them and the loss.",
        "`W` and `b` must ask for gradients before the scores are computed. Take care that gradients stand in `.grad` once only.",
    ],
)


@ex.inputs
def inputs(rng):
    def tensors(X, labels, W, b):
        X, W, b = (torch.tensor(np.asarray(each, dtype=float)) for each in (X, W, b))
        return X, _labels(labels), W, b

    yield tensors([[1.0, 2.0]], [1], np.zeros((3, 2)), np.zeros(3))
    yield tensors([[1.0, 0.0], [0.5, 2.0]], [2, 0], [[1.0, 0.5], [0.0, -0.5], [-1.0, 2.0]], [0.0, 1.0, 0.5])
    yield tensors(
        [[5.1, 3.5], [6.3, 3.3], [7.0, 3.2]],
        [0, 2, 1],
        [[300.0, 10.0], [-200.0, 40.0], [250.0, -30.0]],
        [5.0, 0.0, -5.0],
    )
    for n in (2, 3, 5, 8):
        rows = rng.choice(len(IRIS), size=n, replace=False)
        yield tensors(IRIS[rows, :4], IRIS[rows, 4], rng.normal(size=(3, 4)) / 2, rng.normal(size=3))


@ex.reference
def flower_gradient(X, labels, W, b):
    W, b = W.clone().requires_grad_(), b.clone().requires_grad_()
    loss = F.cross_entropy(X @ W.T + b, labels)
    loss.backward()
    return loss, W.grad, b.grad


@ex.accepts
def in_two_pieces(X, labels, W, b):
    W, b = W.clone().requires_grad_(), b.clone().requires_grad_()
    loss = F.nll_loss(torch.log_softmax(F.linear(X, W, b), dim=1), labels)
    return loss.item(), *torch.autograd.grad(loss, (W, b))


@ex.accepts
def with_logarithms_for_scores(X, labels, W, b):
    """The softmax of logarithms of probabilities gives the probabilities: here a second one does no harm."""
    W, b = W.clone().requires_grad_(), b.clone().requires_grad_()
    loss = F.cross_entropy(torch.log_softmax(X @ W.T + b, dim=1), labels)
    return loss.detach(), *torch.autograd.grad(loss, (W, b))


@ex.accepts
def by_hand(X, labels, W, b):
    P = torch.softmax(X @ W.T + b, dim=1)
    loss = -torch.log_softmax(X @ W.T + b, dim=1)[torch.arange(len(X)), labels].mean()
    dZ = (P - F.one_hot(labels, 3)) / len(X)
    return loss, dZ.T @ X, dZ.sum(0)


def _flower(X, labels, W, b, loss=F.cross_entropy, times=1):
    """The same with another loss, or with more than one pass back."""
    W, b = W.clone().requires_grad_(), b.clone().requires_grad_()
    made = loss(X @ W.T + b, labels)
    for _ in range(times):
        made.backward(retain_graph=True)
    return made, W.grad, b.grad


@ex.mistake(
    "There is a softmax before `cross_entropy`, which has its own: the loss then sees numbers between 0 and 1, "
    "and cannot fall below $\\ln(1 + 2/e)$. Give it the scores."
)
def softmax_twice(X, labels, W, b):
    return _flower(X, labels, W, b, lambda Z, labels: F.cross_entropy(torch.softmax(Z, dim=1), labels))


@ex.mistake(
    "`nll_loss` wants *logarithms* of probabilities, and you gave it probabilities: the loss is then $-p$. Take "
    "`log_softmax`, or `cross_entropy`, which is both in one."
)
def logarithm_missing(X, labels, W, b):
    return _flower(X, labels, W, b, lambda Z, labels: F.nll_loss(torch.softmax(Z, dim=1), labels))


@ex.mistake(
    "`nll_loss` wants logarithms of probabilities, and you gave it scores: nothing makes them add up to 1, and "
    "the loss can fall for ever. Take `cross_entropy`."
)
def scores_into_nll(X, labels, W, b):
    return _flower(X, labels, W, b, F.nll_loss)


@ex.mistake(
    "You summed over the flowers. Asked is the mean, which is also what `cross_entropy` does by itself."
)
def summed(X, labels, W, b):
    return _flower(X, labels, W, b, lambda Z, labels: F.cross_entropy(Z, labels, reduction="sum"))


@ex.mistake("Your gradients are twice too large: `backward` ran twice, and `.grad` adds.")
def backward_twice(X, labels, W, b):
    return _flower(X, labels, W, b, times=2)


@ex.mistake(
    "That is the squared error of the probabilities. Its gradient vanishes where the network is surely wrong; a "
    "classifier takes the cross-entropy."
)
def squared_error(X, labels, W, b):
    def loss(Z, labels):
        return F.mse_loss(torch.softmax(Z, dim=1), F.one_hot(labels, 3).to(Z.dtype))

    return _flower(X, labels, W, b, loss)


@ex.mistake("The bias is missing in the scores $XW^\\top + b$; its gradient is that of the scores.")
def bias_missing(X, labels, W, b):
    return _flower(X, labels, W, 0 * b)


# 7 ─────────────────────────────────────────────────────────────────────────────────────────────────────────────

ex = exercise(
    "adam-by-the-formula",
    entry="adam",
    hints=[
        "Start with $s = r = 0$, in the shape of `theta`. Walk over the rows of `grads`, and count the steps from 1.",
        "In each step first update $s$ and $r$. Their corrected versions are used in this step only; $s$ and "
        "$r$ themselves go on uncorrected.",
        "The root is taken of $\\hat r$, and $\\varepsilon$ is added to the root. All entry by entry. Make a "
        "new tensor for the parameter, do not change the one you got.",
    ],
)


@ex.inputs
def inputs(rng):
    def tensors(theta, grads):
        return torch.tensor(theta, dtype=torch.float64), torch.tensor(np.asarray(grads), dtype=torch.float64)

    yield *tensors([1.0], [[2.0]]), 0.1, 0.9, 0.999, 1e-8
    yield *tensors([1.0, -1.0], [[0.5, -3.0], [0.5, -3.0]]), 0.1, 0.9, 0.999, 1e-8
    yield *tensors([0.0, 2.0], [[1.0, 0.25], [-2.0, 0.5], [0.5, 0.0]]), 0.5, 0.5, 0.75, 0.1
    for k, T in ((1, 4), (3, 2), (2, 8), (4, 5)):
        grads = rng.normal(size=(T, k)) + 0.5
        theta = rng.normal(size=k).tolist()
        yield *tensors(theta, grads), 0.1, 0.8, 0.95, float(rng.integers(1, 9, dtype=int)) / 20


@ex.reference
def adam(theta, grads, rate, beta1, beta2, eps):
    s = r = torch.zeros_like(theta)
    for t, g in enumerate(grads, start=1):
        s = beta1 * s + (1 - beta1) * g
        r = beta2 * r + (1 - beta2) * g**2
        s_hat = s / (1 - beta1**t)
        r_hat = r / (1 - beta2**t)
        theta = theta - rate * s_hat / (r_hat.sqrt() + eps)
    return theta


@ex.accepts
def by_the_optimizer(theta, grads, rate, beta1, beta2, eps):
    theta = theta.clone().requires_grad_()
    optimizer = torch.optim.Adam([theta], lr=rate, betas=(beta1, beta2), eps=eps)
    for g in grads:
        theta.grad = g.clone()
        optimizer.step()
    return theta


@ex.accepts
def with_one_corrected_rate(theta, grads, rate, beta1, beta2, eps):
    s, r = 0 * theta, 0 * theta
    for i in range(len(grads)):
        s = s + (1 - beta1) * (grads[i] - s)
        r = r + (1 - beta2) * (grads[i] * grads[i] - r)
        c1, c2 = 1 - beta1 ** (i + 1), (1 - beta2 ** (i + 1)) ** 0.5
        theta = theta - rate * c2 / c1 * s / (r.sqrt() + eps * c2)
    return theta


def _adam(
    theta,
    grads,
    rate,
    beta1,
    beta2,
    eps,
    first=1,
    correct=(True, True),
    scale=None,
    weights=None,
    square=True,
):
    """The same walk with one thing wrong."""
    s = r = torch.zeros_like(theta)
    mine = (1 - beta1, 1 - beta2) if weights is None else weights
    for t, g in enumerate(grads, start=first):
        s = beta1 * s + mine[0] * g
        r = beta2 * r + mine[1] * (g**2 if square else g.abs())
        s_hat = s / (1 - beta1**t) if correct[0] else s
        r_hat = r / (1 - beta2**t) if correct[1] else r
        theta = theta - rate * s_hat / (scale(r_hat) if scale else r_hat.sqrt() + eps)
    return theta


@ex.mistake(
    "The bias correction is missing: $s$ and $r$ start at 0 and are too small in the first steps, by different "
    "factors. Divide by $1 - \\beta_1^t$ and $1 - \\beta_2^t$."
)
def uncorrected(theta, grads, rate, beta1, beta2, eps):
    return _adam(theta, grads, rate, beta1, beta2, eps, correct=(False, False))


@ex.mistake("You corrected $s$ but not $r$: it starts at 0 as well. $\\hat r_t = r_t/(1 - \\beta_2^t)$.")
def second_mean_uncorrected(theta, grads, rate, beta1, beta2, eps):
    return _adam(theta, grads, rate, beta1, beta2, eps, correct=(True, False))


@ex.mistake("You corrected $r$ but not $s$: it starts at 0 as well. $\\hat s_t = s_t/(1 - \\beta_1^t)$.")
def first_mean_uncorrected(theta, grads, rate, beta1, beta2, eps):
    return _adam(theta, grads, rate, beta1, beta2, eps, correct=(False, True))


@ex.mistake(
    "You counted the steps from 0: then $1 - \\beta^0 = 0$, and the first step divides by zero. The first step has $t = 1$."
)
def counted_from_zero(theta, grads, rate, beta1, beta2, eps):
    s = r = torch.zeros_like(theta)
    for t, g in enumerate(grads):
        s = beta1 * s + (1 - beta1) * g
        r = beta2 * r + (1 - beta2) * g**2
        c1, c2 = (torch.tensor(1 - beta**t, dtype=theta.dtype) for beta in (beta1, beta2))
        theta = theta - rate * (s / c1) / ((r / c2).sqrt() + eps)
    return theta


@ex.mistake(
    "$\\varepsilon$ stands under your root. In Adam it is added to the root: $\\sqrt{\\hat r_t} + \\varepsilon$."
)
def eps_under_the_root(theta, grads, rate, beta1, beta2, eps):
    return _adam(theta, grads, rate, beta1, beta2, eps, scale=lambda r: (r + eps).sqrt())


@ex.mistake(
    "The root is missing: you divided by $\\hat r$ itself. It is a mean of *squares*; only its root has the gradient's unit."
)
def root_missing(theta, grads, rate, beta1, beta2, eps):
    return _adam(theta, grads, rate, beta1, beta2, eps, scale=lambda r: r + eps)


@ex.mistake("You swapped $\\beta_1$ and $\\beta_2$: the first belongs to $s$, the mean of the gradient.")
def betas_swapped(theta, grads, rate, beta1, beta2, eps):
    return _adam(theta, grads, rate, beta2, beta1, eps)


@ex.mistake(
    "You added the whole new gradient to the mean, as momentum does. Adam's running means weight the new value with "
    "$1 - \\beta$."
)
def not_a_mean(theta, grads, rate, beta1, beta2, eps):
    return _adam(theta, grads, rate, beta1, beta2, eps, weights=(1.0, 1.0))


@ex.mistake("Your $r$ is a mean of $|g|$. It must be a mean of $g^2$, entry by entry.")
def not_squared(theta, grads, rate, beta1, beta2, eps):
    return _adam(theta, grads, rate, beta1, beta2, eps, square=False)


# 8 ─────────────────────────────────────────────────────────────────────────────────────────────────────────────

ex = exercise(
    "mini-batch-training",
    entry="train_in_batches",
    parts=("means", "w", "b"),
    rtol=1e-4,
    atol=1e-5,
    hints=[
        "Two loops: over epochs, and within over batches. What must be drawn anew in each epoch?",
        "`order = torch.randperm(n, generator=generator)` in each epoch; `order.split(size)` gives the row "
        "numbers of its batches, the last perhaps shorter. Take the *same* rows of `X` and of `y`.",
        "For the epoch's mean add `loss.item() * len(rows)` over the batches and divide by $n$ at the end. Mind "
        "the shape of the targets.",
    ],
)


@ex.inputs
def inputs(rng):
    X = _float32([[1.0], [2.0], [4.0]])
    yield X, _float32([6.0, 9.0, 15.0]), _float32([[3.0]]), _float32([1.0]), 0.05, 3, 1, 0
    yield X, _float32([6.0, 9.0, 15.0]), _float32([[3.0]]), _float32([1.0]), 0.05, 2, 2, 0
    for n, d, size, epochs in ((4, 1, 2, 2), (7, 2, 3, 2), (8, 3, 3, 2)):
        X = rng.normal(size=(n, d))
        y = X @ rng.normal(size=d) + 2 + rng.normal(size=n)
        w, b = rng.normal(size=(1, d)), rng.normal(size=1)
        seed = int(rng.integers(1000, dtype=int))
        yield _float32(X), _float32(y), _float32(w), _float32(b), 0.1, size, epochs, seed


@ex.reference
def train_in_batches(X, y, w, b, rate, size, epochs, seed):
    model = nn.Linear(X.shape[1], 1)
    model.load_state_dict({"weight": w, "bias": b})
    generator = torch.Generator().manual_seed(seed)
    optimizer = torch.optim.SGD(model.parameters(), lr=rate)
    means = []
    for _ in range(epochs):
        total = 0.0
        for rows in torch.randperm(len(X), generator=generator).split(size):
            loss = F.mse_loss(model(X[rows])[:, 0], y[rows])  # (B,) both
            loss.backward()
            optimizer.step()
            optimizer.zero_grad()
            total += loss.item() * len(rows)
        means.append(total / len(X))
    return means, model.weight, model.bias


@ex.accepts
def without_modules(X, y, w, b, rate, size, epochs, seed):
    generator = torch.Generator().manual_seed(seed)
    means = torch.zeros(epochs)
    w, b = w.clone(), b.clone()
    for epoch in range(epochs):
        order = torch.randperm(len(y), generator=generator)
        for start in range(0, len(y), size):
            rows = order[start : start + size]
            gap = X[rows] @ w[0] + b - y[rows]
            means[epoch] += (gap**2).sum() / len(y)
            w = w - rate * 2 * (gap @ X[rows])[None] / len(rows)
            b = b - rate * 2 * gap.mean()
    return means, w, b


def _batches(
    X, y, w, b, rate, size, epochs, seed, order=None, targets=lambda y, rows: y[rows][:, None], **wrong
):
    """The same training with one thing wrong, by the names that stand below."""
    model = nn.Linear(X.shape[1], 1)
    model.load_state_dict({"weight": w, "bias": b})
    generator = torch.Generator().manual_seed(seed)
    optimizer = torch.optim.SGD(model.parameters(), lr=rate)
    means = []
    for _ in range(epochs):
        drawn = torch.randperm(len(X), generator=generator) if order is None else order(len(X))
        parts = drawn.split(size)
        if wrong.get("drop_last") and len(parts[-1]) < size:
            parts = parts[:-1]
        losses = []
        for rows in parts:
            loss = ((model(X[rows]) - targets(y, rows)) ** 2).mean()
            loss.backward()
            if not wrong.get("once_an_epoch"):
                optimizer.step()
            if not wrong.get("adding") and not wrong.get("once_an_epoch"):
                optimizer.zero_grad()
            losses.append((loss.item(), len(rows)))
        if wrong.get("once_an_epoch"):
            optimizer.step()
            optimizer.zero_grad()
        seen = sum(count for _, count in losses)
        weighted = sum(loss * count for loss, count in losses) / seen
        means.append(sum(loss for loss, _ in losses) / len(losses) if wrong.get("unweighted") else weighted)
    return means, model.weight, model.bias


@ex.mistake(
    "Your rows come in the order of the table, the same in every epoch. Draw an order with `torch.randperm` in each epoch."
)
def unshuffled(X, y, w, b, rate, size, epochs, seed):
    return _batches(X, y, w, b, rate, size, epochs, seed, order=torch.arange)


@ex.mistake(
    "Your order of the rows is the same in every epoch: it was drawn once, or the generator was seeded anew "
    "each time. One generator, made once; one `randperm` from it in each epoch."
)
def one_order_for_all(X, y, w, b, rate, size, epochs, seed):
    def order(n):
        return torch.randperm(n, generator=torch.Generator().manual_seed(seed))

    return _batches(X, y, w, b, rate, size, epochs, seed, order=order)


@ex.mistake(
    "The rows of `X` are shuffled, those of `y` are not: each prediction is compared with another row's target. "
    "Use the same row numbers for both."
)
def targets_unshuffled(X, y, w, b, rate, size, epochs, seed):
    model = nn.Linear(X.shape[1], 1)
    model.load_state_dict({"weight": w, "bias": b})
    generator = torch.Generator().manual_seed(seed)
    means = []
    for _ in range(epochs):
        total, shuffled = 0.0, X[torch.randperm(len(X), generator=generator)]
        for start in range(0, len(X), size):
            xb, yb = shuffled[start : start + size], y[start : start + size]
            loss = F.mse_loss(model(xb)[:, 0], yb)
            dw, db = torch.autograd.grad(loss, list(model.parameters()))
            with torch.no_grad():
                model.weight -= rate * dw
                model.bias -= rate * db
            total += loss.item() * len(xb)
        means.append(total / len(X))
    return means, model.weight, model.bias


@ex.mistake("The last, smaller batch is missing. In each epoch every row has its turn once.")
def last_batch_dropped(X, y, w, b, rate, size, epochs, seed):
    if len(X) < size:
        return _batches(X, y, w, b, rate, size, epochs, seed)
    return _batches(X, y, w, b, rate, size, epochs, seed, drop_last=True)


@ex.mistake(
    "Your mean is one of batches, not of rows: the rows of the smaller last batch weigh more in it. Weight each "
    "batch's loss by its number of rows."
)
def mean_of_means(X, y, w, b, rate, size, epochs, seed):
    return _batches(X, y, w, b, rate, size, epochs, seed, unweighted=True)


@ex.mistake(
    "`zero_grad` is missing: the gradients of earlier batches are still in `.grad`, and each step follows the sum."
)
def zero_grad_missing(X, y, w, b, rate, size, epochs, seed):
    return _batches(X, y, w, b, rate, size, epochs, seed, adding=True)


@ex.mistake(
    "You stepped once an epoch, with the gradients of all batches added up. A mini-batch is there so that each one gives a step."
)
def one_step_an_epoch(X, y, w, b, rate, size, epochs, seed):
    return _batches(X, y, w, b, rate, size, epochs, seed, once_an_epoch=True)


@ex.mistake(
    "The weights never move. Does `zero_grad` stand between `backward` and `step`, so that the gradient is "
    "thrown away just before its use, or is one of the three missing?"
)
def gradient_thrown_away(X, y, w, b, rate, size, epochs, seed):
    return _batches(X, y, w, b, 0.0, size, epochs, seed)


@ex.mistake(
    "The predictions of a batch have shape $(B, 1)$ and the targets $(B{,})$: their difference is broadcast to "
    "$(B, B)$. Give both the same shape."
)
def targets_broadcast(X, y, w, b, rate, size, epochs, seed):
    return _batches(X, y, w, b, rate, size, epochs, seed, targets=lambda y, rows: y[rows])


# 9 ─────────────────────────────────────────────────────────────────────────────────────────────────────────────

ex = exercise(
    "evaluate",
    entry="evaluate",
    parts=("loss", "accuracy", "requires_grad", "running mean", "training"),
    rtol=1e-4,
    atol=1e-5,
    hints=[
        "Three lines judge a model: its mode, no graph, the prediction. A fourth restores what you found.",
        "`model.training` says the mode; keep it. Then `model.eval()`, and the scores where no graph is recorded.",
        "`F.cross_entropy` of scores and labels is the loss. The accuracy is how often the largest score stands "
        "at the label, divided by $n$. `model.train(...)` takes `True` or `False`: restore the mode that you kept.",
    ],
)


@ex.inputs
def inputs(rng):
    yield (
        *(_float32([[1.0, 2.0], [3.0, 0.0]]), _labels([1, 0])),
        *(_float32([[1.0, -1.0], [0.5, 1.0]]), _float32([0.0, 0.5])),
        *(_float32([1.0, 1.0]), _float32([1.0, 4.0]), True),
    )
    for n, c, training in ((3, 2, False), (4, 3, True), (6, 3, False), (7, 3, True)):
        rows = rng.choice(len(IRIS), size=n, replace=False)
        X, labels = _flowers(rows)
        mean, var = IRIS[:, :4].mean(axis=0), IRIS[:, :4].var(axis=0)
        W, b = _float32(rng.normal(size=(c, 4))), _float32(rng.normal(size=c))
        yield X, labels.clamp(max=c - 1), W, b, _float32(mean), _float32(var), training


@ex.reference
def evaluate(X, labels, W, b, mean, var, training):
    model = nn.Sequential(nn.BatchNorm1d(X.shape[1]), nn.Linear(*W.T.shape))
    model.load_state_dict(
        {"0.running_mean": mean, "0.running_var": var, "1.weight": W, "1.bias": b}, strict=False
    )
    model.train(training)
    was = model.training
    model.eval()
    with torch.no_grad():
        scores = model(X)  # (n, c)
        loss = F.cross_entropy(scores, labels).item()
    accuracy = (scores.argmax(1) == labels).float().mean().item()
    model.train(was)
    return loss, accuracy, scores.requires_grad, model[0].running_mean, model.training


@ex.accepts
def by_hand(X, labels, W, b, mean, var, training):
    scores = (X - mean) / torch.sqrt(var + 1e-5) @ W.T + b
    right = [int(int(row.argmax()) == int(label)) for row, label in zip(scores, labels)]
    return F.cross_entropy(scores, labels), sum(right) / len(right), scores.requires_grad, mean, training


def _evaluate(X, labels, W, b, mean, var, training, act=nn.Module.eval, grad=False, after=None, judged=None):
    """The same evaluation with one thing wrong."""
    model = nn.Sequential(nn.BatchNorm1d(X.shape[1]), nn.Linear(*W.T.shape))
    model.load_state_dict(
        {"0.running_mean": mean, "0.running_var": var, "1.weight": W, "1.bias": b}, strict=False
    )
    model.train(training)
    act(model)
    with torch.set_grad_enabled(grad):
        scores = model(X)
    judge = judged or (lambda scores, right: (F.cross_entropy(scores, labels), right.mean()))
    loss, accuracy = judge(scores, (scores.argmax(1) == labels).float())
    (after or (lambda model: model.train(training)))(model)
    return loss, accuracy, scores.requires_grad, model[0].running_mean, model.training


@ex.mistake(
    "`model.eval()` is missing: in training mode batch norm uses the mean and deviation of this *batch*, so "
    "each prediction depends on its company, and its running mean has moved toward the test rows. `no_grad` does not change that."
)
def eval_missing(X, labels, W, b, mean, var, training):
    return _evaluate(X, labels, W, b, mean, var, training, act=lambda model: None)


@ex.mistake(
    "`torch.no_grad()` is missing: the predictions carry a graph. `model.eval()` switches layers, not the recording."
)
def no_grad_missing(X, labels, W, b, mean, var, training):
    return _evaluate(X, labels, W, b, mean, var, training, grad=True)


@ex.mistake(
    "Both `model.eval()` and `torch.no_grad()` are missing: each does its own thing, and you want both."
)
def both_missing(X, labels, W, b, mean, var, training):
    return _evaluate(X, labels, W, b, mean, var, training, act=lambda model: None, grad=True)


@ex.mistake(
    "You left the model in evaluation mode. If training goes on now, dropout and batch norm stay switched off. "
    "Restore the mode that you found."
)
def left_in_eval(X, labels, W, b, mean, var, training):
    return _evaluate(X, labels, W, b, mean, var, training, after=lambda model: None)


@ex.mistake(
    "You set the training mode at the end, whatever it was before. A model that came in evaluation mode must "
    "leave in it: keep `model.training` first."
)
def always_back_to_train(X, labels, W, b, mean, var, training):
    return _evaluate(X, labels, W, b, mean, var, training, after=nn.Module.train)


@ex.mistake("Your accuracy is the *number* of right answers. The share divides by $n$.")
def counted(X, labels, W, b, mean, var, training):
    return _evaluate(
        *(X, labels, W, b, mean, var, training),
        judged=lambda scores, right: (F.cross_entropy(scores, labels), right.sum()),
    )


@ex.mistake("Your accuracy is the share of *wrong* answers.")
def share_of_errors(X, labels, W, b, mean, var, training):
    return _evaluate(
        *(X, labels, W, b, mean, var, training),
        judged=lambda scores, right: (F.cross_entropy(scores, labels), 1 - right.mean()),
    )


@ex.mistake("There is a softmax before `cross_entropy`, which has its own. Give it the scores.")
def softmax_twice(X, labels, W, b, mean, var, training):
    return _evaluate(
        *(X, labels, W, b, mean, var, training),
        judged=lambda scores, right: (F.cross_entropy(scores.softmax(1), labels), right.mean()),
    )


# 10 ────────────────────────────────────────────────────────────────────────────────────────────────────────────

ex = exercise(
    "network-in-torch",
    entry="train_and_judge",
    parts=("validation losses", "best epoch", "test loss", "W1"),
    rtol=1e-3,
    atol=1e-4,
    hints=[
        "Four stages: standardize all three parts by the training part, train and watch the validation loss, go "
        "back to the best weights, ask the test once.",
        "In each epoch: loss on the training part, `backward`, `step`, `zero_grad`; then the validation loss, "
        "without a graph. Is it lower than all before? Then keep a *copy* of `model.state_dict()` and the epoch's number.",
        "The copy is `copy.deepcopy(model.state_dict())`. After the loop `load_state_dict` puts it back, and "
        "only then the test loss is computed; `W1` is `model[0].weight`.",
    ],
)


def _pupils(rng, sizes, m):
    """Three parts of the flowers, as many as `sizes`, and the first weights of a network with m hidden units."""
    rows = np.split(rng.permutation(len(IRIS))[: sum(sizes)], np.cumsum(sizes)[:-1])
    params = rng.normal(size=(m, 4)), rng.normal(size=m), rng.normal(size=(3, m)), rng.normal(size=3)
    return (*(_flowers(part) for part in rows), tuple(_float32(each) for each in params))


@ex.inputs
def inputs(rng):
    yield *_pupils(rng, (4, 3, 3), 2), 1.0, 2
    yield *_pupils(rng, (6, 4, 4), 2), 4.0, 5
    # Here training, validation and test would each choose another epoch: 2, 3 and 1.
    yield *_pupils(np.random.default_rng(194), (9, 8, 6), 3), 6.0, 6
    yield *_pupils(rng, (9, 8, 6), 4), 8.0, 6
    yield *_pupils(rng, (12, 9, 9), 3), 5.0, 6


@ex.reference
def train_and_judge(train, validation, test, params, rate, epochs):
    W1, b1, W2, b2 = params
    model = nn.Sequential(nn.Linear(*W1.T.shape), nn.Tanh(), nn.Linear(*W2.T.shape))
    model.load_state_dict({"0.weight": W1, "0.bias": b1, "2.weight": W2, "2.bias": b2})
    mean, deviation = train[0].mean(0), train[0].std(0, correction=0)

    def measure(part):
        return F.cross_entropy(model((part[0] - mean) / deviation), part[1])

    optimizer = torch.optim.SGD(model.parameters(), lr=rate)
    losses, best, kept = [], 0, None
    for epoch in range(epochs):
        measure(train).backward()
        optimizer.step()
        optimizer.zero_grad()
        with torch.no_grad():
            losses.append(measure(validation).item())
        if kept is None or losses[-1] < losses[best]:
            best, kept = epoch, copy.deepcopy(model.state_dict())
    model.load_state_dict(kept)
    with torch.no_grad():
        return losses, best, measure(test).item(), model[0].weight


@ex.accepts
def all_weights_kept(train, validation, test, params, rate, epochs):
    """Without modules: every epoch's weights in a list."""
    weights = [each.clone().requires_grad_() for each in params]
    center, width = train[0].mean(0), train[0].std(0, correction=0)

    def measure(part, weights):
        W1, b1, W2, b2 = weights
        H = torch.tanh((part[0] - center) / width @ W1.T + b1)
        return F.cross_entropy(H @ W2.T + b2, part[1])

    history = []
    for _ in range(epochs):
        gradients = torch.autograd.grad(measure(train, weights), weights)
        weights = [(w - rate * g).detach().requires_grad_() for w, g in zip(weights, gradients)]
        history.append(weights)
    losses = torch.stack([measure(validation, weights).detach() for weights in history])
    best = int(losses.argmin())
    return losses, best, measure(test, history[best]), history[best][0]


def _judge(
    train,
    validation,
    test,
    params,
    rate,
    epochs,
    scale=lambda train, rest, part: (train.mean(0), train.std(0, correction=0)),
    chosen_by="validation",
    kept=True,
    early=False,
    also=(),
    lines=("backward", "step", "zero_grad"),
    top=lambda Z: Z,
):
    """The whole with one thing wrong: another scale, another choice, nothing kept, losses before the step, more rows."""
    W1, b1, W2, b2 = params
    model = nn.Sequential(nn.Linear(*W1.T.shape), nn.Tanh(), nn.Linear(*W2.T.shape))
    model.load_state_dict({"0.weight": W1, "0.bias": b1, "2.weight": W2, "2.bias": b2})
    optimizer = torch.optim.SGD(model.parameters(), lr=rate)
    parts = {"train": train, "validation": validation, "test": test}
    scaled = {}
    for name, (X, labels) in parts.items():
        mean, deviation = scale(train[0], (validation[0], test[0]), X)
        scaled[name] = ((X - mean) / deviation, labels)
    fitted = [scaled[name] for name in ("train", *also)]
    joined = torch.cat([X for X, _ in fitted]), torch.cat([labels for _, labels in fitted])

    def measure(part):
        with torch.no_grad():
            return F.cross_entropy(top(model(part[0])), part[1]).item()

    losses, lowest, best, state = [], float("inf"), 0, None
    for epoch in range(epochs):
        before = measure(scaled["validation"])
        loss = F.cross_entropy(top(model(joined[0])), joined[1])
        for line in lines:
            loss.backward() if line == "backward" else getattr(optimizer, line)()
        losses.append(before if early else measure(scaled["validation"]))
        looked_at = measure(scaled[chosen_by]) if chosen_by != "validation" else losses[-1]
        if looked_at < lowest:
            lowest, best, state = looked_at, epoch, copy.deepcopy(model.state_dict())
    if kept and state is not None:
        model.load_state_dict(state)
    return losses, best, measure(scaled["test"]), model[0].weight


@ex.mistake(
    "Your weights are those of the *last* epoch. `state_dict()` holds the living tensors, which later steps "
    "change: keep a `copy.deepcopy` of it, and load it before you ask the test."
)
def last_weights(train, validation, test, params, rate, epochs):
    return _judge(train, validation, test, params, rate, epochs, kept=False)


@ex.mistake(
    "You chose the epoch by the *test* loss. That is a leak: what helped to choose cannot judge. The validation "
    "part is there for choosing."
)
def chosen_by_the_test(train, validation, test, params, rate, epochs):
    return _judge(train, validation, test, params, rate, epochs, chosen_by="test")


@ex.mistake(
    "You chose the epoch by the training loss, which says nothing about new rows. Choose by the validation loss."
)
def chosen_by_training(train, validation, test, params, rate, epochs):
    return _judge(train, validation, test, params, rate, epochs, chosen_by="train")


@ex.mistake(
    "Mean and deviation were taken over all rows: the validation and test rows had a say in the model that they "
    "judge. Take those of the training part."
)
def scaled_by_all_rows(train, validation, test, params, rate, epochs):
    def scale(train, rest, part):
        rows = torch.cat([train, *rest])
        return rows.mean(0), rows.std(0, correction=0)

    return _judge(train, validation, test, params, rate, epochs, scale=scale)


@ex.mistake(
    "Each part was standardized by itself: then the same measurement means something else in each part. Use the "
    "training part's mean and deviation for all three."
)
def each_part_by_itself(train, validation, test, params, rate, epochs):
    return _judge(
        *(train, validation, test, params, rate, epochs),
        scale=lambda train, rest, part: (part.mean(0), part.std(0, correction=0)),
    )


@ex.mistake(
    "Your deviation divides by $n - 1$, torch's default. The task asks for `correction=0`, which divides by $n$."
)
def deviation_of_a_sample(train, validation, test, params, rate, epochs):
    return _judge(
        *(train, validation, test, params, rate, epochs),
        scale=lambda train, rest, part: (train.mean(0), train.std(0)),
    )


@ex.mistake(
    "You trained on the validation rows too. Then their loss cannot tell when to stop: train on the training part alone."
)
def trained_on_validation(train, validation, test, params, rate, epochs):
    return _judge(train, validation, test, params, rate, epochs, also=("validation",))


@ex.mistake(
    "The test rows were among those that you trained on. A test that the model has seen says nothing about new rows."
)
def trained_on_the_test(train, validation, test, params, rate, epochs):
    return _judge(train, validation, test, params, rate, epochs, also=("test",))


@ex.mistake(
    "Your validation losses are those *before* each step. Measure after it: the loss must belong to the weights that you keep."
)
def measured_before_the_step(train, validation, test, params, rate, epochs):
    return _judge(train, validation, test, params, rate, epochs, early=True)


@ex.mistake(
    "`zero_grad` is missing: from the second epoch on each step follows the sum of all gradients so far."
)
def zero_grad_missing(train, validation, test, params, rate, epochs):
    return _judge(train, validation, test, params, rate, epochs, lines=("backward", "step"))


@ex.mistake("There is a softmax before `cross_entropy`, which has its own. Give it the scores.")
def softmax_twice(train, validation, test, params, rate, epochs):
    return _judge(train, validation, test, params, rate, epochs, top=lambda Z: Z.softmax(1))
