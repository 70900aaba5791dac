"""The Transformer (Vaswani et al. 2017): its layers, its encoder and decoder, and the whole."""

from __future__ import annotations

# Arrays are Any here: formulas are lambdas over arrays and tensors alike.
# pyright: reportUnknownLambdaType=false, reportUnknownArgumentType=false
# pyright: reportUnknownVariableType=false, reportUnknownMemberType=false
import copy
from typing import Any

import numpy as np

from pellucid.torch.autograd.mode import is_grad_enabled
from pellucid.torch.creation import leaf
from pellucid.torch.dtypes import Defaults, bool_
from pellucid.torch.nn import functional as F
from pellucid.torch.nn import init
from pellucid.torch.nn.modules.attention import MultiheadAttention
from pellucid.torch.nn.modules.container import ModuleList
from pellucid.torch.nn.modules.dropout import Dropout
from pellucid.torch.nn.modules.linear import Linear
from pellucid.torch.nn.modules.module import Module
from pellucid.torch.nn.modules.normalization import LayerNorm
from pellucid.torch.tensor import Tensor, memory


def activation_of(activation: Any) -> Any:
    """The function of a name; a function stays."""
    if not isinstance(activation, str):
        return activation
    if activation not in ("relu", "gelu"):
        raise RuntimeError(f"activation should be relu/gelu, not {activation}")
    return F.relu if activation == "relu" else F.gelu


class Layer(Module):
    """Attentions, then a feed-forward part, each with a residual connection and a norm before or after it."""

    attentions: tuple[str, ...]
    linear1: Any
    linear2: Any
    dropout: Any
    activation: Any
    norm_first: bool

    def __init__(
        self,
        d_model: int,
        nhead: int,
        dim_feedforward: int = 2048,
        dropout: float = 0.1,
        activation: Any = F.relu,
        layer_norm_eps: float = 1e-5,
        batch_first: bool = False,
        norm_first: bool = False,
        bias: bool = True,
        device: Any = None,
        dtype: Any = None,
    ) -> None:
        super().__init__()
        made: dict[str, Any] = {"device": device, "dtype": dtype}
        for name in self.attentions:
            attention = MultiheadAttention(d_model, nhead, dropout, bias, batch_first=batch_first, **made)
            setattr(self, name, attention)
        self.linear1 = Linear(d_model, dim_feedforward, bias, **made)
        self.dropout = Dropout(dropout)
        self.linear2 = Linear(dim_feedforward, d_model, bias, **made)
        self.norm_first = norm_first
        parts = range(1, len(self.attentions) + 2)
        for k in parts:
            setattr(self, f"norm{k}", LayerNorm(d_model, layer_norm_eps, bias=bias, **made))
        for k in parts:
            setattr(self, f"dropout{k}", Dropout(dropout))
        self.activation = activation_of(activation)

    def feed_forward(self, x: Tensor) -> Tensor:
        """Two linear maps with an activation between them."""
        return self.linear2(self.dropout(self.activation(self.linear1(x))))

    def residual(self, x: Tensor, norm: Any, part: Any, dropout: Any) -> Tensor:
        """x + part(norm(x)), or norm(x + part(x))."""
        return x + dropout(part(norm(x))) if self.norm_first else norm(x + dropout(part(x)))


class TransformerEncoderLayer(Layer):
    """Self-attention, then a feed-forward part, each with a residual connection and a LayerNorm."""

    attentions = ("self_attn",)

    def forward(
        self,
        src: Tensor,
        src_mask: Tensor | None = None,
        src_key_padding_mask: Tensor | None = None,
        is_causal: bool = False,
    ) -> Tensor:
        """src (L, N, E), or (N, L, E) with batch_first → the same shape."""

        def attend(x: Tensor) -> Tensor:
            return self.self_attn(x, x, x, src_key_padding_mask, False, src_mask, is_causal=is_causal)[0]

        x = self.residual(src, self.norm1, attend, self.dropout1)
        return self.residual(x, self.norm2, self.feed_forward, self.dropout2)


