"""Loading a state_dict into a module."""

from __future__ import annotations

# pyright: reportUnknownLambdaType=false, reportUnknownArgumentType=false
# pyright: reportUnknownVariableType=false, reportUnknownMemberType=false
from typing import Any, NamedTuple

import numpy as np

from pellucid.torch import dtypes
from pellucid.torch.nn.parameter import Parameter
from pellucid.torch.tensor import Tensor, memory, wrap


class IncompatibleKeys(NamedTuple):
    """What load_state_dict found: the names that were missing, the names that it did not expect."""

    missing_keys: list[str]
    unexpected_keys: list[str]

    def __repr__(self) -> str:
        if not self.missing_keys and not self.unexpected_keys:
            return "<All keys matched successfully>"
        return f"_IncompatibleKeys(missing_keys={self.missing_keys}, unexpected_keys={self.unexpected_keys})"


def joined(prefix: str, name: str) -> str:
    """A dotted name."""
    return f"{prefix}.{name}" if prefix else name


def load_own(module: Any, path: str, state: Any, keys: IncompatibleKeys, assign: bool) -> list[str]:
    """Load what is one module's own; notes the names that are missing and that belong nowhere. What is wrong else."""
    errors: list[str] = []
    own = dict(module._own_state())
    for name, t in own.items():
        full = joined(path, name)
        if full not in state:
            if not module._may_miss(name, path, state):
                keys.missing_keys.append(full)
            continue
        new = state[full]
        if not isinstance(new, (Tensor, np.ndarray)):
            errors.append(
                f'While copying the parameter named "{full}", expected torch.Tensor or Tensor-like object from checkpoint '
                f"but received {type(new)}"
            )
        elif tuple(new.shape) != t.array.shape:
            errors.append(
                f"size mismatch for {full}: copying a param with shape {new.shape} from checkpoint, the shape in current "
                f"model is {t.shape}."
            )
        else:
            load_tensor(module, name, t, new, assign)
    start = f"{path}." if path else ""
    for full in state:
        if full.startswith(start):
            first, *rest = full[len(start) :].split(".", 1)
            if first not in (module._modules if rest else own):
                keys.unexpected_keys.append(full)
    return errors


def load_tensor(module: Any, name: str, old: Tensor, new: Any, assign: bool) -> None:
    """Write `new` over `old`, or put it into old's place in the module."""
    array = memory(new) if isinstance(new, Tensor) else new
    if not assign:
        memory(old)[...] = dtypes.cast(array, old.dtype)
        old.clock[0] += 1
        return
    t = new if isinstance(new, Tensor) else wrap(array, dtypes.dtype_of(array))
    if isinstance(old, Parameter):
        t = t if isinstance(t, Parameter) else Parameter(t, old.requires_grad)
    setattr(module, name, t)
