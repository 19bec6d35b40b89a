"""Instances written anew as Explicit VR Little Endian: nothing that they say changes, no pixel value does."""

import warnings
from collections import Counter
from collections.abc import Iterator
from io import BytesIO
from pathlib import Path
from typing import Any

import imagecodecs
import numpy as np
import pydicom
import pydicom.data
import pytest
from pydicom.dataelem import DataElement
from pydicom.dataset import Dataset
from pydicom.encaps import encapsulate
from pydicom.pixels.utils import decompress
from pydicom.sequence import Sequence
from pydicom.uid import (
    MPEG2MPML,
    DeflatedExplicitVRLittleEndian,
    ExplicitVRBigEndian,
    ExplicitVRLittleEndian,
    ImplicitVRLittleEndian,
    JPEG2000Lossless,
    JPEGLSLossless,
    JPEGLSNearLossless,
    RLELossless,
)

from app.dicom import uncompressed
from app.dicom.codecs import Findings
from app.dicom.decoding import frames
from app.dicom.dicomjson import text
from app.dicom.filemeta import IMPLEMENTATION_UID
from app.dicom.frames import quiet
from app.dicom.part10 import read_header
from app.dicom.pixelsource import open_pixels
from app.dicom.uncompressed import make_uncompressed
from app.dicom.unshown import Unshown
from tests.corpus import dicom_folders
from tests.factories import ct_dataset, part10

TEST_FILES = Path(pydicom.data.__file__).parent / "test_files"
MOST = 1_000_000
"""Bytes of the files that are tried."""
FRAGMENTS = frozenset({0x7FE00001, 0x7FE00002, 0x7FE00003, 0x7FE00010})
DESCRIBED = frozenset({0x00280004, 0x00280006, 0x00280100, 0x00282110})
"""What may say something else of the pixels afterwards."""


def written(data: bytes) -> bytes:
    """Return a file written anew, which must work."""
    result, new = attempt(data)
    assert result == {}
    return new


def attempt(data: bytes) -> tuple[dict[str, Any], bytes]:
    pieces: list[bytes] = []
    header = read_header(BytesIO(data), len(data))
    assert header.facts is not None
    result = make_uncompressed(BytesIO(data), header.facts, lambda number, piece: pieces.append(piece))
    return result, b"".join(pieces)


def said(element: DataElement) -> object:
    """Return a value in a form that two ways of writing have in common."""
    value = element.value
    if element.VR == "SQ":
        return [{inner.tag: said(inner) for inner in item} for item in value]
    return value + b"\0" * (len(value) % 2) if isinstance(value, bytes) else str(value)


def listed_instances() -> Iterator[Path]:
    """Yield real files that can stand in a file-set: of each transfer syntax and place the first two."""
    seen: Counter[tuple[Path, str]] = Counter()
    for folder in (*dicom_folders(), TEST_FILES):
        for path in sorted(path for path in folder.rglob("*") if path.is_file()):
            with path.open("rb") as file:
                header = read_header(file, path.stat().st_size)
            if header.verdict != "instance" or header.unlisted_reason or path.stat().st_size > MOST:
                continue
            kind = path.parent, text(header.facts or {}, "TransferSyntaxUID")
            seen[kind] += 1
            if seen[kind] <= 2:
                yield path


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore")  # pydicom's, of what real files spell wrongly
def test_real_files_say_the_same_and_show_the_same_pictures() -> None:
    made, refused = 0, set()
    for path in listed_instances():
        data = path.read_bytes()
        result, new = attempt(data)
        if result:
            refused.add(path.name)
            continue
        made += 1
        assert_same(path.name, data, new)
    assert made > 60
    assert {name for name in refused if "truncated" not in name.lower()} <= KNOWN_BROKEN


