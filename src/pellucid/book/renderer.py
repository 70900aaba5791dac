"""Markdown tokens to HTML. Each method is the rule for the token type of its name, as markdown-it-py wants it."""

from __future__ import annotations

import html
import re
from collections.abc import Sequence
from typing import Any, cast
from urllib.parse import unquote

from markdown_it.renderer import RendererHTML
from markdown_it.token import Token
from markdown_it.utils import EnvType, OptionsDict

from pellucid.book.directive import parse_directive
from pellucid.book.draft import Draft, Pending
from pellucid.book.highlight import highlight
from pellucid.book.roles import render_role
from pellucid.book.sanitize import sanitize
from pellucid.book.slots import Slots, drop_marks, fill

Tokens = Sequence[Token]
_EQUATION_LABEL = re.compile(r"\\label\s*\{([^{}]*)\}")
_SHORT_CODE = 16
_TOUCHED_MARK = re.compile(
    "(?P<before>[(\\[“‘„]*)\ue000(?P<slot>\\d+)\ue001(?P<after>(?:[-–,.;:!?)\\]”’…%]|&quot;)*)"
)
_TAG = re.compile(r"\\tag\*?\s*\{([^{}]*)\}")


class PageRenderer(RendererHTML):
    """Renders into the draft that is in `env["draft"]`: what it finds (headings, formulas, references) is noted there."""

    def render(self, tokens: Tokens, options: OptionsDict, env: EnvType) -> str:
        """HTML of block tokens, raw HTML among them sanitized together with what it encloses."""
        pieces: list[tuple[bool, str]] = []
        index = 0
        while index < len(tokens):
            token = tokens[index]
            if token.type == "footnote_reference_open":
                index = self._keep_footnote(tokens, index, options, env)
                continue
            raw = token.type == "html_block" and token.level == 0
            pieces.append((raw, token.content if raw else self._piece(tokens, index, options, env)))
            index += 1
        return _sanitize_pieces(pieces, _draft(env))

    def _piece(self, tokens: Tokens, index: int, options: OptionsDict, env: EnvType) -> str:
        token = tokens[index]
        if token.type == "inline":
            _draft(env).inline_line = _line(token)
            return self.renderInline(token.children or [], options, env)
        if token.type in self.rules:
            return self.rules[token.type](tokens, index, options, env)
        return self.renderToken(tokens, index, options, env)

    def renderInline(self, tokens: Tokens, options: OptionsDict, env: EnvType) -> str:  # noqa: N802
        """HTML of one paragraph's tokens; its raw HTML is sanitized with it."""
        draft = _draft(env)
        first_line = draft.inline_line
        parts: list[str] = []
        for index, token in enumerate(tokens):
            if token.type in ("softbreak", "hardbreak") and draft.inline_line is not None:
                draft.inline_line += 1
            rule = self.rules.get(token.type)
            parts.append(
                rule(tokens, index, options, env) if rule else self.renderToken(tokens, index, options, env)
            )
        draft.inline_line = first_line
        draft.read_text(plain_text(tokens), count_words(tokens))
        rendered = "".join(parts)
        if any(token.type == "html_inline" for token in tokens):
            rendered = sanitize(rendered, draft.raw_ids, draft.raw_image)
        return tie(rendered, draft)

    # Headings and targets

    def heading_open(self, tokens: Tokens, idx: int, options: OptionsDict, env: EnvType) -> str:
        """A heading with its anchor; `heading_close` ends the same element."""
        draft, inline = _draft(env), tokens[idx + 1]
        text = plain_text(inline.children or [])
        draft.inline_line = _line(inline)
        with draft.unread():
            heading_html = self.renderInline(inline.children or [], options, env)
        heading = draft.add_heading(int(tokens[idx].tag[1:]), text, heading_html)
        draft.open_heading = heading
        for name, line in draft.take_labels():
            draft.add_label(name, "section", heading.anchor, "", text, line)
        inline.children = []  # shown already, within the opening tag
        return f'<h{heading.level} id="{html.escape(heading.anchor)}">{heading_html}'

    def heading_close(self, tokens: Tokens, idx: int, options: OptionsDict, env: EnvType) -> str:
        """The end of what `heading_open` began."""
        heading = _draft(env).open_heading
        if heading is None:
            return ""
        link = f'<a class="anchor" href="#{html.escape(heading.anchor)}" aria-label="Link to “{html.escape(heading.text)}”">#</a>'
        return f"{link}</h{heading.level}>\n"

    def myst_target(self, tokens: Tokens, idx: int, options: OptionsDict, env: EnvType) -> str:
        """`(label)=` names the heading, formula or figure that follows, else the place itself."""
        draft, token = _draft(env), tokens[idx]
        label = token.content.strip()
        draft.pending_labels.append((label, _line(token)))
        follower = next((t.type for t in tokens[idx + 1 :] if t.type != "myst_target"), "")
        if follower in ("heading_open", "math_block", "math_block_label", "amsmath", "fence", "colon_fence"):
            return ""
        draft.take_labels()
        anchor = draft.claim_id(label, line=_line(token), explicit=True)
        draft.add_label(label, "passage", anchor, "", "", _line(token))
        return f'<span id="{html.escape(anchor)}"></span>'

    # Mathematics

    def math_inline(self, tokens: Tokens, idx: int, options: OptionsDict, env: EnvType) -> str:
        """`$…$`."""
        draft, tex = _draft(env), tokens[idx].content
        only = re.fullmatch(r"\s*\\(?:eq)?ref\{([^{}]*)\}\s*", tex)
        if only:
            return draft.reference("eq", only[1], f"({only[1]})", draft.inline_line)
        environment = r"\begin{" in tex and re.search(
            r"\\begin\{(align|equation|gather|eqnarray|multline)", tex
        )
        return draft.formula(tex, bool(environment), draft.inline_line)

    def math_inline_double(self, tokens: Tokens, idx: int, options: OptionsDict, env: EnvType) -> str:
        """`$$…$$` within a paragraph."""
        return _draft(env).formula(tokens[idx].content, True, _draft(env).inline_line)

    def math_block(self, tokens: Tokens, idx: int, options: OptionsDict, env: EnvType) -> str:
        """`$$…$$` on lines of its own."""
        return render_equation(_draft(env), tokens[idx].content, "", _line(tokens[idx]))

    def math_block_label(self, tokens: Tokens, idx: int, options: OptionsDict, env: EnvType) -> str:
        """`$$…$$ (label)`."""
        return render_equation(_draft(env), tokens[idx].content, tokens[idx].info, _line(tokens[idx]))

    def amsmath(self, tokens: Tokens, idx: int, options: OptionsDict, env: EnvType) -> str:
        r"""`\begin{align}…\end{align}` without dollars."""
        return render_equation(_draft(env), tokens[idx].content, "", _line(tokens[idx]))

    # Code and directives

    def fence(self, tokens: Tokens, idx: int, options: OptionsDict, env: EnvType) -> str:
        """A directive, or code that is only shown."""
        from pellucid.book.directives import render_directive

        token = tokens[idx]
        directive = parse_directive(token.info, token.content, _line(token) or 1)
        if directive is not None:
            return render_directive(directive, _draft(env)).html
        language = token.info.split()[0] if token.info.strip() else ""
        return render_code(token.content, language, _draft(env))

    def colon_fence(self, tokens: Tokens, idx: int, options: OptionsDict, env: EnvType) -> str:
        """As a fence of backticks."""
        return self.fence(tokens, idx, options, env)

    def code_block(self, tokens: Tokens, idx: int, options: OptionsDict, env: EnvType) -> str:
        """Indented code."""
        return render_code(tokens[idx].content, "", _draft(env))

    def code_inline(self, tokens: Tokens, idx: int, options: OptionsDict, env: EnvType) -> str:
        """Code in a line; what is short stays on one."""
        content = tokens[idx].content
        tied = ' class="tied"' if " " in content and len(content) <= _SHORT_CODE else ""
        return f"<code{tied}>{html.escape(content)}</code>"

    # Links, pictures, roles

    def link_open(self, tokens: Tokens, idx: int, options: OptionsDict, env: EnvType) -> str:
        """A link out of the book as it stands; any other is resolved when all pages are known."""
        draft, token = _draft(env), tokens[idx]
        href = str(token.attrs.get("href", ""))
        if re.match(r"^(?:https?:|mailto:|//)", href, re.IGNORECASE):
            return f'<a href="{html.escape(href)}">'
        if re.match(r"^[a-z][a-z0-9+.-]*:", href, re.IGNORECASE):
            return "<a>"
        draft.open_link_is_mark = True
        empty = idx + 1 < len(tokens) and tokens[idx + 1].type == "link_close"
        return draft.reference("open-empty" if empty else "open", unquote(href), "", draft.inline_line)

    def link_close(self, tokens: Tokens, idx: int, options: OptionsDict, env: EnvType) -> str:
        """The end of what `link_open` began: a mark where that was one, so that sanitizing keeps or drops both."""
        draft = _draft(env)
        marked, draft.open_link_is_mark = draft.open_link_is_mark, False
        return draft.trusted("</a>") if marked else "</a>"

    def image(self, tokens: Tokens, idx: int, options: OptionsDict, env: EnvType) -> str:
        """A picture from beside the page, from a notebook's attachments, or a link to one that is elsewhere."""
        draft, token = _draft(env), tokens[idx]
        alt = self.renderInlineAsText(token.children, options, env) if token.children else ""
        return render_image(
            draft, str(token.attrs.get("src", "")), alt, draft.inline_line, str(token.attrs.get("title", ""))
        )

    def myst_role(self, tokens: Tokens, idx: int, options: OptionsDict, env: EnvType) -> str:
        """`{name}`content``."""
        return render_role(str(tokens[idx].meta["name"]), tokens[idx].content, _draft(env))

    # Footnotes

    def footnote_ref(self, tokens: Tokens, idx: int, options: OptionsDict, env: EnvType) -> str:
        """The number that leads to a footnote."""
        draft, meta = _draft(env), tokens[idx].meta
        label = str(meta.get("label") or f"inline-{meta['id']}")
        if not meta.get("label"):
            note = cast("dict[str, Any]", env["footnotes"])["list"][meta["id"]]
            draft.footnote_text[label] = f"<p>{self.renderInline(note['tokens'], options, env)}</p>"
        number = draft.footnotes.setdefault(label, len(draft.footnotes) + 1)
        back = draft.claim_id(f"footnote-ref-{number}")
        link = f'<a href="#footnote-{number}" id="{back}" aria-label="Footnote {number}">{number}</a>'
        return draft.trusted(f'<sup class="footnote-ref">{link}</sup>')

    def _keep_footnote(self, tokens: Tokens, index: int, options: OptionsDict, env: EnvType) -> int:
        end = next(i for i in range(index, len(tokens)) if tokens[i].type == "footnote_reference_close")
        inner = [token for token in tokens[index + 1 : end] if token.type != "footnote_anchor"]
        _draft(env).footnote_text[str(tokens[index].meta["label"])] = self.render(inner, options, env)
        return end + 1

    # What leaves no trace, or a small one

    def front_matter(self, tokens: Tokens, idx: int, options: OptionsDict, env: EnvType) -> str:
        """Read before rendering."""
        return ""

    def myst_line_comment(self, tokens: Tokens, idx: int, options: OptionsDict, env: EnvType) -> str:
        """`% comment`."""
        return ""

    def myst_block_break(self, tokens: Tokens, idx: int, options: OptionsDict, env: EnvType) -> str:
        """`+++`."""
        return ""

    def html_block(self, tokens: Tokens, idx: int, options: OptionsDict, env: EnvType) -> str:
        """Raw HTML inside a list or quotation."""
        draft = _draft(env)
        return sanitize(tokens[idx].content, draft.raw_ids, draft.raw_image)

    def html_inline(self, tokens: Tokens, idx: int, options: OptionsDict, env: EnvType) -> str:
        """Left as it is: `renderInline` sanitizes the whole paragraph. A task's checkbox cannot be ticked."""
        content = tokens[idx].content
        if "task-list-item-checkbox" in content:
            return "☑ " if "checked" in content else "☐ "
        return content

    def table_open(self, tokens: Tokens, idx: int, options: OptionsDict, env: EnvType) -> str:
        """A table in a box of its own that scrolls on narrow screens."""
        return '<div class="table-scroll" role="group" aria-label="Table" tabindex="0"><table>\n'

    def table_close(self, tokens: Tokens, idx: int, options: OptionsDict, env: EnvType) -> str:
        """The end of what `table_open` began."""
        return "</table></div>\n"

    def th_open(self, tokens: Tokens, idx: int, options: OptionsDict, env: EnvType) -> str:
        """A column's heading."""
        return f'<th scope="col"{_alignment(tokens[idx])}>'

    def td_open(self, tokens: Tokens, idx: int, options: OptionsDict, env: EnvType) -> str:
        """A table's cell."""
        return f"<td{_alignment(tokens[idx])}>"


