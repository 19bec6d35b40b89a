"""Our header reader against pydicom's: the same file, the same values."""

import warnings
from pathlib import Path
from typing import Any

from pydicom import dcmread
from pydicom.dataset import Dataset
from pydicom.multival import MultiValue
from pydicom.tag import BaseTag

from app.dicom.dicomjson import Facts, tag_of
from app.dicom.facts import CONTENT_SEQUENCE, FACTS
from app.dicom.part10 import read_header
from tests.corpus import corpus

TWICE = "rubydicom__duplicates.dcm"
"""Holds attributes twice: we keep the first, pydicom the last."""


def ours(facts: Facts) -> dict[str, Any]:
    """Return kept attributes in a shape that compares."""
    wanted = {f"{tag:08X}" for tag in FACTS if tag != CONTENT_SEQUENCE}
    return {
        key: [ours(item) for item in element.get("Value", [])]
        if element["vr"] == "SQ"
        else [_plain(value) for value in element.get("Value", [])]
        for key, element in facts.items()
        if key in wanted
    }


def theirs(dataset: Dataset) -> dict[str, Any]:
    """Return pydicom's reading in that shape."""
    found: dict[str, Any] = {}
    for element in dataset:
        key = f"{int(element.tag):08X}"
        if int(element.tag) not in FACTS or int(element.tag) == CONTENT_SEQUENCE:
            continue
        if element.VR == "SQ":
            found[key] = [theirs(item) for item in element.value]
        elif not isinstance(element.value, bytes):  # lookup tables; theirs stay bytes
            many = isinstance(element.value, (MultiValue, list))
            found[key] = [_plain(value) for value in (element.value if many else [element.value])]
    return found


def _plain(value: Any) -> Any:
    if isinstance(value, dict):
        groups = [value.get(group, "") for group in ("Alphabetic", "Ideographic", "Phonetic")]
        return _plain("=".join(groups).rstrip("="))
    value = f"{int(value):08X}" if isinstance(value, BaseTag) else "" if value is None else value
    text = str(value).replace("\0", "").strip()
    try:
        return float(text) if text.lower() not in ("nan", "inf") else text
    except ValueError:
        return text


def differences(path: Path) -> list[str]:
    """Return the keys of attributes in which the two readings differ."""
    with path.open("rb") as file:
        header = read_header(file, path.stat().st_size)
    if header.verdict != "instance" or header.facts is None:
        return []
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        read = theirs(dcmread(path, stop_before_pixels=True, force=True))
    kept = ours(header.facts)
    skipped = {tag_of("LUTData")}
    return [key for key in read.keys() | kept.keys() - skipped if _differs(read.get(key), kept.get(key))]


def _differs(one: Any, other: Any) -> bool:
    if one in (None, [], [""]) and other in (None, [], [""]):
        return False
    if one and other and isinstance(one[0], dict):
        return len(one) != len(other) or any(
            _differs(a.get(key), b.get(key))
            for a, b in zip(one, other, strict=True)
            for key in (a.keys() | b.keys()) - {tag_of("LUTData")}
        )
    return bool(one != other)


def test_every_header_of_the_corpus_reads_as_pydicom_reads_it() -> None:
    files = [path for path in corpus().rglob("*") if path.is_file() and path.name != TWICE]
    wrong = {path.name: found for path in files if (found := differences(path))}
    assert wrong == {}
