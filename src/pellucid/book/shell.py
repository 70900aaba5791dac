"""The templates: `render` makes whole pages, `render_block` the parts of an article."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from jinja2 import Environment

TEMPLATES = Path(__file__).parent / "templates"


@cache
def _environment(folder: Path) -> Environment:
    from jinja2 import Environment, FileSystemLoader, StrictUndefined, Undefined

    blocks = folder == TEMPLATES / "blocks"
    return Environment(
        loader=FileSystemLoader(folder),
        autoescape=True,
        trim_blocks=blocks,
        lstrip_blocks=blocks,
        undefined=StrictUndefined if blocks else Undefined,
    )


def render(name: str, folder: Path = TEMPLATES, **values: object) -> str:
    """A page: `name` is chapter, index, sandbox, data or missing."""
    return _environment(folder).get_template(f"{name}.html").render(**values)


def render_block(name: str, **values: object) -> str:
    """A part of an article, from templates/blocks."""
    return _environment(TEMPLATES / "blocks").get_template(f"{name}.html").render(**values)
