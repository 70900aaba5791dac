"""What grades the ten exercises of this chapter; their tasks and starters stand in index.md.

Each mistake below is a whole wrong solution. It is recognised by what it computes, on all cases, not by how it is written.
"""

from functools import partial

import numpy as np

from pellucid.grading import exercise

# 1 ─────────────────────────────────────────────────────────────────────────────────────────────────────────────

ex = exercise(
    "affine-prediction",
    entry="affine_prediction",
    hints=[
        "Each feature has its own weight, and the whole has one offset $b$: "
        "$w^\\top x + b = w_1 x_1 + \\dots + w_d x_d + b$.",
        "The inner product $w^\\top x$ of two vectors of length $d$ is one number. NumPy writes it with `@`.",
        "Try it by hand for $x = (2, 3)$, $w = (0.5, -1)$, $b = 4$: the inner product is $1 - 3 = -2$. "
        "What is left to do, and how often is it done?",
    ],
)


@ex.inputs
def inputs(rng):
    yield np.array([2.0, 3.0]), np.array([0.5, -1.0]), 4.0
    yield np.array([3.0]), np.array([2.0]), -1.0
    yield np.array([0.0, 0.0]), np.array([1.0, 2.0]), 0.5
    yield np.array([1.0, 2.0, 3.0]), np.array([1.0, -1.0, 2.0]), 0.0
    for d in (1, 2, 3, 4, 5, 8):
        yield rng.normal(size=d), rng.normal(size=d), float(rng.normal())


@ex.reference
def affine_prediction(x, w, b):
    return w @ x + b


@ex.accepts
def one_product_at_a_time(x, w, b):
    total = b
    for weight, feature in zip(w, x):
        total = total + weight * feature
    return total


@ex.accepts
def offset_as_a_weight(x, w, b):
    return np.append(w, b) @ np.append(x, 1.0)


@ex.mistake("You computed $w^\\top x$ and left out the offset: the affine prediction is $w^\\top x + b$.")
def no_offset(x, w, b):
    return w @ x


@ex.mistake("You subtracted the offset. The sign is $+$: $w^\\top x + b$.")
def offset_subtracted(x, w, b):
    return w @ x - b


@ex.mistake(
    "You multiplied feature by feature and did not sum: $w^\\top x = \\sum_j w_j x_j$ is one number, and "
    "`w * x` is still a vector of shape $(d,)$."
)
def not_summed(x, w, b):
    return w * x + b


@ex.mistake(
    "You added $b$ once for each feature. It belongs outside the sum: $\\sum_j w_j x_j + b$, not "
    "$\\sum_j (w_j x_j + b)$."
)
def offset_in_every_term(x, w, b):
    return np.sum(w * x + b)


@ex.mistake(
    "You summed before you multiplied: $(\\sum_j w_j)(\\sum_j x_j)$ mixes every weight with every feature."
)
def product_of_sums(x, w, b):
    return np.sum(w) * np.sum(x) + b


# 2 ─────────────────────────────────────────────────────────────────────────────────────────────────────────────

ex = exercise(
    "least-squares",
    entry="least_squares",
    hints=[
        "At the minimum the gradient $X^\\top(Xw - y)$ is zero: the residual is orthogonal to every column "
        "of $X$.",
        "Setting it to zero gives the normal equations $X^\\top X\\,w = X^\\top y$: $d$ linear equations "
        "in $d$ unknowns.",
        "Let NumPy solve the system, without forming an inverse: `np.linalg` has a function for linear "
        "equations and one that takes $X$ and $y$ as they are. Look at how many things the latter hands "
        "back.",
    ],
)


@ex.inputs
def inputs(rng):
    yield np.array([[1.0, 1.0], [1.0, 2.0], [1.0, 3.0]]), np.array([1.0, 2.0, 2.0])
    yield np.array([[2.0]]), np.array([6.0])
    yield np.array([[1.0], [2.0]]), np.array([1.0, 3.0])
    yield np.array([[1.0, 2.0], [0.0, 1.0]]), np.array([1.0, -1.0])
    yield np.array([[1.0, 0.0], [0.0, 1.0], [1.0, 1.0]]), np.array([1.0, 2.0, 4.0])
    for n, d in ((3, 2), (4, 3), (5, 2), (6, 4), (8, 3), (12, 5)):
        yield np.column_stack([np.ones(n), rng.normal(size=(n, d - 1))]), rng.normal(1.0, 2.0, size=n)


@ex.reference
def least_squares(X, y):
    w, *_ = np.linalg.lstsq(X, y, rcond=None)
    return w


@ex.accepts
def by_qr(X, y):
    Q, R = np.linalg.qr(X)  # (n, d), (d, d)
    return np.linalg.solve(R, Q.T @ y)


@ex.accepts
def by_pseudo_inverse(X, y):
    return np.linalg.pinv(X) @ y


@ex.accepts
def by_normal_equations(X, y):
    return np.linalg.solve(X.T @ X, X.T @ y)


@ex.mistake(
    "You handed back all that `np.linalg.lstsq` gives: solution, residual sum, rank and singular values. "
    "The coefficients $w$ are the first of the four."
)
def all_four_results(X, y):
    return np.linalg.lstsq(X, y, rcond=None)


@ex.mistake(
    "You stopped at $X^\\top y$, the right-hand side. The normal equations $X^\\top X\\,w = X^\\top y$ are "
    "still to be solved for $w$."
)
def not_solved(X, y):
    return X.T @ y


@ex.mistake(
    "You fitted each column alone, $w_j = x_j^\\top y / x_j^\\top x_j$. That is right only where the "
    "columns are orthogonal; otherwise the coefficients depend on one another through $X^\\top X$."
)
def one_column_at_a_time(X, y):
    return (X.T @ y) / np.sum(X**2, axis=0)