KNOWN_BROKEN = {
    "JPEG2000-embedded-sequence-delimiter.dcm",
    "pydicom__JPEG2000-embedded-sequence-delimiter.dcm",
    "emri_small_jpeg_2k_lossless_too_short.dcm",
    "pydicom-data__emri_small_jpeg_2k_lossless_too_short.dcm",
    "rubydicom__invalid_compression.dcm",
}


def assert_same(name: str, old: bytes, new: bytes) -> None:
    before, after = pydicom.dcmread(BytesIO(old)), pydicom.dcmread(BytesIO(new))
    assert after.file_meta.TransferSyntaxUID == ExplicitVRLittleEndian
    assert after.file_meta.MediaStorageSOPInstanceUID == before.SOPInstanceUID, name
    tags = {one.tag for one in before if one.tag.element}  # no group lengths, no zeros behind the data
    assert set(after.keys()) - tags <= DESCRIBED, name
    assert tags - set(after.keys()) <= FRAGMENTS, name
    big = before.original_encoding == (False, False)
    for tag in (tags & set(after.keys())) - DESCRIBED - FRAGMENTS:
        was, now = before[tag], after[tag]
        assert was.VR == now.VR, (name, tag)
        if not big or (was.VR not in ("OW", "OF", "OD", "UN", "SQ") and not tag.is_private):
            assert said(was) == said(now), (name, tag)
    if before.get("Rows"):
        for one, other in zip(shown(old), shown(new), strict=True):
            assert np.array_equal(one, other), name


def shown(data: bytes) -> list[np.ndarray[Any, Any]]:
    """Return the frames as the viewer shows them; none where it shows none."""
    facts = read_header(BytesIO(data), len(data)).facts or {}
    try:
        source = open_pixels(BytesIO(data), facts)
        with quiet():
            return [one.pixels for one in frames(source, facts, Findings(source.layout.photometric))]
    except Unshown:
        return []


def compressed(syntax: pydicom.uid.UID, frame: bytes, **changes: Any) -> bytes:
    return part10(ct_dataset(1, PixelData=encapsulate([frame]), **changes), transfer_syntax_uid=syntax)


def jpeg_ls(pixels: np.ndarray[Any, Any], level: int = 0) -> bytes:
    return bytes(imagecodecs.jpegls_encode(pixels.view("u2"), level=level))


RAMP = pydicom.dcmread(BytesIO(part10(ct_dataset(1)))).pixel_array


@pytest.mark.parametrize(
    ("syntax", "frame"),
    [
        (JPEGLSLossless, jpeg_ls(RAMP)),
        (JPEG2000Lossless, bytes(imagecodecs.jpeg2k_encode(RAMP, codecformat="j2k", reversible=True))),
    ],
    ids=["JPEG-LS", "JPEG 2000"],
)
def test_lossless_frames_come_out_bit_by_bit(syntax: pydicom.uid.UID, frame: bytes) -> None:
    new = pydicom.dcmread(BytesIO(written(compressed(syntax, frame))))
    assert new["PixelData"].VR == "OW"
    assert new.PixelData == RAMP.tobytes()
    assert "LossyImageCompression" not in new
    assert new.file_meta.ImplementationClassUID == IMPLEMENTATION_UID


def test_what_was_compressed_with_loss_says_so_afterwards() -> None:
    data = compressed(JPEGLSNearLossless, jpeg_ls(RAMP, 3))
    new = pydicom.dcmread(BytesIO(written(data)))
    assert new.LossyImageCompression == "01"
    assert np.abs(new.pixel_array.astype(int) - RAMP).max() in range(1, 4)


def test_what_it_said_of_its_loss_stays() -> None:
    frame = jpeg_ls(RAMP, 3)
    said_before = {"LossyImageCompression": "01", "LossyImageCompressionRatio": "8.5"}
    new = pydicom.dcmread(BytesIO(written(compressed(JPEGLSNearLossless, frame, **said_before))))
    assert (new.LossyImageCompression, new.LossyImageCompressionRatio) == ("01", 8.5)


