"""Gradients of NumPy programs beside HIPS autograd, which differentiates functions of arrays; float64, value and gradient."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import autograd.numpy as anp
import numpy as np
from autograd import elementwise_grad, hessian_vector_product, value_and_grad
from tasks import Task

import pellucid.torch as torch

RNG = np.random.default_rng(0)


def draw(*shape: int, scale: float = 1.0) -> np.ndarray:
    return RNG.normal(0, scale, shape)


def beside_autograd(
    name: str, mine: Any, theirs: Any, parameters: list[np.ndarray], rounds: int = 15
) -> Task:
    """mine(*tensors) and theirs(list of arrays) are the same loss of the same parameters."""
    leaves = [torch.tensor(p, requires_grad=True) for p in parameters]
    function = value_and_grad(theirs)

    def run_mine() -> Any:
        loss = mine(*leaves)
        return [loss, *torch.autograd.grad(loss, leaves)]

    def run_theirs() -> Any:
        value, grads = function(parameters)
        return [value, *grads]

    return Task(name, "autograd", 1, run_mine, run_theirs, rounds, 1e-9)


def mlp() -> Task:
    X, labels = draw(128, 784), RNG.integers(0, 10, 128)
    inputs, targets = torch.tensor(X), torch.tensor(labels)

    def mine(W: Any, b: Any, V: Any, c: Any) -> Any:
        scores = torch.tanh(inputs @ W + b) @ V + c
        return (torch.logsumexp(scores, 1) - scores[torch.arange(128), targets]).mean()

    def theirs(p: Any) -> Any:
        W, b, V, c = p
        scores = anp.dot(anp.tanh(anp.dot(X, W) + b), V) + c
        top = anp.max(scores, axis=1, keepdims=True)
        norms = anp.log(anp.sum(anp.exp(scores - top), axis=1)) + top[:, 0]
        return anp.mean(norms - scores[anp.arange(128), labels])

    parameters = [draw(784, 256, scale=0.03), draw(256), draw(256, 10, scale=0.1), draw(10)]
    return beside_autograd("MLP 784-256-10, batch 128", mine, theirs, parameters)


def logistic() -> Task:
    X, y = draw(1000, 30), RNG.integers(0, 2, 1000) * 2.0 - 1
    inputs, sides = torch.tensor(X), torch.tensor(y)

    def mine(w: Any, b: Any) -> Any:
        return torch.log1p(torch.exp(-sides * (inputs @ w + b))).mean()

    def theirs(p: Any) -> Any:
        w, b = p
        return anp.mean(anp.log1p(anp.exp(-y * (anp.dot(X, w) + b))))

    return beside_autograd("logistic regression 1000×30", mine, theirs, [draw(30), draw(1)])


def rnn() -> Task:
    X = draw(32, 64, 20)
    inputs = torch.tensor(X)

    def mine(W: Any, V: Any, b: Any) -> Any:
        h = torch.zeros(64, 50, dtype=torch.float64)
        for x in inputs:
            h = torch.tanh(x @ W + h @ V + b)
        return (h * h).mean()

    def theirs(p: Any) -> Any:
        W, V, b = p
        h = anp.zeros((64, 50))
        for x in X:
            h = anp.tanh(anp.dot(x, W) + anp.dot(h, V) + b)
        return anp.mean(h * h)

    return beside_autograd(
        "RNN written out, batch 64, 32 steps, 50 hidden",
        mine,
        theirs,
        [draw(20, 50), draw(50, 50, scale=0.1), draw(50)],
    )


def scalar_loop() -> Task:
    def mine(w: Any, b: Any) -> Any:
        h = w
        for _ in range(1000):
            h = torch.tanh(h * w + b) * 0.9
        return h

    def theirs(p: Any) -> Any:
        w, b = p
        h = w
        for _ in range(1000):
            h = anp.tanh(h * w + b) * 0.9
        return h

    return beside_autograd("loop over numbers, 4000 nodes", mine, theirs, [np.array(0.5), np.array(0.1)])


def second_derivative() -> Task:
    """tanh'' at 1000 places."""
    x = np.linspace(-3, 3, 1000)
    twice = elementwise_grad(elementwise_grad(anp.tanh))

    def mine() -> Any:
        at = torch.tensor(x, requires_grad=True)
        ones = torch.ones_like(at)
        (first,) = torch.autograd.grad(torch.tanh(at), at, ones, create_graph=True)
        return torch.autograd.grad(first, at, ones)

    return Task("tanh″ at 1000 places", "autograd", 1, mine, lambda: [twice(x)], 15, 1e-9)


def curvature() -> Task:
    """The Hessian of a small network's loss times a vector."""
    X, y = draw(200, 10), draw(200)
    W, v, direction = draw(10, 20), draw(20), draw(10, 20)
    inputs, targets, head, along = map(torch.tensor, (X, y, v, direction))
    product: Callable[..., Any] = hessian_vector_product(
        lambda W: anp.mean((anp.dot(anp.tanh(anp.dot(X, W)), v) - y) ** 2)
    )

    def mine() -> Any:
        weights = torch.tensor(W, requires_grad=True)
        loss = ((torch.tanh(inputs @ weights) @ head - targets) ** 2).mean()
        (grad,) = torch.autograd.grad(loss, weights, create_graph=True)
        return torch.autograd.grad((grad * along).sum(), weights)

    return Task(
        "Hessian times vector, 10-20-1", "autograd", 1, mine, lambda: [product(W, direction)], 15, 1e-9
    )


def tasks() -> list[Task]:
    return [mlp(), logistic(), rnn(), scalar_loop(), second_derivative(), curvature()]
