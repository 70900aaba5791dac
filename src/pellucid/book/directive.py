"""The syntax of a directive: ```{name} argument, `:option: value` lines or a YAML block, then the body."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Any, cast

from pellucid.book.yaml_text import YamlError, read_yaml

_INFO = re.compile(r"^\{([\w:.+-]+)\}\s*(.*)$", re.DOTALL)
_OPTION = re.compile(r"^:([\w-]+):(?:\s+(.*))?$")


@dataclass(frozen=True)
class Directive:
    """`line` is that of the opening fence and `body_line` that of the body's first line, both from 1."""

    name: str
    argument: str
    body: str
    line: int
    body_line: int
    options: dict[str, str] = field(default_factory=dict[str, str])
    broken_options: str = ""

    def option(self, *names: str, default: str = "") -> str:
        """The first of `names` that is given."""
        return next((self.options[name] for name in names if name in self.options), default)

    def words(self, name: str) -> tuple[str, ...]:
        """An option that is a list: `a, b` or `[a, b]`."""
        return tuple(word for word in re.split(r"[\s,\[\]\"']+", self.options.get(name, "")) if word)


def parse_directive(info: str, content: str, line: int) -> Directive | None:
    """The directive of a fence, or None for a fence that is not one."""
    match = _INFO.match(info.strip())
    if match is None:
        return None
    lines = content.split("\n")
    if lines and lines[0].strip() == "---":
        end = next((i for i, text in enumerate(lines[1:], 1) if text.strip() == "---"), None)
        if end is not None:
            options, broken = _yaml_options("\n".join(lines[1:end]))
            return _directive(match, lines, end + 1, line, options, broken)
    options: dict[str, str] = {}
    taken = 0
    for text in lines:
        option = _OPTION.match(text.strip())
        if option is None:
            break
        options[option[1].lower()] = (option[2] or "").strip()
        taken += 1
    return _directive(match, lines, taken, line, options, "")


def _directive(
    match: re.Match[str], lines: list[str], taken: int, line: int, options: dict[str, str], broken: str
) -> Directive:
    while taken and taken < len(lines) and not lines[taken].strip():  # the blank line that ends the options
        taken += 1
    body = "\n".join(lines[taken:])
    return Directive(
        match[1].lower(), match[2].strip(), body.removesuffix("\n"), line, line + 1 + taken, options, broken
    )


def _yaml_options(text: str) -> tuple[dict[str, str], str]:
    try:
        data: Any = read_yaml(text)
    except YamlError:
        return {}, "the options are not valid YAML."
    if data is None:
        return {}, ""
    if not isinstance(data, dict):
        return {}, "the options are not a mapping."
    fields = cast("dict[Any, Any]", data)
    return {
        str(name).lower(): ", ".join(map(str, cast("list[Any]", value)))
        if isinstance(value, list)
        else str(value)
        for name, value in fields.items()
    }, ""
