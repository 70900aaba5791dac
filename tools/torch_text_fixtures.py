"""Record what the packages tokenizers and transformers make of text and logits, so that tests can compare without them.

    python -m venv env && env/bin/pip install torch==2.13.0 tokenizers==0.23.3 transformers==5.23.0 numpy
    env/bin/python tools/torch_text_fixtures.py         # writes tests/torch/text/fixtures

tokenizers.json: words of texts; for each corpus what was learnt from it, ids of texts, texts of ids. tokenizer.json: one that
tokenizers wrote. sampling.json: logits before and after each warper. generation.json: what generate makes of a small network,
greedy, drawn and by beam search.
"""

from __future__ import annotations

import json
import random
from pathlib import Path
from typing import Any

import torch
from tokenizers import Tokenizer, decoders, models, pre_tokenizers, trainers
from torch import nn
from transformers import GenerationMixin, PretrainedConfig, PreTrainedModel
from transformers.generation import TemperatureLogitsWarper, TopKLogitsWarper, TopPLogitsWarper
from transformers.modeling_outputs import CausalLMOutput

FOLDER = Path(__file__).parents[1] / "tests" / "torch" / "text" / "fixtures"
SIGNS = "aAzsdtmlreve éßñøЖжשלم我語한ไนнд0179²½٣Ⅷ一 \t\n\r\u00a0\u3000\u2028\x1c'’.,!?-_/😀👩🏽‍💻e\u0301\u200d🇫🇷\x00\x7f"
PROSE = [
    "The quick brown fox doesn't jump over the lazy dog; it's the dog that'll jump. We've seen it 3 times, I'd say 12½.",
    "Der schnelle Fuchs springt über den faulen Hund – größer, weiter, höher!\nÇa va? Où est-ce qu'il a mangé l'été dernier?",
    "Быстрая лиса прыгает. 素早い茶色の狐が犬を飛び越える。 빠른 여우. שועל מהיר. ثعلب سريع. ๑๒๓ हिन्दी में।",
    "👩🏽‍💻 codes 😀😀 at 10:45 …\r\n\r\n    def f(x):\n\t\treturn x**2   # squares\n\n\n   ",
]
SPECIAL = ["<pad>", "<|end of text|>", "<|end|>"]


def corpora() -> dict[str, dict[str, Any]]:
    draw = random.Random(4)
    syllables = [a + b for a in "bdfgklmnprst" for b in ["a", "e", "i", "o", "u", "an", "er", "ö"]]
    words = ["".join(draw.choices(syllables, k=draw.randint(1, 4))) for _ in range(400)]
    zipf = " ".join(draw.choices(words, [1 / (k + 1) for k in range(400)], k=4000))
    runs = ["".join(draw.choice("ab") for _ in range(400)), "a" * 77, "ab" * 33, "aab" * 21]
    return {
        "prose": {"texts": PROSE, "vocab_size": 340, "min_frequency": 2, "special_tokens": SPECIAL},
        "every pair": {"texts": PROSE, "vocab_size": 2000, "min_frequency": 0, "special_tokens": []},
        "zipf": {"texts": [zipf], "vocab_size": 900, "min_frequency": 2, "special_tokens": ["<s>"]},
        "runs": {"texts": runs, "vocab_size": 380, "min_frequency": 2, "special_tokens": []},
        "signs": {
            "texts": ["".join(draw.choices(SIGNS, k=300)) for _ in range(10)],
            "vocab_size": 500,
            "min_frequency": 3,
            "special_tokens": ["我!", "😀!"],
        },
        "nothing": {"texts": [""], "vocab_size": 300, "min_frequency": 0, "special_tokens": []},
    }


def train(texts: list[str], vocab_size: int, min_frequency: int, special_tokens: list[str]) -> Tokenizer:
    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    tokenizer.decoder = decoders.ByteLevel()
    trainer = trainers.BpeTrainer(
        vocab_size=vocab_size,
        min_frequency=min_frequency,
        special_tokens=special_tokens,
        initial_alphabet=pre_tokenizers.ByteLevel.alphabet(),
        show_progress=False,
    )
    tokenizer.train_from_iterator(texts, trainer)
    return tokenizer


def texts_to_encode(special: list[str]) -> list[str]:
    draw = random.Random(5)
    signs = [*SIGNS, *special, *special]
    made = ["".join(draw.choices(signs, k=draw.randint(1, 60))) for _ in range(25)]
    return ["", *PROSE, *made, "<|end|><|end of text|> <pad", "dog" * 30, "aaaaaaabaab" * 5]


def told(tokenizer: Tokenizer, special: list[str]) -> dict[str, Any]:
    draw = random.Random(6)
    size = tokenizer.get_vocab_size()
    numbers = [draw.choices(range(len(special), size), k=draw.randint(0, 25)) for _ in range(25)]
    return {
        "vocab": sorted(tokenizer.get_vocab(), key=tokenizer.token_to_id),
        "merges": json.loads(tokenizer.to_str())["model"]["merges"],
        "encoded": [[text, tokenizer.encode(text).ids] for text in texts_to_encode(special)],
        "decoded": [[ids, tokenizer.decode(ids)] for ids in numbers],
    }


def record_tokenizers() -> None:
    draw = random.Random(7)
    splitter = pre_tokenizers.ByteLevel(add_prefix_space=False)
    texts = [*PROSE, *("".join(draw.choices(SIGNS, k=40)) for _ in range(60))]
    cases = []
    for name, settings in corpora().items():
        tokenizer = train(**settings)
        cases.append({"name": name, **settings, **told(tokenizer, settings["special_tokens"])})
        if name == "prose":
            tokenizer.save(str(FOLDER / "tokenizer.json"))
    write(
        "tokenizers.json",
        {"words": [[t, [word for word, _ in splitter.pre_tokenize_str(t)]] for t in texts], "corpora": cases},
    )


