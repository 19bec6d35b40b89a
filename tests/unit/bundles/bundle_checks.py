"""What a conformant file-set owes its importer, checked by pydicom and by outside validators where they are.

Written against the standard, not against our writer: PS3.10 8, PS3.3 F, PS3.11 D.3.3 and Table D.3-2.
"""

import re
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from io import BytesIO
from pathlib import Path
from zipfile import ZipFile

import pydicom
from pydicom.dataset import Dataset

TYPE_1 = {
    "PATIENT": ("PatientID",),
    "STUDY": ("StudyDate", "StudyTime", "StudyID", "StudyInstanceUID"),
    "SERIES": ("Modality", "SeriesInstanceUID", "SeriesNumber"),
    "IMAGE": ("InstanceNumber",),
    "SR DOCUMENT": ("InstanceNumber", "CompletionFlag", "VerificationFlag", "ConceptNameCodeSequence"),
    "KEY OBJECT DOC": ("InstanceNumber", "ContentDate", "ContentTime", "ConceptNameCodeSequence"),
    "ENCAP DOC": ("InstanceNumber", "MIMETypeOfEncapsulatedDocument"),
}
NAME = re.compile(r"([A-Z0-9_]{1,8}/)*[A-Z0-9_]{1,8}(\.[A-Z0-9_]{1,3})?")


def directory_of(dicomdir: bytes) -> Dataset:
    """Return the DICOMDIR as pydicom reads it."""
    return pydicom.dcmread(BytesIO(dicomdir))


def records_of(bundle: ZipFile, record_type: str) -> list[Dataset]:
    """Return the records of a type, in their order."""
    every = directory_of(bundle.read("DICOMDIR")).DirectoryRecordSequence
    return [record for record in every if record.DirectoryRecordType == record_type]


def faults(bundle: ZipFile) -> list[str]:
    """Return everything that is wrong with a bundle."""
    return [*standard_faults(bundle), *_validator_faults(bundle)]


def standard_faults(bundle: ZipFile) -> list[str]:
    """Return what is wrong by the standard; validators object to what a real image says wrongly, too."""
    return [*_archive_faults(bundle), *_directory_faults(bundle)]


def _archive_faults(bundle: ZipFile) -> Iterator[str]:
    if bundle.testzip():
        yield "a sum is wrong"
    names = bundle.namelist()
    yield from (f"not an 8.3 name: {name}" for name in names if not NAME.fullmatch(name))
    if len(set(names)) != len(names):
        yield "a name stands twice"


def _directory_faults(bundle: ZipFile) -> Iterator[str]:
    directory = directory_of(bundle.read("DICOMDIR"))
    records = list(directory.DirectoryRecordSequence)
    by_offset = {record.seq_item_tell: record for record in records}
    reached = list(_walk(directory.OffsetOfTheFirstDirectoryRecordOfTheRootDirectoryEntity, by_offset))
    if [id(record) for record in reached] != [id(record) for record in records]:
        yield "the offsets do not lead through every record once, in order"
    listed = set()
    for record in records:
        kind = record.DirectoryRecordType
        yield from (
            f"{kind} lacks {key}" for key in TYPE_1.get(kind, ()) if record.get(key) in (None, "", [])
        )
        if "ReferencedFileID" in record:
            name = "/".join(
                [record.ReferencedFileID]
                if isinstance(record.ReferencedFileID, str)
                else record.ReferencedFileID
            )
            listed.add(name)
            yield from _reference_faults(record, _header(bundle.read(name)))
    present = {name for name in bundle.namelist() if name.startswith("PT")}
    if listed != present:
        yield f"listed and present differ: {listed ^ present}"


def _header(instance: bytes) -> Dataset:
    return pydicom.dcmread(BytesIO(instance), stop_before_pixels=True)


def _walk(offset: int, by_offset: dict[int, Dataset]) -> Iterator[Dataset]:
    while offset:
        record = by_offset[offset]
        yield record
        yield from _walk(record.OffsetOfReferencedLowerLevelDirectoryEntity, by_offset)
        offset = record.OffsetOfTheNextDirectoryRecord


def _reference_faults(record: Dataset, instance: Dataset) -> Iterator[str]:
    pairs = (
        (record.ReferencedSOPInstanceUIDInFile, instance.SOPInstanceUID),
        (record.ReferencedSOPClassUIDInFile, instance.SOPClassUID),
        (record.ReferencedTransferSyntaxUIDInFile, instance.file_meta.TransferSyntaxUID),
    )
    yield from (f"{said} is listed, the file says {true}" for said, true in pairs if said != true)
    if record.DirectoryRecordType == "IMAGE":
        for key in ("ImageType", "ReferencedImageSequence"):
            if instance.get(key) and not record.get(key):
                yield f"IMAGE lacks {key}"


def objects_of_entities(bundle: ZipFile, folder: Path) -> list[str]:
    """Return what dcentvfy says against the instances taken together; empty where it is not installed."""
    if not shutil.which("dcentvfy"):
        return []
    names = [name for name in bundle.namelist() if name.startswith("PT")]
    bundle.extractall(folder, names)
    command = ["dcentvfy", *(str(folder / name) for name in names)]
    run = subprocess.run(command, capture_output=True, check=False)
    said = (run.stdout + run.stderr).decode("utf-8", "replace").replace(f"{folder}/", "")
    return [line for line in said.splitlines() if "rror" in line] or [said] * bool(run.returncode)


def _validator_faults(bundle: ZipFile) -> Iterator[str]:
    """Ask dicom3tools and DCMTK, where they are installed."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "DICOMDIR"
        path.write_bytes(bundle.read("DICOMDIR"))
        for command in (["dciodvfy", "-new", str(path)], ["dcdirdmp", str(path)]):
            if shutil.which(command[0]):
                run = subprocess.run(command, capture_output=True, check=False)
                if run.returncode:
                    said = (run.stdout + run.stderr).decode("utf-8", "replace")
                    yield f"{command[0]}: {[line for line in said.splitlines() if 'rror' in line]}"