class TransformerDecoderLayer(Layer):
    """Self-attention, attention to the encoder's output (memory), then a feed-forward part."""

    attentions = ("self_attn", "multihead_attn")

    def forward(
        self,
        tgt: Tensor,
        memory: Tensor,
        tgt_mask: Tensor | None = None,
        memory_mask: Tensor | None = None,
        tgt_key_padding_mask: Tensor | None = None,
        memory_key_padding_mask: Tensor | None = None,
        tgt_is_causal: bool = False,
        memory_is_causal: bool = False,
    ) -> Tensor:
        """tgt (T, N, E), memory (L, N, E) → (T, N, E); with batch_first N comes first."""

        def attend(x: Tensor) -> Tensor:
            return self.self_attn(x, x, x, tgt_key_padding_mask, False, tgt_mask, is_causal=tgt_is_causal)[0]

        def look_back(x: Tensor) -> Tensor:
            return self.multihead_attn(
                x, memory, memory, memory_key_padding_mask, False, memory_mask, is_causal=memory_is_causal
            )[0]

        x = self.residual(tgt, self.norm1, attend, self.dropout1)
        x = self.residual(x, self.norm2, look_back, self.dropout2)
        return self.residual(x, self.norm3, self.feed_forward, self.dropout3)


def copies(layer: Module, count: int) -> ModuleList:
    """The layer copied: all begin with the same weights."""
    return ModuleList([copy.deepcopy(layer) for _ in range(count)])


class TransformerEncoder(Module):
    """num_layers copies of a layer, one after the other.

    enable_nested_tensor, mask_check: with both, torch skips padded places in evaluation without gradients, and gives zeros there
    (before the norm) where batch_first, an even nhead, norm_first=False and padding at the right end allow it. So it is here.
    """

    def __init__(
        self,
        encoder_layer: Module,
        num_layers: int,
        norm: Module | None = None,
        enable_nested_tensor: bool = True,
        mask_check: bool = True,
    ) -> None:
        super().__init__()
        self.enable_nested_tensor, self.mask_check = enable_nested_tensor, mask_check
        self.layers = copies(encoder_layer, num_layers)
        self.num_layers = num_layers
        self.norm: Any = norm

    def forward(
        self,
        src: Tensor,
        mask: Tensor | None = None,
        src_key_padding_mask: Tensor | None = None,
        is_causal: bool | None = None,
    ) -> Tensor:
        """The last layer's output, normalised where there is a norm."""
        for layer in self.layers:
            src = layer(src, mask, src_key_padding_mask, bool(is_causal))
        if (
            src_key_padding_mask is not None
            and mask is None
            and self.skips_padding(src, src_key_padding_mask)
        ):
            src = src.masked_fill(src_key_padding_mask.unsqueeze(-1), 0.0)
        return src if self.norm is None else self.norm(src)

    def skips_padding(self, src: Tensor, padding: Tensor) -> bool:
        """Whether torch would leave out the padded places."""
        layer = self.layers[0]
        if not self.enable_nested_tensor or layer.training or not isinstance(layer, TransformerEncoderLayer):
            return False
        attention = layer.self_attn
        able = attention.batch_first and attention.num_heads % 2 == 0 and not layer.norm_first
        plain = attention._qkv_same_embed_dim and attention.in_proj_bias is not None
        known = any(layer.activation is f for f in (F.relu, F.gelu))
        recorded = is_grad_enabled() and (
            src.requires_grad or any(p.requires_grad for p in layer.parameters())
        )
        if not (able and plain and known) or recorded or src.array.ndim != 3 or padding.dtype is not bool_:
            return False
        return not self.mask_check or not (memory(padding)[:, :-1] & ~memory(padding)[:, 1:]).any()


