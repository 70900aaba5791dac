"""Pooling layers."""

from __future__ import annotations

# pyright: reportUnknownArgumentType=false, reportUnknownVariableType=false, reportUnknownMemberType=false
from typing import Any

from pellucid.torch.nn import functional as F
from pellucid.torch.nn.functional.convolution import each
from pellucid.torch.nn.modules.module import Module
from pellucid.torch.tensor import Tensor


class MaxPool(Module):
    """The greatest of each window."""

    function: Any

    def __init__(
        self,
        kernel_size: Any,
        stride: Any = None,
        padding: Any = 0,
        dilation: Any = 1,
        return_indices: bool = False,
        ceil_mode: bool = False,
    ) -> None:
        super().__init__()
        self.kernel_size, self.stride = kernel_size, kernel_size if stride is None else stride
        self.padding, self.dilation = padding, dilation
        self.return_indices, self.ceil_mode = return_indices, ceil_mode

    def forward(self, input: Tensor) -> Any:
        """The greatest, with return_indices also where they were."""
        options = (self.padding, self.dilation, self.ceil_mode, self.return_indices)
        return self.function(input, self.kernel_size, self.stride, *options)

    def extra_repr(self) -> str:
        """The window."""
        return (
            f"kernel_size={self.kernel_size}, stride={self.stride}, padding={self.padding}, dilation={self.dilation}, "
            f"ceil_mode={self.ceil_mode}"
        )


class MaxPool1d(MaxPool):
    """(n, c, l) → (n, c, l')."""

    function = staticmethod(F.max_pool1d)


class MaxPool2d(MaxPool):
    """(n, c, h, w) → (n, c, h', w')."""

    function = staticmethod(F.max_pool2d)


class MaxPool3d(MaxPool):
    """(n, c, d, h, w) → (n, c, d', h', w')."""

    function = staticmethod(F.max_pool3d)


class AvgPool(Module):
    """The mean of each window."""

    function: Any

    def __init__(
        self,
        kernel_size: Any,
        stride: Any = None,
        padding: Any = 0,
        ceil_mode: bool = False,
        count_include_pad: bool = True,
        divisor_override: int | None = None,
    ) -> None:
        super().__init__()
        self.kernel_size, self.stride = kernel_size, kernel_size if stride is None else stride
        self.padding, self.ceil_mode = padding, ceil_mode
        self.count_include_pad, self.divisor_override = count_include_pad, divisor_override

    def forward(self, input: Tensor) -> Tensor:
        """The means."""
        options = (self.padding, self.ceil_mode, self.count_include_pad, self.divisor_override)
        return self.function(input, self.kernel_size, self.stride, *options)

    def extra_repr(self) -> str:
        """The window."""
        return f"kernel_size={self.kernel_size}, stride={self.stride}, padding={self.padding}"


class AvgPool1d(AvgPool):
    """(n, c, l) → (n, c, l'); there is no divisor_override."""

    def __init__(
        self,
        kernel_size: Any,
        stride: Any = None,
        padding: Any = 0,
        ceil_mode: bool = False,
        count_include_pad: bool = True,
    ) -> None:
        size, step, frame = (
            (n,) if isinstance(n, int) else tuple(n)
            for n in (kernel_size, kernel_size if stride is None else stride, padding)
        )
        super().__init__(size, step, frame, ceil_mode, count_include_pad)

    def forward(self, input: Tensor) -> Tensor:
        """The means."""
        options = (self.padding, self.ceil_mode, self.count_include_pad)
        return F.avg_pool1d(input, self.kernel_size, self.stride, *options)


class AvgPool2d(AvgPool):
    """(n, c, h, w) → (n, c, h', w')."""

    function = staticmethod(F.avg_pool2d)


class AvgPool3d(AvgPool):
    """(n, c, d, h, w) → (n, c, d', h', w')."""

    function = staticmethod(F.avg_pool3d)


