"""Instances on a shelf: files read as ingest reads them, kept as the store keeps them, without a database."""

import zlib
from collections.abc import Iterable
from hashlib import sha256
from io import BytesIO
from pathlib import Path
from typing import Any

from sqlalchemy.orm.attributes import set_committed_value

import app.accounts.models
import app.shares.models  # noqa: F401 - completes the tables that an instance belongs to
from app.bundles.entries import Layout
from app.bundles.stream import stream
from app.dicom import dicomjson, uids
from app.dicom.documents import is_document, make_document
from app.dicom.part10 import read_header
from app.storage import keys
from app.storage.blocks import block_sums
from app.storage.local import LocalStore
from app.studies.models import DiscPatient, Instance, Original, Series, Study

ORGANISATION = "o" * 16


class Shelf:
    """One disc's instances by patient. ``gzip`` keeps originals as gzip members, else as they are."""

    def __init__(self, root: Path, *, gzip: bool = True) -> None:
        self.store = LocalStore(root)
        self.gzip = gzip
        self.instances: dict[tuple[str, str], list[Instance]] = {}
        self._files: dict[str, bytes] = {}
        self._studies: dict[tuple[tuple[str, str], str], Study] = {}
        self._series: dict[tuple[str, str], Series] = {}

    def take(self, files: Iterable[bytes]) -> list[Instance]:
        """Put every DICOM instance among ``files`` on the shelf; return those of this call."""
        return [found for data in files if (found := self._take(data)) is not None]

    def take_folder(self, folder: Path) -> list[Instance]:
        """Put every DICOM instance below ``folder`` on the shelf."""
        return self.take(path.read_bytes() for path in sorted(folder.rglob("*")) if path.is_file())

    def show_reports(self) -> None:
        """Make what can be read of documents, as ingest does; pictures stay unmade."""
        for instance in (one for of_patient in self.instances.values() for one in of_patient):
            if is_document(instance.facts):
                instance.display = {"document": self._document(instance)}

    def _document(self, instance: Instance) -> dict[str, Any] | None:
        def emit(index: int | None, data: bytes) -> None:
            self.store.put(keys.display_frame(ORGANISATION, instance.sha256, index or 0), BytesIO(data))

        return make_document(BytesIO(self._files[instance.sha256]), instance.facts, emit)

    def whole(self, layout: Layout) -> bytes:
        """Return the whole bundle."""
        return b"".join(stream(layout, self.store))

    def _take(self, data: bytes) -> Instance | None:
        header = read_header(BytesIO(data), len(data))
        if header.verdict != "instance" or header.facts is None:
            return None
        original = self.keep(data)
        self._files[original.sha256] = data
        facts = header.facts
        instance = Instance(
            id=f"i{sum(map(len, self.instances.values())):015d}",
            organisation_id=ORGANISATION,
            series=self._series_of(facts, original.sha256),
            sha256=original.sha256,
            instance_uid=uids.index_uid(dicomjson.text(facts, "SOPInstanceUID"), original.sha256),
            sop_class_uid=dicomjson.text(facts, "SOPClassUID"),
            transfer_syntax_uid=dicomjson.text(facts, "TransferSyntaxUID"),
            number=dicomjson.integer(facts, "InstanceNumber"),
            frames=1 if dicomjson.integer(facts, "Rows") else 0,
            unlisted_reason=header.unlisted_reason,
            facts=facts,
        )
        set_committed_value(instance, "original", original)
        patient = instance.series.study.patient
        self.instances.setdefault((patient.name, patient.patient_id), []).append(instance)
        return instance

    def keep(self, data: bytes) -> Original:
        """Store ``data`` as an original; return its row."""
        body = gzip_member(data) if self.gzip else data
        digest = sha256(data).hexdigest()
        self.store.put(keys.original(ORGANISATION, digest), BytesIO(body), durable=False)
        return Original(
            organisation_id=ORGANISATION,
            sha256=digest,
            size=len(data),
            crc32=zlib.crc32(data),
            encoding="gzip" if self.gzip else "identity",
            stored_size=len(body),
            block_sums=block_sums(BytesIO(body)),
        )

    def copy_of(self, instance: Instance, number: int) -> Instance:
        """Return an instance of the same bytes under a UID and number of its own."""
        uid = {"vr": "UI", "Value": [f"1.2.826.0.1.3680043.8.498.77.5.{number}"]}
        own = {"00080018": uid, "00020003": uid, "00200013": {"vr": "IS", "Value": [number]}}
        copied = Instance(
            id=f"c{number}",
            series=instance.series,
            sha256=instance.sha256,
            instance_uid=uid["Value"][0],
            number=number,
            frames=1,
            facts=instance.facts | own,
        )
        set_committed_value(copied, "original", instance.original)
        return copied

    def _series_of(self, facts: dicomjson.Facts, otherwise: str) -> Series:
        who = dicomjson.text(facts, "PatientName"), dicomjson.text(facts, "PatientID")
        study_uid = uids.index_uid(dicomjson.text(facts, "StudyInstanceUID"), otherwise)
        series_uid = uids.index_uid(dicomjson.text(facts, "SeriesInstanceUID"), otherwise)
        study = self._studies.get((who, study_uid)) or self._new_study(who, study_uid, facts)
        if (study.id, series_uid) not in self._series:
            self._series[study.id, series_uid] = Series(
                id=f"e{len(self._series):015d}",
                study=study,
                series_uid=series_uid,
                number=dicomjson.integer(facts, "SeriesNumber"),
                modality=dicomjson.text(facts, "Modality"),
                description=dicomjson.text(facts, "SeriesDescription"),
            )
        return self._series[study.id, series_uid]

    def _new_study(self, who: tuple[str, str], study_uid: str, facts: dicomjson.Facts) -> Study:
        known = (study.patient for (other, _), study in self._studies.items() if other == who)
        patient = next(known, None) or DiscPatient(
            id=f"p{len(self._studies):015d}",
            name=who[0],
            patient_id=who[1],
            birth_date=dicomjson.text(facts, "PatientBirthDate"),
        )
        self._studies[who, study_uid] = Study(
            id=f"s{len(self._studies):015d}",
            patient=patient,
            disc_patient_id=patient.id,
            study_uid=study_uid,
            date=dicomjson.text(facts, "StudyDate"),
            time=dicomjson.text(facts, "StudyTime"),
            description=dicomjson.text(facts, "StudyDescription"),
        )
        return self._studies[who, study_uid]


def gzip_member(data: bytes) -> bytes:
    """Return ``data`` as the one member that the store keeps: ten bytes of head, time 0 (RFC 1952)."""
    packer = zlib.compressobj(1, zlib.DEFLATED, -15)
    body = packer.compress(data) + packer.flush()
    tail = zlib.crc32(data).to_bytes(4, "little") + (len(data) & 0xFFFFFFFF).to_bytes(4, "little")
    return b"\x1f\x8b\x08\0\0\0\0\0\0\xff" + body + tail
