"""What grades the ten exercises of this chapter; their tasks and starters stand in index.md.

Each mistake below is a whole wrong solution. It is recognised by what it computes, on all cases, not by how it is written.
"""

import numpy as np

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


def _pick_flowers(rng, n):
    """X: (n, 4), labels: (n,)"""
    rows = rng.choice(len(IRIS), size=n, replace=False)
    return IRIS[rows, :4], IRIS[rows, 4].astype(int)


# 1 ─────────────────────────────────────────────────────────────────────────────────────────────────────────────

ex = exercise(
    "one-node",
    entry="pull_tanh",
    hints=[
        "The key rule: what arrives is multiplied by the local derivative. What is the derivative of $\\tanh$?",
        "With $y = \\tanh a$ the derivative is $1 - y^2$. You are given $a$, so compute $y$ first.",
        "For $a = 0$ the slope is 1, and the delta passes unchanged. For a large $a$ the slope is almost 0, and almost "
        "nothing passes. All entries work alone: no sum, no matrix.",
    ],
)


@ex.inputs
def inputs(rng):
    yield np.array([0.0]), np.array([2.0])
    yield np.array([1.0, -1.0]), np.array([1.0, 3.0])
    yield np.array([30.0, -0.5]), np.array([1.0, -2.0])
    yield np.array([[0.5, 2.0], [-1.0, 0.25]]), np.array([[1.0, 0.0], [-1.0, 4.0]])
    for shape in ((3,), (5,), (2, 3), (4, 2), (2, 2, 2)):
        yield rng.normal(size=shape), rng.normal(size=shape)


@ex.reference
def pull_tanh(a, dy):
    y = np.tanh(a)
    return dy * (1 - y**2)


@ex.accepts
def by_cosh(a, dy):
    return dy / np.cosh(a) ** 2


@ex.accepts
def from_exponentials(a, dy):
    small = np.exp(-2 * np.abs(a))
    return 4 * small / (1 + small) ** 2 * dy


@ex.mistake(
    "You gave the local derivative alone. The key rule multiplies it by what arrives: $\\delta a = \\delta y\\,(1 - y^2)$."
)
def arriving_delta_forgotten(a, dy):
    return 1 - np.tanh(a) ** 2


@ex.mistake(
    "You took the derivative at the output instead of the input: $1 - \\tanh(y)^2$. With $y = \\tanh a$ already computed, the "
    "slope is $1 - y^2$; another $\\tanh$ is one too many."
)
def derivative_at_the_output(a, dy):
    return dy * (1 - np.tanh(np.tanh(a)) ** 2)


@ex.mistake(
    "You put the input into $1 - y^2$. In this formula $y$ is the output, $\\tanh a$: compute it first."
)
def input_for_output(a, dy):
    return dy * (1 - a**2)


@ex.mistake("The square is missing: the derivative of $\\tanh$ is $1 - y^2$, not $1 - y$.")
def square_missing(a, dy):
    return dy * (1 - np.tanh(a))


@ex.mistake(
    "You added the local derivative to what arrives. Along one path slopes multiply; only different paths add."
)
def added_along_a_path(a, dy):
    return dy + 1 - np.tanh(a) ** 2


@ex.mistake(
    "You sent the delta through $\\tanh$ forward, $\\delta y \\cdot y$. On the way back it is multiplied by the slope, $1 - y^2$."
)
def multiplied_by_the_value(a, dy):
    return dy * np.tanh(a)


@ex.mistake("The sign is wrong: the derivative of $\\tanh$ is $1 - y^2$, never negative.")
def sign_wrong(a, dy):
    return dy * (np.tanh(a) ** 2 - 1)


@ex.mistake(
    "That is the sigmoid's derivative, $y(1 - y)$, with $\\tanh$ put in. For $\\tanh$ it is $1 - y^2$."
)
def rule_of_the_sigmoid(a, dy):
    y = np.tanh(a)
    return dy * y * (1 - y)


# 2 ─────────────────────────────────────────────────────────────────────────────────────────────────────────────

ex = exercise(
    "one-neuron",
    entry="neuron",
    parts=("L", "dw", "db", "dx"),
    hints=[
        "Write the forward pass in small steps with a name each: $u = wx$, $z = u + b$, $p = \\tanh z$, $e = p - y$, $L = e^2$.",
        "Now go back, one line for each step. The rules of the taxi ride stay; between $p$ and $z$ comes the rule for "
        "$\\tanh$.",
        "You should have $\\delta p = 2e$ and $\\delta z = \\delta p\\,(1 - p^2)$. From $z$ on it is the taxi ride: a "
        "sum, then a "
        "product whose two slopes are the other factor.",
    ],
)


@ex.inputs
def inputs(rng):
    yield 0.0, 0.0, 1.0, 1.0
    yield 3.0, -5.0, 2.0, 0.0
    yield 0.5, 0.25, -1.0, 1.0
    yield -0.25, 1.0, 4.0, -1.0
    for _ in range(8):
        w, b, x, y = rng.normal(size=4).round(2).tolist()
        yield w, b, x + 2, y


@ex.reference
def neuron(w, b, x, y):
    p = np.tanh(w * x + b)
    e = p - y
    dp = 2 * e
    dz = dp * (1 - p**2)
    return e**2, dz * x, dz, dz * w


@ex.accepts
def by_one_formula(w, b, x, y):
    z = w * x + b
    slope = 2 * (np.tanh(z) - y) / np.cosh(z) ** 2
    gradient = slope * np.array([x, 1.0, w])
    return (np.tanh(z) - y) ** 2, *gradient


def _neuron(w, b, x, y, factor=2.0, slope=lambda z, p: 1 - p**2, ends=lambda dz, w, x: (dz * x, dz, dz * w)):
    """The same pass with one thing wrong."""
    z = w * x + b
    p = np.tanh(z)
    return (p - y) ** 2, *ends(factor * (p - y) * slope(z, p), w, x)


@ex.mistake(
    "The factor 2 is missing in $\\delta p$: the derivative of $e^2$ is $2e$. (It would cancel against a loss $\\tfrac12 e^2$.)"
)
def two_missing(w, b, x, y):
    return _neuron(w, b, x, y, factor=1.0)


