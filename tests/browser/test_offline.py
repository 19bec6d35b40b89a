"""The viewer in a bundle, opened from a file in a browser: it shows the originals' very values."""

import hashlib
import shutil
from collections.abc import Callable, Iterator
from io import BytesIO
from pathlib import Path
from typing import Any, NamedTuple
from xml.etree import ElementTree
from zipfile import ZipFile

import imagecodecs
import numpy as np
import pydicom
import pytest
from PIL import Image
from playwright.sync_api import Browser, Page, expect
from pydicom.encaps import encapsulate
from pydicom.uid import UID, DeflatedExplicitVRLittleEndian, ExplicitVRBigEndian, ImplicitVRLittleEndian

from app.bundles import offline
from app.bundles.of_share import Bundles
from app.bundles.stream import stream
from app.shares.models import Share
from app.shares.orders import NewKey
from tests import documents, reference
from tests.browser.conftest import Service
from tests.browser.test_kinds import AMBER, PROBE, SIDE, draw_squares
from tests.browser.test_kinds import place as on_screen
from tests.chromium import DESKTOP, PHONE, Watch, painted
from tests.displayed import image
from tests.factories import ROOT, ct_bytes, part10

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("browser")]

CHOSEN = np.random.default_rng(7)
GREY = CHOSEN.integers(-2000, 2000, (24, 20)).astype("<i2")
BYTES = CHOSEN.integers(0, 255, (24, 20)).astype("u1")
UPPER = CHOSEN.integers(0, 1 << 12, (24, 20)).astype("<u2")
COLOUR = CHOSEN.integers(0, 255, (24, 20, 3)).astype("u1")
SMOOTH = np.add.outer(np.arange(48), np.arange(40)).astype("u1")

LOOK = """
async (place) => {
  const stage = document.querySelector('#stage');
  const done = new Promise((go) => {
    addEventListener('vcd:picture', ({ detail }) => go(detail.getPixelData()), { once: true });
    const watch = new MutationObserver(() => stage.dataset.state === 'error' && go(null));
    watch.observe(stage, { attributes: true, attributeFilter: ['data-state'] });
  });
  stage.dataset.state = 'waiting';
  document.querySelectorAll('[data-series]')[place].click();
  const values = await done;
  return values ? Array.from(values) : document.querySelector('#message').textContent;
}
"""


class Kind(NamedTuple):
    """A file of one series, and how its values may differ; None: the page says that it cannot read it."""

    data: bytes
    apart: int | None = 0
    meant: bytes | None = None
    """The same values as a file that others read as it is meant."""


def packed(dataset: Any, codestream: bytes | bytearray, leaf: str) -> bytes:
    """Return a file that holds one frame's codestream in the transfer syntax 1.2.840.10008.1.2.``leaf``."""
    dataset.PixelData = encapsulate([bytes(codestream)])
    dataset["PixelData"].VR = "OB"
    dataset["PixelData"].is_undefined_length = True
    return part10(dataset, transfer_syntax_uid=UID(f"1.2.840.10008.1.2.{leaf}"))


def jpeg(pixels: Any, **how: Any) -> bytes:
    out = BytesIO()
    Image.fromarray(pixels).save(out, "JPEG", quality=95, **how)
    return out.getvalue()


def run_lengths(dataset: Any) -> bytes:
    dataset.file_meta = pydicom.dataset.FileMetaDataset()
    dataset.file_meta.TransferSyntaxUID = pydicom.uid.ExplicitVRLittleEndian
    dataset.compress(pydicom.uid.RLELossless, generate_instance_uid=False)
    return part10(dataset, transfer_syntax_uid=pydicom.uid.RLELossless)


