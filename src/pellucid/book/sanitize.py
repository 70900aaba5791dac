"""Raw HTML made harmless by an allow-list (docs/decisions/sanitizing.md)."""

from __future__ import annotations

import re
from collections.abc import Callable

import nh3

RAW_PREFIX = "raw-"

_STYLES = {
    "background-color", "border", "border-bottom", "border-collapse", "border-left", "border-right", "border-top",
    "color", "font-family", "font-size", "font-style", "font-weight", "height", "margin", "margin-bottom", "margin-left",
    "margin-right", "margin-top", "max-width", "min-width", "padding", "text-align", "text-decoration",
    "vertical-align", "white-space", "width",
}  # fmt: skip
_TAGS = {
    "a", "abbr", "address", "aside", "b", "bdi", "bdo", "big", "blockquote", "br", "caption", "center", "cite", "code",
    "col", "colgroup", "dd", "del", "details", "dfn", "div", "dl", "dt", "em", "figcaption", "figure", "font", "h1",
    "h2", "h3", "h4", "h5", "h6", "hr", "i", "img", "ins", "kbd", "li", "mark", "ol", "p", "pre", "q", "s", "samp",
    "section", "small", "span", "strike", "strong", "sub", "summary", "sup", "table", "tbody", "td", "tfoot", "th",
    "thead", "time", "tr", "tt", "u", "ul", "var", "wbr",
}  # fmt: skip
_ATTRIBUTES = {
    "*": {"title", "lang", "dir", "id", "style", "align", "class"},
    "a": {"href", "name"},
    "col": {"span", "width"},
    "colgroup": {"span"},
    "details": {"open"},
    "font": {"color"},
    "img": {"src", "alt", "width", "height"},
    "ol": {"start", "type", "reversed"},
    "td": {"colspan", "rowspan", "headers"},
    "th": {"colspan", "rowspan", "headers", "scope"},
    "time": {"datetime"},
}
_DROPPED = {
    "script",
    "style",
    "iframe",
    "object",
    "embed",
    "template",
    "noscript",
    "svg",
    "math",
    "title",
    "textarea",
}
_SLOT = "x-slot"
_EMPTY_SLOT = re.compile(rf'<{_SLOT} n="(\d+)"></{_SLOT}>')
# A slot that ended in an attribute or in an element's raw text. Exact, so that no match can reach across an attribute's end.
_SPOILT_SLOT = re.compile(rf'(?:&lt;|<)/?{_SLOT}(?: n=(?:"|&quot;)\d+(?:"|&quot;))?(?:&gt;|>)')
_MARK = re.compile("\ue000(\\d+)\ue001")
_TITLE = re.compile(r"<(/?)h1\b")
_EMPTY_HEADER = re.compile(r"<th\b([^<>]*)>\s*</th>")
_IMAGE = re.compile(r"<img (?![^<>]*\balt=)")
_KEPT_CLASSES = {"dataframe", "simpletable", "docutils"}
_Filter = Callable[[str, str, str], "str | None"]


def sanitize(html: str, ids: set[str] | None = None, image: Callable[[str], str | None] | None = None) -> str:
    """`html` with nothing that acts: no script, handler, form, frame, foreign style or address but http(s), mail and #.

    Ids come back as `raw-…`, so that they can never stand for one of the page's own, and are added to `ids`.
    `image` maps an image's address to one that may be shown, or None. Marks of the page (`\\ue000N\\ue001`) survive in
    text and vanish from attributes: they stand for trusted markup, which must never end up inside an attribute's value.
    """
    marked = _MARK.sub(rf'<{_SLOT} n="\1"></{_SLOT}>', html)
    clean = nh3.clean(
        marked,
        tags=_TAGS | {_SLOT},
        clean_content_tags=_DROPPED,
        attributes={**_ATTRIBUTES, _SLOT: {"n"}},
        attribute_filter=_filter(set() if ids is None else ids, image),
        filter_style_properties=_STYLES,
        url_schemes={"http", "https", "mailto", "data"},
        link_rel="noopener noreferrer",
    )
    # Attributes never hold a raw quotation mark after cleaning, so an exact match is an element in the text.
    clean = _SPOILT_SLOT.sub("", _EMPTY_SLOT.sub("\ue000\\1\ue001", clean))
    # One h1 a page, and that is the page's. `alt` without a value: a quotation mark could end an attribute's value.
    clean = _EMPTY_HEADER.sub(r"<td\1></td>", clean)  # pandas leaves the corner of a table without a heading
    return _IMAGE.sub("<img alt ", _TITLE.sub(r"<\1h2", clean))


def _filter(ids: set[str], image: Callable[[str], str | None] | None) -> _Filter:
    def keep(tag: str, name: str, value: str) -> str | None:
        if name in ("id", "name"):
            ids.add(value)
            return RAW_PREFIX + value
        if name == "class":
            return " ".join(word for word in value.split() if word in _KEPT_CLASSES) or None
        if name == "style":
            return None if re.search(r"url|expression|@import|\\", value, re.IGNORECASE) else value
        if name == "src":
            return value if image is None else image(value)
        if name == "href" and value.strip().lower().startswith("data:"):
            return None
        if name == "href" and value.startswith("#"):
            return f"#{RAW_PREFIX}{value[1:]}"
        return value

    return keep
