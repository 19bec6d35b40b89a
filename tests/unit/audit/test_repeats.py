"""Denials that come again and again fill no log, and are all accounted for."""

from concurrent.futures import ThreadPoolExecutor
from ipaddress import ip_address

import pytest
from sqlalchemy import func, select

from app.accounts.models import Organisation
from app.audit import Action, Actor, AuditLog, record_denial
from app.audit.actor import ActorKind
from app.audit.models import AuditEntry, AuditRepeat
from app.audit.repeats import MOST_PLACES, WITHIN, tell_repeats
from app.site import Site
from tests.conftest import Clock

ELSEWHERE = "192.0.2.1"


def deny(site: Site, organisation: Organisation, address: str = ELSEWHERE, reason: str = "revoked") -> None:
    with site.sessions.begin() as session:
        record_denial(
            session,
            Action.OPEN_DENIED,
            Actor(ActorKind.VISITOR, "k" * 16, address),
            site.now(),
            organisation_id=organisation.id,
            key_id="k" * 16,
            share_id="s" * 16,
            reason=reason,
        )


def told(site: Site) -> list[tuple[str | None, str, int]]:
    """Return address, reason and number of repeats of each entry."""
    with site.sessions() as session:
        entries = session.scalars(select(AuditEntry).order_by(AuditEntry.number))
        return [(one.address, one.details["reason"], one.details.get("more", 0)) for one in entries]


def counted(site: Site) -> int:
    """Return how many denials the entries stand for."""
    return sum(more or 1 for _address, _reason, more in told(site))


def housekeeping(site: Site, clock: Clock) -> None:
    clock.advance(seconds=WITHIN.total_seconds())
    tell_repeats(site.sessions, site.now())


def test_the_first_is_told_at_once_and_the_rest_by_one_more_entry(
    site: Site, organisation: Organisation, clock: Clock
) -> None:
    for _ in range(13):
        deny(site, organisation)
        clock.advance(seconds=10)
    last = clock.now
    assert told(site) == [(ELSEWHERE, "revoked", 0)]
    tell_repeats(site.sessions, site.now())
    assert len(told(site)) == 1  # its minutes are not over
    housekeeping(site, clock)
    assert told(site) == [(ELSEWHERE, "revoked", 0), (ELSEWHERE, "revoked", 12)]
    with site.sessions() as session:
        entry = session.scalars(select(AuditEntry).order_by(AuditEntry.number.desc())).first()
        assert entry
        assert (last - entry.at).total_seconds() == 10  # when the last of them was
        assert (entry.share_id, entry.key_id, entry.actor_id) == ("s" * 16, "k" * 16, "k" * 16)
        log: AuditLog = session.info["audit"]
        assert log.verify(session) == []


def test_one_that_was_not_repeated_is_told_once_and_forgotten(
    site: Site, organisation: Organisation, clock: Clock
) -> None:
    deny(site, organisation)
    housekeeping(site, clock)
    assert len(told(site)) == 1
    with site.sessions() as session:
        assert session.scalar(select(func.count()).select_from(AuditRepeat)) == 0


def test_who_comes_back_later_is_told_again_whether_or_not_the_house_was_kept(
    site: Site, organisation: Organisation, clock: Clock
) -> None:
    for _ in range(3):
        deny(site, organisation)
    clock.advance(minutes=30)
    deny(site, organisation)
    assert told(site) == [
        (ELSEWHERE, "revoked", 0),
        (ELSEWHERE, "revoked", 2),
        (ELSEWHERE, "revoked", 0),
    ]


def test_other_networks_and_other_reasons_are_told_by_themselves(
    site: Site, organisation: Organisation
) -> None:
    """F-05: one /64 is one network."""
    for address in (ELSEWHERE, "192.0.2.2", "2001:db8::1", "2001:db8::2"):
        deny(site, organisation, address)
    deny(site, organisation, reason="expired")
    assert [(address, reason) for address, reason, _ in told(site)] == [
        (ELSEWHERE, "revoked"),
        ("192.0.2.2", "revoked"),
        ("2001:db8::1", "revoked"),
        (ELSEWHERE, "expired"),
    ]


def test_a_thousand_networks_write_no_thousand_entries(
    site: Site, organisation: Organisation, clock: Clock
) -> None:
    first = int(ip_address("198.51.100.0"))
    for number in range(100):
        deny(site, organisation, str(ip_address(first + number)))
    assert len(told(site)) == MOST_PLACES + 1
    housekeeping(site, clock)
    assert told(site)[-1] == (None, "revoked", 100 - MOST_PLACES - 1)
    assert counted(site) == 100


def test_workers_that_count_at_once_lose_none(site: Site, organisation: Organisation, clock: Clock) -> None:
    with ThreadPoolExecutor(8) as pool:
        for _ in pool.map(lambda _: deny(site, organisation), range(40)):
            pass
        clock.advance(seconds=WITHIN.total_seconds())
        telling = [pool.submit(tell_repeats, site.sessions, site.now()) for _ in range(4)]
        for _ in pool.map(lambda _: deny(site, organisation), range(40)):
            pass
        for one in telling:
            one.result()
    housekeeping(site, clock)
    assert counted(site) == 80
    assert len(told(site)) == 4


@pytest.mark.parametrize("hours", [-1, 1])
def test_a_stepping_clock_loses_no_denial(
    site: Site, organisation: Organisation, clock: Clock, hours: int
) -> None:
    """T-06."""
    deny(site, organisation)
    clock.advance(hours=hours)
    for _ in range(5):
        deny(site, organisation)
    clock.advance(hours=2)
    tell_repeats(site.sessions, site.now())
    assert counted(site) == 6