@ex.mistake(
    "You took $1/a$ of each entry of $X^\\top X$. The inverse of a matrix is not the matrix of inverses: "
    "$A^{-1}A = I$ needs a solver."
)
def entrywise_inverse(X, y):
    with np.errstate(divide="ignore", invalid="ignore"):
        return (1 / (X.T @ X)) @ (X.T @ y)


@ex.mistake(
    "You gave the fitted values $\\hat y = Xw$, of shape $(n,)$. The question is for the coefficients $w$, "
    "of shape $(d,)$."
)
def fitted_values(X, y):
    return X @ np.linalg.lstsq(X, y, rcond=None)[0]


@ex.mistake(
    "You subtracted the means of $X$ and $y$ first. That fits another model, with an intercept of its own: "
    "here $X$ stays as it is."
)
def centred_first(X, y):
    return np.linalg.pinv(X - X.mean(axis=0)) @ (y - y.mean())


# 3 ─────────────────────────────────────────────────────────────────────────────────────────────────────────────

ex = exercise(
    "squared-loss-gradient",
    entry="squared_loss_gradient",
    hints=[
        "Write the loss with the residual $r = Xw - y$: $\\tfrac12\\lVert r\\rVert^2 = \\tfrac12\\sum_i "
        "r_i^2$. What is the derivative with respect to one $r_i$?",
        "Now the chain rule: $w_j$ enters $r_i$ with the factor $X_{ij}$, so "
        "$\\partial L/\\partial w_j = \\sum_i X_{ij}\\, r_i$. Which product of a matrix and a vector is "
        "that sum?",
        "Check the shapes: the residual is $(n,)$, the gradient is $(d,)$. A matrix that leads from one to "
        "the other has shape $(d, n)$.",
    ],
)


@ex.inputs
def inputs(rng):
    yield np.eye(2), np.array([1.0, -1.0]), np.array([0.2, 0.3])
    yield np.array([[2.0]]), np.array([1.0]), np.array([3.0])
    yield np.array([[1.0, 2.0]]), np.array([0.0]), np.array([1.0, 1.0])
    yield np.array([[1.0, 2.0], [0.0, 1.0]]), np.array([1.0, 2.0]), np.array([1.0, -1.0])
    yield np.array([[1.0], [2.0], [4.0]]), np.array([1.0, 0.0, -1.0]), np.array([0.5])
    for n, d in ((2, 3), (3, 3), (4, 2), (5, 4), (8, 3), (10, 5)):
        yield rng.normal(size=(n, d)), rng.normal(size=n), rng.normal(size=d)


@ex.reference
def squared_loss_gradient(X, y, w):
    residual = X @ w - y  # (n,)
    return X.T @ residual  # (d,)


@ex.accepts
def row_by_row(X, y, w):
    gradient = np.zeros(len(w))
    for x, target in zip(X, y):
        gradient += (x @ w - target) * x
    return gradient


@ex.accepts
def multiplied_out(X, y, w):
    return X.T @ X @ w - X.T @ y


@ex.mistake(
    "Your residual is $y - Xw$, and so your gradient points the other way: the gradient of "
    "$\\tfrac12\\lVert Xw - y\\rVert^2$ is $X^\\top(Xw - y)$."
)
def residual_reversed(X, y, w):
    return X.T @ (y - X @ w)


@ex.mistake(
    "You divided by $n$. This loss is a sum over the observations, not a mean: its gradient has no factor "
    "$1/n$."
)
def mean_instead_of_sum(X, y, w):
    return X.T @ (X @ w - y) / len(y)


@ex.mistake(
    "You kept a factor 2. The loss carries $\\tfrac12$, which cancels the 2 of the derivative of the square."
)
def factor_two(X, y, w):
    return 2 * X.T @ (X @ w - y)


@ex.mistake(
    "You multiplied by $X$ where $X^\\top$ is needed. $X$ leads from coefficients to observations; the "
    "gradient goes the way back, from $(n,)$ to $(d,)$. With a square $X$ no shape error warns you."
)
def not_transposed(X, y, w):
    return X @ (X @ w - y)


@ex.mistake(
    "You stopped at the residual $Xw - y$. The chain rule asks for one factor more: the derivative of $Xw$ "
    "with respect to $w$."
)
def residual_only(X, y, w):
    return X @ w - y


@ex.mistake(
    "You computed $X^\\top X w$, the gradient for $y = 0$: the targets are missing from the residual "
    "$Xw - y$."
)
def targets_left_out(X, y, w):
    return X.T @ (X @ w)


@ex.mistake(
    "You have one gradient for each observation, of shape $(n, d)$. The loss is their sum, so the gradient "
    "is the sum over the rows."
)
def not_summed_over_rows(X, y, w):
    return X * (X @ w - y)[:, None]


# 4 ─────────────────────────────────────────────────────────────────────────────────────────────────────────────

ex = exercise(
    "gradient-step",
    entry="gradient_step",
    hints=[
        "The gradient points to where the loss grows fastest. A step of descent goes the other way, its "
        "length scaled by the step size.",
        "You know the gradient of $\\tfrac12\\lVert Xw - y\\rVert^2$ from the exercise before. Compute it "
        "at the given $w$ first.",
        "The new point is the old one, corrected. Build it as a new array: `-=` would change the $w$ of "
        "whoever called you.",
    ],
)


@ex.inputs
def inputs(rng):
    yield np.eye(2), np.array([0.0, 0.0]), np.array([1.0, -1.0]), 0.1
    yield np.array([[2.0]]), np.array([1.0]), np.array([3.0]), 0.25
    yield np.array([[1.0, 2.0]]), np.array([1.0]), np.array([1.0, -1.0]), 0.5
    yield np.array([[1.0, 2.0], [0.0, 1.0]]), np.array([1.0, 2.0]), np.array([1.0, -1.0]), 0.1
    yield (
        np.array([[1.0, 0.0], [1.0, 1.0], [1.0, 2.0]]),
        np.array([0.0, 1.0, 3.0]),
        np.array([1.0, -1.0]),
        0.05,
    )
    for n, d in ((2, 3), (3, 3), (4, 2), (6, 4), (10, 3)):
        yield rng.normal(size=(n, d)), rng.normal(size=n), rng.normal(size=d), float(rng.uniform(0.01, 0.4))


