"""The KV cache and batching: generation with the cache is generation without, a batch is its sequences one by one."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import pellucid.torch as torch
from pellucid.torch import compress, nn


@pytest.fixture(scope="module")
def decoder() -> Any:
    torch.manual_seed(0)
    return compress.CausalDecoder(vocabulary=11, dim=16, heads=4, layers=2, context=24).eval()


@given(st.lists(st.integers(1, 5), min_size=1, max_size=5), st.integers(1, 3), st.booleans())
@settings(max_examples=25, deadline=None)
def test_pieces_through_the_cache_are_the_whole(pieces: list[int], batch: int, batch_first: bool) -> None:
    torch.manual_seed(1)
    attention = nn.MultiheadAttention(8, 2, batch_first=batch_first).eval()
    x = torch.randn(batch, sum(pieces), 8)
    mask = nn.Transformer.generate_square_subsequent_mask(x.shape[1])
    with torch.no_grad():
        given_x = x if batch_first else x.transpose(0, 1)
        whole = attention(given_x, given_x, given_x, attn_mask=mask)[0]
        whole = whole if batch_first else whole.transpose(0, 1)
        cache = compress.KVCache()
        parts = [compress.cached_attention(attention, part, cache) for part in x.split(pieces, 1)]
    torch.testing.assert_close(torch.cat(parts, 1), whole)
    assert cache.length == x.shape[1] and cache.nbytes == 2 * 4 * x.numel()


def test_generation_with_the_cache_is_generation_without(decoder: Any) -> None:
    prompt = torch.tensor([[1, 2, 3], [7, 0, 4]])
    cached = decoder.generate(prompt, 12)
    assert cached.shape == (2, 15) and (cached[:, :3] == prompt).all()
    assert (cached == decoder.generate(prompt, 12, cached=False)).all()
    with torch.no_grad():
        caches = compress.new_caches(decoder.blocks)
        steps = [decoder(prompt, caches), *(decoder(cached[:, k : k + 1], caches) for k in range(3, 15))]
        torch.testing.assert_close(torch.cat(steps, 1), decoder(cached))
        counted = compress.multiply_adds(decoder, cached)
    assert counted > 15 * compress.multiply_adds(decoder.head, torch.randn(2, 16))


def test_a_chooser_of_ones_own(decoder: Any) -> None:
    def sample(logits: Any) -> Any:
        return torch.multinomial(torch.softmax(logits, -1), 1)

    prompt = torch.tensor([[1]])
    texts = []
    for cached in (True, False):
        torch.manual_seed(5)
        texts.append(decoder.generate(prompt, 8, cached, sample).tolist())
    assert texts[0] == texts[1]


def test_a_decoder_with_memory() -> None:
    torch.manual_seed(2)
    layer = nn.TransformerDecoderLayer(8, 2, 16, dropout=0.0, batch_first=True)
    stack = nn.TransformerDecoder(layer, 2, nn.LayerNorm(8)).eval()
    x, memory = torch.randn(2, 6, 8), torch.randn(2, 4, 8)
    mask = nn.Transformer.generate_square_subsequent_mask(6)
    with torch.no_grad():
        whole = stack(x, memory, tgt_mask=mask)
        caches = compress.new_caches(stack)
        parts = [compress.cached_forward(stack, part, caches, memory) for part in x.split([2, 1, 3], 1)]
        torch.testing.assert_close(torch.cat(parts, 1), whole)
        assert caches[0].nbytes == 2 * 4 * 2 * 8 * (6 + 4)
        with pytest.raises(ValueError, match="needs memory"):
            compress.cached_forward(stack, x, compress.new_caches(stack))


def test_what_the_cache_refuses(decoder: Any) -> None:
    attention = nn.MultiheadAttention(4, 2, dropout=0.5)
    x = torch.randn(1, 2, 4)
    with pytest.raises(RuntimeError, match="no_grad"):
        compress.cached_attention(attention, x, compress.KVCache())
    with torch.no_grad():
        with pytest.raises(RuntimeError, match="call eval"):
            compress.cached_attention(attention, x, compress.KVCache())
        with pytest.raises(NotImplementedError, match="add_zero_attn"):
            compress.cached_attention(nn.MultiheadAttention(4, 2, add_zero_attn=True), x, compress.KVCache())
        cache = compress.KVCache()
        compress.cached_attention(attention.eval(), x, cache)
        with pytest.raises(RuntimeError, match="a batch of 1, not 3"):
            compress.cached_attention(attention, torch.randn(3, 1, 4), cache)
    with pytest.raises(ValueError, match="25 tokens are more than the context of 24"):
        decoder.generate(torch.zeros(1, 20, dtype=torch.int64), 6)


lengths = st.lists(st.integers(1, 7), min_size=1, max_size=6)


@given(lengths, st.integers(1, 4))
@settings(max_examples=25, deadline=None)
def test_a_batch_is_its_sequences_one_by_one(sizes: list[int], batch_size: int) -> None:
    torch.manual_seed(3)
    layer = nn.TransformerEncoderLayer(8, 2, 16, dropout=0.0, batch_first=True)
    encoder = nn.TransformerEncoder(layer, 2, enable_nested_tensor=False).eval()
    sequences = [torch.randn(n, 8) for n in sizes]

    def of_times(x: Any, mask: Any) -> Any:
        return encoder(x, src_key_padding_mask=mask)

    def of_whole(x: Any, mask: Any) -> Any:
        return compress.masked_mean(of_times(x, mask), mask)

    with torch.no_grad():
        for model in (of_times, of_whole):
            together = compress.in_batches(model, sequences, batch_size)
            for s, out in zip(sequences, together, strict=True):
                alone = model(s.unsqueeze(0), torch.zeros(1, len(s), dtype=torch.bool))[0]
                torch.testing.assert_close(out, alone)


def test_padding() -> None:
    batch = compress.pad_batch([torch.ones(2, 3), torch.ones(4, 3)], padding_value=9.0)
    assert batch.data.shape == (2, 4, 3) and batch.data[0, 2:].unique().tolist() == [9]
    assert batch.mask.tolist() == [[False, False, True, True], [False] * 4]
    assert batch.lengths == [2, 4] and batch.waste == 0.25
    assert [s.shape[0] for s in compress.unpad(batch.data, batch.lengths)] == [2, 4]
    assert compress.masked_mean(batch.data, batch.mask).tolist() == [[1, 1, 1], [1, 1, 1]]
    with pytest.raises(ValueError, match="at least one sequence"):
        compress.pad_batch([])
    with pytest.raises(ValueError, match="padding only"):
        compress.masked_mean(batch.data, torch.ones(2, 4, dtype=torch.bool))
    with pytest.raises(ValueError, match="batch_size"):
        compress.in_batches(lambda x, mask: x, [torch.ones(1)], 0)
