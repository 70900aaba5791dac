"""What each directive becomes. A new directive is a function and a row of the table at the end."""

from __future__ import annotations

import csv
import html
import io
import re
from collections.abc import Callable
from difflib import get_close_matches

from pellucid.book.cells import add_cell
from pellucid.book.directive import Directive, parse_directive
from pellucid.book.draft import Draft, slugify
from pellucid.book.exercises import add_exercise
from pellucid.book.nested import render_line, render_markdown
from pellucid.book.page import Block, Card, Prose
from pellucid.book.renderer import render_code, render_equation, render_image
from pellucid.book.shell import render_block

BIBLIOGRAPHY_HERE = "<!-- references -->"

Handler = Callable[[Directive, Draft], Block]


def render_directive(directive: Directive, draft: Draft) -> Block:
    """The block that `directive` stands for; an unknown one is a fault and shows its body."""
    if directive.broken_options:
        draft.fault(
            f"in “{directive.name}”, {directive.broken_options}", directive.line + 1, ":option: value lines"
        )
    handler = DIRECTIVES.get(directive.name)
    if handler is not None:
        return handler(directive, draft)
    near = get_close_matches(directive.name, DIRECTIVES, n=3)
    draft.fault(
        f"there is no directive “{directive.name}”.",
        directive.line,
        " or ".join(near) or "a directive of the guide",
    )
    return Prose(_render_body(directive, draft))


def _render_body(directive: Directive, draft: Draft) -> str:
    return render_markdown(directive.body, draft, directive.body_line)


def _claim(directive: Directive, draft: Draft, kind: str, number: str, title: str, prefix: str = "") -> str:
    """The id of something labelled, and its label(s): `:name:`, `:label:` or a target before it."""
    own = directive.option("name", "label")
    names = [(own, directive.line)] if own else []
    names += [(name, line or directive.line) for name, line in draft.take_labels()]
    if not names:
        return ""
    anchor = draft.claim_id(prefix + names[0][0], line=names[0][1], explicit=True)
    for name, line in names:
        draft.add_label(name, kind, anchor, number, title, line)
    return anchor


# Cells and code


def code_cell(directive: Directive, draft: Draft) -> Block:
    """Code that the reader can run."""
    return add_cell(draft, directive)


def code_block(directive: Directive, draft: Draft) -> Block:
    """Code that is only shown."""
    caption = directive.option("caption")
    code = render_code(directive.body, directive.argument or "python", draft)
    anchor = _claim(directive, draft, "code", "", caption)
    if not caption and not anchor:
        return Prose(code)
    label = f"<figcaption>{render_line(caption, draft, directive.line)}</figcaption>" if caption else ""
    return Prose(f'<figure class="code"{_id(anchor)}>{label}{code}</figure>\n')


def _id(anchor: str) -> str:
    return f' id="{html.escape(anchor)}"' if anchor else ""


# Pictures, formulas, tables


def figure(directive: Directive, draft: Draft) -> Block:
    """A picture with a number and a caption."""
    alt = directive.option("alt")
    number = str(draft.next_number("figure"))
    anchor = _claim(directive, draft, "figure", number, directive.body.split("\n")[0])
    picture = _picture(directive, draft, alt)
    caption = _render_body(directive, draft)
    return Prose(render_block("figure", anchor=anchor, number=number, picture=picture, caption=caption))


def image(directive: Directive, draft: Draft) -> Block:
    """A picture by itself."""
    return Prose(f"<p>{_picture(directive, draft, directive.option('alt'))}</p>\n")


def _picture(directive: Directive, draft: Draft, alt: str) -> str:
    themed = "themed" if "themed" in directive.words("class") else ""
    return render_image(
        draft, directive.argument, alt, directive.line, width=directive.option("width"), kind=themed
    )


def math(directive: Directive, draft: Draft) -> Block:
    """A displayed formula, numbered when it has a label."""
    tex = "\n".join(part for part in (directive.argument, directive.body) if part)
    return Prose(render_equation(draft, tex, directive.option("label", "name"), directive.body_line))


def table(directive: Directive, draft: Draft) -> Block:
    """A Markdown table with a number and a caption."""
    return _numbered_table(directive, draft, _render_body(directive, draft))


def _numbered_table(directive: Directive, draft: Draft, inner: str) -> Block:
    number = str(draft.next_number("table")) if directive.argument else ""
    anchor = _claim(directive, draft, "table", number, directive.argument)
    caption = render_line(directive.argument, draft, directive.line) if directive.argument else ""
    return Prose(render_block("table", anchor=anchor, number=number, caption=caption, table=inner))


