"""Source to `Page`: the one entry of the compiler. It reads nothing but its argument."""

from __future__ import annotations

import html
import re
from collections.abc import Sequence
from pathlib import PurePosixPath
from typing import Any, cast

from markdown_it.token import Token

from pellucid.book.directive import parse_directive
from pellucid.book.directives import BIBLIOGRAPHY_HERE, render_directive
from pellucid.book.draft import Draft, Source
from pellucid.book.exercises import check_exercises, exercises_data, read_outlines
from pellucid.book.formulas import Formulas
from pellucid.book.page import Page, Prose
from pellucid.book.parser import markdown_parser, render_inline, render_tokens
from pellucid.book.renderer import plain_text
from pellucid.book.slots import without_marks
from pellucid.book.yaml_text import YamlError, read_yaml, texts_of


def compile_page(source: Source, formulas: Formulas) -> Page:
    """The page of a Markdown file or notebook. Never raises for what an author wrote: mistakes are in `faults`."""
    try:
        return _compile(source, formulas)
    except RecursionError:
        draft = Draft(source)
        draft.title = title_of(source.file)
        draft.fault("this file is nested too deeply to be read.", None, "boxes and lists a few levels deep")
        draft.add_block(
            Prose('<p class="admonition warning">This file is nested too deeply to be shown.</p>\n')
        )
        return draft.finish(formulas)


def _compile(source: Source, formulas: Formulas) -> Page:
    draft = Draft(source)
    draft.outlines = read_outlines(draft)
    if PurePosixPath(source.file).suffix.lower() == ".ipynb":
        from pellucid.book.notebook import add_notebook

        add_notebook(draft)
    else:
        text = source.content.decode("utf-8-sig", errors="replace").replace("\r\n", "\n").replace("\r", "\n")
        add_markdown(draft, text)
    _add_footnotes(draft)
    _add_bibliography(draft)
    check_exercises(draft)
    draft.exercises_data = exercises_data(draft)
    draft.title = draft.title or title_of(source.file)
    return draft.finish(formulas)


def title_of(file: str) -> str:
    """A title made of a file's name: `02-ridge_regression/index.md` -> `Ridge regression`."""
    path = PurePosixPath(file)
    name = (
        path.stem
        if path.stem.lower() not in ("index", "readme") or len(path.parts) == 1
        else path.parent.name
    )
    words = re.sub(r"^\d+[-_. ]+", "", name).replace("_", " ").replace("-", " ").strip() or name
    return words[:1].upper() + words[1:]


def add_markdown(draft: Draft, text: str) -> None:
    """Append the blocks of a Markdown text to the draft."""
    tokens = markdown_parser().parse(without_marks(text), draft.env)
    if tokens and tokens[0].type == "front_matter":
        _read_front_matter(draft, tokens[0].content)
    _take_title(draft, tokens)
    start = 0
    for index, token in enumerate(tokens):
        if token.level == 0 and token.type in ("fence", "colon_fence"):
            line = token.map[0] + 1 if token.map else 1
            directive = parse_directive(token.info, token.content, line)
            if directive is not None:
                _add_prose(draft, tokens[start:index])
                draft.add_block(render_directive(directive, draft))
                start = index + 1
    _add_prose(draft, tokens[start:])


def _add_prose(draft: Draft, tokens: Sequence[Token]) -> None:
    if tokens:
        draft.add_block(Prose(render_tokens(tokens, draft.env)))


def _read_front_matter(draft: Draft, text: str) -> None:
    try:
        data: Any = read_yaml(text)
    except YamlError as error:
        line = 1 if error.line is None else error.line + 1  # the first line is ---
        draft.fault("the front matter is not valid YAML.", line, "title: …, between lines of ---")
        return
    if not isinstance(data, dict):
        return
    fields = cast("dict[str, Any]", data)
    if isinstance(fields.get("title"), str):
        draft.title = fields["title"].strip()
    draft.description = str(fields.get("description") or fields.get("subtitle") or "")
    draft.question = str(fields.get("question") or "").strip()
    draft.prerequisites = texts_of(fields.get("prerequisites"))
    macros = fields.get("math")
    if isinstance(macros, dict):
        for name, value in cast("dict[str, Any]", macros).items():
            tex = cast("dict[str, Any]", value).get("macro", "") if isinstance(value, dict) else value
            draft.macros[str(name)] = str(tex)


def _take_title(draft: Draft, tokens: list[Token]) -> None:
    """The page's first heading is its title: it is shown by the shell, so it leaves the text."""
    if draft.title_taken:
        return
    index = next(
        (i for i, token in enumerate(tokens) if token.type == "heading_open" and token.level == 0), None
    )
    if index is None:
        return
    draft.title_taken = True
    opens_page = not draft.blocks and all(
        t.type in ("front_matter", "myst_target", "myst_line_comment") for t in tokens[:index]
    )
    if tokens[index].tag != "h1" and not (opens_page and not draft.title):
        return
    inline = tokens[index + 1]
    draft.inline_line = inline.map[0] + 1 if inline.map else None
    title = plain_text(inline.children or []).strip()
    with draft.unread():
        title_html = render_inline(inline.children or [], draft.env)
    if not draft.title or draft.title == title:
        draft.title, draft.title_html = title, title_html
    for target in [t for t in tokens[:index] if t.type == "myst_target"]:
        draft.add_label(
            target.content.strip(), "section", "content", "", title, target.map[0] + 1 if target.map else None
        )
        tokens.remove(target)
    del tokens[tokens.index(inline) - 1 : tokens.index(inline) + 2]


def _add_footnotes(draft: Draft) -> None:
    """Footnotes in the order in which the page first refers to them."""
    items: list[str] = []
    for label, number in draft.footnotes.items():
        text = draft.footnote_text.get(label)
        if text is None:
            draft.fault(f"the footnote “{label}” has no text.", None, f"[^{label}]: the text")
            text = ""
        back = f' <a href="#footnote-ref-{number}" aria-label="Back to where footnote {number} is mentioned">↩</a>'
        end = text.rstrip().removesuffix("</p>")
        closed = f"{end}{back}</p>" if end != text.rstrip() else f"{text}{back}"
        items.append(f'<li id="footnote-{number}">{closed}</li>\n')
    if items:
        draft.add_block(
            Prose(
                f'<section class="footnotes" aria-label="Footnotes"><ol>\n{"".join(items)}</ol></section>\n'
            )
        )


def _add_bibliography(draft: Draft) -> None:
    """The works that the page cites, where the page says or else at its end."""
    entries = sorted(
        (draft.source.bibliography[key] for key in draft.cited), key=lambda e: (e.families.lower(), e.year)
    )
    items = "".join(f'<li id="reference-{html.escape(entry.key)}">{entry.html}</li>\n' for entry in entries)
    works = f'<ul class="references">\n{items}</ul>\n' if items else ""
    if draft.bibliography_written:
        place = next(i for i, block in enumerate(draft.blocks) if BIBLIOGRAPHY_HERE in block.html)
        draft.blocks[place] = Prose(draft.blocks[place].html.replace(BIBLIOGRAPHY_HERE, works, 1))
    elif works:
        heading = draft.add_heading(2, "References", "References")
        draft.add_block(
            Prose(
                f'<section class="bibliography">\n<h2 id="{heading.anchor}">References</h2>\n{works}</section>\n'
            )
        )
