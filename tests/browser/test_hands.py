"""A phone held in the right hand or the left: bars and lens make room for its thumb, and everything works."""

from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import Service
from tests.chromium import Fingers
from tests.factories import ct_dataset, part10

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("browser")]

SLICES, WIDTH = 9, 390
HANDS = ["right", "left"]


@pytest.fixture(scope="module")
def disc_id(served: Service, tmp_path_factory: pytest.TempPathFactory) -> str:
    folder: Path = tmp_path_factory.mktemp("hands")
    for number in range(1, SLICES + 1):
        (folder / f"CT{number}").write_bytes(part10(ct_dataset(number, side=64)))
    return served.disc(folder)


@pytest.fixture(params=HANDS)
def hand(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def page(served: Service, disc_id: str, visit: Callable[..., Page], hand: str) -> Page:
    """A phone whose owner has said which hand it is held in, and comes again."""
    found = visit(served.share(disc_id), phone=True)
    exact(found)
    if hand == "left":
        found.get_by_role("button", name="All tools").tap()
        choice = found.get_by_role("button", name="For the left hand")
        choice.tap()
        expect(choice).to_have_attribute("aria-pressed", "true")
        found.get_by_role("button", name="Fewer tools").tap()
        found.reload()
        exact(found)
    return found


def exact(page: Page) -> None:
    expect(page.locator("#stage")).to_have_attribute("data-state", "exact", timeout=20_000)


def middle_x(page: Page, role: str, name: str) -> float:
    box = page.get_by_role(role, name=name, exact=True).bounding_box()  # type: ignore[arg-type]  # any role
    assert box is not None
    return box["x"] + box["width"] / 2


def test_the_bars_are_mirrored_for_the_other_hand(page: Page, hand: str) -> None:
    rows = [
        (middle_x(page, "button", "Brightness and contrast"), middle_x(page, "button", "All tools")),
        (middle_x(page, "button", "Pictures"), middle_x(page, "button", "Save")),
    ]
    for first, last in rows:
        assert (first < last) == (hand == "right")
    page.get_by_role("button", name="Save", exact=True).tap()
    close = middle_x(page, "button", "Close")
    assert close > WIDTH * 3 / 4 if hand == "right" else close < WIDTH / 4


def test_either_hand_leafs_sets_brightness_and_pinches(page: Page, hand: str) -> None:
    fingers = Fingers(page)
    x = 310 if hand == "right" else 80
    number = page.locator(".bottom-left")
    expect(number).to_contain_text(f"5 / {SLICES}")
    fingers.swipe((x, 200), (x, 230), (x, 260), (x, 290))
    expect(number).not_to_contain_text(f"5 / {SLICES}")
    look = page.locator(".bottom-right")
    before = look.text_content() or ""
    page.get_by_role("button", name="Brightness and contrast").tap()
    fingers.swipe((x, 200), (x + 20, 200), (x + 40, 200))
    expect(look).not_to_have_text(before)
    before = look.text_content() or ""
    fingers.send("Start", (x, 250), (195, 250))
    fingers.send("Move", (x, 250), (195, 300))
    fingers.send("Move", (x, 250), (195, 400))
    fingers.send("End")
    expect(look).not_to_have_text(before)


@pytest.mark.parametrize("place", [(195, 330), (195, 120)], ids=["with room above", "near the top"])
def test_the_lens_stands_where_neither_finger_nor_hand_covers_it(
    page: Page, hand: str, place: tuple[int, int]
) -> None:
    fingers = Fingers(page)
    page.get_by_role("button", name="All tools").tap()
    page.get_by_role("button", name="Magnifier").tap()
    fingers.send("Start", place)
    lens = page.locator(".lens")
    expect(lens).to_be_visible()
    box = lens.bounding_box()
    assert box is not None
    from_tip = (box["x"] + box["width"] / 2 - place[0], box["y"] + box["height"] / 2 - place[1])
    assert (from_tip[0] < 0) == (hand == "right")
    assert from_tip[0] ** 2 + from_tip[1] ** 2 > (box["width"] / 2 + 12) ** 2
    fingers.send("End")
    expect(lens).to_be_hidden()
