"""The dialect: MyST Markdown as markdown-it-py reads it."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from typing import Any, cast

from markdown_it import MarkdownIt
from markdown_it.token import Token
from mdit_py_plugins.amsmath import amsmath_plugin
from mdit_py_plugins.colon_fence import colon_fence_plugin
from mdit_py_plugins.deflist import deflist_plugin
from mdit_py_plugins.dollarmath import dollarmath_plugin
from mdit_py_plugins.footnote import footnote_plugin
from mdit_py_plugins.front_matter import front_matter_plugin
from mdit_py_plugins.myst_blocks import myst_block_plugin
from mdit_py_plugins.myst_role import myst_role_plugin
from mdit_py_plugins.tasklists import tasklists_plugin

from pellucid.book.renderer import RULES, PageRenderer


@cache
def markdown_parser() -> MarkdownIt:
    """The one parser of the book; all state of a page is in the `env` that is passed to it."""
    parser = (
        MarkdownIt("commonmark", renderer_cls=PageRenderer)
        .enable(["table", "strikethrough"])
        .use(front_matter_plugin)
        .use(myst_block_plugin)
        .use(myst_role_plugin)
        .use(dollarmath_plugin, allow_digits=False, double_inline=True)
        .use(amsmath_plugin)
        .use(colon_fence_plugin)
        .use(deflist_plugin)
        .use(footnote_plugin)
        .use(tasklists_plugin)
    )
    # Plugins bring rules of their own; ours come last.
    rules = cast("PageRenderer", parser.renderer).rules
    rules.update({name: getattr(parser.renderer, name) for name in RULES})
    # Directives are parsed one inside the other; the renderer gathers their footnotes once, at the end of the page.
    return parser.disable("footnote_tail")


def render_tokens(tokens: Sequence[Token], env: dict[str, Any]) -> str:
    """HTML of block tokens."""
    parser = markdown_parser()
    return cast("PageRenderer", parser.renderer).render(tokens, parser.options, env)


def render_inline(tokens: Sequence[Token], env: dict[str, Any]) -> str:
    """HTML of the tokens within one paragraph."""
    parser = markdown_parser()
    return cast("PageRenderer", parser.renderer).renderInline(tokens, parser.options, env)
