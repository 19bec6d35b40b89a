"""A page of Chromium whose network nobody listens to.

Playwright listens to that of its own pages, and Chromium then keeps every answer in the page's process:
hundreds of megabytes that no visitor's browser holds. This page is driven by the DevTools protocol alone.
"""

import json
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from playwright.sync_api import Browser, CDPSession

PATIENCE = 120


class Unwatched:
    """One page in a profile of its own, as large as a phone and touched by fingers."""

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

    def evaluate(self, function: str) -> Any:
        """Call a function of the page; return what it resolves to."""
        found = self.send(
            "Runtime.evaluate", expression=f"({function})()", awaitPromise=True, returnByValue=True
        )
        assert "exceptionDetails" not in found, found
        return found["result"].get("value")

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
def unwatched(browser: Browser, url: str, cookie: tuple[str, str], script: str) -> Iterator[Unwatched]:
    """Open ``url`` with that cookie, running ``script`` before the page's own."""
    session = browser.new_browser_cdp_session()
    profile = session.send("Target.createBrowserContext")["browserContextId"]
    name, value = cookie
    session.send(
        "Storage.setCookies",
        {"browserContextId": profile, "cookies": [{"name": name, "value": value, "url": url}]},
    )
    target = session.send("Target.createTarget", {"url": "about:blank", "browserContextId": profile})
    attached = session.send("Target.attachToTarget", {"targetId": target["targetId"], "flatten": False})
    page = Unwatched(session, attached["sessionId"])
    page.send("Page.enable")
    page.send("Emulation.setDeviceMetricsOverride", width=390, height=844, deviceScaleFactor=1, mobile=True)
    page.send("Emulation.setTouchEmulationEnabled", enabled=True)
    page.send("Page.addScriptToEvaluateOnNewDocument", source=script)
    page.send("Page.navigate", url=url)
    try:
        yield page
    finally:
        session.send("Target.disposeBrowserContext", {"browserContextId": profile})
