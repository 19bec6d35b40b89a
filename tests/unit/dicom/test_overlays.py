"""Overlays of every kind: with data of their own, of several frames, in spare bits, outside the picture."""

from io import BytesIO
from typing import Any

import numpy as np
import pytest
from pydicom import dcmread
from pydicom.uid import ExplicitVRBigEndian

from tests.corpus import corpus
from tests.displayed import Displayed, display, image
from tests.factories import part10

SIDE = 16


def drawing(seed: int = 1, frames: int = 1) -> Any:
    return np.random.default_rng(seed).integers(0, 2, (frames, SIDE, SIDE)).astype(np.uint8)


def shown(bits: Any, group: int = 0x6000, frames: int = 1, **changes: Any) -> Displayed:
    """Display a picture with one overlay of ``bits``; ``changes`` are of the group's elements: ``e0051``."""
    dataset = image(np.zeros((frames, SIDE, SIDE), "uint16"), frames=frames)
    order = changes.pop("order", "<")
    packed = np.packbits(bits.ravel(), bitorder="little")
    data = np.pad(packed, (0, packed.size % 2)).view("<u2").astype(f"{order}u2").tobytes()
    told = {
        "e0010": ("US", bits.shape[-2]),
        "e0011": ("US", bits.shape[-1]),
        "e0040": ("CS", "G"),
        "e0050": ("SS", [1, 1]),
        "e0100": ("US", 1),
        "e0102": ("US", 0),
        "e3000": ("OW", data),
        **changes,
    }
    for key, value in told.items():
        if value is not None:
            dataset.add_new((group, int(key[1:], 16)), *value)
    return display(part10(dataset, transfer_syntax_uid=ExplicitVRBigEndian if order == ">" else None))


def drawn(found: Displayed, place: int = 0) -> Any:
    entry = found.result["overlays"][place]
    return found.blob(len(found.result["frames"]) + place, entry, "u1", (entry["rows"], entry["columns"]))


@pytest.mark.parametrize("order", ["<", ">"])
def test_an_overlay_comes_with_its_place_and_every_bit(order: str) -> None:
    bits = drawing()
    found = shown(bits, order=order, e0050=("SS", [-3, 5]), e1500=("LO", "Marks"))
    [entry] = found.result["overlays"]
    assert (entry["x"], entry["y"], entry["frame"], entry["label"]) == (4, -4, None, "Marks")
    assert np.array_equal(drawn(found), bits[0] * 255)
    assert "note" not in found.result


def test_an_overlay_of_several_frames_belongs_to_the_frames_it_names() -> None:
    bits = drawing(frames=2)
    found = shown(bits, frames=4, group=0x6004, e0015=("IS", 2), e0051=("US", 3))
    assert [entry["frame"] for entry in found.result["overlays"]] == [2, 3]
    assert np.array_equal(drawn(found, 1), bits[1] * 255)


def test_an_overlay_in_spare_bits_of_the_pixels_is_seen_and_is_no_part_of_the_values() -> None:
    bits = drawing()[0]
    values = np.arange(SIDE * SIDE, dtype="uint16").reshape(SIDE, SIDE)
    dataset = image(values | bits.astype("uint16") << 14, BitsStored=12, HighBit=11)
    for element, vr, value in ((0x10, "US", SIDE), (0x11, "US", SIDE), (0x100, "US", 16), (0x102, "US", 14)):
        dataset.add_new((0x6002, element), vr, value)
    found = display(part10(dataset))
    assert np.array_equal(found.frame(), values)
    assert np.array_equal(drawn(found), bits * 255)


@pytest.mark.parametrize(
    "broken",
    [
        {"e3000": ("OW", b"\1\2")},
        {"e3000": None},
        {"e0010": ("US", 60000), "e0011": ("US", 60000), "e0015": ("IS", 60000)},
        {"e0011": ("US", SIDE + 1)},
    ],
)
def test_an_overlay_that_cannot_be_read_is_told(broken: dict[str, Any]) -> None:
    found = shown(drawing(), **broken)
    assert "drawing over the picture" in found.result["note"]
    assert "overlays" not in found.result


def test_an_overlay_of_nothing_is_no_overlay() -> None:
    assert "overlays" not in shown(np.zeros((1, SIDE, SIDE), np.uint8)).result


def test_overlays_of_real_objects_are_all_there() -> None:
    paths = [path for path in corpus().rglob("*") if "verlay" in path.name and path.is_file()]
    assert paths
    for path in paths:
        dataset = dcmread(BytesIO(path.read_bytes()), force=True)
        wanted = [group for group in range(0x6000, 0x6020, 2) if (group, 0x10) in dataset]
        found = display(path)
        assert found.reason or len(found.result["overlays"]) == len(wanted), path.name
        assert "note" not in found.result, path.name
