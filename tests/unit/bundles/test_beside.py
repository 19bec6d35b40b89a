"""Reports and photos travel in a bundle beside the file-set, unchanged, named and signed for."""

from io import BytesIO
from pathlib import Path
from xml.etree import ElementTree
from zipfile import ZipFile

import pytest

from app.accounts.models import Organisation
from app.bundles import manifest
from app.bundles.iso_reader import read_image
from app.bundles.of_disc import plan_of_disc
from app.bundles.plan import Plan, plan
from app.bundles.stream import stream
from app.errors import Refused
from app.shares.models import Share
from app.shares.orders import NewKey
from app.shares.queries import shared_instances
from app.site import Site
from app.studies.attachments import attachments_of
from app.studies.models import Disc, DiscFile, DiscPatient
from tests.documents import PDF, photo
from tests.factories import ROOT, a_disc, a_share, an_attachment, ct_series, ready_disc
from tests.unit.bundles.bundle_checks import directory_of, faults, standard_faults
from tests.unit.bundles.test_kept import plan_of

SCAN = photo(kind="PNG", seed=3)
AWKWARD = (
    "C:\\AUTORUN.INF",
    "..\\..\\evil",
    "a\"b<c>&'d",
    "two\r\nlines",
    "bell\x07 and \x1b[31mred",
    "evil\u202efdp",
    "Röntgen ]]> \U0001f9e0",
    "not utf-8 \udcff",
    "-rf",
    "con",
    "x" * 200,
    "{{ sender.name }}",
    "\ufffe\x7f\u2028none",
)
"""Stems of files as a burned disc, or somebody who means harm, may call them."""
NAMES = ("REPORTS/RP000000.PDF", "REPORTS/RP000001.PNG", "PHOTOS/PH000000.JPG")


@pytest.fixture
def disc_id(site: Site, organisation: Organisation) -> str:
    disc_id = a_disc(site, organisation, slices=2, patients=2)
    an_attachment(site, disc_id, photo(), media_type="image/jpeg", kind="photo", title="Knee")
    an_attachment(site, disc_id, PDF, title="Röntgen: <b>Befund</b>")
    an_attachment(site, disc_id, SCAN, media_type="image/png", title="Scan")
    an_attachment(site, disc_id, PDF + b"%", title="Test^Other's report", study_uid=f"{ROOT}2")
    an_attachment(site, disc_id, PDF + b"%%", title="Nobody's report", study_uid=None)
    return disc_id


@pytest.fixture
def key(site: Site, organisation: Organisation, disc_id: str) -> NewKey:
    return a_share(site, organisation, disc_id, study_uids=[f"{ROOT}1"])


def zip_of(site: Site, made: Plan) -> ZipFile:
    return ZipFile(BytesIO(b"".join(stream(made.archive, site.store))))


def test_they_lie_in_folders_of_their_own_as_they_were_received(site: Site, key: NewKey) -> None:
    bundle = zip_of(site, plan_of(site, key))
    assert bundle.testzip() is None
    assert {name for name in bundle.namelist() if name.startswith(("REPORTS/", "PHOTOS/"))} == set(NAMES)
    assert bundle.read("REPORTS/RP000000.PDF") == PDF
    assert bundle.read("REPORTS/RP000001.PNG") == SCAN
    assert bundle.read("PHOTOS/PH000000.JPG") == photo()


def test_the_bundle_keeps_to_the_standard(site: Site, key: NewKey) -> None:
    """No DICOMDIR record names them, and no validator minds them."""
    bundle = zip_of(site, plan_of(site, key))
    assert faults(bundle) == []
    assert standard_faults(bundle) == []
    records = directory_of(bundle.read("DICOMDIR")).DirectoryRecordSequence
    named = {"/".join(record.ReferencedFileID) for record in records if "ReferencedFileID" in record}
    assert named.isdisjoint(NAMES)


def test_readers_and_the_signed_list_name_them(site: Site, key: NewKey) -> None:
    bundle = zip_of(site, plan_of(site, key))
    readme, page = bundle.read("README.TXT").decode("ascii"), bundle.read("INDEX.HTM").decode()
    listed = {one.name for one in manifest.read(bundle.read(manifest.NAME)).files}
    assert set(NAMES) <= listed
    assert "REPORTS/RP000000.PDF  Rontgen: <b>Befund</b>" in readme
    assert '<a href="REPORTS/RP000000.PDF">Röntgen: &lt;b&gt;Befund&lt;/b&gt;</a>' in page
    for name in NAMES:
        assert name in readme
        assert f'href="{name}"' in page


