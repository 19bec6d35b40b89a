"""What a visitor reads beside the pictures is in the visitor's language: dates, reasons, notes."""

from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser.conftest import Service
from tests.chromium import PHONE
from tests.factories import ct_dataset, part10

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("browser")]

SERIES = "1.2.826.0.1.3680043.8.498.59."


def picture(number: int, **changes: Any) -> bytes:
    return part10(ct_dataset(1, side=32, SeriesInstanceUID=f"{SERIES}{number}", **changes))


@pytest.fixture(scope="module")
def disc_id(served: Service, tmp_path_factory: pytest.TempPathFactory) -> str:
    """A picture that does not say how high it is, and one that is cut short."""
    folder: Path = tmp_path_factory.mktemp("languages")
    told = {"StudyDate": "20260401", "PatientBirthDate": "19610501"}
    (folder / "1").write_bytes(picture(1, Rows=None, **told))
    (folder / "2").write_bytes(picture(2, PixelData=b"1234", SeriesNumber=2, **told))
    return served.disc(folder)


def open_in(browser: Browser, served: Service, disc_id: str, language: str) -> Page:
    key = served.share(disc_id, language=language)
    page = browser.new_context(base_url=served.url, locale=language, **PHONE).new_page()
    page.goto(f"/s/{key.token}")
    page.fill("[name=pin]", key.pin)
    page.keyboard.press("Enter")
    expect(page.locator("#stage")).to_have_attribute("data-state", "exact", timeout=20_000)
    return page


@pytest.mark.parametrize(
    ("language", "born", "study", "note", "reason"),
    [
        ("en", "1 May 1961", "1 April 2026", "was worked out from the picture", "is cut short"),
        ("de", "1. Mai 1961", "1. April 2026", "aus dem Bild selbst errechnet", "ist abgeschnitten"),
        ("es", "1 de mayo de 1961", "1 de abril de 2026", "a partir de la propia imagen", "está cortada"),
        ("fr", "1er mai 1961", "1er avril 2026", "calculée d’après l’image", "est coupée"),
    ],
)
def test_dates_notes_and_reasons_are_in_the_visitors_language(
    chromium: Browser,
    served: Service,
    disc_id: str,
    language: str,
    born: str,
    study: str,
    note: str,
    reason: str,
) -> None:
    page = open_in(chromium, served, disc_id, language)
    expect(page.locator("header .born")).to_contain_text(born)
    expect(page.locator("#study")).to_contain_text(study)
    expect(page.locator("#notice")).to_contain_text(note)
    expect(page.locator(".unshown")).to_contain_text(reason)
    page.context.close()
