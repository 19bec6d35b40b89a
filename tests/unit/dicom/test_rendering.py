"""How an instance first appears: its transform, its windows and tables, and the preview that agrees."""

import base64
from io import BytesIO
from typing import Any

import numpy as np
import pytest
from PIL import Image
from pydicom.dataset import Dataset
from pydicom.sequence import Sequence

from tests.displayed import Displayed, image, native
from tests.displayed import display as displayed
from tests.factories import part10


def ramp(low: int = 0, high: int = 4095, dtype: str = "uint16") -> Any:
    return np.linspace(low, high, 64 * 64).astype(dtype).reshape(64, 64)


def preview(shown: Displayed) -> Any:
    return np.asarray(Image.open(BytesIO(shown.blobs[None])).convert("L")).astype(int)


def table(first: int, bits: int, values: list[int], **more: str) -> Sequence:
    item = Dataset()
    item.LUTDescriptor = [len(values), first, bits]
    item.add_new("LUTData", "OW", np.array(values, "<u2").tobytes())
    for keyword, value in more.items():
        setattr(item, keyword, value)
    return Sequence([item])


def test_the_objects_window_is_what_the_preview_shows() -> None:
    shown = native(ramp(), WindowCenter=2048, WindowWidth=4096)
    assert shown.result["windows"][0] == {
        "center": 2048.0, "width": 4096.0, "name": "", "function": "LINEAR",
    }  # fmt: skip
    assert np.abs(preview(shown) - ramp() * (255 / 4095)).max() < 12


def test_rescaled_values_are_what_windows_speak_of() -> None:
    shown = native(
        ramp(0, 2000), RescaleSlope=1, RescaleIntercept=-1000, WindowCenter=0, WindowWidth=2, Modality="MR"
    )
    assert shown.result["rescale"] == {"slope": 1.0, "intercept": -1000.0}
    seen = preview(shown)
    assert seen[20].max() < 20
    assert seen[44].min() > 235


def test_ct_without_a_window_opens_on_soft_tissue_and_offers_the_whole_range() -> None:
    shown = native(ramp(0, 3000, "int16"), RescaleSlope=1, RescaleIntercept=-1024)
    assert (shown.result["windows"][0]["center"], shown.result["windows"][0]["width"]) == (40.0, 400.0)
    assert shown.result["windows"][1]["name"] == "Whole range"


def test_anything_else_without_a_window_opens_on_its_values() -> None:
    (window,) = native(ramp(100, 300), Modality="MR").result["windows"]
    assert 195 < window["center"] < 205
    assert 190 < window["width"] < 200


def test_padding_does_not_widen_a_computed_window() -> None:
    pixels = ramp(100, 300, "int16")
    pixels[:20] = -2000
    (window,) = native(pixels, Modality="MR", PixelPaddingValue=-2000).result["windows"]
    assert window["width"] < 200


def test_a_window_that_shows_nothing_is_followed_by_one_that_does() -> None:
    windows = native(ramp(), WindowCenter=-9000, WindowWidth=10).result["windows"]
    assert [window["name"] for window in windows] == ["", "Whole range"]


def test_a_modality_table_that_is_a_straight_line_becomes_the_rescale() -> None:
    line = table(0, 16, [2 * i + 100 for i in range(4096)], ModalityLUTType="HU")
    shown = native(ramp(), ModalityLUTSequence=line, Modality="MR")
    assert shown.result["rescale"] == {"slope": 2.0, "intercept": 100.0}
    assert "voi_lut" not in shown.result