@ex.mistake("The sign is turned: $e = p - y$ has slope $+1$ for $p$, so $\\delta p = 2(p - y)$.")
def sign_turned(w, b, x, y):
    return _neuron(w, b, x, y, factor=-2.0)


@ex.mistake("You walked past the $\\tanh$: between $p$ and $z$ the delta is multiplied by $1 - p^2$.")
def activation_skipped(w, b, x, y):
    return _neuron(w, b, x, y, slope=lambda z, p: 1.0)


@ex.mistake(
    "You took the derivative of $\\tanh$ at its output, $1 - \\tanh(p)^2$. At the input $z$ it is $1 - \\tanh(z)^2 = 1 - p^2$."
)
def derivative_at_the_output(w, b, x, y):
    return _neuron(w, b, x, y, slope=lambda z, p: 1 - np.tanh(p) ** 2)


@ex.mistake("You wrote $1 - z^2$. The formula for $\\tanh$ wants the output: $1 - p^2$.")
def input_for_output(w, b, x, y):
    return _neuron(w, b, x, y, slope=lambda z, p: 1 - z**2)


@ex.mistake(
    "You swapped the factors of the product: in $u = wx$ the slope for $w$ is $x$, and for $x$ it is $w$."
)
def factors_swapped(w, b, x, y):
    return _neuron(w, b, x, y, ends=lambda dz, w, x: (dz * w, dz, dz * x))


@ex.mistake(
    "Your $\\delta b$ has a factor $x$. The bias is added after the product: $\\delta b = \\delta z$."
)
def bias_times_x(w, b, x, y):
    return _neuron(w, b, x, y, ends=lambda dz, w, x: (dz * x, dz * x, dz * w))


@ex.mistake(
    "Your $\\delta w$ is $\\delta z$ itself. The product $wx$ multiplies it by its other factor, $x$."
)
def product_skipped(w, b, x, y):
    return _neuron(w, b, x, y, ends=lambda dz, w, x: (dz, dz, dz))


# 3 ─────────────────────────────────────────────────────────────────────────────────────────────────────────────

ex = exercise(
    "three-ways",
    kind="choice",
    options=["4", "8", "12", "16"],
    answer=3,
    messages={
        0: "Only one way came back: either that of the factor $a$ in $c = ab$, or that of $b$ in $L$ alone. Each use of a "
        "value sends its part, and the parts add.",
        1: "Here $b$ spoke too early: it passed on the 1 from $L$, and the 2 that came through $c$ later never reached $a$. "
        "First $c$, then $b$.",
        2: "The way through $b$ is complete, $3 \\cdot 2a = 12$. But $a$ also enters $c = ab$ directly, with slope $b = 4$: "
        "that part must be added.",
    },
    hints=[
        "Go back in the order $L$, $c$, $b$, $a$. How many nodes use $b$, and how many use $a$?",
        "$\\delta c = 1$. The node $b$ collects 1 from $L$ and $\\delta c \\cdot a$ from $c$.",
        "So $\\delta b = 3$. Now $a$ collects from $b = a^2$, with slope $2a$, and from $c = ab$, with slope $b$.",
    ],
)

# 4 ─────────────────────────────────────────────────────────────────────────────────────────────────────────────

ex = exercise(
    "two-uses",
    entry="two_uses",
    parts=("da", "db"),
    hints=[
        "Draw the graph. From $a$ leave two arrows: one to $c = a \\odot b$ and one to $d = c + a$.",
        "Start with $\\delta d = 2d$. The sum hands it on unchanged, to $c$ and to $a$. What does the product do with "
        "$\\delta c$?",
        "From the product $a$ gets $\\delta c \\odot b$, from the sum it gets $\\delta d$. Both parts belong to "
        "$\\delta a$, so what happens to them?",
    ],
)


@ex.inputs
def inputs(rng):
    yield np.array([3.0]), np.array([2.0])
    yield np.array([0.0, 1.0]), np.array([5.0, -1.0])
    yield np.array([1.0, -2.0, 0.5]), np.array([0.0, 3.0, -2.0])
    yield np.array([[1.0, 2.0], [3.0, -1.0]]), np.array([[2.0, 0.5], [-1.0, 4.0]])
    for shape in ((2,), (4,), (2, 3), (3, 3), (2, 1, 2)):
        yield rng.normal(size=shape), rng.normal(size=shape)


@ex.reference
def two_uses(a, b):
    d = a * b + a
    dd = 2 * d
    dc = dd
    return dc * b + dd, dc * a


@ex.accepts
def expanded_first(a, b):
    return 2 * a * (b + 1) ** 2, 2 * a**2 * (b + 1)


@ex.accepts
def collected_in_place(a, b):
    da, db = np.zeros(a.shape), np.zeros(b.shape)
    dd = 2 * (a * b + a)
    da += dd
    da += dd * b
    db += dd * a
    return da, db


@ex.mistake(
    "The gradient at the reused node $a$ was overwritten: only the part through the product is left. The sum $d = c + a$ "
    "sends $\\delta d$ too, and the parts add."
)
def only_through_the_product(a, b):
    dd = 2 * (a * b + a)
    return dd * b, dd * a


@ex.mistake(
    "The gradient at the reused node $a$ was overwritten: only the part from the sum is left. The product $c = a \\odot b$ "
    "sends $\\delta c \\odot b$ too, and the parts add."
)
def only_through_the_sum(a, b):
    dd = 2 * (a * b + a)
    return dd, dd * a


@ex.mistake("You multiplied the two parts that reach $a$. Slopes multiply along a path; different paths add.")
def paths_multiplied(a, b):
    dd = 2 * (a * b + a)
    return dd * b * dd, dd * a


@ex.mistake("The factor 2 is missing: the derivative of $d^2$ is $2d$.")
def two_missing(a, b):
    d = a * b + a
    return d * (b + 1), d * a


@ex.mistake(
    "You started with $\\delta d = 1$, as if $L$ were the sum of $d$. It is the sum of $d^2$: $\\delta d = 2d$."
)
def square_forgotten(a, b):
    return b + 1, a + 0.0


@ex.mistake(
    "You swapped the factors of the product: $a$ gets $\\delta c \\odot b$, and $b$ gets $\\delta c \\odot a$."
)
def factors_swapped(a, b):
    dd = 2 * (a * b + a)
    return dd * a + dd, dd * b


