"""What the page does around the sending: it stays awake, warns, speaks, tells when the disc may come out."""

import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Route, expect

from app.shares.models import Share
from app.studies.models import DiscState, Verdict
from tests import servers
from tests.browser.conftest import log_in, serving
from tests.browser.uploading.desk import Desk, OpenDesk, burn, ct_series
from tests.chromium import SWIFTSHADER
from tests.staff import PASSWORD

pytestmark = pytest.mark.browser

OPTICAL = Path(__file__).parents[2] / "optical.js"
HEAR_DRIVE = "() => { new BroadcastChannel('drive').onmessage = ({ data }) => { window.drive = data; }; }"
HEAR_LOCK = """() => {
    window.locks = 0;
    navigator.wakeLock.request = async () => {
        window.locks += 1;
        return { release: async () => { window.locks -= 1; } };
    };
}"""
HEAR_PATIENTS = """() => {
    window.told = [];
    const patients = document.getElementById('patients');
    const note = () => window.told.push(patients.innerText);
    new MutationObserver(note).observe(patients, { childList: true, subtree: true });
}"""
HEAR_SPOKEN = """() => {
    window.said = [];
    const spoken = document.getElementById('spoken');
    new MutationObserver(() => window.said.push(spoken.textContent)).observe(spoken, { childList: true });
}"""


CUT_SHORT = """{
    const real = fetch;
    let first = true;
    self.fetch = async (url, init) => {
        const response = await real(url, init);
        if (!url.endsWith('/sign') || !first) return response;
        first = false;
        response.json = response.text = async () => {
            const { signal } = init;
            if (!signal.aborted) await new Promise((resolve) => signal.addEventListener('abort', resolve));
            signal.throwIfAborted();
        };
        return response;
    };
}"""
"""The server's first answer to /sign does not come whole before a pause cuts it."""


def held_up(desk: Desk, number: int) -> None:
    """Keep one file from arriving, so that sending goes on until it is let through."""
    desk.page.route(f"**/uploads/*/files/{number}", lambda route: route.abort())


def with_two_of_three_sent(open_desk: OpenDesk, folder: Path) -> Desk:
    """Open a desk in the middle of sending a disc: its last file does not get through."""
    ct_series(folder, 3)
    desk = open_desk(forgiving=True)
    desk.choose(folder)
    held_up(desk, 2)
    desk.send()
    expect(desk.page.locator("#now")).to_have_text("2 of 3 files")
    return desk


def with_a_worker_in(desk: Desk, surroundings: str) -> None:
    """Open the page anew, its worker in surroundings that a script makes."""

    def surround(route: Route) -> None:
        answer = route.fetch()
        route.fulfill(response=answer, body=f"{surroundings}\n{answer.text()}")

    desk.page.route("**/disc.worker*", surround)
    desk.page.reload()


@pytest.fixture
def burned(folder: Path) -> Path:
    """A disc as it is burned: its index lists 24 slices."""
    burn(folder, ct_series(folder.parent / "slices", 24))
    return folder


def test_an_optical_disc_is_read_once_and_may_come_out_before_all_is_sent(
    open_desk: OpenDesk, burned: Path
) -> None:
    desk = open_desk(forgiving=True)
    with_a_worker_in(desk, OPTICAL.read_text())
    desk.page.evaluate(HEAR_DRIVE)
    desk.page.evaluate(HEAR_PATIENTS)
    desk.choose(burned)
    first = desk.page.evaluate("window.told[0]")
    assert "Patient Test" in first
    assert "according to the disc’s index" in first
    patient = desk.page.locator(".found-patient")
    expect(patient).to_contain_text("Patient Test")
    expect(patient).not_to_contain_text("according to the disc’s index")
    held_up(desk, 24)
    desk.send()
    expect(desk.page.locator("#now")).to_have_text("24 of 25 files")
    expect(desk.page.locator("#out")).to_be_visible()
    burned.rename(burned.parent / "taken out")
    desk.page.unroute_all(behavior="ignoreErrors")
    desk.arrived()
    drive = desk.page.evaluate("window.drive")
    assert (drive["most"], drive["again"]) == (1, 0)
    assert desk.read().state == DiscState.READY


