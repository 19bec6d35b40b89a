"""The tree below a disc: each exact identity a patient, with studies, series and instances.

Identities that belong together are joined once all files are read (``app.ingest.patients``).
"""

from typing import Any

from sqlalchemy import insert, select
from sqlalchemy.orm import Session

from app.db import new_id
from app.dicom.dicomjson import Facts, integer, text
from app.dicom.identity import Identity
from app.dicom.uids import index_uid
from app.ingest.names import plain
from app.ingest.reading import Reading
from app.studies.models import DiscPatient, Series, Study

Row = dict[str, Any]
INT_LIMIT = 1 << 31


class Tree:
    """Finds or makes the place of an instance. Rows made since the last ``flush`` wait in memory."""

    def __init__(self, session: Session, organisation_id: str, disc_id: str) -> None:
        self._here = {"organisation_id": organisation_id, "disc_id": disc_id}
        self._fresh: dict[type[Any], list[Row]] = {DiscPatient: [], Study: [], Series: []}
        self._ids: dict[tuple[str, ...], str] = {}
        for patient in session.scalars(select(DiscPatient).where(DiscPatient.disc_id == disc_id)):
            self._ids[identity_of(patient)] = patient.id
        for study in session.scalars(select(Study).where(Study.disc_id == disc_id)):
            self._ids[study.disc_patient_id, study.study_uid] = study.id
        for series in session.scalars(select(Series).where(Series.disc_id == disc_id)):
            self._ids[series.study_id, series.series_uid] = series.id

    def place(self, reading: Reading) -> Row:
        """Return the row of an instance, its series found or made."""
        facts = reading.header.facts or {}
        assert reading.digest is not None
        identity = _storable(Identity.from_facts(facts))
        patient = self._patient(identity)
        study = self._study(patient, identity, facts)
        rows, columns = whole(facts, "Rows"), whole(facts, "Columns")
        return {
            **self._here,
            "id": new_id(),
            "disc_file_id": reading.file_id,
            "series_id": self._series(study, facts),
            "sha256": reading.digest.sha256,
            "instance_uid": index_uid(text(facts, "SOPInstanceUID"), reading.digest.sha256),
            "sop_class_uid": plain(text(facts, "SOPClassUID"), 64),
            "transfer_syntax_uid": plain(text(facts, "TransferSyntaxUID"), 64),
            "number": whole(facts, "InstanceNumber"),
            "rows": rows,
            "columns": columns,
            "frames": max(whole(facts, "NumberOfFrames") or 1, 1) if rows and columns else 0,
            "unlisted_reason": reading.header.unlisted_reason,
            "facts": facts,
        }

    def flush(self, session: Session) -> None:
        """Write the rows that were made."""
        for table, rows in self._fresh.items():
            if rows:
                session.execute(insert(table), rows)
                rows.clear()

    def _patient(self, identity: Identity) -> str:
        return self._find(
            DiscPatient,
            identity,
            name=identity.name,
            patient_id=identity.patient_id,
            issuer=identity.issuer,
            birth_date=identity.birth_date,
            sex=identity.sex,
        )

    def _study(self, patient: str, identity: Identity, facts: Facts) -> str:
        study_uid = index_uid(text(facts, "StudyInstanceUID"), f"study of {identity}")
        return self._find(
            Study,
            (patient, study_uid),
            disc_patient_id=patient,
            study_uid=study_uid,
            date=_word(facts, "StudyDate", 16),
            time=_word(facts, "StudyTime", 20),
            description=_word(facts, "StudyDescription"),
            accession_number=_word(facts, "AccessionNumber"),
        )

    def _series(self, study: str, facts: Facts) -> str:
        series_uid = index_uid(text(facts, "SeriesInstanceUID"), f"series of {text(facts, 'Modality')}")
        return self._find(
            Series,
            (study, series_uid),
            study_id=study,
            series_uid=series_uid,
            modality=_word(facts, "Modality", 16),
            number=whole(facts, "SeriesNumber"),
            description=_word(facts, "SeriesDescription"),
            body_part=_word(facts, "BodyPartExamined"),
        )

    def _find(self, table: type[Any], key: tuple[str, ...], **columns: Any) -> str:
        """Return the id of the row under ``key``, made from ``columns`` if there is none."""
        if key not in self._ids:
            self._ids[key] = new_id()
            self._fresh[table].append({**self._here, **columns, "id": self._ids[key]})
        return self._ids[key]


def identity_of(patient: DiscPatient) -> Identity:
    """Return the identity that a patient's row stands for."""
    return Identity(patient.name, patient.patient_id, patient.issuer, patient.birth_date, patient.sex)


def _storable(who: Identity) -> Identity:
    """Return an identity as a patient's row can hold it."""
    return Identity(
        plain(who.name),
        plain(who.patient_id),
        plain(who.issuer),
        plain(who.birth_date, 16),
        plain(who.sex, 16),
    )


def whole(facts: Facts, keyword: str) -> int | None:
    """Return an attribute as a whole number that a database holds, or None."""
    found = integer(facts, keyword)
    return found if found is not None and -INT_LIMIT <= found < INT_LIMIT else None


def _word(facts: Facts, keyword: str, longest: int = 1000) -> str:
    return plain(text(facts, keyword), longest)
