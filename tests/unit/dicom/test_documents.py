"""What can be read of documents: any report, and PDFs as they are."""

import json
from io import BytesIO
from typing import Any

import pytest

from app.dicom.dicomjson import Facts
from app.dicom.documents import MAX_TEXT
from app.dicom.frames import make_display
from app.dicom.part10 import read_header
from app.dicom.references import referenced
from tests import documents


def made(data: bytes) -> tuple[dict[str, Any], dict[int | None, bytes], Facts]:
    header = read_header(BytesIO(data), len(data))
    assert header.facts is not None, header.reason
    blobs: dict[int | None, bytes] = {}
    return make_display(BytesIO(data), header.facts, blobs.__setitem__), blobs, header.facts


def test_a_report_is_told_in_its_order_with_its_measurements() -> None:
    result, blobs, _ = made(documents.report())
    told = json.loads(blobs[0])
    assert result["document"] == {"kind": "report", "size": len(blobs[0])}
    assert result["reason"].startswith("This is a report in words")
    assert (told["title"], told["complete"], told["verified"]) == ("Test Report", True, False)
    [findings] = told["items"]
    assert [one["name"] for one in findings["items"]] == ["Finding", "Diameter", "Volume"]
    assert findings["items"][0]["value"] == "No acute findings."
    assert findings["items"][1] == {"name": "Diameter", "kind": "NUM", "value": "12.5", "unit": "mm"}


def test_a_long_text_is_whole_and_a_longer_one_is_said_to_be_cut() -> None:
    long = "word " * 20_000
    _, blobs, _ = made(documents.report(long))
    told = json.loads(blobs[0])
    assert told["items"][0]["items"][0]["value"] == long.strip()
    assert told["cut"] is False
    _, blobs, _ = made(documents.report("x" * (MAX_TEXT + 2)))
    assert json.loads(blobs[0])["cut"] is True


def test_a_pdf_comes_as_it_is() -> None:
    result, blobs, _ = made(documents.pdf())
    assert result["document"]["kind"] == "pdf"
    assert blobs[0].rstrip(b"\0") == documents.PDF


@pytest.mark.parametrize("data", [b"<html><script>alert(1)</script>", b"MZ\0\0", b""])
def test_what_only_says_that_it_is_a_pdf_is_not_shown(data: bytes) -> None:
    result, blobs, _ = made(documents.pdf(data))
    assert "document" not in result
    assert blobs == {}


def test_a_list_of_key_pictures_tells_its_words_and_names_its_pictures() -> None:
    result, blobs, facts = made(documents.key_pictures("1.2.3", "1.2.3.4", "1.2.3.4.5"))
    assert result["document"]["kind"] == "report"
    assert "Look at this one." in blobs[0].decode()
    assert list(referenced(facts)) == ["1.2.3.4.5"]


def test_a_report_nested_deeply_is_read_to_its_end() -> None:
    inner = documents.item("TEXT", "Deep", TextValue="the end")
    for _ in range(14):
        inner = documents.item("CONTAINER", "Level", inner)
    _, blobs, _ = made(documents.report(items=[inner]))
    assert "the end" in blobs[0].decode()
