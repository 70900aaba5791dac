"""What a model weighs, works and is worth: bytes, parameters, multiply-adds, time, accuracy."""

from __future__ import annotations

# pyright: reportUnknownLambdaType=false, reportUnknownArgumentType=false
# pyright: reportUnknownVariableType=false, reportUnknownMemberType=false
import math
import time
from collections.abc import Callable, Generator
from contextlib import contextmanager
from dataclasses import dataclass
from statistics import median
from typing import Any

from pellucid.torch import nn
from pellucid.torch.autograd.mode import no_grad
from pellucid.torch.compress.fake import FakeQuantizedLinear
from pellucid.torch.compress.integer import QuantizedLinear
from pellucid.torch.compress.pruning import SparseLinear
from pellucid.torch.nn.modules.module import Module
from pellucid.torch.nn.utils.rnn import PackedSequence
from pellucid.torch.tensor import Tensor


@dataclass(frozen=True)
class Measured:
    """parameters: numbers that the model keeps, trained or not, scales and indices left out; bytes: of all its tensors.

    multiply_adds: products of numbers for the given inputs, in layers with weights and in attention; seconds: median of one call;
    accuracy: what the caller's function gave, or None.
    """

    parameters: int
    bytes: int
    multiply_adds: int
    seconds: float
    accuracy: float | None = None


def measure(
    model: Module, *inputs: Any, accuracy: Callable[[Any], float] | None = None, repeats: int = 5
) -> Measured:
    """Measure model(*inputs), in eval mode and without gradients; accuracy(model): of which the model is left in eval mode.

    NotImplementedError for a layer with parameters whose multiply-adds are not known.
    """
    with evaluating(model):
        count = multiply_adds(model, *inputs)
        with no_grad():
            seconds = median(timed(model, inputs) for _ in range(repeats)) if repeats else math.nan
        worth = None if accuracy is None else float(accuracy(model))
    return Measured(count_parameters(model), count_bytes(model), count, seconds, worth)


@contextmanager
def evaluating(model: Module) -> Generator[None]:
    """Every submodule in eval mode; afterwards each as it was."""
    modes = [(module, module.training) for module in model.modules()]
    model.eval()
    try:
        yield
    finally:
        for module, training in modes:
            module.training = training


def timed(model: Any, inputs: tuple[Any, ...]) -> float:
    """Seconds of one call."""
    start = time.perf_counter()
    model(*inputs)
    return time.perf_counter() - start


def count_bytes(model: Module) -> int:
    """Bytes of all parameters and buffers that are saved, each once."""
    return sum(t.nbytes for t in unique(model))


def count_parameters(model: Module) -> int:
    """How many numbers the model's parameters hold; of quantized and sparse layers, the weights kept and the biases."""
    own = sum(t.numel() for t in unique(model, "_parameters"))
    for module in model.modules():
        if isinstance(module, QuantizedLinear):
            own += module.in_features * module.out_features
        elif isinstance(module, SparseLinear):
            own += module.values.numel()
        if isinstance(module, (QuantizedLinear, SparseLinear)) and module.bias is not None:
            own += module.bias.numel()
    return own


def unique(model: Module, *tables: str) -> list[Tensor]:
    """The tensors in these tables of all submodules, each once; without tables, the parameters and saved buffers."""
    found: dict[int, Tensor] = {}
    for module in model.modules():
        own = module.__dict__
        for table in tables or ("_parameters", "_buffers"):
            for name, t in own[table].items():
                if t is not None and name not in own["_unsaved"]:
                    found[id(t)] = t
    return list(found.values())


def rows(x: Any) -> int:
    """How many vectors, along the last dimension."""
    return x.numel() // x.shape[-1]


def of_linear(m: Any, args: Any, out: Any) -> int:
    """in·out for each row."""
    return rows(out) * m.in_features * m.out_features


def of_convolution(m: Any, args: Any, out: Any) -> int:
    """The weights that meet at each output, or, of a transposed one, that each input meets."""
    places = args[0] if type(m).__name__.startswith("ConvTranspose") else out
    return places.numel() * m.weight[0].numel()


