"""Logits and generation: transformers (recorded by tools/torch_text_fixtures.py), definitions, exhaustive search."""

from __future__ import annotations

import itertools
import json
import math
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import pellucid.torch as torch
from pellucid.torch import nn
from pellucid.torch.text import BeamStep, GenerationStep, beam_search, generate, temperature, top_k, top_p
from pellucid.torch.text.logits import forbid, warp

FIXTURES = Path(__file__).parent / "fixtures"
WARPED: Any = json.loads((FIXTURES / "sampling.json").read_text(encoding="utf-8"))
GENERATED: list[Any] = json.loads((FIXTURES / "generation.json").read_text(encoding="utf-8"))
TRANSFORMS = {"temperature": temperature, "top_k": top_k, "top_p": top_p}

ROWS = st.lists(st.integers(-40, 40).map(lambda n: n / 8), min_size=1, max_size=9)


class Recurrent(nn.Module):
    """The network of the fixtures: the same initial weights from the same seed."""

    def __init__(self, vocabulary: int, sharpness: float) -> None:
        super().__init__()
        self.embed = nn.Embedding(vocabulary, 16)
        self.gru = nn.GRU(16, 16, batch_first=True)
        self.head = nn.Linear(16, vocabulary)
        self.sharpness = sharpness

    def forward(self, ids: Any) -> Any:
        return self.sharpness * self.head(self.gru(self.embed(ids))[0])


def network(seed: int, vocabulary: int = 11, sharpness: float = 6.0) -> Recurrent:
    torch.manual_seed(seed)
    return Recurrent(vocabulary, sharpness)


# ── Against transformers ─────────────────────────────────────────────────────────────────────────────────────────────────────
def array_of(rows: Any) -> Any:
    return np.array([[-math.inf if v is None else v for v in row] for row in rows], np.float32)


@pytest.mark.parametrize(
    ("name", "value", "expected"), WARPED["warped"], ids=[f"{n} {v}" for n, v, _ in WARPED["warped"]]
)
def test_logits_become_what_transformers_makes_of_them(name: str, value: Any, expected: Any) -> None:
    logits = torch.tensor(array_of(WARPED["logits"]))
    found = TRANSFORMS[name](logits, value)
    np.testing.assert_array_equal(found.array, array_of(expected))
    np.testing.assert_array_equal(TRANSFORMS[name](logits[0], value).array, found[0].array)
    np.testing.assert_array_equal(
        TRANSFORMS[name](logits.reshape(2, 5, -1), value).array, found.reshape(2, 5, -1).array
    )


def named(case: Any) -> str:
    told = {
        k: v
        for k, v in case["options"].items()
        if k not in ("max_new_tokens", "eos_token_id", "pad_token_id")
    }
    return f"{case['seed']} {len(case['ids'])} {told}"


@pytest.mark.parametrize("case", [c for c in GENERATED if c["scores"] is None], ids=named)
def test_generated_tokens_are_those_of_transformers(case: Any) -> None:
    net = network(case["seed"])
    torch.manual_seed(100 + case["seed"])
    assert generate(net, case["ids"], **case["options"]).tolist() == case["sequences"]
    g = torch.Generator().manual_seed(100 + case["seed"])
    torch.manual_seed(0)  # what the default generator holds does not matter to another
    assert generate(net, case["ids"], generator=g, **case["options"]).tolist() == case["sequences"]


@pytest.mark.parametrize("case", [c for c in GENERATED if c["scores"] is not None], ids=named)
def test_beams_are_those_of_transformers(case: Any) -> None:
    options = {k: v for k, v in case["options"].items() if k != "do_sample"}
    found = beam_search(network(case["seed"]), case["ids"], **options)
    assert found.sequences.flatten(0, 1).tolist() == case["sequences"]
    np.testing.assert_allclose(found.scores.flatten().tolist(), case["scores"], rtol=2e-6, atol=2e-6)


# ── Logits by definition ─────────────────────────────────────────────────────────────────────────────────────────────────────
@given(ROWS, st.integers(1, 64).map(lambda n: n / 64))
@settings(max_examples=200, deadline=None)
def test_top_p_keeps_the_smallest_set_of_that_mass(row: list[float], p: float) -> None:
    logits = torch.tensor(row, dtype=torch.float64)
    kept = np.isfinite(top_p(logits, p).array)
    probabilities = torch.softmax(logits, -1).array
    assert probabilities[kept].sum() >= p - 1e-12
    assert kept.sum() == 1 or probabilities[kept].sum() - probabilities[kept].min() < p + 1e-12
    assert probabilities[kept].min() >= probabilities[~kept].max(initial=0)
    for size in range(kept.sum()):  # no smaller set will do
        assert all(sum(some) < p + 1e-12 for some in itertools.combinations(probabilities, size))