@ex.reference
def gradient_step(X, y, w, step):
    gradient = X.T @ (X @ w - y)  # (d,)
    return w - step * gradient


@ex.accepts
def residual_turned_round(X, y, w, step):
    return w + step * (X.T @ (y - X @ w))


@ex.accepts
def as_a_linear_map(X, y, w, step):
    return (np.eye(len(w)) - step * X.T @ X) @ w + step * X.T @ y


@ex.mistake(
    "You went uphill: $w + \\eta\\nabla L$ makes the loss larger. Descent subtracts: $w - \\eta\\nabla L(w)$."
)
def uphill(X, y, w, step):
    return w + step * (X.T @ (X @ w - y))


@ex.mistake(
    "You changed $w$ in place. The numbers are right, but the caller's array now holds them too: the old "
    "point is lost, and with it any comparison of before and after. Write `w - …`, not `w -= …`."
)
def in_place(X, y, w, step):
    w -= step * (X.T @ (X @ w - y))
    return w


@ex.mistake(
    "You gave the gradient itself. The step is still to be taken: from $w$, against the gradient, scaled "
    "by the step size."
)
def gradient_only(X, y, w, step):
    return X.T @ (X @ w - y)


@ex.mistake(
    "You gave the step alone, $\\eta\\nabla L$ up to its sign. The new point is the old one, $w$, minus that step.",
    sign=(-1, 1),
)
def step_alone(X, y, w, step, sign):
    return sign * step * (X.T @ (X @ w - y))


@ex.mistake(
    "You left out the step size: $w - \\nabla L$ is a step with $\\eta = 1$, which usually overshoots."
)
def no_step_size(X, y, w, step):
    return w - X.T @ (X @ w - y)


@ex.mistake(
    "You divided the gradient by $n$. This loss is a sum, $\\tfrac12\\lVert Xw - y\\rVert^2$, so its "
    "gradient has no factor $1/n$.",
    factor=(1, 2),
)
def mean_gradient(X, y, w, step, factor):
    return w - factor * step * (X.T @ (X @ w - y)) / len(y)


@ex.mistake(
    "Your gradient is twice too long: the $\\tfrac12$ of the loss cancels the 2 of the derivative of the "
    "square."
)
def doubled_gradient(X, y, w, step):
    return w - 2 * step * (X.T @ (X @ w - y))


# 5 ─────────────────────────────────────────────────────────────────────────────────────────────────────────────

ex = exercise(
    "ridge-solution",
    entry="ridge_solution",
    hints=[
        "Set the gradient of $\\lVert Xw - y\\rVert^2 + \\lambda\\lVert w\\rVert^2$ to zero. The penalty "
        "adds one term to that of least squares.",
        "You get $X^\\top(Xw - y) + \\lambda w = 0$: a linear system again. Collect what multiplies $w$.",
        "To collect, write $\\lambda w$ as $\\lambda I w$, with $I$ of size $d$ (`np.eye`). For $X = I$ "
        "the matrix on the left is $(1 + \\lambda) I$.",
    ],
)


@ex.inputs
def inputs(rng):
    yield np.eye(2), np.array([3.0, -6.0]), 2.0
    yield np.eye(1), np.array([4.0]), 0.5
    yield np.eye(3), np.array([1.0, 2.0, -3.0]), 0.25
    yield np.array([[1.0, 2.0]]), np.array([5.0]), 1.0
    yield np.array([[2.0], [1.0]]), np.array([1.0, 3.0]), 3.0
    yield np.array([[1.0, 1.0], [0.0, 2.0]]), np.array([1.0, -1.0]), 0.5
    for n, d in ((3, 2), (4, 3), (5, 5), (8, 3), (10, 4)):
        yield rng.normal(size=(n, d)), rng.normal(0.0, 2.0, size=n), float(rng.uniform(0.1, 5.0))


@ex.reference
def ridge_solution(X, y, lam):
    d = X.shape[1]
    return np.linalg.solve(X.T @ X + lam * np.eye(d), X.T @ y)


@ex.accepts
def as_longer_least_squares(X, y, lam):
    d = X.shape[1]
    X_longer = np.vstack([X, np.sqrt(lam) * np.eye(d)])  # (n + d, d)
    y_longer = np.append(y, np.zeros(d))  # (n + d,)
    return np.linalg.lstsq(X_longer, y_longer, rcond=None)[0]


@ex.accepts
def by_singular_values(X, y, lam):
    U, s, Vt = np.linalg.svd(X, full_matrices=False)
    return Vt.T @ (s / (s**2 + lam) * (U.T @ y))


@ex.mistake(
    "You gave $y/(1+\\lambda)$. That is right for $X = I$, and shows what ridge does: it shrinks. For any "
    "other $X$ solve $(X^\\top X + \\lambda I)w = X^\\top y$; with $X = I$ it becomes your formula."
)
def identity_alone(X, y, lam):
    return y / (1 + lam)


@ex.mistake(
    "You shrank the least-squares solution by $1/(1+\\lambda)$. That is ridge only where $X^\\top X = I$; "
    "in general each direction shrinks by its own $s^2/(s^2 + \\lambda)$."
)
def least_squares_shrunk(X, y, lam):
    return np.linalg.pinv(X) @ y / (1 + lam)


@ex.mistake(
    "The penalty is missing: this is least squares. Ridge solves $(X^\\top X + \\lambda I)w = X^\\top y$."
)
def no_penalty(X, y, lam):
    return np.linalg.lstsq(X, y, rcond=None)[0]


@ex.mistake(
    "The penalty is missing, and so $X^\\top X$ is singular where $X$ has fewer rows than columns. "
    "$X^\\top X + \\lambda I$ is invertible for every $\\lambda > 0$."
)
def no_penalty_and_singular(X, y, lam):
    return np.linalg.solve(X.T @ X, X.T @ y)


