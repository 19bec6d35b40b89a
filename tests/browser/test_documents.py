"""Documents in the viewer: read where the pictures are seen, unable to do anything."""

import re
from collections.abc import Callable
from pathlib import Path

import pydicom
import pytest
from playwright.sync_api import Page, expect

from tests import documents
from tests.browser.conftest import Service
from tests.chromium import accessible
from tests.factories import ct_series

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("browser")]


@pytest.fixture(scope="module")
def disc_id(served: Service, tmp_path_factory: pytest.TempPathFactory) -> str:
    folder = tmp_path_factory.mktemp("documents")
    ct_series(folder, 5)
    (folder / "SR").write_bytes(documents.report("<b>No</b> acute findings."))
    (folder / "PDF").write_bytes(documents.pdf())
    (folder / "Letter.pdf").write_bytes(documents.PDF)
    (folder / "Knee.jpg").write_bytes(documents.photo(900, 700))
    return served.disc(folder)


def test_a_report_is_read_as_headings_text_and_a_table(
    served: Service, disc_id: str, visit: Callable[..., Page]
) -> None:
    page = visit(served.share(disc_id))
    page.locator("header [data-sheet=report]").click()
    page.get_by_role("button", name="Read: Report,").first.click()
    reading = page.locator("#reading-sheet")
    expect(reading.get_by_role("heading", name="Findings")).to_be_visible()
    expect(reading).to_contain_text("<b>No</b> acute findings.")
    expect(reading).to_contain_text("This report has not been verified by a physician yet.")
    row = reading.get_by_role("row", name="Diameter")
    expect(row.get_by_role("cell").first).to_have_text("12.5 mm")
    page.keyboard.press("Escape")
    expect(reading).to_have_count(0)


def test_a_name_in_a_report_is_the_first_that_says_something(
    served: Service, visit: Callable[..., Page], tmp_path: Path
) -> None:
    """PS3.5 6.2.1: of its three groups the alphabetic one may be empty."""
    read_by = documents.item("PNAME", "Read by", PersonName="=Reader^Test")
    (tmp_path / "SR").write_bytes(documents.report(items=[read_by]))
    page = visit(served.share(served.disc(tmp_path)))
    page.locator("#message").get_by_role("button", name="Documents").click()
    page.get_by_role("button", name="Read: Report,").click()
    expect(page.locator("#reading-sheet")).to_contain_text("Test Reader")


def test_a_report_stands_beside_the_pictures_and_over_them_on_a_phone(
    served: Service, visit: Callable[..., Page], tmp_path: Path
) -> None:
    ct_series(tmp_path, 5)
    (tmp_path / "SR").write_bytes(documents.report())
    key = served.share(served.disc(tmp_path))
    for phone in (False, True):
        page = visit(key, phone=phone)
        stage = page.locator("#stage")
        expect(stage).to_have_attribute("data-state", "exact", timeout=20_000)
        page.locator(".bar [data-sheet=report]" if phone else "header [data-sheet=report]").click()
        page.locator("#report-sheet").get_by_role("button", name="Read: Report,").click()
        reading = page.locator("#reading-sheet")
        expect(reading).to_contain_text("No acute findings.")
        accessible(page)
        assert page.evaluate("document.querySelector('#reading-sheet').matches(':modal')") == phone
        if not phone:
            picture, words = stage.bounding_box(), reading.bounding_box()
            assert picture is not None
            assert words is not None
            assert picture["x"] + picture["width"] <= words["x"]
            stage.click()
            page.keyboard.press("Home")
            expect(page.locator("#over .bottom-left")).to_have_text("1 / 5")
            reading.get_by_role("button", name="Close").focus()
        page.keyboard.press("Escape")
        expect(reading).to_have_count(0)


def test_a_pdf_is_framed_and_its_answer_forbids_it_everything(
    served: Service, disc_id: str, visit: Callable[..., Page]
) -> None:
    page = visit(served.share(disc_id))
    page.locator("header [data-sheet=report]").click()
    addresses = page.evaluate(
        "JSON.parse(document.getElementById('manifest').textContent).documents"
        ".filter(({ document }) => document?.kind === 'pdf').map(({ document }) => document.url)"
    )
    assert len(addresses) == 2
    for address in addresses:
        answer = page.request.get(address)
        assert answer.headers["content-security-policy"].startswith("sandbox; default-src 'none'")
        assert answer.headers["content-type"] == "application/pdf"
        assert answer.headers["x-content-type-options"] == "nosniff"
        assert answer.body().startswith(b"%PDF-")
    expect(page.locator("#report-sheet").get_by_role("button", name="Read: Report (PDF)")).to_have_count(2)


def test_a_photo_is_seen_as_a_picture(served: Service, disc_id: str, visit: Callable[..., Page]) -> None:
    page = visit(served.share(disc_id))
    page.locator("header [data-sheet=report]").click()
    page.get_by_role("button", name="Show: Photo, Knee").click()
    picture = page.locator("#reading-sheet img")
    expect(picture).to_have_attribute("alt", re.compile("^Photo, Knee"))
    expect(picture).to_be_visible()
    picture.evaluate("one => one.decode()")
    assert picture.evaluate("one => [one.naturalWidth, one.naturalHeight]") == [900, 700]


def test_each_report_is_saved_alone_from_the_save_sheet(
    served: Service, disc_id: str, visit: Callable[..., Page]
) -> None:
    page = visit(served.share(disc_id), phone=True)
    page.locator(".bar [data-sheet=save]").click()
    saves = page.locator("#save-sheet").get_by_role("link", name="Save report")
    expect(saves).to_have_count(3)
    with page.expect_download() as download:
        saves.filter(has_text="Letter").click()
    assert download.value.suggested_filename == "report.pdf"
    assert Path(download.value.path()).read_bytes() == documents.PDF


def test_a_disc_of_documents_only_says_so_and_leads_to_them(
    served: Service, visit: Callable[..., Page], tmp_path: Path
) -> None:
    (tmp_path / "SR").write_bytes(documents.report())
    page = visit(served.share(served.disc(tmp_path)))
    expect(page.locator("#message")).to_contain_text("There are no pictures here, only documents.")
    page.locator("#message").get_by_role("button", name="Documents").click()
    page.get_by_role("button", name="Read: Report,").click()
    expect(page.locator("#reading-sheet")).to_contain_text("No acute findings.")


def test_the_key_picture_is_seen_first(served: Service, visit: Callable[..., Page], tmp_path: Path) -> None:
    ct_series(tmp_path, 5)
    chosen = pydicom.dcmread(sorted(path for path in tmp_path.rglob("*") if path.is_file())[4])
    (tmp_path / "KO").write_bytes(
        documents.key_pictures(chosen.StudyInstanceUID, chosen.SeriesInstanceUID, chosen.SOPInstanceUID)
    )
    page = visit(served.share(served.disc(tmp_path)))
    expect(page.locator("#stage")).to_have_attribute("data-image", chosen.SOPInstanceUID, timeout=20_000)
