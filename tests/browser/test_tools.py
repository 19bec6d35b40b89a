"""Each of the viewer's tools by real mouse, keys and fingers, its figures against truth; several tiles."""

import re
from collections.abc import Callable
from io import BytesIO
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image
from playwright.sync_api import Locator, Page, expect
from pydicom import dcmread

from app.accounts.models import Organisation
from app.shares.models import Right
from tests.browser.conftest import Service
from tests.chromium import AXE, Fingers, Point, drag_over, painted
from tests.factories import ct_dataset, part10

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("browser")]

SIDE, SLICES, SPACING = 64, 12, (0.8, 0.5)
ROOT = "1.2.826.0.1.3680043.8.498.55."
ALONE: dict[str, Any] = {
    "StudyInstanceUID": f"{ROOT}20250101",
    "SeriesInstanceUID": f"{ROOT}20250101.6",
    "StudyDate": "20250101",
    "SeriesNumber": 6,
}
"""A series of one picture, of the examination before."""


def values(number: int) -> Any:
    """Return HU that differ everywhere: a tilted plane."""
    rows, columns = np.mgrid[0:SIDE, 0:SIDE]
    return (rows * 5 + columns * 3 + number * 10 - 200).astype("<i2")


def write(folder: Path, series: int, date: str = "20260312", **changes: Any) -> None:
    for number in range(1, SLICES + 1):
        described: dict[str, Any] = {
            "StudyInstanceUID": f"{ROOT}{date}",
            "SeriesInstanceUID": f"{ROOT}{date}.{series}",
            "StudyDate": date,
            "SeriesDescription": f"Series {series}",
            "SeriesNumber": series,
            "BodyPartExamined": "CHEST",
            "PixelSpacing": list(SPACING),
            "ImagePositionPatient": [0, 0, number * 2.0],
            "FrameOfReferenceUID": f"{ROOT}{date}.9",
            **changes,
        }
        dataset = ct_dataset(number, side=SIDE, **described)
        dataset.PixelData = values(number).tobytes()
        (folder / f"{date}-{series}-{number}").write_bytes(part10(dataset))


