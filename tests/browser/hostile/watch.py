"""What must be the same after every attack, read from outside the sandbox."""

from __future__ import annotations

from typing import Any

from hostile.canary import Canary
from playwright.sync_api import Locator, Page, expect

SECRET = "only-for-this-page"

SEED = """async (secret) => {
  document.cookie = `session=${secret}; path=/`;
  localStorage.setItem('secret', secret);
  const opened = indexedDB.open('seeded', 1);
  await new Promise((resolve) => {
    opened.onupgradeneeded = () => opened.result.createObjectStore('notes').put(secret, 'note');
    opened.onsuccess = resolve;
  });
  opened.result.close();
}"""

UNTIL_KEPT = """async () => {
  while (!(await caches.has('pellucid-runtime'))) await new Promise((resolve) => setTimeout(resolve, 100));
}"""

# Cells, exercises and the notes change by themselves; nothing else does.
STATE = """async () => {
  const main = document.querySelector('main').cloneNode(true);
  for (const part of main.querySelectorAll('pellucid-cell, pellucid-exercise, pellucid-notes')) part.remove();
  const opened = indexedDB.open('seeded', 1);
  await new Promise((resolve) => { opened.onsuccess = resolve; });
  const request = opened.result.transaction('notes').objectStore('notes').get('note');
  await new Promise((resolve) => { request.onsuccess = resolve; });
  opened.result.close();
  return {
    cookie: document.cookie, secret: localStorage.getItem('secret'), keys: localStorage.length, note: request.result,
    databases: (await indexedDB.databases()).map(({ name }) => name).sort(), caches: (await caches.keys()).sort(),
    workers: (await navigator.serviceWorker.getRegistrations()).length,
    title: document.title, address: location.href, main: main.innerHTML, pwned: window.pwned ?? null,
    frames: document.querySelectorAll('iframe').length, scripts: document.querySelectorAll('script').length,
  };
}"""

# What code may put into an output: text, tables and pictures, without handlers, links or anything that loads.
FOREIGN = """(region) => [...region.querySelectorAll('*')].flatMap((element) => {
  const handlers = element.getAttributeNames().filter((name) => name.startsWith('on'));
  const allowed = 'P DIV PRE CODE SPAN TABLE CAPTION THEAD TBODY TR TH TD IMG FIGURE FIGCAPTION OL UL LI STRONG EM BUTTON'
    + ' SECTION H4 H5 DL DT DD KBD DETAILS SUMMARY';
  const picture = element.tagName === 'IMG' && !element.src.startsWith('blob:');
  return handlers.length || picture || !allowed.split(' ').includes(element.tagName) ? [element.outerHTML.slice(0, 200)] : [];
})"""


class Watch:
    """One page under attack."""

    def __init__(self, page: Page, url: str, canary: Canary) -> None:
        self.page = page
        self.canary = canary
        self.happened: list[str] = []
        page.on("dialog", self._dismiss)
        page.on("popup", lambda popup: self.happened.append(f"window {popup.url}"))
        page.on("pageerror", lambda error: self.happened.append(f"error {error}"))
        page.on("download", lambda download: self.happened.append(f"download {download.url}"))
        page.goto(url)
        page.evaluate(SEED, SECRET)
        self.before: dict[str, Any] = {}
        page.on("framenavigated", self._navigated)

    def begin(self) -> None:
        """From now on nothing may change: the page has kept the runtime's files, which it does some seconds after a start."""
        self.page.evaluate(UNTIL_KEPT)
        self.before = self.page.evaluate(STATE)

    def _dismiss(self, dialog: Any) -> None:
        self.happened.append(f"dialog {dialog.message}")
        dialog.dismiss()

    def _navigated(self, frame: Any) -> None:
        if frame == self.page.main_frame:
            self.happened.append(f"navigation to {frame.url}")

    def assert_contained(self, region: Locator) -> None:
        """Nothing heard, nothing changed, nothing foreign in `region`, and the page still answers."""
        assert (
            self.page.evaluate("() => new Promise((resolve) => setTimeout(resolve, 0, 'awake'))") == "awake"
        )
        assert self.canary.heard == []
        assert self.happened == []
        assert self.page.evaluate(STATE) == self.before
        assert region.evaluate(FOREIGN) == []
        expect(region).not_to_contain_text(SECRET)
