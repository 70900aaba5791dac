"""LaTeX to MathML at build time, by Temml in an embedded V8 (docs/decisions/math.md)."""

from __future__ import annotations

import atexit
import html
import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING, cast

if TYPE_CHECKING:
    from py_mini_racer import MiniRacer

BATCH_MILLISECONDS = 20_000
MEMORY_BYTES = 512 * 2**20

_GLUE = """
function renderMany(text) {
  const { formulas, macros } = JSON.parse(text);
  const render = ([tex, displayMode]) => {
    try { return temml.renderToString(tex, { displayMode, macros, annotate: true, throwOnError: true }); }
    catch (error) { return { error: String(error.message) }; }
  };
  return JSON.stringify(formulas.map(render));
}
"""


@dataclass(frozen=True)
class Formula:
    """LaTeX between dollars; `display` when it stands on its own line."""

    tex: str
    display: bool = False


@dataclass(frozen=True)
class Rendered:
    """MathML, or what is wrong with the LaTeX (then `html` shows the source)."""

    html: str
    error: str | None = None


# MathJax and amsmath forms that Temml does not know, each with the form that it does. Numbers and labels are the page's
# matter, so they are taken out.
_REWRITES: tuple[tuple[re.Pattern[str], str], ...] = (
    (re.compile(r"\\(begin|end)\{(equation|align|gather|alignat|multline)\}"), r"\\\1{\2*}"),
    (re.compile(r"\\(begin|end)\{(?:flalign|eqnarray)\*?\}"), r"\\\1{align*}"),
    (re.compile(r"\\label\s*\{[^{}]*\}"), ""),
    (re.compile(r"\\require\s*\{[^{}]*\}"), ""),
    (re.compile(r"\\mbox\b"), r"\\text"),
    (re.compile(r"\\(nonumber|notag)\b"), ""),
    (re.compile(r"\\(eqref|ref)\s*\{([^{}]*)\}"), r"\\text{(\2)}"),
)
_TEXT = re.compile(r"\\text(?:rm|bf|it|tt|sf)?\{[^{}$]*\}")
_PLAIN_UNDERSCORE = re.compile(r"(?<!\\)_")
_EQNARRAY_RELATION = re.compile(r"&\s*([^&\\]|\\[A-Za-z]+)\s*&")
_ANNOTATION = re.compile(r'(<annotation encoding="application/x-tex">).*?(</annotation>)', re.DOTALL)
_DEFINITION = re.compile(
    r"\\(?P<how>newcommand|renewcommand|providecommand|DeclareMathOperator\*?|def|gdef)\s*"
    r"(?:\{\s*(?P<braced>\\[A-Za-z]+)\s*\}|(?P<bare>\\[A-Za-z]+))\s*(?:\[\d\])?(?:#\d)*\s*\{"
)


class Formulas:
    """Renders formulas in batches and remembers them; V8 starts with the first that is not remembered."""

    def __init__(self) -> None:
        self._known: dict[Formula, Rendered] = {}

    def render(self, formulas: Sequence[Formula], macros: Mapping[str, str] | None = None) -> list[Rendered]:
        """One result a formula, in order. `macros` and the definitions among the formulas hold for all that follow."""
        defined = dict(macros or {})
        cleaned = [Formula(_take_definitions(formula.tex, defined), formula.display) for formula in formulas]
        if defined:
            results = _convert(cleaned, defined)
        else:
            missing = [formula for formula in dict.fromkeys(cleaned) if formula not in self._known]
            if missing:
                self._known.update(zip(missing, _convert(missing, {}), strict=True))
            results = [self._known[formula] for formula in cleaned]
        return [_with_source(result, formula) for result, formula in zip(results, formulas, strict=True)]


def _with_source(result: Rendered, formula: Formula) -> Rendered:
    source = html.escape(formula.tex.strip())
    if result.error is not None:
        tag = "pre" if formula.display else "code"
        message = html.escape(result.error)
        return Rendered(f'<{tag} class="math-error" title="{message}">{source}</{tag}>', result.error)
    return Rendered(_ANNOTATION.sub(lambda m: m[1] + source + m[2], result.html))


def _take_definitions(tex: str, macros: dict[str, str]) -> str:
    """`tex` without its macro definitions, which go to `macros`: as in MathJax they hold for the rest of the page."""
    start = 0
    while match := _DEFINITION.search(tex, start):
        end = _closing_brace(tex, match.end())
        if end is None:
            return tex
        body = tex[match.end() : end]
        if match["how"].startswith("DeclareMathOperator"):
            body = rf"\operatorname{'*' if match['how'].endswith('*') else ''}{{{body}}}"
        macros[match["braced"] or match["bare"]] = body
        tex, start = tex[: match.start()] + tex[end + 1 :], match.start()
    return tex


def _closing_brace(tex: str, start: int) -> int | None:
    depth = 1
    for place in range(start, len(tex)):
        if tex[place] in "{}" and tex[place - 1] != "\\":
            depth += 1 if tex[place] == "{" else -1
            if depth == 0:
                return place
    return None


def rewrite(tex: str) -> str:
    """`tex` in the dialect that Temml reads."""
    if "{eqnarray" in tex:
        tex = _EQNARRAY_RELATION.sub(r"&\1 ", tex)
    for pattern, replacement in _REWRITES:
        tex = pattern.sub(replacement, tex)
    # In text, MathJax takes an underscore as it stands.
    return _TEXT.sub(lambda match: _PLAIN_UNDERSCORE.sub(r"\\_", match[0]), tex).strip()


def _convert(formulas: Sequence[Formula], macros: Mapping[str, str]) -> list[Rendered]:
    request = {"formulas": [[rewrite(f.tex), f.display] for f in formulas], "macros": macros}
    from py_mini_racer import JSEvalException

    try:
        answer = cast("str", _engine().call("renderMany", json.dumps(request), timeout=BATCH_MILLISECONDS))
    except JSEvalException:  # out of time or memory: what is left of the engine cannot be trusted
        _engine().close()
        _engine.cache_clear()
        return [Rendered("", "it takes too long to set.")] * len(formulas)
    return [
        Rendered(item) if isinstance(item, str) else Rendered("", _first_line(item["error"]))
        for item in cast("list[str | dict[str, str]]", json.loads(answer))
    ]


def _first_line(error: str) -> str:
    # Temml marks the spot with combining underlines, which no terminal shows well.
    return error.replace("\u0332", "").split(": \n")[0].strip()


@cache
def _engine() -> MiniRacer:
    from py_mini_racer import MiniRacer

    engine = MiniRacer()
    # Its threads must end before the interpreter's own teardown begins, or the process may never end.
    atexit.register(engine.close)
    engine.set_hard_memory_limit(MEMORY_BYTES)
    engine.eval((files("pellucid.book") / "vendor" / "temml" / "temml.min.js").read_text(encoding="utf-8"))
    engine.eval(_GLUE)
    return engine
