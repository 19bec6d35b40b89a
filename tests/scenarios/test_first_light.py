"""The whole way of a disc, as its people go it: a front desk, then a visitor in a clean profile.

Nothing is reached from inside: the product runs as ``flask serve`` starts it, and all is done in Chromium.
"""

import io
import re
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pydicom
import pytest
from playwright.sync_api import Browser, Page, expect

from tests.chromium import DESKTOP, PHONE, Watch, painted
from tests.factories import ct_dataset, part10
from tests.ports import free_port
from tests.served import Served

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("browser")]

SIDE, SLICES = 64, 8
CENTER, WIDTH = 40, 400
QUARTERS = ((0, 0), (0, 1), (1, 0), (1, 1))
BIRTH_DATE = "1961-05-03"
PASSWORD = "three calm words of our own"
PROBE = """
() => {
  const canvas = document.querySelector('#canvas canvas');
  const side = Math.min(canvas.width, canvas.height) / 4;
  const [x, y] = [canvas.width / 2, canvas.height / 2];
  const pen = new OffscreenCanvas(canvas.width, canvas.height).getContext('2d', { willReadFrequently: true });
  pen.drawImage(canvas, 0, 0);
  const at = (i, j) => pen.getImageData(x + side * (2 * j - 1), y + side * (2 * i - 1), 1, 1).data[0];
  return [at(0, 0), at(0, 1), at(1, 0), at(1, 1)];
}
"""


class Link(NamedTuple):
    """What the front desk hands over: a code, and by another way a PIN."""

    code: str
    pin: str


def write_disc(folder: Path) -> None:
    """Write a burned disc: a CT series of flat quarters, a program and a text."""
    (folder / "DICOM").mkdir(parents=True)
    for number in range(1, SLICES + 1):
        dataset = ct_dataset(number, side=SIDE)
        values = np.zeros((SIDE, SIDE), "<i2")
        half = SIDE // 2
        for k, (i, j) in enumerate(QUARTERS):
            values[i * half : (i + 1) * half, j * half : (j + 1) * half] = 900 + 80 * k + 5 * number
        dataset.PixelData = values.tobytes()
        dataset.RescaleIntercept, dataset.RescaleSlope = -1000, 1
        dataset.WindowCenter, dataset.WindowWidth = CENTER, WIDTH
        dataset.BodyPartExamined = "CHEST"
        (folder / "DICOM" / f"IM{number:04d}").write_bytes(part10(dataset))
    (folder / "VIEWER.EXE").write_bytes(b"MZ" + bytes(100))
    (folder / "README.TXT").write_text("Insert this disc.")