class LPPool(Module):
    """The p-norm of each window."""

    function: Any

    def __init__(
        self, norm_type: float, kernel_size: Any, stride: Any = None, ceil_mode: bool = False
    ) -> None:
        super().__init__()
        self.norm_type, self.kernel_size, self.stride = norm_type, kernel_size, stride
        self.ceil_mode = ceil_mode

    def forward(self, input: Tensor) -> Tensor:
        """(Σ xᵖ)^(1/p)."""
        return self.function(input, float(self.norm_type), self.kernel_size, self.stride, self.ceil_mode)

    def extra_repr(self) -> str:
        """The norm and the window."""
        return (
            f"norm_type={self.norm_type}, kernel_size={self.kernel_size}, stride={self.stride}, "
            f"ceil_mode={self.ceil_mode}"
        )


class LPPool1d(LPPool):
    """(n, c, l) → (n, c, l')."""

    function = staticmethod(F.lp_pool1d)


class LPPool2d(LPPool):
    """(n, c, h, w) → (n, c, h', w')."""

    function = staticmethod(F.lp_pool2d)


class LPPool3d(LPPool):
    """(n, c, d, h, w) → (n, c, d', h', w')."""

    function = staticmethod(F.lp_pool3d)


class AdaptivePool(Module):
    """As many windows as are asked for."""

    function: Any

    def __init__(self, output_size: Any) -> None:
        super().__init__()
        self.output_size = output_size

    def forward(self, input: Tensor) -> Any:
        """What the windows hold."""
        return self.function(input, self.output_size)

    def extra_repr(self) -> str:
        """The number of windows."""
        return f"output_size={self.output_size}"


class AdaptiveAvgPool1d(AdaptivePool):
    """The mean of each window: (n, c, l) → (n, c, output_size)."""

    function = staticmethod(F.adaptive_avg_pool1d)


class AdaptiveAvgPool2d(AdaptivePool):
    """The mean of each window: (n, c, h, w) → (n, c, *output_size)."""

    function = staticmethod(F.adaptive_avg_pool2d)


class AdaptiveAvgPool3d(AdaptivePool):
    """The mean of each window: (n, c, d, h, w) → (n, c, *output_size)."""

    function = staticmethod(F.adaptive_avg_pool3d)


class AdaptiveMaxPool(AdaptivePool):
    """The greatest of each window."""

    def __init__(self, output_size: Any, return_indices: bool = False) -> None:
        super().__init__(output_size)
        self.return_indices = return_indices

    def forward(self, input: Tensor) -> Any:
        """The greatest, with return_indices also where they were."""
        return self.function(input, self.output_size, self.return_indices)


class AdaptiveMaxPool1d(AdaptiveMaxPool):
    """(n, c, l) → (n, c, output_size)."""

    function = staticmethod(F.adaptive_max_pool1d)


class AdaptiveMaxPool2d(AdaptiveMaxPool):
    """(n, c, h, w) → (n, c, *output_size)."""

    function = staticmethod(F.adaptive_max_pool2d)


class AdaptiveMaxPool3d(AdaptiveMaxPool):
    """(n, c, d, h, w) → (n, c, *output_size)."""

    function = staticmethod(F.adaptive_max_pool3d)


class MaxUnpool(Module):
    """The inverse of MaxPool but for what it left out, which is zero; called with the greatest and their indices."""

    function: Any
    dims: int

    def __init__(self, kernel_size: Any, stride: Any = None, padding: Any = 0) -> None:
        super().__init__()
        self.kernel_size = each(kernel_size, self.dims)
        self.stride = self.kernel_size if stride is None else each(stride, self.dims)
        self.padding = each(padding, self.dims)

    def forward(self, input: Tensor, indices: Tensor, output_size: Any = None) -> Tensor:
        """The image; output_size: its places, where several would give such windows."""
        return self.function(input, indices, self.kernel_size, self.stride, self.padding, output_size)

    def extra_repr(self) -> str:
        """The window."""
        return f"kernel_size={self.kernel_size}, stride={self.stride}, padding={self.padding}"


class MaxUnpool1d(MaxUnpool):
    """(n, c, l') → (n, c, l)."""

    dims, function = 1, staticmethod(F.max_unpool1d)


class MaxUnpool2d(MaxUnpool):
    """(n, c, h', w') → (n, c, h, w)."""

    dims, function = 2, staticmethod(F.max_unpool2d)


class MaxUnpool3d(MaxUnpool):
    """(n, c, d', h', w') → (n, c, d, h, w)."""

    dims, function = 3, staticmethod(F.max_unpool3d)
