"""A structured report's words (``app.dicom.reports``) as pages, for whoever wants the report alone as PDF."""

import re
from typing import Any

from flask_babel import gettext as _

from app.pdf import HEADING, TEXT, Pdf
from app.viewer.names import spoken
from app.web import words

Item = dict[str, Any]
REFERENCES = ("IMAGE", "COMPOSITE", "WAVEFORM")
_DATE = re.compile("([0-9]{4})([0-9]{2})([0-9]{2})")


def report_pdf(told: dict[str, Any], organisation: str) -> bytes:
    """Return the PDF of a report; its state is said first, as in the viewer."""
    pdf = Pdf(told["title"] or _("Report"), organisation)
    by = ", ".join(filter(None, map(spoken, told["verified_by"])))
    head = [_date(told["date"]), _("Verified by {name}").format(name=by) if by else ""]
    pdf.add(" · ".join(filter(None, head)))
    for wrong, sentence in (
        (not told["complete"], _("This report is not complete.")),
        (not told["verified"], _("This report has not been verified by a physician yet.")),
        (told["cut"], _("There is more in this report than can be shown; download it.")),
    ):
        if wrong:
            pdf.add(sentence)
    for item in told["items"]:
        _add(pdf, item)
    return pdf.to_bytes()


def _add(pdf: Pdf, item: Item) -> None:
    name, inner = item.get("name", ""), item.get("items", [])
    if item.get("kind") == "CONTAINER":
        if name:
            pdf.add(name, HEADING)
    else:
        pdf.add(": ".join(filter(None, (name, _value(item)))), TEXT)
    for one in inner:
        _add(pdf, one)


def _value(item: Item) -> str:
    kind, value, unit = (str(item.get(key, "")) for key in ("kind", "value", "unit"))
    if kind == "DATE":
        return _date(value)
    if kind == "DATETIME":
        return " ".join(filter(None, (_date(value), re.sub("(..)(..)", r"\1:\2", value[8:12]))))
    if kind == "TIME":
        return re.sub("(..)(..)", r"\1:\2", value[:4])
    if kind == "PNAME":
        return spoken(value)
    if kind in REFERENCES:
        return str(_("a picture of this examination"))
    return " ".join(filter(None, (value, unit)))


def _date(text: str) -> str:
    """Return a DA, or the beginning of a DT (PS3.5 6.2), in words; what it says where it is none."""
    found = _DATE.match(text)
    return words.day(found[0]) if found else text
