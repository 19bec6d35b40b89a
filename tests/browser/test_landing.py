"""The link page in a real browser: large text, no script, comfort while typing, nothing from elsewhere."""

from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import Browser, Frame, Page, Request, expect
from sqlalchemy import select

from app.accounts.languages import LANGUAGES
from app.accounts.models import Organisation
from app.shares import service
from app.shares.models import Share
from app.shares.orders import NewKey
from app.studies.models import DiscState
from tests import factories
from tests.browser.conftest import Service
from tests.chromium import CHROMIUM, Watch

pytestmark = pytest.mark.browser

NARROW = {"width": 320, "height": 640}
PHONE = {"width": 390, "height": 844}
BROWSER_BARS = 150
"""Pixels of a phone's screen that the browser itself takes, at most."""
DOUBLE_TEXT = ("--no-sandbox", "--disable-gpu", "--blink-settings=defaultFontSize=32,defaultFixedFontSize=26")


@pytest.fixture(scope="module")
def new(served: Service) -> NewKey:
    with served.site.sessions() as session:
        hospital = session.get_one(Organisation, served.organisation_id)
        disc_id = factories.a_disc(served.site, hospital)
    return served.share(disc_id, reference="RAD-2026-118")


@pytest.fixture(scope="module")
def double_text(chromium: Browser) -> Iterator[Browser]:
    """A browser whose owner doubled the size of text."""
    browser = chromium.browser_type.launch(executable_path=CHROMIUM, args=[*DOUBLE_TEXT])
    yield browser
    browser.close()


@pytest.fixture
def keeps_pages(chromium: Browser) -> Iterator[Browser]:
    """A browser that keeps pages for Back, as people's do and drivers' do not."""
    kept = ["--disable-back-forward-cache"]
    browser = chromium.browser_type.launch(
        executable_path=CHROMIUM, args=["--no-sandbox"], ignore_default_args=kept
    )
    yield browser
    browser.close()


OpenLink = Callable[..., Page]


@pytest.fixture
def open_link(chromium: Browser, served: Service, new: NewKey) -> Iterator[OpenLink]:
    """Open the link in a clean profile; nothing may be fetched from elsewhere or break the policy."""
    pages: list[tuple[Page, Watch]] = []

    def open_in(browser: Browser = chromium, path: str = f"/s/{new.token}", **options: object) -> Page:
        settings = {"viewport": PHONE, "locale": "en-GB", **options}
        page = browser.new_context(base_url=served.url, **settings).new_page()  # type: ignore[arg-type]  # by name
        pages.append((page, Watch(page, served.url)))
        page.goto(path)
        return page

    yield open_in
    for page, _ in pages:
        page.context.close()
    faults = [fault for _, watch in pages for fault in watch.faults if not _meant(fault)]
    assert faults == []


def _meant(fault: str) -> bool:
    """Tell whether a test made this happen: an answer that was refused, or scripts switched off."""
    return fault.startswith("Failed to load resource: the server responded with a status of 4") or (
        fault.startswith("failed: ") and fault.endswith(".js csp")
    )


def bottom(page: Page, selector: str) -> float:
    box = page.locator(selector).bounding_box()
    assert box
    return box["y"] + box["height"]


def overflows(page: Page) -> bool:
    return bool(page.evaluate("document.documentElement.scrollWidth > innerWidth"))


@pytest.mark.parametrize("language", LANGUAGES)
def test_pin_and_open_are_in_view_on_a_phone_at_double_text(
    open_link: OpenLink, double_text: Browser, new: NewKey, language: str
) -> None:
    page = open_link(double_text, f"/s/{new.token}?lang={language}")
    assert page.evaluate("getComputedStyle(document.body).fontSize") == "32px"
    assert bottom(page, "#pin") < bottom(page, "button") < PHONE["height"] - BROWSER_BARS
    assert not overflows(page)


@pytest.mark.parametrize("path", ["", "/go", "/s/unknown"])
def test_nothing_is_cut_off_on_the_narrowest_screen_at_double_text(
    open_link: OpenLink, double_text: Browser, new: NewKey, path: str
) -> None:
    page = open_link(double_text, path or f"/s/{new.token}", viewport=NARROW)
    for summary in page.locator("summary").all():
        summary.click()
    assert not overflows(page)


def test_a_page_that_waits_for_images_comes_anew_once_they_are_there(
    open_link: OpenLink, served: Service
) -> None:
    with served.site.sessions() as session:
        hospital = session.get_one(Organisation, served.organisation_id)
        coming = factories.a_disc(served.site, hospital, state=DiscState.INGESTING)
    path = f"/s/{served.share(coming).token}"
    page = open_link()
    page.clock.install()
    page.goto(path)
    title = page.get_by_role("heading", level=1)
    page.evaluate("window.here = true")
    looks: list[Request] = []
    page.on("request", lambda one: looks.append(one) if one.resource_type == "fetch" else None)
    minutes(page, lambda: len(looks) < 2)  # who looks again has read what the first look brought
    expect(title).to_have_text("Your link is right; images are still being checked.")
    assert page.evaluate("window.here")
    with served.site.sessions.begin() as session:
        waiting = session.scalars(select(Share).order_by(Share.created_at.desc())).first()
        assert waiting
        waiting.disc.state = DiscState.READY
        service.fill_waiting(session, waiting.disc, served.site.now())
    arrived: list[Frame] = []

    def arrive(frame: Frame) -> None:
        arrived.append(frame)

    page.on("framenavigated", arrive)
    minutes(page, lambda: not arrived)
    expect(title).to_have_text("Lakeside Hospital has images for you.")


