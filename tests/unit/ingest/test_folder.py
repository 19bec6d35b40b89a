"""A folder is imported: plain files only, everything else by name in the receipt."""

import os
from io import BytesIO
from pathlib import Path
from typing import BinaryIO

import pytest

from app.accounts.models import Organisation
from app.audit.actor import OPERATOR
from app.errors import StorageFull, TooLarge, Unacceptable
from app.ingest import archives, folder
from app.ingest.entries import Unreadable
from app.ingest.receive import Expected, import_path
from app.media import iso
from app.site import Site
from app.storage import ObjectStore
from app.storage.local import LocalStore
from app.studies import queries
from app.studies.models import Disc, DiscFile, DiscState, Verdict
from tests.factories import ct_series, imported_disc, readers


def run(site: Site, organisation: Organisation, path: Path, store: ObjectStore | None = None) -> str:
    return import_path(
        site.sessions,
        store or site.store,
        site.jobs,
        readers(),
        organisation.id,
        path,
        label="",
        expected=Expected(),
        by=OPERATOR,
        created_by=None,
        now=site.now(),
        progress=lambda done, total: None,
    )


def verdicts(site: Site, disc_id: str) -> dict[str, tuple[str | None, str | None]]:
    with site.sessions() as session:
        files = session.query(DiscFile).filter_by(disc_id=disc_id)
        return {file.path: (file.verdict, file.reason) for file in files}


def test_every_file_of_a_folder_is_accounted_for(
    site: Site, organisation: Organisation, tmp_path: Path
) -> None:
    disc = tmp_path / "disc"
    ct_series(disc / "DICOM", 2)
    (disc / "autorun.inf").write_text("[autorun]")
    disc_id = imported_disc(site, organisation, disc)
    assert {path: verdict for path, (verdict, _) in verdicts(site, disc_id).items()} == {
        "DICOM/IM000001": Verdict.INSTANCE,
        "DICOM/IM000002": Verdict.INSTANCE,
        "autorun.inf": Verdict.NOT_DICOM,
    }


def test_links_and_pipes_are_refused_and_not_followed(
    site: Site, organisation: Organisation, tmp_path: Path
) -> None:
    """U-07."""
    disc, outside = tmp_path / "disc", tmp_path / "outside"
    ct_series(disc, 1)
    ct_series(outside, 1, SeriesInstanceUID="1.2.3")
    (disc / "file").symlink_to(outside / "IM000001")
    (disc / "folder").symlink_to(outside)
    os.mkfifo(disc / "pipe")
    found = verdicts(site, imported_disc(site, organisation, disc))
    assert found["file"] == found["folder"] == (Verdict.REFUSED, folder.LINK)
    assert found["pipe"] == (Verdict.REFUSED, folder.NO_FILE)
    assert len(found) == 4


def test_a_file_swapped_for_a_link_after_the_listing_is_not_followed(tmp_path: Path) -> None:
    (tmp_path / "secret").write_text("not for discs")
    (tmp_path / "disc").mkdir()
    victim = tmp_path / "disc" / "IM1"
    victim.write_text("innocent")
    (entry,) = folder.entries(tmp_path / "disc")
    victim.unlink()
    victim.symlink_to(tmp_path / "secret")
    assert entry.open is not None
    with pytest.raises(Unreadable), entry.open():
        pass


def test_a_file_that_vanishes_is_named_and_the_rest_goes_on(
    site: Site, organisation: Organisation, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    first, _ = ct_series(tmp_path, 2)
    listed = list(folder.entries(tmp_path))
    monkeypatch.setattr(folder, "entries", lambda root: listed)
    first.unlink()
    found = verdicts(site, imported_disc(site, organisation, tmp_path))
    assert found["IM000001"] == (Verdict.REFUSED, "This could not be read (No such file or directory).")
    assert found["IM000002"][0] == Verdict.INSTANCE


def test_names_that_are_no_utf8_survive_as_text(
    site: Site, organisation: Organisation, tmp_path: Path
) -> None:
    data = ct_series(tmp_path / "made", 1)[0].read_bytes()
    disc = os.fsencode(tmp_path / "disc")
    os.mkdir(disc)
    with open(disc + b"/M\xfcller", "wb") as file:
        file.write(data)
    found = verdicts(site, imported_disc(site, organisation, tmp_path / "disc"))
    assert found == {"M\ufffdller": (Verdict.INSTANCE, None)}


def test_folders_without_end_are_cut_off(tmp_path: Path) -> None:
    deep = tmp_path.joinpath(*["d"] * 40)
    deep.mkdir(parents=True)
    (deep / "IM1").touch()
    (entry,) = folder.entries(tmp_path)
    assert "32 folders deep" in (entry.refusal or "")


def test_an_empty_folder_is_a_failed_disc(site: Site, organisation: Organisation, tmp_path: Path) -> None:
    (tmp_path / "empty" / "inside").mkdir(parents=True)
    disc_id = imported_disc(site, organisation, tmp_path / "empty")
    with site.sessions() as session:
        disc = queries.find_disc(session, organisation.id, disc_id)
        assert (disc.state, disc.state_reason) == (DiscState.FAILED, "There was nothing in it.")
        assert queries.receipt(session, disc).files == 0


def test_a_path_that_is_nothing_begins_no_disc(
    site: Site, organisation: Organisation, tmp_path: Path
) -> None:
    os.mkfifo(tmp_path / "pipe")
    for path in (tmp_path / "nowhere", tmp_path / "pipe"):
        with pytest.raises(Unacceptable):
            run(site, organisation, path)
    with site.sessions() as session:
        assert session.query(Disc).count() == 0


@pytest.mark.parametrize(("name", "reason"), [("disc.iso", iso.NO_IMAGE), ("disc.nrg", archives.FOREIGN)])
def test_what_is_no_archive_we_open_is_a_failed_disc_with_a_reason(
    site: Site, organisation: Organisation, tmp_path: Path, name: str, reason: str
) -> None:
    (tmp_path / name).write_bytes(bytes(50_000))
    disc_id = imported_disc(site, organisation, tmp_path / name)
    assert verdicts(site, disc_id) == {name: (Verdict.REFUSED, reason)}


def test_too_many_files_are_refused_before_anything_is_kept(
    site: Site, organisation: Organisation, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    ct_series(tmp_path, 3)
    monkeypatch.setattr("app.ingest.limits.MAX_FILES", 2)
    with pytest.raises(TooLarge):
        run(site, organisation, tmp_path)
    with site.sessions() as session:
        assert session.query(Disc).count() == 0


class FullAfter(LocalStore):
    """A store with room for so many objects."""

    def __init__(self, root: Path, room: int) -> None:
        super().__init__(root)
        self.room = room

    def put(self, key: str, source: BinaryIO, *, durable: bool = True) -> int:
        if not self.room:
            raise StorageFull("The storage is full. What arrived before is safe.")
        self.room -= 1
        return super().put(key, BytesIO(source.read()), durable=durable)


def test_a_full_store_fails_the_disc_and_leaves_nothing(
    site: Site, organisation: Organisation, tmp_path: Path
) -> None:
    ct_series(tmp_path / "disc", 4)
    store = FullAfter(tmp_path / "store", 2)
    with pytest.raises(StorageFull):
        run(site, organisation, tmp_path / "disc", store)
    with site.sessions() as session:
        disc = session.query(Disc).one()
        assert disc.state == DiscState.FAILED
        assert "full" in (disc.state_reason or "")
    assert list(store.keys("incoming/")) == []