def list_table(directive: Directive, draft: Draft) -> Block:
    """A table written as a list of lists: `* - cell`."""
    rows = [
        re.split(r"(?m)^\s+- ?|^- ?", f"\n  - {row}")[1:]
        for row in re.split(r"(?m)^[*-] - ?", directive.body)[1:]
    ]
    cells = [[render_line(" ".join(cell.split()), draft, directive.line) for cell in row] for row in rows]
    return _numbered_table(
        directive,
        draft,
        _html_table(cells, _count(directive, "header-rows"), _count(directive, "stub-columns")),
    )


def csv_table(directive: Directive, draft: Draft) -> Block:
    """A table written as comma-separated values."""
    header = [directive.option("header")] if directive.option("header") else []
    try:
        rows = [
            row
            for row in csv.reader([*header, *io.StringIO(directive.body, newline="")], skipinitialspace=True)
            if row
        ]
    except csv.Error as error:
        draft.fault(f"this is not a table: {error}.", directive.line, "comma-separated values")
        rows = []
    cells = [[render_line(cell, draft, directive.line) for cell in row] for row in rows]
    headers = 1 if header else _count(directive, "header-rows")
    return _numbered_table(directive, draft, _html_table(cells, headers, _count(directive, "stub-columns")))


def _count(directive: Directive, option: str) -> int:
    value = directive.option(option, default="0")
    return int(value) if re.fullmatch(r"[0-9]{1,4}", value) else 0


def _html_table(rows: list[list[str]], headers: int, stubs: int) -> str:
    def row(cells: list[str], head: bool) -> str:
        tags = [
            (f'<th scope="{"col" if head else "row"}">', "</th>")
            if head or column < stubs
            else ("<td>", "</td>")
            for column in range(len(cells))
        ]
        return "<tr>" + "".join(f"{a}{cell}{b}" for cell, (a, b) in zip(cells, tags, strict=True)) + "</tr>"

    head = "".join(row(cells, True) for cells in rows[:headers])
    body = "".join(row(cells, False) for cells in rows[headers:])
    return (
        '<div class="table-scroll" role="group" aria-label="Table" tabindex="0"><table>'
        + (f"<thead>{head}</thead>" if head else "")
        + f"<tbody>{body}</tbody></table></div>\n"
    )


# Boxes

_TITLES = {
    "note": "Note", "tip": "Tip", "hint": "Hint", "important": "Important", "warning": "Warning", "caution": "Caution",
    "attention": "Attention", "danger": "Danger", "error": "Error", "seealso": "See also", "definition": "Definition",
    "theorem": "Theorem", "lemma": "Lemma", "corollary": "Corollary", "proposition": "Proposition", "example": "Example",
    "remark": "Remark", "proof": "Proof", "algorithm": "Algorithm", "topic": "", "todo": "To do",
    "versionadded": "New in version", "deprecated": "Deprecated since version", "versionchanged": "Changed in version",
}  # fmt: skip


def admonition(directive: Directive, draft: Draft) -> Block:
    """A box set apart from the text; `:class: dropdown` folds it."""
    classes = directive.words("class")
    kind = directive.name
    if kind == "admonition":
        kind = next((name for name in classes if name in _TITLES), "note")
    own = directive.argument
    if (
        directive.name in _TITLES
        and own
        and "\n" not in own
        and directive.name in ("note", "warning", "tip", "hint", "important")
    ):
        # Docutils lets the text of these begin on the first line; MyST makes it the title only for `admonition`.
        title, body = _TITLES[kind], "\n\n".join(part for part in (own, directive.body) if part)
        inner = render_markdown(body, draft, directive.line if own else directive.body_line)
    else:
        default = _TITLES.get(kind, kind.capitalize())
        theorem = kind in (
            "theorem",
            "lemma",
            "definition",
            "example",
            "proposition",
            "corollary",
            "remark",
            "algorithm",
        )
        title = f"{default} ({own})" if own and theorem else own or default
        inner = _render_body(directive, draft)
    anchor = _claim(directive, draft, "box", "", title or kind)
    return Prose(
        render_block(
            "admonition", kind=kind, title=render_line(title, draft, directive.line), body=inner, anchor=anchor,
            folded="dropdown" in classes or directive.name in ("dropdown", "details"), open="open" in directive.options,
        )
    )  # fmt: skip


def container(directive: Directive, draft: Draft) -> Block:
    """A wrapper that means nothing here: its body stands by itself."""
    return Prose(_render_body(directive, draft))


