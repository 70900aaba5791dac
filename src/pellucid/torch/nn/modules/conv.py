"""Convolutions."""

from __future__ import annotations

# Arrays are Any here: formulas are lambdas over arrays and tensors alike.
# pyright: reportUnknownLambdaType=false, reportUnknownArgumentType=false
# pyright: reportUnknownVariableType=false, reportUnknownMemberType=false
import math
from typing import Any

from pellucid.torch.creation import empty
from pellucid.torch.nn import functional as F
from pellucid.torch.nn import init
from pellucid.torch.nn.functional.convolution import each
from pellucid.torch.nn.modules.linear import start_bias
from pellucid.torch.nn.modules.module import Module
from pellucid.torch.nn.parameter import Parameter
from pellucid.torch.tensor import Tensor


class ConvNd(Module):
    """What all convolutions have in common. Weights start uniform in ±1/√(fan in)."""

    dims = 1
    transposed = False
    function: Any

    def __init__(
        self,
        in_channels: int,
        out_channels: int,
        kernel_size: Any,
        stride: Any = 1,
        padding: Any = 0,
        dilation: Any = 1,
        groups: int = 1,
        bias: bool = True,
        padding_mode: str = "zeros",
        device: Any = None,
        dtype: Any = None,
    ) -> None:
        super().__init__()
        if groups <= 0:
            raise ValueError("groups must be a positive integer")
        if in_channels % groups:
            raise ValueError("in_channels must be divisible by groups")
        if out_channels % groups:
            raise ValueError("out_channels must be divisible by groups")
        if isinstance(padding, str) and padding not in ("same", "valid"):
            raise ValueError(f"Invalid padding string {padding!r}, should be one of {{'valid', 'same'}}")
        if padding == "same" and any(s != 1 for s in each(stride, self.dims)):
            raise ValueError("padding='same' is not supported for strided convolutions")
        if padding_mode not in ("zeros", "reflect", "replicate", "circular"):
            raise ValueError(
                "padding_mode must be one of {'zeros', 'reflect', 'replicate', 'circular'}, but got padding_mode="
                f"'{padding_mode}'"
            )
        self.in_channels, self.out_channels, self.groups = in_channels, out_channels, groups
        self.kernel_size = each(kernel_size, self.dims)
        self.stride, self.dilation = each(stride, self.dims), each(dilation, self.dims)
        self.padding: Any = padding if isinstance(padding, str) else each(padding, self.dims)
        self.output_padding = (0,) * self.dims
        self.padding_mode = padding_mode
        inner, outer = (out_channels, in_channels) if self.transposed else (in_channels, out_channels)
        self.weight = Parameter(empty(outer, inner // groups, *self.kernel_size, device=device, dtype=dtype))
        self.register_parameter(
            "bias", Parameter(empty(out_channels, device=device, dtype=dtype)) if bias else None
        )
        self.reset_parameters()

    def reset_parameters(self) -> None:
        """Draw the weights anew."""
        init.kaiming_uniform_(self.weight, a=math.sqrt(5))
        start_bias(self.bias, init.fans(self.weight)[0])

    def forward(self, input: Tensor) -> Tensor:
        """The responses."""
        padding = self.padding
        if self.padding_mode != "zeros":
            input = F.pad(input, self.frame(), self.padding_mode)
            padding = 0
        return self.function(input, self.weight, self.bias, self.stride, padding, self.dilation, self.groups)

    def frame(self) -> list[int]:
        """The widths of the padding, the last dimension first."""
        if self.padding == "valid":
            return [0, 0] * self.dims
        if self.padding == "same":
            around = [d * (k - 1) for d, k in zip(self.dilation, self.kernel_size, strict=True)]
            return [v for a in reversed(around) for v in (a // 2, a - a // 2)]
        return [p for p in reversed(self.padding) for _ in range(2)]

    def extra_repr(self) -> str:
        """The sizes, and what is not default."""
        text = (
            f"{self.in_channels}, {self.out_channels}, kernel_size={self.kernel_size}, stride={self.stride}"
        )
        zeros, ones = (0,) * self.dims, (1,) * self.dims
        for name, default in (
            ("padding", zeros),
            ("dilation", ones),
            ("output_padding", zeros),
            ("groups", 1),
        ):
            value = getattr(self, name)
            if value != default:
                text += f", {name}={value!r}" if name != "padding" else f", padding={value}"
        text += "" if self.bias is not None else ", bias=False"
        return text if self.padding_mode == "zeros" else f"{text}, padding_mode={self.padding_mode}"


class Conv1d(ConvNd):
    """(n, c, l) → (n, f, l')."""

    function = staticmethod(F.conv1d)


class Conv2d(ConvNd):
    """(n, c, h, w) → (n, f, h', w')."""

    dims = 2
    function = staticmethod(F.conv2d)


class Conv3d(ConvNd):
    """(n, c, d, h, w) → (n, f, d', h', w')."""

    dims = 3
    function = staticmethod(F.conv3d)


class ConvTransposeNd(ConvNd):
    """What all transposed convolutions have in common."""

    transposed = True

    def __init__(
        self,
        in_channels: int,
        out_channels: int,
        kernel_size: Any,
        stride: Any = 1,
        padding: Any = 0,
        output_padding: Any = 0,
        groups: int = 1,
        bias: bool = True,
        dilation: Any = 1,
        padding_mode: str = "zeros",
        device: Any = None,
        dtype: Any = None,
    ) -> None:
        if padding_mode != "zeros":
            raise ValueError(f'Only "zeros" padding mode is supported for {type(self).__name__}')
        sizes = (in_channels, out_channels, kernel_size, stride, padding, dilation, groups)
        super().__init__(*sizes, bias, padding_mode, device, dtype)
        self.output_padding = each(output_padding, self.dims)

    def forward(self, input: Tensor) -> Tensor:
        """The images."""
        return self.function(
            input,
            self.weight,
            self.bias,
            self.stride,
            self.padding,
            self.output_padding,
            self.groups,
            self.dilation,
        )


class ConvTranspose1d(ConvTransposeNd):
    """(n, c, l) → (n, f, l'): the gradient of a convolution."""

    function = staticmethod(F.conv_transpose1d)


class ConvTranspose2d(ConvTransposeNd):
    """(n, c, h, w) → (n, f, h', w'): the gradient of a convolution."""

    dims = 2
    function = staticmethod(F.conv_transpose2d)


class ConvTranspose3d(ConvTransposeNd):
    """(n, c, d, h, w) → (n, f, d', h', w'): the gradient of a convolution."""

    dims = 3
    function = staticmethod(F.conv_transpose3d)