@ex.mistake(
    "You took the derivative at $c$: $\\delta d = 2c$. The square is taken of $d = c + a$, so its slope is $2d$."
)
def derivative_at_another_node(a, b):
    dd = 2 * a * b
    return dd * b + dd, dd * a


@ex.mistake(
    "You added the direct part to $b$ as well. Only $a$ enters the sum $d = c + a$; $b$ has one use, the product."
)
def sum_sent_to_b(a, b):
    dd = 2 * (a * b + a)
    return dd * b + dd, dd * a + dd


# 5 ─────────────────────────────────────────────────────────────────────────────────────────────────────────────

ex = exercise(
    "back-to-the-shape",
    entry="sum_to",
    hints=[
        "Where the forward pass repeated an entry, the backward pass sums. Which axes of `g` are repetitions?",
        "First the axes in front that `shape` does not have: there are `g.ndim - len(shape)` of them. Sum them away.",
        "Now `g` and `shape` have equally many axes. Where `shape` has a 1, sum along that axis, but keep it: `keepdims=True`.",
    ],
)


@ex.inputs
def inputs(rng):
    yield np.array([1.0, 2.0, 4.0]), (1,)
    yield np.array([[1.0, 2.0, 3.0], [4.0, 5.0, 7.0]]), (3,)
    yield np.array([[1.0, 2.0, 3.0], [4.0, 5.0, 7.0]]), (2, 1)
    yield np.array([[1.0, 2.0], [3.0, 5.0]]), (2,)
    yield np.array([[1.0, 2.0], [3.0, 5.0]]), (2, 2)
    yield np.array([[1.0, -2.0, 4.0]]), (1, 3)
    yield np.arange(12.0).reshape(2, 3, 2), (3, 1)
    for wide, shape in (
        ((4, 3), (3,)),
        ((3, 3), (3,)),
        ((2, 4), (1, 4)),
        ((3, 2), (1, 1)),
        ((2, 3, 4), (3, 4)),
        ((2, 3, 4), (1, 4)),
        ((3, 2, 2), (3, 1, 2)),
    ):
        yield rng.normal(size=wide), shape


@ex.reference
def sum_to(g, shape):
    while g.ndim > len(shape):
        g = g.sum(axis=0)
    for axis, length in enumerate(shape):
        if length == 1:
            g = g.sum(axis=axis, keepdims=True)
    return g


@ex.accepts
def all_axes_at_once(g, shape):
    filled = (1,) * (g.ndim - len(shape)) + tuple(shape)
    repeated = tuple(axis for axis, length in enumerate(filled) if length < g.shape[axis])
    return np.sum(g, axis=repeated).reshape(shape)


@ex.accepts
def entry_by_entry(g, shape):
    """Each entry of g goes to the entry that was copied there."""
    total = np.zeros(shape)
    copied = np.broadcast_to(np.arange(total.size).reshape(shape), g.shape)
    for source, part in zip(copied.ravel(), g.ravel()):
        total.flat[source] += part
    return total


def _collect(g, shape, collect):
    """Both steps with another way to collect an axis, `collect(g, axis, keepdims)`."""
    while g.ndim > len(shape):
        g = collect(g, 0, False)
    for axis, length in enumerate(shape):
        if length == 1:
            g = collect(g, axis, True)
    return g


@ex.mistake(
    "The sum over the broadcast axis is missing for axes of length 1: you removed the new axes in front, but a stretched axis "
    "such as $(2, 1) \\to (2, 3)$ repeats too. Sum along it and keep it."
)
def stretched_axes_left(g, shape):
    return np.sum(g, axis=tuple(range(g.ndim - len(shape))))


@ex.mistake(
    "The axes that broadcasting put in front are still there. `shape` does not have them: sum them away."
)
def front_axes_left(g, shape):
    for axis, length in enumerate(shape, start=g.ndim - len(shape)):
        if length == 1:
            g = g.sum(axis=axis, keepdims=True)
    return g


@ex.mistake(
    "You averaged the repeated entries. Each use has its own part in the loss, and the parts add: a sum, without $1/n$."
)
def averaged(g, shape):
    return _collect(g, shape, lambda g, axis, keep: g.mean(axis=axis, keepdims=keep))


@ex.mistake(
    "You kept the delta of one use and overwrote the others. An entry that was repeated collects the deltas of all its "
    "copies: sum them."
)
def one_copy_kept(g, shape):
    return _collect(
        g, shape, lambda g, axis, keep: np.take(g, [-1], axis=axis) if keep else np.take(g, -1, axis=axis)
    )


@ex.mistake(
    "You kept the delta of the first copy only. An entry that was repeated collects the deltas of all its copies: sum them."
)
def first_copy_kept(g, shape):
    return _collect(
        g, shape, lambda g, axis, keep: np.take(g, [0], axis=axis) if keep else np.take(g, 0, axis=axis)
    )


@ex.mistake(
    "Your stretched axes are summed but also removed. An axis of length 1 is part of `shape`: `keepdims=True` keeps it."
)
def short_axes_dropped(g, shape):
    g = np.sum(g, axis=tuple(range(g.ndim - len(shape))))
    return np.sum(g, axis=tuple(axis for axis, length in enumerate(shape) if length == 1))


@ex.mistake(
    "You summed everything into one number and put it everywhere. Only repetitions of the same entry add up."
)
def everything_summed(g, shape):
    return np.full(shape, np.sum(g))


@ex.mistake(
    "You summed away axes at the end. NumPy compares shapes from the right and puts new axes in *front*: those are to be summed."
)
def last_axes_summed(g, shape):
    while g.ndim > len(shape):
        g = g.sum(axis=-1)
    for axis, length in enumerate(shape):
        if length == 1:
            g = g.sum(axis=axis, keepdims=True)
    return g


# 6 ─────────────────────────────────────────────────────────────────────────────────────────────────────────────

ex = exercise(
    "jacobian-shape",
    kind="shape",
    hints=[
        "What is the shape of $Y$, and how many entries does it have?",
        "The rows belong to entries of $Y$, the columns to entries of $W$. The bias has no column here.",
        "$Y$ has shape $(32, 3)$, and $W$ has shape $(5, 3)$. Count the entries of each.",
    ],
)


@ex.reference
def jacobian_shape():
    return (32 * 3, 5 * 3)


