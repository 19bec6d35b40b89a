"""A disc comes in as a front desk brings it: looked at, sent, interrupted in every way, gone on with."""

import re
from pathlib import Path
from zipfile import ZipFile

import pytest
from playwright.sync_api import Browser, expect

from app.studies.models import DiscState, Verdict
from tests.browser.conftest import log_in, serving
from tests.browser.uploading.desk import Desk, OpenDesk, ct_series, series_uid
from tests.factories import ROOT, a_dicomdir, ct_bytes

pytestmark = pytest.mark.browser

MANY = 5_000


def test_a_whole_disc_is_looked_at_sent_and_read(open_desk: OpenDesk, folder: Path) -> None:
    ct_series(folder, 4)
    (folder / "viewer.exe").write_bytes(b"MZ")
    (folder / "AUTORUN.INF").write_text("[autorun]")
    (folder / "README.TXT").write_text("Thank you for choosing us.")
    desk = open_desk()
    desk.page.fill("[name=name]", "Test, Patient")
    desk.page.fill("[name=birth_date]", "1961-05-03")
    desk.choose(folder)
    patient = desk.page.locator(".found-patient")
    expect(patient).to_contain_text("Matches")
    expect(patient).to_contain_text("Patient Test")
    expect(patient).to_contain_text("CT of the chest, 12 March 2026")
    left = desk.page.locator("#left-behind")
    expect(left).to_contain_text("2 programs left behind")
    left.locator("summary").click()
    expect(left.locator("li", has_text="AUTORUN.INF")).to_contain_text("would start a program")
    expect(desk.page.locator("#send")).to_contain_text("Send 4 images")
    desk.send()
    desk.arrived()
    expect(desk.page.locator(".reading")).to_contain_text("You can take the disc out.")
    disc = desk.read()
    assert (disc.state, disc.left_behind) == (DiscState.READY, 2)
    assert sorted((left["path"], left["kind"]) for left in disc.left_paths) == [
        ("disc/AUTORUN.INF", "autorun"),
        ("disc/viewer.exe", "program"),
    ]
    assert [file.verdict for file in desk.files()].count(Verdict.INSTANCE) == 4


def test_nothing_leaves_before_send(open_desk: OpenDesk, folder: Path) -> None:
    ct_series(folder, 2)
    desk = open_desk()
    asked: list[str] = []
    desk.page.on("request", lambda one: asked.append(one.url))
    desk.choose(folder)
    expect(desk.page.locator("#send")).to_be_enabled()
    assert [url for url in asked if "/static/" not in url] == []


def test_of_two_people_one_is_left_out(open_desk: OpenDesk, two_people: Path) -> None:
    desk = open_desk()
    desk.choose(two_people)
    expect(desk.page.locator("#why-not")).to_contain_text("More than one person")
    expect(desk.page.locator("#send")).to_be_disabled()
    other = desk.page.locator(".found-patient", has_text="Other Test")
    other.get_by_role("button", name="Leave out this person").click()
    expect(other).to_contain_text("Left out")
    expect(desk.page.locator("#send")).to_contain_text("Send 3 images")
    desk.send()
    desk.arrived()
    assert {file.path.split("/")[-2] for file in desk.files()} == {"A"}
    assert desk.read().state == DiscState.READY
    assert desk.disc().left_behind == 3
    assert {left["kind"] for left in desk.disc().left_paths} == {"left_out"}


def test_two_names_of_one_person_need_a_reason(open_desk: OpenDesk, two_people: Path) -> None:
    desk = open_desk()
    desk.choose(two_people)
    desk.page.get_by_role("button", name="Same person: why?").first.click()
    expect(desk.page.locator("#send")).to_be_disabled()
    desk.page.fill("#because", "Changed her name last year; asked her.")
    expect(desk.page.locator("#send")).to_be_enabled()
    desk.send()
    desk.arrived()
    disc = desk.read()
    assert (disc.state, disc.decided_because) == (DiscState.READY, "Changed her name last year; asked her.")