@given(ROWS, st.integers(1, 12))
@settings(max_examples=100, deadline=None)
def test_top_k_keeps_what_fewer_than_k_exceed(row: list[float], k: int) -> None:
    kept = np.isfinite(top_k(torch.tensor(row), k).array)
    assert kept.tolist() == [sum(other > x for other in row) < k for x in row]


@given(ROWS)
@settings(max_examples=50, deadline=None)
def test_the_limits_of_temperature_are_greedy_and_uniform(row: list[float]) -> None:
    logits = torch.tensor(row, dtype=torch.float64)
    cold = torch.softmax(temperature(logits, 1e-4), -1)
    best = [x == max(row) for x in row]
    torch.testing.assert_close(cold, torch.tensor([b / sum(best) for b in best], dtype=torch.float64))
    hot = torch.softmax(temperature(logits, 1e9), -1)
    torch.testing.assert_close(hot, torch.full_like(hot, 1 / len(row)))


def test_top_p_keeps_one_token_at_least() -> None:
    assert top_p(torch.tensor([0.0, 1.0, 0.0]), 1e-30).tolist() == [-math.inf, 1.0, -math.inf]


def test_warping_is_temperature_then_top_k_then_top_p() -> None:
    logits = torch.tensor([[2.0, 1.0, 0.5, 0.0, -1.0]])
    expected = top_p(top_k(temperature(logits, 2.0), 4), 0.6)
    assert torch.equal(warp(logits, 2.0, 4, 0.6), expected)
    assert warp(logits) is logits


