"""The viewer as people use it: by mouse, finger and keys, and its pixels against pydicom's."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pydicom
import pytest
from playwright.sync_api import Browser, Page, Route, expect

from app.accounts.languages import LANGUAGES
from app.audit.actor import OPERATOR
from app.shares.change import revoke
from app.shares.models import VisitorSession
from app.web.look import contrast
from tests.browser.conftest import Service
from tests.chromium import PHONE, Fingers, painted
from tests.factories import ct_dataset, part10

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("browser")]

SIDE, SLICES = 64, 12
HEARD = """
addEventListener('vcd:picture', ({ detail }) => {
  window.heard = { values: Array.from(detail.getPixelData()) };
});
"""
CANVAS = """
() => {
  const canvas = document.querySelector('#canvas canvas');
  const [x, y] = [Math.floor(canvas.width / 2), Math.floor(canvas.height / 2)];
  const probe = new OffscreenCanvas(1, 1).getContext('2d', { willReadFrequently: true });
  probe.drawImage(canvas, x, y, 1, 1, 0, 0, 1, 1);
  return Array.from(probe.getImageData(0, 0, 1, 1).data);
}
"""

OVER_WHITE = """
(over) => [...over.querySelectorAll('.corner, .edge')].filter((one) => one.textContent).map((one) => {
  const numbers = (colour) => colour.match(/[0-9.]+/g).map(Number);
  const { color, backgroundColor } = getComputedStyle(one);
  const [ink, [red, green, blue, alpha = 1]] = [numbers(color), numbers(backgroundColor)];
  const paper = [red, green, blue].map((part) => part * alpha + 255 * (1 - alpha));
  const pair = (part) => Math.round(part).toString(16).padStart(2, '0');
  const hexadecimal = (parts) => `#${parts.slice(0, 3).map(pair).join('')}`;
  return [hexadecimal(ink), hexadecimal(paper)];
})
"""
"""What the texts over a picture are written with and on, where the picture is white."""


def squares(number: int, low: int = -1000, high: int = 1000) -> Any:
    """Four flat squares and a little noise at the edges: values that a probe can find on a canvas."""
    values = np.full((SIDE, SIDE), low + number, "<i2")
    values[16:48, 16:48] = (high - low) // 4 + number * 10
    values[0, :] = np.linspace(low, high, SIDE).astype("<i2")
    return values


def a_slice(number: int, **changes: Any) -> bytes:
    values = changes.pop("values", None)
    values = squares(number) if values is None else values
    dataset = ct_dataset(number, side=SIDE, **changes)
    dataset.PixelData = values.tobytes()
    dataset.BodyPartExamined = "CHEST"
    return part10(dataset)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A disc with one CT series."""
    root = tmp_path_factory.mktemp("disc")
    for number in range(1, SLICES + 1):
        (root / f"CT{number}").write_bytes(a_slice(number))
    return root


@pytest.fixture(scope="module")
def disc_id(served: Service, folder: Path) -> str:
    return served.disc(folder)


@pytest.fixture
def open_viewer(served: Service, disc_id: str, visit: Callable[..., Page]) -> Callable[..., Page]:
    """Open the disc in a clean profile; wait for the exact picture."""

    def open_it(*, phone: bool = False, forgiving: bool = False) -> Page:
        page = visit(served.share(disc_id), phone=phone, forgiving=forgiving)
        exact(page)
        return page

    return open_it


def exact(page: Page) -> None:
    expect(page.locator("#stage")).to_have_attribute("data-state", "exact", timeout=30_000)


def at(page: Page, number: int, total: int = SLICES) -> None:
    """Wait until picture ``number`` is drawn."""
    label = f"Picture {number} of {total}, CT chest"
    expect(page.locator("#stage")).to_have_attribute("aria-label", label)


@pytest.fixture(params=[False, True], ids=["desktop", "phone"])
def either(request: pytest.FixtureRequest) -> bool:
    return bool(request.param)


def test_a_preview_stands_in_the_page_until_the_exact_picture_replaces_it(
    open_viewer: Callable[..., Page], either: bool
) -> None:
    page = open_viewer(phone=either)
    page.route("**/frames/**", lambda route: None)
    page.reload(wait_until="commit")
    preview = page.locator("#preview")
    expect(preview.locator("img")).to_be_visible()
    expect(preview).to_contain_text("preview")
    page.unroute("**/frames/**")
    page.reload()
    exact(page)
    expect(preview).to_have_count(0)


def test_who_is_seen_and_what_it_is_stand_above_the_picture(
    open_viewer: Callable[..., Page], either: bool
) -> None:
    page = open_viewer(phone=either)
    for text in ("Patient Test", "born 3 May 1961", "CT of the chest, 12 March 2026"):
        expect(page.locator("header.who")).to_contain_text(text)
    expect(page.locator(".notes")).to_contain_text("Your doctor's report explains them.")


