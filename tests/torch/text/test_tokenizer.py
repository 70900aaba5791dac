"""The byte-pair tokenizer: the package tokenizers (recorded by tools/torch_text_fixtures.py), slow references, laws."""

from __future__ import annotations

import itertools
import json
import random
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import pellucid.torch as torch
from pellucid.torch.text import BPETokenizer, split_words, trace_merges
from pellucid.torch.text.alphabet import show_bytes
from pellucid.torch.text.training import count_words, learn_merges

FIXTURES = Path(__file__).parent / "fixtures"
RECORDED: Any = json.loads((FIXTURES / "tokenizers.json").read_text(encoding="utf-8"))
CORPORA: list[Any] = RECORDED["corpora"]
NAMES = [case["name"] for case in CORPORA]
SPECIAL = ["<pad>", "<|end of text|>", "<|end|>"]
OF_SIGNS = st.text(st.sampled_from("ab c'st1 \n.é😀\u0301\u200d\x00"), max_size=60)
ANY_TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=60) | OF_SIGNS


def train(case: Any) -> BPETokenizer:
    named = {key: case[key] for key in ("vocab_size", "min_frequency", "special_tokens")}
    return BPETokenizer.train(case["texts"], **named)


@pytest.fixture(scope="module")
def prose() -> BPETokenizer:
    return train(CORPORA[0])


# ── Against the package tokenizers ───────────────────────────────────────────────────────────────────────────────────────────
def test_words_are_those_of_tokenizers() -> None:
    for text, words in RECORDED["words"]:
        assert [show_bytes(word.encode()) for word in split_words(text)] == words


@pytest.mark.parametrize("case", CORPORA, ids=NAMES)
def test_training_gives_the_merges_and_ids_of_tokenizers(case: Any) -> None:
    tokenizer = train(case)
    assert [[show_bytes(left), show_bytes(right)] for left, right in tokenizer.merges] == case["merges"]
    assert list(tokenizer.get_vocab()) == case["vocab"]


@pytest.mark.parametrize("case", CORPORA, ids=NAMES)
def test_encoding_and_decoding_are_those_of_tokenizers(case: Any) -> None:
    tokenizer = train(case)
    for text, ids in case["encoded"]:
        assert tokenizer.encode(text) == ids
        assert tokenizer.encode(text) == ids, "from the cache"
        assert tokenizer.decode(ids) == text
    for ids, text in case["decoded"]:
        assert tokenizer.decode(ids) == text


def test_a_file_of_tokenizers_is_read_and_written_alike(prose: BPETokenizer, tmp_path: Path) -> None:
    theirs = BPETokenizer.load(FIXTURES / "tokenizer.json")
    prose.save(tmp_path / "ours.json")
    ours = BPETokenizer.load(tmp_path / "ours.json")
    for read in (theirs, ours):
        assert read.get_vocab() == prose.get_vocab()
        assert (read.merges, read.special_tokens) == (prose.merges, prose.special_tokens)
    written = json.loads(prose.to_json())
    recorded = json.loads((FIXTURES / "tokenizer.json").read_text(encoding="utf-8"))
    assert written["model"]["vocab"] == recorded["model"]["vocab"]
    assert written["model"]["merges"] == recorded["model"]["merges"]
    assert written["added_tokens"] == recorded["added_tokens"]


# ── Against slow references ──────────────────────────────────────────────────────────────────────────────────────────────────
@given(st.lists(OF_SIGNS, max_size=4), st.integers(256, 300), st.integers(0, 3))
@settings(max_examples=100, deadline=None)
def test_training_equals_counting_anew_at_each_step(texts: list[str], size: int, least: int) -> None:
    steps = list(trace_merges(texts, size, min_frequency=least))
    tokenizer = BPETokenizer.train(texts, size, min_frequency=least)
    assert [(step.merge.left, step.merge.right) for step in steps] == list(tokenizer.merges)
    for step in steps:
        assert step.counts[step.merge.left, step.merge.right] == step.merge.times == max(step.counts.values())
        assert (
            "".join(texts).encode() == b"".join(b"".join(p) * n for p, n in step.words) or len(step.words) > 1
        )


def encode_slowly(tokenizer: BPETokenizer, text: str) -> list[str]:
    """Every merge in the order learnt, over the whole word: the definition."""
    out: list[str] = []
    for word in split_words(text):
        pieces = [bytes([byte]) for byte in word.encode()]
        for pair in tokenizer.merges:
            k = 0
            while k < len(pieces) - 1:
                if (pieces[k], pieces[k + 1]) == pair:
                    pieces[k : k + 2] = [pieces[k] + pieces[k + 1]]
                k += 1
        out += map(show_bytes, pieces)
    return out


