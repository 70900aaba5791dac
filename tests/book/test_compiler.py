from __future__ import annotations

import html
import re
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pellucid.book import Page
from pellucid.book.bibliography import parse_bib, parse_yaml
from pellucid.book.directive import parse_directive
from pellucid.book.formulas import Formula, Formulas
from pellucid.book.highlight import highlight
from pellucid.book.reading import Tally

Compile = Callable[..., Page]


def text_of(markup: str) -> str:
    return html.unescape(re.sub(r"<[^>]*>", "", markup))


@given(st.text(alphabet=st.characters(exclude_categories=["Cs"], exclude_characters="\x00")))
def test_highlighted_text_is_the_source(source: str) -> None:
    assert text_of(highlight(source)) == source


@pytest.mark.parametrize(
    "source", ["x = 1", "x = 1\n", "\n\nx", "\tif a:\r\n  b", "def f(:\n  '''", "a\x0cb"]
)
def test_source_of_a_cell_is_exact(source: str) -> None:
    assert text_of(highlight(source)) == source


def test_a_lexer_that_changes_the_source_is_not_believed() -> None:
    source = "*** Settings ***\n\nLibrary  Collections"
    assert text_of(highlight(source, "robotframework")) == source


# Mathematics


@pytest.mark.parametrize(
    "tex",
    [
        r"x^2",
        r"\begin{aligned} a &= b \\ c &= d \end{aligned}",
        r"\begin{align} a &= b \label{q} \\ c &= d \nonumber \end{align}",
        r"\begin{pmatrix} 1 & 2 \\ 3 & 4 \end{pmatrix}",
        r"f(x) = \begin{cases} 1 & x > 0 \\ 0 & \text{else} \end{cases}",
        r"\begin{eqnarray} a &=& b \\ &\le& c \end{eqnarray}",
        r"\text{k_endog} \times \texttt{a\_b}",
        r"\mbox{if } x \underbrace{\hat\beta}_{(d,)} \operatorname{argmin}_w \lVert Xw - y\rVert_2^2",
    ],
)
def test_formula_becomes_mathml_with_its_source(tex: str, formulas: Formulas) -> None:
    (result,) = formulas.render([Formula(tex, display=True)])
    assert result.error is None
    assert result.html.startswith("<math")
    annotation = re.search(
        r'<annotation encoding="application/x-tex">(.*?)</annotation>', result.html, re.DOTALL
    )
    assert annotation and html.unescape(annotation[1]) == tex


def test_definitions_hold_for_the_rest_of_the_page(formulas: Formulas) -> None:
    sources = [
        r"\newcommand{\RR}{\mathbb{R}} \RR",
        r"x \in \RR^n",
        r"\DeclareMathOperator*{\argmin}{arg\,min}",
        r"\argmin_w",
    ]
    assert [r.error for r in formulas.render([Formula(tex) for tex in sources])] == [None] * 4
    assert formulas.render([Formula(r"\RR")])[0].error is not None


def test_wrong_formula_is_a_fault_with_its_line(compile_text: Compile) -> None:
    page = compile_text("# T\n\nText\nand $\\frac{a$ here.\n\n:::{note}\nBox.\n\n$$\n\\nope\n$$\n:::\n")
    assert [(fault.line, "\\frac{a" in fault.message) for fault in page.faults] == [(4, True), (9, False)]
    assert '<code class="math-error"' in page.html


def test_money_is_no_mathematics(compile_text: Compile) -> None:
    assert "<math" not in compile_text("It costs $5, or $10 for two.").html


def test_endless_macro_is_an_error_and_the_next_formula_is_set(formulas: Formulas) -> None:
    looping, good = formulas.render([Formula(r"\def\a{\a\a}\a"), Formula("x")])
    assert looping.error is not None
    assert good.error is None


# Structure


def test_first_heading_is_the_title_and_levels_leave_none_out(compile_text: Compile) -> None:
    page = compile_text("# The $t$\n\n### Deep\n\n## Next\n\n# Top again\n\n#### Under\n")
    assert page.title == "The t"
    assert [(h.level, h.anchor) for h in page.headings] == [
        (2, "deep"),
        (2, "next"),
        (2, "top-again"),
        (3, "under"),
    ]
    assert "<h1" not in page.html


def test_same_headings_get_different_anchors(compile_text: Compile) -> None:
    assert [h.anchor for h in compile_text("# T\n\n## Same\n\n## Same\n\n## Content\n").headings] == [
        "same",
        "same-2",
        "content-2",
    ]