@ex.mistake(
    "That is the shape of $\\delta W$. The delta collects the deltas of all 96 entries of $Y$; the Jacobian keeps a row for each."
)
def shape_of_the_delta():
    return (5, 3)


@ex.mistake("The axes are swapped: rows belong to outputs, columns to inputs.")
def transposed():
    return (15, 96)


@ex.mistake(
    "That is the shape of $Y$. Each of its entries has a whole row of slopes, one for each entry of $W$."
)
def shape_of_the_output():
    return (32, 3)


@ex.mistake(
    "You gave one row for each observation. $Y$ has three entries for each of them, and each has its own row."
)
def one_row_for_each_observation():
    return (32, 15)


@ex.mistake(
    "You gave one column for each row of $W$. All of its entries, $5 \\cdot 3$, have a column each, even if most slopes are 0."
)
def zeros_left_out():
    return (96, 5)


@ex.mistake(
    "You counted the three biases as inputs too. The question asks for the slopes with respect to $W$ only."
)
def with_the_bias():
    return (96, 18)


@ex.mistake(
    "That is the Jacobian with respect to $X$, whose entries number $32 \\cdot 5$. Asked is the one with respect to $W$."
)
def with_respect_to_the_features():
    return (96, 160)


# 7 ─────────────────────────────────────────────────────────────────────────────────────────────────────────────

ex = exercise(
    "layer-backward",
    entry="layer_backward",
    parts=("dX", "dW", "db"),
    hints=[
        "Each delta has the shape of its value. Write the three shapes down before you multiply.",
        "Two of the answers are matrix products of `dY` with the *other* factor of $XW$, transposed. Only one order fits "
        "the shapes.",
        "The bias was used in every row of $Y$, and a value that is used $n$ times collects $n$ deltas. Along which axis?",
    ],
)


@ex.inputs
def inputs(rng):
    yield np.array([[2.0]]), np.array([[3.0]]), np.array([[1.0]])
    yield (
        np.array([[1.0, 2.0], [3.0, 5.0]]),
        np.array([[1.0, 4.0], [2.0, -1.0]]),
        np.array([[1.0, 0.0], [2.0, -3.0]]),
    )
    yield np.array([[1.0, 2.0, 3.0]]), np.array([[1.0], [0.0], [-1.0]]), np.array([[2.0]])
    yield (
        np.array([[1.0], [2.0], [4.0]]),
        np.array([[1.0, -2.0]]),
        np.array([[1.0, 0.0], [0.0, 1.0], [2.0, 2.0]]),
    )
    for n, d, m in ((2, 2, 2), (3, 3, 3), (4, 2, 3), (6, 3, 2), (5, 4, 4)):
        yield rng.normal(size=(n, d)), rng.normal(size=(d, m)), rng.normal(size=(n, m))


@ex.reference
def layer_backward(X, W, dY):
    return dY @ W.T, X.T @ dY, dY.sum(axis=0)


@ex.accepts
def with_index_letters(X, W, dY):
    return np.einsum("nm,dm->nd", dY, W), np.einsum("nd,nm->dm", X, dY), np.einsum("nm->m", dY)


@ex.accepts
def row_by_row(X, W, dY):
    dX, dW, db = np.zeros(X.shape), np.zeros(W.shape), np.zeros(W.shape[1])
    for i in range(len(X)):
        dX[i] = W @ dY[i]
        dW += np.outer(X[i], dY[i])
        db += dY[i]
    return dX, dW, db


@ex.mistake(
    "The weights are to be transposed on the way back: $\\delta X = \\delta Y\\,W^\\top$ has shapes $(n, m)(m, d)$. "
    "With a square "
    "$W$ no shape error warns you."
)
def weights_not_transposed(X, W, dY):
    return dY @ W, X.T @ dY, dY.sum(axis=0)


@ex.mistake(
    "Your $\\delta W$ has its factors in the wrong order: $\\delta Y^\\top X$ has shape $(m, d)$, the transpose of "
    "$X^\\top\\,\\delta Y$."
)
def weight_delta_transposed(X, W, dY):
    return dY @ W.T, dY.T @ X, dY.sum(axis=0)


@ex.mistake(
    "Your $\\delta b$ is an average. The bias was broadcast to $n$ rows, and the deltas of all rows add up, without $1/n$."
)
def bias_averaged(X, W, dY):
    return dY @ W.T, X.T @ dY, dY.mean(axis=0)


@ex.mistake(
    "The sum over the broadcast axis is missing: $\\delta b$ has the shape $(m{,})$ of $b$, not that of $Y$."
)
def bias_not_summed(X, W, dY):
    return dY @ W.T, X.T @ dY, dY + 0.0


@ex.mistake(
    "Your $\\delta b$ sums along the wrong axis. The bias was repeated in every *row*: sum over the rows, `axis=0`."
)
def bias_along_the_wrong_axis(X, W, dY):
    return dY @ W.T, X.T @ dY, dY.sum(axis=1)


@ex.mistake(
    "Your $\\delta b$ keeps only one row. Each of the $n$ rows uses the bias, and their deltas add instead of overwriting "
    "each other."
)
def bias_of_the_last_row(X, W, dY):
    return dY @ W.T, X.T @ dY, dY[-1] + 0.0


@ex.mistake(
    "You divided $\\delta W$ by $n$. If the loss is a mean, its $1/n$ is in `dY` already; the layer only multiplies."
)
def divided_by_n(X, W, dY):
    return dY @ W.T, X.T @ dY / len(X), dY.sum(axis=0)


@ex.mistake(
    "You multiplied each delta by its own value. A product hands over the *other* factor: $\\delta X$ uses $W$, and "
    "$\\delta W$ uses $X$."
)
def own_factor(X, W, dY):
    return X * dY.sum(axis=1, keepdims=True), W * dY.sum(axis=0), dY.sum(axis=0)


# 8 ─────────────────────────────────────────────────────────────────────────────────────────────────────────────

ex = exercise(
    "flower-gradient",
    entry="flower_gradient",
    parts=("loss", "dW", "db"),
    hints=[
        "Three steps back: from the loss to $Z$, and from $Z = XW + b$ to $W$ and $b$, which is the layer of the "
        "exercise before.",
        "The delta of the scores is prediction minus truth, divided by $n$. `np.eye(3)[labels]` makes the rows of the truth.",
        "Subtract each row's largest score before the exponential: $p$ stays the same. The loss is best computed as "
        "$\\log\\sum_j e^{z_j} - z_{\\text{true}}$, with the same subtraction.",
    ],
)