@pytest.fixture(scope="module")
def product(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    served = Served(tmp_path_factory.mktemp("product") / "var", free_port())
    yield served.ready()
    served.stop()


@pytest.fixture(scope="module")
def disc(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("burned")
    write_disc(folder)
    return folder


@pytest.fixture(scope="module")
def link(product: Served, chromium: Browser, disc: Path) -> Link:
    """What the front desk does, from the first login to the code and the PIN."""
    context = chromium.new_context(base_url=product.url, locale="en-GB", **DESKTOP)
    page = context.new_page()
    watch = Watch(page, product.url)
    log_in_for_the_first_time(page, product)
    send(page, disc)
    made = share(page)
    assert watch.faults == []
    context.close()
    return made


def log_in_for_the_first_time(page: Page, product: Served) -> None:
    printed = product.printed()
    one_time = re.search(r"One-time password: +(\S+)", printed)
    email = re.search(r"Administrator: +(\S+)", printed)
    assert one_time
    assert email
    page.goto("/")
    page.get_by_label("E-mail").fill(email[1])
    page.locator("[name=password]").fill(one_time[1])
    page.get_by_role("button", name="Log in").click()
    page.wait_for_url("**/password")
    page.locator("[name=old]").fill(one_time[1])
    page.locator("[name=new]").fill(PASSWORD)
    page.locator("[name=again]").fill(PASSWORD)
    page.locator("main form button").click()
    page.wait_for_url("**/discs")


def send(page: Page, disc: Path) -> None:
    page.get_by_role("link", name="New disc").first.click()
    page.set_input_files("#folder", disc)
    expect(page.locator("#patients")).to_contain_text("Patient Test")
    expect(page.locator("#left-behind")).to_contain_text("1 program left behind")
    page.get_by_role("button", name=re.compile(r"Send 8 images")).click()
    page.wait_for_url(re.compile(r"/discs/[a-z0-9]{16}$"), timeout=60_000)
    expect(page.get_by_role("heading", name="Ready to share")).to_be_visible(timeout=60_000)
    expect(page.locator("main")).to_contain_text("8 images")
    expect(page.locator("main")).not_to_contain_text("being prepared", timeout=60_000)


def share(page: Page) -> Link:
    page.get_by_role("link", name="Share").click()
    page.locator("[name=birth_date]").fill(BIRTH_DATE)
    page.locator("main form button").first.click()
    page.get_by_role("button", name="Read code aloud").click()
    expect(page.get_by_role("heading", name="The link is made")).to_be_visible()
    page.wait_for_load_state()
    spelled = page.locator("#code .spelled b")
    expect(spelled.first).to_be_visible()
    code = "".join(spelled.all_inner_texts())
    expect(page.locator("#pin")).to_be_hidden()
    page.get_by_role("button", name="Show PIN").click()
    expect(page.locator("#code")).to_be_hidden()
    return Link(code, page.locator("#pin .pin-digits").inner_text())


@pytest.fixture(params=[DESKTOP, PHONE], ids=["desktop", "phone"])
def page(request: pytest.FixtureRequest, product: Served, chromium: Browser) -> Iterator[Page]:
    """A visitor's browser that was never here before."""
    context = chromium.new_context(base_url=product.url, locale="en-GB", **request.param)
    page = context.new_page()
    watch = Watch(page, product.url)
    yield page
    context.close()
    assert watch.faults == []


def open_link(page: Page, link: Link) -> None:
    page.goto("/go")
    page.locator("[name=code]").fill(link.code)
    page.keyboard.press("Enter")
    page.locator("[name=pin]").fill(link.pin)
    page.keyboard.press("Enter")
    page.wait_for_url("**/view/*")


def test_a_visitor_sees_what_the_disc_holds(page: Page, link: Link, disc: Path) -> None:
    open_link(page, link)
    stage = page.locator("#stage")
    expect(stage).to_have_attribute("data-state", "exact", timeout=30_000)
    expect(page.locator("header.who")).to_contain_text("Patient Test")
    painted(page)
    shown = stage.get_attribute("data-image")
    dataset = next(
        ds for ds in map(pydicom.dcmread, (disc / "DICOM").iterdir()) if ds.SOPInstanceUID == shown
    )
    assert page.evaluate(PROBE) == pytest.approx(quarters(dataset), abs=1)


def quarters(dataset: Any) -> list[float]:
    """Return the grey of the four quarters, decoded by pydicom and windowed by PS3.3 C.11.2.1.2.1."""
    half, quarter = SIDE // 2, SIDE // 4
    values = dataset.pixel_array * float(dataset.RescaleSlope) + float(dataset.RescaleIntercept)
    found = [float(values[i * half + quarter, j * half + quarter]) for i, j in QUARTERS]
    return [float(np.clip((v - (CENTER - 0.5)) / (WIDTH - 1) + 0.5, 0, 1) * 255) for v in found]


def test_a_visitor_takes_the_disc_home(page: Page, link: Link, disc: Path) -> None:
    open_link(page, link)
    answer = page.request.get(f"{page.url}/bundle.zip")
    assert answer.ok
    body = answer.body()
    assert int(answer.headers["content-length"]) == len(body)
    with zipfile.ZipFile(io.BytesIO(body)) as bundle:
        assert bundle.testzip() is None
        held = {bundle.read(name) for name in bundle.namelist()}
        directory = pydicom.dcmread(io.BytesIO(bundle.read("DICOMDIR")))
    assert {path.read_bytes() for path in (disc / "DICOM").iterdir()} <= held
    types = [record.DirectoryRecordType for record in directory.DirectoryRecordSequence]
    assert types == ["PATIENT", "STUDY", "SERIES"] + ["IMAGE"] * SLICES


def test_without_the_pin_nothing_is_seen(page: Page, link: Link) -> None:
    page.goto("/go")
    page.locator("[name=code]").fill(link.code)
    page.keyboard.press("Enter")
    expect(page.locator("[name=pin]")).to_be_visible()
    for secret in ("Test", "chest", "CT"):
        assert secret not in page.locator("main").inner_text().replace("Test Hospital", "")
