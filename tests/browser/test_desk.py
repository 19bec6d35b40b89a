"""The desk's work in a real browser: how many clicks a slip takes, and discs that need a decision."""

import re
from datetime import date
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import Service, TakeDisc
from tests.factories import ROOT, a_collision, a_dicomdir, ct_series, two_patients

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("browser")]

MOST_CLICKS = 8
CLICKS_BEFORE_SHARING = 3
"""New disc, choose disc, send: tested with the uploader."""
KEYS_IN_20_SECONDS = 60
PRINTER = """window.print = () => {
  document.body.dataset.printed = Number(document.body.dataset.printed ?? 0) + 1;
};"""
BIRTH_DATE = "05031961"
"""As a date field takes it where the month comes first."""


def own(number: int) -> dict[str, str]:
    """Return UIDs that no other test has."""
    return {"StudyInstanceUID": f"{ROOT}90.{number}", "SeriesInstanceUID": f"{ROOT}90.{number}.1"}


def test_from_the_disc_to_the_slip_in_few_clicks_and_keys(desk: Page, disc: TakeDisc, tmp_path: Path) -> None:
    ct_series(tmp_path, 2, **own(1))
    disc_id = disc(tmp_path)
    desk.add_init_script(PRINTER)
    desk.goto(f"/discs/{disc_id}")
    desk.evaluate("sessionStorage.setItem('n', 0)")
    expect(desk.locator("main")).not_to_contain_text("3 May 1961")
    desk.click(".verdict a:has-text('Share')")
    desk.locator("[name=birth_date]").press_sequentially(BIRTH_DATE)
    desk.click("text=Go on to the link")
    desk.click("button:has-text('Print slip')")
    expect(desk.locator("body")).to_have_attribute("data-printed", "1")
    clicks = int(desk.evaluate("sessionStorage.getItem('n')")) + CLICKS_BEFORE_SHARING
    print(f"clicks from disc to slip: {clicks}, keys typed: {len(BIRTH_DATE)}")
    assert clicks <= MOST_CLICKS
    assert len(BIRTH_DATE) <= KEYS_IN_20_SECONDS
    desk.click("[data-print]")
    expect(desk.locator("body")).to_have_attribute("data-printed", "2")


def test_a_code_to_read_aloud_starts_no_printer(desk: Page, disc: TakeDisc, tmp_path: Path) -> None:
    ct_series(tmp_path, 1, **own(6))
    desk.add_init_script(PRINTER)
    desk.goto(f"/discs/{disc(tmp_path)}/share")
    desk.fill("[name=birth_date]", "1961-05-03")
    desk.click("text=Go on to the link")
    desk.click("button:has-text('Read code aloud')")
    expect(desk.locator("#code")).to_be_visible()
    expect(desk.locator("#pin")).to_be_hidden()
    desk.wait_for_load_state("load")
    expect(desk.locator("body")).not_to_have_attribute("data-printed", re.compile(r"\d"))


def test_links_are_ticked_with_the_mouse_and_revoked_together(
    desk: Page, disc: TakeDisc, served: Service, tmp_path: Path
) -> None:
    ct_series(tmp_path, 1, **own(7))
    disc_id = disc(tmp_path)
    first, second, _ = (served.share(disc_id, recipient=f"Practice {number}") for number in range(3))
    desk.goto("/shares")
    for key in (first, second):
        box = desk.locator(f'[name=share][value="{key.share_id}"]').bounding_box()
        assert box
        desk.mouse.click(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    desk.click("summary:has-text('Revoke the ticked links')")
    desk.click("button:has-text('Revoke the ticked links')")
    expect(desk.locator(".flashes")).to_have_text("2 links are revoked.")
    rows = desk.locator(".share-row")
    expect(rows.filter(has_text="Practice 0")).to_contain_text("Revoked")
    expect(rows.filter(has_text="Practice 2")).to_contain_text("Active")


def test_where_no_link_is_ticked_the_list_says_so(
    desk: Page, disc: TakeDisc, served: Service, tmp_path: Path
) -> None:
    ct_series(tmp_path, 1, **own(8))
    served.share(disc(tmp_path), recipient="A practice")
    desk.goto("/shares?state=live")
    desk.click("summary:has-text('Revoke the ticked links')")
    desk.click("button:has-text('Revoke the ticked links')")
    expect(desk.locator(".flashes")).to_contain_text("No link is ticked")
    expect(desk).to_have_url(re.compile(r"/shares\?state=live$"))


def test_of_two_patients_one_is_kept(desk: Page, disc: TakeDisc, tmp_path: Path) -> None:
    two_patients(tmp_path)
    desk.goto(f"/discs/{disc(tmp_path)}")
    expect(desk.locator("h1")).to_have_text("Needs your decision")
    expect(desk.locator("a:has-text('Share')")).to_have_count(0)
    expect(desk.locator(".candidate img")).to_have_count(2)
    desk.click("fieldset:has-text('Patient Test') >> text=Keep")
    desk.click("fieldset:has-text('Other Test') >> text=Leave out")
    desk.click("button:has-text('Checked an ID')")
    expect(desk.locator("h1")).to_have_text("Ready to share")
    expect(desk.locator(".left-out")).to_contain_text("Other Test")
    desk.click("text=Take back")
    expect(desk.locator("h1")).to_have_text("Needs your decision")


def test_the_wrong_patient_is_sent_back(desk: Page, disc: TakeDisc, tmp_path: Path) -> None:
    ct_series(tmp_path, 1, **own(2))
    disc_id = disc(tmp_path, name="Other^Person", birth_date=date(1984, 9, 22))
    desk.goto(f"/discs/{disc_id}")
    expect(desk.locator("caption")).to_have_text("A different person")
    expect(desk.locator("mark").first).to_be_visible()
    desk.click("text=Different person: send the disc back")
    desk.click(".confirm-body button:has-text('Different person')")
    expect(desk.locator(".flashes")).to_contain_text("Give the disc back")


def test_a_variant_of_the_name_takes_one_click(desk: Page, disc: TakeDisc, tmp_path: Path) -> None:
    ct_series(tmp_path, 1, **own(3))
    desk.goto(f"/discs/{disc(tmp_path, name='Test, Patientt', birth_date=date(1961, 5, 3))}")
    desk.click("button:has-text('Typing error')")
    expect(desk.locator("h1")).to_have_text("Ready to share")
    expect(desk.locator(".according")).to_contain_text("The images say: Patient Test")


def test_a_collision_is_shown_where_it_is(desk: Page, disc: TakeDisc, tmp_path: Path) -> None:
    a_collision(tmp_path, **own(5))
    desk.goto(f"/discs/{disc(tmp_path)}")
    expect(desk.locator(".reasons")).to_contain_text("has the number of another image")
    expect(desk.locator(".chip:has-text('conflict')").first).to_be_visible()


def test_missing_slices_are_told_and_stop_nobody(desk: Page, disc: TakeDisc, tmp_path: Path) -> None:
    ct_series(tmp_path, 2, **own(4))
    a_dicomdir(tmp_path, ["IM000001", "IM000002", "IM000003"], series_uid=own(4)["SeriesInstanceUID"])
    desk.goto(f"/discs/{disc(tmp_path)}")
    expect(desk.locator("h1")).to_have_text("Ready to share")
    expect(desk.locator(".verdict")).to_contain_text("1 file missing")