@ex.mistake(
    "You added $\\lambda$ to every entry of $X^\\top X$: a number broadcasts over the whole matrix. The "
    "penalty is $\\lambda I$, on the diagonal alone."
)
def penalty_on_every_entry(X, y, lam):
    return np.linalg.solve(X.T @ X + lam, X.T @ y)


@ex.mistake(
    "You left the first coefficient without penalty, as one does with an intercept. Here no column is an "
    "intercept: $\\lambda$ stands on the whole diagonal."
)
def first_left_free(X, y, lam):
    D = np.eye(X.shape[1])
    D[0, 0] = 0.0
    return np.linalg.pinv(X.T @ X + lam * D) @ (X.T @ y)


@ex.mistake(
    "You subtracted $\\lambda I$. That takes away from the diagonal: the coefficients grow instead of "
    "shrinking."
)
def penalty_subtracted(X, y, lam):
    return np.linalg.solve(X.T @ X - lam * np.eye(X.shape[1]), X.T @ y)


@ex.mistake(
    "Your penalty is $n\\lambda$: that belongs to a loss that is a mean over the $n$ observations. This "
    "one is a sum."
)
def penalty_times_n(X, y, lam):
    n, d = X.shape
    return np.linalg.solve(X.T @ X + n * lam * np.eye(d), X.T @ y)


@ex.mistake(
    "Your penalty is half or twice $\\lambda$. In $\\lVert Xw - y\\rVert^2 + \\lambda\\lVert w\\rVert^2$ neither term "
    "carries a $\\tfrac12$: the 2 of both derivatives cancels, and $\\lambda$ enters as it is.",
    factor=(0.5, 2.0),
)
def penalty_scaled(X, y, lam, factor):
    return np.linalg.solve(X.T @ X + factor * lam * np.eye(X.shape[1]), X.T @ y)


@ex.mistake(
    "You squared $\\lambda$. The penalty is $\\lambda\\lVert w\\rVert^2$: its $\\lambda$ enters the system "
    "as it is."
)
def penalty_squared(X, y, lam):
    return np.linalg.solve(X.T @ X + lam**2 * np.eye(X.shape[1]), X.T @ y)


# 6 ─────────────────────────────────────────────────────────────────────────────────────────────────────────────

ex = exercise(
    "shrinkage-path",
    entry="shrinkage_path",
    parts=("W", "norms"),
    hints=[
        "Solve the ridge problem once for each $\\lambda$, and keep both solutions: that is two points of "
        "the path from least squares to zero.",
        "Stack the two solutions as rows of $W$, in the order of `lams`, whichever of them is larger.",
        "The norm of a row is $\\lVert w\\rVert = \\sqrt{\\sum_j w_j^2}$. `np.linalg.norm` takes an "
        "`axis`: which one runs along a row?",
    ],
)


@ex.inputs
def inputs(rng):
    yield np.eye(2), np.array([3.0, 4.0]), np.array([0.25, 4.0])
    yield np.array([[2.0]]), np.array([6.0]), np.array([1.0, 2.0])
    yield np.array([[1.0, 2.0], [0.0, 1.0]]), np.array([1.0, 2.0]), np.array([2.0, 0.5])
    yield np.array([[1.0, 0.0], [1.0, 1.0], [1.0, 2.0]]), np.array([1.0, 2.0, 2.0]), np.array([3.0, 3.0])
    for n, d in ((3, 2), (4, 3), (6, 3), (8, 2), (10, 5)):
        yield rng.normal(size=(n, d)), rng.normal(0.0, 2.0, size=n), rng.uniform(0.1, 9.0, size=2)


@ex.reference
def shrinkage_path(X, y, lams):
    d = X.shape[1]
    W = np.array([np.linalg.solve(X.T @ X + lam * np.eye(d), X.T @ y) for lam in lams])  # (2, d)
    return W, np.linalg.norm(W, axis=1)


@ex.accepts
def from_one_decomposition(X, y, lams):
    U, s, Vt = np.linalg.svd(X, full_matrices=False)
    shrinkage = s / (s**2 + lams[:, None])  # (2, d): a row for each λ
    W = (shrinkage * (U.T @ y)) @ Vt
    return W, np.sqrt(np.sum(W**2, axis=1))


@ex.accepts
def as_a_list(X, y, lams):
    rows = [np.linalg.solve(X.T @ X + lam * np.eye(X.shape[1]), X.T @ y) for lam in lams]
    return [rows, [float(np.sqrt(row @ row)) for row in rows]]


def _ridge(X, y, lam):
    return np.linalg.solve(X.T @ X + lam * np.eye(X.shape[1]), X.T @ y)


@ex.mistake("These are the squared norms $\\sum_j w_j^2$. The Euclidean norm is their square root.")
def squared_norms(X, y, lams):
    W = np.array([_ridge(X, y, lam) for lam in lams])
    return W, np.sum(W**2, axis=1)


@ex.mistake(
    "These are the norms $\\sum_j |w_j|$, which the lasso penalises. Ridge shrinks the Euclidean norm "
    "$\\sqrt{\\sum_j w_j^2}$."
)
def absolute_norms(X, y, lams):
    W = np.array([_ridge(X, y, lam) for lam in lams])
    return W, np.sum(np.abs(W), axis=1)


@ex.mistake(
    "You summed over the wrong axis: the norms of the columns of $W$ say how large each coefficient is "
    "over the path. Wanted is one norm for each $\\lambda$, along the rows."
)
def norms_of_the_columns(X, y, lams):
    W = np.array([_ridge(X, y, lam) for lam in lams])
    return W, np.linalg.norm(W, axis=0)


@ex.mistake(
    "Your solutions stand in the columns: $W$ is $(d, 2)$. Wanted is one row for each $\\lambda$, $(2, d)$."
)
def solutions_as_columns(X, y, lams):
    W = np.array([_ridge(X, y, lam) for lam in lams])
    return W.T, np.linalg.norm(W, axis=1)