def write_uneven(folder: Path) -> None:
    """Two series of the examination before: in one a slice is missing, in the other one is smaller."""
    write(folder, 3, "20250101")
    (folder / "20250101-3-5").unlink()
    write(folder, 4, "20250101")
    path = folder / "20250101-4-5"
    dataset = dcmread(path)
    dataset.Rows = SIDE // 2
    dataset.PixelData = dataset.PixelData[: len(dataset.PixelData) // 2]
    path.write_bytes(part10(dataset))


@pytest.fixture(scope="module")
def disc_id(served: Service, tmp_path_factory: pytest.TempPathFactory) -> str:
    """Two series of one examination, of which the second lies nowhere, and four of an examination before."""
    folder = tmp_path_factory.mktemp("tools")
    write(folder, 1)
    write(folder, 2, PixelSpacing=None, ImagePositionPatient=None)
    write(folder, 1, "20250101")
    write_uneven(folder)
    write(folder, 5, "20250101", PixelSpacing=None, ImagerPixelSpacing=[0.2, 0.2])
    alone = ct_dataset(side=SIDE, **ALONE)
    alone.PixelData = values(1).tobytes()
    (folder / "alone").write_bytes(part10(alone))
    with served.site.sessions.begin() as session:
        session.query(Organisation).one().reslicing = True
    return served.disc(folder)


@pytest.fixture
def page(served: Service, disc_id: str, visit: Callable[..., Page]) -> Page:
    found = visit(served.share(disc_id))
    choose(found, 0)
    return found


def exact(stage: Locator) -> None:
    expect(stage).to_have_attribute("data-state", "exact", timeout=20_000)


def choose(page: Page, place: int) -> None:
    """Open a series, and wait until a picture of it is drawn: the page says anew which one."""
    stage = page.locator("#stage")
    stage.evaluate("one => { delete one.dataset.image; }")
    page.locator("[data-series]").nth(place).click()
    drawn(stage)


def drawn(stage: Locator) -> None:
    """Wait until the page says which picture it has drawn on a stage."""
    expect(stage).to_have_attribute("data-image", re.compile("."))
    exact(stage)


def drop(page: Page, place: int, stage: Locator) -> None:
    """Drag a series into a tile, and wait until a picture of it is drawn there."""
    stage.evaluate("one => { delete one.dataset.image; }")
    page.locator("[data-series]").nth(place).drag_to(stage)
    drawn(stage)


def place(page: Page, point: Point) -> Point:
    """Return where a point of the picture, in its own pixels, lies on the screen: fitted, upright."""
    box = page.locator("#stage").bounding_box()
    assert box is not None
    aspect = SPACING[0] / SPACING[1]
    across = min(box["width"] / SIDE, box["height"] / (SIDE * aspect))
    x = box["x"] + box["width"] / 2 + (point[0] - SIDE / 2) * across
    return x, box["y"] + box["height"] / 2 + (point[1] - SIDE / 2) * across * aspect


def drag(page: Page, *points: Point) -> None:
    drag_over(page, [place(page, point) for point in points])


def middle_of(page: Page) -> Any:
    """Return the greys on the screen around the picture's middle."""
    image = Image.open(BytesIO(page.locator("#stage").screenshot())).convert("L")
    x, y = image.width // 2, image.height // 2
    return np.asarray(image.crop((x - 60, y - 60, x + 60, y + 60)), np.int16)


def use(page: Page, menu: str, name: str) -> None:
    """Open a menu of the toolbar and press one of its buttons."""
    page.get_by_role("button", name=menu, exact=True).click()
    page.get_by_role("button", name=name, exact=True).click()


def arrange(page: Page, layout: str) -> None:
    page.get_by_role("button", name="Layout", exact=True).click()
    page.locator("select.layouts").select_option(layout)


def said(page: Page, kind: str) -> list[str]:
    return page.locator(f".mark.{kind} tspan").all_text_contents()


def figure(text: str) -> float:
    found = re.search(r"-?[\d,]+(\.\d+)?", text)
    assert found is not None, text
    return float(found[0].replace(",", ""))


def test_a_length_is_true_within_half_a_percent(page: Page) -> None:
    page.keyboard.press("l")
    drag(page, (10, 12), (50, 52))
    [text] = said(page, "length")
    assert text.endswith(" mm")
    assert figure(text) == pytest.approx(np.hypot(40 * SPACING[1], 40 * SPACING[0]), rel=0.005)


def test_a_length_can_be_set_by_two_clicks_and_its_ends_be_moved(page: Page) -> None:
    use(page, "Measuring", "Length")
    for point in ((10, 10), (40, 10)):
        page.mouse.move(*place(page, point), steps=3)
        page.mouse.down()
        page.mouse.up()
    assert figure(said(page, "length")[0]) == pytest.approx(30 * SPACING[1], rel=0.005)
    drag(page, (40, 10), (50, 10))
    assert figure(said(page, "length")[0]) == pytest.approx(40 * SPACING[1], rel=0.005)


def test_a_length_by_finger(served: Service, disc_id: str, visit: Callable[..., Page]) -> None:
    page = visit(served.share(disc_id), phone=True)
    choose(page, 0)
    page.get_by_role("button", name="All tools").click()
    use(page, "Measuring", "Length")
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    Fingers(page).swipe(*(place(page, point) for point in ((10, 20), (30, 20), (54, 20))))
    painted(page)  # touches are told to the page when it next draws
    assert figure(said(page, "length")[0]) == pytest.approx(44 * SPACING[1], rel=0.005)


def test_a_phone_shows_two_pictures_one_above_the_other(
    served: Service, disc_id: str, visit: Callable[..., Page]
) -> None:
    page = visit(served.share(disc_id), phone=True)
    exact(page.locator("#stage"))
    page.get_by_role("button", name="All tools").click()
    arrange(page, "2x1")
    second = page.locator(".stage").nth(1)
    exact(second)
    above, below = page.locator("#stage").bounding_box(), second.bounding_box()
    assert above is not None
    assert below is not None
    assert below["y"] >= above["y"] + above["height"]
    assert below["height"] == pytest.approx(above["height"], abs=2)
    assert below["height"] > 100


def test_without_spacing_a_length_is_in_pixels(page: Page) -> None:
    choose(page, 1)
    page.keyboard.press("l")
    box = page.locator("#stage").bounding_box()
    assert box is not None
    scale = min(box["width"], box["height"]) / SIDE
    x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
    page.mouse.move(x, y)
    page.mouse.down()
    page.mouse.move(x + 20 * scale, y, steps=3)
    page.mouse.up()
    [text] = said(page, "length")
    assert text.endswith(" px")
    assert figure(text) == pytest.approx(20, rel=0.01)


def test_a_length_in_the_detectors_plane_says_so(page: Page) -> None:
    choose(page, 5)
    page.keyboard.press("l")
    drag_by(page, (50, 0))
    [text] = said(page, "length")
    assert text.endswith(" mm (at the detector)")


def test_a_bar_of_a_round_length_says_how_large_things_are_however_they_are_turned(page: Page) -> None:
    bar = page.locator("#over .scale")
    for key in (None, "+", "r"):
        if key:
            page.keyboard.press(key)
        box = bar.bounding_box()
        assert box is not None
        x, y = box["x"], box["y"] - 40
        page.keyboard.press("l")
        drag_over(page, [(x, y), (x + box["width"], y)])
        assert figure(said(page, "length")[0]) == pytest.approx(figure(bar.inner_text()), rel=0.01)
        page.keyboard.press("Delete")
    choose(page, 1)
    expect(bar).to_have_count(0)


def test_a_pixel_of_the_picture_is_one_of_the_screen_where_that_is_asked_for(page: Page) -> None:
    look = page.locator("#over .bottom-right")
    page.keyboard.press("u")
    page.keyboard.press("l")
    drag_by(page, (20, 0))
    assert figure(said(page, "length")[0]) == pytest.approx(20 * SPACING[1], rel=0.005)
    expect(look).not_to_contain_text("100 %")
    page.keyboard.press("u")
    expect(look).to_contain_text("100 %")


def test_a_slice_says_how_thick_it_is_and_where_it_lies(page: Page) -> None:
    told = page.locator("#over .top-left .values")
    page.keyboard.press("Home")
    expect(page.locator("#over .bottom-left")).to_have_text("1 / 12")
    expect(told).to_have_text("5 mm · H 2.0 mm")
    page.keyboard.press("End")
    expect(told).to_have_text("5 mm · H 24.0 mm")
    choose(page, 1)
    expect(told).to_have_text("5 mm")


def test_presets_say_their_values_and_patients_read_none(
    page: Page, served: Service, disc_id: str, visit: Callable[..., Page]
) -> None:
    expect(page.locator(".presets")).to_contain_text("Lung · 1500 / -600")
    phone = visit(served.share(disc_id), phone=True)
    exact(phone.locator("#stage"))
    phone.get_by_role("button", name="All tools").tap()
    expect(phone.locator(".presets")).to_contain_text("Lung · 1500 / -600")
    expect(phone.locator("#over .bottom-right .values")).to_be_visible()
    phone.get_by_role("button", name="Fewer tools").tap()
    expect(phone.locator(".presets")).not_to_contain_text("1500")
    expect(phone.locator("#over .bottom-right .values")).to_be_hidden()


def test_black_and_white_change_places(page: Page) -> None:
    before = middle_of(page)
    page.keyboard.press("i")
    painted(page)
    assert np.abs(255 - middle_of(page) - before).max() <= 2
    page.keyboard.press("i")
    painted(page)
    assert np.abs(middle_of(page) - before).max() <= 2


def test_a_picture_is_moved_by_as_much_as_the_mouse(page: Page) -> None:
    before = middle_of(page)
    page.keyboard.press("p")
    drag_by(page, (30, 20))
    painted(page)
    assert np.abs(middle_of(page)[20:, 30:] - before[:-20, :-30]).max() <= 2


def test_an_angle_is_that_of_the_patient_not_of_the_pixels(page: Page) -> None:
    page.keyboard.press("a")
    drag(page, (50, 20), (20, 20))
    x, y = place(page, (40, 40))
    page.mouse.move(x, y, steps=3)
    page.mouse.down()
    page.mouse.up()
    wanted = np.degrees(np.arctan2(20 * SPACING[0], 20 * SPACING[1]))
    assert figure(said(page, "angle")[0]) == pytest.approx(wanted, abs=0.3)


def test_a_probe_says_the_value_under_it(page: Page) -> None:
    page.keyboard.press("v")
    drag(page, (20.5, 30.5), (20.5, 30.5))
    shown = page.locator(".bottom-left").first.inner_text()
    [text] = said(page, "probe")
    assert text == f"{values(int(figure(shown)))[30, 20]} HU"


@pytest.mark.parametrize(("key", "kind"), [("b", "rectangle"), ("e", "ellipse")])
def test_a_region_says_mean_spread_and_area(page: Page, key: str, kind: str) -> None:
    page.keyboard.press(key)
    drag(page, (10, 10), (40, 30))
    mean, spread, area = said(page, kind)
    number = int(figure(page.locator(".bottom-left").first.inner_text()))
    rows, columns = np.mgrid[0:SIDE, 0:SIDE] + 0.5
    inside = (rows > 10) & (rows < 30) & (columns > 10) & (columns < 40)
    share = 1.0
    if kind == "ellipse":
        inside &= ((columns - 25) / 15) ** 2 + ((rows - 20) / 10) ** 2 <= 1
        share = np.pi / 4
    chosen = values(number)[inside]
    assert figure(mean) == pytest.approx(chosen.mean(), abs=1.5)
    assert figure(spread) == pytest.approx(chosen.std(), abs=1.0)
    assert figure(area) == pytest.approx(30 * 20 * SPACING[0] * SPACING[1] * share, rel=0.01)


def test_an_arrow_takes_words_and_marks_are_taken_back(page: Page) -> None:
    page.keyboard.press("t")
    drag(page, (10, 10), (30, 30))
    page.locator("dialog[open] input").fill("<b>here</b>")
    page.keyboard.press("Enter")
    expect(page.locator(".mark.arrow tspan")).to_have_text("<b>here</b>")
    page.keyboard.press("l")
    drag(page, (40, 40), (60, 40))
    page.keyboard.press("Delete")
    expect(page.locator(".mark.length")).to_have_count(0)
    page.keyboard.press("Control+z")
    expect(page.locator(".mark.length")).to_have_count(1)
    page.reload()
    exact(page.locator("#stage"))
    choose(page, 0)
    expect(page.locator(".mark")).to_have_count(2)
    assert page.evaluate("Object.keys(localStorage).filter((key) => key !== 'vcd-tools').length") == 0


def test_letters_follow_turning_and_mirroring(page: Page) -> None:
    def letters() -> list[str]:
        return [
            page.locator(f".edge.{edge}").first.inner_text() for edge in ("top", "right", "bottom", "left")
        ]

    assert letters() == ["A", "L", "P", "R"]
    page.keyboard.press("r")
    assert letters() == ["R", "A", "L", "P"]
    page.keyboard.press("h")
    assert letters() == ["R", "P", "L", "A"]
    page.get_by_role("button", name="Back to the start").click()
    assert letters() == ["A", "L", "P", "R"]


def test_the_magnifier_shows_as_long_as_it_is_pressed(page: Page) -> None:
    page.keyboard.press("m")
    page.mouse.move(*place(page, (30, 30)))
    page.mouse.down()
    expect(page.locator(".lens")).to_be_visible()
    page.mouse.up()
    expect(page.locator(".lens")).to_be_hidden()


def test_a_film_plays_and_stops(page: Page) -> None:
    page.locator("#stage").focus()
    page.keyboard.press("Space")
    expect(page.get_by_role("button", name="Pause")).to_be_visible()
    before = page.locator("#stage").get_attribute("aria-label")
    expect(page.locator("#stage")).not_to_have_attribute("aria-label", str(before))
    page.keyboard.press("Space")
    expect(page.get_by_role("button", name="Play", exact=True)).to_be_visible()


def test_a_film_plays_faster_and_slower_than_its_own_pace(page: Page) -> None:
    speed = page.get_by_label("Speed of the film")
    expect(speed).to_be_hidden()
    page.evaluate("() => { window.drawn = []; }")
    page.evaluate("addEventListener('vcd:picture', () => window.drawn.push(performance.now()))")

    def pauses(count: int) -> list[float]:
        """Return the milliseconds from each of the next pictures to the one after it."""
        page.evaluate("window.drawn.length = 0")
        while len(moments := page.evaluate("window.drawn")) <= count:
            page.wait_for_timeout(50)
        return list(np.diff(moments))

    page.locator("#stage").focus()
    page.keyboard.press("Space")
    expect(speed).to_have_value("1")
    speed.select_option("0.25")
    assert np.median(pauses(6)) > 200, "a picture each 400 ms: after a late one the next comes early"
    page.locator("#stage").focus()
    for _ in range(6):
        page.keyboard.press(">")
    expect(speed).to_have_value("4")
    page.keyboard.press("<")
    expect(speed).to_have_value("2")
    assert min(pauses(8)) < 200, "one each 50 ms, where the machine can"
    page.keyboard.press("Space")
    expect(speed).to_be_hidden()


def test_what_is_taken_back_is_seen_and_a_click_on_a_mark_is_no_change(page: Page) -> None:
    page.keyboard.press("l")
    drag(page, (10, 10), (40, 10))
    x, y = place(page, (40, 10))
    page.mouse.move(x, y)
    page.mouse.down()
    page.mouse.up()
    number = page.locator("#over .bottom-left")
    marked = number.inner_text()
    page.keyboard.press("Home")
    expect(number).to_have_text("1 / 12")
    page.keyboard.press("Control+z")
    expect(number).to_have_text(marked)
    expect(page.locator(".mark")).to_have_count(0)


def test_a_series_is_dragged_into_a_tile_and_tiles_leaf_together(page: Page) -> None:
    arrange(page, "1x2")
    second = page.locator(".stage").nth(1)
    drop(page, 2, second)
    expect(second).to_contain_text("1 January 2025")
    page.locator("#stage").click()
    use(page, "Layout", "Leaf together")
    page.keyboard.press("Home")
    first_number = page.locator(".bottom-left").first
    expect(first_number).to_contain_text("1 / 12")
    page.keyboard.press("ArrowDown")
    expect(first_number).to_contain_text("2 / 12")
    expect(page.locator(".bottom-left").nth(1)).to_contain_text("2 / 12")
    for person in page.locator(".person").all():
        expect(person).to_contain_text("born 3 May 1961")


def test_brightness_goes_together_where_it_is_asked_for(page: Page) -> None:
    arrange(page, "1x2")
    second = page.locator(".stage").nth(1)
    drop(page, 2, second)
    page.locator("#stage").click()
    first_look, second_look = (page.locator(".bottom-right").nth(index) for index in range(2))
    alone = windowed(second_look)
    page.keyboard.press("w")
    drag_by(page, (60, 0))
    assert windowed(second_look) == alone
    use(page, "Layout", "Brightness together")
    drag_by(page, (0, 60))
    assert windowed(second_look) == windowed(first_look) != alone


def windowed(look: Locator) -> str:
    """Return how a tile says it is windowed."""
    found = re.search(r"W \S+ L \S+", look.inner_text())
    assert found is not None
    return found[0]


def drag_by(page: Page, way: Point) -> None:
    """Drag from the middle of the first tile so many pixels of the screen."""
    box = page.locator("#stage").bounding_box()
    assert box is not None
    x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
    drag_over(page, [(x, y), (x + way[0], y + way[1])])


def test_the_examination_before_stands_on_the_left(page: Page) -> None:
    page.get_by_role("button", name="Compare with another examination").click()
    expect(page.locator(".stage").nth(0)).to_contain_text("1 January 2025")
    expect(page.locator(".stage").nth(1)).to_contain_text("12 March 2026")


def test_two_clicks_show_the_active_place_alone_and_again_what_stood_beside_it(page: Page) -> None:
    page.get_by_role("button", name="Compare with another examination").click()
    shown = page.locator(".stage:visible")
    exact(shown.nth(1))
    shown.nth(1).dblclick()
    expect(shown).to_have_count(1)
    expect(shown).to_contain_text("12 March 2026")
    shown.dblclick()
    expect(shown).to_have_count(2)
    for key, number in (("1", 1), ("f", 2), ("f", 1), ("2", 2)):
        page.keyboard.press(key)
        expect(shown).to_have_count(number)
        expect(page.locator("#tiles .frame[data-active]")).to_contain_text("12 March 2026")
    page.keyboard.press("l")
    shown.nth(1).dblclick()
    expect(shown).to_have_count(2)


def test_three_planes_are_as_bright_as_their_slices_and_stay_so_together(page: Page) -> None:
    page.get_by_label("Brightness preset").select_option("lung")
    use(page, "Layout", "Three planes")
    looks = page.locator(".stage:visible .bottom-right")
    for index in range(3):
        expect(looks.nth(index)).to_contain_text("W 1500 L -600")
    expect(page.locator(".stage:visible .bottom-left").nth(1)).to_contain_text("computed plane")
    page.get_by_label("Brightness preset").select_option("bone")
    for index in range(3):
        expect(looks.nth(index)).to_contain_text("W 1800 L 400")
    page.keyboard.press("f")
    page.keyboard.press("f")
    expect(page.locator(".reference path")).to_have_count(6)


def test_a_finger_moves_a_single_picture_that_it_has_enlarged(
    served: Service, disc_id: str, visit: Callable[..., Page]
) -> None:
    page = visit(served.share(disc_id), phone=True)
    stage = page.locator("#stage")
    stage.evaluate("one => { delete one.dataset.image; }")
    page.locator("[data-series]").last.tap()
    drawn(stage)
    fingers = Fingers(page)
    fingers.send("Start", (150, 300), (250, 300))
    fingers.send("Move", (50, 300), (350, 300))
    fingers.send("End")
    painted(page)
    before = middle_of(page)
    assert np.ptp(before[:, 0]) > 10
    for _ in range(2):
        fingers.send("Start", (195, 250))
        for step in (10, 20):
            fingers.send("Move", (195, 250 + step))
        fingers.send("End")
    painted(page)
    assert np.abs(middle_of(page)[40:] - before[:-40]).max() <= 2, "by 40 pixels, and it is no double tap"


def test_three_planes_cross_where_the_slices_say(page: Page) -> None:
    use(page, "Layout", "Three planes")
    stages = page.locator(".stage")
    for index in range(3):
        exact(stages.nth(index))
    expect(stages.nth(1).locator(".edge.top")).to_have_text("H")
    expect(page.locator(".reference path")).to_have_count(6)
    expect(stages.nth(1).locator(".bottom-left")).to_contain_text(f"/ {SIDE}")
    use(page, "Layout", "Lines where pictures cross")
    expect(page.locator(".reference path")).to_have_count(0)


def test_planes_through_what_does_not_say_where_it_lies_are_refused(page: Page) -> None:
    choose(page, 1)
    use(page, "Layout", "Three planes")
    expect(page.locator("#notice")).to_contain_text("do not say where they lie")


@pytest.mark.parametrize(("series", "reason"), [(3, "not evenly spaced"), (4, "different sizes")])
def test_planes_through_a_gap_or_slices_of_different_sizes_are_refused(
    page: Page, series: int, reason: str
) -> None:
    choose(page, series)
    use(page, "Layout", "Three planes")
    expect(page.locator("#notice")).to_contain_text(reason)
    expect(page.locator(".stage:visible")).to_have_count(1)


def test_an_organisation_can_switch_measuring_off(
    served: Service, disc_id: str, visit: Callable[..., Page]
) -> None:
    with served.site.sessions.begin() as session:
        session.query(Organisation).one().measuring = False
    try:
        page = visit(served.share(disc_id))
        choose(page, 0)
        expect(page.get_by_role("button", name="Measuring")).to_have_count(0)
        page.keyboard.press("l")
        drag(page, (10, 10), (40, 40))
        expect(page.locator(".mark")).to_have_count(0)
    finally:
        with served.site.sessions.begin() as session:
            session.query(Organisation).one().measuring = True


@pytest.mark.parametrize("phone", [False, True], ids=["desktop", "phone"])
def test_reduced_pictures_are_marked_and_nothing_is_measured_in_them(
    served: Service, disc_id: str, visit: Callable[..., Page], phone: bool
) -> None:
    whole = visit(served.share(disc_id), phone=phone)
    exact(whole.locator("#stage"))
    with served.site.sessions.begin() as session:
        session.query(Organisation).one().reduces_viewing = True
    try:
        page = visit(served.share(disc_id, allow=("view",)), phone=phone)
        exact(page.locator("#stage"))
        expect(page.locator("#over .reduced")).to_have_text("Reduced, lossy JPEG")
        expect(page.locator("footer strong")).to_contain_text("can give you the originals")
        expect(page.locator("#over .bottom-right")).not_to_contain_text("W ")
        expect(page.get_by_role("button", name="Measuring")).to_have_count(0)
        assert page.evaluate("document.querySelector('.presets').hidden")
        page.keyboard.press("p")
        expect(page.locator(".mark")).to_have_count(0)
        assert np.abs(middle_of(page) - middle_of(whole)).mean() < 3
        assert violations(page) == []
    finally:
        with served.site.sessions.begin() as session:
            session.query(Organisation).one().reduces_viewing = False


@pytest.mark.parametrize("phone", [False, True], ids=["desktop", "phone"])
def test_nothing_on_the_page_or_its_sheets_shuts_anybody_out(
    served: Service, disc_id: str, visit: Callable[..., Page], phone: bool
) -> None:
    page = visit(served.share(disc_id), phone=phone)
    exact(page.locator("#stage"))
    seen = violations(page)
    page.locator("button.wide").click()
    seen += violations(page)
    page.keyboard.press("4")
    for shown in range(3):
        exact(page.locator(".stage:visible").nth(shown))
    seen += violations(page)
    for menu in ("Measuring", "Layout"):
        opener = page.get_by_role("button", name=menu, exact=True)
        if opener.is_visible():
            opener.click()
            seen += violations(page)
            page.keyboard.press("Escape")
    for sheet in ("report", "save", "keys"):
        page.evaluate("(id) => document.getElementById(`${id}-sheet`).showModal()", sheet)
        seen += violations(page)
        page.keyboard.press("Escape")
    assert seen == []


def violations(page: Page) -> list[str]:
    page.evaluate(AXE.read_text())
    found = page.evaluate("axe.run()")["violations"]
    return [f"{one['id']}: {node['html'][:150]}" for one in found for node in one["nodes"]]


@pytest.mark.parametrize("named", [True, False])
def test_the_view_is_kept_as_a_picture_with_the_name_or_without(page: Page, named: bool) -> None:
    page.keyboard.press("l")
    drag(page, (10, 12), (50, 52))
    page.keyboard.press("x")
    sheet = page.locator("#view-sheet")
    sheet.get_by_label("With name and date of birth").set_checked(named)
    with page.expect_download() as kept:
        sheet.get_by_role("button", name="Save as picture (PNG)").click()
    assert kept.value.suggested_filename == "picture.png"
    box = page.locator("#stage").bounding_box()
    with Image.open(kept.value.path()) as picture:
        assert box is not None
        footer = 72 if named else 52
        assert picture.size == (round(box["width"]), round(box["height"]) + footer)
        seen = np.asarray(picture.convert("RGB")).astype(int)
    x, y = place(page, (30, 32))
    mark = seen[
        round(y - box["y"]) - 2 : round(y - box["y"]) + 3, round(x - box["x"]) - 2 : round(x - box["x"]) + 3
    ]
    assert (mark.max(axis=(0, 1))[:2] > 180).all(), "the measured line is in the picture"
    assert seen[-footer:].max() > 150, "and the footer below it"


def test_one_picture_is_printed_and_nothing_else(page: Page) -> None:
    page.evaluate(
        "() => { print = () => {"
        " document.body.dataset.printed = document.querySelector('.print-only').naturalWidth; }; }"
    )
    page.get_by_role("button", name="Keep or print this view").click()
    page.locator("#view-sheet").get_by_role("button", name="Print").click()
    expect(page.locator("body")).to_have_attribute("data-printed", re.compile(r"^\d{3,}$"))
    page.emulate_media(media="print")
    expect(page.locator(".print-only")).to_be_visible()
    expect(page.locator("#stage")).to_be_hidden()
    page.emulate_media(media="screen")
    page.evaluate("dispatchEvent(new Event('afterprint'))")
    expect(page.locator(".print-only")).to_have_count(0)


def test_who_prints_the_page_gets_the_view_and_not_its_bars(page: Page) -> None:
    page.evaluate("dispatchEvent(new Event('beforeprint'))")
    page.emulate_media(media="print")
    expect(page.locator("canvas.print-only")).to_be_visible()
    expect(page.locator("header.who")).to_be_hidden()
    page.emulate_media(media="screen")
    page.evaluate("dispatchEvent(new Event('afterprint'))")
    expect(page.locator(".print-only")).to_have_count(0)


def test_who_may_not_download_is_offered_no_picture(
    served: Service, disc_id: str, visit: Callable[..., Page]
) -> None:
    page = visit(served.share(disc_id, allow=(Right.VIEW,)))
    choose(page, 0)
    expect(page.get_by_role("button", name="Keep or print this view")).to_have_count(0)
    page.keyboard.press("x")
    expect(page.locator("#view-sheet")).to_have_count(0)
