"""The file-set of a bundle: which instance lies where, which cannot be listed, and the DICOMDIR.

One patient, sorted by study, series and instance number; names are counters, so that none tells who it is.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from hashlib import sha256
from itertools import groupby
from typing import Any, NamedTuple

from app.bundles import unlisted
from app.bundles.beside import Beside, lay_beside
from app.dicom import dicomjson
from app.dicom.dicomdir import FileReference, Record, dicomdir
from app.dicom.dicomjson import Facts
from app.dicom.record_keys import RECORD_KEYS
from app.dicom.record_types import record_type
from app.dicom.records import make_record, whole
from app.dicom.uids import EXPLICIT_LITTLE, stand_in
from app.studies.models import Attachment, Instance, PlainCopy
from app.viewer.marked import _

LAST = 1 << 40


class Placed(NamedTuple):
    """An instance at its place; ``reason`` says why it is not listed, None if it is.

    ``copy``: it is sent in its place.
    """

    instance: Instance
    path: tuple[str, ...]
    reason: str | None = None
    copy: PlainCopy | None = None

    @property
    def name(self) -> str:
        """Its name in the archive."""
        return "/".join(self.path)


class FileSet(NamedTuple):
    """What lies where, and the directory of it. ``beside`` is no part of the file-set: reports and photos."""

    file_set_id: str
    listed: list[Placed]
    unlisted: list[Placed]
    dicomdir: bytes
    beside: list[Beside]


def lay_out(
    instances: Iterable[Instance],
    seed: str,
    attachments: Iterable[Attachment] = (),
    copies: Mapping[str, PlainCopy] | None = None,
) -> FileSet:
    """Return the file-set of one patient's ``instances``; the same bytes for the same instances and seed.

    ``copies`` without compression stand in for originals, by SHA-256; what could not be copied is not listed.
    """
    ordered, known = sorted(instances, key=_order), copies or {}
    reasons = list(_reasons(ordered, known))
    able = [i for i, reason in zip(ordered, reasons, strict=True) if reason is None]
    listed = list(_listed(able, known))
    rest = [(i, reason) for i, reason in zip(ordered, reasons, strict=True) if reason is not None]
    set_aside = [Placed(i, ("UNLISTED", f"UN{n:06d}"), reason) for n, (i, reason) in enumerate(rest)]
    file_set_id = f"VCD_{sha256(seed.encode()).hexdigest()[:8].upper()}"
    patient = _patient(listed, listed or set_aside, seed)
    directory = dicomdir([patient], file_set_id=file_set_id, uid=stand_in(f"Virtual CD: DICOMDIR of {seed}"))
    return FileSet(file_set_id, listed, set_aside, directory, lay_beside(attachments))


def _order(instance: Instance) -> tuple[Any, ...]:
    series = instance.series
    study = series.study
    return (
        (study.date, study.time, study.study_uid, study.id),
        (LAST if series.number is None else series.number, series.series_uid, series.id),
        (LAST if instance.number is None else instance.number, instance.instance_uid),
        (instance.sha256, instance.id),
    )


def _reasons(ordered: Sequence[Instance], copies: Mapping[str, PlainCopy]) -> Iterator[str | None]:
    """Yield for each instance why it cannot be listed, or None."""
    own = [i.unlisted_reason or unlisted.reason(i.facts) or _not_copied(i, copies) for i in ordered]
    able = [i.facts for i, reason in zip(ordered, own, strict=True) if reason is None]
    name = _commonest(map(unlisted.name_of, able))
    patient_id = _commonest(filter(None, map(unlisted.id_of, able)))
    seen: set[str] = set()
    for instance, reason in zip(ordered, own, strict=True):
        uid = dicomjson.text(instance.facts, "SOPInstanceUID")
        if reason is not None:
            yield reason
        elif unlisted.name_of(instance.facts) != name:
            yield _("Its patient name is written differently from the other files'.")
        elif unlisted.id_of(instance.facts) not in ("", patient_id):
            yield _("Its Patient ID differs from the other files'.")
        elif uid in seen:
            yield _("Another file of the same SOP Instance UID, with other contents, is listed.")
        else:
            seen.add(uid)
            yield None


def _not_copied(instance: Instance, copies: Mapping[str, PlainCopy]) -> str | None:
    copy = copies.get(instance.sha256)
    return copy.reason if copy else None


def _commonest(texts: Iterable[str]) -> str:
    """Return the text that most have; of several the first in the alphabet."""
    counted = Counter(texts)
    return min(counted, key=lambda text: (-counted[text], text), default="")


def _listed(instances: Sequence[Instance], copies: Mapping[str, PlainCopy]) -> Iterator[Placed]:
    for study_number, (_study_id, of_study) in enumerate(groupby(instances, lambda i: i.series.study.id)):
        for series_number, (_series_id, of_series) in enumerate(groupby(of_study, lambda i: i.series.id)):
            folder = ("PT000000", f"ST{study_number:06d}", f"SE{series_number:06d}")
            for number, instance in enumerate(of_series):
                yield Placed(instance, (*folder, f"IM{number:06d}"), copy=copies.get(instance.sha256))


def _patient(listed: Sequence[Placed], known_by: Sequence[Placed], seed: str) -> Record:
    """Return the patient's record; it stands alone when nothing can be listed: no directory may be empty."""
    facts = _merged("PATIENT", known_by)
    supplied = {"PatientID": f"NOID_{sha256(seed.encode()).hexdigest()[:10].upper()}"}
    record = make_record("PATIENT", facts, {} if unlisted.id_of(facts).strip() else supplied)
    for number, (_folder, group) in enumerate(groupby(listed, lambda placed: placed.path[1])):
        record.lower.append(_study(list(group), number))
    return record