RULES = tuple(name for name in vars(PageRenderer) if not name.startswith(("_", "render")))


def _draft(env: EnvType) -> Draft:
    return cast("Draft", env["draft"])


def _line(token: Token) -> int | None:
    return token.map[0] + 1 if token.map else None


def _alignment(token: Token) -> str:
    match = re.search(r"text-align:(left|center|right)", str(token.attrs.get("style", "")))
    return f' class="align-{match[1]}"' if match else ""


def _sanitize_pieces(pieces: list[tuple[bool, str]], draft: Draft) -> str:
    """Raw pieces are sanitized as one text, so that an element may enclose Markdown; the rest is trusted and kept out of it."""
    if not any(raw for raw, _ in pieces):
        return "".join(text for _, text in pieces)
    slots: Slots[str] = Slots()
    marked = "".join(text if raw else slots.add(text) for raw, text in pieces)
    clean = sanitize(marked, draft.raw_ids, draft.raw_image)
    if len(drop_marks(clean)) == len(clean) - sum(len(f"\ue000{i}\ue001") for i in range(len(slots.values))):
        return fill(clean, slots.values.__getitem__)
    # An element that was never closed swallowed some of the page: each raw piece by itself, then.
    return "".join(sanitize(text, draft.raw_ids, draft.raw_image) if raw else text for raw, text in pieces)


