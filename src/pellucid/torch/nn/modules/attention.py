"""MultiheadAttention."""

from __future__ import annotations

# Arrays are Any here: formulas are lambdas over arrays and tensors alike.
# pyright: reportUnknownLambdaType=false, reportUnknownArgumentType=false
# pyright: reportUnknownVariableType=false, reportUnknownMemberType=false
from typing import Any

from pellucid.torch.creation import empty, zeros
from pellucid.torch.dtypes import bool_
from pellucid.torch.nn import functional as F
from pellucid.torch.nn import init
from pellucid.torch.nn.functional.attention import attend, merged_mask, project
from pellucid.torch.nn.modules.linear import NonDynamicallyQuantizableLinear
from pellucid.torch.nn.modules.module import Module
from pellucid.torch.nn.parameter import Parameter
from pellucid.torch.ops.joining import cat
from pellucid.torch.tensor import Tensor


def check_kind(mask: Tensor | None, name: str) -> None:
    """AssertionError for masks of whole numbers."""
    if mask is not None and not mask.dtype.is_floating_point and mask.dtype is not bool_:
        raise AssertionError(f"only bool and floating types of {name} are supported")


def check_shapes(query: Tensor, key: Tensor, value: Tensor, mask: Tensor | None) -> None:
    """AssertionError where one input has a batch and another has none, or the mask has too many dimensions."""
    n = query.array.ndim
    if n not in (2, 3):
        raise AssertionError(
            f"query should be unbatched 2D or batched 3D tensor but received {n}-D query tensor"
        )
    kind = f"For {'batched (3-D)' if n == 3 else 'unbatched (2-D)'} `query`, expected"
    if key.array.ndim != n or value.array.ndim != n:
        raise AssertionError(
            f"{kind} `key` and `value` to be {n}-D but found {key.array.ndim}-D and {value.array.ndim}-D tensors respectively"
        )
    if mask is not None and mask.array.ndim not in (2, 3):
        raise AssertionError(
            f"{kind} `attn_mask` to be `None`, 2-D or 3-D but found {mask.array.ndim}-D tensor instead"
        )


def check_padding(mask: Tensor, batch: int, sources: int) -> None:
    """AssertionError for a key_padding_mask of another shape than (batch, sources)."""
    for k, wanted in enumerate((batch, sources)):
        if mask.array.shape[k] != wanted:
            raise AssertionError(
                f"Expected key_padded_mask.shape[{k}] to be {wanted}, but got {mask.array.shape[k]}"
            )


