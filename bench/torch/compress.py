"""Compressed models beside the model they come from: what they weigh, what they are worth, how long they take.

    python bench/torch/compress.py      measures, and writes the tables of docs/reference/torch_compress.md anew

The model is a network that reads the 8 × 8 digits of scikit-learn; each row is another way to make it smaller. Times are medians,
the compressed and the whole model called in turn; they stand in RESULTS.md alone, because they are those of a machine.
"""

from __future__ import annotations

import os

for threads in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ[threads] = "1"  # before NumPy is loaded

import copy
import time
from collections.abc import Callable
from itertools import pairwise
from pathlib import Path
from statistics import median
from typing import Any, NamedTuple

import numpy as np

import pellucid.torch as torch
from pellucid.torch import compress, nn
from pellucid.torch.nn import functional as F
from pellucid.torch.nn.utils import prune
from pellucid.torch.utils.data import DataLoader, TensorDataset

PAGE = Path(__file__).parents[2] / "docs" / "reference" / "torch_compress.md"
BATCH = 256


class Digits(NamedTuple):
    """Scikit-learn's digits: 1,297 to learn from, 500 to judge by."""

    x: Any
    y: Any
    test_x: Any
    test_y: Any

    def batches(self) -> Any:
        return DataLoader(TensorDataset(self.x, self.y), batch_size=32, shuffle=True)

    def right(self, model: Any) -> float:
        """How many of the test's digits are read as what they are."""
        with torch.no_grad():
            return (model(self.test_x).argmax(-1) == self.test_y).sum().item()

    def loss(self, model: Any) -> float:
        """The mean cross-entropy of the test's digits."""
        with torch.no_grad():
            return F.cross_entropy(model(self.test_x), self.test_y).item()


def digits() -> Digits:
    from sklearn.datasets import load_digits

    data = load_digits()
    order = np.random.default_rng(0).permutation(len(data.target))
    x = torch.from_numpy((data.data[order] / 16).astype(np.float32))
    y = torch.from_numpy(data.target[order].astype(np.int64))
    return Digits(x[:1297], y[:1297], x[1297:], y[1297:])


def network(*widths: int) -> Any:
    """Linear layers of these widths with ReLU between them."""
    layers: list[Any] = []
    for k, (a, b) in enumerate(pairwise(widths)):
        layers += [nn.ReLU()] * (k > 0) + [nn.Linear(a, b)]
    return nn.Sequential(*layers)


def whole() -> Any:
    return network(64, 256, 128, 10)


def trained(model: Any, data: Digits, epochs: int, lr: float = 1e-3) -> Any:
    torch.manual_seed(1)
    model.train()
    optimizer = torch.optim.Adam(model.parameters(), lr)
    for _ in range(epochs):
        for x, y in data.batches():
            optimizer.zero_grad()
            F.cross_entropy(model(x), y).backward()
            optimizer.step()
    return model.eval()


def distilled(student: Any, teacher: Any, data: Digits) -> Any:
    torch.manual_seed(1)
    optimizer = torch.optim.Adam(student.parameters(), 1e-3)
    compress.distill(student, teacher, data.batches(), optimizer, epochs=60, temperature=2.0, alpha=0.5)
    return student.eval()


class Way(NamedTuple):
    """A row: the name, what makes the model, and the training that the way needs (none for most)."""

    name: str
    make: Callable[[Any], Any]
    train: Callable[[Any, Any, Digits], Any] = lambda made, teacher, data: made


def further(made: Any, teacher: Any, data: Digits) -> Any:
    return trained(made, data, 5)


def pruned(model: Any, amount: float) -> Any:
    """A copy whose smallest weights are held at 0."""
    made = copy.deepcopy(model)
    pairs = [(m, "weight") for m in made if isinstance(m, nn.Linear)]
    prune.global_unstructured(pairs, prune.L1Unstructured, amount=amount)
    return made


