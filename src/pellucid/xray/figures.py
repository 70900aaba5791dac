"""Matplotlib figures as two PNG images, one for each theme, with a text that says what they show."""

from __future__ import annotations

import io
import sys
from collections.abc import Callable
from typing import Any, TypedDict

INK_LIGHT, INK_DARK, PAPER_DARK = "#1c1e21", "#e4e6ea", "#17191c"
CSS_DPI = 96

# Set for the time of a run; the backend calls it for `plt.show()`.
on_show: Callable[[], None] | None = None


class FigureEvent(TypedDict):
    """What the page shows for a figure; width and height in CSS pixels."""

    type: str
    light: bytes
    dark: bytes
    width: int
    height: int
    alt: str


def take_figures(scale: float, room: int) -> tuple[list[FigureEvent], int]:
    """Draw and close the open figures of pyplot: at most `room` of them, and how many were left out."""
    pyplot: Any = sys.modules.get("matplotlib.pyplot")
    if pyplot is None:
        return [], 0
    numbers: list[int] = pyplot.get_fignums()
    # A figure that was made but holds nothing would be an empty picture.
    figures = [
        figure for figure in map(pyplot.figure, numbers) if figure.axes or figure.texts or figure.images
    ]
    events = [draw_figure(figure, scale) for figure in figures[:room]]
    pyplot.close("all")
    return events, len(figures) - len(events)


def draw_figure(figure: Any, scale: float) -> FigureEvent:
    """One figure in both themes, transparent, at `scale` device pixels per CSS pixel."""
    width, height = (round(inches * CSS_DPI) for inches in figure.get_size_inches())
    # Ticks and their labels come into being when they are first laid out, and must exist before they can be coloured.
    figure.draw_without_rendering()
    changed = _recolour(figure, {"black": INK_LIGHT})
    light = _png(figure, scale)
    changed += _recolour(figure, {"black": INK_DARK, INK_LIGHT: INK_DARK, "white": PAPER_DARK})
    dark = _png(figure, scale)
    for artist, setter, colour in reversed(changed):
        getattr(artist, setter)(colour)
    return {
        "type": "figure",
        "light": light,
        "dark": dark,
        "width": width,
        "height": height,
        "alt": _alt(figure),
    }


def _png(figure: Any, scale: float) -> bytes:
    buffer = io.BytesIO()
    figure.savefig(buffer, format="png", dpi=CSS_DPI * scale, facecolor="none", edgecolor="none")
    return buffer.getvalue()


def _recolour(figure: Any, colours: dict[str, str]) -> list[tuple[Any, str, Any]]:
    """Replace the default ink and paper of every artist; returns what it takes to undo that."""
    from matplotlib.colors import to_rgb, to_rgba  # pyright: ignore

    replacements: dict[Any, str] = {to_rgb(old): new for old, new in colours.items()}
    changed: list[tuple[Any, str, Any]] = []
    for artist in figure.findobj():
        for part in ("color", "facecolor", "edgecolor", "markerfacecolor", "markeredgecolor"):
            getter, setter = getattr(artist, f"get_{part}", None), f"set_{part}"
            if getter is None or not hasattr(artist, setter):
                continue
            colour: Any = getter()
            if not _is_colour(colour):
                continue
            new = replacements.get(to_rgb(colour))
            if new is not None:
                # A legend's paper is translucent, and stays so.
                changed.append((artist, setter, colour))
                getattr(artist, setter)(to_rgba(new, to_rgba(colour)[3]))
    return changed


def _is_colour(value: Any) -> bool:
    """One opaque colour: not an array of them, not 'none'."""
    if isinstance(value, str):
        return value not in ("none", "auto", "inherit", "face")
    return isinstance(value, tuple) and len(value) in (3, 4) and (len(value) == 3 or value[3] != 0)  # pyright: ignore


def _alt(figure: Any) -> str:
    """What the figure shows, from the words that stand in it."""
    title = figure.get_suptitle() if hasattr(figure, "get_suptitle") else ""
    parts = [_alt_of_axes(axes) for axes in figure.axes]
    text = "; ".join(part for part in [title, *parts] if part)
    return f"Figure: {text}" if text else "Figure without title or axis labels"


def _alt_of_axes(axes: Any) -> str:
    words: list[str] = []
    if axes.get_title():
        words.append(axes.get_title())
    if axes.get_ylabel() or axes.get_xlabel():
        words.append(f"{axes.get_ylabel() or 'values'} against {axes.get_xlabel() or 'index'}")
    legend = axes.get_legend()
    if legend is not None:
        words.append("showing " + ", ".join(text.get_text() for text in legend.get_texts()))
    return ", ".join(words)
