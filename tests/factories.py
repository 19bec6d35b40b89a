"""Discs made for tests: small DICOM files, folders of them, and rows for what needs no files.

Every patient here is ``Test^Patient`` or ``Test^Other``.
"""

import atexit
import io
import json
import zipfile
from collections.abc import Iterable
from datetime import date, datetime, timedelta
from functools import cache
from hashlib import sha256
from io import BytesIO
from pathlib import Path
from typing import Any
from zlib import crc32

import numpy as np
from pydicom.dataset import Dataset, FileMetaDataset
from pydicom.filewriter import dcmwrite
from pydicom.uid import UID, CTImageStorage, ExplicitVRLittleEndian, MediaStorageDirectoryStorage
from sqlalchemy.orm import Session

from app.accounts.models import Organisation
from app.audit.actor import OPERATOR
from app.ingest.decisions import decide
from app.ingest.read import read_disc
from app.ingest.receive import Expected, import_path
from app.ingest.sandbox import Sandbox
from app.shares import service as shares
from app.shares.models import Share, ShareKey
from app.shares.notes import keep_note
from app.site import Site
from app.storage import keys
from app.storage.blocks import block_sums
from app.studies.models import (
    Attachment,
    Disc,
    DiscFile,
    DiscPatient,
    DiscState,
    Instance,
    Original,
    Series,
    Study,
    Verdict,
)

ROOT = "1.2.826.0.1.3680043.8.498.77."
OTHER_PATIENT: dict[str, Any] = {
    "PatientName": "Test^Other",
    "PatientID": "TEST-2",
    "PatientBirthDate": "19820202",
    "StudyInstanceUID": f"{ROOT}2",
    "SeriesInstanceUID": f"{ROOT}2.1",
}


def ct_dataset(number: int = 1, *, side: int = 16, **changes: Any) -> Dataset:
    """Return slice ``number`` (from 1) of a small CT series.

    ``changes`` set attributes by keyword; None removes one.
    """
    slice_ = Dataset()
    slice_.SOPClassUID = CTImageStorage
    slice_.PatientName, slice_.PatientID = "Test^Patient", "TEST-1"
    slice_.PatientBirthDate, slice_.PatientSex = "19610503", "O"
    slice_.StudyInstanceUID, slice_.SeriesInstanceUID = f"{ROOT}1", f"{ROOT}1.1"
    slice_.StudyDate, slice_.StudyTime, slice_.StudyID = "20260312", "101500", "1"
    slice_.StudyDescription, slice_.AccessionNumber = "CT of the chest", "ACC-1"
    slice_.SeriesDescription, slice_.SeriesNumber, slice_.Modality = "Axial", 1, "CT"
    slice_.ImageType, slice_.InstanceNumber = ["ORIGINAL", "PRIMARY", "AXIAL"], number
    slice_.ImagePositionPatient, slice_.ImageOrientationPatient = [0, 0, number * 5], [1, 0, 0, 0, 1, 0]
    slice_.PixelSpacing, slice_.SliceThickness = [0.7, 0.7], 5
    slice_.FrameOfReferenceUID = f"{ROOT}1.9"
    slice_.SamplesPerPixel, slice_.PhotometricInterpretation = 1, "MONOCHROME2"
    slice_.Rows = slice_.Columns = side
    slice_.BitsAllocated, slice_.BitsStored, slice_.HighBit, slice_.PixelRepresentation = 16, 16, 15, 1
    slice_.RescaleIntercept, slice_.RescaleSlope = 0, 1
    slice_.WindowCenter, slice_.WindowWidth = 40, 400
    slice_.PixelData = ramp(number, side).tobytes()
    for keyword, value in changes.items():
        setattr(slice_, keyword, value) if value is not None else delattr(slice_, keyword)
    if "SOPInstanceUID" not in changes:
        slice_.SOPInstanceUID = f"{slice_.get('SeriesInstanceUID', ROOT + '0')}.{number}"
    return slice_


