"""Images asked for, from a phone: the link, the PIN, files or a ZIP are sent; then staff accept them."""

from pathlib import Path
from typing import Any
from zipfile import ZipFile

import pytest
from playwright.sync_api import Browser, Page, expect
from sqlalchemy import select

from app.accounts.models import Organisation
from app.audit.actor import OPERATOR
from app.requests import service as requests
from app.site import Site
from app.studies.models import Disc
from tests.asked import a_request
from tests.browser.conftest import Service, serving
from tests.chromium import DESKTOP, PHONE, Watch, accessible
from tests.factories import ct_series, read_through
from tests.staff import PASSWORD, a_member

pytestmark = pytest.mark.browser


@pytest.fixture
def files(tmp_path: Path) -> list[Path]:
    return ct_series(tmp_path / "disc", 3)


def zipped(files: list[Path], path: Path) -> list[Path]:
    with ZipFile(path, "w") as archive:
        for file in files:
            archive.write(file, file.name)
    return [path]


@pytest.mark.parametrize("kind", ["files", "zip"])
def test_a_phone_sends_what_was_asked_for_and_staff_accept_it(
    chromium: Browser, tmp_path: Path, files: list[Path], kind: str
) -> None:
    chosen = files if kind == "files" else zipped(files, tmp_path / "disc.zip")
    with serving(tmp_path, f"file://{tmp_path / 'store'}") as served:
        phone, faults = opened(chromium, served, PHONE)
        key = a_request(served.site, hospital(served))
        phone.goto(f"/r/{key.token}")
        accessible(phone)
        phone.fill("#pin", key.pin)
        phone.click("button.primary")
        phone.wait_for_url("**/send/*")
        expect(phone.locator(".wanted-text")).to_have_text("The disc of March, please.")
        phone.set_input_files("#files", chosen)
        expect(phone.locator("#send")).to_be_enabled()
        if kind == "files":
            expect(phone.locator(".who-found h3")).to_have_text("Patient Test")
        accessible(phone)
        phone.click("#send")
        expect(phone.locator(".sent")).to_contain_text(f"Files arrived: {len(chosen)}. Thank you.")
        accessible(phone)
        read_through(served.site, disc_of(served.site).id)
        desk, more = opened(chromium, served, DESKTOP)
        accept(served, desk)
        assert not disc_of(served.site).waiting_since
        phone.reload()
        expect(phone.locator(".sent")).to_contain_text("Files arrived and accepted: 3.")
        assert faults.faults + more.faults == []
        phone.context.close()
        desk.context.close()


def accept(served: Service, desk: Page) -> None:
    """Log in, find the disc in the waiting room, accept it, and be able to share it."""
    a_member(served.site, hospital(served))
    desk.goto("/login")
    desk.fill("[name=email]", "desk@test.example")
    desk.fill("[name=password]", PASSWORD)
    desk.keyboard.press("Enter")
    desk.wait_for_url("**/discs")
    desk.click(".waiting-rows .row-main")
    expect(desk.locator(".waiting-room")).to_be_visible()
    accessible(desk)
    expect(desk.get_by_role("link", name="Share")).to_have_count(0)
    desk.click(".waiting-room button:has-text('Accept')")
    expect(desk.get_by_role("link", name="Share")).to_be_visible()


def opened(chromium: Browser, served: Service, size: dict[str, Any]) -> tuple[Page, Watch]:
    page = chromium.new_context(base_url=served.url, locale="en-GB", **size).new_page()
    page.on("dialog", lambda dialog: dialog.accept())
    return page, Watch(page, served.url)


def hospital(served: Service) -> Organisation:
    with served.site.sessions() as session:
        found = session.get_one(Organisation, served.organisation_id)
        session.expunge(found)
    return found


def disc_of(site: Site) -> Disc:
    with site.sessions() as session:
        return session.scalars(select(Disc)).one()


def test_whatever_ends_a_senders_way_says_so_with_whom_to_call(
    chromium: Browser, tmp_path: Path, files: list[Path]
) -> None:
    with serving(tmp_path, f"file://{tmp_path / 'store'}") as served:
        phone, _ = opened(chromium, served, PHONE)
        key = a_request(served.site, hospital(served), max_discs=2)
        phone.goto(f"/r/{key.token}")
        phone.fill("#pin", "1111 2222" if key.pin != "11112222" else "3333 4444")
        phone.click("button.primary")
        expect(phone.locator("[role=alert]")).to_contain_text("That PIN doesn't match.")
        accessible(phone)
        phone.fill("#pin", key.pin)
        phone.click("button.primary")
        send(phone, files)
        expect(phone.locator(".sent")).to_contain_text("Files arrived: 3.")
        refuse(served, disc_of(served.site).id)
        phone.reload()
        expect(phone.locator(".sent")).to_contain_text("What you sent was not accepted.")
        expect(phone.get_by_role("link", name="+1 555 0100").first).to_have_attribute("href", "tel:+15550100")
        accessible(phone)
        allow(served, 0)
        send(phone, files)
        expect(phone.locator("#problem")).to_contain_text("So much waits here already")
        accessible(phone)
        end(served, key.request_id)
        phone.goto(f"/r/{key.token}")
        expect(phone.locator("h1")).to_have_text("This request has ended.")
        accessible(phone)
        phone.context.close()


def send(phone: Page, files: list[Path]) -> None:
    phone.set_input_files("#files", files)
    expect(phone.locator("#send")).to_be_enabled()
    phone.click("#send")


def refuse(served: Service, disc_id: str) -> None:
    read_through(served.site, disc_id)
    with served.site.sessions.begin() as session:
        disc, now = session.get_one(Disc, disc_id), served.site.now()
        requests.refuse(session, disc, because="Another person.", by=OPERATOR, user_id=None, now=now)


def allow(served: Service, quota: int) -> None:
    """Say how many bytes the hospital may keep."""
    with served.site.sessions.begin() as session:
        session.get_one(Organisation, served.organisation_id).quota_bytes = quota


def end(served: Service, request_id: str) -> None:
    with served.site.sessions.begin() as session:
        now, organisation_id = served.site.now(), served.organisation_id
        requests.revoke(session, organisation_id, request_id, by=OPERATOR, user_id=None, now=now)
