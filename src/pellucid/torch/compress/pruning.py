"""Pruning that makes a model smaller: whole channels taken out of their layers, or single weights kept in sparse storage.

nn.utils.prune chooses what goes; by itself it only writes zeros. Source: Han et al. 2015 (magnitudes), Li et al. 2017 (channels).
"""

from __future__ import annotations

# pyright: reportUnknownArgumentType=false, reportUnknownVariableType=false, reportUnknownMemberType=false
import copy
from itertools import pairwise
from typing import Any

import numpy as np

from pellucid.torch import dtypes, nn
from pellucid.torch.autograd.mode import is_grad_enabled
from pellucid.torch.compress.replacing import is_linear, replaced
from pellucid.torch.creation import ones_like
from pellucid.torch.nn.modules.module import Module
from pellucid.torch.nn.parameter import Parameter
from pellucid.torch.nn.utils import prune
from pellucid.torch.tensor import Tensor, memory, wrap

CONVOLUTIONS = (nn.Conv1d, nn.Conv2d, nn.Conv3d)
NORMS = (nn.BatchNorm1d, nn.BatchNorm2d, nn.BatchNorm3d)
BY_ELEMENT = (
    *(
        nn.ReLU,
        nn.ReLU6,
        nn.LeakyReLU,
        nn.ELU,
        nn.CELU,
        nn.SELU,
        nn.GELU,
        nn.SiLU,
        nn.Mish,
        nn.Hardswish,
        nn.Hardsigmoid,
    ),
    *(
        nn.Sigmoid,
        nn.LogSigmoid,
        nn.Tanh,
        nn.Tanhshrink,
        nn.Softsign,
        nn.Softplus,
        nn.Softshrink,
        nn.Hardshrink,
        nn.Hardtanh,
    ),
    *(nn.Threshold, nn.Identity, nn.Dropout, nn.Dropout1d, nn.Dropout2d, nn.Dropout3d, nn.AlphaDropout),
)
POOLS = (
    *(nn.MaxPool1d, nn.MaxPool2d, nn.MaxPool3d, nn.AvgPool1d, nn.AvgPool2d, nn.AvgPool3d),
    *(nn.AdaptiveAvgPool1d, nn.AdaptiveAvgPool2d, nn.AdaptiveMaxPool1d, nn.AdaptiveMaxPool2d),
)


def shrink(model: Any, amount: float, n: Any = 2) -> Any:
    """A smaller copy of an nn.Sequential: of each hidden Linear or convolution the channels of smallest n-norm are gone.

    amount: how many of each layer's channels, or which fraction. A channel goes where the next layer with weights can forget it:
    what lies between works element by element, or is batch normalization, pooling or Flatten. It computes what the model would
    if the next layer's weights for these channels were 0; train it further. ValueError where nothing can be taken.
    """
    if type(model) is not nn.Sequential:
        raise TypeError(
            f"shrink takes an nn.Sequential, not {type(model).__name__}; for two layers of another model: without_channels"
        )
    small = copy.deepcopy(model)
    parts = list(small)
    ends = [k for k, part in enumerate(parts) if is_linear(part) or type(part) in CONVOLUTIONS]
    found = False
    for first, second in pairwise(ends):
        between = parts[first + 1 : second]
        if not can_forget(parts[first], between, parts[second]):
            continue
        kept = strongest(memory(parts[first].weight), amount, n)
        parts[first], parts[second] = without_channels(parts[first], parts[second], kept)
        for k, part in enumerate(between, first + 1):
            if type(part) in NORMS:
                parts[k] = norm_without(part, kept)
        found = True
    if not found:
        raise ValueError(
            "no two layers with weights follow each other so that channels between them could go"
        )
    for k, part in enumerate(parts):
        small[k] = part
    return small


def strongest(weight: Any, amount: float, n: Any) -> Any:
    """The numbers of the output channels that ln_structured would keep."""
    w = wrap(weight, dtypes.dtype_of(weight))
    mask = prune.LnStructured(amount, n, 0).compute_mask(w, ones_like(w))
    kept = np.flatnonzero(memory(mask).reshape(len(weight), -1).any(axis=1))
    if not kept.size:
        raise ValueError(f"amount={amount} would leave no channel")
    return kept


def can_forget(first: Any, between: list[Any], second: Any) -> bool:
    """Whether an output channel of `first` reaches `second` as inputs of its own."""
    of_convolution = type(first) in CONVOLUTIONS
    if getattr(first, "groups", 1) != 1 or getattr(second, "groups", 1) != 1:
        return False
    passed = (*BY_ELEMENT, *NORMS, nn.Flatten, *(POOLS if of_convolution else ()))
    if any(type(part) not in passed for part in between):
        return False
    flattens = [part for part in between if type(part) is nn.Flatten]
    if any((part.start_dim, part.end_dim) != (1, -1) for part in flattens):
        return False
    if of_convolution and is_linear(second):
        return bool(flattens) and second.in_features % first.out_channels == 0
    return not flattens and inputs_of(second) == outputs_of(first) and type(first) is type(second)


