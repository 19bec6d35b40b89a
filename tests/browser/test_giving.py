"""Give to a doctor, in a real browser: a phone shows a code, another opens with it; who looked is told."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from app.accounts.models import Organisation
from app.shares.orders import NewKey
from tests import factories, viewing
from tests.browser.conftest import Service
from tests.chromium import PHONE, Watch, accessible, scanned

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def key(served: Service) -> NewKey:
    with served.site.sessions() as session:
        hospital = session.get_one(Organisation, served.organisation_id)
        disc_id = factories.a_disc(served.site, hospital)
    viewing.show(served.site, disc_id)
    return served.share(disc_id, allow=("view", "download", "give"))


@pytest.fixture
def doctor(chromium: Browser, served: Service) -> Iterator[Page]:
    """Somebody else's phone, in no language of the patient's."""
    context = chromium.new_context(base_url=served.url, locale="de-DE", **PHONE)
    page = context.new_page()
    watch = Watch(page, served.url)
    yield page
    context.close()
    assert watch.faults == []


def test_a_patient_shows_a_code_and_a_doctor_opens_with_it(
    visit: Callable[..., Page], doctor: Page, served: Service, key: NewKey, tmp_path: Path
) -> None:
    page = visit(key, phone=True)
    page.locator(".bar [data-sheet=give]").click()
    page.locator("#give-sheet .primary").click()
    expect(page.locator(".give-qr")).to_be_visible()
    assert page.locator("#give-sheet").bounding_box() == {"x": 0, "y": 0, "width": 390, "height": 844}
    digits = page.locator(".give-pin .give-code")
    expect(digits).to_be_hidden()
    page.locator(".give-pin summary").click()
    expect(digits).to_be_visible()
    pin = digits.inner_text()
    accessible(page)

    address = scanned(page.locator(".give-qr"), tmp_path)
    assert address.startswith(f"{served.url}/s/")
    doctor.goto(address)
    doctor.fill("[name=pin]", pin)
    doctor.keyboard.press("Enter")
    doctor.wait_for_url(f"**/view/{key.share_id}")
    expect(doctor.locator(".name")).to_have_text("Patient Test")
    expect(doctor.locator("[data-sheet=give]")).to_have_count(0)

    page.locator("#give-sheet header button").click()
    page.locator(".bar [data-sheet=give]").click()
    expect(page.locator(".give-qr")).to_have_count(0)
    page.locator("#give-sheet .who-looked a").click()
    expect(page.locator(".events li").first).to_contain_text("with the code that you gave on")
    accessible(page)


def test_a_code_that_cannot_be_made_says_so(visit: Callable[..., Page], key: NewKey) -> None:
    page = visit(key, forgiving=True)
    page.route("**/give", lambda route: route.abort())
    page.locator(".actions [data-sheet=give]").click()
    page.locator("#give-sheet .primary").click()
    expect(page.locator("#give-sheet [role=alert]")).to_be_visible()
    page.unroute("**/give")
    page.locator("#give-sheet .primary").click()
    expect(page.locator(".give-qr")).to_be_visible()
    expect(page.locator("#give-sheet [role=alert]")).to_have_count(0)
