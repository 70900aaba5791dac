"""Connectionist temporal classification (Graves et al. 2006): what labels cost that are spread over a longer sequence.

Each label may last for several steps, and blanks may stand between labels; all such ways count. Extended labels: the labels with
a blank before, between and after them.
"""

from __future__ import annotations

# Arrays are Any here: formulas are lambdas over arrays and tensors alike.
# pyright: reportUnknownLambdaType=false, reportUnknownArgumentType=false
# pyright: reportUnknownVariableType=false, reportUnknownMemberType=false
from typing import Any

import numpy as np

from pellucid.torch.nn.functional.losses import reduced
from pellucid.torch.ops.apply import Operation, apply
from pellucid.torch.tensor import Tensor, memory, wrap


def log_sum(*terms: Any) -> Any:
    """log Σ eˣ, element by element; −∞ where all terms are."""
    largest = np.maximum.reduce(terms)
    safe = np.where(np.isfinite(largest), largest, 0)
    with np.errstate(divide="ignore"):
        return np.log(sum(np.exp(t - safe) for t in terms)) + safe


def moved(x: Any, by: int) -> Any:
    """x (N, L) moved along the labels, −∞ coming in."""
    out = np.full_like(x, -np.inf)
    if by > 0:
        out[:, by:] = x[:, :-by]
    else:
        out[:, :by] = x[:, -by:]
    return out


class CtcLossBackward0(Operation):
    """−log of the probability of each sequence of labels: (T, N, C) → (N,)."""

    __slots__ = ()

    def forward(self, lp: Any, labels: Any, steps: Any, counts: Any, blank: int, zero_infinity: bool) -> Any:
        """lp log-probabilities; labels (N, L) extended; steps (N,) and counts (N,) the lengths of inputs and targets."""
        T, N, _ = lp.shape
        seen = np.take_along_axis(lp, np.broadcast_to(labels, (T, *labels.shape)), axis=2)  # (T, N, L)
        jump = (labels != blank) & (labels != np.pad(labels, ((0, 0), (2, 0)), constant_values=blank)[:, :-2])
        alpha: Any = np.full_like(seen, -np.inf)  # log-probability of all ways to be at a label at a time
        alpha[0, :, :2] = seen[0, :, :2]
        for t in range(1, T):
            a = alpha[t - 1]
            alpha[t] = log_sum(a, moved(a, 1), np.where(jump, moved(a, 2), -np.inf)) + seen[t]
        rows = np.arange(N)
        last = alpha[steps - 1, rows, 2 * counts]
        before = np.where(counts > 0, alpha[steps - 1, rows, np.maximum(2 * counts - 1, 0)], -np.inf)
        loss = -log_sum(last, before).astype(lp.dtype)
        lost = np.isinf(loss) & zero_infinity
        self.how = labels, steps, counts, jump, seen, alpha, lost, loss
        self.save(lp)
        return np.where(lost, 0, loss).astype(lp.dtype)

    def pull(self, g: Any) -> tuple[Any]:
        """As torch: of normalised log-probabilities, the difference between them and where the labels are likely to be."""
        if isinstance(g, Tensor):
            raise NotImplementedError("second derivatives of ctc_loss are absent, as in torch")
        (lp,) = self.unpack()
        labels, steps, counts, jump, seen, alpha, lost, loss = self.how
        T, N, _ = lp.shape
        rows, ahead = np.arange(N), np.pad(jump, ((0, 0), (0, 2)))[:, 2:]
        beta: Any = np.full_like(seen, -np.inf)  # log-probability of all ways on from a label at a time
        for t in range(T - 1, -1, -1):
            if t < T - 1:
                b = beta[t + 1]
                beta[t] = log_sum(b, moved(b, -1), np.where(ahead, moved(b, -2), -np.inf)) + seen[t]
            ends = rows[steps - 1 == t]
            beta[t, ends] = -np.inf
            for place in (2 * counts[ends], np.maximum(2 * counts[ends] - 1, 0)):
                beta[t, ends, place] = seen[t, ends, place]
        likely: Any = np.zeros_like(lp)
        ways = alpha + beta
        with np.errstate(invalid="ignore"):  # no number where the loss is infinite, as in torch
            share = np.exp(np.where(np.isneginf(ways), ways, ways - seen) + loss[:, None])
        times = np.arange(T)[:, None, None]
        np.add.at(likely, (times, rows[:, None], labels[None]), share)
        inside = (np.arange(T)[:, None] < steps) & ~lost  # (T, N)
        return (np.where(inside[..., None], (np.exp(lp) - likely) * g[:, None], 0).astype(lp.dtype),)


def lengths_of(given: Any, name: str, most: int) -> Any:
    """Lengths as an array; RuntimeError for one that is out of range."""
    out: Any = np.atleast_1d(memory(given) if isinstance(given, Tensor) else np.array(given)).astype(np.intp)
    if out.size and out.max() > most:
        raise RuntimeError(
            f"Expected {name} to have value at most {most}, but got value {out.max()} (while checking arguments for "
            "ctc_loss_allocate_outputs)"
        )
    if out.size and out.min() < 0:
        raise RuntimeError(f"Expected {name} to have value at least 0, but got value {out.min()}")
    return out


def extended(targets: Any, counts: Any, blank: int) -> Any:
    """Labels (N, 2·S + 1) with blanks around each; targets (N, S), or all in a row."""
    if targets.ndim == 1:
        parts = np.split(targets, np.cumsum(counts)[:-1])
    else:
        parts = [row[:n] for row, n in zip(targets, counts, strict=True)]
    out: Any = np.full((counts.size, 2 * int(counts.max(initial=0)) + 1), blank, np.intp)
    for row, part in zip(out, parts, strict=True):
        row[1 : 2 * part.size : 2] = part
    return out


def ctc_loss(
    log_probs: Tensor,
    targets: Tensor,
    input_lengths: Any,
    target_lengths: Any,
    blank: int = 0,
    reduction: str = "mean",
    zero_infinity: bool = False,
) -> Tensor:
    """log_probs (T, N, C) from log_softmax, or (T, C); targets (N, S), or all in a row. The mean is of losses a label.

    zero_infinity: targets too long for their inputs cost nothing.
    """
    single = log_probs.array.ndim == 2
    lp = log_probs.unsqueeze(1) if single else log_probs
    T, _, C = lp.array.shape
    if not 0 <= blank < C:
        raise RuntimeError("blank must be in label range")
    rows = memory(targets)
    rows = rows[None] if single and rows.ndim == 1 else rows
    steps = lengths_of(input_lengths, "input_lengths", T)
    counts = lengths_of(target_lengths, "target_lengths", rows.shape[-1])
    labels = extended(rows, counts, blank)
    loss = apply(CtcLossBackward0, (lp,), labels, steps, counts, blank, zero_infinity)
    if reduction == "mean":
        loss = loss / wrap(np.maximum(counts, 1).astype(lp.array.dtype), lp.dtype)
    out = reduced(loss, reduction)
    return out.squeeze(0) if single and reduction == "none" else out


__all__ = ["ctc_loss"]