@ex.mistake(
    "You sorted the $\\lambda$ first. The rows keep the order in which `lams` comes, also where the larger "
    "stands first."
)
def sorted_first(X, y, lams):
    W = np.array([_ridge(X, y, lam) for lam in sorted(lams)])
    return W, np.linalg.norm(W, axis=1)


@ex.mistake(
    "Both rows belong to the first $\\lambda$: there is nothing to compare. Solve anew for the second."
)
def first_lambda_twice(X, y, lams):
    W = np.array([_ridge(X, y, lams[0]) for _ in lams])
    return W, np.linalg.norm(W, axis=1)


@ex.mistake(
    "You left the first coefficient without penalty, as one does with an intercept. Here every coefficient "
    "is penalised: $\\lambda I$, the whole diagonal."
)
def first_left_free(X, y, lams):
    D = np.eye(X.shape[1])
    D[0, 0] = 0.0
    W = np.array([np.linalg.solve(X.T @ X + lam * D, X.T @ y) for lam in lams])
    return W, np.linalg.norm(W, axis=1)


@ex.mistake(
    "Your penalty is $n\\lambda$: that belongs to a loss that is a mean over the $n$ observations. This "
    "one is a sum."
)
def penalty_times_n(X, y, lams):
    W = np.array([_ridge(X, y, len(y) * lam) for lam in lams])
    return W, np.linalg.norm(W, axis=1)


# 7 ─────────────────────────────────────────────────────────────────────────────────────────────────────────────

ex = exercise(
    "logistic-probability",
    entry="logistic_probability",
    parts=("p", "loss"),
    hints=[
        "Do not go from $z$ to $p$ to $\\ln p$: where $p$ rounds to 0 or 1 the logarithm has lost what $z$ "
        "still knows. Write the loss in terms of $z$.",
        "With $p = \\sigma(z)$: $-\\ln p = \\ln(1 + e^{-z})$ and $-\\ln(1-p) = \\ln(1 + e^{z})$. Their "
        "difference is simple; use it to keep only one of the two.",
        "`np.logaddexp(a, b)` is $\\ln(e^a + e^b)$ without overflow, and $1 = e^0$. For $p$ itself, "
        "$e^{-z}$ may overflow only where its size does no harm.",
    ],
)


@ex.inputs
def inputs(rng):
    yield np.array([0.0]), np.array([1.0])
    yield np.array([0.0, 2.0]), np.array([0.0, 0.0])
    yield np.array([-1.0, 3.0]), np.array([1.0, 1.0])
    yield np.array([1000.0]), np.array([1.0])
    yield np.array([-1000.0]), np.array([0.0])
    yield np.array([1000.0, -800.0]), np.array([0.0, 1.0])
    yield np.array([40.0, -40.0, 0.5]), np.array([0.0, 1.0, 1.0])
    for n in (2, 3, 5, 8, 12):
        yield rng.normal(0.0, 3.0, size=n), rng.integers(0, 2, size=n).astype(float)


@ex.reference
def logistic_probability(z, y):
    p = np.exp(-np.logaddexp(0.0, -z))  # 1 / (1 + e^(-z))
    loss = np.mean(np.logaddexp(0.0, z) - y * z)
    return p, loss


@ex.accepts
def by_sign(z, y):
    small = np.exp(-np.abs(z))  # never more than 1
    p = np.where(z >= 0, 1.0, small) / (1.0 + small)
    loss = np.maximum(z, 0.0) - y * z + np.log1p(small)
    return p, loss.mean()


@ex.accepts
def by_margins(z, y):
    margins = (2 * y - 1) * z  # positive where the score has the right sign
    return 0.5 * (1.0 + np.tanh(0.5 * z)), np.logaddexp(0.0, -margins).mean()


def _losses(z, y):
    return np.logaddexp(0.0, z) - y * z


def _sigmoid(z):
    return np.exp(-np.logaddexp(0.0, -z))


@ex.mistake(
    "Your loss breaks down for large scores. Where $p$ rounds to 1, $\\ln(1-p)$ is $-\\infty$, and "
    "$0\\cdot\\infty$ is NaN. Write the loss in $z$: $-\\ln\\sigma(z) = \\ln(1 + e^{-z})$."
)
def unstable_loss(z, y):
    with np.errstate(all="ignore"):
        p = 1 / (1 + np.exp(-z))
        return p, -np.mean(y * np.log(p) + (1 - y) * np.log(1 - p))


@ex.mistake(
    "Your sigmoid is unstable for large scores: $e^z/(1+e^z)$ becomes $\\infty/\\infty$, which is NaN. "
    "Divide both by $e^z$, and let only $e^{-|z|}$ be computed."
)
def unstable_sigmoid(z, y):
    with np.errstate(all="ignore"):
        p = np.exp(z) / (1 + np.exp(z))
        return p, -np.mean(y * np.log(p) + (1 - y) * np.log(1 - p))


def _clipped(p, eps):
    q = np.clip(p, eps, 1 - eps)
    return np.log(q), np.log(1 - q)


def _shifted(p, eps):
    return np.log(p + eps), np.log(1 - p + eps)


@ex.mistake(
    "You kept $p$ away from 0 and 1 by a small number. That hides the infinity, but caps the loss: a score of 1000 with "
    "the wrong label costs 1000, not about 30. In terms of $z$ nothing needs to be capped.",
    logs=[partial(f, eps=eps) for f in (_clipped, _shifted) for eps in (1e-15, 1e-12, 1e-10, 1e-8, 1e-7)],
)
def capped(z, y, logs):
    p = _sigmoid(z)
    log_p, log_q = logs(p)
    return p, -np.mean(y * log_p + (1 - y) * log_q)


@ex.mistake(
    "The sign is missing: a log-likelihood is at most 0, and the loss is minus its mean, so at least 0."
)
def log_likelihood(z, y):
    return _sigmoid(z), -np.mean(_losses(z, y))


