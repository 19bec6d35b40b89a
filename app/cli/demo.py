"""A sample disc for ``make demo``: a drawn chest, no real person, imported and shared once."""

import io
import tempfile
from datetime import timedelta
from pathlib import Path

import click
import numpy as np
from numpy.typing import NDArray
from pydicom.dataset import Dataset, FileMetaDataset
from pydicom.uid import (
    CTImageStorage,
    DigitalXRayImageStorageForPresentation,
    ExplicitVRLittleEndian,
    generate_uid,
)
from sqlalchemy import select

from app.accounts.service import the_organisation
from app.audit.actor import OPERATOR
from app.cli.prepare import prepare
from app.ingest.receive import Expected, import_path
from app.ingest.sandbox import Sandbox
from app.jobs.queries import is_idle
from app.shares import service
from app.shares.models import Purpose, Right
from app.site import Site
from app.studies.models import Disc
from app.workers.loop import work_through

Pixels = NDArray[np.float32]
LABEL = "Sample disc"
SLICES, SIZE = 80, 320


def run_demo(here: Site) -> None:
    """Import the sample disc and print one share of it: link, code, PIN. Does nothing on a second start."""
    prepare(here)
    with here.sessions() as session:
        clinic_id = the_organisation(session).id
        if session.scalars(select(Disc).where(Disc.label == LABEL)).first():
            return
    with tempfile.TemporaryDirectory() as folder:
        write_disc(Path(folder))
        with Sandbox() as sandbox:
            disc_id = import_path(
                here.sessions,
                here.store,
                here.jobs,
                sandbox,
                clinic_id,
                Path(folder),
                label=LABEL,
                expected=Expected(),
                by=OPERATOR,
                created_by=None,
                now=here.now(),
                progress=lambda done, total: None,
            )
    work_through(here, disc_id, lambda: is_idle(here.sessions, disc_id))
    _share(here, clinic_id, disc_id)


def _share(here: Site, clinic_id: str, disc_id: str) -> None:
    order = service.Order(
        disc_id=disc_id,
        expires_at=here.now() + timedelta(days=60),
        allow=(Right.VIEW, Right.DOWNLOAD),
        reference="DEMO-1",
        purpose=Purpose.PATIENT_COPY,
        channel="cli",
    )
    cut = service.cut_key(here.signer)
    with here.sessions.begin() as session:
        key = service.create(session, cut, clinic_id, order, by=OPERATOR, created_by=None, now=here.now())
    click.echo(
        "\n  A sample disc is in, and shared once:\n"
        f"    Link  {here.config.base_url}/s/{key.token}\n"
        f"    Code  {key.code}   at {here.config.base_url}/go\n"
        f"    PIN   {key.pin[:4]} {key.pin[4:]}\n"
    )


def write_disc(folder: Path) -> None:
    """Write two studies of one drawn body, a chest CT of 80 slices and a radiograph, below ``folder``."""
    ct = Dataset()
    ct.StudyInstanceUID, ct.SeriesInstanceUID, frame = (generate_uid() for _ in range(3))
    volume = [_slice(z / (SLICES - 1)) for z in range(SLICES)]
    for index, pixels in enumerate(volume):
        ds = _image(pixels, CTImageStorage, "CT", index + 1, ct.StudyInstanceUID, ct.SeriesInstanceUID)
        ds.StudyDescription, ds.SeriesDescription, ds.SeriesNumber = "CT chest", "Chest, axial", 2
        ds.FrameOfReferenceUID, ds.ImageOrientationPatient = frame, [1, 0, 0, 0, 1, 0]
        ds.ImagePositionPatient, ds.SliceThickness = [-180, -180, index * 4.0], 4
        ds.PixelSpacing, ds.RescaleIntercept, ds.RescaleSlope = [1.125, 1.125], 0, 1
        ds.WindowCenter, ds.WindowWidth = [40, -600], [400, 1500]
        ds.WindowCenterWidthExplanation = ["Soft tissue", "Lung"]
        _write(ds, folder / "DICOM" / "CT" / f"{index:04d}")
    shadow = np.stack([np.clip(s + 1000, 0, None).sum(0) for s in reversed(volume)])
    stretched = np.repeat(shadow / shadow.max() * 3500, 4, axis=0).astype(np.float32)
    dx = _image(stretched, DigitalXRayImageStorageForPresentation, "DX", 1, generate_uid(), generate_uid())
    dx.StudyDescription, dx.SeriesDescription, dx.SeriesNumber = "X-ray chest", "Chest, from the front", 1
    dx.StudyDate, dx.StudyID, dx.AccessionNumber = "20261019", "2", "SAMPLE2"
    dx.ImagerPixelSpacing, dx.WindowCenter, dx.WindowWidth = [1.0, 1.125], 1700, 3400
    _write(dx, folder / "DICOM" / "DX" / "0001")