def ramp(number: int, side: int) -> "np.ndarray[Any, np.dtype[np.int16]]":
    """Return the stored values of a slice: a ramp in HU that differs from slice to slice."""
    return (np.arange(side * side, dtype="<i2").reshape(side, side) * 7 - 1000 + number).astype("<i2")


def part10(
    dataset: Dataset, *, preamble: bytes = bytes(128), transfer_syntax_uid: str | None = None
) -> bytes:
    """Return a dataset as a DICOM file (PS3.10 7)."""
    meta = FileMetaDataset()
    meta.MediaStorageSOPClassUID = dataset.get("SOPClassUID", MediaStorageDirectoryStorage)
    meta.MediaStorageSOPInstanceUID = UID(dataset.get("SOPInstanceUID") or f"{ROOT}0")
    meta.TransferSyntaxUID = UID(transfer_syntax_uid or ExplicitVRLittleEndian)
    dataset.file_meta, dataset.preamble = meta, preamble
    out = BytesIO()
    dcmwrite(out, dataset, enforce_file_format=True)
    return out.getvalue()


def ct_bytes(number: int = 1, **changes: Any) -> bytes:
    """Return a slice of the small CT series as a file."""
    return part10(ct_dataset(number, **changes))


def ct_series(folder: Path, slices: int = 3, **changes: Any) -> list[Path]:
    """Write a small CT series into ``folder``, file names without extension; return the paths."""
    folder.mkdir(parents=True, exist_ok=True)
    paths = [folder / f"IM{number:06d}" for number in range(1, slices + 1)]
    for number, path in enumerate(paths, 1):
        path.write_bytes(ct_bytes(number, **changes))
    return paths


def two_patients(folder: Path) -> None:
    """Write a disc that holds two patients, two slices each."""
    ct_series(folder / "A", 2)
    ct_series(folder / "B", 2, **OTHER_PATIENT)


def a_collision(folder: Path, **changes: Any) -> None:
    """Write a disc that holds one SOP Instance UID twice, with other bytes, beside an innocent slice."""
    ct_series(folder, 2, **changes)
    (folder / "TWIN").write_bytes(ct_bytes(1, SeriesDescription="Changed afterwards", **changes))


def truncated(folder: Path) -> Path:
    """Write a slice that ends in the middle of its header."""
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / "SHORT"
    path.write_bytes(ct_bytes(9)[:420])
    return path


def text_named_dcm(folder: Path) -> Path:
    """Write a text file that calls itself DICOM."""
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / "notes.dcm"
    path.write_text("This is not an image.\n")
    return path


def a_bit_of_everything(folder: Path) -> None:
    """Write a disc with a file for each verdict, and a DICOMDIR that lists one file too many."""
    ct_series(folder / "DICOM", 3)
    (folder / "COPY").write_bytes(ct_bytes(1))
    a_dicomdir(folder, [*(f"DICOM/IM{number:06d}" for number in (1, 2, 3)), "DICOM/GONE"])
    (folder / "REPORT").write_bytes(b"%PDF-1.7 a report")
    truncated(folder)
    text_named_dcm(folder)


def a_dicomdir(
    folder: Path,
    file_ids: Iterable[str],
    *,
    series_uid: str = f"{ROOT}1.1",
    patients: Iterable[tuple[str, str]] = (),
) -> Path:
    """Write a DICOMDIR that lists ``file_ids`` (parts joined by slashes) as slices 1, 2, … of a series.

    ``patients`` are records of the name and ID of each.

    Its records are flat and without offsets: enough for a reader of references, no conformant DICOMDIR.
    """
    directory = Dataset()
    directory.FileSetID = "TEST"
    directory.OffsetOfTheFirstDirectoryRecordOfTheRootDirectoryEntity = 0
    directory.OffsetOfTheLastDirectoryRecordOfTheRootDirectoryEntity = 0
    directory.FileSetConsistencyFlag = 0
    directory.DirectoryRecordSequence = [_patient_record(*patient) for patient in patients] + [
        _image_record(number, file_id, series_uid) for number, file_id in enumerate(file_ids, 1)
    ]
    path = folder / "DICOMDIR"
    path.write_bytes(part10(directory))
    return path