@ex.mistake("You summed the losses. The factor $1/n$ is missing: wanted is the mean over the $n$ scores.")
def sum_of_losses(z, y):
    return _sigmoid(z), np.sum(_losses(z, y))


@ex.mistake("You kept one loss for each score, $(n,)$. Wanted is their mean, one number.")
def not_averaged(z, y):
    return _sigmoid(z), _losses(z, y)


@ex.mistake(
    "The sign in the exponent is wrong: $1/(1+e^{z})$ is $\\sigma(-z) = 1 - \\sigma(z)$, which falls where "
    "the score grows."
)
def falling_sigmoid(z, y):
    return _sigmoid(-z), np.mean(_losses(-z, y))


@ex.mistake(
    "You exchanged the labels in the loss: $-\\ln p$ is the cost where $y = 1$, and $-\\ln(1-p)$ where "
    "$y = 0$."
)
def labels_exchanged(z, y):
    return _sigmoid(z), np.mean(_losses(z, 1 - y))


@ex.mistake(
    "The second half is missing: where $y = 0$ the cost is $-\\ln(1-p)$. Without it every zero is free."
)
def ones_alone(z, y):
    return _sigmoid(z), np.mean(y * np.logaddexp(0.0, -z))


@ex.mistake(
    "Your logarithm has base 2, which measures in bits. Cross-entropy here is in nats: the natural logarithm."
)
def base_two(z, y):
    return _sigmoid(z), np.mean(_losses(z, y)) / np.log(2)


# 8 ─────────────────────────────────────────────────────────────────────────────────────────────────────────────

ex = exercise(
    "softmax",
    entry="softmax",
    hints=[
        "Exponentiate, then divide by the sum: $p_k = e^{z_k}/\\sum_j e^{z_j}$. Each row is a distribution "
        "of its own.",
        "The probabilities do not change when one number is subtracted from all scores of a row: it "
        "cancels. Choose it so that no exponential can overflow.",
        "With the largest score of the row subtracted, every exponent is at most 0 and one is exactly 0. "
        "`keepdims=True` keeps a reduced axis, so that $(n, k)$ and $(n, 1)$ broadcast by row.",
    ],
)


@ex.inputs
def inputs(rng):
    yield (np.array([[0.0, 0.0]]),)
    yield (np.array([[5.0]]),)
    yield (np.array([[1.0, 2.0, 3.0]]),)
    yield (np.array([[1.0], [-2.0]]),)
    yield (np.array([[0.0, 1.0], [2.0, -1.0]]),)
    yield (np.array([[1000.0, 1001.0]]),)
    yield (np.array([[-1000.0, -1001.0]]),)
    yield (np.array([[1000.0, 1001.0], [-1000.0, -999.0]]),)
    for n, k in ((2, 3), (3, 3), (4, 2), (5, 4), (6, 3)):
        yield (rng.normal(0.0, 2.0, size=(n, k)),)


@ex.reference
def softmax(Z):
    E = np.exp(Z - Z.max(axis=1, keepdims=True))  # (n, k), largest entry of each row 1
    return E / E.sum(axis=1, keepdims=True)


@ex.accepts
def by_log_sum_exp(Z):
    return np.exp(Z - np.logaddexp.reduce(Z, axis=1, keepdims=True))


@ex.accepts
def row_by_row(Z):
    rows = []
    for z in Z:
        e = np.exp(z - np.max(z))
        rows.append(e / e.sum())
    return np.array(rows)


def _softmax(Z):
    E = np.exp(Z - Z.max(axis=1, keepdims=True))
    return E / E.sum(axis=1, keepdims=True)


@ex.mistake(
    "Your exponentials leave the range of floating-point numbers for large scores: $e^{1000}$ is infinite, "
    "$e^{-1000}$ is 0, and $\\infty/\\infty$ and $0/0$ are NaN. Subtract the largest score of each row "
    "first; it cancels."
)
def unstable(Z):
    with np.errstate(all="ignore"):
        E = np.exp(Z)
        return E / E.sum(axis=1, keepdims=True)


@ex.mistake(
    "Wrong axis: your columns sum to 1. The scores of one observation stand in a row, so normalise along "
    "`axis=1`."
)
def columns_normalised(Z):
    return _softmax(Z.T).T


@ex.mistake(
    "You divided by the sum over the whole matrix: all entries together sum to 1. Each row is a "
    "distribution of its own."
)
def whole_matrix_normalised(Z):
    E = np.exp(Z - Z.max())
    return E / E.sum()


@ex.mistake(
    "You subtracted the largest score of the whole matrix. A row that lies far below it underflows to "
    "$0/0$: take the maximum of each row."
)
def one_maximum_for_all(Z):
    with np.errstate(all="ignore"):
        E = np.exp(Z - Z.max())
        return E / E.sum(axis=1, keepdims=True)


@ex.mistake(
    "The row sums lost their axis: $(n, k)$ divided by $(n,)$ lines the sums up with the columns. With a "
    "square $Z$ that is wrong without an error. Use `keepdims=True` or `[:, None]`."
)
def sums_along_columns(Z):
    E = np.exp(Z - Z.max(axis=1, keepdims=True))
    return E / E.sum(axis=1)


@ex.mistake(
    "You divided the scores by their sum, without the exponential: negative scores give negative "
    "'probabilities', and 0/0 is possible."
)
def no_exponential(Z):
    with np.errstate(all="ignore"):
        return Z / Z.sum(axis=1, keepdims=True)


@ex.mistake(
    "You applied the sigmoid to each score alone, so the rows do not sum to 1. Softmax weighs the scores "
    "of a row against each other."
)
def sigmoid_of_each(Z):
    return np.exp(-np.logaddexp(0.0, -Z))


@ex.mistake("These are the logarithms of the probabilities: the last exponential is missing.")
def logarithms(Z):
    return Z - np.logaddexp.reduce(Z, axis=1, keepdims=True)