def test_a_curved_modality_table_is_told_whole_and_windows_speak_of_its_values() -> None:
    curve = [i * i // 4096 for i in range(4096)]
    told = table(0, 16, curve, ModalityLUTType="OD")
    shown = native(ramp(), ModalityLUTSequence=told, WindowCenter=2048, WindowWidth=4096)
    lut = shown.result["modality_lut"]
    assert (lut["first"], lut["bits"]) == (0, 16)
    assert np.frombuffer(base64.b64decode(lut["data"]), "<u2").tolist() == curve
    assert shown.result["windows"][0]["center"] == 2048
    assert shown.result["unit"] == "× 10⁻³ OD"
    assert shown.result["rescale"] == {"slope": 1.0, "intercept": 0.0}
    assert abs(preview(shown)[32, 0] - 64) < 8


def test_a_voi_table_alone_is_what_the_preview_shows() -> None:
    inverse = table(0, 12, list(range(4095, -1, -1)), LUTExplanation="INVERSE")
    shown = native(ramp(), VOILUTSequence=inverse)
    assert shown.result["voi_lut"]["window"] == 0
    assert shown.result["windows"][0]["name"] == "INVERSE"
    seen = preview(shown)
    assert seen[0, 0] > 240
    assert seen[-1, -1] < 15


def test_beside_a_window_a_voi_table_is_a_further_choice() -> None:
    inverse = table(0, 12, list(range(4095, -1, -1)))
    shown = native(ramp(), VOILUTSequence=inverse, WindowCenter=2048, WindowWidth=4096)
    assert shown.result["voi_lut"]["window"] is None
    assert preview(shown)[0, 0] < 15


def test_long_tables_that_the_facts_leave_out_are_read_from_the_file() -> None:
    shown = native(ramp(0, 65535), VOILUTSequence=table(0, 16, [0] * 32768 + [65535] * 32767))
    assert len(base64.b64decode(shown.result["voi_lut"]["data"])) == 65535


def test_frames_with_a_rescale_of_their_own_say_so() -> None:
    def group(slope: float) -> Dataset:
        transformation, item = Dataset(), Dataset()
        transformation.RescaleSlope, transformation.RescaleIntercept = slope, 0
        item.PixelValueTransformationSequence = Sequence([transformation])
        return item

    dataset = image(np.stack([ramp()] * 4), frames=4)
    dataset.PerFrameFunctionalGroupsSequence = Sequence([group(slope) for slope in (1, 2, 3, 3)])
    result = displayed(part10(dataset)).result
    slopes = [frame.get("rescale", result["rescale"])["slope"] for frame in result["frames"]]
    assert slopes == [1, 2, 3, 3]
    assert "rescale" not in result["frames"][3]


@pytest.mark.parametrize(
    ("changes", "size"),
    [
        ({"PixelSpacing": [1, 1]}, (64, 64)),
        ({"PixelSpacing": [2, 1]}, (64, 128)),
        ({"PixelSpacing": None, "PixelAspectRatio": [1, 2]}, (128, 64)),
        ({"PixelSpacing": [1, 1e9]}, (64, 64)),
    ],
)
def test_previews_have_the_shape_of_the_body_not_of_the_matrix(
    changes: dict[str, Any], size: tuple[int, int]
) -> None:
    shown = native(ramp(), **changes)
    assert Image.open(BytesIO(shown.blobs[None])).size == size
    assert shown.result["preview"] == {"width": size[0], "height": size[1]}


def test_previews_are_small() -> None:
    shown = native(np.tile(ramp(), (40, 20)))
    assert shown.result["preview"] == {"width": 256, "height": 512}
    assert len(shown.blobs[None]) < 60_000


@pytest.mark.parametrize(("dtype", "vr", "first"), [
    ("int16", "SS", -1024), ("int16", "US", 64512), ("uint16", "US", 0),
])  # fmt: skip
def test_a_table_begins_where_its_descriptor_says_in_the_pixels_own_sign(
    dtype: str, vr: str, first: int
) -> None:
    """PS3.3 C.11.1.1: the first value mapped is signed exactly if the pixels are, whatever its VR."""
    begin = -1024 if dtype == "int16" else 0
    pixels = ramp(begin, begin + 255, dtype)
    item = Dataset()
    item.add_new("LUTDescriptor", vr, [256, first, 16])
    item.add_new("LUTData", "OW", (np.arange(256) ** 2).astype("<u2").tobytes())
    item.ModalityLUTType = "US"
    dataset = image(pixels, Modality="CR", ModalityLUTSequence=Sequence([item]))
    curve = displayed(part10(dataset)).result["modality_lut"]
    assert curve["first"] == begin
    assert np.frombuffer(base64.b64decode(curve["data"]), "<u2").tolist() == (np.arange(256) ** 2).tolist()


def test_slices_of_one_series_keep_each_their_own_rescale() -> None:
    """Positron emission tomography scales every slice by its own maximum (PS3.3 C.8.9.1)."""
    slopes = [
        native(ramp(), Modality="PT", Units="BQML", RescaleSlope=slope, RescaleIntercept=0).result
        for slope in (0.5, 2.25)
    ]
    assert [one["rescale"]["slope"] for one in slopes] == [0.5, 2.25]
    assert {one["unit"] for one in slopes} == {"Bq/ml"}
