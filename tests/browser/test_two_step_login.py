"""Two-step login as people meet it: a picture is scanned, codes are kept, a phone is left at home."""

import re
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest
from playwright.sync_api import Browser, Page, expect
from sqlalchemy import update

from app.accounts.models import Organisation, SecondFactor
from tests.browser.conftest import Service
from tests.chromium import DESKTOP, Watch, accessible_on_every_screen, scanned
from tests.second_factors import App
from tests.staff import PASSWORD, a_member

ACCOUNT = "summary[aria-label='Your account']"
pytestmark = pytest.mark.browser


EMAIL = "two.steps@test.example"
SAID_NO = r"status of 40[01]"
"""What Chromium says of an answer to a wrong code."""


@pytest.fixture
def desk(chromium: Browser, served: Service) -> Iterator[Page]:
    """A page in which a member of staff has logged in by the password."""
    with served.site.sessions() as session:
        a_member(served.site, session.get_one(Organisation, served.organisation_id), email=EMAIL)
    with chromium.new_context(base_url=served.url, locale="en-GB", **DESKTOP) as context:
        page = context.new_page()
        watch = Watch(page, served.url)
        page.goto("/login")
        log_in(page)
        page.wait_for_url("**/discs")
        yield page
        assert [fault for fault in watch.faults if not re.search(SAID_NO, fault)] == []


def test_it_is_set_up_by_a_picture_and_a_lost_phone_shuts_nobody_out(
    desk: Page, served: Service, tmp_path: Path
) -> None:
    desk.click(ACCOUNT)
    desk.click("text=Two-step login")
    desk.wait_for_url("**/second-factor")
    accessible_on_every_screen(desk)
    desk.click("text=Set it up")
    desk.wait_for_url("**/second-factor/new")
    accessible_on_every_screen(desk)
    address = urlsplit(scanned(desk.locator("img.qr"), tmp_path))
    assert (address.scheme, address.netloc) == ("otpauth", "totp")
    app = App(parse_qs(address.query)["secret"][0])
    desk.fill("[name=password]", PASSWORD)
    desk.fill("[name=code]", "000000")
    desk.keyboard.press("Enter")
    expect(desk.locator("[role=alert]")).to_contain_text("does not fit")
    desk.fill("[name=password]", PASSWORD)
    desk.fill("[name=code]", app.code(served.site.now()))
    desk.keyboard.press("Enter")
    expect(desk.locator("h1")).to_have_text("Your recovery codes")
    accessible_on_every_screen(desk)
    with desk.expect_download() as saved:
        desk.click("text=Save as a file")
    codes = re.findall(r"[a-z0-9-]{23}", Path(saved.value.path()).read_text())
    assert codes == desk.locator(".recovery-codes code").all_inner_texts()
    desk.click("text=I have kept them")
    desk.wait_for_url("**/discs")
    desk.goto("/second-factor")
    for fold in desk.locator(".fold summary").all():
        fold.click()
    accessible_on_every_screen(desk)

    log_out(desk)
    log_in(desk)
    desk.wait_for_url(re.compile("/login/code"))
    accessible_on_every_screen(desk)
    wait_for_the_next_code(served)
    expect(desk.locator("[name=code]").first).to_be_focused()
    desk.keyboard.type(app.code(served.site.now()))
    desk.keyboard.press("Enter")
    desk.wait_for_url("**/discs")

    log_out(desk)
    log_in(desk)
    desk.click("text=I don't have my phone")
    expect(desk.get_by_label("Recovery code")).to_be_visible()
    accessible_on_every_screen(desk)
    desk.get_by_label("Recovery code").fill(codes[0])
    desk.keyboard.press("Enter")
    desk.wait_for_url("**/discs")
    expect(desk.locator(".flashes")).to_contain_text("7 are left")


def log_out(desk: Page) -> None:
    desk.click(ACCOUNT)
    desk.click("text=Log out")
    desk.wait_for_url("**/login")


def log_in(desk: Page) -> None:
    desk.fill("[name=email]", EMAIL)
    desk.fill("[name=password]", PASSWORD)
    desk.keyboard.press("Enter")


def wait_for_the_next_code(served: Service) -> None:
    """Forget that the code of this half minute was used."""
    with served.site.sessions.begin() as session:
        session.execute(update(SecondFactor).values(last_step=0))