class TransformerDecoder(Module):
    """num_layers copies of a layer, one after the other, all looking at one memory."""

    def __init__(self, decoder_layer: Module, num_layers: int, norm: Module | None = None) -> None:
        super().__init__()
        self.layers = copies(decoder_layer, num_layers)
        self.num_layers = num_layers
        self.norm: Any = norm

    def forward(
        self,
        tgt: Tensor,
        memory: Tensor,
        tgt_mask: Tensor | None = None,
        memory_mask: Tensor | None = None,
        tgt_key_padding_mask: Tensor | None = None,
        memory_key_padding_mask: Tensor | None = None,
        tgt_is_causal: bool | None = None,
        memory_is_causal: bool = False,
    ) -> Tensor:
        """The last layer's output, normalised where there is a norm."""
        for layer in self.layers:
            tgt = layer(
                tgt,
                memory,
                tgt_mask,
                memory_mask,
                tgt_key_padding_mask,
                memory_key_padding_mask,
                bool(tgt_is_causal),
                memory_is_causal,
            )
        return tgt if self.norm is None else self.norm(tgt)


class Transformer(Module):
    """An encoder for the source and a decoder for the target."""

    def __init__(
        self,
        d_model: int = 512,
        nhead: int = 8,
        num_encoder_layers: int = 6,
        num_decoder_layers: int = 6,
        dim_feedforward: int = 2048,
        dropout: float = 0.1,
        activation: Any = F.relu,
        custom_encoder: Module | None = None,
        custom_decoder: Module | None = None,
        layer_norm_eps: float = 1e-5,
        batch_first: bool = False,
        norm_first: bool = False,
        bias: bool = True,
        device: Any = None,
        dtype: Any = None,
    ) -> None:
        super().__init__()
        made: dict[str, Any] = {"device": device, "dtype": dtype}
        options = (
            d_model,
            nhead,
            dim_feedforward,
            dropout,
            activation,
            layer_norm_eps,
            batch_first,
            norm_first,
            bias,
        )
        if custom_encoder is not None:
            self.encoder = custom_encoder
        else:
            layer = TransformerEncoderLayer(*options, **made)
            norm = LayerNorm(d_model, layer_norm_eps, bias=bias, **made)
            self.encoder = TransformerEncoder(layer, num_encoder_layers, norm)
        if custom_decoder is not None:
            self.decoder = custom_decoder
        else:
            layer = TransformerDecoderLayer(*options, **made)
            norm = LayerNorm(d_model, layer_norm_eps, bias=bias, **made)
            self.decoder = TransformerDecoder(layer, num_decoder_layers, norm)
        for p in self.parameters():
            if p.array.ndim > 1:
                init.xavier_uniform_(p)
        self.d_model, self.nhead, self.batch_first = d_model, nhead, batch_first

    def forward(
        self,
        src: Tensor,
        tgt: Tensor,
        src_mask: Tensor | None = None,
        tgt_mask: Tensor | None = None,
        memory_mask: Tensor | None = None,
        src_key_padding_mask: Tensor | None = None,
        tgt_key_padding_mask: Tensor | None = None,
        memory_key_padding_mask: Tensor | None = None,
        src_is_causal: bool | None = None,
        tgt_is_causal: bool | None = None,
        memory_is_causal: bool = False,
    ) -> Tensor:
        """src (S, N, E), tgt (T, N, E) → (T, N, E); with batch_first N comes first."""
        n = 0 if self.batch_first else 1
        if src.array.ndim == 3 and src.array.shape[n] != tgt.array.shape[n]:
            raise RuntimeError("the batch number of src and tgt must be equal")
        if src.array.shape[-1] != self.d_model or tgt.array.shape[-1] != self.d_model:
            raise RuntimeError("the feature number of src and tgt must be equal to d_model")
        memory = self.encoder(src, src_mask, src_key_padding_mask, src_is_causal)
        return self.decoder(
            tgt,
            memory,
            tgt_mask,
            memory_mask,
            tgt_key_padding_mask,
            memory_key_padding_mask,
            tgt_is_causal,
            memory_is_causal,
        )

    @staticmethod
    def generate_square_subsequent_mask(sz: int, device: Any = None, dtype: Any = None) -> Tensor:
        """(sz, sz): −∞ above the diagonal, where the future is, else 0."""
        return leaf(np.triu(np.full((sz, sz), -np.inf), 1), dtype or Defaults.floating, False, device)
