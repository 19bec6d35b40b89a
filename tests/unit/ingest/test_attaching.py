"""Reports and photos found on a disc: what is kept, whose it is, and when a person must say."""

from pathlib import Path

import pytest
from sqlalchemy import select

from app.accounts.models import Organisation
from app.ingest.surroundings import Folders, is_furniture
from app.site import Site
from app.storage import keys
from app.studies import queries
from app.studies.attachments import attachments_of
from app.studies.models import Disc, DiscFile, Study
from tests.documents import PDF, photo
from tests.factories import OTHER_PATIENT, ROOT, ct_series, imported_disc

Found = dict[str, tuple[str, str, str | None]]
FIRST, SECOND = f"{ROOT}1", f"{ROOT}5"


def put(folder: Path, files: dict[str, bytes]) -> None:
    for name, data in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)


def two_studies(folder: Path, **changes: str) -> None:
    """Write a disc with a study in ``A`` and another one in ``B``, of the same patient unless changed."""
    ct_series(folder / "A/IMAGES", 1)
    other = {"StudyInstanceUID": SECOND, "SeriesInstanceUID": f"{SECOND}.1"} | changes
    ct_series(folder / "B/IMAGES", 1, **other)


def attached(site: Site, disc_id: str) -> Found:
    """Return title, kind and Study Instance UID of every attachment by its file's path."""
    with site.sessions() as session:
        disc = session.get_one(Disc, disc_id)
        uids = {study.id: study.study_uid for study in session.scalars(select(Study))}
        return {
            one.file.path: (one.title, one.kind, uids.get(one.study_id or ""))
            for one in attachments_of(session, disc)
        }


def verdicts(site: Site, disc_id: str) -> dict[str, tuple[str | None, str | None]]:
    with site.sessions() as session:
        files = session.scalars(select(DiscFile).where(DiscFile.disc_id == disc_id))
        return {file.path: (file.verdict, file.reason) for file in files}


def test_a_report_belongs_to_the_only_study_and_a_photo_beside_it_too(
    site: Site, organisation: Organisation, tmp_path: Path
) -> None:
    ct_series(tmp_path / "DICOM", 2)
    put(tmp_path, {"Chest report.pdf": PDF, "00000001.jpg": photo()})
    disc_id = imported_disc(site, organisation, tmp_path)
    assert attached(site, disc_id) == {
        "Chest report.pdf": ("Chest report", "report", FIRST),
        "00000001.jpg": ("Photo", "photo", FIRST),
    }
    with site.sessions() as session:
        receipt = queries.receipt(session, session.get_one(Disc, disc_id))
        file = session.scalars(select(DiscFile).where(DiscFile.path == "00000001.jpg")).one()
    assert (receipt.files, receipt.instances, receipt.documents) == (4, 2, 2)
    assert file.reason == "This is a picture (JPEG, 640 × 480 pixels)."
    for key in (
        keys.original(organisation.id, file.sha256 or ""),
        keys.display_frame(organisation.id, file.sha256 or "", 0),
        keys.preview(organisation.id, file.sha256 or ""),
    ):
        assert site.store.exists(key)


def test_of_two_studies_the_folder_tells_and_where_it_does_not_a_person_must(
    site: Site, organisation: Organisation, tmp_path: Path
) -> None:
    two_studies(tmp_path)
    put(
        tmp_path,
        {
            "A/report.pdf": PDF + b"%a",
            "B/IMAGES/scan.png": photo(kind="PNG"),
            "B/REPORTS/letter.pdf": PDF + b"%b",
            "both.pdf": PDF + b"%c",
        },
    )
    found = attached(site, imported_disc(site, organisation, tmp_path))
    assert {path: study for path, (_, _, study) in found.items()} == {
        "A/report.pdf": FIRST,
        "B/IMAGES/scan.png": SECOND,
        "B/REPORTS/letter.pdf": SECOND,
        "both.pdf": None,
    }


