"""The book compiler: Markdown and notebooks to `Page` values, and these to a static site."""

from pellucid.book.builder import Builder, Site
from pellucid.book.page import Block, Card, Cell, ExerciseBlock, Heading, Label, Page, Prose, Reading

__all__ = [
    "Block",
    "Builder",
    "Card",
    "Cell",
    "ExerciseBlock",
    "Heading",
    "Label",
    "Page",
    "Prose",
    "Reading",
    "Site",
]