def nothing(directive: Directive, draft: Draft) -> Block:
    """A directive for other tools (tables of contents, indexes)."""
    return Prose("")


# What is referred to


def card(directive: Directive, draft: Draft) -> Block:
    """A review card: the argument is the question, the body the answer."""
    card_id = directive.option("id", "name")
    if not card_id:
        draft.fault(
            "this card has no id.",
            directive.line,
            ":id: lower-case-words, which stays when the wording changes",
        )
        card_id = slugify(directive.argument)[:40] or "card"
    elif not re.fullmatch(r"[\w-]+", card_id):
        draft.fault(f"“{card_id}” cannot be a card’s id.", directive.line, "letters, digits and hyphens")
        card_id = slugify(card_id) or "card"
    if not directive.argument or not directive.body.strip():
        draft.fault(
            f"the card “{card_id}” lacks its question or its answer.",
            directive.line,
            "{card} Question, then the answer",
        )
    if any(known.id == card_id for known in draft.cards):
        draft.fault(f"two cards have the id “{card_id}”.", directive.line, "each id once")
    question = render_line(directive.argument, draft, directive.line)
    with draft.aside():
        answer = _render_body(directive, draft)
    anchor = draft.claim_id(f"card-{card_id}")
    block = render_block("card", id=card_id, anchor=anchor, question=question, answer=answer)
    made = Card(card_id, question, answer, block, directive.line + draft.line_offset)
    draft.cards.append(made)
    return made


def glossary(directive: Directive, draft: Draft) -> Block:
    """Terms and what they mean: a definition list, or `term` lines with indented text below."""
    lines = directive.body.split("\n")
    if not any(line.startswith(":") for line in lines):
        lines = [
            re.sub(r"^\s+(?=\S)", ": ", line) if line[:1].isspace() and line.strip() else line
            for line in lines
        ]
    rendered = render_markdown("\n".join(lines), draft, directive.body_line)

    def mark(match: re.Match[str]) -> str:
        term = re.sub(r"<[^>]+>", "", match[1])
        anchor = draft.claim_id(f"term-{slugify(term)}", line=directive.line, explicit=True)
        draft.add_label(html.unescape(term).lower(), "term", anchor, "", html.unescape(term), directive.line)
        return f'<dt id="{html.escape(anchor)}">{match[1]}</dt>'

    return Prose(re.sub(r"<dt>(.*?)</dt>", mark, rendered, flags=re.DOTALL))


def bibliography(directive: Directive, draft: Draft) -> Block:
    """The works that the page cites, here rather than at its end."""
    draft.bibliography_written = True
    return Prose(BIBLIOGRAPHY_HERE)


def exercise(directive: Directive, draft: Draft) -> Block:
    """A task for the reader, judged by what stands in exercises.py."""
    return add_exercise(draft, directive, find_nested(directive.body, "starter"))


def find_nested(body: str, name: str) -> tuple[str, str | None, int]:
    """`body` without its nested directive `name`; that directive's body; the line it began on, from 0."""
    lines = body.split("\n")
    for start, line in enumerate(lines):
        fence = re.match(r"^(`{3,}|~{3,}|:{3,})(\{[\w:-]+\}.*)$", line.strip())
        if fence is None or not fence[2].startswith("{" + name + "}"):
            continue
        end = next((i for i in range(start + 1, len(lines)) if lines[i].strip() == fence[1]), len(lines))
        inner = parse_directive(fence[2], "\n".join(lines[start + 1 : end]), start)
        # As many lines as before, so that faults below it keep their places.
        rest = lines[:start] + [""] * (min(end + 1, len(lines)) - start) + lines[end + 1 :]
        return "\n".join(rest), inner.body if inner else "", start
    return body, None, 0


DIRECTIVES: dict[str, Handler] = {
    "code-cell": code_cell,
    "code": code_block,
    "code-block": code_block,
    "sourcecode": code_block,
    "exercise": exercise,
    "card": card,
    "figure": figure,
    "image": image,
    "math": math,
    "table": table,
    "list-table": list_table,
    "csv-table": csv_table,
    "glossary": glossary,
    "bibliography": bibliography,
    "admonition": admonition,
    **dict.fromkeys(_TITLES, admonition),
    "dropdown": admonition,
    "details": admonition,
    **dict.fromkeys(
        ("div", "container", "margin", "sidebar", "epigraph", "aside", "grid", "tab-set", "tab-item"),
        container,
    ),
    **dict.fromkeys(("toctree", "tableofcontents", "contents", "index", "raw", "eval-rst"), nothing),
}
