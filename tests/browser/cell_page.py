"""What tests of cells do with a page: the cell as a reader meets it."""

from __future__ import annotations

import re
from pathlib import Path

from playwright.sync_api import Locator, Page, expect

# A cold start of Python on two busy cores.
expect.set_options(timeout=60_000)

BOOK = Path(__file__).parent / "books" / "cells"


class Cell:
    """One cell of a page, by the author's name of it."""

    def __init__(self, page: Page, name: str) -> None:
        self.page = page
        self.root = page.locator(f"#cell-{name}")
        self.status = self.root.get_by_role("status")
        self.output = self.root.get_by_label(re.compile("^Output of cell"))
        self.code = self.root.get_by_role("textbox", name=re.compile("^Code of cell"))

    def button(self, name: str) -> Locator:
        return self.root.get_by_role("button", name=name, exact=True)

    def run(self) -> None:
        self.button("Run").click()

    def run_to_end(self) -> None:
        self.run()
        self.has_run()

    def has_run(self) -> None:
        expect(self.status).to_contain_text(re.compile(r"^Ready · Run \d+"))

    def open_editor(self) -> Locator:
        """The editor proper, once it has replaced the listing."""
        self.root.scroll_into_view_if_needed()
        editor = self.root.locator(".cm-content")
        expect(editor).to_be_visible()
        return editor

    def type_over(self, text: str) -> None:
        """Replaces the code, as a person does."""
        self.open_editor().click()
        self.page.keyboard.press("Control+a")
        self.page.keyboard.insert_text(text)

    @property
    def text(self) -> str:
        lines: list[str] = self.root.locator(".cm-line").all_inner_texts()
        return "\n".join("" if line == "\n" else line for line in lines)
