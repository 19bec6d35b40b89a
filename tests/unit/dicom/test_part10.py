"""What one received file is: by content, whatever is wrong with it."""

import struct
import zlib
from io import BytesIO

import pytest

from app.dicom.dicomjson import items, number, numbers, text, texts, values
from app.dicom.part10 import Header, read_header
from tests import dicomfiles as made

GOOD = made.meta() + made.identity() + made.image() + made.pixel_data()


def read(data: bytes) -> Header:
    return read_header(BytesIO(data), len(data))


def instance(data: bytes) -> Header:
    header = read(data)
    assert header.verdict == "instance", header.reason
    return header


def test_a_good_file_is_an_instance_without_a_word() -> None:
    header = instance(GOOD)
    assert (list(header.warnings), header.reason, header.unlisted_reason) == ([], None, None)
    assert header.facts is not None
    assert text(header.facts, "PatientName") == "Test^Patient"
    assert text(header.facts, "TransferSyntaxUID") == made.EXPLICIT
    assert number(header.facts, "Rows") == 4


@pytest.mark.parametrize(
    ("data", "unlisted"),
    [
        (GOOD[128:], True),
        (GOOD[132:], True),
        (made.identity() + made.image() + made.pixel_data(), True),
        (made.implicit_identity(), True),
        (made.identity(order=">"), True),
        (made.meta(made.IMPLICIT) + made.implicit_identity(), False),
        (made.meta(made.BIG) + made.identity(order=">"), False),
        (made.meta(made.IMPLICIT) + made.identity(), True),
        (made.meta(made.EXPLICIT) + made.implicit_identity(), True),
        (made.meta(made.DEFLATED) + made.identity(), True),
    ],
)
def test_every_way_of_writing_is_found_and_a_lie_about_it_is_told(data: bytes, unlisted: bool) -> None:
    header = instance(data)
    assert header.facts is not None
    assert text(header.facts, "PatientName") == "Test^Patient"
    assert bool(header.unlisted_reason) is unlisted
    assert header.unlisted_reason is None or header.unlisted_reason in header.warnings


def test_a_deflated_file_is_read_and_a_bomb_in_it_refused() -> None:
    def deflated(body: bytes, megabytes: int = 0) -> bytes:
        packer = zlib.compressobj(1, wbits=-15)
        start = packer.compress(body)
        zeros = b"".join(packer.compress(bytes(1 << 20)) for _ in range(megabytes))
        return made.meta(made.DEFLATED) + start + zeros + packer.flush()

    assert instance(deflated(made.identity())).unlisted_reason is None
    bomb = made.identity() + made.element(0x00091001, "OB", b"", length=300 << 20)
    assert read(deflated(bomb, megabytes=300)).verdict == "refused"


@pytest.mark.parametrize(
    ("data", "verdict", "reason"),
    [
        (b"", "not_dicom", "This is an empty file."),
        (b"a letter to the patient\r\n", "not_dicom", "This is a text file."),
        (b"MZ\x90\0" + bytes(200), "not_dicom", "This is a program."),
        (b"<!DOCTYPE html><html>", "not_dicom", "This is a web page."),
        (b"\xff\xd8\xff\xe0JFIF", "not_dicom", "This is a picture."),
        (b"PK\3\4" + bytes(99), "not_dicom", "This is an archive; unpack it first."),
        (bytes(5000), "not_dicom", "This is not DICOM."),
        (b"\x08\x00\x05\x00" + b"\xff" * 400, "not_dicom", "This is not DICOM."),
        (b"%PDF-1.7\n", "document", "This is a PDF document."),
        (
            b'<?xml version="1.0"?><ClinicalDocument xmlns="urn:hl7-org:v3"/>',
            "document",
            "This is a clinical document (CDA).",
        ),
        (b'<?xml version="1.0"?><settings/>', "not_dicom", "This is an XML file."),
    ],
)
def test_what_is_no_dicom_is_named_for_what_it_is(data: bytes, verdict: str, reason: str) -> None:
    header = read(data)
    assert (header.verdict, header.reason, header.facts) == (verdict, reason, None)


