"""Padding."""

from __future__ import annotations

# Arrays are Any here: formulas are lambdas over arrays and tensors alike.
# pyright: reportUnknownLambdaType=false, reportUnknownArgumentType=false
# pyright: reportUnknownVariableType=false, reportUnknownMemberType=false
from collections.abc import Sequence
from typing import Any

import numpy as np

from pellucid.torch import dtypes
from pellucid.torch.ops.selection import index_select
from pellucid.torch.ops.shape import constant_pad_nd
from pellucid.torch.tensor import Tensor, wrap

MODES = {"reflect": "reflect", "replicate": "edge", "circular": "wrap"}  # torch's names and NumPy's


def pad(input: Tensor, pad: Sequence[int], mode: str = "constant", value: float | None = None) -> Tensor:
    """A frame around the last dimensions: pad = (left, right) of the last, then of the one before, …

    mode: 'constant' (value, 0 unless given), 'reflect', 'replicate' or 'circular'.
    """
    if len(pad) % 2 or len(pad) // 2 > input.array.ndim:
        raise RuntimeError(
            "Padding length must be divisible by 2"
            if len(pad) % 2
            else f"Padding length should be less than or equal to two times the input dimension but got padding length "
            f"{len(pad)} and input of dimension {input.array.ndim}"
        )
    if mode == "constant":
        return constant_pad_nd(input, pad, value or 0)
    if mode not in MODES:
        raise NotImplementedError(f"Unrecognised padding mode {mode}")
    if value not in (None, 0):
        raise ValueError(f'Padding mode "{mode}" doesn\'t take in value argument')
    out = input
    for k in range(len(pad) // 2):
        left, right = pad[2 * k], pad[2 * k + 1]
        n = out.array.shape[-1 - k]
        if (mode == "reflect" and max(left, right) >= n) or (mode == "circular" and max(left, right) > n):
            place = f"Argument #{4 + 2 * k}: " if mode == "reflect" else ""
            raise RuntimeError(
                f"{place}Padding size should be less than the corresponding input dimension, but got: padding ({left}, {right}) "
                f"at dimension {out.array.ndim - 1 - k} of input {list(out.array.shape)}"
            )
        before, after = slice(None), slice(max(-left, 0), n + max(left, 0) + max(right, 0) - max(-right, 0))
        if mode == "circular":  # what goes round is what a negative width has left
            before, after = slice(max(-left, 0), n - max(-right, 0)), before
        places: Any = np.pad(np.arange(n)[before], (max(left, 0), max(right, 0)), mode=MODES[mode])[after]  # pyright: ignore[reportCallIssue, reportArgumentType]
        out = index_select(out, out.array.ndim - 1 - k, wrap(places, dtypes.int64))
    return out
