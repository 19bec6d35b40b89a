"""Pictures of particular kinds: overlays, frames, curved values, ultrasound, several moments, odd sizes."""

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from playwright.sync_api import Page, expect
from pydicom import dcmread
from pydicom.dataset import Dataset
from pydicom.uid import CTImageStorage, EnhancedCTImageStorage, UltrasoundImageStorage

from tests.browser.conftest import Service
from tests.chromium import Point, drag_over, painted
from tests.factories import ct_dataset, part10

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("browser")]

SIDE = 64
ROOT = "1.2.826.0.1.3680043.8.498.56."
AMBER = (255, 210, 77)
PROBE = """
([x, y]) => {
  const canvas = document.querySelector('#canvas canvas');
  const box = canvas.getBoundingClientRect();
  const copy = new OffscreenCanvas(1, 1).getContext('2d');
  copy.drawImage(canvas, Math.floor((x - box.x) * canvas.width / box.width),
    Math.floor((y - box.y) * canvas.height / box.height), 1, 1, 0, 0, 1, 1);
  return Array.from(copy.getImageData(0, 0, 1, 1).data).slice(0, 3);
}
"""
HEAR = """
  window.seen = [];
  addEventListener('vcd:picture', ({ detail }) => window.seen.push(detail.getPixelData()[0]));
"""


