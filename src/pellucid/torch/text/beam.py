"""Beam search: the likeliest continuation, looked for among the best few at each length (Lowerre 1976; Graves 2012)."""

from __future__ import annotations

# pyright: reportUnknownArgumentType=false, reportUnknownVariableType=false, reportUnknownMemberType=false
import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal, NamedTuple

from pellucid.torch import dtypes
from pellucid.torch.autograd.mode import no_grad
from pellucid.torch.creation import as_tensor, tensor
from pellucid.torch.ops.exponentials import log_softmax
from pellucid.torch.ops.joining import cat, split, stack
from pellucid.torch.ops.order import topk
from pellucid.torch.tensor import Tensor
from pellucid.torch.text.generation import Model, check_ends, check_prompt, next_logits
from pellucid.torch.text.logits import forbid


class Beams(NamedTuple):
    """What `beam_search` found for each prompt, best first: the tokens, prompt included, and the scores."""

    sequences: Tensor  # ([batch,] num_return_sequences, length + new), filled up with pad_token_id
    scores: Tensor  # ([batch,] num_return_sequences), -inf where fewer were found


class Hypothesis(NamedTuple):
    """A continuation: its tokens after the prompt, and log p(tokens | prompt)."""

    tokens: tuple[int, ...]
    log_probability: float


class BeamStep(NamedTuple):
    """What one step of `beam_search` left for prompt number `prompt`: best first, the finished ones with their scores."""

    prompt: int
    running: tuple[Hypothesis, ...]
    finished: tuple[tuple[float, Hypothesis], ...]


@dataclass
class Search:
    """The beams of one prompt: `running` go on, best first; `finished` have ended, with their scores, best first."""

    num_beams: int
    length_penalty: float
    early_stopping: bool | Literal["never"]
    max_length: int
    running: list[Hypothesis] = field(default_factory=lambda: [Hypothesis((), 0.0)])
    finished: list[tuple[float, Hypothesis]] = field(default_factory=list[tuple[float, Hypothesis]])

    def extend(self, log_probabilities: Tensor, ends: Sequence[int]) -> None:
        """One token further. log_probabilities: (running beams, vocabulary).

        Twice num_beams candidates (or more, with several end tokens) leave num_beams that go on even if all others end here.
        An ended one counts only if it is among the first num_beams.
        """
        so_far = tensor([beam.log_probability for beam in self.running], dtype=log_probabilities.dtype)
        total = (log_probabilities + so_far[:, None]).reshape(-1)  # (beams · vocabulary,)
        found = topk(total, min(self.num_beams * max(2, 1 + len(ends)), len(total)))
        vocabulary = log_probabilities.shape[1]
        parents, self.running = self.running, []
        for place, (value, index) in enumerate(zip(found[0].tolist(), found[1].tolist(), strict=True)):
            if value == -math.inf:
                break
            parent, token = divmod(index, vocabulary)
            beam = Hypothesis((*parents[parent].tokens, token), value)
            if token in ends or len(beam.tokens) == self.max_length:
                if place < self.num_beams:
                    self.finish(beam)
            elif len(self.running) < self.num_beams:
                self.running.append(beam)

    def finish(self, beam: Hypothesis) -> None:
        """Keep an ended beam if it is among the best."""
        score = beam.log_probability / len(beam.tokens) ** self.length_penalty
        self.finished.append((score, beam))
        self.finished.sort(key=lambda item: -item[0])
        del self.finished[self.num_beams :]

    def is_done(self) -> bool:
        """Whether no running beam can, by the rule of early_stopping, come among the finished any more."""
        if not self.running:
            return True
        if len(self.finished) < self.num_beams:
            return False
        if self.early_stopping is True:
            return True
        hopeful = self.early_stopping == "never" and self.length_penalty > 0
        length = self.max_length if hopeful else len(self.running[0].tokens)
        return self.running[0].log_probability / length**self.length_penalty <= self.finished[-1][0]


def beam_search(
    model: Model,
    ids: Any,
    max_new_tokens: int,
    *,
    num_beams: int,
    length_penalty: float = 1.0,
    early_stopping: bool | Literal["never"] = False,
    num_return_sequences: int = 1,
    min_new_tokens: int = 0,
    eos_token_id: int | Sequence[int] | None = None,
    pad_token_id: int | None = None,
    context_length: int | None = None,
    see: Callable[[BeamStep], None] | None = None,
) -> Beams:
    """The best continuations by log p(tokens | prompt) / new_tokens**length_penalty; with one beam it is greedy.

    - num_beams: how many are followed. length_penalty: 0 compares probabilities, 1 their geometric mean a token; more favours
      length.
    - early_stopping, once num_beams have ended: True stops; False stops when the best running one, as long as it is now, scores
      no better than the worst ended one; "never" when it could not even at its best length, which loses nothing.
    - see: is given each step of each prompt, a BeamStep. The other arguments are those of `generate`.

    What runs to max_new_tokens counts as ended.

    ValueError if the model gives every continuation of a prompt probability 0.
    """
    if num_beams < 1 or not 1 <= num_return_sequences <= num_beams:
        raise ValueError(
            f"1 ≤ num_return_sequences ≤ num_beams is needed, got {num_return_sequences} and {num_beams}"
        )
    if max_new_tokens < 1:
        raise ValueError(f"max_new_tokens must be at least 1, got {max_new_tokens}")
    if early_stopping not in (True, False, "never"):
        raise ValueError(f"early_stopping must be True, False or 'never', got {early_stopping!r}")
    prompts = check_prompt(ids)  # (batch, length)
    ends, pad = check_ends(eos_token_id, pad_token_id)
    searches = [
        Search(num_beams, length_penalty, early_stopping, max_new_tokens) for _ in range(len(prompts))
    ]
    for step in range(max_new_tokens):
        open_ = [k for k, search in enumerate(searches) if not search.is_done()]
        if not open_:
            break
        rows = [
            cat([prompts[k], tensor(b.tokens, dtype=dtypes.int64)])
            for k in open_
            for b in searches[k].running
        ]
        with no_grad():
            logits = next_logits(model, stack(rows), context_length)
        log_p = log_softmax(logits, -1)  # (running beams of all, vocabulary)
        log_p = forbid(log_p, ends) if step < min_new_tokens else log_p
        counts = [len(searches[k].running) for k in open_]
        for k, part in zip(open_, split(log_p, counts), strict=True):
            searches[k].extend(part, ends)
            if see is not None:
                see(BeamStep(k, tuple(searches[k].running), tuple(searches[k].finished)))
    found = gather_beams(prompts, searches, num_return_sequences, pad)
    return found if as_tensor(ids).dim() == 2 else Beams(found.sequences[0], found.scores[0])


def gather_beams(prompts: Tensor, searches: Sequence[Search], count: int, pad: int) -> Beams:
    """The first `count` finished beams of each prompt, filled up to one length."""
    if not all(search.finished for search in searches):
        raise ValueError("the model gives every continuation of a prompt probability 0")
    kept = [(search.finished + [(-math.inf, Hypothesis((), 0.0))] * count)[:count] for search in searches]
    length = max(len(beam.tokens) for found in kept for _, beam in found)
    new = [[[*beam.tokens, *[pad] * (length - len(beam.tokens))] for _, beam in found] for found in kept]
    repeated = prompts[:, None].expand(-1, count, -1)
    sequences = cat([repeated, tensor(new, dtype=dtypes.int64)], -1)  # (batch, count, length + new)
    return Beams(sequences, tensor([[score for score, _ in found] for found in kept]))
