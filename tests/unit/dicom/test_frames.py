"""Display frames hold the stored values: of every shape, type and syntax, or a sentence says why not."""

import struct
from collections.abc import Callable
from io import BytesIO
from typing import Any

import imagecodecs
import numpy as np
import pytest
from PIL import Image
from pydicom.dataset import Dataset

from tests.displayed import Array, compressed, display, image, native
from tests.factories import part10

RANDOM = np.random.default_rng(1)


def noise(shape: tuple[int, ...], dtype: str) -> Array:
    limits = np.iinfo(dtype)
    return RANDOM.integers(limits.min, limits.max, shape, dtype, endpoint=True)


def smooth(dtype: str = "uint16", side: int = 64) -> Array:
    ramp = np.add.outer(np.arange(side), np.arange(side)) * 7
    return ramp.astype(dtype)


RGB = np.stack([smooth("uint8"), smooth("uint8").T[::-1], smooth("uint8")[:, ::-1]], axis=-1)


@pytest.mark.parametrize("shape", [(16, 16), (7, 5), (1, 9)])
@pytest.mark.parametrize("order", ["<", ">"])
@pytest.mark.parametrize("dtype", ["uint8", "int8", "uint16", "int16", "uint32", "int32"])
def test_stored_values_of_every_type_come_back_with_their_type(
    dtype: str, order: str, shape: tuple[int, ...]
) -> None:
    pixels = noise(shape, dtype)
    frame = native(pixels, order=order).frame()
    assert frame.dtype == pixels.dtype
    assert np.array_equal(frame, pixels)


def test_smooth_pictures_travel_as_htj2k_and_noise_as_whatever_is_smaller() -> None:
    assert native(smooth()).result["frames"][0]["encoding"] == "htj2k"
    noisy = native(noise((64, 64), "uint16"))
    assert noisy.result["frames"][0] == {"encoding": "raw", "size": 64 * 64 * 2, "gzip": False}


def test_values_that_browsers_decode_wrongly_as_htj2k_travel_raw() -> None:
    assert native(smooth("int32")).result["frames"][0]["encoding"] == "raw"


def test_monochrome1_is_kept_as_stored_and_inverted_only_in_the_preview() -> None:
    pixels = smooth()
    shown = native(pixels, PhotometricInterpretation="MONOCHROME1")
    assert np.array_equal(shown.frame(), pixels)
    assert shown.result["photometric"] == "MONOCHROME1"
    preview = np.asarray(Image.open(BytesIO(shown.blobs[None])).convert("L"))
    assert preview[0, 0] > 200
    assert preview[-1, -1] < 60


def test_unused_bits_are_no_part_of_a_value() -> None:
    pixels = smooth("uint16") | np.uint16(0xF000)
    frame = native(pixels, BitsStored=12, HighBit=11).frame()
    assert np.array_equal(frame, pixels & 0x0FFF)


def test_float_pixels_travel_as_they_are() -> None:
    pixels = np.linspace(-1, 1, 64, dtype=np.float32).reshape(8, 8)
    dataset = image(
        smooth("int32", 8), PixelData=None, BitsStored=None, HighBit=None, PixelRepresentation=None
    )
    dataset.FloatPixelData = pixels.tobytes()
    shown = display(part10(dataset))
    assert shown.result["float"] is True
    assert np.array_equal(shown.frame(), pixels)


def test_float_pixels_that_are_no_numbers_harm_nothing() -> None:
    pixels = np.array([[np.nan, np.inf], [-np.inf, 1.0]], np.float32)
    dataset = image(
        smooth("int32", 2), PixelData=None, BitsStored=None, HighBit=None, PixelRepresentation=None
    )
    dataset.FloatPixelData = pixels.tobytes()
    shown = display(part10(dataset))
    assert np.array_equal(shown.frame(), pixels, equal_nan=True)
    assert all(np.isfinite(window["width"]) for window in shown.result["windows"])


