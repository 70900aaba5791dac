"""Generation with the keys and values of the past kept, instead of computed again for each new token.

A token that is appended to a causal model changes nothing that came before it, so that only its own query, key and value are
needed: the work for a token grows with the length instead of its square. Source: Shazeer 2019, "Fast Transformer Decoding",
section 2.
"""

from __future__ import annotations

# pyright: reportUnknownArgumentType=false, reportUnknownVariableType=false, reportUnknownMemberType=false
from typing import Any

import numpy as np

from pellucid.torch import dtypes, nn
from pellucid.torch.autograd.mode import is_grad_enabled, no_grad
from pellucid.torch.creation import arange
from pellucid.torch.nn.functional.attention import attend
from pellucid.torch.nn.modules.module import Module
from pellucid.torch.ops.joining import cat
from pellucid.torch.tensor import Tensor, memory, wrap


class KVCache:
    """The keys and values that one attention has seen: (batch, length, E), in memory that doubles when it is full."""

    def __init__(self) -> None:
        self.length = 0
        self.stored: Any = None  # (2, batch, capacity, E)
        self.dtype: Any = None

    def append(self, keys: Tensor, values: Tensor) -> tuple[Tensor, Tensor]:
        """Add those of new tokens, (batch, new, E) both; all keys and values so far."""
        new = np.stack([memory(keys), memory(values)])  # (2, batch, new, E)
        end = self.length + new.shape[2]
        if self.stored is None:
            self.stored, self.dtype = new, keys.dtype
        elif new.shape[1] != self.stored.shape[1]:
            raise RuntimeError(f"the cache holds a batch of {self.stored.shape[1]}, not {new.shape[1]}")
        elif end > self.stored.shape[2]:
            larger = np.zeros((*new.shape[:2], max(end, 2 * self.length), new.shape[3]), new.dtype)
            larger[:, :, : self.length] = self.stored[:, :, : self.length]
            self.stored = larger
        self.stored[:, :, self.length : end] = new
        self.length = end
        return self.seen()

    def seen(self) -> tuple[Tensor, Tensor]:
        """All keys and values so far."""
        k, v = self.stored[:, :, : self.length]
        return wrap(k, self.dtype), wrap(v, self.dtype)

    @property
    def nbytes(self) -> int:
        """Bytes of the keys and values in it."""
        return 0 if self.stored is None else self.stored[:, :, : self.length].nbytes


def check_inference(module: Any) -> None:
    """RuntimeError where gradients would be lost, or dropout would make cached and uncached differ."""
    if is_grad_enabled():
        raise RuntimeError("a KV cache is for generation: use it within torch.no_grad()")
    if module.training and any(
        getattr(m, "dropout", 0) for m in module.modules() if type(m) is nn.MultiheadAttention
    ):
        raise RuntimeError("a KV cache is for generation: call eval() on the model first")


def cached_attention(attention: Any, x: Tensor, cache: KVCache) -> Tensor:
    """Causal self-attention of new tokens to all in the cache and to themselves: (batch, new, E) → the same shape.

    What MultiheadAttention gives, with a causal mask, for the last positions of the whole sequence. Batch first in any case.
    """
    check_inference(attention)
    check_plain(attention)
    q, k, v = attention._project(x, x, x)
    keys, values = cache.append(k, v)
    new, length = x.shape[1], cache.length
    late: Any = (
        np.arange(length) > np.arange(length - new, length)[:, None]
    )  # (new, length): what lies after the query
    mask = None
    if new > 1:
        mask = wrap(np.where(late, np.float32(-np.inf), np.float32(0)).astype(memory(q).dtype), q.dtype)
    return output(attention, attend((q, keys, values), attention.num_heads, mask, 0.0, False)[0])


def cached_memory(attention: Any, x: Tensor, memory: Tensor, cache: KVCache) -> Tensor:
    """Attention of new tokens (batch, new, E) to an encoder's output (batch, S, E), whose keys and values are computed once."""
    check_inference(attention)
    check_plain(attention)
    if not cache.length:
        _, k, v = attention._project(memory[:, :1], memory, memory)
        cache.append(k, v)
    q = attention._project(x, x[:, :1], x[:, :1])[0]
    return output(attention, attend((q, *cache.seen()), attention.num_heads, None, 0.0, False)[0])


def output(attention: Any, attended: Tensor) -> Tensor:
    """(L, batch, E) by the last Linear, batch first."""
    return attention.out_proj(attended).transpose(0, 1)


