"""The files of a bundle that people and programs read first: README.TXT, INDEX.HTM."""

import re
import unicodedata
from collections.abc import Sequence
from datetime import datetime
from functools import cache
from itertools import groupby
from typing import Any, NamedTuple

from jinja2 import Environment, PackageLoader, StrictUndefined

from app.bundles.fileset import FileSet, Placed
from app.shares.resemblance import Person
from app.shares.unmatched import Unmatched
from app.studies.models import DiscPatient, Series

_NOT_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
"""What XML 1.0 forbids; control characters of a stranger's header, mostly."""


class Sender(NamedTuple):
    """What the recipient learns of who sends."""

    name: str
    telephone: str | None
    hours: str | None
    base_url: str = ""
    """Where the service is; empty when that is not said."""


def readme(told: dict[str, Any]) -> bytes:
    """Return README.TXT from a ``context``: ASCII with CRLF (PS3.11 D.3.3, IHE RAD TF-3 4.47)."""
    text = _environment(html=False).get_template("README.TXT").render(**told)
    plain = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode()
    lines = (re.sub(r"[^\x20-\x7e]", "", line).rstrip() for line in plain.splitlines())
    return "".join(f"{line}\r\n" for line in lines).encode()


def rendered(template: str, told: dict[str, Any]) -> bytes:
    """Return a page: XHTML 1.0, no script, nothing remote (IHE RAD TF-3 4.47)."""
    return _NOT_XML.sub("", _environment(html=True).get_template(template).render(**told)).encode()


@cache
def _environment(*, html: bool) -> Environment:
    return Environment(
        loader=PackageLoader("app.bundles"),
        autoescape=html,  # noqa: S701 - README.TXT is plain text
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )


def context(
    sender: Sender, fileset: FileSet, made_at: datetime, unmatched: Unmatched | None
) -> dict[str, Any]:
    """Return what the files for people say."""
    patient = (fileset.listed or fileset.unlisted)[0].instance.series.study.patient
    return {
        "unmatched": _both(unmatched) if unmatched else None,
        "according": _corrected(patient),
        "sender": sender,
        "patient": _patient(fileset.listed or fileset.unlisted),
        "listed": fileset.listed,
        "unlisted": fileset.unlisted,
        "beside": fileset.beside,
        "made_on": f"{made_at:%Y-%m-%d}",
    }


def both_identities(unmatched: Unmatched) -> str:
    """Return what stands on every picture of an emergency release."""
    both = _both(unmatched)
    return (
        f"Not checked whose images these are. Expected: {both['expected']}. In the images: {both['found']}. "
        f"Call back: {both['call_back']}."
    )


def _both(unmatched: Unmatched) -> dict[str, str]:
    expected = _line(unmatched.expected) if any(unmatched.expected) else "not said"
    return {"expected": expected, "found": _line(unmatched.found), "call_back": unmatched.call_back}


def _corrected(patient: DiscPatient) -> str:
    """Return who the patient is according to the sender's staff, where the images say otherwise."""
    said = (patient.corrected_name, patient.corrected_birth_date, patient.corrected_patient_id)
    if not any(said):
        return ""
    found = (patient.name, patient.birth_date, patient.patient_id)
    return _line(Person(*(one or other for one, other in zip(said, found, strict=True))))


def _line(who: Person) -> str:
    return ", ".join(filter(None, (person(who.name), date(who.birth_date), who.patient_id)))


def person_line(name: str, birth_date: str, patient_id: str) -> str:
    """Return name (PN), birth date (DA) and ID in one line."""
    return _line(Person(name, birth_date, patient_id))


def _patient(placed: Sequence[Placed]) -> dict[str, str]:
    patient = placed[0].instance.series.study.patient
    return {
        "name": person(patient.name) or "Name not given",
        "birth_date": date(patient.birth_date),
        "patient_id": patient.patient_id,
    }


def study(placed: Sequence[Placed]) -> dict[str, Any]:
    """Return what is said of a study's instances, series by series."""
    study = placed[0].instance.series.study
    title = ", ".join(filter(None, (study.description or "Study", date(study.date))))
    series = [_series(list(group)) for _, group in groupby(placed, lambda one: one.path[2])]
    return {"title": title, "series": series}


def _series(placed: Sequence[Placed]) -> dict[str, Any]:
    series = placed[0].instance.series
    return {
        "title": series_title(series),
        "modality": series.modality,
        "count": len(placed),
        "picture": None,
        "folder": "/".join(placed[0].path[:-1]),
    }


def series_title(series: Series) -> str:
    """Return what a series is called."""
    return series.description or (f"Series {series.number}" if series.number is not None else "Series")


def person(name: str) -> str:
    """Return a PN for people to read: ``Family, Given``; the first group that has letters (PS3.5 6.2.1)."""
    groups = (group for group in name.split("=") if group.strip("^ "))
    parts = next(groups, "").split("^")
    return ", ".join(filter(None, (part.strip() for part in parts[:2])))


def date(text: str) -> str:
    """Return a DA (PS3.5 6.2) for people to read; what is none as it stands."""
    return f"{text[:4]}-{text[4:6]}-{text[6:]}" if re.fullmatch(r"[0-9]{8}", text) else text