class MultiheadAttention(Module):
    """Attention with several heads (Vaswani et al. 2017): query (L, N, E), key and value (S, N, …) → (L, N, E) and weights.

    batch_first: (N, L, E) instead; without a batch: (L, E). The weights are None unless need_weights.
    """

    def __init__(
        self,
        embed_dim: int,
        num_heads: int,
        dropout: float = 0.0,
        bias: bool = True,
        add_bias_kv: bool = False,
        add_zero_attn: bool = False,
        kdim: int | None = None,
        vdim: int | None = None,
        batch_first: bool = False,
        device: Any = None,
        dtype: Any = None,
    ) -> None:
        if embed_dim <= 0 or num_heads <= 0:
            raise ValueError(
                f"embed_dim and num_heads must be greater than 0, got embed_dim={embed_dim} and num_heads={num_heads} instead"
            )
        super().__init__()
        kdim, vdim = kdim or embed_dim, vdim or embed_dim
        self.embed_dim, self.kdim, self.vdim = embed_dim, kdim, vdim
        self.num_heads, self.dropout, self.batch_first = num_heads, dropout, batch_first
        self.head_dim = embed_dim // num_heads
        if self.head_dim * num_heads != embed_dim:
            raise AssertionError("embed_dim must be divisible by num_heads")
        self.add_zero_attn = add_zero_attn

        def weight(*size: int) -> Parameter:
            return Parameter(empty(*size, device=device, dtype=dtype))

        self._qkv_same_embed_dim = kdim == embed_dim and vdim == embed_dim
        names = ("q_proj_weight", "k_proj_weight", "v_proj_weight", "in_proj_weight")
        one = self._qkv_same_embed_dim
        widths = (None, None, None, embed_dim) if one else (embed_dim, kdim, vdim, None)
        for name, width in zip(names, widths, strict=True):
            rows = 3 * embed_dim if one else embed_dim
            self.register_parameter(name, None if width is None else weight(rows, width))
        self.register_parameter("in_proj_bias", weight(3 * embed_dim) if bias else None)
        self.out_proj = NonDynamicallyQuantizableLinear(embed_dim, embed_dim, bias, device, dtype)
        for name in ("bias_k", "bias_v"):
            self.register_parameter(name, weight(1, 1, embed_dim) if add_bias_kv else None)
        self._reset_parameters()

    def _reset_parameters(self) -> None:
        for name in ("in_proj_weight", "q_proj_weight", "k_proj_weight", "v_proj_weight"):
            if getattr(self, name) is not None:
                init.xavier_uniform_(getattr(self, name))
        if self.in_proj_bias is not None:
            init.zeros_(self.in_proj_bias)
            init.zeros_(self.out_proj.bias)
        for name in ("bias_k", "bias_v"):
            if getattr(self, name) is not None:
                init.xavier_normal_(getattr(self, name))

    def forward(
        self,
        query: Tensor,
        key: Tensor,
        value: Tensor,
        key_padding_mask: Tensor | None = None,
        need_weights: bool = True,
        attn_mask: Tensor | None = None,
        average_attn_weights: bool = True,
        is_causal: bool = False,
    ) -> tuple[Tensor, Tensor | None]:
        """The attended values, and the weights (N, L, S), or of each head (N, heads, L, S).

        key_padding_mask (N, S), attn_mask (L, S) or (N·heads, L, S): True where not to look, or numbers to add to the scores.
        """
        if is_causal and attn_mask is None:
            raise RuntimeError(
                "Need attn_mask if specifying the is_causal hint. You may use the Transformer module method "
                "`generate_square_subsequent_mask` to create this mask."
            )
        check_shapes(query, key, value, attn_mask)
        check_kind(attn_mask, "attn_mask")
        check_kind(key_padding_mask, "key_padding_mask")
        batched = query.array.ndim == 3
        given = (query, key, value)
        query, key, value = self._as_batch_first(given, batched)
        if query.array.shape[-1] != self.embed_dim:
            raise AssertionError(
                f"was expecting embedding dimension of {self.embed_dim}, but got {query.array.shape[-1]}"
            )
        if self._qkv_same_embed_dim and key.array.shape != value.array.shape:
            raise AssertionError(f"key shape {given[1].shape} does not match value shape {given[2].shape}")
        if key_padding_mask is not None:
            padding = key_padding_mask if batched else key_padding_mask.unsqueeze(0)
            check_padding(padding, key.array.shape[0], key.array.shape[1])
            key_padding_mask = padding
        q, k, v = self._project(query, key, value)
        shape = (q.array.shape[0], q.array.shape[1], k.array.shape[1])
        mask = merged_mask(attn_mask, key_padding_mask, q, self.num_heads, shape)
        k, v, mask = self._with_extras(k, v, mask)
        dropout = self.dropout if self.training else 0.0
        out, weights = attend((q, k, v), self.num_heads, mask, dropout, need_weights)
        out = self.out_proj(out)
        if weights is not None and average_attn_weights:
            weights = weights.mean(1)
        if not batched:
            return out.squeeze(1), None if weights is None else weights.squeeze(0)
        return out.transpose(0, 1) if self.batch_first else out, weights

    def _as_batch_first(self, inputs: tuple[Tensor, ...], batched: bool) -> tuple[Tensor, ...]:
        """(N, length, E), one tensor staying one."""
        done: dict[int, Tensor] = {}
        for t in inputs:
            if id(t) not in done:
                done[id(t)] = t.unsqueeze(0) if not batched else t if self.batch_first else t.transpose(0, 1)
        return tuple(done[id(t)] for t in inputs)

    def _project(self, query: Tensor, key: Tensor, value: Tensor) -> tuple[Tensor, ...]:
        if self._qkv_same_embed_dim:
            return project(query, key, value, self.in_proj_weight, self.in_proj_bias)
        biases = (None, None, None) if self.in_proj_bias is None else self.in_proj_bias.chunk(3)
        weights = (self.q_proj_weight, self.k_proj_weight, self.v_proj_weight)
        inputs = zip((query, key, value), weights, biases, strict=True)
        return tuple(F.linear(x, w, b) for x, w, b in inputs)

    def _with_extras(self, k: Tensor, v: Tensor, mask: Any) -> tuple[Tensor, Tensor, Any]:
        """A learnt key and value, and one of zeros, at the end of the sequence; nothing hides them."""
        batch = k.array.shape[0]
        extras: list[Any] = []
        if self.bias_k is not None:
            extras.append((self.bias_k.expand(batch, 1, -1), self.bias_v.expand(batch, 1, -1)))
        if self.add_zero_attn:
            extras.append((zeros(batch, 1, self.embed_dim, dtype=k.dtype),) * 2)
        for more_k, more_v in extras:
            k, v = cat([k, more_k], 1), cat([v, more_v], 1)
            mask = None if mask is None else F.pad(mask, (0, 1))
        return k, v, mask