@given(OF_SIGNS, OF_SIGNS, st.integers(256, 300))
@settings(max_examples=100, deadline=None)
def test_encoding_equals_each_merge_in_turn(corpus: str, text: str, size: int) -> None:
    tokenizer = BPETokenizer.train([corpus, corpus[::2] * 3], size)
    assert tokenizer.tokenize(text) == encode_slowly(tokenizer, text)
    steps = itertools.pairwise([*tokenizer.trace(text), None])
    ends = [step for step, after in steps if step and (after is None or after.pair is None)]
    assert [piece for step in ends for piece in step.pieces] == tokenizer.tokenize(text)


def test_one_word_of_many_letters_is_encoded_as_each_merge_in_turn() -> None:
    draw = random.Random(1)
    word = "".join(draw.choices("ab", k=3000))
    tokenizer = BPETokenizer.train(word, 300)
    assert tokenizer.tokenize(word) == encode_slowly(tokenizer, word)


@pytest.mark.parametrize("signs", ["ab", "aab", "abc de"])
def test_long_words_teach_what_counting_anew_does(signs: str) -> None:
    text = "".join(random.Random(2).choices(signs, k=2000))
    steps = list(trace_merges([text, text[:500]], 330, min_frequency=1))
    learnt = learn_merges(count_words([text, text[:500]]), 330, 1)
    assert [step.merge for step in steps] == list(learnt)
    tokenizer = BPETokenizer.train([text, text[:500]], 330, min_frequency=1)
    for pieces, _ in steps[-1].words:  # encoding what was learnt from gives what training left
        assert tokenizer.tokenize(b"".join(pieces).decode()) == [show_bytes(piece) for piece in pieces]


def test_a_text_without_spaces_is_learnt_and_comes_back() -> None:
    signs = [chr(0x4E00 + k) for k in range(500)]
    text = "".join(random.Random(3).choices(signs, weights=[1 / (k + 1) for k in range(500)], k=30_000))
    assert len(list(split_words(text))) == 1
    tokenizer = BPETokenizer.train(text, 1500)
    ids = tokenizer.encode(text)
    assert tokenizer.decode(ids) == text
    assert len(ids) < 25_000
    assert len(tokenizer.merges) == 1500 - 256


# ── Laws ─────────────────────────────────────────────────────────────────────────────────────────────────────────────────────
@given(ANY_TEXT)
@settings(max_examples=300, deadline=None)
def test_decode_undoes_encode_for_any_text(prose: BPETokenizer, text: str) -> None:
    assert "".join(split_words(text)) == text
    assert prose.decode(prose.encode(text)) == text
    assert prose.decode(torch.tensor(prose.encode(text), dtype=torch.int64)) == text


@given(st.text(st.sampled_from([*"<|end of text>pad ", "😀"]), max_size=40), st.permutations(SPECIAL))
@settings(max_examples=100, deadline=None)
def test_special_tokens_are_whole_or_ordinary(prose: BPETokenizer, text: str, special: list[str]) -> None:
    text = special[0] + text + special[1] + special[2]
    ids = prose.encode(text)
    assert ids[0] == prose.special_tokens[special[0]]
    assert ids[-2:] == [prose.special_tokens[special[1]], prose.special_tokens[special[2]]]
    assert prose.decode(ids) == text
    plain = prose.encode(text, parse_special=False)
    assert not set(plain) & set(prose.special_tokens.values())
    assert prose.decode(plain) == text
    assert prose.decode(ids, skip_special_tokens=True) == "".join(
        prose.decode([k]) for k in ids if k not in prose.special_tokens.values()
    )


def test_the_longest_special_token_wins() -> None:
    tokenizer = BPETokenizer.train("", 259, special_tokens=["<a>", "<a><b>", "<b>"])
    assert tokenizer.encode("<a><b><a><b") == [1, 0, *tokenizer.encode("<b")]


def test_a_special_token_is_never_learnt() -> None:
    tokenizer = BPETokenizer.train("ab ab ab", 300, special_tokens=["ab"])
    assert tokenizer.token_to_id("ab") == 0
    assert all(left + right != b"ab" for left, right in tokenizer.merges)
    assert tokenizer.tokenize("ab", parse_special=False) == ["a", "b"]
    steps = trace_merges("ab ab ab", 300, special_tokens=["ab"])
    assert [(step.merge.left, step.merge.right) for step in steps] == list(tokenizer.merges)


def test_a_character_cut_in_two_is_decoded_as_replaced(prose: BPETokenizer) -> None:
    ids = [prose.token_to_id(c) for c in "ðŁĺ"]  # three of the four bytes of 😀
    assert prose.decode(ids) == "\ufffd"
    assert prose.decode_bytes(ids) == "😀".encode()[:3]