def test_colours_are_called_what_the_decoder_gives() -> None:
    image = np.zeros((16, 16, 3), "u1")
    image[:8, :, 0] = 200
    data = compressed(
        pydicom.uid.JPEGBaseline8Bit,
        bytes(imagecodecs.jpeg8_encode(image, 95)),
        PhotometricInterpretation="YBR_FULL_422",
        SamplesPerPixel=3, PlanarConfiguration=1,
        BitsAllocated=8, BitsStored=8, HighBit=7, PixelRepresentation=0,
    )  # fmt: skip
    new = pydicom.dcmread(BytesIO(written(data)))
    assert (new.PhotometricInterpretation, new.PlanarConfiguration) == ("RGB", 0)
    assert new["PixelData"].VR == "OB"
    assert np.abs(new.pixel_array.astype(int) - image).max() < 40


def test_ybr_that_no_codec_turned_stays_ybr() -> None:
    source = pydicom.dcmread(TEST_FILES / "examples_ybr_color.dcm")
    decompress(source, as_rgb=False)
    source.PhotometricInterpretation = "YBR_FULL"
    plain = bytes(source.PixelData)
    source.compress(RLELossless, generate_instance_uid=False)
    out = BytesIO()
    source.save_as(out)
    new = pydicom.dcmread(BytesIO(written(out.getvalue())))
    assert new.PhotometricInterpretation == "YBR_FULL"
    assert new.PixelData == plain


def test_a_drawing_in_spare_bits_of_the_pixels_stays() -> None:
    cells = (np.arange(256, dtype="<u2").reshape(16, 16) * 16) | 0x8000
    dataset = ct_dataset(1, BitsStored=12, HighBit=11, PixelRepresentation=0, PixelData=cells.tobytes())
    for element, vr, value in (
        (0x0010, "US", 16), (0x0011, "US", 16), (0x0040, "CS", "G"),
        (0x0050, "SS", [1, 1]), (0x0100, "US", 16), (0x0102, "US", 15),
    ):  # fmt: skip
        dataset.add_new(0x60000000 | element, vr, value)
    part10(dataset)
    dataset.compress(RLELossless, generate_instance_uid=False)
    new = pydicom.dcmread(BytesIO(written(part10(dataset, transfer_syntax_uid=RLELossless))))
    assert new.PixelData == cells.tobytes()


def nested(**changes: Any) -> Dataset:
    """Return a dataset with every kind of value that is written in its own way."""
    inner = Dataset()
    inner.SmallestImagePixelValue = -5
    inner.CodeMeaning = "Ünser"
    dataset = ct_dataset(1, SpecificCharacterSet="ISO_IR 100", SmallestImagePixelValue=-1000, **changes)
    dataset.RequestAttributesSequence = Sequence([inner, Dataset()])
    dataset.FrameIncrementPointer = [0x00181063, 0x00181065]
    dataset.add_new(0x00290010, "LO", "TEST")
    dataset.add_new(0x00291001, "OB", b"\1\2\3\4")
    dataset.RedPaletteColorLookupTableData = b"\1\0\2\0"
    dataset.PointCoordinatesData = b"\0\0\x80?"
    dataset.EventTimeOffset = 1.25
    dataset.VectorGridData = b"\0\0\0@"
    return dataset


def encoded(dataset: Dataset, syntax: pydicom.uid.UID) -> bytes:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return part10(dataset, transfer_syntax_uid=syntax)


def values_of(data: bytes) -> dict[int, object]:
    return {int(one.tag): said(one) for one in pydicom.dcmread(BytesIO(data)) if not one.tag.is_private}


@pytest.mark.parametrize("syntax", [ImplicitVRLittleEndian, DeflatedExplicitVRLittleEndian])
def test_every_way_of_writing_becomes_the_same(syntax: pydicom.uid.UID) -> None:
    new = written(encoded(nested(), syntax))
    wanted = encoded(nested(), ExplicitVRLittleEndian)
    assert values_of(new) == values_of(wanted)
    assert pydicom.dcmread(BytesIO(new))[0x00291001].value == b"\1\2\3\4"


