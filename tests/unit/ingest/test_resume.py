"""Reading that is stopped or killed at any moment goes on and loses nothing."""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import pytest

from app.accounts.models import Organisation
from app.ingest import read
from app.ingest.index import Index, Overtaken
from app.ingest.originals import IN_MEMORY
from app.ingest.reading import HANDFUL, FileReader, handfuls
from app.ingest.source import Waiting
from app.site import Site
from app.storage import keys
from app.storage.local import LocalStore
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
)
from tests.factories import (
    a_bit_of_everything,
    ct_series,
    imported_disc,
    read_through,
    readers,
    received_disc,
    two_patients,
)
from tests.killing import read_and_die


@pytest.fixture
def disc(tmp_path: Path) -> Path:
    """A folder to fill."""
    folder = tmp_path / "disc"
    folder.mkdir()
    return folder


def tree(site: Site, disc_id: str) -> list[tuple[object, ...]]:
    """Return what stands of a disc, without what differs from run to run."""
    with site.sessions() as session:
        files = session.query(DiscFile).filter_by(disc_id=disc_id).order_by(DiscFile.number)
        rows: list[tuple[object, ...]] = [(file.path, file.verdict, file.sha256) for file in files]
        instances = session.query(Instance).filter_by(disc_id=disc_id).order_by(Instance.instance_uid)
        rows += [
            (one.instance_uid, one.series.series_uid, one.series.study.patient.name) for one in instances
        ]
        tables = (DiscPatient, Study, Series)
        rows.append(tuple(session.query(table).filter_by(disc_id=disc_id).count() for table in tables))
        return rows


def test_reading_that_is_stopped_goes_on_where_it_was(
    site: Site, organisation: Organisation, disc: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    a_bit_of_everything(disc)
    two_patients(disc / "MORE")
    whole = tree(site, imported_disc(site, organisation, disc))
    monkeypatch.setattr(read, "BATCH", 3)
    disc_id = received_disc(site, organisation, disc)
    with site.sessions() as session:
        assert session.get_one(Disc, disc_id).state == DiscState.INGESTING
    for _ in range(6):
        read_through(site, disc_id, alive_for=5)
    read_through(site, disc_id)
    assert tree(site, disc_id) == whole
    assert list(site.store.keys("incoming/")) == []


@pytest.mark.parametrize("lives", [0, 4, 9])
def test_a_killed_worker_loses_nothing(
    site: Site, organisation: Organisation, disc: Path, lives: int
) -> None:
    """U-21."""
    a_bit_of_everything(disc)
    ct_series(disc / "MORE", 5, SeriesInstanceUID="1.2.3")
    whole = tree(site, imported_disc(site, organisation, disc))
    with site.sessions.begin() as session:
        for table in (Attachment, Instance, Series, Study, DiscPatient, DiscFile):
            session.query(table).delete()
        session.query(Original).delete()
    site.store.delete("objects/")
    disc_id = received_disc(site, organisation, disc)
    read_and_die(site, disc_id, lives, batch=3)
    read_through(site, disc_id)
    assert tree(site, disc_id) == whole
    assert list(site.store.keys("incoming/")) == []


def test_a_worker_that_was_overtaken_writes_nothing_twice(
    site: Site, organisation: Organisation, disc: Path
) -> None:
    two_patients(disc)
    disc_id = received_disc(site, organisation, disc)
    with site.sessions() as session:
        slow = Index(session, organisation.id, disc_id)
        file = session.query(DiscFile).filter_by(disc_id=disc_id, number=0).one()
    reader = FileReader(site.sessions, site.store, readers(), organisation.id, disc_id)
    (reading,) = reader.read([Waiting(file.id, file.number, file.size)])
    read_through(site, disc_id)
    whole = tree(site, disc_id)
    with pytest.raises(Overtaken), site.sessions.begin() as session:
        slow.write(session, [reading], site.now())
    assert tree(site, disc_id) == whole


class NeverSettled(LocalStore):
    """A store on a disk that fails when bytes must outlive a power failure."""

    def make_durable(self, keys: Sequence[str]) -> None:
        raise OSError("the disk failed")


def test_no_row_says_that_an_original_is_there_before_it_would_outlive_a_power_failure(
    site: Site, organisation: Organisation, disc: Path, tmp_path: Path
) -> None:
    ct_series(disc, 3)
    disc_id = received_disc(site, organisation, disc)
    failing = replace(site, store=NeverSettled(tmp_path / "store"))
    with pytest.raises(OSError, match="the disk failed"):
        read_through(failing, disc_id)
    with site.sessions() as session:
        assert session.query(Original).count() == 0
        assert {file.verdict for file in session.query(DiscFile).filter_by(disc_id=disc_id)} == {None}
    read_through(site, disc_id)
    with site.sessions() as session:
        assert session.query(Original).count() == 3


class FailsLater(LocalStore):
    """A store on a disk that fails when a fourth batch must outlive a power failure."""

    settled = 0

    def make_durable(self, keys: Sequence[str]) -> None:
        if self.settled == 3:
            raise OSError("the disk failed")
        self.settled += 1
        super().make_durable(keys)


def test_what_was_received_goes_batch_by_batch_and_never_before_its_rows(
    site: Site, organisation: Organisation, disc: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(read, "BATCH", 1)
    monkeypatch.setattr(read, "READERS", 1)
    ct_series(disc, 6)
    disc_id = received_disc(site, organisation, disc)
    with pytest.raises(OSError, match="the disk failed"):
        read_through(replace(site, store=FailsLater(tmp_path / "store")), disc_id)
    with site.sessions() as session:
        files = session.query(DiscFile).filter_by(disc_id=disc_id).order_by(DiscFile.number)
        unread = [keys.incoming(disc_id, file.number) for file in files if file.verdict is None]
    left = list(site.store.keys(keys.incoming_folder(disc_id)))
    assert len(unread) == 3
    assert left[-3:] == unread
    assert keys.incoming(disc_id, 0) not in left
    read_through(site, disc_id)
    with site.sessions() as session:
        assert session.query(Instance).filter_by(disc_id=disc_id).count() == 6


def test_files_that_are_read_together_fit_in_memory_together() -> None:
    sizes = [1, 2, 3, IN_MEMORY - 5, IN_MEMORY, IN_MEMORY + 1, 4, *[1] * (2 * HANDFUL)]
    files = [Waiting(str(number), number, size) for number, size in enumerate(sizes)]
    found = [[file.number for file in handful] for handful in handfuls(files)]
    assert found == [[0, 1, 2], [3], [4], [5], [*range(6, 6 + HANDFUL)], [*range(14, 22)], [22]]
    assert list(handfuls([])) == []