def of_attention(m: Any, args: Any, out: Any) -> int:
    """Three projections, scores and weighted sums; the last projection is a Linear of its own."""
    query, key, value = args[:3]
    e = m.embed_dim
    batch = (query.shape[0] if m.batch_first else query.shape[1]) if query.dim() == 3 else 1
    targets, sources = rows(query) // batch, rows(key) // batch
    projections = rows(query) * e * e + rows(key) * e * m.kdim + rows(value) * e * m.vdim
    return projections + 2 * batch * targets * sources * e


def of_recurrent(m: Any, args: Any, out: Any) -> int:
    """Every weight matrix once for each element of each sequence."""
    x = args[0].data if isinstance(args[0], PackedSequence) else args[0]
    return rows(x) * sum(p.numel() for name, p in m.named_parameters() if name.startswith("weight"))


def of_norm(m: Any, args: Any, out: Any) -> int:
    """One for each element."""
    return out.numel()


COUNTS: dict[type, Callable[[Any, Any, Any], int]] = (
    dict.fromkeys((nn.Linear, nn.modules.linear.NonDynamicallyQuantizableLinear), of_linear)
    | dict.fromkeys((QuantizedLinear, FakeQuantizedLinear), of_linear)
    | {SparseLinear: lambda m, args, out: rows(out) * m.values.numel(), nn.MultiheadAttention: of_attention}
    | dict.fromkeys((nn.Conv1d, nn.Conv2d, nn.Conv3d), of_convolution)
    | dict.fromkeys((nn.ConvTranspose1d, nn.ConvTranspose2d, nn.ConvTranspose3d), of_convolution)
    | dict.fromkeys((nn.RNN, nn.LSTM, nn.GRU, nn.RNNCell, nn.LSTMCell, nn.GRUCell), of_recurrent)
    | dict.fromkeys((nn.BatchNorm1d, nn.BatchNorm2d, nn.BatchNorm3d, nn.LayerNorm, nn.GroupNorm), of_norm)
    | {nn.Embedding: lambda m, args, out: 0}
)


def multiply_adds(model: Module, *inputs: Any) -> int:
    """The products that model(*inputs) computes, in eval mode, in its layers with weights and in nn.MultiheadAttention.

    What a module of one's own computes by functions (F.linear of a constant, scaled_dot_product_attention) is not seen.
    """
    total = 0
    handles: list[Any] = []

    def watch(module: Any) -> None:
        count = COUNTS.get(type(module))
        if count is None:
            if any(t is not None for t in module._parameters.values()):
                raise NotImplementedError(f"the multiply-adds of {type(module).__name__} are not known")
            return

        def add(module: Any, args: Any, out: Any) -> None:
            nonlocal total
            total += count(module, args, out)

        handles.append(module.register_forward_hook(add))

    try:
        for module in model.modules():
            watch(module)
        with evaluating(model), no_grad():
            model(*inputs)
    finally:
        for handle in handles:
            handle.remove()
    return total


def report(measured: dict[str, Measured]) -> str:
    """A table of several models by name, the first one with its numbers, the others with what share of them is left."""
    lines = [f"{'':16}{'parameters':>12}{'bytes':>12}{'mult-adds':>14}{'time':>10}{'accuracy':>10}"]
    first = next(iter(measured.values()), None)
    for name, m in measured.items():
        assert first is not None
        worth = "" if m.accuracy is None else f"{m.accuracy:.4f}"
        if m is first:
            cells = f"{m.parameters:>12,}{m.bytes:>12,}{m.multiply_adds:>14,}{m.seconds * 1e3:>7.2f} ms"
        else:
            cells = (
                f"{share(m.parameters, first.parameters):>12}{share(m.bytes, first.bytes):>12}"
                f"{share(m.multiply_adds, first.multiply_adds):>14}{share(m.seconds, first.seconds):>10}"
            )
        lines.append(f"{name:16}{cells}{worth:>10}")
    return "\n".join(lines)


def share(part: float, whole: float) -> str:
    """part/whole."""
    return f"{part / whole:.2f} ×" if whole else "—"
