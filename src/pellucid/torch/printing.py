"""How a tensor prints: torch's rules for precision, width, scientific notation, summaries and line breaks."""

from __future__ import annotations

# Arrays are Any here: formulas are lambdas over arrays and tensors alike.
# pyright: reportUnknownLambdaType=false, reportUnknownArgumentType=false
# pyright: reportUnknownVariableType=false, reportUnknownMemberType=false
import math
from typing import Any

import numpy as np

from pellucid.torch import dtypes
from pellucid.torch.autograd.graph import AccumulateGrad
from pellucid.torch.tensor import Tensor


class Options:
    """The present print options."""

    precision = 4
    threshold: float = 1000
    edgeitems = 3
    linewidth = 80
    sci_mode: bool | None = None


def set_printoptions(
    precision: int | None = None,
    threshold: float | None = None,
    edgeitems: int | None = None,
    linewidth: int | None = None,
    profile: str | None = None,
    sci_mode: bool | None = None,
) -> None:
    """Set the digits after the point, from how many elements on to summarise, how many to show at each edge, the line's width."""
    if profile is not None:
        chosen = {"default": (4, 1000, 3, 80), "short": (2, 1000, 2, 80), "full": (4, math.inf, 3, 80)}[
            profile
        ]
        Options.precision, Options.threshold, Options.edgeitems, Options.linewidth = chosen
    for name, value in (
        ("precision", precision),
        ("threshold", threshold),
        ("edgeitems", edgeitems),
        ("linewidth", linewidth),
    ):
        if value is not None:
            setattr(Options, name, value)
    Options.sci_mode = sci_mode


class Numbers:
    """How the numbers of one tensor are written: all alike, as wide as the widest."""

    def __init__(self, array: Any) -> None:
        self.floating = array.dtype.kind == "f"
        self.whole = True
        self.scientific = False
        self.width = 1
        values: list[Any] = array.reshape(-1).tolist()
        if not self.floating:
            self.width = max([self.width, *(len(str(v)) for v in values)])
            return
        usable = [v for v in values if math.isfinite(v) and v != 0]
        if not usable:  # zeros are written "0."
            return
        high, low = max(map(abs, usable)), min(map(abs, usable))
        self.whole = all(not math.isfinite(v) or v == math.ceil(v) for v in values)
        wide = high / low > 1000.0 or high > 1e8
        self.scientific = wide if self.whole else wide or low < 1e-4
        if Options.sci_mode is not None:
            self.scientific = Options.sci_mode
        self.width = max(self.width, *(len(self.text(v)) for v in usable))

    def text(self, value: Any) -> str:
        """One number, unpadded."""
        if not self.floating:
            return str(value)
        if self.scientific:
            return f"{value:.{Options.precision}e}"
        if self.whole:
            return f"{value:.0f}." if math.isfinite(value) else f"{value:.0f}"
        return f"{value:.{Options.precision}f}"

    def padded(self, value: Any) -> str:
        """One number, to the common width."""
        return self.text(value).rjust(self.width)


def summarised(array: Any) -> Any:
    """Only the elements that a summary shows, to find their format."""
    edge = Options.edgeitems
    for axis in range(array.ndim):
        if array.shape[axis] > 2 * edge:
            lead = (slice(None),) * axis
            array = np.concatenate(
                [array[(*lead, slice(None, edge))], array[(*lead, slice(-edge, None))]], axis
            )
    return array


def nested(array: Any, indent: int, summary: bool, numbers: Numbers) -> str:
    """The elements in brackets, broken into lines."""
    if not array.ndim:
        return numbers.padded(array.item())
    edge, n = Options.edgeitems, array.shape[0]
    cut = summary and n > 2 * edge
    if array.ndim == 1:
        per_line = max(1, (Options.linewidth - indent) // (numbers.width + 2))
        values = array.tolist()
        if cut:
            items = [*map(numbers.padded, values[:edge]), " ...", *map(numbers.padded, values[-edge:])]
        else:
            items = [numbers.padded(v) for v in values]
        lines = [", ".join(items[k : k + per_line]) for k in range(0, len(items), per_line)]
        return "[" + (",\n" + " " * (indent + 1)).join(lines) + "]"
    rows = [*range(edge), None, *range(n - edge, n)] if cut else list(range(n))
    parts = ["..." if k is None else nested(array[k], indent + 1, summary, numbers) for k in rows]
    return "[" + ("," + "\n" * (array.ndim - 1) + " " * (indent + 1)).join(parts) + "]"


def tensor_text(tensor: Tensor) -> str:
    """What repr and print give."""
    title = "Parameter containing:\n" if type(tensor).__name__ == "Parameter" else ""
    prefix = "tensor("
    array: Any = np.asarray(tensor.array)
    if array.dtype == np.float16:
        array = array.astype(np.float32)
    suffixes: list[str] = []
    if not array.size:
        body = "[]"
        if array.ndim != 1:
            suffixes.append(f"size={tuple(array.shape)}")
        if tensor.dtype is not dtypes.Defaults.floating:
            suffixes.append(f"dtype={tensor.dtype!r}")
    else:
        summary = array.size > Options.threshold
        numbers = Numbers(summarised(array) if summary else array)
        body = nested(array, len(prefix), summary, numbers)
        if tensor.dtype not in (dtypes.Defaults.floating, dtypes.int64, dtypes.bool_):
            suffixes.append(f"dtype={tensor.dtype!r}")
    node = tensor.node
    if node is not None:
        suffixes.append(
            "requires_grad=True" if isinstance(node, AccumulateGrad) else f"grad_fn=<{node.name()}>"
        )
    return title + with_suffixes(prefix + body, suffixes, len(prefix))


def with_suffixes(text: str, suffixes: list[str], indent: int) -> str:
    """The suffixes after the elements, on a new line where they would pass the width."""
    out = text
    length = len(text) - text.rfind("\n") + 1
    for suffix in suffixes:
        if length + len(suffix) + 2 > Options.linewidth:
            out += ",\n" + " " * indent + suffix
            length = indent + len(suffix)
        else:
            out += ", " + suffix
            length += len(suffix) + 2
    return out + ")"
