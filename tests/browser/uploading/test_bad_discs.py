"""Discs as they come: too large, changing, oddly named. Each has a sentence, and a place in the receipt."""

import re
import unicodedata
from pathlib import Path

import pytest
from playwright.sync_api import Route, expect

from app.studies.models import Verdict
from tests.browser.uploading.desk import Desk, OpenDesk, ct_series
from tests.factories import ct_bytes

pytestmark = pytest.mark.browser

GB = 1 << 30
CHOOSE_MANY = """count => {
    const files = Array.from({ length: count }, (_, number) => new File([], `IM${number}`));
    const input = document.getElementById('files');
    Object.defineProperty(input, 'files', { value: files });
    input.dispatchEvent(new Event('change', { bubbles: true }));
}"""
"""Chromium itself takes a minute to choose so many."""


def sparse(path: Path, size: int) -> None:
    """Make a file of so many bytes that takes no room."""
    with path.open("wb") as file:
        file.truncate(size)


def receipt(desk: Desk) -> str:
    """Return the text of the newest disc's receipt, as staff see it."""
    desk.page.goto(f"/discs/{desk.disc().id}/receipt")
    return desk.page.locator("main").inner_text()


def test_more_files_than_a_disc_may_bring_are_refused_before_anything_is_sent(open_desk: OpenDesk) -> None:
    desk = open_desk()
    desk.page.evaluate(CHOOSE_MANY, 50_001)
    expect(desk.page.locator("#problem")).to_have_text(
        "A disc may hold at most 50,000 files. Choose one disc at a time, or a part of it."
    )
    expect(desk.page.locator("#send")).to_be_disabled()


def test_more_than_a_disc_may_hold_is_said_before_anything_is_sent(open_desk: OpenDesk, folder: Path) -> None:
    sparse(folder / "disc.iso", 11 * GB)
    desk = open_desk()
    desk.page.set_input_files("#files", folder / "disc.iso")
    expect(desk.page.locator("#why-not")).to_have_text("A disc may hold at most 10 GB. Leave something out.")
    expect(desk.page.locator("#send")).to_be_disabled()


def test_a_file_that_is_too_large_stays_on_the_disc_and_the_rest_is_sent(
    open_desk: OpenDesk, folder: Path
) -> None:
    ct_series(folder, 2)
    sparse(folder / "CLIP", 3 * GB)
    sparse(folder / "copy.iso", 3 * GB)
    desk = open_desk()
    desk.choose(folder)
    expect(desk.page.locator("#too-large")).to_contain_text("2 files larger than 2 GB: left behind")
    desk.send()
    desk.arrived()
    assert desk.read().left_behind == 2
    text = receipt(desk)
    assert "disc/CLIP\nlarger than we take" in text
    assert "disc/copy.iso\nlarger than we take" in text


def test_files_without_a_byte_arrive_and_are_named(open_desk: OpenDesk, folder: Path) -> None:
    ct_series(folder, 2)
    for name in ("EMPTY", "EMPTY.DCM"):
        sparse(folder / name, 0)
    desk = open_desk()
    desk.choose(folder)
    expect(desk.page.locator("#looking")).to_contain_text("2 other files on the disc")
    desk.send()
    desk.arrived()
    desk.read()
    empty = {file.verdict for file in desk.files() if not file.size}
    assert empty == {Verdict.NOT_DICOM, Verdict.DUPLICATE}, "the second has the same bytes as the first: none"
    text = receipt(desk)
    assert "disc/EMPTY\n" in text
    assert "disc/EMPTY.DCM\n" in text
    assert "This is an empty file" in text


def test_names_that_differ_in_case_or_form_only_are_files_of_their_own(
    open_desk: OpenDesk, folder: Path
) -> None:
    whole = ct_series(folder / "whole", 5)
    names = ["IM", "im", unicodedata.normalize("NFC", "Herz-é"), unicodedata.normalize("NFD", "Herz-é")]
    for path, name in zip(whole, [*names, "last"], strict=True):
        path.rename(folder / name)
    (folder / "whole").rmdir()
    desk = open_desk(forgiving=True)
    desk.choose(folder)
    desk.page.route(re.compile("/uploads/[^/]+/files/[34]$"), lambda route: route.abort())
    desk.send()
    expect(desk.page.locator("#note")).to_contain_text("Connection lost. 3 of 5")
    desk.page.reload()
    desk.page.unroute_all(behavior="ignoreErrors")
    desk.page.goto(f"/discs/new?resume={desk.disc().id}")
    desk.choose(folder)
    expect(desk.page.locator("#looking")).to_contain_text("3 of 5 files are safe already")
    desk.send()
    desk.arrived()
    desk.read()
    assert {file.path: file.verdict for file in desk.files()} == dict.fromkeys(
        [f"disc/{name}" for name in [*names, "last"]], Verdict.INSTANCE
    )


def test_a_file_that_changes_on_the_way_is_named_and_the_rest_goes_on(
    open_desk: OpenDesk, folder: Path
) -> None:
    files = ct_series(folder, 12)
    desk = open_desk(forgiving=True)
    desk.choose(folder)

    def change(route: Route) -> None:
        files[7].write_bytes(ct_bytes(99))
        route.continue_()

    desk.page.route("**/uploads/*/sign", change)
    desk.send()
    desk.arrived()
    expect(desk.page.locator("#unreadable-sent")).to_be_visible()
    name = f"disc/{files[7].name}"
    assert desk.page.locator("#unreadable-sent code").all_text_contents() == [name]
    desk.read()
    assert {file.path for file in desk.files() if file.verdict == Verdict.REFUSED} == {name}
    assert [file.verdict for file in desk.files()].count(Verdict.INSTANCE) == 11
    assert "The drive could not read it." in receipt(desk)


def test_a_disc_pulled_out_in_the_middle_is_waited_for(open_desk: OpenDesk, folder: Path) -> None:
    files = ct_series(folder, 60)
    desk = open_desk(forgiving=True)
    desk.choose(folder)
    gate = desk.send_until(10)
    away = folder.parent / "away"
    folder.rename(away)
    gate.open()
    expect(desk.page.locator("#problem")).to_contain_text("Is the disc still in it?")
    expect(desk.page.locator("#out")).not_to_be_visible()
    away.rename(folder)
    desk.page.click("#pause")
    desk.arrived()
    assert desk.received() == len(files)
    assert desk.page.locator("#unreadable-sent li").count() == 0


def test_a_full_store_is_said_once_and_sending_goes_on_when_there_is_room(
    open_desk: OpenDesk, folder: Path
) -> None:
    ct_series(folder, 3)
    desk = open_desk(phone=True, forgiving=True)
    desk.choose(folder)
    full = "The storage is full. What arrived before is safe."
    problem = {"title": "No room", "status": 507, "detail": full}
    desk.page.route("**/uploads/*/files/2", lambda route: route.fulfill(status=507, json=problem))
    desk.send()
    expect(desk.page.locator("#problem")).to_have_text(full)
    expect(desk.page.locator("#problem")).to_be_in_viewport()
    desk.page.unroute_all(behavior="ignoreErrors")
    desk.send()
    desk.arrived()
    assert all(file.received_at for file in desk.files())