def kinds() -> Iterator[Kind]:
    """Yield a file of each kind, in the order of their series' numbers."""

    def of(pixels: Any, **changes: Any) -> Any:
        number = next(numbers)
        series = {"SeriesInstanceUID": f"{ROOT}60.{number}", "SOPInstanceUID": f"{ROOT}61.{number}"}
        return image(pixels, SeriesNumber=number, SeriesDescription=f"Series {number}", **series, **changes)

    numbers = iter(range(1, 100))
    twelve = {"BitsStored": 12, "HighBit": 11}
    yield Kind(part10(of(GREY, RescaleSlope=2, RescaleIntercept=-1000)))
    yield Kind(part10(of(GREY), transfer_syntax_uid=ImplicitVRLittleEndian))
    yield Kind(part10(of(GREY, order=">"), transfer_syntax_uid=ExplicitVRBigEndian))
    yield Kind(part10(of(GREY), transfer_syntax_uid=DeflatedExplicitVRLittleEndian))
    yield Kind(part10(of(np.where(GREY < 0, GREY & 0xFFF, GREY).astype("<i2"), **twelve)))
    yield Kind(part10(of(BYTES)))
    upper = {"BitsStored": 12, "HighBit": 15}
    yield Kind(part10(of(UPPER << 4 | 9, **upper)), meant=part10(image(UPPER)))
    yield Kind(run_lengths(of(UPPER << 4 | 9, **upper)), meant=part10(image(UPPER)))
    yield Kind(part10(of(COLOUR)))
    yield Kind(part10(of(np.moveaxis(COLOUR, -1, 0).reshape(24, 20, 3), PlanarConfiguration=1)))
    yield Kind(run_lengths(of(GREY)))
    yield Kind(run_lengths(of(COLOUR)))
    yield Kind(packed(of(BYTES), imagecodecs.jpeg8_encode(BYTES, lossless=True, predictor=1), "4.70"))
    yield Kind(packed(of(BYTES), imagecodecs.jpeg8_encode(BYTES, lossless=True, predictor=6), "4.57"))
    yield Kind(packed(of(SMOOTH), jpeg(SMOOTH), "4.50"), apart=3)
    full = {"PhotometricInterpretation": "YBR_FULL_422"}
    yield Kind(
        packed(of(np.stack([SMOOTH] * 3, -1), **full), jpeg(np.stack([SMOOTH] * 3, -1)), "4.50"), apart=3
    )
    yield Kind(packed(of(GREY), imagecodecs.jpegls_encode(GREY.view("<u2")), "4.80"), apart=None)