def test_double_float_pixels_are_shown_in_single_precision() -> None:
    pixels = np.linspace(-1, 1, 64).reshape(8, 8)
    dataset = image(noise((8, 8), "int64"), PixelData=None, BitsStored=None, HighBit=None)
    dataset.DoubleFloatPixelData = pixels.tobytes()
    assert np.array_equal(display(part10(dataset)).frame(), pixels.astype(np.float32))


def test_64_bit_integers_are_shown_only_where_32_bits_hold_them() -> None:
    assert np.array_equal(native(smooth("int64")).frame(), smooth("int32"))
    assert "cannot read" in native(smooth("int64") << 40).reason


def test_one_bit_pixels_are_unpacked_even_where_frames_share_a_byte() -> None:
    masks = RANDOM.integers(0, 2, (3, 5, 7), "uint8")
    packed = np.packbits(masks.reshape(-1), bitorder="little").tobytes()
    shown = native(
        masks, frames=3, BitsAllocated=1, BitsStored=1, HighBit=0, PixelData=packed + bytes(len(packed) % 2)
    )
    assert [shown.frame(index).tolist() for index in range(3)] == masks.tolist()


def test_colour_by_plane_and_by_pixel_are_the_same_picture() -> None:
    planes = np.ascontiguousarray(np.moveaxis(RGB, -1, 0))
    shown = native(RGB, PlanarConfiguration=1, PixelData=planes.tobytes())
    assert np.array_equal(shown.frame(), RGB)
    assert np.array_equal(native(RGB).frame(), RGB)


def test_colour_of_16_bits_is_scaled_to_8() -> None:
    wide = RGB.astype("uint16") * 257
    assert np.array_equal(native(wide).frame(), RGB)
    twelve = RGB.astype("uint16") << 4
    assert np.array_equal(native(twelve, BitsStored=12, HighBit=11).frame(), RGB)


def test_ybr_becomes_rgb() -> None:
    red = np.array([76, 85, 255], "uint8")  # PS3.3 C.7.6.3.1.2
    shown = native(np.broadcast_to(red, (4, 4, 3)).copy(), PhotometricInterpretation="YBR_FULL")
    assert np.abs(shown.frame()[0, 0].astype(int) - (254, 0, 0)).max() <= 1


def test_subsampled_ybr_is_expanded() -> None:
    line = np.array([76, 76, 85, 255], "uint8")  # Y Y Cb Cr
    blank = np.zeros((4, 4, 3), "uint8")
    data = np.tile(line, 8).tobytes()
    shown = native(blank, PhotometricInterpretation="YBR_FULL_422", PixelData=data)
    assert np.abs(shown.frame().astype(int) - (254, 0, 0)).max() <= 1


def test_ybr_that_calls_itself_subsampled_and_is_not_is_read_whole() -> None:
    red = np.broadcast_to(np.array([76, 85, 255], "uint8"), (4, 4, 3)).copy()
    shown = native(red, PhotometricInterpretation="YBR_FULL_422")
    assert np.abs(shown.frame().astype(int) - (254, 0, 0)).max() <= 1


def palette(dataset: Dataset, entries: int, first: int, bits: int, *curves: bytes, kind: str = "") -> Dataset:
    for colour, curve in zip(("Red", "Green", "Blue"), curves, strict=True):
        setattr(dataset, f"{colour}PaletteColorLookupTableDescriptor", [entries, first, bits])
        setattr(dataset, f"{kind}{colour}PaletteColorLookupTableData", curve)
    return dataset


def indexed(pixels: Array) -> Dataset:
    return image(pixels, PhotometricInterpretation="PALETTE COLOR")


def words(*values: int) -> bytes:
    return struct.pack(f"<{len(values)}H", *values)


def test_palettes_of_16_bits_are_expanded_and_scaled() -> None:
    curve = words(0, 0x8000, 0xFFFF, 0x0100)
    dataset = palette(indexed(np.array([[0, 1], [2, 3]], "uint8")), 4, 0, 16, curve, curve, words(0, 0, 0, 0))
    frame = display(part10(dataset)).frame()
    assert frame.tolist() == [[[0, 0, 0], [128, 128, 0]], [[255, 255, 0], [1, 1, 0]]]


