"""An album of pages in one language: each is pictured, and what is wrong with it is written down."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from playwright.sync_api import Browser, Page

from tests.chromium import AXE, PHONE, Watch

VIOLATIONS = """rules => axe.run(rules).then(found => found.violations.flatMap(one =>
  one.nodes.map(node => `${one.id}: ${node.html.slice(0, 120)}`)))"""
STRICT_XHTML = {"runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa"]}
"""Pages on a disc are XHTML 1.0 Strict, which knows no landmarks, as rules beyond WCAG ask for."""
TOO_WIDE = """[document.documentElement, ...document.querySelectorAll('dialog[open]')]
  .some(one => one.scrollWidth > one.clientWidth)"""
SENTENCE = re.compile(r"(?:\b[A-Za-z][a-z']+\b[ ,]*){3}")
"""What tells a sentence from a name: three words in a row."""
MEANT = re.compile(r"Failed to load resource: the server responded with a status of 4|failed: \S+\.js csp$")
"""How a browser tells of a page that answers with a refusal, and of scripts that somebody switched off."""


class Album:
    """The pictures of one language, ``faults`` of its pages, and the sentences that stand on them."""

    def __init__(self, chromium: Browser, home: str, folder: Path, language: str) -> None:
        self._chromium, self._home, self.folder = chromium, home, folder
        self.language, self.faults, self.taken = language, list[str](), 0
        self.said: dict[str, set[str]] = {}
        folder.mkdir(parents=True, exist_ok=True)

    @contextmanager
    def visitor(
        self, size: dict[str, Any] = PHONE, *, home: str | None = None, **options: Any
    ) -> Iterator[Page]:
        """Open a clean browser of somebody who reads the album's language; its errors are faults.

        ``home`` is how every address begins that its pages may ask for.
        """
        context = self._chromium.new_context(
            base_url=self._home, locale=self.language, reduced_motion="reduce", **size, **options
        )
        page = context.new_page()
        watch = Watch(page, home or self._home)
        yield page
        context.close()
        self.faults += [f"{self.language}: {fault}" for fault in watch.faults if not MEANT.match(fault)]

    def take(self, page: Page, name: str) -> None:
        """Take a picture of all of a page; hold it against axe's rules and the screen's width."""
        self.taken += 1
        page.screenshot(path=self.folder / f"{name}.png", full_page=True)
        page.evaluate(AXE.read_text())
        faults = page.evaluate(VIOLATIONS, STRICT_XHTML if page.url.startswith("file:") else {})
        if page.evaluate(TOO_WIDE):
            faults.append("wider than the screen")
        if (spoken := page.evaluate("document.documentElement.lang")) != self.language:
            faults.append(f"speaks {spoken!r}")
        self.faults += [f"{self.language}/{name}: {fault}" for fault in faults]
        lines = page.evaluate("document.body.innerText").splitlines()
        self.said[name] = {line.strip() for line in lines if SENTENCE.search(line)}


def untranslated(english: Album, other: Album, data: set[str]) -> list[str]:
    """Return what pages say alike in English and in another language, but for the ``data`` shown there."""
    return [
        f"{other.language}/{name}: as in English: {line}"
        for name, lines in other.said.items()
        for line in sorted(lines & english.said[name])
        if not any(line == known or (known in line and len(line) < len(known) + 25) for known in data)
    ]
