"""Reports and photos as DICOM: conformant, of the right patient and study, the picture unchanged."""

import shutil
import subprocess
from hashlib import sha256
from io import BytesIO
from pathlib import Path
from typing import Any

import numpy as np
import pydicom
import pytest
from PIL import Image
from pydicom.dataset import FileDataset

from app.dicom import jpeg
from app.dicom.photos import make_native
from app.dicom.wrapping import Belonging, Native, encapsulated_pdf, instance_uid, secondary_capture
from tests.documents import PDF, photo
from tests.factories import ROOT, ct_dataset, facts_of, part10

TITLE = "Röntgen\\Befund"


def belonging(data: bytes = PDF, study_uid: str = f"{ROOT}1", **changes: Any) -> Belonging:
    dataset = ct_dataset(StudyInstanceUID=study_uid, ReferringPhysicianName="Test^Doctor", **changes)
    part10(dataset)
    return Belonging(study_uid, facts_of(dataset), 2, TITLE, sha256(data).hexdigest())


def native(data: bytes) -> Native:
    blobs: list[bytes] = []
    result = make_native(BytesIO(data), lambda index, blob: blobs.append(blob))
    return Native(**result, pixels=blobs[0])


def read(data: bytes) -> FileDataset:
    return pydicom.dcmread(BytesIO(data))


def complaints(data: bytes, folder: Path) -> list[str]:
    """Return what dicom3tools' validator minds of a file; an error also makes it exit with 1."""
    assert shutil.which("dciodvfy"), "install dicom3tools"
    path = folder / "wrapped.dcm"
    path.write_bytes(data)
    said = subprocess.run(["dciodvfy", "-new", path], capture_output=True, text=True, check=False)
    found = [line for line in said.stderr.splitlines() if line.startswith("Error")]
    assert said.returncode == (1 if found else 0), said.stderr
    return found


@pytest.mark.parametrize("make", ["PDF", "baseline JPEG", "grey JPEG", "progressive JPEG", "PNG", "grey PNG"])
def test_no_validator_minds_it_and_it_is_the_patients(make: str, tmp_path: Path) -> None:
    made = {
        "PDF": lambda: encapsulated_pdf(PDF, belonging()),
        "baseline JPEG": lambda: secondary_capture(baseline(photo()), belonging()),
        "grey JPEG": lambda: secondary_capture(baseline(grey("JPEG")), belonging()),
        "progressive JPEG": lambda: secondary_capture(native(photo(progressive=True)), belonging()),
        "PNG": lambda: secondary_capture(native(photo(kind="PNG")), belonging()),
        "grey PNG": lambda: secondary_capture(native(grey("PNG")), belonging()),
    }[make]()
    assert complaints(made, tmp_path) == []
    dataset = read(made)
    assert (dataset.PatientName, dataset.PatientID, dataset.PatientBirthDate, dataset.PatientSex) == (
        "Test^Patient",
        "TEST-1",
        "19610503",
        "O",
    )
    assert (dataset.StudyInstanceUID, dataset.StudyID, dataset.AccessionNumber) == (f"{ROOT}1", "1", "ACC-1")
    assert (dataset.StudyDate, dataset.StudyTime) == ("20260312", "101500")
    assert dataset.ReferringPhysicianName == "Test^Doctor"
    assert dataset.SpecificCharacterSet == "ISO_IR 192"
    assert dataset.InstanceNumber == 2
    assert dataset.file_meta.MediaStorageSOPInstanceUID == dataset.SOPInstanceUID


def baseline(data: bytes) -> jpeg.Baseline:
    found = jpeg.baseline(data)
    assert found
    return found


def grey(kind: str) -> bytes:
    Image.open(BytesIO(photo())).convert("L").save(out := BytesIO(), kind)
    return out.getvalue()


def test_a_pdf_is_inside_byte_for_byte() -> None:
    odd = PDF + b"%" * (1 - len(PDF) % 2)
    dataset = read(encapsulated_pdf(odd, belonging(odd)))
    assert dataset.EncapsulatedDocument[: dataset.EncapsulatedDocumentLength] == odd
    assert dataset.MIMETypeOfEncapsulatedDocument == "application/pdf"
    assert dataset.DocumentTitle == TITLE


