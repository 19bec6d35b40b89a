"""A page of Chromium whose network nobody listens to.

Playwright listens to that of its own pages. Chromium then keeps every answer in the page's process and hands
every body that is sent to the listener: hundreds of megabytes that no person's browser holds, and time too.
This page is driven by the DevTools protocol alone.
"""

import json
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from playwright.sync_api import Browser, CDPSession

PATIENCE = 120

Cookie = tuple[str, str]
"""Name and value."""


class Unwatched:
    """One page in a profile of its own."""

    def __init__(self, browser: CDPSession, session: str) -> None:
        self._browser, self._session = browser, session
        self._last = 0
        self._answers: dict[int, Any] = {}
        browser.on("Target.receivedMessageFromTarget", self._take)

    def _take(self, told: dict[str, Any]) -> None:
        message = json.loads(told["message"])
        if told["sessionId"] == self._session and "id" in message:
            self._answers[message["id"]] = message

    def send(self, method: str, **parameters: Any) -> Any:
        """Ask the page's side of the protocol; return its result."""
        self._last += 1
        message = json.dumps({"id": self._last, "method": method, "params": parameters})
        self._browser.send("Target.sendMessageToTarget", {"sessionId": self._session, "message": message})
        while self._last not in self._answers:
            self._browser.send("Browser.getVersion")  # answers are heard while something is asked
        return self._answers.pop(self._last)["result"]

    def open(self, url: str, script: str) -> None:
        """Go to an address, running ``script`` before the page's own."""
        self.send("Page.enable")
        self.send("Page.addScriptToEvaluateOnNewDocument", source=script)
        self.send("Page.navigate", url=url)
        self.wait("() => document.readyState", "complete")

    def evaluate(self, function: str) -> Any:
        """Call a function of the page; return what it resolves to."""
        found = self.send(
            "Runtime.evaluate", expression=f"({function})()", awaitPromise=True, returnByValue=True
        )
        assert "exceptionDetails" not in found, found
        return found["result"].get("value")

    def choose(self, element_id: str, path: Path) -> None:
        """Choose a file or folder in a field of the page."""
        field = self.send("Runtime.evaluate", expression=f"document.getElementById('{element_id}')")
        self.send("DOM.setFileInputFiles", files=[str(path)], objectId=field["result"]["objectId"])

    def click(self, x: float, y: float) -> None:
        """Press the mouse at a place of the window and let go."""
        for kind in ("mousePressed", "mouseReleased"):
            self.send("Input.dispatchMouseEvent", type=kind, x=x, y=y, button="left", clickCount=1)

    def wait(self, function: str, wanted: object) -> None:
        """Wait until a function of the page returns that."""
        deadline = time.monotonic() + PATIENCE
        while self.evaluate(function) != wanted:
            assert time.monotonic() < deadline, f"not {wanted}: {function}"
            time.sleep(0.1)

    def megabytes(self) -> float:
        """Return what the page's process holds, its share of what is used in common included."""
        running = self._browser.send("SystemInfo.getProcessInfo")["processInfo"]
        return max(_held(one["id"]) for one in running if one["type"] == "renderer")


def _held(pid: int) -> float:
    told = Path(f"/proc/{pid}/smaps_rollup").read_text()
    return next(int(line.split()[1]) for line in told.splitlines() if line.startswith("Pss:")) / 1e3


@contextmanager
def unwatched(browser: Browser, url: str, script: str, *cookies: Cookie) -> Iterator[Unwatched]:
    """Open ``url`` with those cookies on a desktop, running ``script`` before the page's own."""
    with _page(browser, url, cookies) as page:
        page.open(url, script)
        yield page


@contextmanager
def unwatched_phone(browser: Browser, url: str, script: str, *cookies: Cookie) -> Iterator[Unwatched]:
    """The same, as large as a phone and touched by fingers."""
    with _page(browser, url, cookies) as page:
        page.send(
            "Emulation.setDeviceMetricsOverride", width=390, height=844, deviceScaleFactor=1, mobile=True
        )
        page.send("Emulation.setTouchEmulationEnabled", enabled=True)
        page.open(url, script)
        yield page


@contextmanager
def _page(browser: Browser, url: str, cookies: Sequence[Cookie]) -> Iterator[Unwatched]:
    session = browser.new_browser_cdp_session()
    profile = session.send("Target.createBrowserContext")["browserContextId"]
    given = [{"name": name, "value": value, "url": url} for name, value in cookies]
    session.send("Storage.setCookies", {"browserContextId": profile, "cookies": given})
    target = session.send("Target.createTarget", {"url": "about:blank", "browserContextId": profile})
    attached = session.send("Target.attachToTarget", {"targetId": target["targetId"], "flatten": False})
    try:
        yield Unwatched(session, attached["sessionId"])
    finally:
        session.send("Target.disposeBrowserContext", {"browserContextId": profile})
