"""Pixels as old or careless devices describe them: the right picture, or an honest word."""

import struct
from typing import Any

import imagecodecs
import numpy as np
import pytest
from pydicom.dataset import Dataset
from pydicom.encaps import encapsulate, encapsulate_extended
from pydicom.uid import ImplicitVRLittleEndian, JPEGLSLossless, RLELossless

from app.dicom import codecs
from tests.displayed import Array, Displayed, compressed, display, image, native
from tests.factories import part10

RANDOM = np.random.default_rng(7)
FRAMES = np.stack([RANDOM.integers(0, 255, (32, 32)).astype("uint8") for _ in range(3)])
STREAMS = [bytes(imagecodecs.jpegls_encode(frame)) for frame in FRAMES]
CELLS = RANDOM.integers(0, 1 << 12, (16, 16)).astype("uint16")


def encapsulated(data: bytes, **changes: Any) -> Displayed:
    """Display the three frames, encapsulated as ``data`` is."""
    dataset = image(FRAMES, frames=3, PixelData=data, **changes)
    dataset["PixelData"].VR = "OB"
    dataset["PixelData"].is_undefined_length = True
    return display(part10(dataset, transfer_syntax_uid=JPEGLSLossless))


def with_offsets(*offsets: int) -> bytes:
    """Return the frames behind a basic offset table that holds ``offsets``."""
    whole = encapsulate(STREAMS)
    table = struct.pack(f"<{len(offsets)}L", *offsets)
    return whole[:4] + struct.pack("<L", len(table)) + table + whole[20:]


def shows_all(shown: Displayed) -> bool:
    return len(shown.result["frames"]) == 3 and all(
        np.array_equal(shown.frame(index), frame) for index, frame in enumerate(FRAMES)
    )


@pytest.mark.parametrize("fragments", [1, 2])
@pytest.mark.parametrize("has_table", [True, False])
def test_frames_of_any_number_of_fragments_are_found(fragments: int, has_table: bool) -> None:
    assert shows_all(encapsulated(encapsulate(STREAMS, fragments_per_frame=fragments, has_bot=has_table)))


@pytest.mark.parametrize("offsets", [(0, 0, 0), (0,), (0, 100, 200), (20, 1000, 2000), (9, 8, 7)])
def test_a_basic_offset_table_that_lies_loses_no_frame(offsets: tuple[int, ...]) -> None:
    assert shows_all(encapsulated(with_offsets(*offsets)))


@pytest.mark.parametrize("wrong", [b"", struct.pack("<3Q", 0, 8, 16), struct.pack("<Q", 0), b"\xff" * 24])
def test_an_extended_offset_table_is_believed_only_where_frames_lie(wrong: bytes) -> None:
    data, offsets, lengths = encapsulate_extended(STREAMS)
    told = {"ExtendedOffsetTable": wrong or offsets, "ExtendedOffsetTableLengths": lengths}
    assert shows_all(encapsulated(data, **told))


def shows_two(shown: Displayed) -> bool:
    told = shown.result
    assert told["note"].startswith("Only 2 of its 3 pictures could be read")
    return len(told["frames"]) == 2 and all(np.array_equal(shown.frame(n), FRAMES[n]) for n in (0, 1))


@pytest.mark.parametrize("has_table", [True, False])
def test_of_fewer_fragments_than_frames_those_that_are_there_are_shown(has_table: bool) -> None:
    assert shows_two(encapsulated(encapsulate(STREAMS[:2], has_bot=has_table)))