def test_big_endian_words_change_places_by_their_size() -> None:
    dataset = nested(PixelData=RAMP.astype(">i2").tobytes())
    dataset.RedPaletteColorLookupTableData = b"\0\1\0\2"
    dataset.PointCoordinatesData = b"?\x80\0\0"
    dataset.VectorGridData = b"@\0\0\0"
    new = written(encoded(dataset, ExplicitVRBigEndian))
    assert values_of(new) == values_of(encoded(nested(), ExplicitVRLittleEndian))


def test_unknown_sequences_come_out_readable() -> None:
    """UN of undefined length holds implicit VR (PS3.5 6.2.2)."""
    implicit = b"\x40\0\x08\xa7" + b"\x04\0\0\0" + b"TEST"
    item = b"\xfe\xff\0\xe0\xff\xff\xff\xff" + implicit + b"\xfe\xff\x0d\xe0\0\0\0\0"
    unknown = b"\x29\0\x01\x10UN\0\0\xff\xff\xff\xff" + item + b"\xfe\xff\xdd\xe0\0\0\0\0"
    data = part10(ct_dataset(1), transfer_syntax_uid=ExplicitVRLittleEndian)
    at = data.index(b"\x28\0\x02\0US")
    new = pydicom.dcmread(BytesIO(written(data[:at] + unknown + data[at:])))
    assert new[0x00291001].VR == "SQ"
    assert len(new[0x00291001].value) == 1
    assert new.PixelData == RAMP.tobytes()


def test_what_follows_the_pixels_stays() -> None:
    dataset = ct_dataset(1, PixelData=encapsulate([jpeg_ls(RAMP)]))
    dataset.add_new(0xFFFCFFFC, "OB", b"\0\0\0\0")
    dataset.add_new(0x7FE10010, "LO", "TEST")
    new = pydicom.dcmread(BytesIO(written(part10(dataset, transfer_syntax_uid=JPEGLSLossless))))
    assert new[0x7FE10010].value == "TEST"
    assert 0xFFFCFFFC in new


def test_a_value_too_long_for_its_vr_is_written_as_unknown() -> None:
    dataset = ct_dataset(1)
    dataset.GridFrameOffsetVector = [1.25] * 20_000
    new = written(encoded(dataset, ImplicitVRLittleEndian))
    assert b"\x04\x30\x0c\0UN" in new
    assert (
        pydicom.dcmread(BytesIO(new))["GridFrameOffsetVector"].value == b"\\".join([b"1.25"] * 20_000) + b" "
    )


def test_a_large_file_comes_in_pieces() -> None:
    pieces: list[bytes] = []
    stack = encapsulate([jpeg_ls(RAMP)] * 9)
    data = part10(ct_dataset(1, PixelData=stack, NumberOfFrames=9), transfer_syntax_uid=JPEGLSLossless)
    header = read_header(BytesIO(data), len(data))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(uncompressed, "BLOB", 600)
        make_uncompressed(BytesIO(data), header.facts or {}, lambda number, piece: pieces.append(piece))
    assert len(pieces) > 5
    assert pydicom.dcmread(BytesIO(b"".join(pieces))).pixel_array.shape == (9, 16, 16)


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (compressed(MPEG2MPML, b"\0\0\1\xb3" * 20), uncompressed.NOT_DECODED),
        (compressed(JPEGLSLossless, b"\xff\xd8nothing of the kind"), uncompressed.NOT_DECODED),
        (
            compressed(JPEGLSLossless, jpeg_ls(RAMP), NumberOfFrames=2),
            uncompressed.NOT_DECODED,
        ),
        (part10(nested(), transfer_syntax_uid=ImplicitVRLittleEndian)[:-700], uncompressed.UNREADABLE),
    ],
    ids=["video", "damaged", "frames missing", "cut short"],
)
def test_what_cannot_be_written_anew_says_why(data: bytes, reason: str) -> None:
    assert attempt(data)[0] == {"reason": reason}


