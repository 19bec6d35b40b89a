"""What a structured report says, whatever its template, for people to read: names, values, measurements.

PS3.3 C.17.3. Coordinates and codes are left to programs; a reference to a picture names the picture's UID.
"""

from typing import Any

from app.dicom.dicomjson import Facts, items, text, values

MAX_ITEMS = 20_000
"""Content items told of one report; a real dose report has some 5,000."""

KEYWORDS = """
SpecificCharacterSet CompletionFlag VerificationFlag ContentDate ContentTime
VerifyingObserverSequence VerifyingObserverName VerificationDateTime
ConceptNameCodeSequence ConceptCodeSequence CodeValue LongCodeValue CodeMeaning
ContentSequence RelationshipType ValueType TextValue DateTime Date Time PersonName UID
MeasuredValueSequence NumericValue MeasurementUnitsCodeSequence
ReferencedSOPSequence ReferencedSOPInstanceUID ReferencedFrameNumber
"""

_PLAIN = {
    "TEXT": "TextValue",
    "DATE": "Date",
    "TIME": "Time",
    "DATETIME": "DateTime",
    "PNAME": "PersonName",
    "UIDREF": "UID",
}
_WITHOUT_UNIT = ("1", "{1}")


def report(facts: Facts) -> dict[str, Any]:
    """Return a report as nested items: ``name``, ``kind`` (the value type), ``value``, ``unit``, ``items``.

    ``cut`` tells that there is more than can be shown.
    """
    budget = [MAX_ITEMS]
    return {
        "title": _meaning(facts, "ConceptNameCodeSequence"),
        "complete": text(facts, "CompletionFlag") != "PARTIAL",
        "verified": text(facts, "VerificationFlag") != "UNVERIFIED",
        "date": text(facts, "ContentDate"),
        "verified_by": [
            text(observer, "VerifyingObserverName") for observer in items(facts, "VerifyingObserverSequence")
        ],
        "items": _items(facts, budget),
        "cut": budget[0] <= 0,
    }


def _items(holder: Facts, budget: list[int]) -> list[dict[str, Any]]:
    found = []
    for item in items(holder, "ContentSequence"):
        budget[0] -= 1
        if budget[0] <= 0:
            break
        found.append(_item(item, budget))
    return found


def _item(item: Facts, budget: list[int]) -> dict[str, Any]:
    kind = text(item, "ValueType")
    value, unit = _value(item, kind)
    told = {
        "name": _meaning(item, "ConceptNameCodeSequence"),
        "kind": kind,
        "value": value,
        "unit": unit,
        "items": _items(item, budget),
    }
    return {key: part for key, part in told.items() if part}


def _value(item: Facts, kind: str) -> tuple[str, str]:
    if kind == "CODE":
        return _meaning(item, "ConceptCodeSequence"), ""
    if kind == "NUM":
        return _measured(item)
    if kind in ("IMAGE", "COMPOSITE", "WAVEFORM"):
        referenced = items(item, "ReferencedSOPSequence")[:1]
        return " ".join(text(one, "ReferencedSOPInstanceUID") for one in referenced), ""
    return (text(item, _PLAIN[kind]) if kind in _PLAIN else ""), ""


def _measured(item: Facts) -> tuple[str, str]:
    """Return a number as it was written, and its unit as people say it (PS3.3 C.18.1)."""
    for measured in items(item, "MeasuredValueSequence")[:1]:
        number = " ".join(str(value) for value in values(measured, "NumericValue"))
        codes = items(measured, "MeasurementUnitsCodeSequence")
        code = text(codes[0], "CodeValue") if codes else ""
        unit = "" if code in _WITHOUT_UNIT else code
        if code.startswith("{") or len(code) > 12:
            unit = text(codes[0], "CodeMeaning")
        return number, unit
    return "", ""


def _meaning(holder: Facts, keyword: str) -> str:
    """Return a code's meaning, or the code where it has none."""
    for code in items(holder, keyword)[:1]:
        return text(code, "CodeMeaning") or text(code, "CodeValue") or text(code, "LongCodeValue")
    return ""
