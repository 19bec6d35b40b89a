"""The audit chain: what was written stays as it was, or it shows."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import pytest
from sqlalchemy import delete, func, insert, select, update
from sqlalchemy.orm import Session

from app.accounts.models import Organisation
from app.audit import Action, Actor, AuditLog, record
from app.audit.actor import SYSTEM, ActorKind
from app.audit.log import SYSTEM_CHAIN, Fault
from app.audit.models import AuditEntry, AuditHead
from app.db import Sessions
from app.site import Site

STAFF = Actor(ActorKind.STAFF, "abcdefghijklmnop", "192.0.2.1")


def write(site: Site, organisation: Organisation, entries: int = 5) -> None:
    for number in range(entries):
        with site.sessions.begin() as session:
            record(
                session,
                Action.DOWNLOADED,
                STAFF,
                site.now(),
                organisation_id=organisation.id,
                share_id="s" * 16,
                number=number,
                words="Grüße, 漢字, \u202e",
            )


def verify(site: Site) -> list[Fault]:
    with site.sessions() as session:
        log: AuditLog = session.info["audit"]
        return log.verify(session)


def tamper(site: Site, deed: Callable[[Session], object]) -> None:
    with site.sessions.begin() as session:
        deed(session)


def test_an_untouched_chain_holds(site: Site, organisation: Organisation) -> None:
    assert verify(site) == []
    write(site, organisation)
    assert verify(site) == []


@pytest.mark.parametrize(
    "change",
    [
        {"action": "viewed"},
        {"actor_id": "ponmlkjihgfedcba"},
        {"actor_kind": "system"},
        {"address": None},
        {"details": {"number": 99}},
        {"share_id": None},
        {"disc_id": "d" * 16},
    ],
    ids=lambda change: next(iter(change)),
)
def test_a_changed_entry_is_found(site: Site, organisation: Organisation, change: dict[str, object]) -> None:
    write(site, organisation)
    tamper(site, lambda s: s.execute(update(AuditEntry).where(AuditEntry.number == 3).values(**change)))
    assert verify(site) == [Fault(organisation.id, 3, "an entry was changed")]


def test_a_changed_time_is_found(site: Site, organisation: Organisation) -> None:
    write(site, organisation)
    later = site.now().replace(microsecond=1)
    tamper(site, lambda s: s.execute(update(AuditEntry).where(AuditEntry.number == 2).values(at=later)))
    assert verify(site) == [Fault(organisation.id, 2, "an entry was changed")]


@pytest.mark.parametrize("number", [1, 3])
def test_a_removed_entry_is_found(site: Site, organisation: Organisation, number: int) -> None:
    write(site, organisation)
    tamper(site, lambda s: s.execute(delete(AuditEntry).where(AuditEntry.number == number)))
    assert verify(site) == [Fault(organisation.id, number, "an entry is missing")]


def test_a_removed_entry_is_found_though_the_rest_moves_up(site: Site, organisation: Organisation) -> None:
    write(site, organisation)

    def close_the_gap(session: Session) -> None:
        session.execute(delete(AuditEntry).where(AuditEntry.number == 3))
        for number in (4, 5):
            session.execute(update(AuditEntry).where(AuditEntry.number == number).values(number=number - 1))

    tamper(site, close_the_gap)
    assert verify(site) == [Fault(organisation.id, 3, "an entry was changed")]


@pytest.mark.parametrize("left", [0, 3])
def test_entries_taken_off_the_end_are_missed(site: Site, organisation: Organisation, left: int) -> None:
    write(site, organisation)
    tamper(site, lambda s: s.execute(delete(AuditEntry).where(AuditEntry.number > left)))
    assert verify(site) == [Fault(organisation.id, left, "entries were taken off the end")]


def test_an_end_mark_moved_back_with_the_entries_is_found(site: Site, organisation: Organisation) -> None:
    write(site, organisation)

    def roll_back(session: Session) -> None:
        third = session.scalars(select(AuditEntry.mac).where(AuditEntry.number == 3)).one()
        session.execute(delete(AuditEntry).where(AuditEntry.number > 3))
        session.execute(update(AuditHead).values(number=3, mac=third))

    tamper(site, roll_back)
    assert verify(site) == [Fault(organisation.id, 3, "the end mark was changed")]


def test_a_removed_end_mark_is_found(site: Site, organisation: Organisation) -> None:
    write(site, organisation)
    tamper(site, lambda s: s.execute(delete(AuditHead)))
    assert verify(site) == [Fault(organisation.id, 5, "the end mark was changed")]


def test_an_added_entry_is_found(site: Site, organisation: Organisation) -> None:
    write(site, organisation)

    def forge(session: Session) -> None:
        last = session.execute(select(AuditEntry.__table__).where(AuditEntry.number == 5)).one()
        session.execute(insert(AuditEntry).values({**last._mapping, "number": 6}))

    tamper(site, forge)
    assert verify(site) == [Fault(organisation.id, 6, "an entry was changed")]


def test_an_entry_cannot_move_to_another_chain(site: Site, organisation: Organisation) -> None:
    write(site, organisation)

    def copy(session: Session) -> None:
        rows = session.execute(select(AuditEntry.__table__).order_by(AuditEntry.number)).all()
        session.execute(insert(AuditEntry), [{**row._mapping, "chain": "other"} for row in rows])

    tamper(site, copy)
    assert verify(site) == [Fault("other", 1, "an entry was changed")]


def test_a_deed_that_fails_leaves_no_entry(site: Site, organisation: Organisation) -> None:
    write(site, organisation, 2)

    def fail() -> None:
        with site.sessions.begin() as session:
            record(session, Action.OPENED, SYSTEM, site.now(), organisation_id=organisation.id)
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        fail()
    with site.sessions() as session:
        assert session.scalar(select(func.count()).select_from(AuditEntry)) == 2
    assert verify(site) == []


def test_what_belongs_to_no_organisation_has_a_chain_of_its_own(
    site: Site, organisation: Organisation
) -> None:
    write(site, organisation, 2)
    with site.sessions.begin() as session:
        record(session, Action.LOGIN_DENIED, SYSTEM, site.now())
    with site.sessions() as session:
        chains = session.execute(select(AuditEntry.chain, func.count()).group_by(AuditEntry.chain)).all()
    assert {tuple(row) for row in chains} == {(organisation.id, 2), (SYSTEM_CHAIN, 1)}
    assert verify(site) == []


@pytest.mark.parametrize("begun", [0, 1], ids=["a new chain", "a begun chain"])
def test_many_writers_at_once_keep_one_chain(site: Site, organisation: Organisation, begun: int) -> None:
    write(site, organisation, begun)
    with ThreadPoolExecutor(8) as pool:
        for done in [pool.submit(write, site, organisation, 10) for _ in range(8)]:
            done.result()
    with site.sessions() as session:
        numbers = session.scalars(select(AuditEntry.number).order_by(AuditEntry.number)).all()
    assert list(numbers) == list(range(1, 81 + begun))
    assert verify(site) == []


def test_keys_rotate_without_breaking_the_chain(site: Site, organisation: Organisation) -> None:
    write(site, organisation, 2)
    older = site.config.secret_keys[0]
    rotated = Sessions(site.sessions.engine, {"audit": AuditLog((b"n" * 40, older))})
    with rotated.begin() as session:
        record(session, Action.VIEWED, STAFF, site.now(), organisation_id=organisation.id)
    with rotated() as session:
        log: AuditLog = session.info["audit"]
        assert log.verify(session) == []
        assert AuditLog((b"n" * 40,)).verify(session) != []
