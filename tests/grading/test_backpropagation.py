"""What chapter 5's references compute, against nudges and against a recorded graph."""

import re

import numpy as np
import pytest
from scipy.special import log_softmax

import pellucid.torch as torch


@pytest.fixture
def chapter(open_chapter):
    return open_chapter("05-backpropagation")


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
def test_the_small_deltas_agree_with_nudges(chapter, seed):
    for (a, dy), da in chapter.expected("one-node", seed):
        agree(da, nudge(lambda a, dy=dy: np.sum(dy * np.tanh(a)), a))
    for (w, b, x, y), (_, dw, db, dx) in chapter.expected("one-neuron", seed):
        wanted = nudge(lambda v, y=y: (np.tanh(v[0] * v[2] + v[1]) - y) ** 2, np.array([w, b, x]))
        agree([dw, db, dx], wanted)
    for (a, b), (da, db) in chapter.expected("two-uses", seed):
        agree(da, nudge(lambda a, b=b: np.sum((a * b + a) ** 2), a))
        agree(db, nudge(lambda b, a=a: np.sum((a * b + a) ** 2), b))


@pytest.mark.parametrize("seed", range(3))
def test_the_array_deltas_agree_with_nudges(chapter, seed):
    for (g, shape), total in chapter.expected("back-to-the-shape", seed):
        agree(total, nudge(lambda v, g=g: np.sum(g * v), np.zeros(shape)))
    for (X, W, dY), (dX, dW, db) in chapter.expected("layer-backward", seed):
        agree(dX, nudge(lambda X, W=W, dY=dY: np.sum(dY * (X @ W)), X))
        agree(dW, nudge(lambda W, X=X, dY=dY: np.sum(dY * (X @ W)), W))
        agree(db, nudge(lambda b, dY=dY: np.sum(dY * b), np.zeros(W.shape[1])))


@pytest.mark.parametrize("seed", range(3))
def test_the_classifier_agrees_with_nudges(chapter, seed):
    def mean_loss(X, labels, W, b):
        return -np.mean(log_softmax(X @ W + b, axis=1)[np.arange(len(X)), labels])

    for (X, labels, W, b), (loss, dW, db) in chapter.expected("flower-gradient", seed):
        np.testing.assert_allclose(loss, mean_loss(X, labels, W, b), rtol=1e-9)
        if np.abs(W).max() < 100:  # steps of 1e-5 are rounding beside scores of a thousand
            agree(dW, nudge(lambda W, X=X, labels=labels, b=b: mean_loss(X, labels, W, b), W))
            agree(db, nudge(lambda b, X=X, labels=labels, W=W: mean_loss(X, labels, W, b), b))


@pytest.mark.parametrize("seed", range(5))
def test_graphs_have_the_gradients_of_a_recorded_graph(chapter, seed):
    for (ops, parents, values, output), deltas in chapter.expected("backward-over-a-graph", seed):
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
def test_the_network_steps_as_a_recorded_graph_does(chapter, seed):
    for (X, labels, *params, rate), (loss, *new) in chapter.expected("two-layer-step", seed):
        tensors = [torch.tensor(param, requires_grad=True) for param in params]
        W1, b1, W2, b2 = tensors
        Z = torch.tanh(torch.tensor(X) @ W1 + b1) @ W2 + b2
        Y = torch.tensor(np.eye(len(params[3]))[labels])
        recorded = (torch.logsumexp(Z, 1) - (Z * Y).sum(1)).mean()
        recorded.backward()
        np.testing.assert_allclose(loss, recorded.item(), rtol=1e-10)
        for param, tensor, moved in zip(params, tensors, new, strict=True):
            np.testing.assert_allclose(moved, param - rate * tensor.grad.numpy(), rtol=1e-9, atol=1e-12)


def test_the_flowers_are_those_of_scikit_learn(chapter):
    from sklearn.datasets import load_iris

    rows = re.search(r'^rows = """\n(.*?)"""', chapter.text, re.DOTALL | re.MULTILINE)
    table = re.search(r'^TABLE = """\n(.*?)"""', chapter.source, re.DOTALL | re.MULTILINE)
    assert rows is not None
    assert table is not None
    iris = load_iris()
    np.testing.assert_array_equal(np.array(rows[1].split(), dtype=float).reshape(150, 4), iris.data)
    fifth = np.column_stack([iris.data, iris.target])[::5]
    np.testing.assert_array_equal(np.array(table[1].split(), dtype=float).reshape(30, 5), fifth)