def _slice(z: float) -> Pixels:
    """Return (320, 320) Hounsfield units at height ``z`` from 0 (below) to 1 (above)."""
    y, x = np.mgrid[-1 : 1 : SIZE * 1j, -1 : 1 : SIZE * 1j].astype(np.float32)
    random = np.random.default_rng(round(z * 1000))
    picture = np.full((SIZE, SIZE), -1000, np.float32)

    def fill(cx: float, cy: float, a: float, b: float, value: float) -> None:
        picture[((x - cx) / a) ** 2 + ((y - cy) / b) ** 2 < 1] = value

    fill(0, 0, 0.84, 0.60, -90)
    fill(0, 0, 0.78, 0.54, 50)
    lung = 0.40 * np.sin(np.pi * min(1.0, 0.15 + z * 0.85)) ** 0.6
    for side in (-1, 1):
        fill(side * 0.38, -0.02, lung * 0.80, lung, -860)
        for k in range(5):
            fill(side * (0.25 + 0.09 * np.sin(9 * z + k)), -0.25 + 0.11 * k, 0.012, 0.016, 20)
    fill(0.12, -0.12, 0.20 * np.sin(np.pi * min(1.0, 1.3 * z)) + 0.02, 0.18, 70)
    fill(0.05, 0.14, 0.055, 0.055, 140)
    fill(0, 0.33, 0.11, 0.10, 350)
    fill(0, 0.34, 0.07, 0.06, 180)
    for k in range(10):
        angle = k * 0.63 + 5 * z
        fill(0.74 * np.cos(angle), 0.50 * np.sin(angle), 0.05, 0.026, 600)
    noise = random.normal(0, 18, picture.shape).astype(np.float32)
    body: Pixels = np.clip(_soft(picture) + _soft(noise), -1024, 3000)
    return body


def _soft(picture: Pixels) -> Pixels:
    around = [np.roll(picture, shift, axis) for shift in (-1, 1) for axis in (0, 1)]
    soft: Pixels = np.mean([picture, *around], axis=0, dtype=np.float32)
    return soft


def _image(
    pixels: Pixels, sop_class: str, modality: str, number: int, study_uid: str, series_uid: str
) -> Dataset:
    ds = Dataset()
    ds.SOPClassUID, ds.SOPInstanceUID = sop_class, generate_uid()
    ds.StudyInstanceUID, ds.SeriesInstanceUID = study_uid, series_uid
    ds.PatientName, ds.PatientID, ds.PatientBirthDate, ds.PatientSex = (
        "Sample^Patient",
        "SAMPLE",
        "19700101",
        "O",
    )
    ds.StudyDate, ds.StudyTime, ds.StudyID, ds.AccessionNumber = "20261102", "101500", "1", "SAMPLE1"
    ds.ReferringPhysicianName, ds.Manufacturer = "", "Virtual CD sample"
    ds.Modality, ds.InstanceNumber, ds.BodyPartExamined = modality, number, "CHEST"
    ds.ImageType = ["DERIVED", "PRIMARY", "AXIAL"] if modality == "CT" else ["DERIVED", "PRIMARY"]
    ds.Rows, ds.Columns = pixels.shape
    ds.SamplesPerPixel, ds.PhotometricInterpretation = 1, "MONOCHROME2"
    ds.BitsAllocated, ds.BitsStored, ds.HighBit = 16, 16, 15
    ds.PixelRepresentation = 1 if pixels.min() < 0 else 0
    ds.PixelData = np.rint(pixels).astype("<i2" if ds.PixelRepresentation else "<u2").tobytes()
    return ds


def _write(ds: Dataset, path: Path) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    ds.file_meta = FileMetaDataset()
    ds.file_meta.TransferSyntaxUID = ExplicitVRLittleEndian
    ds.file_meta.MediaStorageSOPClassUID, ds.file_meta.MediaStorageSOPInstanceUID = (
        ds.SOPClassUID,
        ds.SOPInstanceUID,
    )
    buffer = io.BytesIO()
    ds.save_as(buffer, enforce_file_format=True)
    path.write_bytes(buffer.getvalue())
