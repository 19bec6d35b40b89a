"""The viewer at its limits: what is huge, long or lost; what it asks for and when; its bar and menus."""

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from playwright.sync_api import Page, Route, expect
from pydicom.encaps import encapsulate
from pydicom.uid import RLELossless

from tests.bench.viewer import LENGTHEN
from tests.browser.conftest import Service
from tests.chromium import Fingers
from tests.factories import ct_dataset, part10

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("browser")]

SIDE, SLICES, TIMES = 32, 20, 100
ROOT = "1.2.826.0.1.3680043.8.498.58."
HUGE = 20_000
LOST_AND_RESTORED = """
() => {
  const canvas = document.querySelector('#canvas canvas');
  const middle = () => {
    const probe = new OffscreenCanvas(1, 1).getContext('2d');
    probe.drawImage(canvas, canvas.width / 2, canvas.height / 2, 1, 1, 0, 0, 1, 1);
    return probe.getImageData(0, 0, 1, 1).data[0];
  };
  const before = middle();
  canvas.width += 0;
  const lost = middle();
  canvas.dispatchEvent(new Event('contextrestored'));
  return [before, lost, middle()];
}
"""
"""What stands in the middle of the canvas, before and after the browser took it away, and once it is back."""


def picture(number: int, series: int, **changes: Any) -> Any:
    described = {
        "StudyInstanceUID": f"{ROOT}1",
        "SeriesInstanceUID": f"{ROOT}1.{series}",
        "SeriesDescription": f"Series {series}",
        "SeriesNumber": series,
        "ImagePositionPatient": [0, 0, number * 2.0],
    }
    dataset = ct_dataset(number, side=SIDE, **{**described, **changes})
    dataset.PixelData = np.full((SIDE, SIDE), number, "<i2").tobytes()
    return dataset


@pytest.fixture(scope="module")
def disc_id(served: Service, tmp_path_factory: pytest.TempPathFactory) -> str:
    """A series of some slices, and a picture of 20,000 by 20,000 that takes next to no room."""
    folder: Path = tmp_path_factory.mktemp("limits")
    for number in range(1, SLICES + 1):
        (folder / f"1-{number}").write_bytes(part10(picture(number, 1)))
    huge = picture(1, 2, Rows=HUGE, Columns=HUGE, PhotometricInterpretation="MONOCHROME2")
    huge.PixelData = encapsulate([bytes(128)])
    huge["PixelData"].is_undefined_length = True
    (folder / "2-1").write_bytes(part10(huge, transfer_syntax_uid=RLELossless))
    return served.disc(folder)


@pytest.fixture
def look(served: Service, disc_id: str, visit: Callable[..., Page]) -> Callable[..., Page]:
    """Open the disc and wait for the exact picture."""

    def open_it(**how: Any) -> Page:
        page = visit(served.share(disc_id), **how)
        exact(page)
        return page

    return open_it


def exact(page: Page) -> None:
    expect(page.locator("#stage")).to_have_attribute("data-state", "exact", timeout=20_000)


def test_a_huge_picture_is_named_with_the_reason_and_can_be_downloaded(look: Callable[..., Page]) -> None:
    page = look()
    tile = page.locator(".unshown")
    expect(tile).to_contain_text("Too large to display: one picture of 400 million values")
    with page.expect_download() as taken:
        tile.get_by_role("link", name="Download").click()
    assert taken.value.path().stat().st_size > 0


def test_two_thousand_slices_are_leafed_through_on_a_phone(look: Callable[..., Page]) -> None:
    page = look(phone=True)
    page.add_init_script(LENGTHEN.replace("TIMES", str(TIMES)))
    page.reload()
    exact(page)
    expect(page.locator(".scrubber output")).to_have_text("11 / 2,000")
    slider = page.get_by_label("Leaf through the pictures")
    for number in (2000, 3, 1500):
        slider.fill(str(number))
        expect(page.locator(".bottom-left")).to_contain_text(f"{number:,} / 2,000")
        exact(page)
    asked: int = page.evaluate(
        "performance.getEntriesByType('resource').filter(({ name }) => name.includes('/frames/')).length"
    )
    assert asked < 250, "what is far away is not asked for on the way"