def test_a_bundle_holds_one_patients_reports_only(
    site: Site, organisation: Organisation, key: NewKey, disc_id: str
) -> None:
    """I-06, I-07: of a share, and of a disc's patient as the command line makes it."""
    with site.sessions() as session:
        patient = session.query(DiscPatient).filter_by(name="Test^Patient").one()
        disc = session.get_one(Disc, disc_id)
        of_disc = plan_of_disc(session, disc, organisation, patient.id, signer=site.documents)
    for made in (plan_of(site, key), of_disc):
        names = {entry.name for entry in made.entries}
        assert {name for name in names if name.startswith(("REPORTS/", "PHOTOS/"))} == set(NAMES)
        bundle = zip_of(site, made)
        assert not any(b"Other" in bundle.read(name) for name in names)


def test_an_iso_image_holds_the_same(site: Site, key: NewKey) -> None:
    image = b"".join(stream(plan_of(site, key).iso, site.store))
    extents = read_image(BytesIO(image))
    at = extents["REPORTS/RP000000.PDF"]
    assert image[at.sector * 2048 :][: at.size] == PDF
    assert set(NAMES) <= set(extents)


def test_a_report_of_somebody_else_stops_the_bundle(site: Site, key: NewKey, disc_id: str) -> None:
    """I-07: whatever went wrong before it."""
    with site.sessions() as session:
        share = session.get_one(Share, key.share_id)
        with pytest.raises(Refused, match="one patient"):
            plan(
                session,
                shared_instances(session, share),
                share.organisation,
                site.now(),
                seed="x",
                signer=site.documents,
                attachments=attachments_of(session, share.disc),
            )


def test_awkward_names_on_a_disc_become_names_that_every_reader_takes(
    site: Site, organisation: Organisation, tmp_path: Path
) -> None:
    folder = tmp_path / "disc"
    ct_series(folder, 1)
    papers = [PDF + b"%" * number for number in range(1, len(AWKWARD) + 1)]
    for name, paper in zip(AWKWARD, papers, strict=True):
        (folder / f"{name}.pdf").write_bytes(paper)
    key = a_share(site, organisation, ready_disc(site, organisation, folder))
    made = plan_of(site, key)
    bundle = zip_of(site, made)
    assert faults(bundle) == []
    names = [f"REPORTS/RP{number:06d}.PDF" for number in range(len(AWKWARD))]
    assert sorted(bundle.read(name) for name in names) == sorted(papers)
    image = b"".join(stream(made.iso, site.store))
    found = read_image(BytesIO(image))
    assert sorted(image[found[name].sector * 2048 :][: found[name].size] for name in names) == sorted(papers)
    page = ElementTree.fromstring(bundle.read("INDEX.HTM"))
    links = [one.get("href") for one in page.iter("{http://www.w3.org/1999/xhtml}a")]
    assert [link for link in links if link in names] == names
    readme = bundle.read("README.TXT")
    assert readme.isascii()
    assert [byte for byte in readme if byte < 32 and byte not in b"\r\n"] == []


def test_a_report_of_0_bytes_is_accounted_for_and_in_no_bundle(
    site: Site, organisation: Organisation, tmp_path: Path
) -> None:
    ct_series(tmp_path / "disc", 1)
    (tmp_path / "disc" / "report.pdf").touch()
    key = a_share(site, organisation, ready_disc(site, organisation, tmp_path / "disc"))
    with site.sessions() as session:
        file = session.query(DiscFile).filter_by(path="report.pdf").one()
        assert (file.size, file.reason) == (0, "This is an empty file.")
    bundle = zip_of(site, plan_of(site, key))
    assert not any(name.startswith("REPORTS/") for name in bundle.namelist())
    assert faults(bundle) == []


@pytest.mark.parametrize("kept", [b"", b"%"], ids=["0 bytes", "1 byte"])
def test_the_smallest_attachments_travel_in_both_forms(
    site: Site, organisation: Organisation, kept: bytes
) -> None:
    disc_id = a_disc(site, organisation, slices=1)
    an_attachment(site, disc_id, kept)
    made = plan_of(site, a_share(site, organisation, disc_id))
    bundle = zip_of(site, made)
    assert bundle.testzip() is None
    assert bundle.read(NAMES[0]) == kept
    image = b"".join(stream(made.iso, site.store))
    assert read_image(BytesIO(image))[NAMES[0]].size == len(kept)