def test_the_values_drawn_are_pydicoms(open_viewer: Callable[..., Page], folder: Path) -> None:
    page = open_viewer()
    page.evaluate(HEARD)
    for number in (8, 9):
        page.keyboard.press("ArrowDown")
        at(page, number)
        heard = page.evaluate("window.heard")
        dataset = pydicom.dcmread(folder / f"CT{number}")
        wanted = dataset.pixel_array * dataset.RescaleSlope + dataset.RescaleIntercept
        assert np.array_equal(heard["values"], wanted.ravel())


def windowed(value: float, center: float, width: float) -> float:
    """PS3.3 C.11.2.1.2.1."""
    return float(np.clip((value - (center - 0.5)) / (width - 1) + 0.5, 0, 1) * 255)


def test_the_canvas_shows_the_window_of_the_standard(open_viewer: Callable[..., Page]) -> None:
    page = open_viewer()
    at(page, 7)
    middle = float(squares(7)[32, 32])
    assert page.evaluate(CANVAS)[0] == pytest.approx(windowed(middle, 40, 400), abs=1)
    page.get_by_label("Brightness preset").select_option("bone")
    expect(page.locator(".bottom-right")).to_contain_text("W 1800 L 400")
    painted(page)
    assert page.evaluate(CANVAS)[0] == pytest.approx(windowed(middle, 400, 1800), abs=1)
    page.get_by_label("Invert black and white").click()
    painted(page)
    assert page.evaluate(CANVAS)[0] == pytest.approx(255 - windowed(middle, 400, 1800), abs=1)


def test_wheel_and_keys_leaf_through_the_series(open_viewer: Callable[..., Page]) -> None:
    page = open_viewer()
    at(page, 7)
    page.mouse.move(800, 450)
    page.mouse.wheel(0, 100)
    at(page, 8)
    page.mouse.wheel(0, -100)
    at(page, 7)
    for key, number in (
        ("Home", 1),
        ("ArrowDown", 2),
        ("PageDown", 12),
        ("End", 12),
        ("PageUp", 2),
        ("ArrowUp", 1),
    ):
        page.keyboard.press(key)
        at(page, number)


def test_no_turn_of_the_wheel_is_lost(open_viewer: Callable[..., Page]) -> None:
    page = open_viewer()
    page.keyboard.press("Home")
    at(page, 1)
    page.mouse.move(800, 450)
    for _ in range(9):
        page.mouse.wheel(0, 100)
    at(page, 10)


def test_the_slider_leafs_too(open_viewer: Callable[..., Page], either: bool) -> None:
    page = open_viewer(phone=either)
    slider = page.get_by_label("Leaf through the pictures")
    slider.fill("3")
    at(page, 3)
    expect(page.locator(".scrubber output")).to_have_text(f"3 / {SLICES}")


def test_a_finger_swipes_through_the_pictures(open_viewer: Callable[..., Page]) -> None:
    page = open_viewer(phone=True)
    at(page, 7)
    expect(page.get_by_text("Swipe through 12 pictures")).to_be_visible()
    Fingers(page).swipe((195, 250), (195, 275), (195, 299))
    at(page, 9)
    expect(page.get_by_text("Swipe through 12 pictures")).to_have_count(0)


def test_what_is_chosen_can_be_told_where_a_reader_sets_the_colours(open_viewer: Callable[..., Page]) -> None:
    page = open_viewer()
    page.emulate_media(forced_colors="active")
    for chosen in ("[aria-pressed=true]", "[data-series][aria-current]"):
        outline = page.locator(chosen).first.evaluate("one => getComputedStyle(one).outlineStyle")
        assert outline == "solid"


def test_a_line_grows_while_a_series_comes_and_goes_once_it_is_whole(
    open_viewer: Callable[..., Page],
) -> None:
    page = open_viewer()
    expect(page.locator(".loaded")).to_be_hidden()
    wanted = page.evaluate(
        "JSON.parse(document.getElementById('manifest').textContent).studies[0].series[0].instances[0].frames[0].url"
    )
    page.route(f"**{wanted}", lambda route: None)
    page.reload()
    exact(page)
    line, whole = page.locator(".loaded"), page.locator(".scrubber").bounding_box()
    assert whole is not None
    expect(line).to_have_css("width", f"{whole['width'] * (SLICES - 1) / SLICES:g}px")


def test_two_fingers_zoom(open_viewer: Callable[..., Page]) -> None:
    page = open_viewer(phone=True)
    fingers = Fingers(page)
    fingers.send("Start", (150, 300), (250, 300))
    fingers.send("Move", (100, 300), (300, 300))
    fingers.send("End")
    expect(page.locator(".bottom-right")).to_contain_text("200 %")
    page.get_by_label("Back to the start").click()
    expect(page.locator(".bottom-right")).to_contain_text("100 %")