def test_sections_hold_the_text_below_their_heading(compile_text: Compile) -> None:
    page = compile_text("# T\n\nIntro $x$.\n\n## A *b*\n\nBelow `code`.\n")
    assert [(s.anchor, s.heading, s.text) for s in page.sections] == [
        ("", "", "Intro x."),
        ("a-b", "A b", "Below code."),
    ]


def test_footnotes_are_numbered_as_they_are_met_also_within_boxes(compile_text: Compile) -> None:
    page = compile_text(
        "One[^b].\n\n:::{note}\nTwo[^a] ^[inline *note*].\n:::\n\n[^a]: Text of a.\n[^b]: Text of b.\n"
    )
    notes = re.findall(r'<li id="footnote-(\d)">(.*?)</li>', page.html, re.DOTALL)
    assert [(n, text_of(t).split("↩")[0].strip()) for n, t in notes] == [
        ("1", "Text of b."),
        ("2", "Text of a."),
        ("3", "inline note"),
    ]
    assert page.faults == ()


def test_reading_time_is_plausible_and_exercises_have_their_own() -> None:
    assert Tally().reading().minutes == 1
    assert Tally(words=220).reading().minutes == 1
    # 10 min of words, 3 of displayed formulas, 1 of formulas in lines, 3 of code, half a minute for figures
    tally = Tally(
        words=2200,
        display_formulas=20,
        inline_formulas=60,
        code_lines=120,
        data_lines=150,
        figures=3,
        exercises=10,
    )
    assert tally.reading().minutes == 18
    assert tally.reading().exercise_minutes == 40


def test_tasks_and_answers_are_found_but_not_counted_as_reading(compile_text: Compile) -> None:
    card = ":::{card} What is one?\n:id: one\n\nAnswer words $x$ here.\n:::\n"
    task = ":::{exercise} Task\n:id: task\n:kind: choice\n\nTask words here.\n:::\n"
    page = compile_text(f"Two words.\n\n{card}\n{task}")
    assert (page.reading.words, page.reading.formulas) == (5, 0)
    assert "Answer words" in str(page.sections) and "Task words" in str(page.sections)


def test_formulas_are_no_words_and_rows_of_numbers_no_code(compile_text: Compile) -> None:
    text = "Three plain words $\\frac{a}{b} + c$ here.\n\n$$\nx + y + z\n$$\n\n"
    reading = compile_text(f"{text}```python\nrows = [\n{'  1.5, -2e-3, 7,' * 4}\n]\n```\n").reading
    assert (reading.words, reading.formulas) == (4, 2)
    tally = Tally()
    tally.add_code('x = 1\n\n1, 2.5e-3, -4\n[0.1 0.2],\n"3;4",\n}\ne = 5')
    assert (tally.code_lines, tally.data_lines) == (3, 3)


def test_hints_are_no_text_of_the_page(compile_text: Compile) -> None:
    judge = (
        'ex = exercise("add", entry="add", hints=["Sesquipedalian $x$"])\n\n'
        "@ex.reference\ndef add(a, b):\n    return a + b\n"
    )
    text = ":::{exercise} Add\n:id: add\nAdd two numbers.\n```{starter}\ndef add(a, b): ...\n```\n:::\n"
    page = compile_text(text, exercises="from pellucid.grading import exercise\n" + judge)
    assert page.reading.formulas == 0
    assert "Sesquipedalian" not in " ".join(section.text for section in page.sections)
    assert "Sesquipedalian" in page.exercises_json


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("so $x$, and", "so <span class=tied>M,</span> and"),
        ("($x$).", "<span class=tied>(M).</span>"),
        ("the $n$-th", "the <span class=tied>M-</span>th"),
        ("a $x$ b", "a M b"),
        ("at $$x$$, b", "at M, b"),
        ("of `(3, 1)`.", "of <code class=tied>(3, 1)</code>."),
        ("`a`", "<code>a</code>"),
    ],
)
def test_what_touches_a_formula_stays_with_it(compile_text: Compile, text: str, shown: str) -> None:
    html = re.sub(r"<math.*?</math>", "M", compile_text(text).html, flags=re.DOTALL).replace('"', "")
    assert html.strip() == f"<p>{shown}</p>"