class Disc:
    """Series of one study, each told by what is seen of it."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.names: list[str] = []

    def add(self, name: str, *pictures: dict[str, Any]) -> None:
        """Add a series of ``pictures``, each the changes to a slice; ``Pixels`` are its values."""
        self.names.append(name)
        series = len(self.names)
        for number, changes in enumerate(pictures, 1):
            described = {
                "StudyInstanceUID": ROOT + "1",
                "SeriesInstanceUID": f"{ROOT}1.{series}",
                "SeriesNumber": series,
                "SeriesDescription": name,
                "SOPClassUID": CTImageStorage,
                **changes,
            }
            pixels = described.pop("Pixels", np.zeros((SIDE, SIDE), "<i2"))
            dataset = ct_dataset(number, side=SIDE, **described)
            dataset.Rows, dataset.Columns = pixels.shape[-2:]
            dataset.PixelData = pixels.tobytes()
            (self.folder / f"{series}-{number}").write_bytes(part10(dataset))


def item(**attributes: Any) -> Dataset:
    made = Dataset()
    for keyword, value in attributes.items():
        setattr(made, keyword, value)
    return made


def enhanced() -> dict[str, Any]:
    """Four frames of an enhanced object, sagittal, not in the order in which they lie; the last is finer."""
    places, spacings = (0, 9, 3, 6), (1.0, 0.5, 1.0, 1.0)
    pixels = np.stack([np.full((SIDE, SIDE), place * 100, "<i2") for place in places])
    return {
        "SOPClassUID": EnhancedCTImageStorage,
        "NumberOfFrames": 4,
        "ImagePositionPatient": None,
        "ImageOrientationPatient": None,
        "PixelSpacing": None,
        "RescaleSlope": None,
        "RescaleIntercept": None,
        "WindowCenter": None,
        "WindowWidth": None,
        "SharedFunctionalGroupsSequence": [
            item(PlaneOrientationSequence=[item(ImageOrientationPatient=[0, 1, 0, 0, 0, -1])])
        ],
        "PerFrameFunctionalGroupsSequence": [
            item(
                PlanePositionSequence=[item(ImagePositionPatient=[place, 0, 0])],
                PixelMeasuresSequence=[item(PixelSpacing=[spacing, spacing])],
                FrameVOILUTSequence=[item(WindowCenter=place * 100, WindowWidth=100 + place)],
                PixelValueTransformationSequence=[
                    item(RescaleSlope=1, RescaleIntercept=place, RescaleType="HU")
                ],
            )
            for place, spacing in zip(places, spacings, strict=True)
        ],
        "Pixels": pixels,
    }


def curved() -> dict[str, Any]:
    """Values that a table makes optical densities of: the square of the stored value."""
    table = (np.arange(256, dtype="<u4") ** 2 // 64).astype("<u2")
    lut = item(LUTDescriptor=[256, 0, 16], ModalityLUTType="OD")
    lut.add_new("LUTData", "OW", table.tobytes())
    return {
        "Modality": "CR",
        "ModalityLUTSequence": [lut],
        "RescaleSlope": None,
        "RescaleIntercept": None,
        "WindowCenter": 500,
        "WindowWidth": 1000,
        "PixelRepresentation": 0,
        "Pixels": np.tile(np.arange(SIDE, dtype="<u2") * 3, (SIDE, 1)),
    }


def ultrasound() -> dict[str, Any]:
    """An image at the left in cm, a spectrum at the right in seconds and cm/s, nothing at the bottom."""

    def region(shape: int, units: tuple[int, int], edges: tuple[int, int, int, int], delta: Point) -> Dataset:
        made = item(RegionSpatialFormat=shape, RegionDataType=1, RegionFlags=0)
        (
            made.RegionLocationMinX0,
            made.RegionLocationMinY0,
            made.RegionLocationMaxX1,
            made.RegionLocationMaxY1,
        ) = edges
        made.PhysicalUnitsXDirection, made.PhysicalUnitsYDirection = units
        made.PhysicalDeltaX, made.PhysicalDeltaY = delta
        return made

    return {
        "SOPClassUID": UltrasoundImageStorage,
        "Modality": "US",
        "PixelSpacing": None,
        "ImagePositionPatient": None,
        "ImageOrientationPatient": None,
        "SequenceOfUltrasoundRegions": [
            region(1, (3, 3), (0, 0, 31, 47), (0.05, 0.05)),
            region(3, (4, 7), (32, 0, 63, 47), (0.01, -2.0)),
        ],
    }


@pytest.fixture(scope="module")
def disc(tmp_path_factory: pytest.TempPathFactory) -> Disc:
    made = Disc(tmp_path_factory.mktemp("kinds"))
    made.add("enhanced", enhanced())
    made.add("curved", curved())
    made.add("ultrasound", ultrasound())
    made.add(
        "moments",
        *(
            {
                "ImagePositionPatient": [0, 0, z],
                "TriggerTime": time,
                "Pixels": np.full((SIDE, SIDE), z + time, "<i2"),
            }
            for z in (0, 5)
            for time in (0, 100, 200)
        ),
    )
    made.add("sizes", *({"Pixels": np.full((side, 2 * side), 40, "<i2")} for side in (32, 64, 128)))
    made.add("drawn over", {"ImageType": ["DERIVED", "SECONDARY"]})
    path = made.folder / f"{len(made.names)}-1"
    path.write_bytes(draw_squares(path))
    return made


def draw_squares(path: Path) -> bytes:
    """Add two overlays of 8 × 8 to a file: at column 40 and row 20, and half outside at the left."""
    dataset = dcmread(path)
    for group, (row, column) in zip((0x6000, 0x6002), ((20, 40), (8, -4)), strict=True):
        for element, vr, value in (
            (0x10, "US", 8), (0x11, "US", 8), (0x40, "CS", "G"), (0x50, "SS", [row + 1, column + 1]),
            (0x100, "US", 1), (0x102, "US", 0), (0x3000, "OW", b"\xff" * 8),
        ):  # fmt: skip
            dataset.add_new((group, element), vr, value)
    return part10(dataset)


@pytest.fixture(scope="module")
def disc_id(served: Service, disc: Disc) -> str:
    return served.disc(disc.folder)


@pytest.fixture
def page(served: Service, disc_id: str, visit: Callable[..., Page]) -> Page:
    return visit(served.share(disc_id))


def choose(page: Page, name: str) -> None:
    """Open a series, and wait until a picture of it is drawn: the page says anew which one."""
    stage = page.locator("#stage")
    stage.evaluate("one => { delete one.dataset.image; }")
    page.locator("[data-series]", has_text=name).click()
    expect(stage).to_have_attribute("data-image", re.compile("."))
    expect(stage).to_contain_text(name)
    expect(stage).to_have_attribute("data-state", "exact")


def place(page: Page, point: Point, columns: int = SIDE, rows: int = SIDE) -> Point:
    """Return where a point of the picture lies on the screen: fitted, upright, square pixels."""
    box = page.locator("#stage").bounding_box()
    assert box is not None
    scale = min(box["width"] / columns, box["height"] / rows)
    x = box["x"] + box["width"] / 2 + (point[0] - columns / 2) * scale
    return x, box["y"] + box["height"] / 2 + (point[1] - rows / 2) * scale


def drag(page: Page, *points: Point) -> None:
    drag_over(page, [place(page, point) for point in points])


def said(page: Page, kind: str) -> list[str]:
    return page.locator(f".mark.{kind}").last.locator("tspan").all_text_contents()


def figures(texts: list[str]) -> list[float]:
    return [float(re.findall(r"-?[\d.]+", text.replace(",", ""))[0]) for text in texts]


def test_what_is_drawn_over_a_picture_is_seen_where_it_belongs_and_can_be_hidden(page: Page) -> None:
    choose(page, "drawn over")
    inside, outside, beside = ((44.5, 24.5), (-2.5, 12.5), (52.5, 24.5))
    assert page.evaluate(PROBE, place(page, inside)) == pytest.approx(AMBER, abs=2)
    assert page.evaluate(PROBE, place(page, outside)) == pytest.approx(AMBER, abs=2)
    assert page.evaluate(PROBE, place(page, beside)) != pytest.approx(AMBER, abs=2)
    toggle = page.get_by_role("button", name="What is drawn over the picture")
    expect(toggle).to_have_attribute("aria-pressed", "true")
    page.keyboard.press("o")
    expect(page.locator("#stage")).to_contain_text("drawing hidden")
    painted(page)
    assert page.evaluate(PROBE, place(page, inside)) != pytest.approx(AMBER, abs=2)
    toggle.click()
    expect(page.locator("#stage")).not_to_contain_text("drawing hidden")
    choose(page, "enhanced")
    expect(toggle).to_be_hidden()


def test_frames_of_an_enhanced_object_lie_window_and_measure_by_their_own_groups(page: Page) -> None:
    choose(page, "enhanced")
    expect(page.locator(".edge.left").first).to_have_text("A")
    page.keyboard.press("Home")
    page.keyboard.press("v")
    for number, spot in ((0, 0), (1, 3), (2, 6), (3, 9)):
        expect(page.locator(".bottom-left").first).to_contain_text(f"{number + 1} / 4")
        expect(page.locator(".bottom-right").first).to_contain_text(f"W {100 + spot} L {spot * 100}")
        page.mouse.click(*place(page, (20.5, 20.5)))
        assert figures(said(page, "probe")) == [spot * 100 + spot]
        page.keyboard.press("ArrowDown")
    page.keyboard.press("l")
    drag(page, (10, 10), (50, 10))
    assert figures(said(page, "length")) == pytest.approx([20], rel=0.005)
    page.keyboard.press("Home")
    expect(page.locator(".bottom-left").first).to_contain_text("1 / 4")
    drag(page, (10, 40), (50, 40))
    assert figures(said(page, "length")) == pytest.approx([40], rel=0.005)


def test_values_by_a_curved_table_are_told_with_their_unit(page: Page) -> None:
    choose(page, "curved")
    page.keyboard.press("v")
    page.mouse.click(*place(page, (40.5, 20.5)))
    assert said(page, "probe") == [f"{(40 * 3) ** 2 // 64} × 10⁻³ OD"]
    grey = page.evaluate(PROBE, place(page, (50.5, 40.5)))[0]
    assert grey == pytest.approx((150**2 // 64 - 499.5) / 999 * 255 + 127.5, abs=2)


def test_ultrasound_is_measured_by_the_region_and_nowhere_else(page: Page) -> None:
    choose(page, "ultrasound")
    page.keyboard.press("l")
    drag(page, (4, 10), (24, 25))
    assert said(page, "length")[0].endswith(" cm")
    assert figures(said(page, "length")) == pytest.approx([25 * 0.05], rel=0.005)
    drag(page, (36, 10), (56, 30))
    time, speed = said(page, "length")
    assert (time, speed) == ("0.2 s", "40 cm/s")
    for crossing in (((10, 40), (50, 40)), ((10, 40), (10, 60))):
        drag(page, *crossing)
        assert said(page, "length")[0].endswith(" px")
    page.keyboard.press("b")
    drag(page, (4, 30), (14, 40))
    assert said(page, "rectangle")[-1] == "0.25 cm²"


def test_a_film_of_several_moments_stays_on_its_slice(page: Page) -> None:
    choose(page, "moments")
    number = page.locator(".bottom-left").first
    page.keyboard.press("Home")
    expect(number).to_contain_text("1 / 6 · moment 1 of 3")
    page.keyboard.press(".")
    expect(number).to_contain_text("3 / 6 · moment 2 of 3")
    page.keyboard.press(",")
    page.keyboard.press(",")
    expect(number).to_contain_text("5 / 6 · moment 3 of 3")
    page.evaluate(HEAR)
    page.keyboard.press("Space")
    assert set(seen(page, 14)) == {0, 100, 200}, (
        "a busy machine leaves pictures out, but none of another slice comes"
    )
    page.keyboard.press("Space")
    page.keyboard.press("y")
    expect(page.get_by_role("button", name="Film: this slice over time")).to_have_attribute(
        "aria-pressed", "false"
    )
    page.evaluate("window.seen.length = 0")
    page.keyboard.press("Space")
    assert {0, 5, 105, 205} <= set(seen(page, 14))


def seen(page: Page, count: int) -> list[float]:
    """Return the values of the first ``count`` pictures of a film, however long they take."""
    found: list[float] = []
    while len(found) < count:
        page.wait_for_timeout(100)
        found = page.evaluate("window.seen")
    return found[:count]


def test_slices_of_different_sizes_are_shown_whole_and_not_cut_in_other_planes(page: Page) -> None:
    choose(page, "sizes")
    page.keyboard.press("Home")
    for number, side in enumerate((32, 64, 128), 1):
        expect(page.locator(".bottom-left").first).to_contain_text(f"{number} / 3")
        edge = place(page, (2 * side - 0.5, side / 2), columns=2 * side, rows=side)
        assert page.evaluate(PROBE, edge)[0] == pytest.approx(128, abs=2)
        page.keyboard.press("ArrowDown")
