"""Headers against the rules, as devices have written them: read all the same, and told."""

import struct
from io import BytesIO

import pydicom
import pytest

from app.dicom.dicomjson import items, text
from app.dicom.elements import AGAINST_THE_RULES
from app.dicom.part10 import Header, read_header
from app.dicom.uncompressed import make_uncompressed
from tests import dicomfiles as made

BEFORE = b"".join(
    made.element(tag, vr, value)
    for tag, vr, value in (
        (0x00080016, "UI", made.CT),
        (0x00080018, "UI", "1.2.3.4"),
        (0x00080060, "CS", "CT"),
    )
)
AFTER = b"".join(
    made.element(tag, vr, value)
    for tag, vr, value in (
        (0x00100010, "PN", "Test^Patient"), (0x0020000D, "UI", "1.2.3"), (0x0020000E, "UI", "1.2.3.1")
    )
)  # fmt: skip
REFERENCED = made.element(0x00081155, "UI", "1.2.3.9")


def item(content: bytes) -> bytes:
    """Return an item of defined length."""
    return struct.pack("<HHI", 0xFFFE, 0xE000, len(content)) + content


def short(vr: bytes) -> bytes:
    """Return a private element whose length has two bytes, whatever its VR."""
    return struct.pack("<HH2sH", 0x0009, 0x1001, vr, 4) + b"abcd"


REFERENCES = made.element(0x00081140, "SQ", item(REFERENCED))
AMISS = {
    "an end that nothing began": REFERENCES + made.SEQUENCE_END,
    "an item's end that nothing began": REFERENCES + made.ITEM_END,
    "a sequence of unknown VR with VRs inside": made.element(0x00081140, "UN", item(REFERENCED)),
    "the same without a length": made.element(0x00081140, "UN", b"", length=made.UNDEFINED)
    + item(REFERENCED)
    + made.SEQUENCE_END,
    "a value longer than its item": made.element(
        0x00081140, "SQ", item(made.element(0x00081155, "UI", "1.2.3.9", length=60))
    ),
}


def read(middle: bytes) -> Header:
    data = made.meta() + BEFORE + middle + AFTER
    return read_header(BytesIO(data), len(data))


def written_anew(middle: bytes) -> pydicom.Dataset:
    data = made.meta() + BEFORE + middle + AFTER
    pieces: list[bytes] = []
    told = make_uncompressed(BytesIO(data), read(middle).facts or {}, lambda _, piece: pieces.append(piece))
    assert told == {}
    return pydicom.dcmread(BytesIO(b"".join(pieces)))


@pytest.mark.parametrize("middle", AMISS.values(), ids=AMISS)
def test_a_sequence_against_the_rules_hides_nothing_and_is_told(middle: bytes) -> None:
    header = read(middle)
    assert header.facts is not None
    assert text(header.facts, "SeriesInstanceUID") == "1.2.3.1"
    references = items(header.facts, "ReferencedImageSequence")
    assert [text(one, "ReferencedSOPInstanceUID") for one in references] == ["1.2.3.9"]
    assert header.warnings == [AGAINST_THE_RULES]
    assert header.unlisted_reason == AGAINST_THE_RULES


@pytest.mark.parametrize("middle", AMISS.values(), ids=AMISS)
def test_written_anew_it_keeps_the_rules(middle: bytes) -> None:
    new = written_anew(middle)
    assert new.SeriesInstanceUID == "1.2.3.1"
    assert [one.ReferencedSOPInstanceUID for one in new.ReferencedImageSequence] == ["1.2.3.9"]


@pytest.mark.parametrize("vr", [b"??", b"--"])
def test_a_vr_that_the_device_did_not_know_is_stepped_over(vr: bytes) -> None:
    header = read(short(vr))
    assert text(header.facts or {}, "SeriesInstanceUID") == "1.2.3.1"
    new = written_anew(short(vr))
    assert (new[0x00091001].VR, new[0x00091001].value) == ("UN", b"abcd")


def test_an_unknown_sequence_as_the_standard_has_it_is_no_slip() -> None:
    implicit = item(made.implicit(0x00081155, "1.2.3.9"))
    header = read(made.element(0x00081140, "UN", implicit))
    assert (
        text(items(header.facts or {}, "ReferencedImageSequence")[0], "ReferencedSOPInstanceUID") == "1.2.3.9"
    )
    assert list(header.warnings) == []


def test_a_sequence_without_any_sense_is_refused() -> None:
    assert read(REFERENCES + made.element(0xFFFEE000, "UN", b"abcd")).verdict == "refused"
