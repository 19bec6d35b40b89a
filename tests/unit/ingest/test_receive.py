"""A disc comes in file by file, under a grant of its own."""

from io import BytesIO

import pytest

from app.accounts.models import Organisation
from app.audit import Action
from app.audit.actor import OPERATOR
from app.audit.models import AuditEntry
from app.errors import NotFound, Refused, TooLarge, Unacceptable
from app.ingest import receive
from app.ingest.limits import MAX_DISC_BYTES, MAX_FILE_BYTES, MAX_FILES
from app.jobs.models import Job
from app.site import Site
from app.storage import keys
from app.studies import queries
from app.studies.models import Disc, DiscFile, DiscState, Verdict
from tests.conftest import Clock

FILES = [("DICOM/IM1", 5), ("DICOM/IM2", 3)]


@pytest.fixture
def disc_id(site: Site, organisation: Organisation) -> str:
    """A disc that waits for its files."""
    with site.sessions.begin() as session:
        return receive.begin_disc(
            session, organisation.id, source="browser", by=OPERATOR, created_by=None, now=site.now()
        ).id


def announce(site: Site, disc_id: str, files: list[tuple[str, int]], first: int | None = None) -> list[int]:
    with site.sessions.begin() as session:
        return receive.announce(session, session.get_one(Disc, disc_id), files, first=first)


def accept(site: Site, disc_id: str, number: int, data: bytes) -> None:
    receive.accept(site.sessions, site.store, disc_id, number, BytesIO(data), site.now())


def close(site: Site, disc_id: str) -> None:
    with site.sessions.begin() as session:
        receive.close_disc(session, site.jobs, session.get_one(Disc, disc_id), by=OPERATOR, now=site.now())


def received(site: Site, disc_id: str) -> int:
    with site.sessions() as session:
        return queries.progress(session, session.get_one(Disc, disc_id)).received


def test_a_disc_is_announced_received_and_closed(site: Site, disc_id: str) -> None:
    assert announce(site, disc_id, FILES) == [0, 1]
    accept(site, disc_id, 0, b"first")
    accept(site, disc_id, 1, b"2nd")
    close(site, disc_id)
    with site.sessions() as session:
        disc = session.get_one(Disc, disc_id)
        assert disc.state == DiscState.INGESTING
        assert disc.files_announced == 2
        assert [(job.kind, job.subject) for job in session.query(Job)] == [("read_disc", disc_id)]
        actions = [entry.action for entry in session.query(AuditEntry).order_by(AuditEntry.number)]
        assert actions == [Action.DISC_BEGUN, Action.DISC_RECEIVED]
    with site.store.open(keys.incoming(disc_id, 0)) as file:
        assert file.read() == b"first"


def test_a_file_sent_again_changes_nothing(site: Site, disc_id: str) -> None:
    announce(site, disc_id, FILES)
    accept(site, disc_id, 0, b"first")
    accept(site, disc_id, 0, b"other")
    with site.store.open(keys.incoming(disc_id, 0)) as file:
        assert file.read() == b"first"


@pytest.mark.parametrize("data", [b"", b"four", b"sixsix"])
def test_of_a_file_with_another_size_nothing_is_kept(site: Site, disc_id: str, data: bytes) -> None:
    announce(site, disc_id, FILES)
    with pytest.raises(Unacceptable):
        accept(site, disc_id, 0, data)
    assert list(site.store.keys("incoming/")) == []
    assert received(site, disc_id) == 0


def test_an_empty_file_is_a_file(site: Site, disc_id: str) -> None:
    announce(site, disc_id, [("EMPTY", 0)])
    accept(site, disc_id, 0, b"")
    assert received(site, disc_id) == 1


def test_nothing_is_taken_that_was_not_announced(site: Site, disc_id: str) -> None:
    with pytest.raises(NotFound):
        accept(site, disc_id, 0, b"first")


def test_nothing_is_taken_after_the_end(site: Site, disc_id: str) -> None:
    announce(site, disc_id, FILES[:1])
    accept(site, disc_id, 0, b"first")
    close(site, disc_id)
    with pytest.raises(NotFound):
        announce(site, disc_id, FILES)
    with pytest.raises(NotFound):
        accept(site, disc_id, 1, b"2nd")


def test_a_disc_cannot_be_closed_while_files_are_missing(site: Site, disc_id: str) -> None:
    announce(site, disc_id, FILES)
    accept(site, disc_id, 0, b"first")
    with pytest.raises(Refused, match="1 of 2 files"):
        close(site, disc_id)