def test_dragging_changes_brightness_and_contrast(open_viewer: Callable[..., Page]) -> None:
    page = open_viewer()
    page.mouse.move(700, 400)
    page.mouse.down()
    page.mouse.move(764, 400)
    page.mouse.up()
    expect(page.locator(".bottom-right")).to_contain_text("W 500 L 40")


def test_zoom_keeps_the_point_under_the_pointer(open_viewer: Callable[..., Page]) -> None:
    page = open_viewer()
    page.mouse.move(900, 500)
    page.keyboard.down("Control")
    page.mouse.wheel(0, -200)
    page.keyboard.up("Control")
    expect(page.locator(".bottom-right")).not_to_contain_text("100 %")
    at(page, 7)


def test_the_report_and_the_copy_are_a_tap_away(open_viewer: Callable[..., Page]) -> None:
    page = open_viewer(phone=True)
    bar = page.locator(".bar")
    bar.get_by_text("Report").click()
    expect(page.locator("#report-sheet")).to_contain_text("No report is attached.")
    page.keyboard.press("Escape")
    bar.get_by_text("Save").click()
    expect(page.locator("#save-sheet")).to_contain_text("Use Wi-Fi.")
    ways = page.locator("#save-sheet a").evaluate_all(
        "links => links.map((one) => one.pathname.split('/').pop())"
    )
    assert ways[:3] == ["pictures.pdf", "pictures.zip", "bundle.zip"]


def test_what_is_saved_can_be_chosen(open_viewer: Callable[..., Page], either: bool) -> None:
    page = open_viewer(phone=either)
    page.locator(".bar [data-sheet=save]" if either else ".actions [data-sheet=save]").click()
    sheet = page.locator("#save-sheet")
    expect(sheet.locator("#pictures-size")).to_contain_text("pictures, about")
    sheet.get_by_text("Which pictures, and how").click()
    sheet.locator("select[name=which]").select_option("One of every five")
    sheet.get_by_label("With name and birth date").check()
    sheet.get_by_label("Without loss (PNG): larger files").check()
    zip_, pdf = (
        sheet.locator(f"a[href*='pictures.{kind}']").get_attribute("href") for kind in ("zip", "pdf")
    )
    assert str(zip_).partition("?")[2] == "which=nth&every=5&form=png&name=yes"
    assert str(pdf).partition("?")[2] == "which=nth&every=5&name=yes"
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    for control in sheet.locator("label:visible, summary:visible, select:visible, a:visible").all():
        box = control.bounding_box()
        assert box is not None
        assert box["height"] >= 44, control.inner_text()


def test_a_lost_connection_is_told_and_tried_again(open_viewer: Callable[..., Page]) -> None:
    page = open_viewer(forgiving=True)
    page.route("**/frames/**", lambda route: route.fulfill(status=500))
    page.reload(wait_until="commit")
    expect(page.locator("#message")).to_contain_text("This picture could not be loaded.", timeout=20_000)
    page.unroute("**/frames/**")
    page.get_by_role("button", name="Try again").click()
    exact(page)


def test_a_series_goes_on_coming_once_the_connection_is_back(open_viewer: Callable[..., Page]) -> None:
    page = open_viewer(forgiving=True)
    first = page.evaluate("JSON.parse(document.getElementById('manifest').textContent).first.instance_id")
    page.route(
        "**/frames/**", lambda route: route.continue_() if first in route.request.url else route.abort()
    )
    page.reload()
    exact(page)
    line = page.locator(".loaded")
    expect(line).to_be_visible()
    page.keyboard.press("ArrowDown")
    expect(page.locator("#message")).to_contain_text("Try again", timeout=20_000)
    page.unroute("**/frames/**")
    page.evaluate("dispatchEvent(new Event('online'))")
    at(page, 8)
    expect(line).to_be_hidden()


def test_a_picture_that_does_not_come_holds_up_no_other_and_none_has_its_number(
    open_viewer: Callable[..., Page],
) -> None:
    page = open_viewer(forgiving=True)
    wanted = page.evaluate(
        "JSON.parse(document.getElementById('manifest').textContent).studies[0].series[0].instances[9].frames[0].url"
    )
    page.route(f"**{wanted}", lambda route: None)
    page.reload()
    at(page, 7)
    for number in (8, 9):
        page.keyboard.press("ArrowDown")
        at(page, number)
    page.keyboard.press("ArrowDown")
    expect(page.locator("#message")).to_contain_text("Loading")
    expect(page.locator(".scrubber output")).to_have_text(f"10 / {SLICES}")
    page.keyboard.press("i")
    expect(page.locator(".bottom-left")).to_have_text(f"9 / {SLICES}")
    page.keyboard.press("ArrowDown")
    at(page, 11)
    expect(page.locator(".bottom-left")).to_have_text(f"11 / {SLICES}")
    expect(page.locator("#message")).to_be_hidden()