@pytest.fixture(scope="module")
def disc(served: Service, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A bundle's files, unpacked: seventeen series of one picture, and one of five slices."""
    given, out = tmp_path_factory.mktemp("given"), tmp_path_factory.mktemp("disc")
    for number, kind in enumerate(kinds(), 1):
        (given / f"KIND{number:02d}").write_bytes(kind.data)
    for number in range(1, 6):
        (given / f"SLICE{number}").write_bytes(ct_bytes(number, SeriesNumber=90))
    (given / "REPORT").write_bytes(documents.report())
    (given / "KEY").write_bytes(documents.key_pictures(f"{ROOT}1", f"{ROOT}60.1", f"{ROOT}61.1"))
    (given / "PAPER.PDF").write_bytes(documents.PDF)
    return bundle(served, given, out)


def bundle(served: Service, given: Path, out: Path) -> Path:
    """Take a folder in, share it, and unpack the bundle of what is shared into ``out``."""
    key = served.share(served.disc(given))
    return unpacked(served, key, out)


def unpacked(served: Service, key: NewKey, out: Path, language: str | None = None) -> Path:
    """Unpack a share's bundle into a folder; return it."""
    with served.site.sessions() as session:
        share = session.get_one(Share, key.share_id)
        bundles = Bundles(served.site.store, served.site.documents, served.url)
        plan = bundles.plan_of(session, share, share.organisation, language)
    whole = b"".join(stream(plan.archive, served.site.store))
    with ZipFile(BytesIO(whole)) as archive:
        archive.extractall(out)
    return out


@pytest.fixture
def opened(chromium: Browser) -> Iterator[Callable[..., Page]]:
    """Open a disc's viewer from its file. Nothing may go wrong in it, and no network be asked."""
    pages: list[tuple[Page, Watch]] = []

    def open_disc(folder: Path, **device: Any) -> Page:
        page = chromium.new_context(locale="en-GB", **(device or DESKTOP)).new_page()
        pages.append((page, Watch(page, "file:///")))
        page.goto((folder / "IHE_PDI" / "VIEWER.HTM").as_uri())
        return page

    yield open_disc
    for page, _ in pages:
        page.context.close()
    assert [fault for _, watch in pages for fault in watch.faults] == []


def modality(data: bytes, folder: Path) -> Any:
    (folder / "original").write_bytes(data)
    return reference.modality(*reference.decoded(folder / "original", 0), 0).reshape(-1)


def without_data(disc: Path, target: Path) -> Path:
    """Copy a disc, without the frames that its script brings along: all must come from the originals."""
    shutil.copytree(disc, target)
    script = target / "IHE_PDI" / "DISC.JS"
    script.write_text(script.read_text().replace('"data":"', '"nothing":"'))
    return target


def test_every_first_picture_is_exact_before_any_folder_is_chosen(
    disc: Path, opened: Callable[..., Page], tmp_path: Path
) -> None:
    page = opened(disc)
    expect(page.locator("#stage")).to_have_attribute("data-state", "exact")
    expect(page.locator("h1")).to_have_text("Patient Test")
    for place, kind in enumerate(kinds()):
        told = np.asarray(page.evaluate(LOOK, place), np.float64)
        wanted = modality(kind.meant or kind.data, tmp_path)
        assert np.abs(told - wanted).max() <= (kind.apart or 0), place


def test_every_original_is_read_as_pydicom_reads_it_or_the_page_says_that_it_cannot(
    disc: Path, opened: Callable[..., Page], tmp_path: Path
) -> None:
    page = opened(without_data(disc, tmp_path / "disc"))
    assert "choose the folder of this disc" in page.evaluate(LOOK, 0)
    page.set_input_files("#folder", tmp_path / "disc")
    expect(page.locator("#stage")).to_have_attribute("data-state", "exact")
    for place, kind in enumerate(kinds()):
        told = page.evaluate(LOOK, place)
        if kind.apart is None:
            assert "compressed in a way that this page cannot read" in told
        else:
            assert not isinstance(told, str), (place, told)
            wanted = modality(kind.meant or kind.data, tmp_path)
            assert np.abs(np.asarray(told, np.float64) - wanted).max() <= kind.apart, place


def test_a_series_is_leafed_through_once_the_folder_is_chosen(
    disc: Path, opened: Callable[..., Page]
) -> None:
    page = opened(disc)
    page.click("[data-series]:has-text('Axial')")
    expect(page.locator("#stage")).to_have_attribute("aria-label", "Picture 3 of 5, CT")
    page.keyboard.press("ArrowDown")
    expect(page.locator("#message")).to_contain_text("choose the folder of this disc")
    page.set_input_files("#folder", disc)
    expect(page.locator("#stage")).to_have_attribute("aria-label", "Picture 4 of 5, CT")
    expect(page.locator("#choose")).to_be_hidden()


def test_another_discs_folder_is_not_taken_for_this_one(
    disc: Path, opened: Callable[..., Page], tmp_path: Path
) -> None:
    page = opened(without_data(disc, tmp_path / "disc"))
    (tmp_path / "empty").mkdir()
    (tmp_path / "empty" / "FILE").write_bytes(b"x")
    page.set_input_files("#folder", tmp_path / "empty")
    expect(page.locator("#notice")).to_contain_text("There is no DICOMDIR in that folder.")
    other = shutil.copytree(tmp_path / "disc", tmp_path / "other")
    swapped = [other / f"PT000000/ST000000/SE{number:06d}/IM000000" for number in (0, 1)]
    (first, second) = (path.read_bytes() for path in swapped)
    swapped[0].write_bytes(second)
    swapped[1].write_bytes(first)
    page.set_input_files("#folder", other)
    assert "is of another disc" in page.evaluate(LOOK, 0)


def drawn_over(given: Path) -> None:
    """Write two pictures of one series with two drawings each over them."""
    for number in (1, 2):
        path = given / f"DRAWN{number}"
        path.write_bytes(ct_bytes(number, side=SIDE, SeriesNumber=1))
        path.write_bytes(draw_squares(path))


def test_what_is_drawn_over_a_picture_is_seen_offline_too(
    served: Service, opened: Callable[..., Page], tmp_path: Path
) -> None:
    """Over the picture that the script brings along, and over one that is read from its original."""
    (given := tmp_path / "given").mkdir()
    drawn_over(given)
    page = opened(folder := bundle(served, given, tmp_path / "disc"))
    exact = page.locator("#stage[data-state=exact]")
    expect(exact).to_have_attribute("aria-label", "Picture 2 of 2, CT")
    assert_drawn(page)
    page.keyboard.press("o")
    painted(page)
    assert page.evaluate(PROBE, on_screen(page, (44.5, 24.5))) != pytest.approx(AMBER, abs=2)
    page.keyboard.press("o")
    page.set_input_files("#folder", folder)
    page.keyboard.press("ArrowUp")
    expect(exact).to_have_attribute("aria-label", "Picture 1 of 2, CT")
    assert_drawn(page)
    expect(page.locator("#notice")).to_have_text("")


def assert_drawn(page: Page) -> None:
    painted(page)
    for point in ((44.5, 24.5), (-2.5, 12.5)):
        assert page.evaluate(PROBE, on_screen(page, point)) == pytest.approx(AMBER, abs=2), point
    assert page.evaluate(PROBE, on_screen(page, (52.5, 24.5))) != pytest.approx(AMBER, abs=2)


def test_drawings_that_found_no_room_are_told_of(
    served: Service, opened: Callable[..., Page], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (given := tmp_path / "given").mkdir()
    drawn_over(given)
    monkeypatch.setattr(offline, "MOST_DRAWN", 100)
    page = opened(bundle(served, given, tmp_path / "disc"))
    expect(page.locator("#stage")).to_have_attribute("data-state", "exact")
    expect(page.locator("#notice")).to_contain_text("There are drawings over this picture")
    assert page.evaluate(PROBE, on_screen(page, (44.5, 24.5))) != pytest.approx(AMBER, abs=2)


def test_reports_are_read_offline_too(disc: Path, opened: Callable[..., Page]) -> None:
    page = opened(disc)
    page.click("[data-sheet=report]")
    page.click("#report-sheet button[aria-label^='Read: Report, Axial']")
    expect(page.locator("#reading-sheet")).to_contain_text("No acute findings.")


def test_pages_without_script_show_every_study_key_pictures_and_reports(
    disc: Path, chromium: Browser
) -> None:
    found = {path: ElementTree.fromstring(path.read_bytes()) for path in plain_pages(disc)}
    for path, root in found.items():
        tags = [element.tag.rpartition("}")[2] for element in root.iter()]
        assert not {"script", "iframe", "object", "form", "link"} & set(tags)
        named = [element.get("src") or element.get("href") for element in root.iter()]
        missing = [
            name for name in named if name and "://" not in name and not (path.parent / name).is_file()
        ]
        assert missing == []
    context = chromium.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto((disc / "INDEX.HTM").as_uri())
    expect(page.locator("td img")).to_have_count(18)
    page.click("h3 a")
    expect(page.locator("h2:has-text('Key pictures') + div img")).to_have_count(1)
    page.click("h2:has-text('Reports') + ul a:has-text('Report, Axial')")
    expect(page.locator("body")).to_contain_text("No acute findings.")
    expect(page.locator("body")).to_contain_text("Diameter: 12.5 mm")
    context.close()


def plain_pages(disc: Path) -> list[Path]:
    return [path for path in disc.rglob("*.HTM") if path.name != "VIEWER.HTM"]


def test_on_a_phone_the_first_picture_is_there(disc: Path, opened: Callable[..., Page]) -> None:
    page = opened(disc, **PHONE)
    expect(page.locator("#stage")).to_have_attribute("data-state", "exact")
    assert page.evaluate("document.documentElement.scrollWidth") <= 390


@pytest.mark.parametrize(
    ("language", "note", "choose"),
    [
        ("de", "Nur zur Ansicht.", "Ordner der Disc wählen"),
        ("es", "Solo para consulta.", "Elegir la carpeta del disco"),
        ("fr", "Pour consultation seulement.", "Choisir le dossier du disque"),
    ],
)
def test_the_viewer_on_a_disc_speaks_its_readers_language(
    served: Service, opened: Callable[..., Page], tmp_path: Path, language: str, note: str, choose: str
) -> None:
    (tmp_path / "given").mkdir()
    for number in range(1, 60):
        (tmp_path / "given" / f"IM{number}").write_bytes(ct_bytes(number, side=128))
    key = served.share(served.disc(tmp_path / "given"))
    page = opened(unpacked(served, key, tmp_path / "out", language))
    expect(page.locator("#stage")).to_have_attribute("data-state", "exact")
    assert page.evaluate("document.documentElement.lang") == language
    expect(page.locator("#choose")).to_have_text(choose)
    expect(page.locator("footer")).to_contain_text(note)
    expect(page.locator("[data-sheet=report]")).not_to_have_text("Report")


def test_the_page_is_the_same_on_every_disc_and_names_no_patient(disc: Path) -> None:
    page = (disc / "IHE_PDI" / "VIEWER.HTM").read_bytes()
    built = Path(__file__).parents[2] / "app" / "bundles" / "dist" / "viewer.html"
    assert hashlib.sha256(page).digest() == hashlib.sha256(built.read_bytes()).digest()
    assert b"default-src 'none'" in page
    assert len(page) < 700_000
