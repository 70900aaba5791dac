"""Graphs of single numbers, where only the cost of an operation counts: beside torch, and beside micrograd.

micrograd is one class of scalars in Python. It is compared on the same graph, number by number, and on the same network as one
writes it here, with arrays.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from typing import Any

import numpy as np
import torch as theirs
from micrograd.engine import Value
from micrograd.nn import MLP
from tasks import Task

import pellucid.torch as ours

sys.setrecursionlimit(1_000_000)  # micrograd walks its graph by recursion


def chain(leaf: Callable[[float], Any], length: int, bend: str) -> Callable[[], Any]:
    """h ← bend(h·w + b)·0.9, `length` times: four nodes each, one after the other; forward and backward."""

    def run() -> Any:
        w, b = leaf(0.5), leaf(0.1)
        h = w
        for _ in range(length):
            h = getattr(h * w + b, bend)() * 0.9
        h.backward()
        return [number(h), number(w.grad), number(b.grad)]

    return run


def tree(leaf: Callable[[float], Any], leaves: int) -> Callable[[], Any]:
    """Products of neighbours, summed by pairs: a graph as wide as it is long."""

    def run() -> Any:
        w = [leaf(0.3 + k % 7 / 10) for k in range(leaves)]
        terms = [(x * y).relu() for x, y in zip(w, w[1:] + w[:1], strict=True)]
        while len(terms) > 1:
            terms = [x + y for x, y in zip(terms[::2], terms[1::2], strict=True)]
        terms[0].backward()
        return [number(terms[0]), *(number(x.grad) for x in w[:20])]

    return run


def number(value: Any) -> float:
    """What a scalar of any of the libraries holds."""
    return (
        value.data
        if isinstance(value, Value)
        else float(value.detach() if hasattr(value, "detach") else value)
    )


def leaf_of(t: Any) -> Callable[[float], Any]:
    return lambda value: t.tensor(value, requires_grad=True)


def moons() -> tuple[np.ndarray, np.ndarray]:
    """50 points in two interleaved arcs, and their side, ±1."""
    angle = np.linspace(0, np.pi, 25)
    upper = np.column_stack([np.cos(angle), np.sin(angle)])
    noise = np.random.default_rng(0).normal(0, 0.1, (50, 2))
    return np.vstack([upper, [1, 0.5] - upper]) + noise, np.repeat([1.0, -1.0], 25)


def micrograd_network(X: np.ndarray, y: np.ndarray) -> tuple[MLP, Callable[[], Any]]:
    """micrograd's own demonstration: 2-16-16-1, hinge loss, loss and gradients."""
    net = MLP(2, [16, 16, 1])

    def run() -> Any:
        net.zero_grad()
        scores = [net(list(map(Value, row))) for row in X]
        loss = sum((1 + -yi * score).relu() for yi, score in zip(y, scores, strict=True)) * (1 / len(y))
        loss.backward()
        return [loss.data, *(p.grad for p in net.parameters()[:40])]

    return net, run


def by_numbers(net: MLP, X: np.ndarray, y: np.ndarray) -> Callable[[], Any]:
    """The same network, a tensor for every number."""
    made = [
        [([leaf64(w.data) for w in n.w], leaf64(n.b.data), n.nonlin) for n in layer.neurons]
        for layer in net.layers
    ]
    parameters = [p for layer in made for w, b, _ in layer for p in (*w, b)]

    def forward(x: list[Any]) -> Any:
        for layer in made:
            sums = [sum((wi * xi for wi, xi in zip(w, x, strict=True)), b) for w, b, _ in layer]
            x = [s.relu() if layer[0][2] else s for s in sums]
        return x[0]

    def run() -> Any:
        for p in parameters:
            p.grad = None
        scores = [forward([ours.tensor(v, dtype=ours.float64) for v in row.tolist()]) for row in X]
        loss = sum((1 + -yi * score).relu() for yi, score in zip(y.tolist(), scores, strict=True)) * (
            1 / len(y)
        )
        loss.backward()
        return [loss.item(), *(p.grad.item() for p in parameters[:40])]

    return run


def leaf64(value: float) -> Any:
    return ours.tensor(value, dtype=ours.float64, requires_grad=True)


def by_arrays(net: MLP, X: np.ndarray, y: np.ndarray) -> Callable[[], Any]:
    """The same network as one writes it with tensors."""
    layers = []
    for layer in net.layers:
        made = ours.nn.Linear(len(layer.neurons[0].w), len(layer.neurons), dtype=ours.float64)
        with ours.no_grad():
            made.weight.copy_(ours.tensor([[w.data for w in n.w] for n in layer.neurons]))
            made.bias.copy_(ours.tensor([n.b.data for n in layer.neurons]))
        layers += [made, ours.nn.ReLU()]
    model = ours.nn.Sequential(*layers[:-1])
    inputs, sides = ours.from_numpy(X), ours.from_numpy(y)

    def run() -> Any:
        model.zero_grad()
        loss = (1 - sides * model(inputs)[:, 0]).relu().mean()
        loss.backward()
        first = model[0]
        grads = ours.cat(
            [first.weight.grad, first.bias.grad[:, None]], 1
        )  # as micrograd lists them: a neuron's w, then its b
        return [loss.item(), *grads.reshape(-1)[:40].tolist()]

    return run


def tasks() -> list[Task]:
    X, y = moons()
    net, demonstration = micrograd_network(X, y)
    return [
        Task(
            "chain of 10⁵ nodes",
            "torch",
            1,
            chain(leaf_of(ours), 25_000, "tanh"),
            chain(leaf_of(theirs), 25_000, "tanh"),
            5,
        ),
        Task("tree of 10⁵ nodes", "torch", 1, tree(leaf_of(ours), 32_768), tree(leaf_of(theirs), 32_768), 5),
        Task(
            "chain of 10⁵ nodes",
            "micrograd",
            1,
            chain(leaf_of(ours), 25_000, "relu"),
            chain(Value, 25_000, "relu"),
            5,
        ),
        Task(
            "chain of 10³ nodes", "micrograd", 1, chain(leaf_of(ours), 250, "relu"), chain(Value, 250, "relu")
        ),
        Task("tree of 10⁵ nodes", "micrograd", 1, tree(leaf_of(ours), 32_768), tree(Value, 32_768), 5),
        Task(
            "its network 2-16-16-1, number by number", "micrograd", 1, by_numbers(net, X, y), demonstration, 5
        ),
        Task("its network 2-16-16-1, with arrays", "micrograd", 1, by_arrays(net, X, y), demonstration, 5),
    ]