# ── Sampling ─────────────────────────────────────────────────────────────────────────────────────────────────────────────────
def record_sampling() -> None:
    torch.manual_seed(11)
    rows = torch.cat(
        [torch.randn(6, 12) * 3, torch.randn(2, 12).round(), torch.zeros(1, 12), torch.randn(1, 12) * 40]
    )
    warpers = [
        *(("temperature", t, TemperatureLogitsWarper(t)) for t in (0.1, 0.7, 1.0, 2.5)),
        *(("top_k", k, TopKLogitsWarper(k)) for k in (1, 2, 5, 12, 50)),
        *(("top_p", p, TopPLogitsWarper(p)) for p in (0.01, 0.3, 0.5, 0.9, 0.99)),
    ]
    ids = torch.zeros(len(rows), 1, dtype=torch.int64)
    made = [[name, value, bare(warper(ids, rows))] for name, value, warper in warpers]
    write("sampling.json", {"logits": bare(rows), "warped": made})


def bare(scores: torch.Tensor) -> list[list[float | None]]:
    return [[None if v == float("-inf") else v for v in row] for row in scores.tolist()]


# ── Generation ───────────────────────────────────────────────────────────────────────────────────────────────────────────────
class Recurrent(nn.Module):
    """The network of tests/torch/text/test_generation.py: the same initial weights from the same seed."""

    def __init__(self, vocabulary: int, sharpness: float) -> None:
        super().__init__()
        self.embed = nn.Embedding(vocabulary, 16)
        self.gru = nn.GRU(16, 16, batch_first=True)
        self.head = nn.Linear(16, vocabulary)
        self.sharpness = sharpness

    def forward(self, ids: torch.Tensor) -> torch.Tensor:
        return self.sharpness * self.head(self.gru(self.embed(ids))[0])


class Wrapped(PreTrainedModel, GenerationMixin):
    """A network in the form that transformers generates from."""

    config_class = PretrainedConfig

    def __init__(self, net: nn.Module) -> None:
        super().__init__(PretrainedConfig(is_decoder=True))
        self.marker = nn.Parameter(torch.zeros(1))
        self.post_init()
        self.net = net  # after post_init, which draws weights anew

    def forward(self, input_ids: torch.Tensor, **_: Any) -> CausalLMOutput:
        return CausalLMOutput(logits=self.net(input_ids))


PROMPTS = {"one": [[3, 1, 4]], "batch": [[3, 1, 4], [1, 5, 9], [2, 6, 5], [3, 5, 8]]}
DRAWN = [
    {},
    {"temperature": 0.6},
    {"temperature": 1.7, "top_k": 4},
    {"top_p": 0.8},
    {"temperature": 1.2, "top_k": 7, "top_p": 0.6},
    {"min_new_tokens": 9},
]
SEARCHED = [
    {"num_beams": 2},
    {"num_beams": 4, "num_return_sequences": 4},
    {"num_beams": 4, "num_return_sequences": 3, "early_stopping": True},
    {"num_beams": 3, "num_return_sequences": 2, "early_stopping": "never"},
    {"num_beams": 4, "num_return_sequences": 2, "length_penalty": 0.0},
    {"num_beams": 4, "num_return_sequences": 4, "length_penalty": 2.5, "early_stopping": "never"},
    {"num_beams": 3, "num_return_sequences": 3, "length_penalty": -1.0},
    {"num_beams": 3, "num_return_sequences": 3, "length_penalty": -1.0, "early_stopping": "never"},
    {"num_beams": 5, "num_return_sequences": 5, "min_new_tokens": 6},
]


def record_generation() -> None:
    made: list[dict[str, Any]] = []
    for seed, ends in ((0, 0), (1, [2, 7]), (2, 4), (3, 9)):
        torch.manual_seed(seed)
        model = Wrapped(Recurrent(11, 6.0)).eval()
        for prompt in PROMPTS.values():
            ids = torch.tensor(prompt)
            shared = {"max_new_tokens": 12, "eos_token_id": ends, "pad_token_id": 10}
            made.append(case(model, seed, ids, {**shared, "do_sample": False}))
            made += [case(model, seed, ids, {**shared, "do_sample": True, **options}) for options in DRAWN]
            made += [
                case(model, seed, ids, {**shared, "do_sample": False, **options}) for options in SEARCHED
            ]
    write("generation.json", made)


def case(model: Wrapped, seed: int, ids: torch.Tensor, options: dict[str, Any]) -> dict[str, Any]:
    torch.manual_seed(100 + seed)  # for what is drawn
    plain = {"use_cache": False, "return_dict_in_generate": True, "output_scores": True}
    found = model.generate(ids, attention_mask=torch.ones_like(ids), **{**plain, **options})
    scores = found.sequences_scores.tolist() if "num_beams" in options else None
    return {
        "seed": seed,
        "ids": ids.tolist(),
        "options": options,
        "sequences": found.sequences.tolist(),
        "scores": scores,
    }


def write(name: str, content: Any) -> None:
    lines = json.dumps(content, ensure_ascii=True, separators=(",", ":"))
    (FOLDER / name).write_text(lines + "\n", encoding="utf-8")


if __name__ == "__main__":
    FOLDER.mkdir(parents=True, exist_ok=True)
    record_tokenizers()
    record_sampling()
    record_generation()