def test_what_a_viewer_needs_beside_its_program_stays_with_it(open_desk: OpenDesk, folder: Path) -> None:
    ct_series(folder, 2)
    viewer = folder / "VIEWER" / "RES"
    viewer.mkdir(parents=True)
    (viewer.parent / "view.exe").write_bytes(b"MZ")
    (viewer / "skin.css").write_text("a")
    (viewer / "report.htm").write_text("<p>findings</p>")
    (folder / "settings.ini").write_text("[a]")
    desk = open_desk()
    desk.choose(folder)
    desk.send()
    desk.arrived()
    assert {(left["path"], left["kind"]) for left in desk.disc().left_paths} == {
        ("disc/VIEWER/view.exe", "program"),
        ("disc/VIEWER/RES/skin.css", "viewer"),
    }
    assert {"disc/VIEWER/RES/report.htm", "disc/settings.ini"} < {file.path for file in desk.files()}


def test_why_another_name_is_the_expected_person_is_asked_once(open_desk: OpenDesk, folder: Path) -> None:
    (folder / "IM1").write_bytes(ct_bytes(1, SeriesInstanceUID=series_uid()))
    desk = open_desk()
    desk.page.fill("[name=name]", "Other, Person")
    desk.choose(folder)
    desk.page.get_by_role("button", name="Same person: why?").click()
    desk.page.fill("#because", "Married; checked the ID.")
    desk.send()
    desk.arrived()
    disc = desk.read()
    assert (disc.state, disc.decided_because) == (DiscState.READY, "Married; checked the ID.")


def test_another_person_than_expected_is_said_at_once_and_holds_sending(
    open_desk: OpenDesk, folder: Path
) -> None:
    ct_series(folder, 2)
    desk = open_desk()
    desk.choose(folder)
    expect(desk.page.locator("#send")).to_be_enabled()
    desk.page.fill("[name=name]", "Person, Other")
    desk.page.fill("[name=birth_date]", "1980-01-01")
    patient = desk.page.locator(".found-patient")
    expect(patient).to_contain_text("Different person")
    expect(patient).to_contain_text("This disc says Patient Test, 3 May 1961.")
    expect(patient).to_contain_text("You expected Other Person, 1 January 1980. Stop; check the label.")
    expect(desk.page.locator("#send")).to_be_disabled()
    desk.page.fill("[name=name]", "Test, Patient")
    desk.page.fill("[name=birth_date]", "1961-05-03")
    expect(patient).to_contain_text("Matches")
    expect(desk.page.locator("#send")).to_be_enabled()


def test_a_single_study_can_be_left_out(open_desk: OpenDesk, folder: Path) -> None:
    old = {"StudyInstanceUID": f"{ROOT}8", "SeriesInstanceUID": f"{ROOT}8.1", "StudyDescription": "Old one"}
    for name, changes in (("NEW", {}), ("OLD", old)):
        (folder / name).mkdir()
        ct_series(folder / name, 2, **changes)
    desk = open_desk()
    desk.choose(folder)
    desk.page.get_by_label("Old one").uncheck()
    expect(desk.page.locator("#send")).to_contain_text("Send 2 images")
    desk.send()
    desk.arrived()
    assert len(desk.files()) == 2


def test_the_index_tells_before_the_files_do(open_desk: OpenDesk, folder: Path) -> None:
    (folder / "IM1").write_bytes(ct_bytes(1))
    a_dicomdir(folder, ["IM1"])
    desk = open_desk()
    desk.choose(folder)
    expect(desk.page.locator(".found-patient")).to_have_count(1)
    expect(desk.page.locator(".found-patient")).not_to_contain_text("index")
    desk.send()
    desk.arrived()
    assert desk.read().state == DiscState.READY


