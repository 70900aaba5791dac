"""Learning the merges of a byte-pair tokenizer: the most frequent pair becomes a token, again and again (Sennrich et al. 2016).

Two ways to the same merges: `learn_merges` keeps all counts up to date; `trace_merges` counts anew at each step and shows all.
A tie goes to the pair whose parts became tokens first: the smallest pair of token numbers. So does the package `tokenizers`.
"""

from __future__ import annotations

import heapq
import itertools
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Set
from typing import NamedTuple

from pellucid.torch.text.alphabet import BYTE_ORDER, NUMBER_OF_BYTE, show_bytes
from pellucid.torch.text.words import check_text, split_words

Pair = tuple[int, int]
EDGE = -1  # a word's edge, or a symbol that has become part of another


class Merge(NamedTuple):
    """One merge: `left` and `right`, side by side so many `times`, become `token`."""

    left: bytes
    right: bytes
    token: bytes
    times: int

    def __str__(self) -> str:
        return (
            f"{show_bytes(self.left)} + {show_bytes(self.right)} → {show_bytes(self.token)}  ({self.times} ×)"
        )


class MergeStep(NamedTuple):
    """One step of training: every pair's count, most frequent first; the merge; each word's pieces after it, with its count."""

    counts: dict[tuple[bytes, bytes], int]
    merge: Merge
    words: list[tuple[tuple[bytes, ...], int]]

    def __str__(self) -> str:
        rivals = ", ".join(
            f"{show_bytes(left)} {show_bytes(right)} {count}"
            for (left, right), count in itertools.islice(self.counts.items(), 5)
        )
        words = "\n".join(
            f"  {count} × {' '.join(map(show_bytes, pieces))}" for pieces, count in self.words[:10]
        )
        return f"{self.merge}\n  pairs: {rivals}\n{words}"


def count_words(texts: str | Iterable[str]) -> Counter[bytes]:
    """How often each word occurs, as bytes. Pieces of one text may be given one by one; words do not reach over their edges."""
    found: Counter[str] = Counter()
    for text in [texts] if isinstance(texts, str) else texts:
        check_text(text)
        found.update(split_words(text))
    return Counter({word.encode("utf-8"): count for word, count in found.items()})


def merge_pair(symbols: list[int], pair: Pair, token: int) -> list[int]:
    """Each occurrence of the pair, from the left, replaced by the token: (a, a) in a a a gives aa a."""
    left, right = pair
    out: list[int] = []
    k, last = 0, len(symbols) - 1
    while k <= last:
        if k < last and symbols[k] == left and symbols[k + 1] == right:
            out.append(token)
            k += 2
        else:
            out.append(symbols[k])
            k += 1
    return out


class Vocabulary:
    """Tokens by number: the 256 bytes in the alphabet's order, then merged ones. `reserved`: spellings that none may have."""

    def __init__(self, reserved: Set[str]) -> None:
        self.tokens = [bytes([byte]) for byte in BYTE_ORDER]
        self.reserved = reserved

    def __len__(self) -> int:
        return len(self.tokens)

    def allows(self, pair: Pair) -> bool:
        """Whether the pair may merge: not into what is spelt as a special token."""
        return not self.reserved or show_bytes(self.joined(pair)) not in self.reserved

    def joined(self, pair: Pair) -> bytes:
        """The bytes of both parts."""
        return self.tokens[pair[0]] + self.tokens[pair[1]]

    def add(self, pair: Pair) -> int:
        """The number of what the pair makes: always new. The same bytes between the same edges are merged alike everywhere, so no
        other pair can have made them before.
        """
        self.tokens.append(self.joined(pair))
        return len(self.tokens) - 1


