"""Raw HTML of a stranger: nothing that acts is left, however it is hidden. What is left is read by a real HTML parser."""

from __future__ import annotations

import json
from collections.abc import Callable
from html.parser import HTMLParser

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pellucid.book import Page
from pellucid.book.files import clean_svg
from pellucid.book.sanitize import sanitize

FORBIDDEN = {
    "script",
    "iframe",
    "object",
    "embed",
    "form",
    "input",
    "style",
    "link",
    "meta",
    "base",
    "svg",
    "textarea",
    "template",
}


class Watch(HTMLParser):
    """Notes every element and attribute that could act."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag in FORBIDDEN:
            self.found.append(tag)
        for name, value in attrs:
            text = (value or "").lower().replace("\n", "").replace("\t", "").strip()
            if name.startswith("on") or name in (
                "srcdoc",
                "formaction",
                "action",
                "ping",
                "srcset",
                "background",
            ):
                self.found.append(f"{tag} {name}")
            if name in ("href", "src") and text.startswith(("javascript:", "vbscript:", "data:text")):
                self.found.append(f"{tag} {name}={text}")
            if name == "style" and ("url(" in text or "expression" in text):
                self.found.append(f"{tag} style={text}")


def active_parts(html: str) -> list[str]:
    watch = Watch()
    watch.feed(html)
    return watch.found


ATTACKS = [
    "<script>alert(1)</script>",
    "<ScRiPt src=//x></sCrIpT >",
    '<img src=x onerror="alert(1)">',
    "<svg onload=alert(1)><script>alert(1)</script></svg>",
    '<a href="javascript:alert(1)">x</a>',
    '<a href="jav\tascript:alert(1)">x</a>',
    '<a href="&#106;avascript:alert(1)">x</a>',
    '<a href="data:text/html,<script>alert(1)</script>">x</a>',
    "<iframe srcdoc='<script>alert(1)</script>'></iframe>",
    '<form action="https://x"><input name=a><button>b</button></form>',
    '<div style="background:url(https://x/y)">x</div>',
    '<div style="width: expression(alert(1))">x</div>',
    "<math><mtext><table><mglyph><style><img src=x onerror=alert(1)>",
    '<noscript><p title="</noscript><img src=x onerror=alert(1)>">',
    '<base href="https://x/"><meta http-equiv=refresh content="0;url=https://x">',
    '<object data="x"></object><embed src="x">',
    '<a title="<x-slot ">text" onclick="alert(1)" x="</a>',
    '<a title="<img ">text" onclick="alert(1)" x="</a>',
    '<a title="<h1 ">text" onclick="alert(1)" x="</a>',
    '<a title="&lt;x-slot n=" href="https://x">y</a> &gt; onclick="alert(1)"',
    "<details open ontoggle=alert(1)>x</details>",
    "<video><source onerror=alert(1)></video>",
    "<b <script>alert(1)</script>",
    "<!--><img src=x onerror=alert(1)>-->",
]


@pytest.mark.parametrize("attack", ATTACKS)
def test_attack_does_nothing(attack: str, compile_text: Callable[..., Page]) -> None:
    assert active_parts(sanitize(attack)) == []
    for text in (
        attack,
        f"Before {attack} after $x$ {{ref}}`y`",
        f"- item\n\n  {attack}\n",
        f"| a |\n|---|\n| {attack} |\n",
    ):
        page = compile_text(text, strict=False)
        assert active_parts(page.html) == [], text


@pytest.mark.parametrize("attack", ATTACKS)
def test_attack_in_a_notebook_output_does_nothing(attack: str, compile_text: Callable[..., Page]) -> None:
    output = {
        "output_type": "display_data",
        "metadata": {},
        "data": {"text/html": [attack], "text/plain": [attack]},
    }
    stream = {"output_type": "stream", "name": "stdout", "text": [attack]}
    error = {"output_type": "error", "ename": attack, "evalue": attack, "traceback": [attack]}
    cell = {
        "cell_type": "code",
        "source": [attack],
        "metadata": {"tags": [attack]},
        "outputs": [output, stream, error],
    }
    markdown = {"cell_type": "markdown", "source": [attack], "metadata": {}}
    text = json.dumps({"nbformat": 4, "nbformat_minor": 4, "metadata": {}, "cells": [cell, markdown]})
    page = compile_text(text, file="n.ipynb", strict=False)
    assert active_parts(page.html) == []
    assert page.cells[0].source == attack


@given(
    st.lists(
        st.sampled_from(
            [
                '"',
                "'",
                "<",
                ">",
                "<x-slot n=",
                "&lt;",
                "&quot;",
                "<img ",
                "<h1 ",
                "onclick=",
                "alert(1)",
                "a",
                " ",
                "=",
                "3",
                "\ue0003\ue001",
            ]
        ),
        max_size=24,
    )
)
def test_no_mixture_of_pieces_makes_a_handler(pieces: list[str]) -> None:
    assert active_parts(sanitize("".join(pieces))) == []


def test_a_formula_swallowed_by_an_attribute_stays_out_of_it(compile_text: Callable[..., Page]) -> None:
    page = compile_text('<div title="\n\n$\\text{a}$ onclick=alert(1)\n\n">text</div>\n', strict=False)
    assert active_parts(page.html) == []


def test_marks_cannot_be_forged(compile_text: Callable[..., Page]) -> None:
    page = compile_text("$x$ and \ue0000\ue001 and <b>\ue0000\ue001</b>", strict=False)
    assert page.html.count("<math") == 1


def test_an_element_may_enclose_markdown(compile_text: Callable[..., Page]) -> None:
    html = compile_text("<details>\n<summary>More</summary>\n\nSome *words* and $x$.\n\n</details>\n").html
    assert (
        html.index("<details>")
        < html.index("<em>words</em>")
        < html.index("<math")
        < html.index("</details>")
    )


def test_an_unclosed_element_swallows_nothing(compile_text: Callable[..., Page]) -> None:
    html = compile_text(
        '<div title="\n\nStill here.\n\n```{code-cell}\n1\n```\n\nAnd here.\n', strict=False
    ).html
    assert "Still here." in html and "<pellucid-cell" in html and "And here." in html


def test_ids_of_raw_html_cannot_stand_for_the_page_s(compile_text: Callable[..., Page]) -> None:
    page = compile_text('<div id="page-data">x</div>\n\n<a name="there"></a>\n\n[go](#there)\n', strict=False)
    assert 'id="page-data"' not in page.html
    assert "raw-there" in page.anchors


def test_svg_keeps_its_shapes_and_loses_its_scripts() -> None:
    svg = (
        b'<svg xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink" viewBox="0 0 9 9" onload="a()">'
        b'<script>a()</script><foreignObject><p/></foreignObject><a xlink:href="javascript:a()"><path d="M0 0"/></a>'
        b'<path d="M1 1" onclick="a()"/><use xlink:href="#p"/><image href="https://x/y.png"/></svg>'
    )
    clean = clean_svg(svg)
    assert clean is not None
    assert (
        b'd="M1 1"' in clean and b'd="M0 0"' in clean and b'"#p"' in clean and b'viewBox="0 0 9 9"' in clean
    )
    for word in (b"script", b"foreignObject", b"onload", b"onclick", b"javascript", b"https://x"):
        assert word not in clean


@pytest.mark.parametrize(
    "svg", [b"<svg", b"<html/>", b'<!DOCTYPE svg [<!ENTITY a "b">]><svg xmlns="http://www.w3.org/2000/svg"/>']
)
def test_what_is_no_plain_svg_is_refused(svg: bytes) -> None:
    assert clean_svg(svg) is None
