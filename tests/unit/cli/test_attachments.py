"""``flask disc attachments``: what a disc has besides its images, and how it gets to an archive."""

import json
from pathlib import Path
from typing import Any

import pydicom
import pytest
from flask import Flask

from app.accounts.models import Organisation
from app.audit.models import AuditEntry
from app.site import Site
from app.studies.models import Disc, DiscState
from tests.documents import PDF, photo
from tests.factories import ROOT, a_disc, an_attachment


@pytest.fixture
def disc_id(site: Site, organisation: Organisation) -> str:
    disc_id = a_disc(site, organisation, slices=1)
    an_attachment(site, disc_id, PDF, title="Report")
    an_attachment(site, disc_id, photo(), media_type="image/jpeg", kind="photo", title="Knee")
    an_attachment(site, disc_id, photo(kind="PNG"), media_type="image/png", kind="photo", title="Foot")
    an_attachment(site, disc_id, PDF + b"%", title="Of no study", study_uid=None)
    return disc_id


def run(app: Flask, *arguments: object) -> tuple[int, Any]:
    with app.app_context():
        outcome = app.test_cli_runner().invoke(args=["disc", "attachments", *map(str, arguments), "--json"])
    assert outcome.exception is None or isinstance(outcome.exception, SystemExit), outcome.exception
    return outcome.exit_code, json.loads(outcome.stdout or "null")


def test_they_are_listed_with_their_study(app: Flask, disc_id: str) -> None:
    code, found = run(app, disc_id)
    assert code == 0
    assert [(one["title"], one["kind"], one["media_type"], one["study_uid"]) for one in found] == [
        ("Report", "report", "application/pdf", f"{ROOT}1"),
        ("Knee", "photo", "image/jpeg", f"{ROOT}1"),
        ("Foot", "photo", "image/png", f"{ROOT}1"),
        ("Of no study", "report", "application/pdf", None),
    ]


def test_wrapped_they_are_dicom_of_the_study_and_the_log_says_so(
    app: Flask, site: Site, disc_id: str, tmp_path: Path
) -> None:
    code, found = run(app, disc_id, "--wrap", tmp_path / "out")
    assert code == 0
    files = {one["title"]: pydicom.dcmread(one["file"]) for one in found if "file" in one}
    assert {title: data.SOPClassUID.name for title, data in files.items()} == {
        "Report": "Encapsulated PDF Storage",
        "Knee": "Secondary Capture Image Storage",
        "Foot": "Secondary Capture Image Storage",
    }
    assert {data.StudyInstanceUID for data in files.values()} == {f"{ROOT}1"}
    assert {str(data.PatientName) for data in files.values()} == {"Test^Patient"}
    assert files["Report"].EncapsulatedDocument.startswith(PDF)
    assert files["Foot"].pixel_array.shape == files["Knee"].pixel_array.shape == (480, 640, 3)
    assert len(list((tmp_path / "out").iterdir())) == 3
    with site.sessions() as session:
        entry = session.query(AuditEntry).filter_by(action="downloaded").one()
    assert entry.details["attachment_ids"] == sorted(one["attachment_id"] for one in found[:3])


@pytest.mark.parametrize(("state", "code"), [(DiscState.NEEDS_REVIEW, 3), ("stopped", 4)])
def test_undecided_or_stopped_nothing_leaves(
    app: Flask, site: Site, disc_id: str, tmp_path: Path, state: str, code: int
) -> None:
    with site.sessions.begin() as session:
        disc = session.get_one(Disc, disc_id)
        if state == "stopped":
            disc.blocked_at = site.now()
        else:
            disc.state = state
    assert run(app, disc_id, "--wrap", tmp_path / "out")[0] == code
    assert not (tmp_path / "out").exists()
