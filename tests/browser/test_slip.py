"""The paper slip as a printer gets it: one A4 page, a QR code that leads to the link, in any language."""

import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page

from app.accounts.languages import LANGUAGES
from app.accounts.models import Organisation
from tests.browser.conftest import Service
from tests.factories import a_disc
from tests.staff import PASSWORD, a_member

pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(
        not all(map(shutil.which, ("zbarimg", "pdftoppm", "pdftotext"))),
        reason="reading a printed QR code needs zbar-tools and poppler-utils",
    ),
]

WORDS = {
    "en": ("Your images from Lakeside Hospital", "Tear here", "Keep apart from the page above."),
    "es": ("Sus imágenes de Lakeside Hospital", "PIN"),
    "de": ("Ihre Bilder von Lakeside Hospital", "Hier abreißen", "PIN"),
    "fr": ("Vos images transmises par Lakeside Hospital", "Détachez ici", "Code PIN"),
}


@pytest.fixture(scope="module")
def desk(chromium: Browser, served: Service) -> Page:
    """The desk's page, logged in."""
    with served.site.sessions() as session:
        hospital = session.get_one(Organisation, served.organisation_id)
        session.expunge(hospital)
    a_member(served.site, hospital, email="slip@test.example")
    page = chromium.new_context(base_url=served.url, locale="en-GB").new_page()
    page.goto("/login")
    page.fill("[name=email]", "slip@test.example")
    page.fill("[name=password]", PASSWORD)
    page.keyboard.press("Enter")
    page.wait_for_url("**/discs")
    return page


@pytest.fixture(scope="module")
def disc_id(served: Service) -> str:
    with served.site.sessions() as session:
        return a_disc(served.site, session.get_one(Organisation, served.organisation_id))


def run(*command: str | Path) -> str:
    return subprocess.run(list(map(str, command)), capture_output=True, text=True, check=True).stdout


@pytest.fixture
def printed(desk: Page, disc_id: str, tmp_path: Path) -> Callable[[str], tuple[Path, str]]:
    """Print a slip in a language; return the PDF and the link that the page holds for copying."""

    def print_slip(language: str) -> tuple[Path, str]:
        desk.goto(f"/discs/{disc_id}/share")
        desk.select_option("[name=language]", language)
        desk.click("[name=channel][value=slip]")
        desk.wait_for_selector(".made-ways")
        desk.wait_for_load_state()
        path = tmp_path / "slip.pdf"
        path.write_bytes(desk.pdf(format="A4", print_background=False))
        return path, str(desk.locator("[data-copy]").get_attribute("data-copy"))

    return print_slip


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_slip_is_one_page_whose_code_a_phone_reads(
    printed: Callable[[str], tuple[Path, str]], tmp_path: Path, served: Service, language: str
) -> None:
    pdf, link = printed(language)
    assert "Pages:           1\n" in run("pdfinfo", pdf)
    run("pdftoppm", "-r", "150", "-png", pdf, tmp_path / "slip")
    (picture,) = tmp_path.glob("slip*.png")
    assert run("zbarimg", "--quiet", "--raw", picture).strip() == link
    assert link.startswith(f"{served.url}/s/")
    words = " ".join(run("pdftotext", pdf, "-").split())
    for said in WORDS[language]:
        assert said in words
    for private in ("Patient", "TEST-1", "chest"):
        assert private not in words