ENDINGS = {
    "the link": "This link has ended. Ask Lakeside Hospital for a new one.",
    "the visit": "Open your link again and enter your PIN.",
}


@pytest.mark.parametrize("ended", ENDINGS)
def test_what_ends_while_pictures_are_looked_at_is_told_kindly(
    served: Service, disc_id: str, visit: Callable[..., Page], ended: str
) -> None:
    key = served.share(disc_id)
    page = visit(key, forgiving=True)
    at(page, 7)
    page.wait_for_load_state("networkidle")

    def end(route: Route) -> None:
        with served.site.sessions.begin() as session:
            now = served.site.now()
            if ended == "the link":
                revoke(session, served.organisation_id, key.share_id, by=OPERATOR, user_id=None, now=now)
            else:
                session.query(VisitorSession).filter_by(share_id=key.share_id).one().ended_at = now
        route.continue_()

    page.route("**/frames/**", end)
    page.reload()
    expect(page.locator("#message")).to_contain_text(ENDINGS[ended], timeout=20_000)
    page.get_by_role("button", name="Try again").click()
    expect(page.locator("body")).to_contain_text(ENDINGS[ended])


def test_a_page_that_is_loaded_again_shows_what_was_in_view(
    open_viewer: Callable[..., Page], either: bool
) -> None:
    page = open_viewer(phone=either)
    page.get_by_label("Leaf through the pictures").fill("3")
    at(page, 3)
    page.reload()
    at(page, 3)
    page.goto("/verify")
    page.go_back()
    at(page, 3)
    page.keyboard.press("2")
    page.keyboard.press("ArrowDown")
    at(page, 4)
    page.reload()
    at(page, 4)
    expect(page.locator("#tiles")).to_have_attribute("data-layout", "1x2")


def test_who_it_is_and_which_side_can_be_read_over_the_whitest_picture(
    open_viewer: Callable[..., Page], either: bool
) -> None:
    page = open_viewer(phone=either)
    over_white = page.locator("#over").evaluate(OVER_WHITE)
    assert len(over_white) == 7
    for ink, paper in over_white:
        assert contrast(ink, paper) >= 4.5


def test_every_control_is_large_enough_for_a_finger(open_viewer: Callable[..., Page], either: bool) -> None:
    page = open_viewer(phone=either)
    for control in page.locator("button:visible, a:visible, select:visible").all():
        box = control.bounding_box()
        assert box is not None
        assert min(box["width"], box["height"]) >= 44, control.inner_text()


def test_nothing_is_wider_than_the_screen(open_viewer: Callable[..., Page], either: bool) -> None:
    page = open_viewer(phone=either)
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")


@pytest.mark.parametrize(("width", "height"), [(844, 390), (667, 375), (720, 450)])
def test_a_phone_on_its_side_and_a_page_at_200_percent_give_their_height_to_the_picture(
    open_viewer: Callable[..., Page], width: int, height: int
) -> None:
    page = open_viewer(phone=True)
    page.set_viewport_size({"width": width, "height": height})
    stage = page.locator("#stage").bounding_box()
    assert stage is not None
    assert stage["height"] > 0.72 * height
    assert stage["width"] > 0.55 * width
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    for who in (".who .name", ".who .born"):
        assert page.locator(who).evaluate("one => one.scrollWidth <= one.clientWidth")
    for name in ("Pictures", "Report", "Save", "Brightness and contrast", "All tools"):
        box = page.get_by_role("button", name=name, exact=True).bounding_box()
        assert box is not None
        assert min(box["width"], box["height"]) >= 44
        assert box["y"] + box["height"] <= height


@pytest.mark.parametrize("language", LANGUAGES)
def test_on_a_phone_tools_are_one_row_and_no_birth_date_is_cut_in_any_language(
    chromium: Browser, served: Service, disc_id: str, language: str
) -> None:
    key = served.share(disc_id, language=language)
    with chromium.new_context(base_url=served.url, locale=language, **PHONE) as context:
        page = context.new_page()
        page.goto(f"/s/{key.token}")
        page.fill("[name=pin]", key.pin)
        page.keyboard.press("Enter")
        exact(page)
        bar = page.locator(".tools").bounding_box()
        assert bar is not None
        assert bar["height"] < 2 * 44
        assert page.evaluate("document.querySelector('.tools').scrollWidth") <= 390
        born = page.locator(".who .born")
        assert born.evaluate("one => one.scrollWidth <= one.clientWidth"), born.inner_text()