def check_plain(attention: Any) -> None:
    """NotImplementedError for what keys could have besides the tokens'."""
    if attention.bias_k is not None or attention.add_zero_attn:
        raise NotImplementedError("add_bias_kv and add_zero_attn are absent from the KV cache")


class LayerCache:
    """The caches of one layer: of self-attention, and of attention to an encoder's output."""

    def __init__(self) -> None:
        self.own, self.memory = KVCache(), KVCache()

    @property
    def nbytes(self) -> int:
        """Bytes of both."""
        return self.own.nbytes + self.memory.nbytes


def new_caches(stack: Any) -> list[LayerCache]:
    """An empty cache for each layer of a TransformerEncoder or TransformerDecoder."""
    return [LayerCache() for _ in stack.layers]


def cached_layer(layer: Any, x: Tensor, cache: LayerCache, memory: Tensor | None = None) -> Tensor:
    """A TransformerEncoderLayer with a causal mask, or a TransformerDecoderLayer with `memory`, on new tokens (batch, new, E)."""

    def attend_own(y: Tensor) -> Tensor:
        return cached_attention(layer.self_attn, y, cache.own)

    def attend_memory(y: Tensor) -> Tensor:
        assert memory is not None
        return cached_memory(layer.multihead_attn, y, memory, cache.memory)

    x = layer.residual(x, layer.norm1, attend_own, layer.dropout1)
    if isinstance(layer, nn.TransformerEncoderLayer):
        return layer.residual(x, layer.norm2, layer.feed_forward, layer.dropout2)
    if memory is None:
        raise ValueError("a TransformerDecoderLayer needs memory")
    x = layer.residual(x, layer.norm2, attend_memory, layer.dropout2)
    return layer.residual(x, layer.norm3, layer.feed_forward, layer.dropout3)


def cached_forward(stack: Any, x: Tensor, caches: list[LayerCache], memory: Tensor | None = None) -> Tensor:
    """A TransformerEncoder used causally, or a TransformerDecoder with `memory`, on new tokens (batch, new, E), batch first.

    It gives what the stack gives with a causal mask for the last positions of the whole sequence, to rounding.
    """
    for layer, cache in zip(stack.layers, caches, strict=True):
        x = cached_layer(layer, x, cache, memory)
    return x if stack.norm is None else stack.norm(x)


class CausalDecoder(Module):
    """A language model: tokens and positions embedded, Transformer layers with a causal mask, logits of the next token.

    forward(tokens (N, T)) → (N, T, vocabulary); with `caches` the tokens are new ones, after those that the caches have seen.
    """

    def __init__(
        self,
        vocabulary: int,
        dim: int,
        heads: int,
        layers: int,
        context: int,
        feed_forward: int | None = None,
    ) -> None:
        super().__init__()
        self.context = context
        self.tokens = nn.Embedding(vocabulary, dim)
        self.positions = nn.Embedding(context, dim)
        layer = nn.TransformerEncoderLayer(
            dim,
            heads,
            feed_forward or 4 * dim,
            dropout=0.0,
            batch_first=True,
            norm_first=True,
        )
        self.blocks = nn.TransformerEncoder(layer, layers, nn.LayerNorm(dim), enable_nested_tensor=False)
        self.head = nn.Linear(dim, vocabulary, bias=False)

    def forward(self, tokens: Tensor, caches: list[LayerCache] | None = None) -> Tensor:
        """The logits."""
        past = caches[0].own.length if caches else 0
        end = past + tokens.shape[1]
        if end > self.context:
            raise ValueError(f"{end} tokens are more than the context of {self.context}")
        x = self.tokens(tokens) + self.positions(arange(past, end))
        if caches is not None:
            return self.head(cached_forward(self.blocks, x, caches))
        mask = nn.Transformer.generate_square_subsequent_mask(tokens.shape[1])
        return self.head(self.blocks(x, mask))

    def generate(self, prompt: Tensor, count: int, cached: bool = True, choose: Any = None) -> Tensor:
        """The prompt (N, T) and `count` further tokens, each chosen from logits (N, vocabulary) by choose, else the likeliest."""
        caches = new_caches(self.blocks) if cached else None
        with no_grad():
            out, new = prompt, prompt
            for _ in range(count):
                logits = self(new if cached else out, caches)[:, -1]
                token = logits.argmax(-1) if choose is None else choose(logits)
                new = token.reshape(-1, 1).to(dtypes.int64)
                out = cat([out, new], 1)
        return out