@ex.inputs
def inputs(rng):
    yield np.array([[1.0, 2.0]]), np.array([1]), np.zeros((2, 3)), np.zeros(3)
    yield (
        np.array([[1.0, 0.0], [0.5, 2.0]]),
        np.array([2, 0]),
        np.array([[1.0, 0.0, -1.0], [0.5, -0.5, 2.0]]),
        np.array([0.0, 1.0, 0.5]),
    )
    yield (
        np.array([[5.1, 3.5], [6.3, 3.3], [7.0, 3.2]]),
        np.array([0, 2, 1]),
        np.array([[300.0, -200.0, 250.0], [10.0, 40.0, -30.0]]),
        np.array([5.0, 0.0, -5.0]),
    )
    for n in (2, 3, 5, 8, 12):
        X, labels = _pick_flowers(rng, n)
        yield X, labels, rng.normal(size=(4, 3)) / 2, rng.normal(size=3)


@ex.reference
def flower_gradient(X, labels, W, b):
    n = len(X)
    Z = X @ W + b  # (n, 3)
    Z = Z - Z.max(axis=1, keepdims=True)
    total = np.exp(Z).sum(axis=1)  # (n,)
    loss = np.mean(np.log(total) - Z[np.arange(n), labels])
    dZ = (np.exp(Z) / total[:, None] - np.eye(3)[labels]) / n  # (n, 3)
    return loss, X.T @ dZ, dZ.sum(axis=0)


@ex.accepts
def flower_by_flower(X, labels, W, b):
    loss, dW, db = 0.0, np.zeros(W.shape), np.zeros(3)
    for x, label in zip(X, labels):
        z = x @ W + b
        log_p = z - np.logaddexp.reduce(z)
        dz = np.exp(log_p)
        dz[label] -= 1
        loss -= log_p[label] / len(X)
        dW += np.outer(x, dz) / len(X)
        db += dz / len(X)
    return loss, dW, db


def _softmax(Z, axis=1):
    E = np.exp(Z - Z.max(axis=axis, keepdims=True))
    return E / E.sum(axis=axis, keepdims=True)


def _flowers(X, labels, W, b, pull=lambda P, Y, n: (P - Y) / n, scale=lambda n: 1.0, pool=np.sum, axis=1):
    """The same gradient with one thing wrong."""
    n, Z, Y = len(X), X @ W + b, np.eye(3)[labels]
    top = Z - Z.max(axis=1, keepdims=True)
    loss = np.mean(np.log(np.exp(top).sum(axis=1)) - np.sum(Y * top, axis=1))
    dZ = pull(_softmax(Z, axis), Y, n)
    return loss * scale(n), X.T @ dZ, pool(dZ, axis=0)


@ex.mistake(
    "The $1/n$ is missing in your gradients: the loss is a mean over $n$ flowers, so $\\delta Z = (P - Y)/n$."
)
def mean_forgotten_on_the_way_back(X, labels, W, b):
    return _flowers(X, labels, W, b, pull=lambda P, Y, n: P - Y)


@ex.mistake("You summed the losses of the flowers. Asked is their mean: divide loss and deltas by $n$.")
def summed_instead_of_mean(X, labels, W, b):
    return _flowers(X, labels, W, b, pull=lambda P, Y, n: P - Y, scale=lambda n: n)


@ex.mistake("The sign is turned: prediction minus truth, $\\delta Z = (P - Y)/n$.")
def truth_minus_prediction(X, labels, W, b):
    return _flowers(X, labels, W, b, pull=lambda P, Y, n: (Y - P) / n)


@ex.mistake(
    "You multiplied by the softmax's derivative $p(1 - p)$ once more. In $p - y$ it is already contained: softmax "
    "and cross-entropy "
    "together have that simple delta."
)
def softmax_derived_twice(X, labels, W, b):
    return _flowers(X, labels, W, b, pull=lambda P, Y, n: (P - Y) * P * (1 - P) / n)


@ex.mistake(
    "The truth is missing: from the probabilities subtract 1 at the true class, $\\delta Z = (P - Y)/n$."
)
def truth_forgotten(X, labels, W, b):
    return _flowers(X, labels, W, b, pull=lambda P, Y, n: P / n)


@ex.mistake(
    "Your $\\delta b$ is an average over the rows. The $1/n$ of the mean is in $\\delta Z$ already; the broadcast "
    "bias sums its deltas."
)
def bias_averaged(X, labels, W, b):
    return _flowers(X, labels, W, b, pool=np.mean)


@ex.mistake(
    "Your softmax in the gradient runs along the wrong axis: over the flowers. The probabilities of one flower, a *row*, sum "
    "to 1."
)
def softmax_over_flowers(X, labels, W, b):
    return _flowers(X, labels, W, b, axis=0)


@ex.mistake(
    "$e^z$ overflows for large scores, and $\\infty/\\infty$ is NaN. Subtract the largest score of each row first: $p$ does not "
    "change."
)
def overflowing(X, labels, W, b):
    with np.errstate(all="ignore"):
        n = len(X)
        E = np.exp(X @ W + b)
        P = E / E.sum(axis=1, keepdims=True)
        dZ = (P - np.eye(3)[labels]) / n
        return -np.mean(np.log(P[np.arange(n), labels])), X.T @ dZ, dZ.sum(axis=0)


# 9 ─────────────────────────────────────────────────────────────────────────────────────────────────────────────

ex = exercise(
    "backward-over-a-graph",
    entry="graph_backward",
    hints=[
        "You need three things: an order in which parents come before the nodes made from them, the values of all nodes "
        "along it, "
        "and then the deltas along it in reverse.",
        "For the order: visit a node only after all its parents. A function that calls itself for the parents first and then "
        "appends the node to a list, once, does it.",
        "Backward: all deltas start at 0, that of the output at 1. Each node sends to each of its parents its own delta "
        "times the local slope, and the parent adds it. A node with the same parent twice sends twice.",
    ],
)


def _find_order(parents):
    order = []

    def visit(i):
        if i not in order:
            for parent in parents[i]:
                visit(parent)
            order.append(i)

    for i in range(len(parents)):
        visit(i)
    return order


