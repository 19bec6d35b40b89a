"""Codestreams tell their size before they are decoded, and broken ones never do more than say so."""

import imagecodecs
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.dicom.codestream import inspect
from app.dicom.unshown import Unshown

GREY = np.zeros((37, 1050), np.uint16)
COLOUR = np.zeros((48, 64, 3), np.uint8)


def test_sizes_are_read_without_decoding() -> None:
    for data in (
        imagecodecs.jpeg8_encode(GREY, lossless=True, bitspersample=16),
        imagecodecs.jpegls_encode(GREY),
        imagecodecs.jpeg2k_encode(GREY, level=0),
        imagecodecs.jpeg2k_encode(GREY, level=0, codecformat="JP2"),
        imagecodecs.htj2k_encode(GREY, reversible=True),
    ):
        found = inspect(data)
        assert (found.rows, found.columns, found.samples, found.precision) == (37, 1050, 1, 16)


@pytest.mark.parametrize("shape", [(37, 1050), (48, 64), (64, 64), (8, 8), (300, 200), (1080, 1920), (1, 1)])
def test_jpeg_xl_sizes_are_read_too(shape: tuple[int, int]) -> None:
    found = inspect(imagecodecs.jpegxl_encode(np.zeros(shape, np.uint8), lossless=True))
    assert (found.rows, found.columns) == shape


def test_colour_is_what_the_markers_say() -> None:
    ycc = imagecodecs.jpeg8_encode(COLOUR, colorspace="RGB", outcolorspace="YCBCR")
    rgb = imagecodecs.jpeg8_encode(COLOUR, colorspace="RGB", outcolorspace="RGB")
    assert (inspect(ycc).rgb, inspect(rgb).rgb) == (False, True)
    assert inspect(imagecodecs.jpeg2k_encode(COLOUR, level=0, mct=True)).rgb is True


def test_lossless_and_lossy_are_told_apart_where_the_codestream_tells() -> None:
    assert inspect(imagecodecs.jpeg8_encode(COLOUR)).lossless is False
    assert inspect(imagecodecs.jpeg8_encode(GREY, lossless=True, bitspersample=16)).lossless is True
    assert inspect(imagecodecs.jpeg2k_encode(GREY, level=0, reversible=True)).lossless is True
    assert inspect(imagecodecs.jpeg2k_encode(GREY, level=60, reversible=False)).lossless is False
    assert inspect(imagecodecs.jpegls_encode(GREY)).lossless is True
    assert inspect(imagecodecs.jpegls_encode(GREY, level=2)).lossless is False


STARTS = (b"\xff\xd8", b"\xff\x4f\xff\x51", b"\xff\x0a", b"\0\0\0\x0cjP  ", b"")


@given(start=st.sampled_from(STARTS), rest=st.binary(max_size=200))
def test_no_bytes_make_it_raise_anything_else(start: bytes, rest: bytes) -> None:
    try:
        found = inspect(start + rest)
    except Unshown:
        return
    assert found.kind