def test_a_file_that_ends_within_its_pixels_is_told_once_and_not_listed() -> None:
    """Importers such as Orthanc refuse it whole."""
    header = instance(GOOD[:-3])
    assert list(header.warnings) == [header.unlisted_reason]
    assert header.unlisted_reason == "Its pixel data is cut short; the picture may be missing or incomplete."


@pytest.mark.parametrize("cut", range(0, len(GOOD), 7))
def test_a_file_cut_anywhere_is_told_honestly(cut: int) -> None:
    header = read(GOOD[:cut])
    if header.verdict == "instance":
        assert header.warnings
    else:
        assert header.reason


def test_a_header_cut_short_is_unlisted_if_known_and_refused_if_not() -> None:
    header = instance(made.meta() + made.identity() + made.image()[:-3])
    assert header.unlisted_reason == "It is cut short: the end of its data is missing."
    assert read(made.meta() + made.identity()[:-3]).verdict == "refused"


@pytest.mark.parametrize(
    ("pixels", "warned"),
    [
        (made.pixel_data(32), False),
        (made.pixel_data(30), True),
        (made.pixel_data(32)[:-2], True),
        (b"", True),
    ],
)
def test_pixel_data_that_is_short_or_absent_is_warned_of(pixels: bytes, warned: bool) -> None:
    assert bool(instance(made.meta() + made.identity() + made.image() + pixels).warnings) is warned


def test_fragments_without_end_are_warned_of() -> None:
    opening = made.element(0x7FE00010, "OB", b"", length=made.UNDEFINED)
    fragment = struct.pack("<HHI", 0xFFFE, 0xE000, 4) + b"\xff\xd8\xff\xd9"
    start = made.meta(made.JPEG) + made.identity() + opening + fragment
    assert instance(start).warnings
    assert not instance(start + made.SEQUENCE_END).warnings


@pytest.mark.parametrize(
    ("header", "body"),
    [
        (made.meta(), made.identity().replace(made.element(0x00080018, "UI", "1.2.3.4"), b"")),
        (made.meta(uid=""), made.identity("")),
        (made.meta(uid="../../x"), made.identity("../../x")),
        (made.meta(uid="1.02.3"), made.identity("1.02.3")),
        (made.meta(uid="1.2.9"), made.identity()),
        (made.meta(sop_class="1.2.840.10008.5.1.4.1.1.4"), made.identity()),
        (made.meta(syntax=""), made.identity()),
    ],
    ids=["absent", "empty", "path", "leading zero", "other instance", "other class", "no syntax"],
)
def test_what_no_directory_can_hold_is_an_instance_all_the_same(header: bytes, body: bytes) -> None:
    assert instance(header + body).unlisted_reason


def test_a_prefix_with_only_private_data_is_an_instance_and_without_prefix_is_not() -> None:
    private = made.element(0x00091001, "LO", "x")
    assert instance(made.meta() + private).unlisted_reason
    assert read(private).verdict == "not_dicom"


def test_a_preamble_that_systems_would_run_is_warned_of_and_tiff_is_not() -> None:
    """U-02."""
    assert any("a program" in warning for warning in instance(b"MZ" + GOOD[2:]).warnings)
    assert not instance(b"II*\0" + GOOD[4:]).warnings


@pytest.mark.parametrize("depth", [33, 500, 50_000])
def test_deep_nesting_is_refused(depth: int) -> None:
    """U-11."""
    opening = made.element(0x00400555, "SQ", b"", length=made.UNDEFINED)
    opening += struct.pack("<HHI", 0xFFFE, 0xE000, made.UNDEFINED)
    assert "nested" in (read(made.meta() + made.identity() + opening * depth).reason or "")


def test_nesting_of_thirty_is_read() -> None:
    body = made.element(0x00080100, "SH", "1")
    for _ in range(30):
        body = made.sequence(0x00400555, body)
    instance(made.meta() + made.identity() + body)


def test_too_many_elements_are_refused() -> None:
    """U-11."""
    assert "data elements" in (read(made.meta() + made.element(0x00091000, "CS", "A") * 200_001).reason or "")


def test_a_length_beyond_the_file_allocates_nothing() -> None:
    """U-11."""
    huge = made.element(0x00091001, "OB", b"abcd", length=0xFFFFFFF0)
    assert instance(made.meta() + made.identity() + huge).unlisted_reason


