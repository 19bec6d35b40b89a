"""A DICOMDIR as a witness (PS3.3 F, PS3.10 8): which files it says the disc holds, and whose.

It is read from front to back in the order of its records. Its offsets are not followed, so loops and lies in
them lead nowhere; its File IDs are told, never opened.
"""

from typing import NamedTuple

from app.dicom.dicomjson import Facts, integer, text, texts
from app.dicom.identity import Identity
from app.dicom.uids import normalised

MAX_RECORDS = 200_000
"""References kept; a disc has at most 50 000 files."""
MAX_PATIENTS = 100
"""Patients kept: as many as staff could look at."""


class Listed(NamedTuple):
    """One file that a DICOMDIR refers to. ``file_id`` has its components as they stand (PS3.10 8.2)."""

    file_id: list[str]
    instance_uid: str
    sop_class_uid: str
    transfer_syntax_uid: str


class Listing:
    """Gathers the references of directory records, one record at a time."""

    def __init__(self) -> None:
        self.listed: list[Listed] = []
        self.patients: list[Identity] = []
        self.records = 0

    def add(self, record: Facts) -> None:
        """Take in one directory record; one not in use or without a file is only counted (PS3.3 F.3.2.2)."""
        self.records += 1
        file_id = texts(record, "ReferencedFileID")
        in_use = integer(record, "RecordInUseFlag") != 0
        if in_use and text(record, "DirectoryRecordType") == "PATIENT":
            self._add_patient(Identity.from_facts(record))
        if any(file_id) and in_use and len(self.listed) < MAX_RECORDS:
            self.listed.append(
                Listed(
                    file_id,
                    normalised(text(record, "ReferencedSOPInstanceUIDInFile")),
                    normalised(text(record, "ReferencedSOPClassUIDInFile")),
                    normalised(text(record, "ReferencedTransferSyntaxUIDInFile")),
                )
            )

    def _add_patient(self, patient: Identity) -> None:
        if patient not in self.patients and len(self.patients) < MAX_PATIENTS:
            self.patients.append(patient)