WAYS = (
    Way("float32, the whole model", lambda m: m),
    Way("int8", lambda m: compress.quantize_dynamic(m)),
    Way("int8 weights, float inputs", lambda m: compress.quantize_dynamic(m, activations=False)),
    Way("int4, a scale a row", lambda m: compress.quantize_dynamic(m, 4)),
    Way("int4, a scale for 16 weights", lambda m: compress.quantize_dynamic(m, 4, group=16)),
    Way("int4, a scale a row, trained for it", lambda m: compress.prepare_qat(m, 4), further),
    Way("half the channels", lambda m: compress.shrink(m, 0.5)),
    Way("half the channels, trained further", lambda m: compress.shrink(m, 0.5), further),
    Way("a tenth of the weights, sparse", lambda m: compress.sparsify(m, 0.9)),
    Way("a tenth of the weights, trained further, sparse", lambda m: pruned(m, 0.9), further),
    Way("a quarter of the weights, sparse", lambda m: compress.sparsify(m, 0.75)),
    Way("rank 16", lambda m: compress.low_rank(m, rank=16)),
    Way("rank 16, trained further", lambda m: compress.low_rank(m, rank=16), further),
    Way("a small model alone", lambda m: network(64, 16, 10), lambda made, t, data: trained(made, data, 60)),
    Way(
        "a small model, distilled",
        lambda m: network(64, 16, 10),
        lambda made, t, data: distilled(made, t, data),
    ),
)


def finished(made: Any) -> Any:
    """For inference: what was trained for integers gets them, what was pruned keeps only the other weights."""
    if prune.is_pruned(made):
        for m in made:
            if prune.is_pruned(m):
                prune.remove(m, "weight")
        return compress.sparsify(made)
    if any(isinstance(m, compress.FakeQuantizedLinear) for m in made):
        return compress.quantize_dynamic(made, 4)
    return made


def models(data: Digits) -> dict[str, Any]:
    torch.manual_seed(0)
    teacher = trained(whole(), data, 20)
    made: dict[str, Any] = {}
    for way in WAYS:
        torch.manual_seed(0)
        made[way.name] = finished(way.train(way.make(teacher), teacher, data))
    return made


def share(part: float, of: float) -> str:
    return f"{part / of:.2f}"


def weighed(made: dict[str, Any], data: Digits) -> list[str]:
    """The table of sizes and accuracies."""
    lines = [
        "| way | parameters | bytes | of the whole | multiply-adds | of the whole | right of 500 | loss |",
        "|---|--:|--:|--:|--:|--:|--:|--:|",
    ]
    first = compress.measure(made[WAYS[0].name], data.test_x[:1], repeats=0)
    for name, model in made.items():
        m = compress.measure(model, data.test_x[:1], accuracy=data.right, repeats=0)
        lines.append(
            f"| {name} | {m.parameters:,} | {m.bytes:,} | {share(m.bytes, first.bytes)} | {m.multiply_adds:,} | "
            f"{share(m.multiply_adds, first.multiply_adds)} | {m.accuracy:.0f} | {data.loss(model):.3f} |"
        )
    return lines


def seconds(call: Callable[[], Any]) -> float:
    start = time.perf_counter()
    call()
    return time.perf_counter() - start


def ratio(ours: Callable[[], Any], peer: Callable[[], Any], repeats: int) -> str:
    """Both called in turn; medians and their ratio."""
    ours(), peer()
    pairs = [(seconds(ours), seconds(peer)) for _ in range(repeats)]
    a, b = (median(times) for times in zip(*pairs, strict=True))
    return f"{a * 1e3:.2f} ms | {b * 1e3:.2f} ms | {a / b:.2f}"


def timed(made: dict[str, Any], data: Digits) -> list[str]:
    """The table of times."""
    first = made[WAYS[0].name]
    lines = [f"| way | {BATCH} digits | the whole model | ratio |", "|---|--:|--:|--:|"]
    x = data.x[:BATCH]
    with torch.no_grad():
        for name, model in list(made.items())[1:]:
            lines.append(f"| {name} | {ratio(lambda model=model: model(x), lambda: first(x), 41)} |")
    return lines


def decoder() -> Any:
    torch.manual_seed(0)
    return compress.CausalDecoder(vocabulary=64, dim=64, heads=4, layers=2, context=256).eval()


LENGTHS = (16, 64, 240)