def test_with_two_patients_no_title_tells_a_name_of_the_disc(
    site: Site, organisation: Organisation, tmp_path: Path
) -> None:
    """I-07: a file's name may be another patient's."""
    two_studies(tmp_path, **OTHER_PATIENT)
    put(tmp_path, {"A/Other Test.pdf": PDF, "Patient Test.pdf": PDF + b"%x"})
    found = attached(site, imported_disc(site, organisation, tmp_path))
    assert found == {
        "A/Other Test.pdf": ("Report", "report", FIRST),
        "Patient Test.pdf": ("Report", "report", None),
    }


def test_what_lies_among_a_viewers_files_is_in_no_link_until_somebody_says_so(
    site: Site, organisation: Organisation, tmp_path: Path
) -> None:
    ct_series(tmp_path / "DICOM", 1)
    put(
        tmp_path,
        {
            "VIEWER/about.pdf": PDF + b"%a",
            "UserManual.pdf": PDF + b"%b",
            "PHOTOS/wound.jpg": photo(),
            "VIEWER/skins/wood.jpg": photo(seed=2),
            "IHE_PDI/IM01.jpg": photo(seed=3),
            "DICOM/tiny.png": photo(300, 200, "PNG"),
        },
    )
    disc_id = imported_disc(site, organisation, tmp_path)
    assert attached(site, disc_id) == {
        "VIEWER/about.pdf": ("about", "report", None),
        "UserManual.pdf": ("UserManual", "report", None),
        "PHOTOS/wound.jpg": ("wound", "photo", None),
    }
    said = verdicts(site, disc_id)
    assert said["VIEWER/skins/wood.jpg"][0] == said["IHE_PDI/IM01.jpg"][0] == "not_dicom"
    assert "viewer" in (said["IHE_PDI/IM01.jpg"][1] or "")
    assert said["DICOM/tiny.png"][0] == "not_dicom"
    assert "small picture" in (said["DICOM/tiny.png"][1] or "")


def test_the_same_picture_twice_is_attached_once(
    site: Site, organisation: Organisation, tmp_path: Path
) -> None:
    ct_series(tmp_path / "DICOM", 1)
    put(tmp_path, {"DICOM/a.jpg": photo(), "DICOM/b.jpg": photo()})
    disc_id = imported_disc(site, organisation, tmp_path)
    assert list(attached(site, disc_id)) == ["DICOM/a.jpg"]
    assert verdicts(site, disc_id)["DICOM/b.jpg"] == ("duplicate", None)


@pytest.mark.parametrize(
    "path",
    [
        "Viewer/doc.pdf", "CD_VIEWER/x/y.jpg", "IHE_PDI/a.jpg", "web/img/a.png", "Help/en/a.pdf", "jre/x.png",
        "manual.pdf", "Quick-Guide.pdf", "README.pdf", "userManual2.pdf", "hospital_logo.png", "EULA.PDF",
    ],
)  # fmt: skip
def test_places_and_names_of_software_are_known(path: str) -> None:
    assert is_furniture(path)


@pytest.mark.parametrize(
    "path",
    [
        "report.pdf", "DICOM/PT0/letter.pdf", "Befund.pdf", "DOCS/informe.pdf", "radiologo.jpg",
        "REVIEW/a.pdf", "Photos/IMG_0001.JPG", "helper.pdf",
    ],
)  # fmt: skip
def test_other_places_and_names_are_not(path: str) -> None:
    assert not is_furniture(path)


def test_the_innermost_folder_that_holds_a_study_decides() -> None:
    folders = Folders([("CD/A/1/IM1", "one"), ("CD/A/2/IM1", "two"), ("CD/B/IM1", "three")])
    nearest = {path: folders.nearest_study(path) for path in ("CD/A/1/r", "CD/A/r", "CD/B/x/r", "r", "C/r")}
    assert nearest == {"CD/A/1/r": "one", "CD/A/r": None, "CD/B/x/r": "three", "r": None, "C/r": None}
