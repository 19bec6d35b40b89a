"""What nobody will finish is cleared away after a day, and said so in the audit log."""

from io import BytesIO

import pytest

from app.accounts.models import Organisation
from app.audit.actor import OPERATOR
from app.audit.models import AuditEntry
from app.errors import NotFound
from app.ingest import receive
from app.ingest.sweep import sweep
from app.site import Site
from app.storage import keys
from app.studies import queries
from app.studies.models import Disc, DiscFile
from tests.conftest import Clock
from tests.factories import a_disc


def begun(site: Site, organisation: Organisation) -> str:
    """A disc of two files, of which one arrived."""
    with site.sessions.begin() as session:
        disc = receive.begin_disc(
            session, organisation.id, source="browser", by=OPERATOR, created_by=None, now=site.now()
        )
        receive.announce(session, disc, [("IM1", 5), ("IM2", 5)])
        disc_id = disc.id
    receive.accept(site.sessions, site.store, disc_id, 0, BytesIO(b"first"), site.now())
    return disc_id


def swept(site: Site) -> int:
    return sweep(site.sessions, site.store, site.now())


def test_an_abandoned_upload_goes_after_a_day(site: Site, organisation: Organisation, clock: Clock) -> None:
    """U-22."""
    disc_id = begun(site, organisation)
    clock.advance(hours=24)
    assert swept(site) == 0
    clock.advance(minutes=1)
    assert swept(site) == 1
    assert list(site.store.keys("incoming/")) == []
    with site.sessions() as session:
        assert session.query(DiscFile).count() == 0
        with pytest.raises(NotFound):
            queries.find_disc(session, organisation.id, disc_id)
        entry = session.query(AuditEntry).filter_by(action="upload_swept").one()
        assert (entry.disc_id, entry.details["files"], entry.details["received"]) == (disc_id, 2, 1)
        assert entry.details["reason"] == "Nothing arrived for 24 hours."
    assert swept(site) == 0


def test_an_upload_that_moves_stays(site: Site, organisation: Organisation, clock: Clock) -> None:
    disc_id = begun(site, organisation)
    clock.advance(hours=20)
    receive.accept(site.sessions, site.store, disc_id, 1, BytesIO(b"later"), site.now())
    clock.advance(hours=20)
    assert swept(site) == 0


def test_what_a_crash_left_of_discs_that_were_read_is_cleared(site: Site, organisation: Organisation) -> None:
    ready, failed = a_disc(site, organisation), a_disc(site, organisation, state="failed")
    for disc_id in (ready, failed, "nosuchdisc"):
        site.store.put(keys.incoming(disc_id, 0), BytesIO(b"left"))
    swept(site)
    assert list(site.store.keys("incoming/")) == [keys.incoming(failed, 0)]
    with site.sessions() as session:
        assert session.get_one(Disc, ready).state == "ready"