def test_a_pause_in_the_middle_of_an_answer_is_a_pause_and_no_more(open_desk: OpenDesk, folder: Path) -> None:
    ct_series(folder, 3)
    desk = open_desk(forgiving=True)
    with_a_worker_in(desk, CUT_SHORT)
    desk.choose(folder)
    with desk.page.expect_response("**/sign"):
        desk.send()
    desk.page.click("#pause")
    expect(desk.page.locator("#note")).to_contain_text("Paused")
    desk.page.wait_for_timeout(500)
    expect(desk.page.locator("#problem")).not_to_be_visible()
    desk.page.click("#pause")
    desk.arrived()


def test_a_quick_disc_must_stay_until_its_last_file_is_sent(open_desk: OpenDesk, folder: Path) -> None:
    ct_series(folder, 12)
    desk = open_desk(forgiving=True)
    desk.choose(folder)
    desk.page.route("**/uploads/*/files/11", lambda route: route.abort())
    desk.send()
    expect(desk.page.locator("#now")).to_have_text("11 of 12 files")
    expect(desk.page.locator("#out")).not_to_be_visible()
    desk.page.unroute_all(behavior="ignoreErrors")
    desk.arrived()
    expect(desk.page.locator(".reading")).to_contain_text(
        "You can take the disc out. You may leave this page."
    )


def warns(desk: Desk) -> bool:
    """Tell whether the page would ask before it closes."""
    return bool(
        desk.page.evaluate("() => !window.dispatchEvent(new Event('beforeunload', { cancelable: true }))")
    )


def test_while_it_sends_the_computer_is_kept_awake_and_the_page_open(
    open_desk: OpenDesk, folder: Path
) -> None:
    ct_series(folder, 6)
    desk = open_desk(forgiving=True)
    desk.page.evaluate(HEAR_LOCK)
    desk.choose(folder)
    assert (desk.page.evaluate("window.locks"), warns(desk)) == (0, False)
    held_up(desk, 5)
    desk.send()
    expect(desk.page.locator("#now")).to_have_text("5 of 6 files")
    assert (desk.page.evaluate("window.locks"), warns(desk)) == (1, True)
    desk.page.unroute_all(behavior="ignoreErrors")
    desk.arrived()
    assert (desk.page.evaluate("window.locks"), warns(desk)) == (0, False)


def test_closing_the_page_in_the_middle_asks_first(open_desk: OpenDesk, folder: Path) -> None:
    desk = with_two_of_three_sent(open_desk, folder)
    with desk.page.expect_event("dialog") as asked:
        desk.page.close(run_before_unload=True)
    assert asked.value.type == "beforeunload"


def test_screen_readers_hear_how_far_it_is(open_desk: OpenDesk, folder: Path) -> None:
    ct_series(folder, 3)
    desk = open_desk(forgiving=True)
    expect(desk.page.locator("#spoken")).to_have_role("status")
    desk.page.evaluate(HEAR_SPOKEN)
    desk.choose(folder)
    held_up(desk, 2)
    desk.send()
    expect(desk.page.locator("#spoken")).to_contain_text("2 of 3 files. Connection lost. 2 of 3 are safe")
    desk.page.click("#pause")
    expect(desk.page.locator("#spoken")).to_have_text("2 of 3 files. Paused. What was sent is safe.")
    desk.page.unroute_all(behavior="ignoreErrors")
    desk.page.click("#pause")
    desk.arrived()
    expect(desk.page.locator("#spoken")).to_contain_text("per cent checked")
    assert desk.page.evaluate("window.said[0]") == "0 of 3 files. "


def test_a_link_is_prepared_while_the_disc_is_on_its_way(open_desk: OpenDesk, folder: Path) -> None:
    desk = with_two_of_three_sent(open_desk, folder)
    expect(desk.page.locator(".sending .whose")).to_have_text("Patient Test, 3 May 1961")
    with desk.page.context.expect_page() as opened:
        desk.page.locator(".sending [data-prepare]").click()
    link = opened.value
    link.fill("[name=birth_date]", "1961-05-03")
    link.get_by_role("button", name="Go on to the link").click()
    expect(link.locator("main")).to_contain_text("The disc is still being checked.")
    link.get_by_role("button", name="Print slip").click()
    expect(link.locator("main")).to_contain_text("opens by itself")
    with desk.site.sessions() as session:
        share = session.query(Share).filter_by(disc_id=desk.disc().id).one()
        assert not share.versions


