"""What a fit did, step by step: the same kernels serve `fit` and `trace`.

A kernel takes a `see` function and hands it each intermediate under the name that the page gives it. `fit` passes `unseen`,
which does nothing; `Estimator.trace` passes a recorder.

    >>> import numpy as np
    >>> from pellucid.models.trace import Recorder
    >>> see = Recorder()
    >>> see("gram matrix", "G", "XᵀX", np.eye(2))
    >>> print(see.records[0])
    gram matrix  G = XᵀX  (2, 2) float64
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Protocol

import numpy as np
from numpy.typing import ArrayLike, NDArray


@dataclass(frozen=True)
class Record:
    """One intermediate of a fit: what the page calls it, its formula, and its value as an array of its own."""

    name: str
    symbol: str
    formula: str
    value: NDArray[np.generic]
    gradient: NDArray[np.generic] | None = None
    note: str = ""

    @property
    def shape(self) -> tuple[int, ...]:
        """The value's shape; () for a number."""
        return self.value.shape

    @property
    def dtype(self) -> np.dtype[np.generic]:
        """The value's dtype."""
        return self.value.dtype

    def __str__(self) -> str:
        line = f"{self.name}  {self.symbol} = {self.formula}  {self.shape} {self.dtype}"
        return f"{line}  {self.note}" if self.note else line


class See(Protocol):
    """What a kernel calls with each intermediate."""

    def __call__(
        self,
        name: str,
        symbol: str,
        formula: str,
        value: ArrayLike,
        *,
        gradient: ArrayLike | None = None,
        note: str = "",
    ) -> None:
        """Takes one intermediate."""
        ...


def unseen(
    name: str,
    symbol: str,
    formula: str,
    value: ArrayLike,
    *,
    gradient: ArrayLike | None = None,
    note: str = "",
) -> None:
    """The `see` of a plain fit: looks at nothing and costs nothing."""


@dataclass
class Recorder:
    """The `see` of a trace: keeps a copy of each intermediate, since kernels go on to change theirs."""

    records: list[Record] = field(default_factory=list[Record])

    def __call__(
        self,
        name: str,
        symbol: str,
        formula: str,
        value: ArrayLike,
        *,
        gradient: ArrayLike | None = None,
        note: str = "",
    ) -> None:
        """Appends a record."""
        grown = None if gradient is None else np.array(gradient)
        self.records.append(Record(name, symbol, formula, np.array(value), grown, note))
