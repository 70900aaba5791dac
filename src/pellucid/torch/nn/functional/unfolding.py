"""Images as columns of what a sliding window sees, and back: unfold and fold."""

from __future__ import annotations

# Arrays are Any here: formulas are lambdas over arrays and tensors alike.
# pyright: reportUnknownLambdaType=false, reportUnknownArgumentType=false
# pyright: reportUnknownVariableType=false, reportUnknownMemberType=false
import math
from typing import Any

from pellucid.torch.nn.functional.convolution import How, add_up, each, patches
from pellucid.torch.ops.apply import Operation, apply
from pellucid.torch.tensor import Tensor


class Im2ColBackward0(Operation):
    """What each place of a window sees."""

    __slots__ = ()

    def forward(self, x: Any, how: How) -> Any:
        """(n, c, h, w) → (n, c·kernel, windows)."""
        self.how = how
        seen = patches(x, how)
        return seen.reshape(x.shape[0], x.shape[1] * math.prod(how.kernel), seen.shape[-1])

    def pull(self, g: Any) -> tuple[Any]:
        """Added up where it was seen."""
        return (apply(Col2ImBackward0, (g,), self.how),)


class Col2ImBackward0(Operation):
    """Columns added up as an image."""

    __slots__ = ()

    def forward(self, x: Any, how: How) -> Any:
        """(n, c·kernel, windows) → (n, c, h, w)."""
        self.how = how
        return add_up(x.reshape(x.shape[0], x.shape[1] // math.prod(how.kernel), *how.kernel, *how.out), how)

    def pull(self, g: Any) -> tuple[Any]:
        """What each window sees of g."""
        return (apply(Im2ColBackward0, (g,), self.how),)


def how_of(places: Any, kernel_size: Any, dilation: Any, padding: Any, stride: Any) -> How:
    """The windows over two dimensions."""
    how = How(tuple(places), each(kernel_size, 2), each(stride, 2), each(padding, 2), each(dilation, 2), 1)
    if min(how.out) <= 0:
        raise RuntimeError(
            f"Given input with spatial size ({how.places[0]}, {how.places[1]}), kernel_size={how.kernel}, "
            f"dilation={how.dilation}, padding={how.padding}, calculated shape of the array of sliding blocks as {how.out}, "
            "but its components must be at least one."
        )
    return how


def unfold(input: Tensor, kernel_size: Any, dilation: Any = 1, padding: Any = 0, stride: Any = 1) -> Tensor:
    """The windows of images (n, c, h, w) as columns: (n, c·kernel, windows)."""
    single = input.array.ndim == 3
    x = input.unsqueeze(0) if single else input
    if x.array.ndim != 4:
        raise RuntimeError(
            f"Expected 3D or 4D (batch mode) tensor with possibly 0 batch size and other non-zero dimensions for input, but got: "
            f"{list(input.array.shape)}"
        )
    out = apply(Im2ColBackward0, (x,), how_of(x.array.shape[2:], kernel_size, dilation, padding, stride))
    return out.squeeze(0) if single else out


def fold(
    input: Tensor, output_size: Any, kernel_size: Any, dilation: Any = 1, padding: Any = 0, stride: Any = 1
) -> Tensor:
    """The columns (n, c·kernel, windows) added up as images (n, c, *output_size)."""
    single = input.array.ndim == 2
    x = input.unsqueeze(0) if single else input
    how = how_of(each(output_size, 2), kernel_size, dilation, padding, stride)
    size, count = math.prod(how.kernel), math.prod(how.out)
    if x.array.ndim != 3 or x.array.shape[1] % size or x.array.shape[2] != count:
        raise RuntimeError(
            f"Given output_size={how.places}, kernel_size={how.kernel}, dilation={how.dilation}, padding={how.padding}, "
            f"stride={how.stride}, expected size of input's dimension 2 to match the calculated number of sliding blocks "
            f"{how.out[0]} * {how.out[1]} = {count}, but got input of size {list(input.array.shape)}."
        )
    out = apply(Col2ImBackward0, (x,), how)
    return out.squeeze(0) if single else out
