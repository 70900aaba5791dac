"""What chapter 6's references compute, against chapter 5's, which know no torch, and against NumPy; and what its cells print."""

import re

import numpy as np
import pytest

import pellucid.torch as torch


@pytest.fixture
def chapter(open_chapter):
    return open_chapter("06-training-and-evaluating")


@pytest.fixture
def by_hand(open_chapter):
    """The references of chapter 5, by id."""
    exercises = open_chapter("05-backpropagation").exercises
    return {id: exercise.solution for id, exercise in exercises.items()}


def agree(found, wanted, rtol=1e-9, atol=1e-11):
    np.testing.assert_allclose(found, wanted, rtol=rtol, atol=atol)


@pytest.mark.parametrize("seed", range(3))
def test_the_neuron_is_that_of_chapter_5(chapter, by_hand, seed):
    for numbers, answer in chapter.expected("neuron-in-torch", seed):
        agree(answer, by_hand["one-neuron"](*map(float, numbers)))


@pytest.mark.parametrize("seed", range(3))
def test_the_layer_is_that_of_chapter_5_transposed(chapter, by_hand, seed):
    for (X, W, b, dZ), (Z, dX, dW, db) in chapter.expected("layer-in-torch", seed):
        agree(Z, X @ W.T + b)
        for found, wanted in zip((dX, dW.T, db), by_hand["layer-backward"](X, W.T, dZ), strict=True):
            agree(found, wanted)


@pytest.mark.parametrize("seed", range(3))
def test_the_classifier_is_that_of_chapter_5_transposed(chapter, by_hand, seed):
    for (X, labels, W, b), (loss, dW, db) in chapter.expected("flowers-in-torch", seed):
        wanted = by_hand["flower-gradient"](X, labels, W.T, b)
        for found, each in zip((loss, dW.T, db), wanted, strict=True):
            agree(found, each)


@pytest.mark.parametrize("seed", range(3))
def test_the_network_takes_the_steps_of_chapter_5(chapter, by_hand, seed):
    for (train, validation, test, first, rate, epochs), answer in chapter.expected("network-in-torch", seed):
        mean, deviation = train[0].mean(axis=0), train[0].std(axis=0)
        (X, y), (V, v), (T, t) = [
            ((part[0] - mean) / deviation, part[1]) for part in (train, validation, test)
        ]
        params = [each.T.astype(float) for each in first]
        losses, kept = [], []
        for _ in range(epochs):
            _, *params = by_hand["two-layer-step"](X, y, *params, rate)
            losses.append(by_hand["two-layer-step"](V, v, *params, rate)[0])
            kept.append(params)
        best = int(np.argmin(losses))
        agree(answer[0], losses, rtol=1e-3, atol=1e-4)
        assert answer[1] == best
        agree(answer[2], by_hand["two-layer-step"](T, t, *kept[best], rate)[0], rtol=1e-3, atol=1e-4)
        agree(answer[3], kept[best][0].T, rtol=1e-3, atol=1e-4)


@pytest.mark.parametrize("seed", range(3))
def test_the_loop_takes_numpys_steps(chapter, seed):
    for (X, y, w, b, rate, steps), (losses, *last) in chapter.expected("training-loop", seed):
        w, b, wanted = w[0].astype(float), float(b[0]), []
        for _ in range(steps):
            gap = X @ w + b - y
            dw = 2 * gap @ X / len(X)
            wanted.append(np.mean(gap**2))
            w, b = w - rate * dw, b - rate * 2 * gap.mean()
        for found, each in zip((losses, *last), (wanted, [w], [b], [dw]), strict=True):
            agree(found, each, rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize("seed", range(3))
def test_mini_batches_of_all_rows_are_the_loop(chapter, seed):
    """With batches as large as the table no order matters, and the epochs are the steps of the training loop."""
    for (X, y, w, b, rate, steps), (losses, *last) in chapter.expected("training-loop", seed):
        tensors = [torch.tensor(each) for each in (X, y, w, b)]
        found = chapter.exercises["mini-batch-training"].solution(*tensors, rate, len(X), steps, seed)
        agree(found[0], losses, rtol=1e-4, atol=1e-5)
        agree(found[1].detach().numpy(), last[0], rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize("seed", range(3))
def test_adam_is_the_optimizers(chapter, seed):
    for (theta, grads, rate, beta1, beta2, eps), answer in chapter.expected("adam-by-the-formula", seed):
        p = torch.tensor(theta, requires_grad=True)
        optimizer = torch.optim.Adam([p], lr=rate, betas=(beta1, beta2), eps=eps)
        for g in grads:
            p.grad = torch.tensor(g)
            optimizer.step()
        agree(answer, p.detach().numpy())


@pytest.mark.parametrize("seed", range(3))
def test_the_evaluation_is_numpys(chapter, seed):
    for (X, labels, W, b, mean, var, training), answer in chapter.expected("evaluate", seed):
        Z = (X - mean) / np.sqrt(var + 1e-5) @ W.T + b
        rows = np.arange(len(X))
        loss = np.mean(np.log(np.exp(Z).sum(axis=1)) - Z[rows, labels])
        agree(answer[0], loss, rtol=1e-4, atol=1e-5)
        agree(answer[1], np.mean(Z.argmax(axis=1) == labels), rtol=1e-6)
        assert answer[2] == 0
        agree(answer[3], mean)
        assert answer[4] == training


def test_training_validation_and_test_would_choose_different_epochs(chapter):
    """In the case made for it; else the mistakes of choosing by the wrong part could not be told apart."""
    exercise = chapter.exercises["network-in-torch"]
    names = ["chosen_by_the_test", "chosen_by_training"]
    wrong = [mistake.variants[0] for mistake in exercise.mistakes if mistake.name in names]
    assert len(wrong) == 2
    (train, validation, test, params, rate, epochs), answer = chapter.expected("network-in-torch", 0)[2]
    as_tensors = [tuple(torch.tensor(each) for each in pair) for pair in (train, validation, test, params)]
    others = [solution(*as_tensors, rate, epochs)[1] for solution in wrong]
    assert sorted([answer[1], *others]) == [1, 2, 3]


def test_the_flowers_are_those_of_chapter_5(chapter, open_chapter):
    other = open_chapter("05-backpropagation")
    for pattern, mine, theirs in [
        (r'^rows = """\n(.*?)"""', chapter.text, other.text),
        (r'^TABLE = """\n(.*?)"""', chapter.source, other.source),
    ]:
        found = [re.search(pattern, text, re.DOTALL | re.MULTILINE) for text in (mine, theirs)]
        assert found[0] is not None
        assert found[1] is not None
        assert found[0][1] == found[1][1]
