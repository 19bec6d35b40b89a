"""A gate on the way to the store: as many files of a disc pass as a test wants, on any machine."""

import re

from playwright.sync_api import Page, Request, Route

LOOK_AGAIN_MS = 20


class Gate:
    """Lets the first files through to the store and holds the others back until it is opened."""

    def __init__(self, page: Page, takes: re.Pattern[str], first: int) -> None:
        """``takes`` are the addresses that take bytes."""
        self._page, self._takes, self._first = page, takes, first
        self._held: list[Route] = []
        self._sent = self._arrived = 0
        page.route(takes, self._pass)
        page.on("requestfinished", self._count)

    def wait(self) -> None:
        """Wait until the first have arrived and others are held back."""
        while not self._held or self._arrived < self._first:
            self._page.wait_for_timeout(LOOK_AGAIN_MS)

    def given_up(self) -> None:
        """Wait until the page has given up all that is held back."""
        while not all(route.request.failure for route in self._held):
            self._page.wait_for_timeout(LOOK_AGAIN_MS)

    def open(self) -> None:
        """Let everything through."""
        self._first = 1 << 31
        for route in self._held:
            route.continue_()

    def _count(self, request: Request) -> None:
        if request.method != "OPTIONS" and self._takes.match(request.url):
            self._arrived += 1

    def _pass(self, route: Route) -> None:
        if route.request.method != "OPTIONS":
            self._sent += 1
        if self._sent <= self._first:
            route.continue_()
        else:
            self._held.append(route)