def test_a_compressed_picture_inside_the_header_is_not_carried_wrongly() -> None:
    icon = ct_dataset(1, PixelData=encapsulate([b"\xff\xd8\xff\xd9"]))
    icon["PixelData"].VR, icon["PixelData"].is_undefined_length = "OB", True
    dataset = ct_dataset(1, PixelData=encapsulate([jpeg_ls(RAMP)]))
    dataset.IconImageSequence = [icon]
    data = part10(dataset, transfer_syntax_uid=JPEGLSLossless)
    assert attempt(data)[0] == {"reason": uncompressed.ENCLOSED}


def test_drawings_of_implicit_vr_keep_their_vr() -> None:
    dataset = ct_dataset(1)
    for element, vr, value in ((0x0010, "US", 16), (0x0040, "CS", "G"), (0x3000, "OW", bytes(32))):
        dataset.add_new(0x60020000 | element, vr, value)
    data = written(encoded(dataset, ImplicitVRLittleEndian))
    for head in (b"\x02\x60\x10\0US", b"\x02\x60\x40\0CS", b"\x02\x60\0\x30OW"):
        assert head in data


def test_values_of_odd_length_come_out_even() -> None:
    """PS3.5 7.1.1: text is padded by a space, everything else by NUL."""
    data = part10(ct_dataset(1), transfer_syntax_uid=ExplicitVRLittleEndian)
    at = data.index(b"\x28\0\x02\0US")
    odd = b"\x20\0\x00\x40LT\x03\0abc" + b"\x27\0\x10\0LO\x01\0T" + b"\x27\0\x01\x10OB\0\0\x01\0\0\0\x07"
    new = written(data[:at] + odd + data[at:])
    assert b"LT\x04\0abc " in new
    assert b"LO\x02\0T " in new
    assert b"OB\0\0\x02\0\0\0\x07\0" in new
    assert pydicom.dcmread(BytesIO(new)).PixelData == RAMP.tobytes()


@pytest.mark.parametrize("private", [b"1.2.840.113619.5.2", b"1.2.840.113619.5.9"])
def test_a_private_way_of_writing_is_not_carried_wrongly(private: bytes) -> None:
    """Nobody but its maker knows how its pixels lie; GE's are big endian below a little endian header."""
    data = part10(ct_dataset(1), transfer_syntax_uid=ImplicitVRLittleEndian)
    data = data.replace(b"1.2.840.10008.1.2\0", private, 1)
    assert attempt(data)[0] == {"reason": uncompressed.NOT_DECODED}


def test_compressed_pixels_of_a_syntax_that_is_not_told_are_never_left_out() -> None:
    data = part10(ct_dataset(1, PixelData=encapsulate([jpeg_ls(RAMP)])), transfer_syntax_uid=JPEGLSLossless)
    for untold in (b"1.2.840.10008.1.2.1\0\0\0", b"x" * 22):
        result, _ = attempt(data.replace(b"1.2.840.10008.1.2.4.80", untold, 1))
        assert "reason" in result


@pytest.mark.parametrize("signed", [0, 1])
def test_values_in_the_upper_bits_of_their_cells_stay_there(signed: int) -> None:
    cells = (np.arange(256, dtype="uint16").reshape(16, 16) << 8) | 0x5
    dataset = ct_dataset(1, BitsStored=12, HighBit=15, PixelRepresentation=signed)
    dataset.PixelData = cells.tobytes()
    part10(dataset)
    dataset.compress(RLELossless, generate_instance_uid=False)
    new = pydicom.dcmread(BytesIO(written(part10(dataset, transfer_syntax_uid=RLELossless))))
    assert (new.HighBit, new.PixelData) == (15, cells.tobytes())