def _patient_record(name: str, patient_id: str) -> Dataset:
    record = Dataset()
    record.OffsetOfTheNextDirectoryRecord = 0
    record.RecordInUseFlag = 0xFFFF
    record.OffsetOfReferencedLowerLevelDirectoryEntity = 0
    record.DirectoryRecordType = "PATIENT"
    record.PatientName, record.PatientID = name, patient_id
    return record


def _image_record(number: int, file_id: str, series_uid: str) -> Dataset:
    record = Dataset()
    record.OffsetOfTheNextDirectoryRecord = 0
    record.RecordInUseFlag = 0xFFFF
    record.OffsetOfReferencedLowerLevelDirectoryEntity = 0
    record.DirectoryRecordType = "IMAGE"
    record.ReferencedFileID = file_id.split("/")
    record.ReferencedSOPClassUIDInFile = CTImageStorage
    record.ReferencedSOPInstanceUIDInFile = f"{series_uid}.{number}"
    record.ReferencedTransferSyntaxUIDInFile = ExplicitVRLittleEndian
    record.InstanceNumber = number
    return record


def facts_of(dataset: Dataset) -> dict[str, Any]:
    """Return what ingest would keep of a dataset: DICOM JSON with file meta, without pixel data."""
    facts: dict[str, Any] = dataset.to_json_dict(
        bulk_data_threshold=64, bulk_data_element_handler=lambda _: ""
    )
    facts.pop("7FE00010", None)
    return dict(dataset.file_meta.to_json_dict()) | facts


def a_disc(
    site: Site,
    organisation: Organisation,
    *,
    slices: int = 3,
    patients: int = 1,
    state: str = DiscState.READY,
    now: datetime | None = None,
    checked: bool = True,
) -> str:
    """Put a disc as it stands after reading straight into database and store; return its id.

    One study with one series of ``slices`` instances a patient; ``checked`` when staff have typed the birth
    date. For what concerns ingest itself, import a
    folder instead.
    """
    moment = now or site.now()
    disc = Disc(organisation_id=organisation.id, source="folder", label="Test disc", state=state)
    disc.created_at = disc.received_at = disc.read_at = moment
    if checked and state in (DiscState.RECEIVING, DiscState.INGESTING):
        disc.expected_birth_date = date(1961, 5, 3)
    with site.sessions.begin() as session:
        session.add(disc)
        session.flush()
        for changes in [{}, OTHER_PATIENT][:patients]:
            datasets = [ct_dataset(number, **changes) for number in range(1, slices + 1)]
            series = _series_of(datasets[0], disc)
            series.study.patient.birth_date_checked_at = moment if checked else None
            session.add(series.study.patient)
            session.flush()
            for dataset in datasets:
                _add_instance(site, session, series, dataset, moment)
        return disc.id


def a_series(site: Site, disc_id: str, *, slices: int = 3, **changes: Any) -> str:
    """Put a further series of somebody on a disc beside what is there; return its id."""
    datasets = [ct_dataset(number, **changes) for number in range(1, slices + 1)]
    with site.sessions.begin() as session:
        series = _series_of(datasets[0], session.get_one(Disc, disc_id))
        patients = session.query(DiscPatient).filter_by(disc_id=disc_id)
        there = session.query(Study).filter_by(disc_id=disc_id, study_uid=datasets[0].StudyInstanceUID)
        if study := there.one_or_none():
            series.study = study
        else:
            series.study.patient = patients.filter_by(patient_id=datasets[0].PatientID).one()
        session.add(series)
        session.flush()
        for dataset in datasets:
            _add_instance(site, session, series, dataset, site.now())
        return series.id


