"""An exercise whose arguments are tensors."""

import torch

from pellucid.grading import exercise

ex = exercise(
    "squared-loss-gradient", entry="gradient", rtol=1e-5, hints=["A loss.", "Its graph.", "`w.grad`."]
)


@ex.inputs
def inputs(rng):
    for n, d in ((1, 1), (2, 3), (5, 2)):
        yield tuple(
            torch.tensor(rng.normal(size=shape), dtype=torch.float32) for shape in ((n, d), (n,), (d,))
        )


@ex.reference
def gradient(X, y, w):
    w = w.clone().requires_grad_()
    (0.5 * ((X @ w - y) ** 2).sum()).backward()
    return w.grad


@ex.accepts
def by_hand(X, y, w):
    return X.T @ (X @ w - y)


@ex.mistake("That is the gradient without its half: the loss is half of the square.")
def without_half(X, y, w):
    return 2 * X.T @ (X @ w - y)


@ex.mistake("The sign is that of $y - Xw$.")
def negative(X, y, w):
    return X.T @ (y - X @ w)


@ex.mistake("That is the mean over the rows.")
def mean(X, y, w):
    return X.T @ (X @ w - y) / (len(X) + 1)


@ex.mistake("That is the residual, not yet multiplied by $X^\\top$.")
def residual(X, y, w):
    return X @ w - y
