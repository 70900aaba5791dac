"""Shapes, devices, layouts: the small values around a tensor."""

from __future__ import annotations

import math
from collections.abc import Iterable
from typing import Any


class Size(tuple[int, ...]):
    """A shape: a tuple of integers that prints as torch.Size([2, 3])."""

    __slots__ = ()

    def numel(self) -> int:
        """The number of elements of a tensor of this shape."""
        return math.prod(self)

    def __repr__(self) -> str:
        return f"torch.Size({list(self)})"

    def __getitem__(self, key: Any) -> Any:
        if isinstance(key, slice):
            return Size(list(self)[key])  # pyright: ignore[reportUnknownArgumentType]
        return super().__getitem__(key)  # pyright: ignore[reportUnknownVariableType]

    def __add__(self, other: Any) -> Any:
        return Size(super().__add__(tuple(other)))


class device:  # noqa: N801 - torch's name
    """Where a tensor lives. Only the CPU exists here."""

    __slots__ = ("index", "type")
    index: int | None
    type: str

    def __init__(self, type: str | device, index: int | None = None) -> None:
        if isinstance(type, device):
            type, index = type.type, type.index
        kind, _, number = type.partition(":")
        if kind != "cpu":
            raise RuntimeError(f"device '{type}' is absent: pellucid.torch computes on 'cpu' only")
        self.type = kind
        self.index = int(number) if number else index

    def __repr__(self) -> str:
        return (
            f"device(type='{self.type}')" if self.index is None else f"device(type='cpu', index={self.index})"
        )

    def __str__(self) -> str:
        return self.type if self.index is None else f"{self.type}:{self.index}"

    def __eq__(self, other: object) -> bool:
        return isinstance(other, device) and (self.type, self.index) == (other.type, other.index)

    def __hash__(self) -> int:
        return hash((self.type, self.index))

    def __enter__(self) -> device:
        return self

    def __exit__(self, *error: object) -> None:
        return None


class Named:
    """A constant that prints as its name: torch.strided, torch.contiguous_format."""

    __slots__ = ("name",)

    def __init__(self, name: str) -> None:
        self.name = name

    def __repr__(self) -> str:
        return f"torch.{self.name}"


CPU = device("cpu")
strided = Named("strided")
contiguous_format = Named("contiguous_format")
preserve_format = Named("preserve_format")


def check_device(where: Any) -> None:
    """Raises RuntimeError unless `where` is the CPU or None."""
    if where is not None and where is not CPU:
        device(where)


def sizes(args: Iterable[Any]) -> tuple[int, ...]:
    """The shape in f(2, 3), f((2, 3)), f([2, 3]) or f(Size)."""
    given: list[Any] = list(args)
    if len(given) == 1 and isinstance(given[0], (tuple, list)):
        given = list(given[0])  # pyright: ignore[reportUnknownArgumentType]
    return tuple([index(n) for n in given])


def index(value: Any) -> int:
    """`value` as an integer; TypeError for a float."""
    try:
        return value.__index__()
    except AttributeError:
        raise TypeError(f"'{type(value).__name__}' object cannot be interpreted as an integer") from None


def dimension(dim: int, ndim: int) -> int:
    """`dim` counted from the front; IndexError in torch's words."""
    width = max(ndim, 1)
    if -width <= dim < width:
        return dim % width
    raise IndexError(
        f"Dimension out of range (expected to be in range of [{-width}, {width - 1}], but got {dim})"
    )
