"""Padding layers: a frame around the last one, two or three dimensions."""

from __future__ import annotations

# pyright: reportUnknownArgumentType=false, reportUnknownVariableType=false, reportUnknownMemberType=false
from typing import Any

from pellucid.torch.nn import functional as F
from pellucid.torch.nn.modules.module import Module
from pellucid.torch.tensor import Tensor


class Pad(Module):
    """A frame; padding: its width, or the widths (left, right) of the last dimension, then of the one before, …"""

    dims: int
    mode = "constant"
    value: float | None = None

    def __init__(self, padding: Any) -> None:
        super().__init__()
        self.padding = (padding,) * (2 * self.dims) if isinstance(padding, int) else tuple(padding)

    def forward(self, input: Tensor) -> Tensor:
        """The framed input."""
        return F.pad(input, self.padding, self.mode, self.value)

    def extra_repr(self) -> str:
        """The widths."""
        return str(self.padding)


class ConstantPad(Pad):
    """One value all around."""

    def __init__(self, padding: Any, value: float) -> None:
        super().__init__(padding)
        self.value = value

    def extra_repr(self) -> str:
        """The widths and the value."""
        return f"padding={self.padding}, value={self.value}"


class ConstantPad1d(ConstantPad):
    """One value around (n, c, l)."""

    dims = 1


class ConstantPad2d(ConstantPad):
    """One value around (n, c, h, w)."""

    dims = 2


class ConstantPad3d(ConstantPad):
    """One value around (n, c, d, h, w)."""

    dims = 3


class ZeroPad1d(Pad):
    """Zeros around (n, c, l)."""

    dims = 1


class ZeroPad2d(Pad):
    """Zeros around (n, c, h, w)."""

    dims = 2


class ZeroPad3d(Pad):
    """Zeros around (n, c, d, h, w)."""

    dims = 3


class ReflectionPad1d(Pad):
    """(n, c, l) mirrored at its edges."""

    dims, mode = 1, "reflect"


class ReflectionPad2d(Pad):
    """(n, c, h, w) mirrored at its edges."""

    dims, mode = 2, "reflect"


class ReflectionPad3d(Pad):
    """(n, c, d, h, w) mirrored at its edges."""

    dims, mode = 3, "reflect"


class ReplicationPad1d(Pad):
    """(n, c, l), its edges repeated."""

    dims, mode = 1, "replicate"


class ReplicationPad2d(Pad):
    """(n, c, h, w), its edges repeated."""

    dims, mode = 2, "replicate"


class ReplicationPad3d(Pad):
    """(n, c, d, h, w), its edges repeated."""

    dims, mode = 3, "replicate"


class CircularPad1d(Pad):
    """(n, c, l) between copies of itself."""

    dims, mode = 1, "circular"


class CircularPad2d(Pad):
    """(n, c, h, w) between copies of itself."""

    dims, mode = 2, "circular"


class CircularPad3d(Pad):
    """(n, c, d, h, w) between copies of itself."""

    dims, mode = 3, "circular"