def cache_work() -> list[str]:
    """Multiply-adds of generation, without the cache and with it."""
    lines = [
        "| new tokens | without | with the cache | of it | bytes of the cache | same tokens |",
        "|--:|--:|--:|--:|--:|---|",
    ]
    model = decoder()
    prompt = torch.tensor([[1, 2, 3, 4]])

    def work(length: int) -> int:
        return compress.multiply_adds(model, torch.zeros(1, length, dtype=torch.int64))

    each = (
        2 * model.tokens.embedding_dim * len(model.blocks.layers)
    )  # of a new token, for a key and a value that are cached
    for count in LENGTHS:
        lengths = range(prompt.shape[1], prompt.shape[1] + count)  # what each new token is predicted from
        without = sum(work(n) for n in lengths)
        cached = work(lengths[0]) + sum(work(1) + (n - 1) * each for n in lengths[1:])
        caches = compress.new_caches(model.blocks)
        with torch.no_grad():
            model(torch.zeros(1, lengths[-1], dtype=torch.int64), caches)
        same = (model.generate(prompt, count) == model.generate(prompt, count, cached=False)).all().item()
        size = sum(c.nbytes for c in caches)
        lines.append(
            f"| {count} | {without:,} | {cached:,} | {share(cached, without)} | {size:,} | {'yes' if same else 'no'} |"
        )
    return lines


def cache_times() -> list[str]:
    lines = ["| new tokens | with the cache | without | ratio |", "|--:|--:|--:|--:|"]
    model = decoder()
    prompt = torch.tensor([[1, 2, 3, 4]])
    for count in LENGTHS:
        timing = ratio(
            lambda count=count: model.generate(prompt, count),
            lambda count=count: model.generate(prompt, count, cached=False),
            5,
        )
        lines.append(f"| {count} | {timing} |")
    return lines


def sentences() -> list[Any]:
    rng = np.random.default_rng(0)
    return [torch.from_numpy(rng.normal(size=(n, 64)).astype(np.float32)) for n in rng.integers(1, 33, 64)]


def batch_times() -> list[str]:
    """64 sequences of 1 to 32 vectors through an encoder."""
    torch.manual_seed(0)
    layer = nn.TransformerEncoderLayer(64, 4, 128, batch_first=True)
    encoder = nn.TransformerEncoder(layer, 2, enable_nested_tensor=False).eval()
    sequences = sentences()

    def run(x: Any, mask: Any) -> Any:
        return encoder(x, src_key_padding_mask=mask)

    lines = ["| sequences at a time | padding | batched | one by one | ratio |", "|--:|--:|--:|--:|--:|"]
    with torch.no_grad():
        for size in (4, 16, 64):
            timing = ratio(
                lambda size=size: compress.in_batches(run, sequences, size),
                lambda: compress.in_batches(run, sequences, 1),
                7,
            )
            lines.append(f"| {size} | {waste(sequences, size):.0%} | {timing} |")
    return lines


def waste(sequences: list[Any], size: int) -> float:
    """The share of padding where sequences of like length come together."""
    ordered = sorted(sequences, key=len)
    batches = [compress.pad_batch(ordered[k : k + size]) for k in range(0, len(ordered), size)]
    return 1 - sum(map(len, ordered)) / sum(b.mask.numel() for b in batches)


def table() -> list[str]:
    """The part of RESULTS.md: times."""
    data = digits()
    return [
        "## Compressed models beside the whole one",
        "",
        "The models of [the page](../../docs/reference/torch_compress.md), which has their sizes and accuracies.",
        "",
        *timed(models(data), data),
        "",
        "Generation by a decoder of 2 layers, width 64:",
        "",
        *cache_times(),
        "",
        "64 sequences of 1 to 32 vectors through an encoder of 2 layers, width 64:",
        "",
        *batch_times(),
    ]


def write_page() -> None:
    """The tables between the marks of the page."""
    data = digits()
    text = PAGE.read_text(encoding="utf-8")
    for mark, lines in (("models", weighed(models(data), data)), ("cache", cache_work())):
        start, end = f"<!-- {mark} -->\n", f"<!-- end of {mark} -->"
        head, _, rest = text.partition(start)
        _, _, tail = rest.partition(end)
        text = head + start + "\n".join(lines) + "\n" + end + tail
    PAGE.write_text(text, encoding="utf-8")


if __name__ == "__main__":
    write_page()
    print("\n".join(table()))
