"""The front desk's service, and discs for it."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, StorageState

from tests.browser.conftest import Service, log_in, serving
from tests.browser.uploading.desk import Desk, OpenDesk, ct_series
from tests.chromium import DESKTOP, PHONE, Watch
from tests.factories import OTHER_PATIENT


@pytest.fixture(scope="session")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    """A service of these tests' own: elsewhere the same UIDs with other bytes would need a decision."""
    data = tmp_path_factory.mktemp("uploads")
    with serving(data, f"file://{data / 'store'}") as running:
        yield running


@pytest.fixture(scope="session")
def logged_in(chromium: Browser, served: Service) -> StorageState:
    return log_in(chromium, served)


@pytest.fixture
def open_desk(chromium: Browser, served: Service, logged_in: StorageState) -> Iterator[OpenDesk]:
    """Open the New disc page; nothing may go wrong but what a test breaks on purpose (``forgiving``)."""
    contexts: list[BrowserContext] = []
    watches: list[Watch] = []

    def open_page(path: str = "/discs/new", *, phone: bool = False, forgiving: bool = False) -> Desk:
        settings: dict[str, Any] = PHONE if phone else DESKTOP
        context = chromium.new_context(
            base_url=served.url, storage_state=logged_in, locale="en-GB", **settings
        )
        contexts.append(context)
        page = context.new_page()
        if not forgiving:
            watches.append(Watch(page, served.url))
        page.on("dialog", lambda dialog: dialog.accept())
        page.goto(path)
        return Desk(page, served.site)

    yield open_page
    for context in contexts:
        context.close()
    assert [fault for watch in watches for fault in watch.faults] == []


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    disc = tmp_path / "disc"
    disc.mkdir()
    return disc


@pytest.fixture
def two_people(folder: Path) -> Path:
    for name, changes in (("A", {}), ("B", OTHER_PATIENT)):
        (folder / name).mkdir()
        ct_series(folder / name, 3, **changes)
    return folder