def plain_text(tokens: Tokens) -> str:
    """What a paragraph says, for the search and for labels; formulas as their LaTeX."""
    parts: list[str] = []
    for token in tokens:
        if token.type in ("text", "code_inline", "math_inline", "math_inline_double", "myst_role"):
            parts.append(
                re.sub(r"^(.*?)\s*<[^<>]*>$", r"\1", token.content)
                if token.type == "myst_role"
                else token.content
            )
        elif token.type in ("softbreak", "hardbreak"):
            parts.append(" ")
        elif token.type == "image":
            parts.append(plain_text(token.children or []))
    return "".join(parts)


def count_words(tokens: Tokens) -> int:
    """How many words a paragraph is read as; its formulas have a time of their own."""
    return len(plain_text([token for token in tokens if not token.type.startswith("math_")]).split())


def tie(rendered: str, draft: Draft) -> str:
    """A formula in a line together with the brackets and punctuation that touch it: no line ends between them."""

    def keep(match: re.Match[str]) -> str:
        item = draft.slots.values[int(match["slot"])]
        formula = isinstance(item, Pending) and not item.formula.display
        touched = match["before"] or match["after"]
        return f'<span class="tied">{match[0]}</span>' if formula and touched else match[0]

    return _TOUCHED_MARK.sub(keep, rendered)