def _random_graph(rng, leaves, made):
    """Leaves first, then nodes made from earlier ones; at the end all numbers are shuffled."""
    ops = ["leaf"] * leaves
    parents = [[] for _ in range(leaves)]
    for i in range(leaves, leaves + made):
        op = ("add", "mul", "tanh")[int(rng.integers(3))]
        used = [i - 1, int(rng.integers(i))]
        ops.append(op)
        parents.append(used[: 1 if op == "tanh" else 2])
    k = leaves + made
    number = rng.permutation(k).tolist()  # number[i]: the new number of node i
    back = sorted(range(k), key=number.__getitem__)
    values = np.where([ops[i] == "leaf" for i in back], rng.normal(size=k).round(2), 0.0)
    return [ops[i] for i in back], [[number[p] for p in parents[i]] for i in back], values, number[-1]


@ex.inputs
def inputs(rng):
    yield ["leaf"], [[]], np.array([2.0]), 0
    yield ["leaf", "add"], [[], [0, 0]], np.array([3.0, 0.0]), 1
    yield ["leaf", "mul"], [[], [0, 0]], np.array([3.0, 0.0]), 1
    yield ["tanh", "leaf", "leaf"], [[1], [], []], np.array([0.0, 0.5, 4.0]), 0
    # b = a², c = ab, L = b + c, numbered so that neither direction is an order
    yield ["mul", "leaf", "add", "mul"], [[1, 1], [], [0, 3], [1, 0]], np.array([0.0, 2.0, 0.0, 0.0]), 2
    yield (
        ["add", "mul", "leaf", "leaf", "tanh"],
        [[1, 4], [2, 3], [], [], [1]],
        np.array([0, 0, 0.5, -2.0, 0]),
        0,
    )
    for leaves, made in ((1, 3), (2, 3), (2, 5), (3, 6), (3, 9)):
        yield _random_graph(rng, leaves, made)


@ex.reference
def graph_backward(ops, parents, values, output):
    order, seen = [], set()

    def visit(i):
        if i not in seen:
            seen.add(i)
            for parent in parents[i]:
                visit(parent)
            order.append(i)  # after all its parents

    visit(output)
    v, delta = np.array(values, dtype=float), np.zeros(len(ops))
    for i in order:
        inputs = [v[parent] for parent in parents[i]]
        if ops[i] == "add":
            v[i] = inputs[0] + inputs[1]
        elif ops[i] == "mul":
            v[i] = inputs[0] * inputs[1]
        elif ops[i] == "tanh":
            v[i] = np.tanh(inputs[0])
    delta[output] = 1.0
    for i in reversed(order):
        if ops[i] == "add":
            slopes = [1.0, 1.0]
        elif ops[i] == "mul":
            slopes = [v[parents[i][1]], v[parents[i][0]]]
        else:
            slopes = [1 - v[i] ** 2]
        for parent, slope in zip(parents[i], slopes):
            delta[parent] += delta[i] * slope
    return delta


@ex.accepts
def forward_from_each_node(ops, parents, values, output):
    """The slope of the output, carried forward from one node after another: right, but a pass for each."""
    k, memory = len(ops), {}

    def value(i):
        if i not in memory:
            x = [value(parent) for parent in parents[i]]
            memory[i] = {
                "leaf": lambda: values[i],
                "add": lambda: x[0] + x[1],
                "mul": lambda: x[0] * x[1],
                "tanh": lambda: np.tanh(x[0]),
            }[ops[i]]()
        return memory[i]

    def slope(i, source, known):
        if i == source:
            return 1.0
        if i not in known:
            s = [slope(parent, source, known) for parent in parents[i]]
            x = [value(parent) for parent in parents[i]]
            if ops[i] == "add":
                known[i] = s[0] + s[1]
            elif ops[i] == "mul":
                known[i] = s[0] * x[1] + x[0] * s[1]
            elif ops[i] == "tanh":
                known[i] = s[0] * (1 - value(i) ** 2)
            else:
                known[i] = 0.0
        return known[i]

    return np.array([slope(output, source, {}) for source in range(k)])


@ex.accepts
def by_counting_users(ops, parents, values, output):
    """A node speaks when all its users have spoken."""
    k = len(ops)
    waiting = [0] * k
    for inputs in parents:
        for parent in inputs:
            waiting[parent] += 1
    free, order = [i for i in range(k) if waiting[i] == 0], []
    while free:
        i = free.pop()
        order.append(i)
        for parent in parents[i]:
            waiting[parent] -= 1
            if waiting[parent] == 0:
                free.append(parent)
    v = np.array(values, dtype=float)
    for i in order[::-1]:
        x = v[parents[i]] if parents[i] else None
        if ops[i] != "leaf":
            v[i] = {"add": np.sum, "mul": np.prod, "tanh": lambda x: np.tanh(x[0])}[ops[i]](x)
    delta = np.eye(k)[output]
    for i in order:
        for position, parent in enumerate(parents[i]):
            slope = {"add": 1.0, "mul": v[parents[i][-1 - position]], "tanh": 1 - v[i] ** 2}[ops[i]]
            delta[parent] += slope * delta[i]
    return delta


def _local_slopes(op, x, y):
    if op == "add":
        return [1.0, 1.0]
    if op == "mul":
        return [x[1], x[0]]
    return [1 - y**2] if op == "tanh" else []


def _values(ops, parents, values):
    v = np.array(values, dtype=float)
    for i in _find_order(parents):
        x = [v[parent] for parent in parents[i]]
        if ops[i] != "leaf":
            v[i] = x[0] + x[1] if ops[i] == "add" else x[0] * x[1] if ops[i] == "mul" else np.tanh(x[0])
    return v


def _graph(ops, parents, values, output, slopes=_local_slopes, add=True, order=None, once=False, start=None):
    """The same pass with one thing wrong."""
    v, delta = _values(ops, parents, values), np.zeros(len(ops))
    delta[output] = 1.0 if start is None else start(v[output])
    for i in _find_order(parents)[::-1] if order is None else order:
        sent = list(zip(parents[i], slopes(ops[i], [v[parent] for parent in parents[i]], v[i]), strict=True))
        for parent, slope in dict(sent).items() if once else sent:
            delta[parent] = delta[parent] * add + delta[i] * slope
    return delta


