"""The examples of docs/reference/torch_text.md and of the docstrings give what they say."""

from __future__ import annotations

import doctest
from pathlib import Path

import pellucid.torch.text.tokenizer as tokenizer

PAGE = Path(__file__).parents[3] / "docs" / "reference" / "torch_text.md"


def test_the_page_says_what_is() -> None:
    failed, attempted = doctest.testfile(str(PAGE), module_relative=False, encoding="utf-8")
    assert failed == 0 and attempted >= 10


def test_docstrings_say_what_is() -> None:
    failed, attempted = doctest.testmod(tokenizer)
    assert failed == 0 and attempted >= 2