def render_code(source: str, language: str, draft: Draft) -> str:
    """Code that is shown and not run."""
    source = source.removesuffix("\n")
    draft.tally.add_code(source)
    name = html.escape(language.strip("{}") or "text")
    return f'<pre tabindex="0"><code class="{name}">{highlight(source, language)}</code></pre>\n'


def render_equation(draft: Draft, tex: str, label: str, line: int | None) -> str:
    r"""A displayed formula; with a label, a number (or its \tag) that can be referred to."""
    inner = _EQUATION_LABEL.search(tex)
    names = [(label.strip(), line)] if label.strip() else [(inner[1], line)] if inner else []
    names += draft.take_labels()
    tag = _TAG.search(tex)
    tex = _TAG.sub("", tex)
    mark = draft.formula(tex, True, line)
    draft.read_text(_EQUATION_LABEL.sub("", tex), 0)
    if not names and not tag:
        return f"{open_math_block()}{mark}</div>\n"
    number = tag[1] if tag else str(draft.next_number("equation"))
    anchor = draft.claim_id(f"eq-{names[0][0]}" if names else f"eq-{number}", line=line, explicit=bool(names))
    for name, place in names:
        draft.add_label(name, "equation", anchor, number, "", place)
    return f'{open_math_block(anchor)}{mark}<span class="eq-number">({html.escape(number)})</span></div>\n'


def open_math_block(anchor: str = "") -> str:
    """The box of a displayed formula, which scrolls where the page is narrower than it."""
    numbered = f' numbered" id="{html.escape(anchor)}' if anchor else ""
    return f'<div class="math-block{numbered}" tabindex="0" role="group" aria-label="Formula">'


def render_image(
    draft: Draft, src: str, alt: str, line: int | None, title: str = "", width: str = "", kind: str = ""
) -> str:
    """A picture, wherever it is; the book resolves those that stand beside the page."""
    draft.tally.figures += 1
    if not alt.strip() and draft.source.strict:
        draft.fault(
            f"the picture “{src[:80]}” has no text for those who cannot see it.",
            line,
            "![what it shows](file)",
        )
    if src.startswith("attachment:"):
        name = unquote(src.removeprefix("attachment:"))
        if name not in draft.attachments:
            draft.fault(f"the cell has no attachment “{name}”.", line)
            return f'<span class="missing">{html.escape(alt or name)}</span>'
        mime, data = draft.attachments[name]
        return draft.add_picture(data, mime, alt)
    if src.startswith("data:"):
        return f'<img src="{html.escape(src)}" alt="{html.escape(alt)}" loading="lazy">'
    if re.match(r"^(?:[a-z][a-z0-9+.-]+:|//)", src, re.IGNORECASE):
        # The page opens no connection to other sites, so a picture from there is a link.
        words = html.escape(alt.strip() or "Picture on another site")
        return f'<a class="remote-picture" href="{html.escape(src)}">{words}</a>'
    return draft.reference("image", unquote(src), alt, line, title=title, width=width, look=kind)
