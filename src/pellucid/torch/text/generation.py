"""Tokens one after the other from a language model: greedy, or drawn from its probabilities."""

from __future__ import annotations

# pyright: reportUnknownArgumentType=false, reportUnknownVariableType=false, reportUnknownMemberType=false
from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

import numpy as np

from pellucid.torch import dtypes
from pellucid.torch.autograd.mode import no_grad
from pellucid.torch.creation import as_tensor, zeros
from pellucid.torch.ops.exponentials import softmax
from pellucid.torch.ops.joining import cat
from pellucid.torch.random.generator import Generator
from pellucid.torch.random.sampling import multinomial
from pellucid.torch.tensor import Tensor
from pellucid.torch.text import logits as transforms

Model = Callable[[Tensor], Tensor]


class GenerationStep(NamedTuple):
    """One step of `generate`: the model's logits, what became of them, and the tokens chosen (pad_token_id after an end)."""

    logits: Tensor  # (batch, vocabulary)
    scores: Tensor  # (batch, vocabulary)
    tokens: Tensor  # (batch,)
    finished: Tensor  # (batch,) after this step


def check_prompt(ids: Any) -> Tensor:
    """The prompt as integers (batch, length); one without a batch dimension becomes a batch of one."""
    prompt = as_tensor(ids)
    if not prompt.numel():
        raise ValueError("the prompt needs at least one token; a special token may stand for the beginning")
    if prompt.dtype.is_floating_point or prompt.dtype is dtypes.bool_ or prompt.dim() not in (1, 2):
        raise ValueError(
            "the prompt must be token ids of shape (length,) or (batch, length), "
            f"got {prompt.dtype} of shape {tuple(prompt.shape)}"
        )
    return prompt.long().reshape(-1, prompt.shape[-1])


def check_ends(eos_token_id: int | Sequence[int] | None, pad_token_id: int | None) -> tuple[list[int], int]:
    """The tokens that end a sequence, and the one that fills up behind them: by default the first of those."""
    ends = (
        []
        if eos_token_id is None
        else [eos_token_id]
        if isinstance(eos_token_id, int)
        else list(eos_token_id)
    )
    return ends, pad_token_id if pad_token_id is not None else ends[0] if ends else 0


def next_logits(model: Model, ids: Tensor, context_length: int | None = None) -> Tensor:
    """The model's logits for the token after `ids`: (batch, vocabulary), in float32 or float64.

    The model gives (batch, length, vocabulary), or (batch, vocabulary) for the next token alone.
    """
    if context_length is not None:
        ids = ids[:, -context_length:]
    out = model(ids)
    if out.dim() not in (2, 3) or out.shape[0] != ids.shape[0]:
        raise ValueError(
            f"for ids of shape {tuple(ids.shape)} the model gave {tuple(out.shape)}; "
            "logits are (batch, length, vocabulary) or (batch, vocabulary)"
        )
    last = out[:, -1] if out.dim() == 3 else out
    return check_logits(last if last.dtype is dtypes.float64 else last.float())


def check_logits(logits: Tensor) -> Tensor:
    """The logits themselves; ValueError where nothing can be drawn from a row."""
    if not np.isfinite(logits.array.max(-1)).all():
        raise ValueError("the model's logits have nan or inf, or -inf for every token that may come")
    return logits


def generate(
    model: Model,
    ids: Any,
    max_new_tokens: int,
    *,
    do_sample: bool = False,
    temperature: float = 1.0,
    top_k: int | None = None,
    top_p: float | None = None,
    min_new_tokens: int = 0,
    eos_token_id: int | Sequence[int] | None = None,
    pad_token_id: int | None = None,
    context_length: int | None = None,
    generator: Generator | None = None,
    see: Callable[[GenerationStep], None] | None = None,
) -> Tensor:
    """The prompt followed by up to max_new_tokens tokens: the model's likeliest each time, or drawn with do_sample=True.

    model: any function from token ids (batch, length) to logits (batch, length, vocabulary) or (batch, vocabulary); a Module is
    called as it is, so call its eval() first if it has dropout. ids: (length,), or (batch, length) of prompts of one length.

    - do_sample: draw by torch.multinomial with `generator`, from the softmax of the logits after temperature, top_k and top_p, in
      this order (see `pellucid.torch.text.logits`).
    - eos_token_id: one or several tokens that end a sequence; what follows in a batch is pad_token_id, by default the first of
      them. min_new_tokens: so many tokens come before any of them.
    - context_length: the model sees only so many of the last tokens.
    - see: is given each step, a GenerationStep.

    Returns (length + new,) or (batch, length + new); new < max_new_tokens if all sequences have ended.
    """
    if not do_sample and (temperature != 1 or top_k is not None or top_p is not None):
        raise ValueError("temperature, top_k and top_p choose how tokens are drawn: they need do_sample=True")
    if max_new_tokens < 0:
        raise ValueError(f"max_new_tokens must be at least 0, got {max_new_tokens}")
    running = check_prompt(ids)  # (batch, length)
    ends, pad = check_ends(eos_token_id, pad_token_id)
    finished = zeros(running.shape[0], dtype=dtypes.bool_)
    for step in range(max_new_tokens):
        with no_grad():
            logits = next_logits(model, running, context_length)
        scores = check_logits(transforms.forbid(logits, ends)) if step < min_new_tokens else logits
        if do_sample:
            scores = transforms.warp(scores, temperature, top_k, top_p)
            tokens = multinomial(softmax(scores, -1), 1, generator=generator)[:, 0]
        else:
            tokens = scores.argmax(-1)
        tokens = tokens.masked_fill(finished, pad)
        for end in ends:
            finished = finished | (tokens == end)
        running = cat([running, tokens[:, None]], 1)
        if see is not None:
            see(GenerationStep(logits, scores, tokens, finished))
        if bool(finished.all()):
            break
    return running if as_tensor(ids).dim() == 2 else running[0]
