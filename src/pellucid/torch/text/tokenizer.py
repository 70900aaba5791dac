"""A byte-level byte-pair tokenizer: text ↔ token ids, without loss for any text (Sennrich et al. 2016; Radford et al. 2019)."""

from __future__ import annotations

import heapq
import itertools
import re
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple, Self

from pellucid.torch.text.alphabet import BYTE_ORDER, read_visible, show_bytes
from pellucid.torch.text.storage import read_json, write_json
from pellucid.torch.text.training import count_words, learn_merges
from pellucid.torch.text.words import check_text, split_words

CACHED_WORDS = 2**16  # words whose ids are remembered


class EncodingStep(NamedTuple):
    """One step of encoding a word: its pieces after the merge of `pair`, learnt as number `rank`; both are None at first."""

    word: str
    pair: tuple[str, str] | None
    rank: int | None
    pieces: tuple[str, ...]

    def __str__(self) -> str:
        pieces = " ".join(self.pieces)
        return pieces if self.pair is None else f"{pieces}  ({' + '.join(self.pair)}, merge {self.rank})"


class BPETokenizer:
    """A vocabulary of byte strings and the merges that lead to them; `train` learns both from text.

    vocab: each token's id, the 256 single bytes among them; merges: pairs of tokens, the first learnt first; special_tokens: the
    ids of strings that are matched whole, before anything else. The ids are 0 … n − 1.

    >>> tokenizer = BPETokenizer.train("low lower lowest", 260)
    >>> tokenizer.tokenize("lowest low")
    ['low', 'e', 's', 't', 'Ġlow']
    """

    def __init__(
        self,
        vocab: Mapping[bytes, int],
        merges: Sequence[tuple[bytes, bytes]],
        special_tokens: Mapping[str, int] | None = None,
    ) -> None:
        special = dict(special_tokens or {})
        check_special(special)
        check_vocabulary(vocab, merges, special)
        self.merges = tuple((left, right) for left, right in merges)
        self.special_tokens = special
        self._id = dict(vocab)
        self._bytes = {number: token for token, number in vocab.items()}
        self._special = {number: token for token, number in special.items()}
        self._ranks = {
            (vocab[left], vocab[right]): (rank, vocab[left + right])
            for rank, (left, right) in enumerate(self.merges)
        }
        longest_first = sorted(special, key=len, reverse=True)
        self._split = re.compile("(" + "|".join(map(re.escape, longest_first)) + ")") if special else None
        self._cache: dict[str, list[int]] = {}

    @classmethod
    def train(
        cls,
        texts: str | Iterable[str],
        vocab_size: int,
        *,
        min_frequency: int = 2,
        special_tokens: Sequence[str] = (),
    ) -> Self:
        """Learn merges until there are vocab_size tokens, or no pair occurs min_frequency times.

        Ids: the special tokens in their order, the 256 bytes in GPT-2's order, the merged tokens as they are learnt. A merge that
        would spell a special token is passed over. `trace_merges` shows each step.
        """
        check_special(dict.fromkeys(special_tokens, 0))
        least = 256 + len(special_tokens)
        if len(set(special_tokens)) < len(special_tokens):
            raise ValueError(f"special_tokens has one token twice: {list(special_tokens)}")
        if vocab_size < least:
            raise ValueError(
                f"vocab_size must be at least {least}, for 256 bytes and {len(special_tokens)} special tokens, "
                f"got {vocab_size}"
            )
        size, reserved = vocab_size - len(special_tokens), frozenset(special_tokens)
        learnt = list(learn_merges(count_words(texts), size, min_frequency, reserved))
        tokens = [*(bytes([byte]) for byte in BYTE_ORDER), *(merge.token for merge in learnt)]
        return cls(
            {token: len(special_tokens) + number for number, token in enumerate(tokens)},
            [(merge.left, merge.right) for merge in learnt],
            {token: number for number, token in enumerate(special_tokens)},
        )

    # ── Encode ───────────────────────────────────────────────────────────────────────────────────────────────────────────────
    def encode(self, text: str, *, parse_special: bool = True) -> list[int]:
        """The ids of a text. parse_special=False: special tokens are ordinary text, as they should be in what strangers wrote.

        ValueError for a lone surrogate, which has no bytes.
        """
        check_text(text)
        ids: list[int] = []
        for part, special in self._parts(text, parse_special):
            if special:
                ids.append(self.special_tokens[part])
                continue
            for word in split_words(part):
                found = self._cache.get(word)
                ids += self._encode_word(word) if found is None else found
        return ids

    def tokenize(self, text: str, *, parse_special: bool = True) -> list[str]:
        """The tokens of a text in visible characters: Ġ is a space, Ċ a line feed, Ã© the two bytes of é."""
        return [self.id_to_token(number) for number in self.encode(text, parse_special=parse_special)]

    def trace(self, text: str) -> tuple[EncodingStep, ...]:
        """How each word becomes tokens: of all pairs that can merge, the first learnt does. Special tokens are ordinary here."""
        check_text(text)
        steps: list[EncodingStep] = []
        for word in split_words(text):
            pieces = self._byte_ids(word)
            steps.append(EncodingStep(word, None, None, self._shown(pieces)))
            while True:
                mergeable = [
                    (self._ranks[p][0], k)
                    for k, p in enumerate(itertools.pairwise(pieces))
                    if p in self._ranks
                ]
                if not mergeable:
                    break
                rank, k = min(mergeable)
                left, right = pieces[k : k + 2]
                pieces[k : k + 2] = [self._ranks[left, right][1]]
                pair = self.id_to_token(left), self.id_to_token(right)
                steps.append(EncodingStep(word, pair, rank, self._shown(pieces)))
        return tuple(steps)

    def _parts(self, text: str, parse_special: bool) -> list[tuple[str, bool]]:
        """A text cut at its special tokens: each part, and whether it is one."""
        if self._split is None or not parse_special:
            return [(text, False)]
        return [(part, k % 2 == 1) for k, part in enumerate(self._split.split(text))]

    def _byte_ids(self, word: str) -> list[int]:
        return [self._id[bytes([byte])] for byte in word.encode("utf-8")]

    def _shown(self, ids: list[int]) -> tuple[str, ...]:
        return tuple(self.id_to_token(number) for number in ids)

    def _encode_word(self, word: str) -> list[int]:
        """The ids of a word, remembered."""
        ids = self._merge(self._byte_ids(word))
        if len(self._cache) < CACHED_WORDS:
            self._cache[word] = ids
        return ids

    def _merge(self, ids: list[int]) -> list[int]:
        """Merge until nothing can, lowest rank first, then leftmost: n log n, by a heap over a linked list. −1: gone."""
        n, ranks = len(ids), self._ranks
        after, before = list(range(1, n + 1)), list(range(-1, n - 1))
        heap = [(ranks[p][0], k) for k, p in enumerate(itertools.pairwise(ids)) if p in ranks]
        heapq.heapify(heap)
        while heap:
            rank, k = heapq.heappop(heap)
            following = after[k]
            found = ranks.get((ids[k], ids[following])) if following < n else None
            if (
                found is None or found[0] != rank
            ):  # the pair was here when it was put on the heap, but is no more
                continue
            ids[k], ids[following] = found[1], -1
            after[k] = following = after[following]
            if following < n:
                before[following] = k
            for left in (before[k], k):
                if left >= 0 and after[left] < n and (pair := (ids[left], ids[after[left]])) in ranks:
                    heapq.heappush(heap, (ranks[pair][0], left))
        return [number for number in ids if number >= 0]

    # ── Decode ───────────────────────────────────────────────────────────────────────────────────────────────────────────────
    def decode_bytes(self, ids: Any, *, skip_special_tokens: bool = False) -> bytes:
        """The bytes of ids: a sequence of integers, or a tensor of one dimension. IndexError for an id that there is not."""
        found: list[bytes] = []
        for number in ids.tolist() if hasattr(ids, "tolist") else ids:
            if (token := self._bytes.get(number)) is not None:
                found.append(token)
            elif number not in self._special:
                raise IndexError(f"there is no token {number!r}: the ids are 0 … {self.vocab_size - 1}")
            elif not skip_special_tokens:
                found.append(self._special[number].encode("utf-8"))
        return b"".join(found)

    def decode(self, ids: Any, *, skip_special_tokens: bool = False) -> str:
        """The text of ids. Where their bytes are not UTF-8 (a character cut in two, say) it has U+FFFD."""
        return self.decode_bytes(ids, skip_special_tokens=skip_special_tokens).decode("utf-8", "replace")

    # ── The vocabulary ───────────────────────────────────────────────────────────────────────────────────────────────────────
    @property
    def vocab_size(self) -> int:
        """How many ids there are: what an embedding needs."""
        return len(self._bytes) + len(self._special)

    def __len__(self) -> int:
        return self.vocab_size

    def get_vocab(self) -> dict[str, int]:
        """Every token in visible characters, and its id, by id."""
        return {self.id_to_token(number): number for number in range(self.vocab_size)}

    def id_to_token(self, number: int) -> str:
        """A token in visible characters. IndexError for an id that there is not."""
        if number in self._special:
            return self._special[number]
        if number not in self._bytes:
            raise IndexError(f"there is no token {number!r}: the ids are 0 … {self.vocab_size - 1}")
        return show_bytes(self._bytes[number])

    def token_to_id(self, token: str) -> int | None:
        """The id of a token in visible characters or of a special token; None if there is none."""
        if token in self.special_tokens:
            return self.special_tokens[token]
        try:
            return self._id.get(read_visible(token))
        except ValueError:
            return None

    def __repr__(self) -> str:
        special = list(self.special_tokens)
        return (
            f"BPETokenizer(vocab_size={self.vocab_size}, merges={len(self.merges)}, special_tokens={special})"
        )

    # ── Save and load ────────────────────────────────────────────────────────────────────────────────────────────────────────
    def to_json(self) -> str:
        """The tokenizer in the format of tokenizer.json, which the packages tokenizers and transformers read."""
        return write_json(self._id, self.merges, self.special_tokens)

    @classmethod
    def from_json(cls, text: str) -> Self:
        """A tokenizer from tokenizer.json. ValueError for kinds that would give other ids here."""
        return cls(*read_json(text))

    def save(self, path: str | Path) -> None:
        """Write `to_json` to a file."""
        Path(path).write_text(self.to_json(), encoding="utf-8")

    @classmethod
    def load(cls, path: str | Path) -> Self:
        """Read what `save` wrote, or a tokenizer.json of byte-level BPE (GPT-2's, say)."""
        return cls.from_json(Path(path).read_text(encoding="utf-8"))


def check_special(special: Mapping[str, int]) -> None:
    """ValueError for special tokens that cannot be told from text."""
    for token in special:
        check_text(token)
        if not token:
            raise ValueError("a special token must have at least one character")


def check_vocabulary(
    vocab: Mapping[bytes, int], merges: Sequence[tuple[bytes, bytes]], special: Mapping[str, int]
) -> None:
    """ValueError for tokens that are missing, spelt twice, or numbered with gaps."""
    if absent := [byte for byte in range(256) if bytes([byte]) not in vocab]:
        raise ValueError(
            f"the vocabulary lacks {len(absent)} single bytes, the first {absent[0]}: text with them would be lost"
        )
    for left, right in merges:
        for token in (left, right, left + right):
            if token not in vocab:
                raise ValueError(f"the merge of {left!r} and {right!r} needs {token!r}, which has no id")
    if twice := {show_bytes(token) for token in vocab} & set(special):
        raise ValueError(f"a special token is spelt as another token: {sorted(twice)}; choose longer ones")
    ids = sorted([*vocab.values(), *special.values()])
    if ids != list(range(len(ids))):
        raise ValueError("the ids must be 0 … n − 1, each once")
