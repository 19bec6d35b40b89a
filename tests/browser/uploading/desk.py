"""A front desk: its page, the disc in its drive, and the product behind it."""

import re
import shutil
from collections.abc import Callable, Sequence
from itertools import count
from pathlib import Path
from typing import Any, NamedTuple

import pydicom
import pytest
from playwright.sync_api import Page, expect

from app.dicom.dicomdir import FileReference, dicomdir
from app.dicom.dicomjson import text
from app.dicom.records import make_record
from app.dicom.uids import EXPLICIT_LITTLE
from app.site import Site
from app.studies.models import Disc, DiscFile
from tests.browser.gate import Gate
from tests.factories import ROOT, facts_of, read_through
from tests.factories import ct_series as series_of

_numbers = count(1)


def series_uid() -> str:
    """Return the UID of a series that no other test has sent: what the hospital holds is not sent again."""
    return f"{ROOT}70{next(_numbers)}"


def ct_series(folder: Path, slices: int = 3, **changes: Any) -> list[Path]:
    """Write a series that no other test has sent."""
    return series_of(folder, slices, **{"SeriesInstanceUID": series_uid(), **changes})


def burn(disc: Path, files: Sequence[Path]) -> None:
    """Write a disc as it is burned: the slices of a series in a folder, and a DICOMDIR that lists them."""
    (disc / "DICOM").mkdir()
    slices = [facts_of(pydicom.dcmread(path)) for path in files]
    patient, study, series = [make_record(kind, slices[0]) for kind in ("PATIENT", "STUDY", "SERIES")]
    for number, (path, facts) in enumerate(zip(files, slices, strict=True)):
        file_id = ("DICOM", f"IM{number:06}")
        shutil.copy(path, disc.joinpath(*file_id))
        file = FileReference(
            file_id, text(facts, "SOPClassUID"), text(facts, "SOPInstanceUID"), EXPLICIT_LITTLE
        )
        series.lower.append(make_record("IMAGE", facts, file=file))
    study.lower, patient.lower = [series], [study]
    (disc / "DICOMDIR").write_bytes(dicomdir([patient], file_set_id="TEST", uid=f"{ROOT}99"))


class Desk(NamedTuple):
    """A front desk: its page, and the product behind it."""

    page: Page
    site: Site

    def choose(self, folder: Path) -> None:
        """Choose a disc, and wait until all of it was looked at."""
        self.page.set_input_files("#folder", folder)
        expect(self.page.locator("#looking")).not_to_contain_text("Looking", timeout=30_000)

    def send(self) -> None:
        self.page.click("#send")

    def send_until(self, first: int) -> Gate:
        """Send, and hold back all but the first files; return once these have arrived."""
        gate = Gate(self.page, re.compile(f"{self.site.config.base_url}/uploads/.+/files/[0-9]"), first)
        self.send()
        gate.wait()
        return gate

    def received(self) -> int:
        """Return how many files have arrived."""
        return sum(1 for file in self.files() if file.received_at)

    def arrived(self) -> None:
        """Wait until the disc may be taken out and the page left."""
        expect(self.page.locator("[data-step=reading] .reading")).to_be_visible(timeout=60_000)

    def disc(self) -> Disc:
        with self.site.sessions() as session:
            return session.query(Disc).order_by(Disc.created_at.desc()).first() or pytest.fail("no disc")

    def files(self) -> list[DiscFile]:
        with self.site.sessions() as session:
            return session.query(DiscFile).filter_by(disc_id=self.disc().id).order_by(DiscFile.number).all()

    def read(self) -> Disc:
        """Let the workers read the disc, and follow the page to it."""
        disc_id = self.disc().id
        read_through(self.site, disc_id)
        self.page.wait_for_url(f"**/discs/{disc_id}")
        return self.disc()


OpenDesk = Callable[..., Desk]