@ex.mistake(
    "You changed $Z$ in place. The probabilities are right, but the caller's scores are gone: `Z = Z - …` "
    "makes a new array, `Z -= …` does not."
)
def in_place(Z):
    Z -= Z.max(axis=1, keepdims=True)
    E = np.exp(Z)
    return E / E.sum(axis=1, keepdims=True)


# 9 ─────────────────────────────────────────────────────────────────────────────────────────────────────────────

ex = exercise(
    "standardization",
    entry="standardize",
    parts=("Z_train", "Z_test"),
    hints=[
        "The test set stands for data that you have not seen. Whatever is computed from it must not shape "
        "how it is treated.",
        "Compute one mean and one standard deviation for each column, both of shape $(d,)$, from the "
        "training rows.",
        "Use these same two vectors for both sets. Broadcasting lines a vector of shape $(d,)$ up with the "
        "columns.",
    ],
)


# Longley's data: GNP in millions of dollars, the unemployed in thousands, the year.
LONGLEY = np.array(
    """
    234289 2356 1947  259426 2325 1948  258054 3682 1949  284599 3351 1950  328975 2099 1951  346999 1932 1952
    365385 1870 1953  363112 3578 1954  397469 2904 1955  419180 2822 1956  442769 2936 1957  444546 4681 1958
    482704 3813 1959  502601 3931 1960  518173 4806 1961  554894 4007 1962
    """.split(),
    dtype=float,
).reshape(16, 3)


@ex.inputs
def inputs(rng):
    yield np.array([[1.0], [3.0]]), np.array([[5.0]])
    yield LONGLEY[:12], LONGLEY[12:]
    yield np.array([[0.0, 10.0], [2.0, 30.0]]), np.array([[1.0, 20.0], [4.0, 0.0]])
    yield np.array([[1.0, -1.0], [2.0, 0.0], [6.0, 4.0]]), np.array([[3.0, 1.0]])
    for n, m, d in ((2, 3, 2), (3, 2, 3), (4, 4, 2), (5, 3, 4), (8, 4, 3), (12, 6, 2)):
        centre, spread = rng.normal(0.0, 3.0, size=d), rng.uniform(0.5, 3.0, size=d)
        yield centre + spread * rng.normal(size=(n, d)), centre + 1.0 + spread * rng.normal(size=(m, d))


@ex.reference
def standardize(X_train, X_test):
    mean = X_train.mean(axis=0)  # (d,)
    std = X_train.std(axis=0)  # (d,)
    return (X_train - mean) / std, (X_test - mean) / std


@ex.accepts
def from_the_definition(X_train, X_test):
    n = len(X_train)
    mean = X_train.sum(axis=0) / n
    std = np.sqrt(((X_train - mean) ** 2).sum(axis=0) / n)
    return tuple((X - mean) / std for X in (X_train, X_test))


@ex.accepts
def column_by_column(X_train, X_test):
    Z_train, Z_test = np.empty_like(X_train), np.empty_like(X_test)
    for j in range(X_train.shape[1]):
        mean, std = np.mean(X_train[:, j]), np.std(X_train[:, j])
        Z_train[:, j], Z_test[:, j] = (X_train[:, j] - mean) / std, (X_test[:, j] - mean) / std
    return Z_train, Z_test


@ex.mistake(
    "The test set leaks into training: mean and standard deviation come from both sets together. They "
    "belong to the training rows alone."
)
def statistics_of_both(X_train, X_test):
    X = np.vstack([X_train, X_test])
    return (X_train - X.mean(axis=0)) / X.std(axis=0), (X_test - X.mean(axis=0)) / X.std(axis=0)


@ex.mistake(
    "You standardized the test set by its own mean and standard deviation. So the same observation gets "
    "other numbers in the test set than in training, and a shift between the two becomes invisible. Use "
    "the training statistics for both."
)
def test_by_its_own(X_train, X_test):
    with np.errstate(all="ignore"):
        return tuple((X - X.mean(axis=0)) / X.std(axis=0) for X in (X_train, X_test))


@ex.mistake(
    "Your standard deviation divides by $n - 1$ (`ddof=1`, as pandas does). Wanted is the one that divides "
    "by $n$."
)
def ddof_one(X_train, X_test):
    mean, std = X_train.mean(axis=0), X_train.std(axis=0, ddof=1)
    return (X_train - mean) / std, (X_test - mean) / std


@ex.mistake(
    "You divided by the variance. To reach unit spread divide by its square root, the standard deviation."
)
def divided_by_variance(X_train, X_test):
    mean, variance = X_train.mean(axis=0), X_train.var(axis=0)
    return (X_train - mean) / variance, (X_test - mean) / variance


@ex.mistake(
    "Without an axis, mean and standard deviation are taken over the whole matrix. Each column has its "
    "own: `axis=0`."
)
def one_mean_for_all(X_train, X_test):
    mean, std = X_train.mean(), X_train.std()
    return (X_train - mean) / std, (X_test - mean) / std


@ex.mistake(
    "Wrong axis: `axis=1` gives the statistics of each row, $(n,)$. A column is a feature and needs its "
    "own mean: `axis=0`, $(d,)$. Where $n = d$ no shape error warns you."
)
def row_statistics(X_train, X_test):
    with np.errstate(all="ignore"):
        mean, std = X_train.mean(axis=1), X_train.std(axis=1)
        return (X_train - mean) / std, (X_test - mean) / std


@ex.mistake(
    "The means are gone, but the spreads are as they were: divide by the training standard deviation too."
)
def centred_alone(X_train, X_test):
    mean = X_train.mean(axis=0)
    return X_train - mean, X_test - mean


@ex.mistake(
    "The test set is still as it was. It needs the same transformation, with the training mean and "
    "standard deviation."
)
def test_left_alone(X_train, X_test):
    return (X_train - X_train.mean(axis=0)) / X_train.std(axis=0), X_test