@ex.mistake(
    "At a reused node you overwrote the gradient instead of adding to it. Each use sends a part, and $\\delta a$ is their sum."
)
def overwritten(ops, parents, values, output):
    return _graph(ops, parents, values, output, add=False)


@ex.mistake(
    "You visit the nodes by falling number. The numbers say nothing about the order: a node may speak only after all nodes that "
    "use it. Find a topological order first."
)
def by_falling_number(ops, parents, values, output):
    return _graph(ops, parents, values, output, order=range(len(ops))[::-1])


@ex.mistake(
    "You visit the nodes by rising number. The numbers say nothing about the order: a node may speak only after all nodes that "
    "use it. Find a topological order first, and walk it in reverse."
)
def by_rising_number(ops, parents, values, output):
    return _graph(ops, parents, values, output, order=range(len(ops)))


@ex.mistake(
    "You walk along the topological order instead of against it. Deltas go from the output back to the leaves: reverse it."
)
def order_not_reversed(ops, parents, values, output):
    return _graph(ops, parents, values, output, order=_find_order(parents))


@ex.mistake(
    "A node that uses the same parent twice sends only once in your pass. In $a + a$ and $a \\cdot a$ each place is "
    "a use of its own, "
    "and the parts add."
)
def same_parent_once(ops, parents, values, output):
    return _graph(ops, parents, values, output, once=True)


@ex.mistake(
    "In a product you hand over each factor's own value. The slope of $ab$ for $a$ is the *other* factor, $b$."
)
def own_factor(ops, parents, values, output):
    return _graph(
        ops, parents, values, output, slopes=lambda op, x, y: x if op == "mul" else _local_slopes(op, x, y)
    )


@ex.mistake(
    "You took the derivative of $\\tanh$ at its output: $1 - \\tanh(y)^2$. With the output $y$ known it is $1 - y^2$."
)
def derivative_at_the_output(ops, parents, values, output):
    return _graph(
        ops,
        parents,
        values,
        output,
        slopes=lambda op, x, y: [1 - np.tanh(y) ** 2] if op == "tanh" else _local_slopes(op, x, y),
    )


@ex.mistake(
    "You started with the output's value. The backward pass starts with $\\delta L = \\partial L/\\partial L = 1$, "
    "whatever $L$ is."
)
def started_with_the_value(ops, parents, values, output):
    return _graph(ops, parents, values, output, start=lambda value: value)


@ex.mistake(
    "Your pass sends a node's whole delta on each time that a part arrives, so earlier parts travel again. Wait until all parts "
    "are there, then send once."
)
def sent_again(ops, parents, values, output):
    v, delta = _values(ops, parents, values), np.zeros(len(ops))
    delta[output] = 1.0

    def send(i):
        for parent, slope in zip(
            parents[i], _local_slopes(ops[i], [v[p] for p in parents[i]], v[i]), strict=True
        ):
            delta[parent] += delta[i] * slope
            send(parent)

    send(output)
    return delta


# 10 ────────────────────────────────────────────────────────────────────────────────────────────────────────────

ex = exercise(
    "two-layer-step",
    entry="network_step",
    parts=("loss", "W1", "b1", "W2", "b2"),
    hints=[
        "Forward first, and keep what you compute: $A$, $H$, $Z$, the probabilities $P$, the loss. Then one line back "
        "for each line "
        "forward.",
        "The chain of deltas is $\\delta Z$, then $\\delta H$, then $\\delta A$. Each layer's weights and biases branch "
        "off as in the "
        "exercise on a layer, with $H$ as the input of the second one.",
        "Compute *all* deltas before you change any parameter: $\\delta H$ needs the old $W_2$. A new parameter is the "
        "old one minus "
        "`rate` times its delta, as a new array.",
    ],
)


@ex.inputs
def inputs(rng):
    yield (
        np.array([[1.0]]),
        np.array([1]),
        np.array([[0.5]]),
        np.array([0.25]),
        np.array([[1.0, -1.0]]),
        np.array([0.0, 0.5]),
        1.0,
    )
    yield (
        np.array([[1.0, 0.0], [0.5, -1.0]]),
        np.array([0, 1]),
        np.array([[1.0, 0.5], [-0.5, 1.0]]),
        np.array([0.0, 0.5]),
        np.array([[1.0, 0.5], [2.0, -1.0]]),
        np.array([0.25, -0.25]),
        0.5,
    )
    for n, d, m, c in ((2, 2, 2, 2), (3, 2, 3, 3), (4, 3, 2, 3)):
        X, labels = rng.normal(size=(n, d)), rng.integers(c, size=n, dtype=int)
        yield X, labels, *_parameters(rng, d, m, c), float(rng.integers(1, 9, dtype=int)) / 4
    for n, m in ((5, 3), (9, 6)):
        X, labels = _pick_flowers(rng, n)
        center = IRIS[:, :4].mean(axis=0)
        yield (X - center).round(3), labels, *_parameters(rng, 4, m, 3), 0.5


def _parameters(rng, d, m, c):
    return (
        rng.normal(size=(d, m)) / 2,
        rng.normal(size=m) / 2,
        rng.normal(size=(m, c)),
        rng.normal(size=c) / 2,
    )


@ex.reference
def network_step(X, labels, W1, b1, W2, b2, rate):
    n = len(X)
    H = np.tanh(X @ W1 + b1)  # (n, m)
    Z = H @ W2 + b2  # (n, c)
    Z = Z - Z.max(axis=1, keepdims=True)
    P = np.exp(Z) / np.exp(Z).sum(axis=1, keepdims=True)
    loss = -np.mean(np.log(P[np.arange(n), labels]))

    dZ = P.copy()
    dZ[np.arange(n), labels] -= 1
    dZ /= n
    dA = (dZ @ W2.T) * (1 - H**2)
    return (
        loss,
        W1 - rate * (X.T @ dA),
        b1 - rate * dA.sum(axis=0),
        W2 - rate * (H.T @ dZ),
        b2 - rate * dZ.sum(axis=0),
    )


