"""The files of a bundle that people and programs read first: README.TXT, INDEX.HTM."""

import re
import textwrap
import unicodedata
from collections.abc import Sequence
from datetime import datetime
from functools import cache
from itertools import groupby
from typing import Any, NamedTuple

from jinja2 import Environment, PackageLoader, StrictUndefined

from app.bundles.fileset import FileSet, Placed
from app.dicom.person_name import person_name
from app.shares.resemblance import Person
from app.shares.unmatched import Unmatched
from app.studies.models import DiscPatient, Series
from app.translations import catalogue
from app.translations.dates import read_da, written

WIDTH = 78
_ASCII = str.maketrans({"ß": "ss", "œ": "oe", "Œ": "Oe", "æ": "ae", "’": "'", "–": "-", "«": '"', "»": '"'})
_UMLAUTS = str.maketrans({"ä": "ae", "ö": "oe", "ü": "ue", "Ä": "Ae", "Ö": "Oe", "Ü": "Ue"})
"""As Germans write them where there are none; Hungarians and Finns do not."""
_NOT_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
"""What XML 1.0 forbids; control characters of a stranger's header, mostly."""


class Sender(NamedTuple):
    """What the recipient learns of who sends."""

    name: str
    telephone: str | None
    hours: str | None
    base_url: str = ""
    """Where the service is; empty when that is not said."""


class Speak:
    """Says our English texts in the reader's ``language``; in English what we have no words for."""

    def __init__(self, language: str) -> None:
        self._say, self._language = catalogue(language).gettext, language

    def __call__(self, text: str) -> str:
        return self._say(text)

    def day(self, dicom_date: str) -> str:
        """Return a DA (PS3.5 6.2) as "12 March 1970"; what is none as it stands."""
        when = read_da(dicom_date)
        return written(when, self._language) if when else dicom_date

    def made(self, moment: datetime) -> str:
        """Return the day of a moment (UTC)."""
        return written(moment.date(), self._language)


def readme(told: dict[str, Any]) -> bytes:
    """Return README.TXT from a ``context``: ASCII with CRLF (PS3.11 D.3.3, IHE RAD TF-3 4.47)."""
    language = told["language"]
    text = _environment(language, html=False).get_template("README.TXT").render(**told)
    text = re.sub("\u00a0(?=[:;!?])", "", text)  # French marks would stand alone at a line's start
    if language == "de":
        text = text.translate(_UMLAUTS)
    plain = unicodedata.normalize("NFKD", text.translate(_ASCII)).encode("ascii", "ignore").decode()
    lines = (re.sub(r"[^\x20-\x7e]", "", line).rstrip() for line in plain.splitlines())
    return "".join(f"{part}\r\n" for line in lines for part in _wrapped(line)).encode()


def _wrapped(line: str) -> list[str]:
    return textwrap.wrap(line, WIDTH, break_long_words=False, break_on_hyphens=False) or [""]


def rendered(template: str, told: dict[str, Any]) -> bytes:
    """Return a page: XHTML 1.0, no script, nothing remote (IHE RAD TF-3 4.47)."""
    page = _environment(told["language"], html=True).get_template(template).render(**told)
    return _NOT_XML.sub("", page).encode()


@cache
def _environment(language: str, *, html: bool) -> Environment:
    environment = Environment(
        loader=PackageLoader("app.bundles"),
        extensions=["jinja2.ext.i18n"],
        autoescape=html,  # noqa: S701 - README.TXT is plain text
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.install_gettext_translations(catalogue(language), newstyle=True)  # type: ignore[attr-defined]  # the extension brings it
    return environment


def context(
    sender: Sender, fileset: FileSet, made_at: datetime, unmatched: Unmatched | None, language: str
) -> dict[str, Any]:
    """Return what the files for people say, in ``language``."""
    _ = Speak(language)
    patient = (fileset.listed or fileset.unlisted)[0].instance.series.study.patient
    return {
        "language": language,
        "said": _,
        "unmatched": _both(unmatched, _) if unmatched else None,
        "according": _corrected(patient, _),
        "sender": sender,
        "patient": _patient(fileset.listed or fileset.unlisted, _),
        "listed": fileset.listed,
        "unlisted": fileset.unlisted,
        "beside": fileset.beside,
        "made_on": _.made(made_at),
    }


def both_identities(unmatched: Unmatched, _: Speak) -> str:
    """Return what stands on every picture of an emergency release."""
    said = _(
        "Not checked whose images these are. Expected: {expected}. In the images: {found}. "
        "Call back: {call_back}."
    )
    return said.format(**_both(unmatched, _))


def _both(unmatched: Unmatched, _: Speak) -> dict[str, str]:
    expected = _line(unmatched.expected, _) if any(unmatched.expected) else _("not said")
    return {"expected": expected, "found": _line(unmatched.found, _), "call_back": unmatched.call_back}


def _corrected(patient: DiscPatient, _: Speak) -> str:
    """Return who the patient is according to the sender's staff, where the images say otherwise."""
    said = (patient.corrected_name, patient.corrected_birth_date, patient.corrected_patient_id)
    if not any(said):
        return ""
    found = (patient.name, patient.birth_date, patient.patient_id)
    return _line(Person(*(one or other for one, other in zip(said, found, strict=True))), _)


def _line(who: Person, _: Speak) -> str:
    return ", ".join(filter(None, (person(who.name), _.day(who.birth_date), who.patient_id)))


def person_line(patient: DiscPatient, _: Speak) -> str:
    """Return name, birth date and ID as the images have them, in one line."""
    return _line(Person(patient.name, patient.birth_date, patient.patient_id), _)


def _patient(placed: Sequence[Placed], _: Speak) -> dict[str, str]:
    patient = placed[0].instance.series.study.patient
    return {
        "name": person(patient.name) or _("Name not given"),
        "birth_date": _.day(patient.birth_date),
        "patient_id": patient.patient_id,
    }


def study(placed: Sequence[Placed], _: Speak) -> dict[str, Any]:
    """Return what is said of a study's instances, series by series."""
    study = placed[0].instance.series.study
    title = ", ".join(filter(None, (study.description or _("Examination"), _.day(study.date))))
    groups = groupby(placed, lambda one: one.path[2])
    series = [_series(list(group), _) for folder, group in groups]
    return {"title": title, "series": series}


def _series(placed: Sequence[Placed], _: Speak) -> dict[str, Any]:
    series = placed[0].instance.series
    return {
        "title": series_title(series, _),
        "modality": series.modality,
        "count": len(placed),
        "picture": None,
        "folder": "/".join(placed[0].path[:-1]),
    }


def series_title(series: Series, _: Speak) -> str:
    """Return what a series is called."""
    if series.description or series.number is None:
        return series.description or _("Series")
    return _("Series {number}").format(number=series.number)


def person(name: str) -> str:
    """Return a PN for lists: ``Family, Given``."""
    who = person_name(name)
    return ", ".join(filter(None, (who.family, who.given)))