def test_values_that_are_not_what_they_promise_stay_as_text() -> None:
    odd = made.element(0x00200013, "IS", "1e400") + made.element(0x00281053, "DS", "NaN\\x\\2.5")
    facts = instance(made.meta() + made.identity() + odd).facts or {}
    assert values(facts, "InstanceNumber") == ["1e400"]
    assert values(facts, "RescaleSlope") == ["NaN", "x", 2.5]


def test_a_decimal_comma_is_no_number_and_calibrates_nothing() -> None:
    """Who knows whether 1,250 is a little or a lot: PS3.5 6.2 has neither. Spaces around are no matter."""
    odd = made.element(0x00280030, "DS", "0,7\\0,7") + made.element(0x00181164, "DS", " 0.7 \\+7E-1 ")
    facts = instance(made.meta() + made.identity() + odd).facts or {}
    assert values(facts, "PixelSpacing") == ["0,7", "0,7"]
    assert numbers(facts, "PixelSpacing") == []
    assert numbers(facts, "ImagerPixelSpacing") == [0.7, 0.7]


def test_long_text_is_cut_and_nul_is_dropped() -> None:
    odd = made.element(0x00081030, "LO", "A" * 60_000) + made.element(0x0008103E, "LO", b"a\0b")
    facts = instance(made.meta() + made.identity() + odd).facts or {}
    assert len(text(facts, "StudyDescription")) == 1000
    assert text(facts, "SeriesDescription") == "ab"


@pytest.mark.parametrize(
    ("charset", "name", "expected", "warned"),
    [
        ("ISO_IR 100", b"M\xfcller", "Müller", False),
        ("ISO-IR 100", b"M\xfcller", "Müller", False),
        ("ISO_IR 192", "Müller".encode(), "Müller", False),
        ("", "Müller".encode(), "Müller", True),
        ("", b"M\xfcller", "Müller", True),
        ("utf-7", b"+ADw-b+AD4-", "+ADw-b+AD4-", True),
        ("ISO_IR 192", b"M\xff", "M\ufffd", False),
        ("\\ISO 2022 IR 87", b"A=\x1b$B;3ED\x1b(B", "A=山田", False),
        ("GB18030", "王\\五".encode("gb18030"), "王", False),
    ],
)
def test_text_of_any_hospital_becomes_unicode(charset: str, name: bytes, expected: str, warned: bool) -> None:
    body = made.element(0x00080005, "CS", charset) + made.element(0x00080018, "UI", "1.2.3.4")
    header = instance(made.meta() + body + made.element(0x00100010, "PN", name))
    assert text(header.facts or {}, "PatientName") == expected
    assert any("names may look wrong" in warning for warning in header.warnings) is warned


def test_the_first_of_two_names_counts_and_is_warned_of() -> None:
    header = instance(made.meta() + made.identity() + made.element(0x00100010, "PN", "Other"))
    assert text(header.facts or {}, "PatientName") == "Test^Patient"
    assert header.warnings == ["It gives PatientName twice; the first is used."]


def test_of_a_report_only_what_modifies_its_title_is_kept() -> None:
    def content(relationship: str, value: str) -> bytes:
        return made.element(0x0040A010, "CS", relationship) + made.element(0x0040A160, "UT", value)

    body = made.sequence(
        0x0040A730, content("CONTAINS", "a finding"), content("HAS CONCEPT MOD", "in English")
    )
    facts = instance(made.meta() + made.identity() + body).facts or {}
    assert [texts(item, "TextValue") for item in items(facts, "ContentSequence")] == [["in English"]]
    assert "finding" not in str(facts)


def test_a_lookup_table_is_kept_while_small() -> None:
    def table(entries: int) -> bytes:
        descriptor = made.element(0x00283002, "US", struct.pack("<HHH", entries, 0, 16))
        return made.sequence(0x00283010, descriptor + made.element(0x00283006, "OW", b"\1\0" * entries))

    def kept(entries: int) -> list[int]:
        facts = instance(made.meta() + made.identity() + table(entries)).facts or {}
        return values(items(facts, "VOILUTSequence")[0], "LUTData")

    assert kept(16_384) == [1] * 16_384
    assert kept(16_385) == []