def minutes(page: Page, still: Callable[[], bool]) -> None:
    """Let minutes go by on the page's clock while that holds."""
    while still():
        page.clock.fast_forward(60_000)
        page.wait_for_timeout(50)


def test_everything_that_can_be_pressed_is_large_enough(open_link: OpenLink) -> None:
    page = open_link()
    for target in page.locator("button, summary, input, nav a").all():
        box = target.bounding_box()
        assert box
        assert min(box["width"], box["height"]) >= 44


def test_digits_are_grouped_while_they_are_typed(open_link: OpenLink) -> None:
    page = open_link()
    field = page.locator("#pin")
    field.press_sequentially("4821-0937")
    expect(field).to_have_value("4821 0937")
    for _ in range(5):
        field.press("ArrowLeft")
    field.press("Backspace")
    expect(field).to_have_value("4820 937")
    field.press_sequentially("1")
    expect(field).to_have_value("4821 0937")


def test_a_pasted_pin_and_code_are_put_in_order(open_link: OpenLink) -> None:
    page = open_link()
    page.locator("#pin").focus()
    page.keyboard.insert_text(" 4821\u20110937")
    expect(page.locator("#pin")).to_have_value("4821 0937")
    page.goto("/go")
    page.locator("#code").focus()
    page.keyboard.insert_text("km4t7wqx3hrpc")
    expect(page.locator("#code")).to_have_value("KM4T-7WQX-3HRP-C")


def test_the_whole_way_works_without_script_and_leaves_no_token(
    open_link: OpenLink, new: NewKey, served: Service
) -> None:
    """T-19."""
    page = open_link(path="/go", java_script_enabled=False)
    page.fill("#code", new.code.lower())
    page.click("button")
    page.fill("#pin", factories.wrong_pin(new.pin))
    page.click("button")
    expect(page.get_by_role("alert")).to_contain_text("That PIN doesn't match.")
    page.fill("#pin", f"{new.pin[:4]} {new.pin[4:]}")
    page.click("button")
    page.wait_for_url(f"{served.url}/view/{new.share_id}")
    assert new.token not in page.content()


@pytest.mark.parametrize("first", ["nothing", "a wrong PIN", "another language", "a code"])
def test_once_the_pin_was_right_the_way_back_holds_no_link(
    open_link: OpenLink, served: Service, new: NewKey, first: str
) -> None:
    """T-19: neither the address bar nor the history."""
    page = open_link(path="/go") if first == "a code" else open_link()
    if first == "a code":
        page.fill("#code", new.code)
        page.click("button.primary")
        page.wait_for_url("**/s/*")
    elif first == "another language":
        page.get_by_role("link", name="Deutsch").click()
        expect(page.locator("html")).to_have_attribute("lang", "de")
    elif first == "a wrong PIN":
        page.fill("#pin", factories.wrong_pin(new.pin, 3))
        page.click("button.primary")
        expect(page.get_by_role("alert")).to_be_visible()
    page.fill("#pin", new.pin)
    page.click("button.primary")
    page.wait_for_url(f"**/view/{new.share_id}")
    past = page.context.new_cdp_session(page).send("Page.getNavigationHistory")["entries"]
    assert [entry["url"] for entry in past if "/s/" in entry["url"]] == []
    page.go_back()
    expect(page.locator("#code")).to_be_visible()


def test_back_after_leaving_shows_nothing_of_the_patient(
    keeps_pages: Browser, open_link: OpenLink, new: NewKey
) -> None:
    """S-16."""
    page = open_link(keeps_pages)
    page.fill("#pin", new.pin)
    page.click("main button.primary")
    page.wait_for_url("**/view/*")
    page.goto(f"/view/{new.share_id}/history")
    expect(page.locator("main")).to_contain_text("Opened")
    page.goto(f"/view/{new.share_id}")
    page.click(".actions button.quiet")
    expect(page.locator("h1")).to_have_text("You have left.")
    for _ in range(3):
        with page.expect_response(lambda answer: answer.request.is_navigation_request()) as asked:
            page.go_back()
        assert asked.value.status == 404
        expect(page.locator("main")).to_contain_text("Open your link again")


def test_a_form_is_sent_once_however_often_the_button_is_pressed(open_link: OpenLink, new: NewKey) -> None:
    page = open_link()
    posts: list[str] = []
    page.on("request", lambda request: posts.append(request.url) if request.method == "POST" else None)
    page.fill("#pin", factories.wrong_pin(new.pin, 2))
    page.locator("button").dblclick()
    expect(page.get_by_role("alert")).to_be_visible()
    assert len(posts) == 1


def test_the_language_can_be_changed_by_keyboard(open_link: OpenLink) -> None:
    page = open_link()
    page.get_by_role("link", name="Deutsch").focus()
    page.keyboard.press("Enter")
    expect(page.locator("html")).to_have_attribute("lang", "de")
    expect(page.get_by_role("button")).to_have_text("Öffnen")