def test_palettes_of_8_bits_are_packed_two_in_a_word() -> None:
    dataset = palette(indexed(np.array([[10, 11], [12, 13]], "uint8")), 4, 10, 8, *[bytes([1, 2, 3, 4])] * 3)
    assert display(part10(dataset)).frame()[..., 0].tolist() == [[1, 2], [3, 4]]


def test_palettes_whose_entries_are_really_8_bits_are_not_made_black() -> None:
    dataset = palette(indexed(np.array([[0, 1]], "uint8")), 2, 0, 16, *[words(7, 250)] * 3)
    assert display(part10(dataset)).frame()[..., 0].tolist() == [[7, 250]]


def test_values_outside_a_palette_take_its_ends() -> None:
    dataset = palette(indexed(np.array([[0, 300]], "uint16")), 2, 100, 16, *[words(0x1100, 0x2200)] * 3)
    assert display(part10(dataset)).frame()[..., 0].tolist() == [[0x11, 0x22]]


def test_segmented_palettes_are_expanded() -> None:
    # discrete 0; linear to 0x4000 in 4; the linear segment (8 bytes in, as words: 3) once more
    curve = words(0, 1, 0, 1, 4, 0x4000, 2, 1, 3, 0)
    pixels = np.arange(9, dtype="uint8").reshape(1, 9)
    dataset = palette(indexed(pixels), 9, 0, 16, curve, curve, curve, kind="Segmented")
    assert display(part10(dataset)).frame()[..., 0].reshape(-1).tolist() == [
        0,
        16,
        32,
        48,
        64,
        64,
        64,
        64,
        64,
    ]


def test_an_impossible_palette_is_told() -> None:
    dataset = palette(indexed(smooth("uint8")), 256, 0, 16, *[words(1, 2)] * 3)
    assert "contradicts" in display(part10(dataset)).reason


@pytest.mark.parametrize("signed", [False, True])
@pytest.mark.parametrize(("leaf", "encode"), [
    ("57", lambda a: imagecodecs.jpeg8_encode(a, lossless=True, bitspersample=16)),
    ("80", imagecodecs.jpegls_encode),
    ("90", lambda a: imagecodecs.jpeg2k_encode(a, reversible=True, level=0)),
    ("201", lambda a: imagecodecs.htj2k_encode(a, reversible=True)),
    ("110", lambda a: imagecodecs.jpegxl_encode(a, lossless=True)),
])  # fmt: skip
def test_lossless_codestreams_give_the_values_that_went_in(
    leaf: str, encode: Callable[[Array], bytes | bytearray], signed: bool
) -> None:
    pixels = smooth("uint16") * 60
    stored = pixels.view("int16") if signed else pixels
    shown = compressed(stored, [encode(pixels)], leaf)
    assert np.array_equal(shown.frame(), stored)
    assert shown.frame().dtype == stored.dtype
    assert shown.result["lossy"] is False


def test_a_lossy_codestream_is_called_lossy_whatever_the_header_calls_it() -> None:
    data = imagecodecs.jpeg8_encode(smooth("uint8"), level=90)
    shown = compressed(smooth("uint8"), [data], "70", LossyImageCompression="00")
    assert np.array_equal(shown.frame(), imagecodecs.jpeg8_decode(data))
    assert shown.result["lossy"] is True


def test_signs_that_jpeg_2000_and_header_tell_differently_go_by_the_header() -> None:
    stored = smooth("int16") - 400
    unsigned = (stored & 0x1FFF).astype("uint16")  # 13 bits, as the codestream has them
    data = imagecodecs.jpeg2k_encode(unsigned, reversible=True, level=0, bitspersample=13)
    shown = compressed(stored, [data], "90", BitsStored=13, HighBit=12)
    assert np.array_equal(shown.frame(), stored)