def test_a_canvas_that_the_browser_took_away_is_drawn_again(look: Callable[..., Page]) -> None:
    before, lost, restored = look().evaluate(LOST_AND_RESTORED)
    assert before > 0
    assert lost == 0
    assert restored == before


def test_pictures_are_asked_for_from_the_one_in_view_outwards_six_at_most_at_once(
    look: Callable[..., Page],
) -> None:
    page = look()
    order = page.evaluate(
        "JSON.parse(document.getElementById('manifest').textContent).studies[0].series[0].instances"
        ".map((one) => one.frames[0].url)"
    )
    asked: list[int] = []
    held: list[Route] = []

    def hold(route: Route) -> None:
        """Let the first picture through and hold the others back."""
        asked.append(next(at for at, url in enumerate(order) if route.request.url.endswith(url)))
        if len(asked) == 1:
            route.continue_()
        else:
            held.append(route)

    address = page.url
    page.goto("about:blank")  # what this page was fetching is none of the next one's
    page.route("**/frames/**", hold)
    page.goto(address)
    exact(page)
    while len(held) < 4:
        page.wait_for_timeout(20)
    page.wait_for_timeout(300)
    assert len(held) <= 6, "while none has come"
    middle = SLICES // 2
    assert asked[0] == middle
    assert set(asked[1:5]) == {middle + 1, middle - 1, middle + 2, middle - 2}
    while len(asked) < SLICES or held:
        for route in [held.pop() for _ in range(len(held))]:
            route.continue_()
        page.wait_for_timeout(20)
    page.wait_for_timeout(300)
    assert sorted(asked) == list(range(SLICES)), "each once, and the whole series"


def test_a_long_press_changes_brightness(look: Callable[..., Page]) -> None:
    page = look(phone=True)
    fingers = Fingers(page, resting=True)
    number = page.locator(".bottom-left").inner_text()
    fingers.send("Start", (195, 250))
    expect(page.locator(".stage.windowing")).to_be_visible()
    for x in (215, 240, 259):
        fingers.send("Move", (x, 250))
    fingers.send("End")
    expect(page.locator(".bottom-right")).to_contain_text(re.compile(r"W 50\d L 40"))
    assert page.locator(".bottom-left").inner_text() == number


def test_nothing_turns_for_who_wants_less_motion(look: Callable[..., Page]) -> None:
    page = look()
    page.emulate_media(reduced_motion="reduce")
    page.route("**/frames/**", lambda route: None)
    page.reload(wait_until="commit")
    spinner = page.locator(".spinner")
    expect(spinner).to_be_visible()
    assert spinner.evaluate("(one) => getComputedStyle(one).animationDuration") == "0s"
    page.unroute("**/frames/**")


def test_the_bar_of_tools_is_one_row_and_its_menus_go_by_keys(look: Callable[..., Page]) -> None:
    page = look()
    for width in (1280, 1440, 1920):
        page.set_viewport_size({"width": width, "height": 800})
        box = page.locator(".toolbar").bounding_box()
        assert box is not None
        assert box["height"] < 70
    opener = page.get_by_role("button", name="Measuring")
    opener.focus()
    page.keyboard.press("Enter")
    expect(page.get_by_role("button", name="Angle", exact=True)).to_be_visible()
    page.keyboard.press("Tab")
    expect(page.get_by_role("button", name="Value at a point")).to_be_focused()
    page.keyboard.press("Escape")
    expect(page.get_by_role("button", name="Angle", exact=True)).to_be_hidden()
    expect(opener).to_be_focused()


def test_all_tools_make_a_phones_page_no_wider(look: Callable[..., Page]) -> None:
    page = look(phone=True)
    page.get_by_role("button", name="All tools").click()
    page.get_by_role("button", name="Measuring").click()
    panel = page.get_by_role("group", name="Measuring").bounding_box()
    assert panel is not None
    assert panel["x"] >= 0
    assert panel["x"] + panel["width"] <= 390
    assert page.evaluate("[innerWidth, innerHeight]") == [390, 844]