def test_numbers_of_the_vocabulary(prose: BPETokenizer) -> None:
    assert len(prose) == prose.vocab_size == len(prose.get_vocab())
    assert all(prose.token_to_id(token) == number for token, number in prose.get_vocab().items())
    assert prose.token_to_id("not a token") is None
    assert prose.token_to_id("zzzz") is None


# ── What one sees ────────────────────────────────────────────────────────────────────────────────────────────────────────────
def test_steps_of_training_are_shown() -> None:
    step = next(trace_merges("low lower lowest", 260))
    assert str(step).splitlines() == [
        "l + o → lo  (3 ×)",
        "  pairs: l o 3, o w 3, w e 2, Ġ l 2, e r 1",
        "  1 × lo w",
        "  1 × Ġ lo w e r",
        "  1 × Ġ lo w e s t",
    ]


def test_steps_of_encoding_are_shown() -> None:
    tokenizer = BPETokenizer.train("low lower lowest", 258)
    assert [str(step) for step in tokenizer.trace("slow")] == [
        "s l o w",
        "s lo w  (l + o, merge 0)",
        "s low  (lo + w, merge 1)",
    ]
    assert repr(tokenizer) == "BPETokenizer(vocab_size=258, merges=2, special_tokens=[])"


# ── Refused ──────────────────────────────────────────────────────────────────────────────────────────────────────────────────
def test_a_lone_surrogate_is_refused_with_its_place(prose: BPETokenizer) -> None:
    refusing: list[Any] = [prose.encode, prose.trace, lambda text: BPETokenizer.train(text, 300)]
    for refuse in refusing:
        with pytest.raises(ValueError, match=r"lone surrogate U\+D83D at position 3"):
            refuse("abc\ud83d")


@pytest.mark.parametrize(
    ("named", "message"),
    [
        ({"vocab_size": 255}, "at least 256, for 256 bytes and 0 special tokens, got 255"),
        ({"vocab_size": 300, "special_tokens": ["<a>", "<a>"]}, "one token twice"),
        ({"vocab_size": 300, "special_tokens": [""]}, "at least one character"),
        ({"vocab_size": 300, "special_tokens": ["a"]}, r"spelt as another token: \['a'\]"),
    ],
)
def test_settings_that_cannot_be_are_refused(named: Any, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        BPETokenizer.train("text", **named)


@pytest.mark.parametrize("number", [-1, 310, 10**9])
def test_an_id_that_there_is_not_is_refused(prose: BPETokenizer, number: int) -> None:
    for refuse in (lambda: prose.decode([number]), lambda: prose.id_to_token(number)):
        with pytest.raises(IndexError, match=r"the ids are 0 … 309"):
            refuse()


@pytest.mark.parametrize(
    ("path", "value", "message"),
    [
        ("model type", "Unigram", "model.type = 'Unigram'"),
        ("model dropout", 0.1, "model.dropout"),
        ("model ignore_merges", True, "model.ignore_merges"),
        ("model continuing_subword_prefix", "##", "model.continuing_subword_prefix"),
        ("normalizer", {"type": "NFC"}, "normalizer is set"),
        ("pre_tokenizer", None, "pre_tokenizer = {}"),
        ("pre_tokenizer add_prefix_space", True, "pre_tokenizer"),
        ("pre_tokenizer use_regex", False, "pre_tokenizer"),
        ("post_processor", {"type": "TemplateProcessing"}, "post_processor = TemplateProcessing"),
        ("added_tokens 0 lstrip", True, "'<pad>' is matched in its own way"),
        ("added_tokens 0 special", False, "'<pad>' is matched in its own way"),
        ("model vocab a", 99, "the ids must be 0 … n − 1"),
        ("model vocab", {}, "lacks 256 single bytes"),
        ("model merges 0", ["q", "zz"], "needs b'zz'"),
        ("model merges 0", ["a", "日"], "which stands for no byte"),
        ("model", None, "this is no tokenizer.json"),
    ],
)
def test_a_file_that_would_give_other_ids_is_refused(
    prose: BPETokenizer, path: str, value: Any, message: str
) -> None:
    content = json.loads(prose.to_json())
    *way, last = [int(key) if key.isdigit() else key for key in path.split()]
    place = content
    for key in way:
        place = place[key]
    place[last] = value
    with pytest.raises(ValueError, match=message):
        BPETokenizer.from_json(json.dumps(content))


def test_a_file_that_is_no_json_is_refused() -> None:
    with pytest.raises(ValueError, match="this is no tokenizer"):
        BPETokenizer.from_json("merges: none")
