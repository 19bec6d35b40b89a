"""Debian's Chromium for tests: how it is started, what sizes it takes, and a watch over its pages."""

import os
import subprocess
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from playwright.sync_api import Locator, Page

CHROMIUM = os.environ.get("VCD_CHROMIUM", "/usr/bin/chromium")
LEFT = "net::ERR_ABORTED"
"""How a request ends that the page itself gave up, by being left."""
SWIFTSHADER = ("--no-sandbox", "--use-gl=angle", "--use-angle=swiftshader", "--enable-unsafe-swiftshader")
DESKTOP: dict[str, Any] = {"viewport": {"width": 1440, "height": 900}}
AXE = Path(__file__).parents[1] / "app/frontend/node_modules/axe-core/axe.min.js"
VIOLATIONS = "axe.run().then(found => found.violations.map(one => `${one.id}: ${one.nodes[0].html}`))"
PHONE: dict[str, Any] = {"viewport": {"width": 390, "height": 844}, "has_touch": True, "is_mobile": True}


Point = tuple[float, float]
RESTS_MS = 200
LONG_PRESS_MS = 450
NEVER_A_LONG_PRESS = f"""() => {{
  const wait = setTimeout;
  window.setTimeout = (act, ms, ...more) => wait(act, ms === {LONG_PRESS_MS} ? 1e9 : ms, ...more);
}}"""
PAINTED = "() => new Promise((go) => requestAnimationFrame(() => requestAnimationFrame(go)))"


def painted(page: Page) -> None:
    """Wait until what the page was told so far is on the screen: the browser has drawn it, however late."""
    page.evaluate(PAINTED)


def drag_over(page: Page, points: Sequence[Point]) -> None:
    """Press the mouse at the first of these places on the screen, move over the others, let go."""
    first, *rest = points
    page.mouse.move(*first)
    page.mouse.down()
    for point in rest:
        page.mouse.move(*point, steps=4)
    page.mouse.up()


def accessible(page: Page) -> None:
    """Hold a page that has come whole against axe's rules, on the screen that it stands on."""
    page.wait_for_load_state()
    page.evaluate(AXE.read_text())
    assert page.evaluate(VIOLATIONS) == []


def accessible_on_every_screen(page: Page) -> None:
    """Hold a page against axe's rules on a desk's screen and on a phone's; it never scrolls sideways."""
    for screen in (DESKTOP, PHONE):
        page.set_viewport_size(screen["viewport"])
        assert page.evaluate("document.documentElement.scrollWidth - innerWidth") <= 0
        accessible(page)
    page.set_viewport_size(DESKTOP["viewport"])


def scanned(picture: Locator, folder: Path) -> str:
    """Return what a camera reads from the QR code that ``picture`` shows."""
    file = folder / "code.png"
    picture.screenshot(path=file)
    read = subprocess.run(["zbarimg", "--raw", "--quiet", file], capture_output=True, text=True, check=True)
    return read.stdout.strip()


class Watch:
    """All that went wrong in a page, and every foreign address it asked for."""

    def __init__(self, page: Page, home: str) -> None:
        self.faults: list[str] = []
        page.on("console", lambda line: self._note(line.type in ("error", "warning"), line.text))
        page.on("pageerror", lambda error: self._note(True, str(error)))
        page.on(
            "requestfailed", lambda one: self._note(one.failure != LEFT, f"failed: {one.url} {one.failure}")
        )
        page.on(
            "request",
            lambda one: self._note(not one.url.startswith((home, "blob:", "data:")), f"foreign: {one.url}"),
        )

    def _note(self, wrong: bool, text: str) -> None:
        if wrong:
            self.faults.append(text)


class Fingers:
    """Real touches on a page, by the browser's own protocol; places are CSS pixels of the window.

    None counts as a long press, however long a busy machine takes from one touch to the next, but where a
    test means one (``resting``).
    """

    def __init__(self, page: Page, *, resting: bool = False) -> None:
        if not resting:
            page.evaluate(NEVER_A_LONG_PRESS)
        self._page = page
        self._session = page.context.new_cdp_session(page)

    def send(self, kind: str, *points: Point) -> None:
        """Begin, move or end: ``Start``, ``Move``, ``End``; the points are those of all fingers."""
        told = [{"x": x, "y": y} for x, y in points]
        self._session.send("Input.dispatchTouchEvent", {"type": f"touch{kind}", "touchPoints": told})

    def swipe(self, *points: Point) -> None:
        """Draw one finger over these places and let it rest: after a fling, browsers swallow the next tap."""
        self.send("Start", points[0])
        for point in points[1:]:
            self.send("Move", point)
        self._page.wait_for_timeout(RESTS_MS)
        self.send("End")