@pytest.mark.parametrize(
    ("refuse", "message"),
    [
        (lambda x: temperature(x, 0), "greater than 0, got 0; its limit 0 is greedy"),
        (lambda x: temperature(x, math.nan), "greater than 0"),
        (lambda x: top_k(x, 0), "at least 1, got 0"),
        (lambda x: top_p(x, 0), r"in \(0, 1\], got 0"),
        (lambda x: top_p(x, 1.5), r"in \(0, 1\], got 1.5"),
    ],
)
def test_values_without_meaning_are_refused(refuse: Any, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        refuse(torch.zeros(3))


# ── Generation ───────────────────────────────────────────────────────────────────────────────────────────────────────────────
PROMPTS = [[1, 2, 3], [4, 5, 6], [7, 8, 9], [3, 3, 3]]


@pytest.mark.parametrize("seed", range(4))
def test_a_batch_gives_what_its_rows_give(seed: int) -> None:
    net = network(seed)
    options: Any = {"max_new_tokens": 10, "eos_token_id": [0, 4], "pad_token_id": 10}
    batch = generate(net, PROMPTS, **options)
    searched = beam_search(net, PROMPTS, num_beams=3, num_return_sequences=2, **options)
    for k, prompt in enumerate(PROMPTS):
        one = generate(net, prompt, **options)
        assert batch[k].tolist() == one.tolist() + [10] * (batch.shape[1] - len(one))
        alone = beam_search(net, prompt, num_beams=3, num_return_sequences=2, **options)
        torch.testing.assert_close(alone.scores, searched.scores[k])
        pad = [10] * (searched.sequences.shape[-1] - alone.sequences.shape[-1])
        assert searched.sequences[k].tolist() == [[*row, *pad] for row in alone.sequences.tolist()]


@pytest.mark.parametrize("early_stopping", [True, False])
@pytest.mark.parametrize("seed", range(6))
def test_one_beam_is_greedy(seed: int, early_stopping: bool) -> None:
    net = network(seed)
    options: Any = {"max_new_tokens": 10, "eos_token_id": 4}
    found = beam_search(net, PROMPTS, num_beams=1, early_stopping=early_stopping, **options)
    assert torch.equal(found.sequences[:, 0], generate(net, PROMPTS, **options))


@pytest.mark.parametrize("seed", range(4))
def test_drawing_at_low_temperature_or_from_one_token_is_greedy(seed: int) -> None:
    net = network(seed)
    greedy = generate(net, PROMPTS, 10)
    for options in ({"temperature": 1e-4}, {"top_k": 1}, {"top_p": 1e-6}):
        assert torch.equal(generate(net, PROMPTS, 10, do_sample=True, **options), greedy)


def test_draws_follow_the_probabilities() -> None:
    logits = torch.tensor([0.0, 1.0, 2.0, -math.inf])
    n = 40_000
    out = generate(
        lambda ids: logits.expand(len(ids), 4), torch.zeros(n, 1, dtype=torch.int64), 1, do_sample=True
    )
    expected = torch.softmax(logits, -1)
    found = torch.bincount(out[:, 1], minlength=4) / n
    assert bool((abs(found - expected) <= 4 * (expected * (1 - expected) / n).sqrt()).all())


def test_what_a_step_shows() -> None:
    steps: list[GenerationStep] = []
    out = generate(
        network(1), PROMPTS, 6, do_sample=True, top_k=3, eos_token_id=0, min_new_tokens=2, see=steps.append
    )
    assert torch.equal(torch.stack([step.tokens for step in steps], 1), out[:, 3:])
    for k, step in enumerate(steps):
        assert step.logits.shape == step.scores.shape == (4, 11)
        assert not step.logits.requires_grad
        assert bool((torch.isfinite(step.scores).sum(-1) == 3).all())
        assert bool(torch.isinf(step.scores[:, 0]).all()) or k >= 2


def test_the_model_sees_the_last_tokens_of_its_context_and_records_nothing() -> None:
    seen: list[Any] = []

    def model(ids: Any) -> Any:
        assert not torch.is_grad_enabled()
        seen.append(ids.tolist())
        return torch.nn.functional.one_hot((ids + 1) % 7, 7).float()

    assert generate(model, [0, 1], 4, context_length=3).tolist() == [0, 1, 2, 3, 4, 5]
    assert seen == [[[0, 1]], [[0, 1, 2]], [[1, 2, 3]], [[2, 3, 4]]]
    seen.clear()
    beam_search(model, [0, 1], 3, num_beams=2, context_length=2)
    assert {len(row) for rows in seen for row in rows} == {2}


# ── Beam search by exhaustion ────────────────────────────────────────────────────────────────────────────────────────────────
def all_continuations(
    net: Any, prompt: list[int], vocabulary: int, most: int, least: int, end: int
) -> list[Any]:
    """Every continuation that ends with `end`, or at `most` tokens, and its log-probability."""
    found: list[Any] = []
    for length in range(1, most + 1):
        for tokens in itertools.product(range(vocabulary), repeat=length):
            if end in tokens[:-1] or end in tokens[:least] or (length < most and tokens[-1] != end):
                continue
            with torch.no_grad():
                log_p = torch.log_softmax(net(torch.tensor([[*prompt, *tokens[:-1]]])), -1)[
                    0, len(prompt) - 1 :
                ]
            found.append(
                (sum(float(row[t]) for row, t in zip(log_p, tokens, strict=True)), [*prompt, *tokens])
            )
    return found


@given(
    st.integers(0, 50),
    st.integers(2, 3),
    st.integers(1, 4),
    st.integers(0, 2),
    st.sampled_from([-0.5, 0.0, 0.7, 1.0, 3.0]),
)
@settings(max_examples=25, deadline=None)
def test_wide_beams_find_the_best_of_all(
    seed: int, vocabulary: int, most: int, least: int, penalty: float
) -> None:
    net = network(seed, vocabulary, 4.0)
    every = all_continuations(net, [0, 1], vocabulary, most, least, 0)
    ranked = sorted(((p / (len(tokens) - 2) ** penalty, tokens) for p, tokens in every), reverse=True)
    found = beam_search(
        net,
        [0, 1],
        most,
        num_beams=vocabulary**most,
        num_return_sequences=min(3, len(ranked)),
        length_penalty=penalty,
        early_stopping="never",
        min_new_tokens=least,
        eos_token_id=0,
    )
    for (score, tokens), row, value in zip(
        ranked, found.sequences.tolist(), found.scores.tolist(), strict=False
    ):
        assert value == pytest.approx(score, abs=1e-5)
        assert row == tokens + [0] * (len(row) - len(tokens))


def test_where_length_is_a_loss_a_running_beam_is_judged_by_its_own() -> None:
    early, late = torch.tensor([0.1, 0.85, 0.05]), torch.tensor([0.9, 0.05, 0.05])  # 0 ends

    def model(ids: Any) -> Any:
        return torch.log(late if ids.shape[1] == 3 else early).expand(len(ids), 3)

    options: Any = {"num_beams": 2, "length_penalty": -0.5, "eos_token_id": 0}
    found = beam_search(model, [1], 400, early_stopping="never", **options)
    assert found.sequences.tolist() == [[1, 1, 1, 0]]
    assert found.scores.item() == pytest.approx(math.log(0.85 * 0.85 * 0.9) * math.sqrt(3), rel=1e-5)


def test_beams_find_what_greedy_misses() -> None:
    chances = torch.tensor(
        [[0.0, 0.55, 0.45], [0.4, 0.3, 0.3], [0.9, 0.05, 0.05]]
    )  # row: from; column: to; 0 ends

    def model(ids: Any) -> Any:
        return torch.log(chances)[ids]

    options: Any = {"max_new_tokens": 2, "eos_token_id": 0}
    assert generate(model, [0], **options).tolist() == [0, 1, 0]
    steps: list[BeamStep] = []
    found = beam_search(model, [0], num_beams=2, length_penalty=0.0, see=steps.append, **options)
    assert found.sequences.tolist() == [[0, 2, 0]]
    torch.testing.assert_close(found.scores, torch.log(torch.tensor([0.45 * 0.9])))
    assert [[beam.tokens for beam in step.running] for step in steps] == [[(1,), (2,)], []]
    assert [[beam.tokens for _, beam in step.finished] for step in steps] == [[], [(2, 0), (1, 0)]]
    assert steps[0].running[1].log_probability == pytest.approx(math.log(0.45), rel=1e-6)


def test_what_goes_on_is_not_crowded_out_by_several_ends() -> None:
    chances = torch.tensor([[0.4, 0.35, 0.25], [0.0, 0.0, 0.0], [1.0, 0.0, 0.0]])  # 0 and 1 end

    def model(ids: Any) -> Any:
        return torch.log(chances)[ids]

    options: Any = {"num_beams": 1, "length_penalty": 5.0, "eos_token_id": [0, 1]}
    assert beam_search(model, [0], 2, early_stopping="never", **options).sequences.tolist() == [[0, 2, 0]]
    assert beam_search(model, [0], 2, **options).sequences.tolist() == [[0, 0]]


def test_fewer_continuations_than_asked_for_are_told() -> None:
    found = beam_search(sure, [0], 2, num_beams=2, num_return_sequences=2)
    assert found.sequences.tolist() == [[0, 1, 1], [0, 0, 0]]
    assert found.scores.tolist() == [0.0, -math.inf]


# ── Refused ──────────────────────────────────────────────────────────────────────────────────────────────────────────────────
def sure(ids: Any) -> Any:
    return torch.tensor([-math.inf, 0.0, -math.inf]).expand(len(ids), 3)


def uniform(ids: Any) -> Any:
    return torch.zeros(len(ids), 3)


@pytest.mark.parametrize(
    ("refuse", "message"),
    [
        (lambda: generate(uniform, [], 1), "at least one token"),
        (lambda: generate(uniform, [0.5], 1), r"got torch.float32 of shape \(1,\)"),
        (lambda: generate(uniform, [[[1]]], 1), r"of shape \(1, 1, 1\)"),
        (lambda: generate(uniform, [0], 1, top_k=2), "need do_sample=True"),
        (lambda: generate(lambda ids: torch.zeros(3), [0], 1), r"the model gave \(3,\)"),
        (lambda: generate(lambda ids: torch.full((1, 3), math.nan), [0], 1), "logits have nan or inf"),
        (lambda: generate(uniform, [0], -1), "at least 0, got -1"),
        (
            lambda: generate(sure, [0], 1, eos_token_id=1, min_new_tokens=1),
            "-inf for every token that may come",
        ),
        (lambda: beam_search(sure, [0], 1, num_beams=2, eos_token_id=1, min_new_tokens=1), "probability 0"),
        (
            lambda: generate(uniform, [0], 1, eos_token_id=[1, -1], min_new_tokens=1),
            r"\[-1\] are not among the 3",
        ),
        (lambda: beam_search(uniform, [0], 1, num_beams=0), "num_beams is needed, got 1 and 0"),
        (lambda: beam_search(uniform, [0], 1, num_beams=2, num_return_sequences=3), "got 3 and 2"),
        (lambda: beam_search(uniform, [0], 0, num_beams=2), "max_new_tokens must be at least 1"),
        (lambda: beam_search(uniform, [0], 1, num_beams=2, early_stopping="later"), "True, False or 'never'"),
        (
            lambda: beam_search(lambda ids: torch.full((len(ids), 3), -math.inf), [0], 1, num_beams=2),
            "or -inf for every token that may come",
        ),
    ],
)
def test_what_cannot_be_is_refused(refuse: Any, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        refuse()


def test_forbidden_tokens_have_no_chance() -> None:
    assert forbid(torch.zeros(2, 4), [1, 3]).tolist() == [[0.0, -math.inf, 0.0, -math.inf]] * 2
    x = torch.zeros(4)
    assert torch.equal(forbid(x, []), x)