def test_the_discs_page_says_that_the_service_is_away_and_goes_on_once_it_is_back(
    open_desk: OpenDesk, folder: Path
) -> None:
    """A proxy answers for a service that starts again: its page must not take this one's place."""
    desk = with_two_of_three_sent(open_desk, folder)
    page = desk.page.context.new_page()
    page.goto(f"/discs/{desk.disc().id}")
    lost = page.locator("[data-lost]")
    expect(lost).to_be_hidden()
    page.route("**/progress", lambda route: route.fulfill(status=502))
    expect(lost).to_have_text("The service can't be reached just now. This page goes on by itself.")
    expect(page.locator("h1")).to_have_text("Still arriving, 2 of 3")
    page.unroute("**/progress")
    expect(lost).to_be_hidden()


def test_whoever_was_logged_out_logs_in_elsewhere_and_goes_on_with_what_they_chose(
    open_desk: OpenDesk, folder: Path
) -> None:
    ct_series(folder, 2)
    desk = open_desk(forgiving=True)
    desk.choose(folder)
    desk.page.context.clear_cookies()
    desk.send()
    expect(desk.page.locator("#problem")).to_contain_text("You were logged out. Log in again in another tab")
    elsewhere = desk.page.context.new_page()
    elsewhere.goto("/login")
    elsewhere.fill("[name=email]", "uploader@test.example")
    elsewhere.fill("[name=password]", PASSWORD)
    elsewhere.keyboard.press("Enter")
    elsewhere.wait_for_url("**/discs")
    desk.send()
    desk.arrived()
    assert len(desk.files()) == 2


def test_an_image_of_a_disc_is_chosen_and_read_by_the_server(open_desk: OpenDesk, folder: Path) -> None:
    if not (writer := shutil.which("genisoimage")):
        servers.missing("genisoimage")
    ct_series(folder, 4)
    image = folder.parent / "disc.iso"
    subprocess.run([writer, "-quiet", "-joliet", "-rational-rock", "-o", image, folder], check=True)
    desk = open_desk()
    desk.page.set_input_files("#files", image)
    expect(desk.page.locator("#looking")).to_contain_text("The server opens this archive")
    desk.send()
    desk.arrived()
    assert desk.read().state == DiscState.READY
    assert [file.verdict for file in desk.files()] == [Verdict.INSTANCE] * 4


@pytest.fixture
def on_the_network(chromium: Browser, tmp_path: Path) -> Iterator[Desk]:
    """A front desk that reaches the product by name and plain http: without `crypto.subtle`."""
    with serving(tmp_path, f"file://{tmp_path / 'store'}") as served:
        elsewhere = served._replace(url=served.url.replace("127.0.0.1", "clinic.test"))
        browser = chromium.browser_type.launch(
            executable_path=servers.chromium(),
            args=[*SWIFTSHADER, "--host-resolver-rules=MAP clinic.test 127.0.0.1"],
        )
        state = log_in(browser, elsewhere)
        page = browser.new_context(base_url=elsewhere.url, storage_state=state).new_page()
        page.goto("/discs/new")
        yield Desk(page, served.site)
        browser.close()


def test_over_plain_http_in_a_clinics_network_a_disc_arrives_as_it_left(
    on_the_network: Desk, folder: Path
) -> None:
    desk = on_the_network
    ct_series(folder, 4)
    (folder / "CLIP").write_bytes(b"0123456789abcdef" * 4_200_000)
    assert desk.page.evaluate("[isSecureContext, typeof crypto.subtle]") == [False, "undefined"]
    desk.choose(folder)
    desk.send()
    desk.arrived()
    expect(desk.page.locator("#problem")).not_to_be_visible()
    assert desk.read().state == DiscState.READY
    files = desk.files()
    assert [file.verdict for file in files].count(Verdict.INSTANCE) == 4
    assert [file.announced_sha256 for file in files] == [file.sha256 for file in files]
