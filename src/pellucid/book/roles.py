"""Roles: `{name}`content`` inside a paragraph. A new role is a row of the table at the end."""

from __future__ import annotations

import html
import re
from collections.abc import Callable
from difflib import get_close_matches

from pellucid.book.draft import Draft

Role = Callable[[str, Draft], str]


def render_role(name: str, content: str, draft: Draft) -> str:
    """HTML of a role, or its text and a fault when there is no such role."""
    role = ROLES.get(name.lower())
    if role is not None:
        return role(content, draft)
    near = get_close_matches(name.lower(), ROLES, n=3)
    draft.fault(
        f"there is no role “{name}”.", draft.inline_line, " or ".join(near) or ", ".join(sorted(ROLES))
    )
    return f"<code>{html.escape(content)}</code>"


def _split(content: str) -> tuple[str, str]:
    """`text <target>` -> (text, target); `target` -> ("", target)."""
    match = re.fullmatch(r"(.*?)\s*<([^<>]+)>", content.strip(), re.DOTALL)
    return (match[1], match[2].strip()) if match else ("", content.strip())


def _reference(kind: str) -> Role:
    def role(content: str, draft: Draft) -> str:
        text, target = _split(content)
        return draft.reference(kind, target, text, draft.inline_line)

    return role


def _tag(name: str) -> Role:
    return lambda content, draft: f"<{name}>{html.escape(content)}</{name}>"


def _abbreviation(content: str, draft: Draft) -> str:
    match = re.fullmatch(r"(.*?)\s*\(([^()]*)\)", content.strip())
    short, long = (match[1], match[2]) if match else (content, "")
    return draft.trusted(f'<abbr title="{html.escape(long)}">{html.escape(short)}</abbr>')


def _formula(content: str, draft: Draft) -> str:
    return draft.formula(content, False, draft.inline_line)


def _cite(narrative: bool) -> Role:
    def role(content: str, draft: Draft) -> str:
        keys = [key.strip() for key in content.split(",") if key.strip()]
        links: list[str] = []
        for key in keys:
            entry = draft.source.bibliography.get(key)
            if entry is None:
                near = get_close_matches(key, draft.source.bibliography, n=3)
                draft.fault(
                    f"the book has no reference “{key}”.",
                    draft.inline_line,
                    " or ".join(near) or "a key of references.yml",
                )
                links.append(html.escape(key))
                continue
            draft.cited[key] = None
            name, year = html.escape(entry.families), html.escape(entry.year)
            words = f"{name} ({year})" if narrative else f"{name}, {year}"
            links.append(
                draft.trusted(f'<a class="citation" href="#reference-{html.escape(key)}">{words}</a>')
            )
        return ", ".join(links) if narrative else f"({'; '.join(links)})"

    return role


ROLES: dict[str, Role] = {
    "ref": _reference("ref"),
    "numref": _reference("numref"),
    "eq": _reference("eq"),
    "doc": _reference("doc"),
    "term": _reference("term"),
    "download": _reference("download"),
    "cite": _cite(narrative=False),
    "cite:p": _cite(narrative=False),
    "cite:t": _cite(narrative=True),
    "math": _formula,
    "abbr": _abbreviation,
    "code": _tag("code"),
    "kbd": _tag("kbd"),
    "sub": _tag("sub"),
    "subscript": _tag("sub"),
    "sup": _tag("sup"),
    "superscript": _tag("sup"),
    "del": _tag("del"),
    "u": _tag("u"),
}
