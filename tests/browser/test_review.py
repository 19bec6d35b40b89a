"""Whose disc is it: the decision in a real browser, and what is printed when it went wrong."""

from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import Service, TakeDisc
from tests.chromium import accessible_on_every_screen
from tests.factories import (
    OTHER_PATIENT,
    ROOT,
    a_collision,
    a_dicomdir,
    ct_dataset,
    ct_series,
    part10,
)

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("browser")]

EXPECTED = {"name": "Test, Patient", "birth_date": date(1961, 5, 3), "patient_id": "TEST-1"}


def own(number: int) -> dict[str, Any]:
    """Return UIDs that no other test has."""
    return {"StudyInstanceUID": f"{ROOT}91.{number}", "SeriesInstanceUID": f"{ROOT}91.{number}.1"}


def decide(page: Page, patient: str, choice: str) -> None:
    page.click(f"fieldset:has-text('{patient}') >> .either >> text='{choice}'")


def test_of_two_patients_one_is_the_expected_one_in_spite_of_a_slip(
    desk: Page, disc: TakeDisc, tmp_path: Path
) -> None:
    ct_series(tmp_path / "A", 2, PatientName="Test^Patientt", **own(1))
    ct_series(tmp_path / "B", 2, **OTHER_PATIENT | own(2))
    a_dicomdir(tmp_path, [], patients=[("Test^Patient", "TEST-1"), ("Test^Other", "TEST-2")])
    address = f"/discs/{disc(tmp_path, **EXPECTED)}"
    desk.goto(address)
    expect(desk.locator(".candidate")).to_have_count(2)
    expect(desk.locator(".candidate img")).to_have_count(2)
    expect(desk.locator(".index-says")).to_contain_text("Other Test, ID TEST-2")
    accessible_on_every_screen(desk)
    decide(desk, "Patientt", "Keep as expected")
    decide(desk, "Other", "Leave out")
    desk.click("summary:has-text('Another reason')")
    desk.fill("[name=because]", "Asked the patient: the surname is spelled with one t")
    desk.click("button:has-text('Save decision')")
    expect(desk.locator("h1")).to_have_text("Ready to share")
    expect(desk.locator(".patient:not(.left-out) h2")).to_have_text("Test, Patient")
    expect(desk.locator(".according")).to_contain_text("The images say: Patientt Test")
    expect(desk.locator(".left-out")).to_contain_text("Not part of any link.")
    accessible_on_every_screen(desk)


def test_a_decision_is_taken_back_until_the_disc_is_shared(
    desk: Page, disc: TakeDisc, served: Service, tmp_path: Path
) -> None:
    ct_series(tmp_path, 1, **own(3))
    disc_id = disc(tmp_path, **EXPECTED | {"name": "Test, Patientt"})
    desk.goto(f"/discs/{disc_id}")
    desk.click("button:has-text('Typing error')")
    desk.click("text=Take back")
    expect(desk.locator("h1")).to_have_text("Needs your decision")
    desk.click("button:has-text('Typing error')")
    served.share(disc_id)
    desk.reload()
    expect(desk.locator("h1")).to_have_text("Ready to share")
    expect(desk.locator("text=Take back")).to_have_count(0)


def test_a_stranger_is_kept_with_ones_own_words_only(desk: Page, disc: TakeDisc, tmp_path: Path) -> None:
    ct_series(tmp_path, 1, **own(4))
    a_dicomdir(tmp_path, ["IM000001"], series_uid=own(4)["SeriesInstanceUID"])
    desk.goto(f"/discs/{disc(tmp_path, name='Sample^Anna', birth_date=date(1984, 9, 22))}")
    expect(desk.locator("caption")).to_have_text("A different person")
    expect(desk.locator(".why .quick")).to_have_count(0)
    accessible_on_every_screen(desk)
    desk.click("text=Keep this disc")
    assert desk.evaluate("document.querySelector('[name=because]:invalid') !== null"), "a reason is asked for"
    expect(desk.locator("h1")).to_have_text("Needs your decision")
    desk.fill("[name=because]", "Changed name and corrected birth date; passport seen")
    desk.click("text=Keep this disc")
    expect(desk.locator(".patient h2")).to_have_text("Anna Sample")


def test_an_image_with_another_ones_number_is_shown_beside_it(
    desk: Page, disc: TakeDisc, tmp_path: Path
) -> None:
    a_collision(tmp_path, **own(5))
    desk.goto(f"/discs/{disc(tmp_path)}")
    expect(desk.locator(".reasons")).to_contain_text("has the number of another image")
    expect(desk.locator(".chip:has-text('conflict')").first).to_be_visible()
    accessible_on_every_screen(desk)
    desk.click("button:has-text('Checked the label and the order')")
    expect(desk.locator("h1")).to_have_text("Ready to share")


def test_the_receipt_names_missing_slices_and_every_warning(
    desk: Page, disc: TakeDisc, tmp_path: Path
) -> None:
    for path in ct_series(tmp_path, 12, **own(6))[6:8]:
        path.unlink()
    (tmp_path / "RUNS").write_bytes(part10(ct_dataset(13, **own(6)), preamble=b"MZ".ljust(128, b"\0")))
    desk.goto(f"/discs/{disc(tmp_path)}")
    desk.click("summary:has-text('Receipt')")
    expect(desk.locator(".receipt")).to_contain_text("It begins like a program")
    accessible_on_every_screen(desk)
    desk.click("text=Signed receipt, to print")
    expect(desk.locator("article")).to_contain_text("Axial: numbers 7–8 of 13 seem to be missing.")
    expect(desk.locator("article")).to_contain_text("Its beginning is blanked in copies")
    accessible_on_every_screen(desk)


def test_after_a_stop_the_page_says_who_saw_what(
    desk: Page, disc: TakeDisc, served: Service, tmp_path: Path, visit: Callable[..., Page]
) -> None:
    ct_series(tmp_path, 1, **own(7))
    disc_id = disc(tmp_path)
    visit(served.share(disc_id, recipient="Dr Test, Lakeside"))
    desk.goto(f"/discs/{disc_id}")
    desk.click("text=Stop: wrong patient")
    desk.click("button:has-text('Stop this disc')")
    expect(desk.locator(".after-stop")).to_contain_text("Opened once, downloaded never.")
    expect(desk.locator(".openings")).to_contain_text("Dr Test, Lakeside")
    desk.wait_for_load_state()
    desk.evaluate("window.print = () => document.body.dataset.printed = 'yes'")
    desk.click("text=Print this list")
    expect(desk.locator("body")).to_have_attribute("data-printed", "yes")
    accessible_on_every_screen(desk)
