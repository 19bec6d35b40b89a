"""Directory records filled from an instance's facts: keys copied, and supplied where the instance lacks them.

The instance is never edited: what is supplied stands in the directory only (PS3.11 Table D.3-2 note).
"""

import re
from collections.abc import Mapping
from typing import Any

from app.dicom import dicomjson
from app.dicom.dicomdir import FileReference, Record
from app.dicom.dicomjson import Facts
from app.dicom.explicit import element, sequence, tag_and_vr, values
from app.dicom.record_keys import (
    DATES,
    HAS_CONCEPT_MOD,
    ITEM_KEYS,
    MIME_TYPES,
    RECORD_KEYS,
    STAND_INS,
    TIMES,
    UNKNOWN_DATE,
    UNKNOWN_TIME,
)

UTF_8 = element(0x00080005, "CS", b"ISO_IR 192")
MAX_DEPTH = 8
_DOCUMENT_TITLE = {"CodeValue": "121144", "CodingSchemeDesignator": "DCM", "CodeMeaning": "Document Title"}


def make_record(
    record_type: str,
    facts: Facts,
    supplied: Mapping[str, Any] | None = None,
    file: FileReference | None = None,
) -> Record:
    """Return a record of ``record_type`` with its keys from ``facts``; values in ``supplied`` go before them.

    A record whose text is not ASCII says so and is in UTF-8 (PS3.5 6.1.2.3), whatever the instance uses.
    """
    keys, writer = RECORD_KEYS[record_type], _Writer()
    for keyword in keys.all():
        given = (supplied or {}).get(keyword)
        found = _fit(keyword, _values(keyword, facts) if given is None else [given])
        if not found and keyword in keys.needed:
            found = _stand_in(keyword, facts)
        if found or keyword not in keys.copied:
            writer.add(keyword, found)
    return Record(record_type, writer.content(), file)


class _Writer:
    """Elements gathered in any order, given back ascending; remembers whether all text was ASCII."""

    def __init__(self) -> None:
        self._elements: dict[int, bytes] = {}
        self.ascii = True

    def add(self, keyword: str, found: list[Any], depth: int = 0) -> None:
        """Add an element; numbers that do not fit their VR, and items of the wrong kind, leave it empty."""
        tag, vr = tag_and_vr(keyword)
        if vr == "SQ":
            self._elements[tag] = sequence(tag, self._items(keyword, found, depth))
            return
        try:
            value = values(vr, found)
        except ValueError:
            value = b""
        self.ascii = self.ascii and (value.isascii() or vr in ("US", "UL", "FD", "FL"))
        self._elements[tag] = element(tag, vr, value)

    def content(self) -> bytes:
        """Return the elements, led by the character set where they need one."""
        elements = b"".join(self._elements[tag] for tag in sorted(self._elements))
        return elements if self.ascii else UTF_8 + elements

    def _items(self, keyword: str, found: list[Any], depth: int) -> list[bytes]:
        kept = [facts for facts in found if isinstance(facts, dict) and depth < MAX_DEPTH]
        if keyword == "ContentSequence":
            kept = [facts for facts in kept if dicomjson.text(facts, "RelationshipType") == HAS_CONCEPT_MOD]
        return [encoded for facts in kept if (encoded := self._item(keyword, facts, depth))]

    def _item(self, keyword: str, facts: Facts, depth: int) -> bytes:
        inner = _Writer()
        for key in ITEM_KEYS.get(keyword, ()):
            if found := dicomjson.values(facts, key):
                inner.add(key, found, depth + 1)
        self.ascii = self.ascii and inner.ascii
        return b"".join(inner._elements[tag] for tag in sorted(inner._elements))


def _values(keyword: str, facts: Facts) -> list[Any]:
    """Return an instance's values for a key; of a verified document the last verification (PS3.3 F.5)."""
    if keyword != "VerificationDateTime":
        return dicomjson.values(facts, keyword)
    if dicomjson.text(facts, "VerificationFlag") != "VERIFIED":
        return []
    observers = dicomjson.items(facts, "VerifyingObserverSequence")
    latest = max((dicomjson.text(observer, keyword) for observer in observers), default="")
    return [latest or _first(DATES, facts, UNKNOWN_DATE) + _first(TIMES, facts, UNKNOWN_TIME)]


def _fit(keyword: str, found: list[Any]) -> list[Any]:
    """Return ``found`` in a form that can stand as a value of this keyword, else an empty list."""
    vr = tag_and_vr(keyword)[1]
    if vr == "SQ":
        kept = (facts for facts in found if isinstance(facts, dict))
        return [facts for facts in kept if any(dicomjson.texts(facts, key) for key in ITEM_KEYS[keyword])]
    first = str(found[0]).strip() if found and found[0] is not None else ""
    if not first or vr not in _FORMS or keyword == "ImageType":
        return found if first else []
    fit = _FORMS[vr](first)
    return [fit] if fit else []


def _stand_in(keyword: str, facts: Facts) -> list[Any]:
    """Return what stands for a needed key that the instance lacks."""
    if keyword.endswith("Date"):
        return [_first(DATES, facts, UNKNOWN_DATE)]
    if keyword.endswith("Time"):
        return [_first(TIMES, facts, UNKNOWN_TIME)]
    if keyword == "MIMETypeOfEncapsulatedDocument":
        return [MIME_TYPES.get(dicomjson.text(facts, "SOPClassUID"), "application/octet-stream")]
    if keyword == "ConceptNameCodeSequence":
        return [{dicomjson.tag_of(key): {"Value": [text]} for key, text in _DOCUMENT_TITLE.items()}]
    return [STAND_INS.get(keyword, 1)]


def _first(keywords: tuple[str, ...], facts: Facts, otherwise: str) -> str:
    form = _date if keywords is DATES else _time
    return next((fit for key in keywords if (fit := form(dicomjson.text(facts, key)))), otherwise)


def _date(text: str) -> str:
    """Return a DA, also from the old form with dots (PS3.5 6.2), or nothing."""
    found = _DATE.fullmatch(text)
    return "".join(found.groups()) if found else ""


def _time(text: str) -> str:
    """Return a TM, also from the old form with colons (PS3.5 6.2), or nothing."""
    bare = text.replace(":", "")
    return bare if _TIME.fullmatch(bare) else ""


def whole(text: str) -> str:
    """Return an IS that fits its 32 bits (PS3.5 6.2), or nothing."""
    return text if _WHOLE.fullmatch(text) and -(1 << 31) <= int(text) < 1 << 31 else ""


def _code(text: str) -> str:
    """Return a CS, in capitals (PS3.5 6.2), or nothing."""
    return text.upper() if _CODE.fullmatch(text.upper()) else ""


_DATE = re.compile(r"([0-9]{4})\.?(0[1-9]|1[0-2])\.?(0[1-9]|[12][0-9]|3[01])")
_TIME = re.compile(r"([01][0-9]|2[0-3])([0-5][0-9](([0-5][0-9]|60)(\.[0-9]{1,6})?)?)?")
_WHOLE = re.compile(r"[+-]?[0-9]{1,10}")
_CODE = re.compile(r"[A-Z0-9_ ]{1,16}")
_FORMS = {"CS": _code, "DA": _date, "TM": _time, "IS": whole}