@ex.mistake(
    "You changed the arguments in place. The numbers are right, but the caller's raw data are gone. Build "
    "new arrays."
)
def in_place(X_train, X_test):
    mean, std = X_train.mean(axis=0), X_train.std(axis=0)
    for X in (X_train, X_test):
        X -= mean
        X /= std
    return X_train, X_test


# 10 ────────────────────────────────────────────────────────────────────────────────────────────────────────────

ex = exercise(
    "checklist",
    entry="checklist",
    hints=[
        "Fit first: everything but the condition number needs the least-squares $w$ or the hat matrix that "
        "maps $y$ to $\\hat y$.",
        "$R^2$ compares two sums of squares: that of the residuals, and that of $y$ around its own mean.",
        "The leverage of observation $i$ is entry $(i, i)$ of the hat matrix. With $X = QR$ that matrix is "
        "$QQ^\\top$, so its diagonal is a sum of squares along each row of $Q$.",
    ],
)


@ex.inputs
def inputs(rng):
    yield np.array([[1.0, 1.0], [1.0, 2.0], [1.0, 3.0]]), np.array([1.0, 2.0, 2.0])
    yield np.array([[1.0, 0.0], [1.0, 1.0], [1.0, 5.0]]), np.array([0.0, 2.0, 3.0])
    yield np.array([[1.0, -1.0], [1.0, 1.0], [1.0, -1.0], [1.0, 1.0]]), np.array([1.0, 3.0, 2.0, 6.0])
    for n, d in ((4, 2), (5, 3), (6, 2), (8, 4), (12, 3)):
        X = np.column_stack([np.ones(n), rng.normal(0.0, 2.0, size=(n, d - 1))])
        yield X, X @ rng.normal(size=d) + rng.normal(size=n)


@ex.reference
def checklist(X, y):
    w = np.linalg.lstsq(X, y, rcond=None)[0]
    residuals = y - X @ w
    Q, _ = np.linalg.qr(X)  # the hat matrix is Q @ Q.T
    singular_values = np.linalg.svd(X, compute_uv=False)
    return {
        "residuals": residuals,
        "r2": 1 - np.sum(residuals**2) / np.sum((y - y.mean()) ** 2),
        "leverage": np.sum(Q**2, axis=1),
        "condition": singular_values[0] / singular_values[-1],
    }


@ex.accepts
def from_the_hat_matrix(X, y):
    H = X @ np.linalg.pinv(X)  # (n, n)
    fitted = H @ y
    r2 = np.var(fitted) / np.var(y)  # with a column of ones the explained share is the same number
    return {"residuals": y - fitted, "r2": r2, "leverage": np.diag(H), "condition": np.linalg.cond(X)}


@ex.accepts
def from_the_normal_equations(X, y):
    G = np.linalg.inv(X.T @ X)
    residuals = y - X @ G @ X.T @ y
    spread = y - y.mean()
    eigenvalues = np.linalg.eigvalsh(X.T @ X)
    return {
        "residuals": residuals,
        "r2": 1 - (residuals @ residuals) / (spread @ spread),
        "leverage": np.einsum("ij,jk,ik->i", X, G, X),
        "condition": np.sqrt(eigenvalues[-1] / eigenvalues[0]),
    }


def _diagnostics(X, y, **changes):
    H = X @ np.linalg.pinv(X)
    residuals = y - H @ y
    r2 = 1 - np.sum(residuals**2) / np.sum((y - y.mean()) ** 2)
    found = {"residuals": residuals, "r2": r2, "leverage": np.diag(H), "condition": np.linalg.cond(X)}
    return {**found, **changes}


@ex.mistake(
    "Your residuals have the wrong sign: a residual is what the model leaves over, observed minus fitted, "
    "$y - X\\hat w$."
)
def fitted_minus_observed(X, y):
    found = _diagnostics(X, y)
    return {**found, "residuals": -found["residuals"]}


@ex.mistake(
    "Your $R^2$ compares with $\\sum y_i^2$, the error of predicting 0. The model to beat is the mean: "
    "$\\sum (y_i - \\bar y)^2$."
)
def r2_without_centring(X, y):
    residuals = _diagnostics(X, y)["residuals"]
    return _diagnostics(X, y, r2=1 - np.sum(residuals**2) / np.sum(y**2))


@ex.mistake("You gave the share that is left over. $R^2$ is the share that is explained: one minus that.")
def unexplained_share(X, y):
    return _diagnostics(X, y, r2=1 - _diagnostics(X, y)["r2"])


@ex.mistake(
    "This is the adjusted $R^2$, which divides both sums by their degrees of freedom, $n - d$ and $n - 1$. "
    "Wanted is the plain one."
)
def adjusted_r2(X, y):
    n, d = X.shape
    return _diagnostics(X, y, r2=1 - (1 - _diagnostics(X, y)["r2"]) * (n - 1) / (n - d))


@ex.mistake(
    "You took the condition number of $X^\\top X$, which is the square of that of $X$: the reason why "
    "nobody should form $X^\\top X$ without need."
)
def condition_of_the_gram_matrix(X, y):
    return _diagnostics(X, y, condition=np.linalg.cond(X) ** 2)


@ex.mistake(
    "Your ratio is upside down: the condition number is the largest singular value over the smallest, so "
    "at least 1."
)
def condition_upside_down(X, y):
    return _diagnostics(X, y, condition=1 / np.linalg.cond(X))


@ex.mistake(
    "You gave the whole hat matrix, $(n, n)$. The leverages are its diagonal, one for each observation."
)
def whole_hat_matrix(X, y):
    return _diagnostics(X, y, leverage=X @ np.linalg.pinv(X))


@ex.mistake(
    "You took the diagonal of $(X^\\top X)^{-1}$, one number for each coefficient. Leverage belongs to "
    "observations: the diagonal of $X(X^\\top X)^{-1}X^\\top$."
)
def coefficients_instead_of_observations(X, y):
    return _diagnostics(X, y, leverage=np.diag(np.linalg.inv(X.T @ X)))
