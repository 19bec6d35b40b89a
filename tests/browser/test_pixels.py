"""Every real picture that we have, drawn by a browser: values as pydicom's, canvas as PS3.3 C.11 says."""

import base64
import hashlib
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pytest
from playwright.sync_api import Page, expect
from pydicom.data import get_testdata_file
from sqlalchemy import select

from app.dicom.window import Window, apply
from app.shares.models import ShareInstance, ShareVersion
from app.shares.orders import NewKey
from app.studies.models import DiscFile, DisplayState, Instance
from tests import reference
from tests.browser.conftest import Service
from tests.corpus import corpus, dicom_folders

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("pixels"), pytest.mark.timeout(1200)]

CLOSE = 3
SUBSAMPLED = 15
"""Grey levels that decoders of a lossy picture differ by; subsampled colour they smooth in their own ways."""
SHADES_BETWEEN = 16
"""Steps between two neighbouring pixels that Chromium draws without a GPU."""
NOBODY_DECODES = 0.04
"""Share of the pictures for which there may be no second decoder here to compare with."""

DRAW = """
async ([place, wanted]) => {
  let awaited = null;
  const drawn = (act) => new Promise((done, failed) => {
    const late = setTimeout(() => failed(new Error('not drawn')), 20000);
    const hear = ({ detail }) => {
      if (awaited && detail.imageId !== awaited) return;
      removeEventListener('vcd:picture', hear);
      clearTimeout(late);
      done(detail);
    };
    addEventListener('vcd:picture', hear);
    act();
  });
  const slider = document.querySelector('.scrubber input');
  const stage = document.querySelector('#stage');
  const told = [];
  let now = await drawn(() => document.querySelectorAll('[data-series]')[place].click());
  for (const [imageId, index] of wanted) {
    awaited = imageId;
    if (now.imageId !== imageId) {
      now = await drawn(() => {
        slider.value = String(index + 1);
        slider.dispatchEvent(new Event('input'));
      });
    }
    const values = now.getPixelData();
    const digest = await crypto.subtle.digest('SHA-256', values);
    const press = (key) => stage.dispatchEvent(new KeyboardEvent('keydown', { key, bubbles: true }));
    press('o'); // overlays off: another test looks at them
    for (let step = 0; step < 30; step++) press('+');
    await new Promise((go) => requestAnimationFrame(() => requestAnimationFrame(go)));
    const canvas = document.querySelector('#canvas canvas');
    const copy = new OffscreenCanvas(1, 1).getContext('2d');
    const [x, y] = [Math.floor(canvas.width / 2), Math.floor(canvas.height / 2)];
    copy.drawImage(canvas, x, y, 1, 1, 0, 0, 1, 1);
    told.push({
      imageId, length: values.length,
      digest: Array.from(new Uint8Array(digest), (byte) => byte.toString(16).padStart(2, '0')).join(''),
      probe: Array.from(copy.getImageData(0, 0, 1, 1).data).slice(0, 3),
      at: [x + 0.5 - canvas.width / 2, y + 0.5 - canvas.height / 2],
      zoom: document.querySelector('#over .bottom-right').textContent,
      tile: [stage.clientWidth, stage.clientHeight],
    });
    press('0');
  }
  return told;
}
"""


class Known(NamedTuple):
    """Where the file of an instance lies, and how the manifest describes the instance."""

    path: Path
    entry: dict[str, Any]


@pytest.fixture(scope="module")
def folders() -> list[Path]:
    own = Path(str(get_testdata_file("CT_small.dcm"))).parent
    return dicom_folders() if corpus() != own else [own]


@pytest.fixture(scope="module")
def paths(served: Service, folders: list[Path]) -> dict[str, Path]:
    """The file of every instance in the corpus, by the instance's id."""
    found: dict[str, Path] = {}
    for folder in folders:
        disc_id = served.disc(folder)
        with served.site.sessions() as session:
            rows = session.execute(
                select(Instance.id, DiscFile.path).join(Instance.file).where(Instance.disc_id == disc_id)
            )
            found |= {instance_id: folder / path for instance_id, path in rows}
    return found


@pytest.fixture(scope="module")
def all_in_one(served: Service, paths: dict[str, Path]) -> NewKey:
    """One link to everything, past the rule that a link covers one patient: one visit sees all."""
    with served.site.sessions() as session:
        first = session.scalars(select(Instance).where(Instance.id.in_(list(paths)[:1]))).one()
        disc_id, patient_key = first.disc_id, first.series.study.disc_patient_id
    key = served.share(disc_id, patient_key=patient_key)
    with served.site.sessions.begin() as session:
        version = session.scalars(select(ShareVersion).where(ShareVersion.share_id == key.share_id)).one()
        there = set(
            session.scalars(select(ShareInstance.instance_id).where(ShareInstance.version_id == version.id))
        )
        session.add_all(ShareInstance(version_id=version.id, instance_id=one) for one in paths.keys() - there)
    return key