def test_question_and_prerequisites_of_the_front_matter(compile_text: Compile) -> None:
    page = compile_text("---\nquestion: Why?\nprerequisites: [Algebra, 2]\n---\n# T\n")
    assert (page.question, page.prerequisites) == ("Why?", ("Algebra", "2"))
    assert compile_text("---\nprerequisites: Algebra\n---\n# T\n").prerequisites == ("Algebra",)


# Cells


def test_cell_keeps_name_limit_and_tags(compile_text: Compile) -> None:
    page = compile_text(
        "```{code-cell} python\n:name: fit\n:seconds: 5\n:tags: hide-input, skip-run\n\nx = 1\n\ny = 2\n```\n"
    )
    (cell,) = page.cells
    assert (cell.id, cell.seconds, cell.tags, cell.source, cell.runs) == (
        "fit",
        5,
        ("hide-input", "skip-run"),
        "x = 1\n\ny = 2",
        False,
    )
    assert 'data-seconds="5"' in cell.html and " data-skip" in cell.html and "cell-fold" in cell.html


# Mistakes: each row is a text, the line to blame and what the message must say


MISTAKES = [
    ("---\ntitle: [\n---\n", 2, "YAML"),
    ("x\n\n```{code-cel}\n1\n```\n", 3, "no directive “code-cel”"),
    ("x\ny {reff}`z`\n", 2, "no role “reff”"),
    ("```{code-cell}\n:seconds: soon\n1\n```\n", 1, "not a time limit"),
    ("```{code-cell}\nx = = 1\n```\n", 1, "not valid Python"),
    ("```{code-cell}\n:name: a\n1\n```\n\n```{code-cell}\n:name: a\n1\n```\n", 6, "two cells have the name"),
    ("\n![](x.png)\n", 2, "no text for those who cannot see"),
    ("{cite}`nobody`", 1, "no reference “nobody”"),
    (":::{card} Why?\nBecause.\n:::\n", 1, "has no id"),
    (":::{card} Why?\n:id: w\n:::\n", 1, "question or its answer"),
    ("(a)=\n# T\n\n$$x$$ (b)\n\n$$y$$ (b)\n", 6, "used twice"),
    ("```{exercise} E\n:id: e\n:kind: riddle\n```\n", 1, "not a kind"),
    ("Text[^1]\n\n[^1]: x\n\n```{note}\n---\na: [\n---\nx\n```\n", 6, "not valid YAML"),
]


@pytest.mark.parametrize(("text", "line", "words"), MISTAKES)
def test_mistake_names_its_line_and_what_is_expected(
    text: str, line: int, words: str, compile_text: Compile
) -> None:
    found = [fault for fault in compile_text(text).faults if words in fault.message]
    assert [fault.line for fault in found] == [line]
    assert found[0].expected


def test_all_mistakes_are_found_at_once(compile_text: Compile) -> None:
    whole = "\n\n".join(text for text, _, words in MISTAKES[1:] if words != "used twice")
    messages = "\n".join(fault.message for fault in compile_text(whole).faults)
    assert all(words in messages for _, _, words in MISTAKES[1:] if words != "used twice")


# Options and bibliographies


def test_options_by_lines_and_by_yaml_say_the_same() -> None:
    lines = parse_directive("{figure} a.png", ":name: f\n:alt: A b\n\nBody", 3)
    block = parse_directive("{figure} a.png", "---\nname: f\nalt: A b\n---\nBody", 3)
    assert lines and block
    assert lines.options == block.options == {"name": "f", "alt": "A b"}
    assert (lines.body, lines.body_line, block.body, block.body_line) == ("Body", 7, "Body", 8)


def test_bibtex_and_yaml_give_the_same_entry() -> None:
    bib = (
        '@article{h70, author = {Hoerl, A. E. and Kennard, R. W.}, title = "{Ridge} regression",'
        " year = 1970, journal={Technometrics}}"
    )
    yml = "h70: {authors: ['Hoerl, A. E.', 'Kennard, R. W.'], title: Ridge regression, year: 1970, in: Technometrics}"
    (one,), no_faults = parse_bib(bib, "references.bib")
    (other,), none_either = parse_yaml(yml, "references.yml")
    assert one == other and one.families == "Hoerl & Kennard" and not no_faults and not none_either


def test_address_of_a_reference_must_be_a_web_address() -> None:
    (entry,), _ = parse_yaml("a: {title: T, url: 'javascript:alert(1)'}", "references.yml")
    assert entry.url == ""