def outputs_of(layer: Any) -> int:
    """The number of output channels."""
    return layer.out_features if is_linear(layer) else layer.out_channels


def inputs_of(layer: Any) -> int:
    """The number of input channels."""
    return layer.in_features if is_linear(layer) else layer.in_channels


def without_channels(first: Any, second: Any, kept: Any) -> tuple[Any, Any]:
    """Copies of two layers, the first with these output channels only, the second without inputs for the others.

    Of a flattened convolution every channel is a row of neighbours in the second layer's inputs.
    """
    each = inputs_of(second) // outputs_of(first)
    columns = (np.asarray(kept)[:, None] * each + np.arange(each)).reshape(-1)
    a, b = copy.deepcopy(first), copy.deepcopy(second)
    set_part(a, "weight", memory(first.weight)[kept])
    if first.bias is not None:
        set_part(a, "bias", memory(first.bias)[kept])
    set_part(b, "weight", memory(second.weight)[:, columns])
    setattr(a, "out_features" if is_linear(a) else "out_channels", len(kept))
    setattr(b, "in_features" if is_linear(b) else "in_channels", len(columns))
    return a, b


def norm_without(norm: Any, kept: Any) -> Any:
    """A copy of a batch normalization for these channels only."""
    new = copy.deepcopy(norm)
    for name in ("weight", "bias", "running_mean", "running_var"):
        if getattr(norm, name) is not None:
            set_part(new, name, memory(getattr(norm, name))[kept])
    new.num_features = len(kept)
    return new


def set_part(module: Any, name: str, array: Any) -> None:
    """A parameter or buffer anew, of the type and kind that it had."""
    old = getattr(module, name)
    made = wrap(np.ascontiguousarray(array), old.dtype)
    setattr(module, name, Parameter(made, old.requires_grad) if isinstance(old, Parameter) else made)


class SparseLinear(Module):
    """x·Wᵀ + b that keeps the weights that are not 0, each with its column, row after row (CSR). For inference only.

    Each weight takes 6 bytes (8 where there are more than 32,767 columns) instead of 4, so that it is smaller where more than a
    third is 0.
    """

    def __init__(self, linear: Any) -> None:
        super().__init__()
        weight = memory(linear.weight)  # (out, in)
        self.out_features, self.in_features = weight.shape
        rows, columns = np.nonzero(weight)
        starts = np.concatenate([[0], np.cumsum(np.bincount(rows, minlength=len(weight)))])
        short = self.in_features < 2**15
        self.register_buffer("values", wrap(weight[rows, columns], linear.weight.dtype))
        self.register_buffer(
            "columns",
            wrap(columns.astype(np.int16 if short else np.int32), dtypes.int16 if short else dtypes.int32),
        )
        self.register_buffer("starts", wrap(starts.astype(np.int32), dtypes.int32))
        bias = linear.bias
        self.register_buffer("bias", None if bias is None else wrap(memory(bias).copy(), bias.dtype))

    def forward(self, input: Tensor) -> Tensor:
        """(…, in) → (…, out)."""
        from scipy.sparse import csr_array  # pyright: ignore[reportMissingTypeStubs]

        if is_grad_enabled() and input.requires_grad:
            raise NotImplementedError("SparseLinear has no gradient: use it in torch.no_grad(), train before")
        if input.shape[-1] != self.in_features:
            raise RuntimeError(f"SparseLinear takes {self.in_features} features, not {input.shape[-1]}")
        parts = (memory(self.values), memory(self.columns).astype(np.int32), memory(self.starts))
        weight = csr_array(parts, shape=(self.out_features, self.in_features))
        x = memory(input).reshape(-1, self.in_features)
        out = np.ascontiguousarray((weight @ x.T).T)  # (rows, out)
        if self.bias is not None:
            out = out + memory(self.bias)
        return wrap(out.reshape(*input.shape[:-1], self.out_features), input.dtype)

    def extra_repr(self) -> str:
        """The sizes, and how many weights are left."""
        return (
            f"in_features={self.in_features}, out_features={self.out_features}, bias={self.bias is not None}, "
            f"weights={len(self.values)}"
        )


def sparsify(model: Module, amount: float | None = None) -> Any:
    """A copy of a model, for inference, whose Linear layers keep only the weights that are not 0.

    amount: how many weights of smallest magnitude, of all Linear layers together, to set to 0 before, or which fraction of them;
    without it only those that are 0 already are left out (pruned by nn.utils.prune, then `remove`d).
    """
    zeroed = copy.deepcopy(model)
    if amount is not None:
        pairs = [(module, "weight") for module in zeroed.modules() if is_linear(module)]
        if pairs:
            prune.global_unstructured(pairs, prune.L1Unstructured, amount=amount)
        for module, name in pairs:
            prune.remove(module, name)
    return replaced(
        zeroed, lambda module: SparseLinear(module) if is_linear(module) else None, "Linear layer"
    )