@pytest.mark.parametrize("has_table", [True, False])
def test_of_a_file_that_ends_within_a_frame_those_before_are_shown(has_table: bool) -> None:
    """The frame that is cut is not tried: CharLS takes five seconds of a processor for this one."""
    dataset = image(FRAMES, frames=3, PixelData=encapsulate(STREAMS, has_bot=has_table))
    dataset["PixelData"].VR = "OB"
    dataset["PixelData"].is_undefined_length = True
    whole = part10(dataset, transfer_syntax_uid=JPEGLSLossless)
    assert shows_two(display(whole[: -len(STREAMS[2]) // 2]))


@pytest.mark.parametrize("leaf", ["80", "81"])
@pytest.mark.parametrize("near", [0, 3])
def test_jpeg_ls_says_itself_whether_it_lost_something(leaf: str, near: int) -> None:
    shown = compressed(FRAMES[0], [imagecodecs.jpegls_encode(FRAMES[0], level=near)], leaf)
    assert shown.result["lossy"] is (near > 0)


def lifted(signed: bool) -> Dataset:
    """Return 12-bit values in the upper bits of cells of 16, with something else in the lower ones."""
    cells = CELLS << 4 | 0xA
    return image(cells, BitsStored=12, HighBit=15, PixelRepresentation=int(signed))


@pytest.mark.parametrize("signed", [False, True])
@pytest.mark.parametrize("run_lengths", [False, True])
def test_values_in_the_upper_bits_of_their_cells_are_what_they_are(signed: bool, run_lengths: bool) -> None:
    """High Bit tells where values lie (PS3.5 8.1.1, until 2014)."""
    dataset = lifted(signed)
    part10(dataset)
    if run_lengths:
        dataset.compress(RLELossless, generate_instance_uid=False)
    shown = display(part10(dataset, transfer_syntax_uid=RLELossless if run_lengths else None))
    wanted = np.where(CELLS >= 1 << 11, CELLS.astype("int16") - (1 << 12), CELLS) if signed else CELLS
    assert np.array_equal(shown.frame(), wanted)
    assert shown.result["signed"] is signed


def test_a_drawing_below_the_values_is_seen() -> None:
    dataset = lifted(signed=False)
    for element, vr, value in (
        (0x0010, "US", 16), (0x0011, "US", 16), (0x0015, "IS", 1), (0x0040, "CS", "G"),
        (0x0050, "SS", [1, 1]), (0x0100, "US", 16), (0x0102, "US", 0),
    ):  # fmt: skip
        dataset.add_new(0x60000000 | element, vr, value)
    drawing = (RANDOM.integers(0, 2, (16, 16)) > 0).astype("uint16")
    dataset.PixelData = (CELLS << 4 | drawing).tobytes()
    shown = display(part10(dataset))
    assert np.array_equal(shown.frame(), CELLS)
    (overlay,) = shown.result["overlays"]
    assert np.array_equal(shown.blob(1, overlay, "u1", (16, 16)), drawing * 255)


@pytest.mark.parametrize(("high", "stored"), [(3, 12), (200, 12), (0, 16)])
def test_a_high_bit_that_cannot_be_is_not_believed(high: int, stored: int) -> None:
    assert np.array_equal(native(CELLS, BitsStored=stored, HighBit=high).frame(), CELLS)


@pytest.mark.parametrize(("dtype", "vr", "written", "value"), [
    ("int16", "US", 63536, -2000), ("uint16", "SS", -2000, 63536), ("int16", "SS", -2000, -2000),
])  # fmt: skip
def test_padding_is_read_as_the_pixels_are_whatever_its_vr(
    dtype: str, vr: str, written: int, value: int
) -> None:
    pixels = RANDOM.integers(100, 300, (16, 16)).astype(dtype)
    pixels[:6] = value
    dataset = image(pixels, Modality="MR")
    dataset.add_new(0x00280120, vr, written)
    shown = display(part10(dataset))
    assert shown.result["padding"] == {"value": value}
    assert shown.result["windows"][0]["width"] < 300


@pytest.mark.parametrize("changes", [
    {"PhotometricInterpretation": "YBR_PARTIAL_422", "PixelData": bytes(128)},
    {"PhotometricInterpretation": "YBR_PARTIAL_420", "PixelData": bytes(96)},
])  # fmt: skip
def test_colour_of_old_is_not_called_cut_short(changes: dict[str, Any]) -> None:
    colour: Array = np.zeros((8, 8, 3), "uint8")
    assert "cannot read" in native(colour, **changes).reason
    warned = display(part10(image(colour, **changes)))
    assert "cut short" not in warned.reason


def test_cells_that_are_no_bytes_are_not_called_damaged() -> None:
    """12 bits a cell were packed across bytes once (PS3.5 8.1.1, until 2014)."""
    reason = native(CELLS, BitsAllocated=12, BitsStored=12, HighBit=11, PixelData=bytes(384)).reason
    assert "cannot read" in reason


def test_pixels_of_ges_private_syntax_are_big_endian_in_a_little_endian_header() -> None:
    data = part10(image(CELLS, order=">"), transfer_syntax_uid=ImplicitVRLittleEndian)
    shown = display(data.replace(b"1.2.840.10008.1.2\0", b"1.2.840.113619.5.2", 1))
    assert np.array_equal(shown.frame(), CELLS)


def test_a_codestream_that_cannot_be_decoded_is_tried_once(monkeypatch: pytest.MonkeyPatch) -> None:
    tried: list[bytes] = []

    def decode(data: bytes, *others: Any) -> Array:
        tried.append(data)
        return imagecodecs.jpegls_decode(data)

    monkeypatch.setitem(codecs.CODECS, JPEGLSLossless, decode)
    broken = STREAMS[1][: STREAMS[1].index(b"\xff\xda") + 10] + b"\xff\xd9"
    shown = encapsulated(encapsulate([STREAMS[0], broken, STREAMS[2]]))
    assert len(shown.result["frames"]) == 1
    assert [data.rstrip(b"\0") for data in tried] == [STREAMS[0], broken]