def _series_of(dataset: Dataset, disc: Disc) -> Series:
    here = {"organisation_id": disc.organisation_id, "disc_id": disc.id}
    patient = DiscPatient(
        **here,
        name=str(dataset.PatientName),
        patient_id=dataset.PatientID,
        birth_date=dataset.PatientBirthDate,
        sex=dataset.PatientSex,
    )
    study = Study(
        **here,
        patient=patient,
        study_uid=dataset.StudyInstanceUID,
        date=dataset.StudyDate,
        time=dataset.StudyTime,
        description=dataset.StudyDescription,
        accession_number=dataset.AccessionNumber,
    )
    return Series(
        **here,
        study=study,
        series_uid=dataset.SeriesInstanceUID,
        modality=dataset.Modality,
        number=int(dataset.SeriesNumber),
        description=dataset.SeriesDescription,
    )


def _keep_original(site: Site, session: Any, organisation_id: str, data: bytes, now: datetime) -> str:
    """Put bytes into the store, with their row unless it is there; return their SHA-256."""
    digest = sha256(data).hexdigest()
    if session.get(Original, (organisation_id, digest)) is None:
        site.store.put(keys.original(organisation_id, digest), BytesIO(data))
        session.add(
            Original(
                organisation_id=organisation_id,
                sha256=digest,
                size=len(data),
                crc32=crc32(data),
                encoding="identity",
                stored_size=len(data),
                block_sums=block_sums(BytesIO(data)),
                created_at=now,
            )
        )
        session.flush()
    return digest


def an_attachment(
    site: Site,
    disc_id: str,
    data: bytes,
    *,
    media_type: str = "application/pdf",
    kind: str = "report",
    title: str = "Test report",
    study_uid: str | None = f"{ROOT}1",
    added_by: str | None = None,
) -> str:
    """Put a report or photo beside what is on a disc, of one of its studies; return its id."""
    with site.sessions.begin() as session:
        disc = session.get_one(Disc, disc_id)
        here = {"organisation_id": disc.organisation_id, "disc_id": disc.id}
        digest = _keep_original(site, session, disc.organisation_id, data, site.now())
        for key in (
            keys.display_frame(disc.organisation_id, digest, 0),
            keys.preview(disc.organisation_id, digest),
        ):
            site.store.put(key, BytesIO(b"a copy"))
        number = session.query(DiscFile).filter_by(disc_id=disc.id).count()
        file = DiscFile(
            **here,
            number=number,
            path=f"PAPERS/{number}",
            size=len(data),
            received_at=site.now(),
            verdict=Verdict.DOCUMENT,
            sha256=digest,
            media_type=media_type,
            added_by=added_by,
        )
        session.add(file)
        study = session.query(Study).filter_by(disc_id=disc.id, study_uid=study_uid).one_or_none()
        session.flush()
        attachment = Attachment(
            **here,
            disc_file_id=file.id,
            sha256=digest,
            study_id=study.id if study else None,
            kind=kind,
            title=title,
            media_type=media_type,
            created_at=site.now(),
        )
        session.add(attachment)
        session.flush()
        return attachment.id


def _add_instance(site: Site, session: Any, series: Series, dataset: Dataset, now: datetime) -> None:
    data = part10(dataset)
    here = {"organisation_id": series.organisation_id, "disc_id": series.disc_id}
    digest = _keep_original(site, session, series.organisation_id, data, now)
    number = session.query(DiscFile).filter_by(disc_id=series.disc_id).count()
    file = DiscFile(
        **here,
        number=number,
        path=f"DICOM/IM{number:06d}",
        size=len(data),
        received_at=now,
        verdict=Verdict.INSTANCE,
        sha256=digest,
    )
    session.add(file)
    session.flush()
    session.add(
        Instance(
            **here,
            disc_file_id=file.id,
            series_id=series.id,
            sha256=digest,
            instance_uid=dataset.SOPInstanceUID,
            sop_class_uid=dataset.SOPClassUID,
            transfer_syntax_uid=dataset.file_meta.TransferSyntaxUID,
            number=int(dataset.InstanceNumber),
            rows=dataset.Rows,
            columns=dataset.Columns,
            frames=1,
            facts=facts_of(dataset),
        )
    )
    session.flush()


