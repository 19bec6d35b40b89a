"""What a DICOMDIR lists is looked for by path and by UID, as forgivingly as discs are written."""

from pathlib import Path

import pytest

from app.accounts.models import Organisation
from app.dicom.fileset import Listed
from app.ingest.witness import OTHER_UID, UNLISTED, Found, comparable, contradictions, listed_paths, not_there
from app.site import Site
from app.studies.models import Disc, DiscFile
from tests.factories import a_dicomdir, ct_series, imported_disc


def listed(file_id: str, uid: str = "1.2.3") -> Listed:
    return Listed(file_id.split("/"), uid, "", "")


@pytest.mark.parametrize(
    ("directory", "path"),
    [
        ("DICOMDIR", "DICOM/IM1"),
        ("dicomdir", "dicom/im1"),
        ("DICOMDIR;1", "DICOM/IM1.;1"),
        ("CD/DICOMDIR", "CD/DICOM/IM1"),
        ("CD\\DICOMDIR", "CD\\DICOM\\IM1"),
    ],
)
def test_a_file_is_found_whatever_its_spelling(directory: str, path: str) -> None:
    assert not_there(directory, [listed("DICOM/IM1")], {comparable(path)}, set()) == []


@pytest.mark.parametrize("path", ["IM1", "OTHER/DICOM/IM1", "DICOM/IM1.dcm", "DICOM/IM10"])
def test_another_file_is_not_taken_for_it(path: str) -> None:
    assert not_there("DICOMDIR", [listed("DICOM/IM1")], {comparable(path)}, set()) == ["DICOM/IM1"]


def test_an_instance_that_was_renamed_is_there() -> None:
    assert not_there("DICOMDIR", [listed("DICOM/IM1")], {"X.DCM"}, {"1.2.3"}) == []


def test_missing_files_are_named_and_no_reason_for_review(
    site: Site, organisation: Organisation, tmp_path: Path
) -> None:
    ct_series(tmp_path / "dicom", 2)
    a_dicomdir(tmp_path, ["DICOM/IM000001", "DICOM/IM000002", "DICOM/IM000003", "DICOM/IM000004"])
    disc_id = imported_disc(site, organisation, tmp_path)
    with site.sessions() as session:
        disc = session.get_one(Disc, disc_id)
        assert (disc.state, disc.missing) == ("ready", ["DICOM/IM000003", "DICOM/IM000004"])


def test_the_index_contradicts_what_it_does_not_list_or_lists_as_another() -> None:
    claims = listed_paths("DICOMDIR", [listed("DICOM/IM1", "1.1"), listed("DICOM/IM2", "1.2")])
    found = [
        Found("fits", "dicom\\im1.;1", "1.1"),
        Found("moved", "ELSEWHERE/X", "1.2"),
        Found("changed", "DICOM/IM2", "1.9"),
        Found("added", "DICOM/IM3", "1.3"),
    ]
    assert contradictions(found, claims) == {"changed": OTHER_UID, "added": UNLISTED}
    assert contradictions(found, {}) == {}


def test_staff_read_which_files_the_index_does_not_list(
    site: Site, organisation: Organisation, tmp_path: Path
) -> None:
    ct_series(tmp_path / "DICOM", 3)
    a_dicomdir(tmp_path, ["DICOM/IM000001", "DICOM/IM000002"])
    disc_id = imported_disc(site, organisation, tmp_path)
    with site.sessions() as session:
        warned = session.query(DiscFile).filter_by(disc_id=disc_id)
        assert {file.path: file.warnings for file in warned if file.warnings} == {
            "DICOM/IM000003": [UNLISTED]
        }


def test_several_indexes_list_together(site: Site, organisation: Organisation, tmp_path: Path) -> None:
    for number, name in enumerate(("A", "B"), 1):
        ct_series(tmp_path / name, 2, SeriesInstanceUID=f"1.2.826.0.1.{number}")
        a_dicomdir(tmp_path / name, ["IM000001", "IM000002"], series_uid=f"1.2.826.0.1.{number}")
    disc_id = imported_disc(site, organisation, tmp_path)
    with site.sessions() as session:
        assert not [file for file in session.query(DiscFile).filter_by(disc_id=disc_id) if file.warnings]
        assert session.get_one(Disc, disc_id).missing == []
