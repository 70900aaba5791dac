"""Matplotlib's backend in the page: draws with Agg, and `plt.show()` hands the figures to the running cell."""

from __future__ import annotations

from typing import Any

from matplotlib.backend_bases import FigureManagerBase  # pyright: ignore
from matplotlib.backends.backend_agg import FigureCanvasAgg  # pyright: ignore

from pellucid.xray import figures

FigureCanvas: Any = FigureCanvasAgg
FigureManager: Any = FigureManagerBase


def show(*_args: Any, **_keywords: Any) -> None:
    """What `plt.show()` calls."""
    if figures.on_show is not None:
        figures.on_show()
