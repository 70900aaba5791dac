"""Embedding: a table of vectors."""

from __future__ import annotations

# Arrays are Any here: formulas are lambdas over arrays and tensors alike.
# pyright: reportUnknownLambdaType=false, reportUnknownArgumentType=false
# pyright: reportUnknownVariableType=false, reportUnknownMemberType=false
from typing import Any

from pellucid.torch.creation import empty
from pellucid.torch.nn import functional as F
from pellucid.torch.nn import init
from pellucid.torch.nn.modules.module import Module
from pellucid.torch.nn.parameter import Parameter
from pellucid.torch.tensor import Tensor, memory


class Embedding(Module):
    """A vector for each number below num_embeddings: (…) → (…, embedding_dim). The table starts standard normal."""

    def __init__(
        self,
        num_embeddings: int,
        embedding_dim: int,
        padding_idx: int | None = None,
        max_norm: float | None = None,
        norm_type: float = 2.0,
        *,
        device: Any = None,
        dtype: Any = None,
    ) -> None:
        super().__init__()
        if padding_idx is not None:
            if not -num_embeddings <= padding_idx < num_embeddings:
                raise AssertionError("Padding_idx must be within num_embeddings")
            padding_idx %= num_embeddings
        self.num_embeddings, self.embedding_dim = num_embeddings, embedding_dim
        self.padding_idx, self.max_norm, self.norm_type = padding_idx, max_norm, norm_type
        self.weight = Parameter(empty(num_embeddings, embedding_dim, device=device, dtype=dtype))
        self.reset_parameters()

    def reset_parameters(self) -> None:
        """Draw the table anew; the padding row is zero."""
        init.normal_(self.weight)
        if self.padding_idx is not None:
            memory(self.weight)[self.padding_idx] = 0

    @classmethod
    def from_pretrained(
        cls, embeddings: Tensor, freeze: bool = True, padding_idx: int | None = None
    ) -> Embedding:
        """An embedding on a given table; freeze: it is not trained."""
        if embeddings.array.ndim != 2:
            raise AssertionError("Embeddings parameter is expected to be 2-dimensional")
        out = cls.__new__(cls)
        Module.__init__(out)
        out.num_embeddings, out.embedding_dim = embeddings.array.shape
        out.padding_idx, out.max_norm, out.norm_type = padding_idx, None, 2.0
        out.weight = Parameter(embeddings, requires_grad=not freeze)
        return out

    def forward(self, input: Tensor) -> Tensor:
        """The rows of the table."""
        return F.embedding(input, self.weight, self.padding_idx, self.max_norm, self.norm_type)

    def extra_repr(self) -> str:
        """The sizes, and what is not default."""
        text = f"{self.num_embeddings}, {self.embedding_dim}"
        for name, default in (("padding_idx", None), ("max_norm", None), ("norm_type", 2)):
            if getattr(self, name) != default:
                text += f", {name}={getattr(self, name)}"
        return text