def some_frames(entry: dict[str, Any]) -> list[int]:
    """First, middle and last: every frame takes the same way."""
    count = len(entry["frames"])
    return sorted({0, count // 2, count - 1})


def by_series(manifest: dict[str, Any]) -> Iterator[list[tuple[dict[str, Any], int, int]]]:
    """Yield for each series with pictures: instance, frame, and its place in the series."""
    for study in manifest["studies"]:
        for series in study["series"]:
            wanted, place = [], 0
            for entry in series["instances"]:
                if entry["shown"]:
                    order = entry.get("order", range(len(entry["frames"])))
                    wanted += [(entry, index, place + order.index(index)) for index in some_frames(entry)]
                    place += len(entry["frames"])
            if wanted:
                yield wanted


def sampled(greys: Any, told: dict[str, Any], aspect: float) -> tuple[Any, float]:
    """Return what a canvas shows near its middle, between the four nearest pixels; and their contrast."""
    rows, columns = greys.shape[:2]
    fit = min(told["tile"][0] / columns, told["tile"][1] / (rows * aspect))
    zoom = int("".join(filter(str.isdigit, told["zoom"].rpartition("·")[2]))) / 100
    x = np.clip(told["at"][0] / (fit * zoom) + columns / 2 - 0.5, 0, columns - 1)
    y = np.clip(told["at"][1] / (fit * aspect * zoom) + rows / 2 - 0.5, 0, rows - 1)
    left, top = int(x), int(y)
    right, bottom = min(left + 1, columns - 1), min(top + 1, rows - 1)
    upper = greys[top, left] * (1 - (x - left)) + greys[top, right] * (x - left)
    lower = greys[bottom, left] * (1 - (x - left)) + greys[bottom, right] * (x - left)
    around = np.stack([greys[top, left], greys[top, right], greys[bottom, left], greys[bottom, right]])
    return upper * (1 - (y - top)) + lower * (y - top), float(np.ptp(around, axis=0).max())


def greys_of(values: Any, stored: Any, dataset: Any, entry: dict[str, Any], index: int, tables: Any) -> Any:
    """Return what PS3.3 C.11 makes of modality values, by pydicom where the object has its own window."""
    if values.ndim == 3:
        return values
    frame = entry["frames"][index]
    told = frame.get("windows") or entry["windows"]
    table = entry["voi_lut"]
    if table and table["window"] == 0:
        greys = looked_up(values, tables[table["table"]])
    else:
        own = reference.windowed(values, dataset) if "windows" not in frame else None
        greys = own if own is not None else apply(values, Window(**told[0])).astype(np.float64)
    if frame["photometric"] == "MONOCHROME1":
        greys = 255 - greys
    if padding := entry["padding"]:
        low, high = sorted((padding["value"], padding.get("limit", padding["value"])))
        greys = np.where((stored >= low) & (stored <= high), 0, greys)
    return greys


def looked_up(values: Any, table: dict[str, Any]) -> Any:
    greys = np.frombuffer(base64.b64decode(table["data"]), np.uint8).astype(np.float64)
    return greys[np.clip(np.rint(values) - table["first"], 0, len(greys) - 1).astype(np.int64)]


def test_every_picture_is_drawn_as_pydicom_reads_it(
    served: Service, paths: dict[str, Path], all_in_one: NewKey, visit: Callable[..., Page]
) -> None:
    page = visit(all_in_one)
    page.set_viewport_size({"width": 900, "height": 640})
    expect(page.locator("#stage")).to_have_attribute("data-state", "exact", timeout=60_000)
    manifest = page.evaluate("JSON.parse(document.getElementById('manifest').textContent)")
    faults: list[str] = []
    alone: list[str] = []
    seen = 0
    for place, wanted in enumerate(by_series(manifest)):
        ids = [[f"{entry['id']}/{index}", at] for entry, index, at in wanted]
        for (entry, index, _), told in zip(wanted, page.evaluate(DRAW, [place, ids]), strict=True):
            seen += 1
            path = paths[entry["id"]]
            try:
                frame, dataset = reference.decoded(path, index)
            except Exception as why:
                alone.append(f"{path.name} {why}")
                continue
            faults += [
                f"{path.name} frame {index}: {fault}"
                for fault in compare(frame, dataset, entry, index, told, manifest)
            ]
    print(f"{seen} pictures drawn, {len(alone)} that no other decoder here reads: {alone}")
    assert faults == [], "\n".join(faults)
    assert seen >= len(paths) * 0.5
    assert len(alone) <= NOBODY_DECODES * seen


def compare(
    frame: Any,
    dataset: Any,
    entry: dict[str, Any],
    index: int,
    told: dict[str, Any],
    manifest: dict[str, Any],
) -> list[str]:
    values = reference.modality(frame, dataset, index)
    faults = []
    exact = hashlib.sha256(np.ascontiguousarray(values).tobytes()).hexdigest() == told["digest"]
    if not exact and not entry["lossy"]:
        faults.append(f"values differ ({told['length']} of {values.size})")
    greys = greys_of(values, frame, dataset, entry, index, manifest["tables"])
    wanted, contrast = sampled(np.asarray(greys, np.float64), told, entry["aspect"])
    off = np.abs(np.asarray(told["probe"] if np.ndim(wanted) else told["probe"][0]) - wanted).max()
    most = 2 if not entry["lossy"] else SUBSAMPLED if np.ndim(wanted) else CLOSE + 255 * CLOSE / 100
    if off > most + contrast / SHADES_BETWEEN:
        faults.append(f"the canvas shows {told['probe']}, {np.round(wanted, 1)} expected")
    return faults


def test_what_is_not_drawn_says_why(served: Service, paths: dict[str, Path]) -> None:
    with served.site.sessions() as session:
        unshown = session.scalars(
            select(Instance).where(Instance.id.in_(paths), Instance.display_state != DisplayState.SHOWN)
        ).all()
        assert [one.instance_uid for one in unshown if not one.display_reason] == []