def test_a_baseline_jpeg_is_inside_as_it_was_coded() -> None:
    data = photo(quality=92)
    dataset = read(secondary_capture(baseline(data), belonging(data)))
    assert dataset.file_meta.TransferSyntaxUID == pydicom.uid.JPEGBaseline8Bit
    assert (dataset.PhotometricInterpretation, dataset.LossyImageCompression) == ("YBR_FULL_422", "01")
    (fragment,) = pydicom.encaps.generate_frames(dataset.PixelData, number_of_frames=1)
    assert scan_of(data) in fragment
    shown = np.asarray(Image.open(BytesIO(data)), "int16")
    assert np.abs(dataset.pixel_array.astype("int16") - shown).max() <= 3


def scan_of(data: bytes) -> bytes:
    """Return the coded picture: from the start of the scan to the end."""
    return data[data.index(b"\xff\xda") :]


def test_what_other_programs_put_into_a_jpeg_stays_behind() -> None:
    """U-15: places, comments, and what follows the end."""
    exif = Image.Exif()
    exif[0x010E] = "52.1 N"
    data = photo(exif=exif, comment=b"a comment") + b"<script>window.__pwn=1</script>"
    bare = baseline(data).stream
    for what in (b"52.1 N", b"a comment", b"__pwn"):
        assert what in data
        assert what not in bare
    assert bare == baseline(photo()).stream


def test_adobes_mark_tells_of_colours_that_were_not_turned() -> None:
    Image.open(BytesIO(photo())).save(out := BytesIO(), "JPEG", keep_rgb=True)
    found = baseline(out.getvalue())
    assert found.photometric == "RGB"
    dataset = read(secondary_capture(found, belonging()))
    assert np.abs(dataset.pixel_array.astype("int16") - np.asarray(Image.open(out), "int16")).max() <= 3


@pytest.mark.parametrize("how", ["progressive", "four colours", "turned", "cut", "no JPEG"])
def test_any_other_jpeg_must_be_decoded(how: str) -> None:
    turned = Image.Exif()
    turned[0x0112] = 6
    Image.new("CMYK", (640, 480)).save(four := BytesIO(), "JPEG")
    data = {
        "progressive": photo(progressive=True),
        "four colours": four.getvalue(),
        "turned": photo(exif=turned),
        "cut": photo()[:300],
        "no JPEG": photo(kind="PNG"),
    }[how]
    assert jpeg.baseline(data) is None


def test_a_png_keeps_every_value_and_is_upright() -> None:
    data = photo(500, 482, "PNG")
    dataset = read(secondary_capture(native(data), belonging(data)))
    assert dataset.PhotometricInterpretation == "RGB"
    assert np.array_equal(dataset.pixel_array, np.asarray(Image.open(BytesIO(data))))
    turned = Image.Exif()
    turned[0x0112] = 6
    assert native(photo(exif=turned))[:3] == (640, 480, 3)


def test_the_same_file_of_the_same_study_is_the_same_object() -> None:
    again = encapsulated_pdf(PDF, belonging())
    assert again == encapsulated_pdf(PDF, belonging())
    uids = {
        instance_uid(belonging()),
        instance_uid(belonging(PDF + b"%")),
        instance_uid(belonging(study_uid=f"{ROOT}5")),
    }
    assert len(uids) == 3
    assert all(pydicom.uid.UID(uid).is_valid for uid in uids)


def test_what_the_images_lack_stays_empty(tmp_path: Path) -> None:
    bare = belonging(PatientSex=None, StudyID=None, AccessionNumber=None, StudyDescription=None)
    made = encapsulated_pdf(PDF, bare)
    assert complaints(made, tmp_path) == []
    dataset = read(made)
    assert (dataset.PatientSex, dataset.StudyID, dataset.AccessionNumber) == ("", "", "")
    assert "StudyDescription" not in dataset