def zipped(**entries: bytes) -> bytes:
    """Return a ZIP of deflated entries."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in entries.items():
            archive.writestr(name, data)
    return out.getvalue()


def a_hospital(site: Site) -> Organisation:
    """Return an organisation to belong to, detached."""
    hospital = Organisation(slug="test", name="Test Hospital", telephone="+1 555 0100", created_at=site.now())
    with site.sessions.begin() as session:
        session.add(hospital)
        session.flush()
        session.expunge(hospital)
    return hospital


@cache
def readers() -> Sandbox:
    """Return the children that read the discs of all tests: to start one takes longer than most tests."""
    sandbox = Sandbox()
    atexit.register(sandbox.close)
    return sandbox


def received_disc(site: Site, organisation: Organisation, path: Path, **expected: Any) -> str:
    """Take in a folder or ZIP as the command line does; return the id of the disc, which waits to be read."""
    return import_path(
        site.sessions,
        site.store,
        site.jobs,
        readers(),
        organisation.id,
        path,
        label="Test disc",
        expected=Expected(**expected),
        by=OPERATOR,
        created_by=None,
        now=site.now(),
        progress=lambda done, total: None,
    )


def read_through(site: Site, disc_id: str, *, alive_for: int = 1_000_000) -> None:
    """Read a disc that was received; stop once ``alive`` was asked so many times."""
    asked = iter(range(alive_for))
    read_disc(
        site.sessions,
        site.store,
        site.jobs,
        readers(),
        disc_id,
        site.clock,
        lambda: next(asked, None) is not None,
    )


def imported_disc(site: Site, organisation: Organisation, path: Path, **expected: Any) -> str:
    """Take in and read a folder or ZIP; return the disc's id, whatever its state."""
    disc_id = received_disc(site, organisation, path, **expected)
    read_through(site, disc_id)
    return disc_id


def ready_disc(site: Site, organisation: Organisation, path: Path) -> str:
    """Import a folder or ZIP, keep all patients if a person must decide; return the disc's id."""
    disc_id = imported_disc(site, organisation, path)
    with site.sessions.begin() as session:
        disc = session.get_one(Disc, disc_id)
        if disc.state == DiscState.NEEDS_REVIEW:
            decide(session, disc, keep=None, because="test", by=OPERATOR, user_id=None, now=site.now())
        assert disc.state == DiscState.READY, disc.state_reason
    return disc_id


def a_share(
    site: Site, organisation: Organisation, disc_id: str, *, days: float = 14, **order: Any
) -> shares.NewKey:
    """Share a disc for some days; return the first key with its secrets."""
    cut = shares.cut_key(site.signer, order.pop("pin", "auto"))
    wanted = {"channel": "slip", **order}
    with site.sessions.begin() as session:
        return shares.create(
            session,
            cut,
            organisation.id,
            shares.Order(disc_id=disc_id, expires_at=site.now() + timedelta(days=days), **wanted),
            by=OPERATOR,
            created_by=None,
            now=site.now(),
        )


def marks_on(*pictures: str) -> dict[str, Any]:
    """Return a length on each of these pictures, as a browser sends marks."""
    return {picture: [{"kind": "length", "points": [[1, 2], [10.5, 12]]}] for picture in pictures}


def a_note(site: Site, key: shares.NewKey, instance_id: str, *, name: str = "Dr Test", text: str = "") -> str:
    """Keep a length on an instance's first picture with a share; return the note's id."""
    with site.sessions.begin() as session:
        note = keep_note(
            session,
            session.get_one(ShareKey, key.key_id),
            name=name,
            text=text,
            marks=json.dumps(marks_on(f"{instance_id}/0")),
            by=OPERATOR,
            now=site.now(),
        )
        return note.id


def a_key(session: Session, site: Site, share_id: str, *, channel: str = "slip") -> shares.NewKey:
    """Give a share one more key."""
    owner = session.get_one(Share, share_id).organisation_id
    order = shares.KeyOrder(shares.cut_key(site.signer), channel, OPERATOR, None, site.now())
    return shares.add_key(session, owner, share_id, order)


def wrong_pin(pin: str, number: int = 1) -> str:
    """Return the ``number``-th PIN that is not ``pin``."""
    return f"{(int(pin) + number) % 10**8:08d}"