def test_sending_pauses_and_goes_on(open_desk: OpenDesk, folder: Path) -> None:
    ct_series(folder, 30)
    desk = open_desk(forgiving=True)
    desk.choose(folder)
    gate = desk.send_until(10)
    desk.page.click("#pause")
    expect(desk.page.locator("#note")).to_contain_text("Paused")
    gate.given_up()
    gate.open()
    desk.page.wait_for_timeout(700)
    assert desk.received() == 10
    desk.page.click("#pause")
    desk.arrived()
    assert all(file.received_at for file in desk.files())


def test_a_cut_line_is_waited_out(open_desk: OpenDesk, folder: Path) -> None:
    ct_series(folder, 20)
    desk = open_desk(forgiving=True)
    desk.choose(folder)
    gate = desk.send_until(5)
    desk.page.context.set_offline(True)
    gate.open()
    expect(desk.page.locator("#note")).to_contain_text("Connection lost.")
    expect(desk.page.locator("#note")).to_contain_text("we’ll go on by ourselves")
    desk.page.context.set_offline(False)
    desk.arrived()
    assert all(file.received_at for file in desk.files())


def test_after_a_reload_the_same_disc_sends_only_what_is_missing(open_desk: OpenDesk, folder: Path) -> None:
    ct_series(folder, 24)
    desk = open_desk(forgiving=True)
    desk.choose(folder)
    desk.send_until(10)
    desk.page.click("#pause")
    expect(desk.page.locator("#note")).to_contain_text("Paused")
    desk.page.reload()
    desk.page.unroute_all(behavior="ignoreErrors")
    disc_id = desk.disc().id
    assert desk.received() == 10
    desk.page.goto(f"/discs/{disc_id}")
    desk.page.get_by_role("link", name="Go on with this upload").click()
    sent: list[str] = []
    desk.page.on("request", lambda one: sent.append(one.url) if one.method == "PUT" else None)
    desk.choose(folder)
    expect(desk.page.locator("#looking")).to_have_text(re.compile("^10 of 24 files are safe already. ?$"))
    desk.send()
    desk.arrived()
    assert desk.disc().id == disc_id
    assert len(sent) == 14
    assert desk.read().state == DiscState.READY


def test_another_disc_cannot_go_on_with_an_upload(open_desk: OpenDesk, folder: Path, tmp_path: Path) -> None:
    ct_series(folder, 3)
    desk = open_desk(forgiving=True)
    desk.page.route("**/uploads/*/files/*", lambda route: route.abort())
    desk.choose(folder)
    desk.send()
    expect(desk.page.locator("#note")).to_contain_text("Connection lost")
    wrong = tmp_path / "wrong"
    wrong.mkdir()
    (wrong / "other").write_bytes(ct_bytes(9))
    again = open_desk(f"/discs/new?resume={desk.disc().id}")
    again.choose(wrong)
    expect(again.page.locator("#why-not")).to_contain_text("This is not the same disc")
    expect(again.page.locator("#send")).to_be_disabled()


def test_a_file_that_cannot_be_read_is_named_and_the_rest_goes_on(open_desk: OpenDesk, folder: Path) -> None:
    files = ct_series(folder, 30)
    desk = open_desk()
    desk.choose(folder)
    files[20].unlink()
    desk.send()
    desk.arrived()
    expect(desk.page.locator("#unreadable-sent")).to_be_visible()
    assert desk.page.locator("#unreadable-sent code").all_text_contents() == [f"disc/{files[20].name}"]
    assert [file.path for file in desk.files() if file.verdict] == [f"disc/{files[20].name}"]
    assert desk.received() == 29


def test_a_disc_pulled_out_half_way_waits_for_it(open_desk: OpenDesk, folder: Path) -> None:
    files = ct_series(folder, 30)
    desk = open_desk()
    desk.choose(folder)
    away = folder.parent / "away"
    folder.rename(away)
    desk.send()
    expect(desk.page.locator("#problem")).to_contain_text("Is the disc still in it?")
    away.rename(folder)
    desk.page.click("#pause")
    desk.arrived()
    assert desk.received() == len(files)