class PairCounts:
    """Every pair's count and the places it is at, kept up to date; the most frequent pair by a heap.

    All words stand in one list of symbols with EDGE around each, linked: `after` and `before` are the neighbours of a place that
    still hold a symbol. The token takes the place of its left part, and no counts change but those of the pairs beside it.

    A pair comes up with the newer of its tokens, in one merge, and from then on only loses occurrences. So each is on the heap
    once, with its count or more, and its places are written down in order, those that it has lost among them.
    """

    def __init__(self, words: Mapping[bytes, int]) -> None:
        self.symbols, self.times = [EDGE], [0]  # at each place; how often its word occurs
        for word, times in words.items():
            self.symbols += [*(NUMBER_OF_BYTE[byte] for byte in word), EDGE]
            self.times += [times] * (len(word) + 1)
        n = len(self.symbols)
        self.after, self.before = list(range(1, n + 1)), list(range(-1, n - 1))
        self.count: defaultdict[Pair, int] = defaultdict(int)
        self.where: defaultdict[Pair, list[int]] = defaultdict(list)
        for k, pair in enumerate(itertools.pairwise(self.symbols)):
            if EDGE not in pair:
                self.count[pair] += self.times[k]
                self.where[pair].append(k)
        self.heap = [(-count, pair) for pair, count in self.count.items()]
        heapq.heapify(self.heap)

    def pop(self) -> tuple[Pair, int] | None:
        """The most frequent pair, ties to the smallest, and its count, taken off the heap; None if no pair is left."""
        while self.heap:
            negative, pair = heapq.heappop(self.heap)
            count = self.count[pair]
            if count == -negative:
                return pair, count
            if count:  # it has lost occurrences: back, to where it belongs now
                heapq.heappush(self.heap, (-count, pair))
        return None

    def replace(self, pair: Pair, token: int) -> None:
        """Merge the pair at all its places, from the left, and count what that changes."""
        symbols, after, before, count = self.symbols, self.after, self.before, self.count
        left, right = pair
        grown: set[Pair] = set()
        for k in self.where.pop(pair):
            gone = after[k]
            if symbols[k] != left or symbols[gone] != right:
                continue  # lost to an earlier merge, or to this one in a a a
            previous, following, times = before[k], after[gone], self.times[k]
            symbols[k], symbols[gone] = token, EDGE
            after[k], before[following] = following, k
            if (symbol := symbols[previous]) != EDGE:
                count[symbol, left] -= times
                count[symbol, token] += times
                self.where[symbol, token].append(previous)
                grown.add((symbol, token))
            if (symbol := symbols[following]) != EDGE:
                count[right, symbol] -= times
                count[token, symbol] += times
                self.where[token, symbol].append(k)
                grown.add((token, symbol))
        for new in grown:
            if count[new]:  # not what this same merge has taken again: (aa, a) in a a a a
                heapq.heappush(self.heap, (-count[new], new))
        del count[pair]


def learn_merges(
    words: Mapping[bytes, int], size: int, min_frequency: int = 2, reserved: Set[str] = frozenset()
) -> Iterator[Merge]:
    """The merges until there are `size` tokens (bytes included) or no pair occurs `min_frequency` times.

    Each merge costs the places that the pair is at, however long their words are.
    """
    vocabulary = Vocabulary(reserved)
    pairs = PairCounts(words)
    while len(vocabulary) < size and (best := pairs.pop()):
        pair, count = best
        if count < min_frequency:
            return
        if not vocabulary.allows(pair):
            continue
        token = vocabulary.add(pair)
        pairs.replace(pair, token)
        yield Merge(vocabulary.tokens[pair[0]], vocabulary.tokens[pair[1]], vocabulary.tokens[token], count)


def trace_merges(
    texts: str | Iterable[str],
    vocab_size: int,
    *,
    min_frequency: int = 2,
    special_tokens: Iterable[str] = (),
) -> Iterator[MergeStep]:
    """The steps of `BPETokenizer.train`, one by one: count all pairs anew, pick the most frequent, merge it everywhere."""
    special = frozenset(special_tokens)
    vocabulary = Vocabulary(special)
    counted = count_words(texts)
    words = [([NUMBER_OF_BYTE[byte] for byte in word], count) for word, count in counted.items()]
    while len(vocabulary) + len(special) < vocab_size:
        counts: Counter[Pair] = Counter()
        for symbols, times in words:
            for pair in itertools.pairwise(symbols):
                counts[pair] += times
        ranked = sorted(counts.items(), key=lambda item: (-item[1], item[0]))
        best = next(((pair, count) for pair, count in ranked if vocabulary.allows(pair)), None)
        if best is None or best[1] < min_frequency:
            return
        (pair, count), tokens = best, vocabulary.tokens
        token = vocabulary.add(pair)
        words = [(merge_pair(symbols, pair, token), times) for symbols, times in words]
        yield MergeStep(
            {(tokens[a], tokens[b]): n for (a, b), n in ranked},
            Merge(tokens[pair[0]], tokens[pair[1]], tokens[token], count),
            [(tuple(tokens[s] for s in symbols), times) for symbols, times in words],
        )
