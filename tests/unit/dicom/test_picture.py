"""Pictures to take away: the pixels that the standard asks for, words below them, and nothing else."""

from io import BytesIO
from typing import Any

import numpy as np
import pytest
from PIL import Image

from app.dicom.htj2k import encode
from app.dicom.lut import Lut
from app.dicom.picture import JPEG, PNG, Order, make_picture
from app.dicom.screen import sound
from app.dicom.window import Window
from tests.displayed import Displayed, native

SIDE = 64
RAMP = (np.arange(SIDE * SIDE, dtype=np.int32).reshape(SIDE, SIDE) - 1000).astype(np.int16)


def order(made: Displayed, **changes: Any) -> Order:
    known = {key: value for key, value in made.result.items() if key not in ("frames", "preview")}
    return Order(known, made.result["frames"][0], 1.0, PNG)._replace(**changes)


def picture(made: Displayed, **changes: Any) -> Any:
    painted = make_picture(BytesIO(made.blobs[0]), order(made, **changes))
    image = Image.open(BytesIO(painted.data))
    assert image.size == (painted.width, painted.height)
    return image


def pixels(made: Displayed, **changes: Any) -> Any:
    return np.asarray(picture(made, **changes))


def linear(values: Any, center: float, width: float) -> Any:
    """PS3.3 C.11.2.1.2.1, by its own pseudocode."""
    out = ((values - (center - 0.5)) / (width - 1) + 0.5) * 255
    out[values <= center - 0.5 - (width - 1) / 2] = 0
    out[values > center - 0.5 + (width - 1) / 2] = 255
    return np.rint(out)


def test_a_picture_is_windowed_as_the_standard_says() -> None:
    made = native(RAMP, WindowCenter=40, WindowWidth=400, RescaleSlope=2, RescaleIntercept=-24)
    assert np.array_equal(pixels(made), linear(RAMP * 2.0 - 24, 40, 400))


def test_a_window_that_somebody_chose_takes_the_place_of_the_object_s_own() -> None:
    made = native(RAMP, WindowCenter=40, WindowWidth=400)
    shown = pixels(made, window=Window(-600, 1500))
    assert np.array_equal(shown, linear(RAMP.astype(float), -600, 1500))


def test_low_is_bright_in_monochrome1_and_dark_once_inverted() -> None:
    made = native(RAMP, WindowCenter=40, WindowWidth=400, PhotometricInterpretation="MONOCHROME1")
    expected = linear(RAMP.astype(float), 40, 400)
    assert np.array_equal(pixels(made), 255 - expected)
    assert np.array_equal(pixels(made, inverted=True), expected)


def test_padding_is_black_even_when_inverted() -> None:
    made = native(
        RAMP, WindowCenter=40, WindowWidth=400, PixelPaddingValue=-1000, PixelPaddingRangeLimit=-990
    )
    shown = np.asarray(picture(made, inverted=True))
    assert set(shown[RAMP <= -990]) == {0}
    assert set(shown[(RAMP > -990) & (RAMP < -200)]) == {255}


def test_a_table_of_the_device_is_used_where_it_comes_first() -> None:
    greys = np.linspace(0, 255, 256).round()[::-1]
    told = {"voi_lut": Lut(0, greys, 255.0).to_json() | {"window": 0}}
    values = np.arange(256, dtype=np.uint8).reshape(16, 16)
    made = native(values)
    table = order(made)._replace(display=order(made).display | told)
    image = Image.open(BytesIO(make_picture(BytesIO(made.blobs[0]), table).data))
    assert np.array_equal(np.asarray(image), 255 - values)


def test_values_that_come_from_a_curve_are_windowed_after_it() -> None:
    """PS3.3 C.11.1.1.1."""
    values = np.arange(256, dtype=np.uint8).reshape(16, 16)
    curve = np.arange(256.0) ** 2
    made = native(values, WindowCenter=30000, WindowWidth=50000)
    curved = order(made).display | {"modality_lut": Lut(0, curve, 65535.0).values_to_json()}
    image = Image.open(BytesIO(make_picture(BytesIO(made.blobs[0]), order(made, display=curved)).data))
    assert np.array_equal(np.asarray(image), linear(curve[values], 30000, 50000))