def test_closing_twice_asks_for_reading_once(site: Site, disc_id: str) -> None:
    announce(site, disc_id, [("EMPTY", 0)])
    accept(site, disc_id, 0, b"")
    close(site, disc_id)
    close(site, disc_id)
    with site.sessions() as session:
        assert session.query(Job).count() == 1


def test_a_disc_without_files_has_failed(site: Site, disc_id: str) -> None:
    close(site, disc_id)
    with site.sessions() as session:
        disc = session.get_one(Disc, disc_id)
        assert (disc.state, disc.state_reason) == (DiscState.FAILED, "There was nothing in it.")


def test_what_the_drive_cannot_read_is_refused_by_name(site: Site, disc_id: str) -> None:
    announce(site, disc_id, FILES)
    accept(site, disc_id, 0, b"first")
    with site.sessions.begin() as session:
        receive.note_unreadable(session, session.get_one(Disc, disc_id), 1)
    close(site, disc_id)
    with site.sessions() as session:
        bad = session.query(DiscFile).filter_by(disc_id=disc_id, number=1).one()
        assert (bad.path, bad.verdict) == ("DICOM/IM2", Verdict.REFUSED)


def test_announcing_again_after_a_lost_answer_announces_once(site: Site, disc_id: str) -> None:
    assert announce(site, disc_id, FILES, first=0) == [0, 1]
    assert announce(site, disc_id, FILES, first=0) == [0, 1]
    assert announce(site, disc_id, [("DICOM/IM3", 1)], first=2) == [2]
    with pytest.raises(Unacceptable):
        announce(site, disc_id, [("DICOM/IM9", 1)], first=1)
    with site.sessions() as session:
        assert session.query(DiscFile).count() == 3


def test_two_files_of_one_name_stay_two(site: Site, disc_id: str) -> None:
    assert announce(site, disc_id, [("IM1", 5), ("IM1", 5)]) == [0, 1]


@pytest.mark.parametrize(
    "files",
    [
        [("a", MAX_FILE_BYTES + 1)],
        [("a", MAX_FILE_BYTES)] * (MAX_DISC_BYTES // MAX_FILE_BYTES + 1),
        [("a", 0)] * (MAX_FILES + 1),
    ],
    ids=["a file", "all together", "too many"],
)
def test_the_limits_are_told_before_anything_is_sent(
    site: Site, disc_id: str, files: list[tuple[str, int]]
) -> None:
    with pytest.raises(TooLarge):
        announce(site, disc_id, files)


def test_names_that_are_no_text_become_text(site: Site, disc_id: str) -> None:
    announce(site, disc_id, [("a\0b\udce9\ud83d", 1), ("x" * 5000 + "/IM1", 1)])
    with site.sessions() as session:
        paths = [file.path for file in session.query(DiscFile).order_by(DiscFile.number)]
    assert paths[0] == "a\ufffdb\ufffd\ufffd"
    assert len(paths[1]) == 1000
    assert paths[1].endswith("/IM1")


def test_a_grant_opens_its_disc_for_a_day(site: Site, clock: Clock, disc_id: str) -> None:
    with site.sessions.begin() as session:
        secret = receive.grant_upload(
            session, session.get_one(Disc, disc_id), created_by=None, now=site.now()
        )
    with site.sessions() as session:
        assert receive.find_grant(session, secret, disc_id, site.now()).disc_id == disc_id
        for wrong, disc in (("x" * 43, disc_id), (secret, "another"), ("\ud800", disc_id)):
            with pytest.raises(NotFound):
                receive.find_grant(session, wrong, disc, site.now())
        assert secret not in str(receive.find_grant(session, secret, disc_id, site.now()).__dict__)
        clock.advance(hours=24)
        with pytest.raises(NotFound):
            receive.find_grant(session, secret, disc_id, site.now())


def test_a_withdrawn_upload_takes_nothing_more(site: Site, disc_id: str) -> None:
    announce(site, disc_id, FILES)
    with site.sessions.begin() as session:
        secret = receive.grant_upload(
            session, session.get_one(Disc, disc_id), created_by=None, now=site.now()
        )
        receive.withdraw(session, session.get_one(Disc, disc_id), by=OPERATOR, now=site.now())
    with site.sessions() as session, pytest.raises(NotFound):
        receive.find_grant(session, secret, disc_id, site.now())
    with pytest.raises(NotFound):
        accept(site, disc_id, 0, b"first")


def test_texts_that_are_too_long_are_not_cut_silently(site: Site, organisation: Organisation) -> None:
    with site.sessions.begin() as session, pytest.raises(Unacceptable, match="Label"):
        receive.begin_disc(
            session,
            organisation.id,
            source="browser",
            label="x" * 121,
            by=OPERATOR,
            created_by=None,
            now=site.now(),
        )