def _study(placed: Sequence[Placed], number: int) -> Record:
    facts = _merged("STUDY", placed)
    supplied = {} if dicomjson.text(facts, "StudyID") else {"StudyID": str(number + 1)}
    record = make_record("STUDY", facts, supplied)
    groups = [list(group) for _folder, group in groupby(placed, lambda one: one.path[2])]
    numbers = _numbers([_merged("SERIES", group) for group in groups], "SeriesNumber")
    for group, series_number in zip(groups, numbers, strict=True):
        record.lower.append(_series(group, series_number))
    return record


def _series(placed: Sequence[Placed], number: str) -> Record:
    record = make_record("SERIES", _merged("SERIES", placed), {"SeriesNumber": number})
    numbers = _numbers([one.instance.facts for one in placed], "InstanceNumber")
    record.lower += [_leaf(one, own) for one, own in zip(placed, numbers, strict=True)]
    return record


def _leaf(placed: Placed, number: str) -> Record:
    facts = placed.instance.facts
    reference = FileReference(
        placed.path,
        dicomjson.text(facts, "SOPClassUID"),
        dicomjson.text(facts, "SOPInstanceUID"),
        EXPLICIT_LITTLE if placed.copy else dicomjson.text(facts, "TransferSyntaxUID"),
    )
    kind = record_type(reference.sop_class_uid, bool(placed.instance.frames))
    return make_record(kind, facts, {"InstanceNumber": number}, reference)


def _numbers(all_facts: Sequence[Facts], keyword: str) -> list[str]:
    """Return a number for each: its own, or the next after the highest where it has none that fits."""
    own = [whole(dicomjson.text(facts, keyword)) for facts in all_facts]
    after = max((int(text) for text in own if text), default=0)
    supplied = iter(range(after + 1, after + 1 + len(own)))
    return [text or str(next(supplied)) for text in own]


def _merged(kind: str, placed: Sequence[Placed]) -> Facts:
    """Return the facts of a record above the instances: of each key the first value that any of them has."""
    merged: Facts = {}
    for keyword in RECORD_KEYS[kind].all():
        tag = dicomjson.tag_of(keyword)
        found = (one.instance.facts.get(tag) for one in placed)
        value = next((element for element in found if element and element.get("Value")), None)
        if value:
            merged[tag] = value
    return merged