def test_colour_leaves_as_it_is() -> None:
    colours = np.random.default_rng(1).integers(0, 256, (SIDE, SIDE, 3), np.uint8)
    assert np.array_equal(pixels(native(colours)), colours)


@pytest.mark.parametrize("kind", [np.uint8, np.uint16, np.int16])
def test_memory_saving_strips_change_nothing(kind: Any) -> None:
    large = np.random.default_rng(1).integers(0, 200, (2100, 1200)).astype(kind)
    made = native(large, WindowCenter=100, WindowWidth=200)
    assert np.array_equal(pixels(made), linear(large.astype(float), 100, 200))


def test_a_jpeg_is_near_to_the_picture() -> None:
    smooth = np.add.outer(np.arange(SIDE), np.arange(SIDE)).astype(np.int16) * 3
    made = native(smooth, WindowCenter=180, WindowWidth=400)
    image = picture(made, form=JPEG)
    assert image.format == "JPEG"
    assert np.abs(np.asarray(image, np.int16) - linear(smooth.astype(float), 180, 400)).max() <= 3


def test_pixels_that_are_not_square_are_drawn_in_their_shape() -> None:
    made = native(RAMP, WindowCenter=40, WindowWidth=400)
    assert picture(made, aspect=2.0).size == (SIDE, 2 * SIDE)
    assert picture(made, aspect=0.5).size == (2 * SIDE, SIDE)


def test_a_small_picture_has_no_side_above_the_limit() -> None:
    made = native(np.zeros((400, 800), np.uint8) + np.arange(800).astype(np.uint8))
    assert picture(made, longest=330).size == (330, 165)


def test_words_stand_below_and_cover_nothing() -> None:
    made = native(RAMP, WindowCenter=40, WindowWidth=400)
    plain, worded = picture(made), picture(made, words=("Müller, Žofie · Пациент", "1 of 2"))
    left = (worded.width - SIDE) // 2
    whole = np.asarray(worded.convert("L"))
    assert np.array_equal(whole[:SIDE, left : left + SIDE], np.asarray(plain))
    band = whole[SIDE:]
    assert band.max() > 200
    assert band.shape[0] > 20


def test_long_words_are_wrapped_not_cut() -> None:
    made = native(RAMP, WindowCenter=40, WindowWidth=400)
    one, four = picture(made, words=("word",)), picture(made, words=("word " * 40,))
    assert four.width == one.width
    assert four.height >= one.height + 3 * 12


@pytest.mark.parametrize("data", [b"", b"\xff\x4f\xff\x51 no codestream", bytes(10)])
def test_what_is_no_frame_of_ours_is_refused(data: bytes) -> None:
    made = native(RAMP, WindowCenter=40, WindowWidth=400)
    with pytest.raises(ValueError, match=r"."):
        make_picture(BytesIO(data), order(made))


def test_a_frame_of_another_shape_is_refused() -> None:
    made = native(RAMP, WindowCenter=40, WindowWidth=400)
    other = encode(np.zeros((8, 8), np.int16))
    frame = {"encoding": other.encoding, "gzip": other.gzip}
    with pytest.raises(ValueError, match="reshape"):
        make_picture(BytesIO(other.data), order(made, frame=frame))


@pytest.mark.parametrize(
    ("window", "fit"),
    [
        (Window(40, 400), True),
        (Window(40, 0.5), False),
        (Window(40, 0.5, "", "LINEAR_EXACT"), True),
        (Window(40, 0, "", "SIGMOID"), False),
        (Window(float("nan"), 1), False),
        (Window(0, float("inf")), False),
    ],
)
def test_a_window_must_make_sense(window: Window, fit: bool) -> None:
    assert sound(window) is fit