@ex.accepts
def with_ones_for_biases(X, labels, W1, b1, W2, b2, rate):
    """The biases as a last row of the weights, which meets a column of ones."""
    n, ones = len(X), np.ones((len(X), 1))
    V1, V2 = np.vstack([W1, b1]), np.vstack([W2, b2])
    X1 = np.hstack([X, ones])
    H1 = np.hstack([np.tanh(X1 @ V1), ones])
    Z = H1 @ V2
    log_P = Z - np.logaddexp.reduce(Z, axis=1)[:, None]
    Y = np.eye(len(b2))[labels]
    dZ = (np.exp(log_P) - Y) / n
    dA = (dZ @ W2.T) / np.cosh(X1 @ V1) ** 2
    V1, V2 = V1 - rate * X1.T @ dA, V2 - rate * H1.T @ dZ
    return -np.sum(Y * log_P) / n, V1[:-1], V1[-1], V2[:-1], V2[-1]


@ex.accepts
def flower_by_flower(X, labels, W1, b1, W2, b2, rate):
    loss, new = 0.0, [W1.copy(), b1.copy(), W2.copy(), b2.copy()]
    for x, label in zip(X, labels):
        h = np.tanh(x @ W1 + b1)
        z = h @ W2 + b2
        log_p = z - np.logaddexp.reduce(z)
        loss -= log_p[label] / len(X)
        dz = np.exp(log_p)
        dz[label] -= 1
        da = (W2 @ dz) * (1 - h**2)
        for param, delta in zip(new, (np.outer(x, da), da, np.outer(h, dz), dz)):
            param -= rate / len(X) * delta
    return loss, *new


def _loss(X, labels, W1, b1, W2, b2):
    P = _softmax(np.tanh(X @ W1 + b1) @ W2 + b2)
    return -np.mean(np.log(P[np.arange(len(X)), labels]))


def _step(
    case,
    slope=lambda A, H: 1 - H**2,
    pull=lambda P, Y, n: (P - Y) / n,
    pool=np.sum,
    sign=1.0,
    turn=lambda W2: W2.T,
    early=False,
):
    """The same step with one thing wrong."""
    X, labels, W1, b1, W2, b2, rate = case
    A = X @ W1 + b1
    H = np.tanh(A)
    dZ = pull(_softmax(H @ W2 + b2), np.eye(len(b2))[labels], len(X))
    new_W2 = W2 - sign * rate * H.T @ dZ
    dA = dZ @ turn(new_W2 if early else W2) * slope(A, H)
    return (
        _loss(X, labels, W1, b1, W2, b2),
        W1 - sign * rate * X.T @ dA,
        b1 - sign * rate * pool(dA, axis=0),
        new_W2,
        b2 - sign * rate * pool(dZ, axis=0),
    )


@ex.mistake(
    "The way back skips the $\\tanh$: $\\delta A = \\delta H \\odot (1 - H^2)$. Without its slope the first layer "
    "gets a wrong gradient."
)
def activation_skipped(X, labels, W1, b1, W2, b2, rate):
    return _step((X, labels, W1, b1, W2, b2, rate), slope=lambda A, H: 1.0)


@ex.mistake(
    "You took the derivative of $\\tanh$ at its output: $1 - \\tanh(H)^2$. With the output $H$ known it is $1 - H^2$."
)
def derivative_at_the_output(X, labels, W1, b1, W2, b2, rate):
    return _step((X, labels, W1, b1, W2, b2, rate), slope=lambda A, H: 1 - np.tanh(H) ** 2)


@ex.mistake("You wrote $1 - A^2$. The formula for $\\tanh$ wants its output: $1 - H^2$.")
def input_for_output(X, labels, W1, b1, W2, b2, rate):
    return _step((X, labels, W1, b1, W2, b2, rate), slope=lambda A, H: 1 - A**2)


@ex.mistake(
    "You changed $W_2$ before the backward pass was done: $\\delta H = \\delta Z\\,W_2^\\top$ needs the $W_2$ of the "
    "forward pass. Compute "
    "all deltas first, then step."
)
def stepped_too_early(X, labels, W1, b1, W2, b2, rate):
    return _step((X, labels, W1, b1, W2, b2, rate), early=True)


@ex.mistake("The $1/n$ is missing: the loss is a mean over $n$ rows, so $\\delta Z = (P - Y)/n$.")
def mean_forgotten(X, labels, W1, b1, W2, b2, rate):
    return _step((X, labels, W1, b1, W2, b2, rate), pull=lambda P, Y, n: P - Y)


@ex.mistake(
    "Your step goes uphill. Gradient descent moves *against* the gradient: minus `rate` times the delta, with "
    "$\\delta Z = (P - Y)/n$."
)
def uphill(X, labels, W1, b1, W2, b2, rate):
    return _step((X, labels, W1, b1, W2, b2, rate), sign=-1.0)


@ex.mistake(
    "Your bias deltas are averages over the rows. A broadcast bias sums its deltas; the $1/n$ is in $\\delta Z$ already."
)
def biases_averaged(X, labels, W1, b1, W2, b2, rate):
    return _step((X, labels, W1, b1, W2, b2, rate), pool=np.mean)


@ex.mistake(
    "$W_2$ is to be transposed on the way back: $\\delta H = \\delta Z\\,W_2^\\top$. With a square $W_2$ no shape "
    "error warns you."
)
def weights_not_transposed(X, labels, W1, b1, W2, b2, rate):
    return _step((X, labels, W1, b1, W2, b2, rate), turn=lambda W2: W2)


@ex.mistake(
    "Only the second layer moved. The gradient goes on to the first one: $\\delta H = \\delta Z\\,W_2^\\top$, then "
    "through the $\\tanh$."
)
def first_layer_left(X, labels, W1, b1, W2, b2, rate):
    return _step((X, labels, W1, b1, W2, b2, rate), slope=lambda A, H: 0.0)


@ex.mistake("The parameters are right, but you gave the loss after the step. Asked is the loss before it.")
def loss_after_the_step(X, labels, W1, b1, W2, b2, rate):
    _, *new = _step((X, labels, W1, b1, W2, b2, rate))
    return _loss(X, labels, *new), *new


@ex.mistake(
    "You returned the deltas. Asked are the new parameters: the old ones minus `rate` times the deltas."
)
def deltas_instead_of_parameters(X, labels, W1, b1, W2, b2, rate):
    loss, *new = _step((X, labels, W1, b1, W2, b2, 1.0))
    return loss, *(old - moved for old, moved in zip((W1, b1, W2, b2), new, strict=True))