def test_8_bits_of_jpeg_in_a_container_of_16_keep_the_container() -> None:
    pixels = smooth("uint8")
    shown = compressed(pixels.astype("uint16"), [imagecodecs.jpegls_encode(pixels)], "80")
    assert np.array_equal(shown.frame(), pixels)
    assert shown.result["bits"] == 16


@pytest.mark.parametrize("photometric", ["RGB", "YBR_FULL_422"])
def test_jpeg_colour_is_what_the_codestream_says_in_every_frame(photometric: str) -> None:
    data = imagecodecs.jpeg8_encode(RGB, level=95, colorspace="RGB", outcolorspace="YCBCR", subsampling="444")
    frames = np.stack([RGB] * 3)
    shown = compressed(frames, [data] * 3, "50", frames=3, PhotometricInterpretation=photometric)
    for index in range(3):
        assert np.abs(shown.frame(index).astype(int) - RGB).mean() < 3
    assert shown.result["lossy"] is True


def test_rgb_jpeg_without_a_colour_transform_stays_rgb() -> None:
    data = imagecodecs.jpeg8_encode(RGB, level=98, colorspace="RGB", outcolorspace="RGB")
    shown = compressed(RGB, [data], "50")
    assert np.abs(shown.frame().astype(int) - RGB).mean() < 3


def test_lossless_colour_in_jpeg_2000_and_jpeg_ls_is_exact() -> None:
    wavelets = imagecodecs.jpeg2k_encode(RGB, reversible=True, level=0, mct=True)
    shown = compressed(RGB, [wavelets], "90", PhotometricInterpretation="YBR_RCT")
    assert np.array_equal(shown.frame(), RGB)
    assert np.array_equal(compressed(RGB, [imagecodecs.jpegls_encode(RGB)], "80").frame(), RGB)


def test_frames_of_different_precision_share_one_type() -> None:
    low, high = smooth("uint8"), smooth("uint16") * 60
    data = [imagecodecs.jpegls_encode(low), imagecodecs.jpegls_encode(high)]
    shown = compressed(np.stack([high, high]), data, "80", frames=2)
    assert np.array_equal(shown.frame(0), low)
    assert np.array_equal(shown.frame(1), high)


def test_a_missing_transfer_syntax_is_found_out_from_the_codestream() -> None:
    pixels = smooth("uint16")
    dataset = image(pixels)
    data = bytearray(part10(dataset))
    whole = compressed(pixels, [imagecodecs.jpegls_encode(pixels)], "80")
    assert np.array_equal(whole.frame(), pixels)
    assert np.array_equal(display(bytes(data)).frame(), pixels)


def test_fewer_frames_than_announced_are_shown_with_a_note() -> None:
    frames = np.stack([smooth("uint8")] * 2)
    shown = native(frames, frames=2, NumberOfFrames=5)
    assert len(shown.result["frames"]) == 2
    assert "2 of its 5" in shown.result["note"]


def test_frames_after_a_damaged_one_are_told_missing() -> None:
    good = imagecodecs.jpegls_encode(smooth("uint8"))
    shown = compressed(np.stack([smooth("uint8")] * 3), [good, good[:40], good], "80", frames=3)
    assert len(shown.result["frames"]) == 1
    assert "1 of its 3" in shown.result["note"]


def test_trailing_padding_is_no_frame() -> None:
    pixels = smooth("uint8")
    shown = native(pixels, PixelData=pixels.tobytes() * 2 + b"more")
    assert len(shown.result["frames"]) == 1


def test_pixel_data_cut_short_says_so() -> None:
    assert "cut short" in native(smooth(), PixelData=b"1234").reason


@pytest.mark.parametrize("missing", ["Rows", "Columns"])
def test_a_side_that_the_header_does_not_tell_follows_from_the_other_and_the_amount_of_data(
    missing: str,
) -> None:
    pixels = smooth("int16")[:, :24]
    shown = native(pixels, **{missing: None})
    assert np.array_equal(shown.frame(), pixels)
    assert "worked out" in shown.result["note"]
    assert "note" not in native(pixels).result