def test_the_page_can_be_used_while_thousands_of_files_are_sent(open_desk: OpenDesk, folder: Path) -> None:
    data = [ct_bytes(number) for number in range(1, 101)]
    for number in range(MANY):
        (folder / f"IM{number:05}").write_bytes(data[number % 100])
    desk = open_desk()
    desk.page.set_input_files("#folder", folder)
    expect(desk.page.locator("#looking")).not_to_contain_text("Looking", timeout=60_000)
    desk.send()
    desk.page.click("#pause")
    expect(desk.page.locator("#note")).to_contain_text("Paused")
    desk.page.click("#pause")
    expect(desk.page.locator("#now")).to_contain_text(f"of {MANY:,} files")


def test_a_phone_chooses_files(open_desk: OpenDesk, folder: Path) -> None:
    files = ct_series(folder, 2)
    desk = open_desk(phone=True)
    expect(desk.page.locator("#folder")).not_to_be_visible()
    desk.page.set_input_files("#files", files)
    expect(desk.page.locator("#send")).to_be_enabled()
    assert not desk.page.evaluate("document.documentElement.scrollWidth > innerWidth")
    desk.send()
    desk.arrived()
    assert len(desk.files()) == 2


def test_one_archive_is_a_disc_too(open_desk: OpenDesk, folder: Path) -> None:
    ct_series(folder, 3)
    archive = folder.parent / "disc.zip"
    with ZipFile(archive, "w") as packed:
        for path in folder.iterdir():
            packed.write(path, path.name)
    desk = open_desk()
    desk.page.set_input_files("#files", archive)
    expect(desk.page.locator("#looking")).to_contain_text("The server opens this archive")
    desk.send()
    desk.arrived()
    assert desk.read().state == DiscState.READY


@pytest.mark.xdist_group("seaweedfs")
def test_bytes_go_straight_to_a_store_that_signs(
    chromium: Browser, s3_url: str, folder: Path, tmp_path: Path
) -> None:
    ct_series(folder, 20)
    (folder / "LARGE").write_bytes(b"0123456789abcdef" * 4_500_000)
    with serving(tmp_path, s3_url) as served:
        state = log_in(chromium, served)
        page = chromium.new_context(base_url=served.url, storage_state=state).new_page()
        sent: list[tuple[str, str]] = []
        page.on("request", lambda one: sent.append((one.method, one.url)))
        page.goto("/discs/new")
        desk = Desk(page, served.site)
        desk.choose(folder)
        desk.send()
        desk.arrived()
        assert desk.read().state == DiscState.READY
        # What does not have the hash that left the disc would be refused.
        assert Verdict.REFUSED not in [file.verdict for file in desk.files()]
        assert all(file.announced_sha256 for file in desk.files())
        page.context.close()
    foreign = [method for method, url in sent if not url.startswith(served.url)]
    assert foreign.count("POST") == 20
    assert foreign.count("PUT") == 5, "72 MB in parts of 16 MiB"
    assert not [url for method, url in sent if method == "PUT" and url.startswith(served.url)]


@pytest.mark.xdist_group("seaweedfs")
def test_files_that_fill_what_the_page_may_hold_do_not_stop_sending(
    chromium: Browser, s3_url: str, folder: Path, tmp_path: Path
) -> None:
    for number in range(6):
        (folder / f"CLIP{number}").write_bytes(bytes([number]) * 16_000_000)  # 64 MB may be held
    with serving(tmp_path, s3_url) as served:
        page = chromium.new_context(base_url=served.url, storage_state=log_in(chromium, served)).new_page()
        page.goto("/discs/new")
        desk = Desk(page, served.site)
        desk.choose(folder)
        desk.send()
        desk.arrived()
        assert len([file for file in desk.files() if file.received_at]) == 6
        page.context.close()
