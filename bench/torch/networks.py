"""Training steps beside torch: the gradients set to none, forward, loss, backward, the optimizer's step."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import torch as theirs
from tasks import Task

import pellucid.torch as ours

Build = Callable[[Any], Callable[[], Any]]
"""From a library to one step in it."""


def beside_torch(name: str, target: float | None, build: Build, rounds: int = 15) -> Task:
    return Task(name, "torch", target, build(ours), build(theirs), rounds)


def step(model: Any, parameters: list[Any], optimizer: Any, loss: Any, x: Any, y: Any) -> Callable[[], Any]:
    """One training step; returns the loss and the gradients."""

    def run() -> Any:
        optimizer.zero_grad()
        value = loss(model(x), y)
        value.backward()
        optimizer.step()
        return [value, *(p.grad for p in parameters)]

    return run


def classifier(t: Any, model: Any, parameters: list[Any], x: Any, classes: int, lr: float = 0.01) -> Any:
    y = t.randint(0, classes, (len(x),))
    return step(model, parameters, t.optim.SGD(parameters, lr=lr), t.nn.functional.cross_entropy, x, y)


def mlp(t: Any) -> Callable[[], Any]:
    t.manual_seed(0)
    net = t.nn.Sequential(t.nn.Linear(784, 256), t.nn.ReLU(), t.nn.Linear(256, 10))
    return classifier(t, net, [*net.parameters()], t.randn(128, 784), 10)


def convolutions(t: Any) -> Callable[[], Any]:
    t.manual_seed(0)
    nn = t.nn
    net = nn.Sequential(
        nn.Conv2d(1, 16, 3, padding=1),
        nn.ReLU(),
        nn.MaxPool2d(2),
        nn.Conv2d(16, 32, 3, padding=1),
        nn.ReLU(),
        nn.MaxPool2d(2),
        nn.Flatten(),
        nn.Linear(32 * 49, 10),
    )
    return classifier(t, net, [*net.parameters()], t.randn(32, 1, 28, 28), 10)


def recurrent(kind: str, width: int) -> Build:
    """Batch 64, 32 steps, 128 hidden; a linear map of the last state."""

    def build(t: Any) -> Callable[[], Any]:
        t.manual_seed(0)
        layer, head = getattr(t.nn, kind)(width, 128, batch_first=True), t.nn.Linear(128, 10)
        parameters = [*layer.parameters(), *head.parameters()]
        return classifier(t, lambda x: head(layer(x)[0][:, -1]), parameters, t.randn(64, 32, width), 10)

    return build


def block(batch: int, dropout: float) -> Build:
    """An encoder layer of width 128 on 64 places, with 4 heads and a feed-forward part of 512."""

    def build(t: Any) -> Callable[[], Any]:
        t.manual_seed(0)
        net = t.nn.TransformerEncoderLayer(128, 4, 512, dropout=dropout, batch_first=True)
        parameters = [*net.parameters()]
        x, y = t.randn(batch, 64, 128), t.randn(batch, 64, 128)
        t.manual_seed(1)  # dropout's masks are the same here and there
        return step(net, parameters, t.optim.SGD(parameters, lr=0.01), t.nn.functional.mse_loss, x, y)

    return build


def language_model(t: Any) -> Callable[[], Any]:
    """Embedding of 1000 words, causal attention, a linear map back to the words."""
    t.manual_seed(0)
    words, attention, head = (
        t.nn.Embedding(1000, 128),
        t.nn.MultiheadAttention(128, 4, batch_first=True),
        t.nn.Linear(128, 1000),
    )
    parameters = [p for part in (words, attention, head) for p in part.parameters()]
    x, y = t.randint(0, 1000, (16, 64)), t.randint(0, 1000, (16 * 64,))
    unseen = t.ones(64, 64, dtype=t.bool).triu(1)

    def model(x: Any) -> Any:
        h = words(x)
        return head(attention(h, h, h, attn_mask=unseen, need_weights=False)[0]).reshape(-1, 1000)

    return step(model, parameters, t.optim.AdamW(parameters), t.nn.functional.cross_entropy, x, y)


def optimizer(name: str, sizes: list[int], **options: Any) -> Build:
    """Only the optimizer's step, on square matrices of these sizes."""

    def build(t: Any) -> Callable[[], Any]:
        t.manual_seed(0)
        parameters = [t.nn.Parameter(t.randn(n, n)) for n in sizes]
        for p in parameters:
            p.grad = t.randn(*p.shape)
        found = getattr(t.optim, name)(parameters, **options)

        def run() -> Any:
            found.step()
            return parameters

        return run

    return build


def tasks() -> list[Task]:
    few, many = [512] * 4, [32] * 50
    steps = [("SGD", {"momentum": 0.9}), ("Adam", {}), ("AdamW", {}), ("RMSprop", {})]
    return [
        beside_torch("MLP 784-256-10, batch 128", 1.5, mlp),
        beside_torch("Conv2d 1-16-32, batch 32, 28×28", None, convolutions),
        beside_torch("LSTM, batch 64, 32 steps, 128 → 128", 2, recurrent("LSTM", 128)),
        beside_torch("LSTM, batch 64, 32 steps, 32 → 128", 2, recurrent("LSTM", 32)),
        beside_torch("GRU, batch 64, 32 steps, 128 → 128", None, recurrent("GRU", 128)),
        beside_torch("RNN, batch 64, 32 steps, 128 → 128", None, recurrent("RNN", 128)),
        beside_torch("Transformer block d=128, T=64, batch 8", 2, block(8, 0.0)),
        beside_torch("Transformer block d=128, T=64, batch 1", 2, block(1, 0.0)),
        beside_torch("Transformer block d=128, T=64, batch 8, dropout", 2, block(8, 0.1)),
        beside_torch("embedding, causal attention, AdamW, batch 16, T=64", None, language_model),
        *(
            beside_torch(f"{name}'s step alone, {what}", None, optimizer(name, sizes, **options))
            for name, options in steps
            for what, sizes in (("4 × 512²", few), ("50 × 32²", many))
        ),
    ]