@pytest.mark.parametrize(
    "changes",
    [
        {"Rows": None, "Columns": None},
        {"Rows": None, "PixelData": bytes(2 * 32 * 20 + 2)},
        {"Rows": None, "PixelData": b""},
        {"Rows": None, "NumberOfFrames": 2},
    ],
    ids=["both sides missing", "half a line too much", "no data", "several frames"],
)
def test_a_size_that_can_only_be_guessed_is_not(changes: dict[str, Any]) -> None:
    shown = native(smooth("int16"), **changes)
    assert "contradicts itself" in shown.reason


def test_a_compressed_picture_tells_its_size_where_the_header_does_not() -> None:
    pixels = smooth("uint16")[:, :24]
    codestream = imagecodecs.jpegls_encode(np.ascontiguousarray(pixels))
    shown = compressed(pixels, [codestream], "80", Rows=None, Columns=None)
    assert np.array_equal(shown.frame(), pixels)
    assert "worked out" in shown.result["note"]
    assert "another size" in compressed(pixels, [codestream], "80", Rows=None, Columns=23).reason
    assert "contradicts itself" in compressed(pixels, [b"1234"], "80", Rows=None).reason


def test_a_huge_header_is_refused_before_anything_is_decoded() -> None:
    shown = native(smooth(), Rows=65500, Columns=65500)
    assert shown.reason.startswith("Too large to display")
    assert "downloaded" in shown.reason


def test_a_codestream_larger_than_its_header_is_refused_before_it_is_decoded() -> None:
    huge = bytearray(imagecodecs.jpeg8_encode(smooth("uint8")))
    at = huge.index(b"\xff\xc0") + 5
    huge[at : at + 4] = struct.pack(">HH", 65500, 65500)
    assert "another size" in compressed(smooth("uint8"), [bytes(huge)], "50").reason


def test_more_frames_than_anybody_looks_at_are_refused() -> None:
    assert "pictures" in native(smooth("uint8"), NumberOfFrames=2_000_000).reason


@pytest.mark.parametrize("leaf", ["102", "107"])
def test_videos_say_that_they_are_videos(leaf: str) -> None:
    assert (
        "video" in compressed(RGB, [b"\0\0\1\xb3"], leaf, PhotometricInterpretation="YBR_PARTIAL_420").reason
    )


def test_unknown_compression_is_named_as_such() -> None:
    assert "compressed in a way" in compressed(smooth(), [b"1234"], "99").reason


def test_what_looks_like_a_codestream_and_is_none_is_damaged() -> None:
    assert "damaged" in compressed(smooth("uint8"), [b"\xff\xd8\xff\xc0"], "50").reason


def test_a_fragment_longer_than_its_file_sets_no_memory_aside() -> None:
    pixels = smooth("uint8")
    dataset = image(pixels)
    item = b"\xfe\xff\x00\xe0"
    dataset.PixelData = item + bytes(4) + item + struct.pack("<I", 0xFFFFFFF0) + b"\xff\xd8\xff\xc0"
    dataset["PixelData"].VR = "OB"
    dataset["PixelData"].is_undefined_length = True
    assert "damaged" in display(part10(dataset, transfer_syntax_uid="1.2.840.10008.1.2.4.50")).reason


def test_a_report_says_that_it_is_a_report() -> None:
    dataset = image(smooth(), PixelData=None, SOPClassUID="1.2.840.10008.5.1.4.1.1.88.33")
    assert "report" in display(part10(dataset)).reason


def test_colour_models_that_nobody_uses_any_more_are_not_guessed() -> None:
    assert "cannot read" in native(RGB, PhotometricInterpretation="HSV").reason


def test_a_grey_picture_of_three_samples_contradicts_itself() -> None:
    assert "contradicts" in native(RGB, PhotometricInterpretation="MONOCHROME2").reason
