"""Staff hear once that something they asked for has arrived, and requests forget whom they were about."""

from dataclasses import replace

import pytest
from sqlalchemy import select

from app.accounts.models import Organisation
from app.config import Config
from app.mail import Letter
from app.requests.forgetting import forget_ended
from app.requests.models import Delivery, SenderVisit, UploadRequest
from app.requests.notices import tell_arrivals
from app.site import Site
from app.studies.models import Disc, DiscState
from tests.asked import EXPECTED, a_request
from tests.conftest import Clock
from tests.factories import a_disc


@pytest.fixture
def config(config: Config) -> Config:
    """A service that has a mail server."""
    return replace(config, smtp_url="smtp://127.0.0.1:1")


@pytest.fixture
def waiting(site: Site, organisation: Organisation) -> str:
    """A disc that was sent by a request and read."""
    key, disc_id = a_request(site, organisation), a_disc(site, organisation, slices=1)
    with site.sessions.begin() as session:
        session.get_one(Organisation, organisation.id).desk_mailbox = "desk@test.example"
        session.get_one(Disc, disc_id).waiting_since = site.now()
        visit = SenderVisit(
            secret_hash="x",
            request_id=key.request_id,
            key_id=key.key_id,
            created_at=site.now(),
            seen_at=site.now(),
        )
        session.add(visit)
        session.flush()
        session.add(
            Delivery(
                disc_id=disc_id,
                request_id=key.request_id,
                key_id=key.key_id,
                visit_id=visit.id,
                begun_at=site.now(),
            )
        )
    return disc_id


def tell(site: Site) -> int:
    with site.sessions.begin() as session:
        return tell_arrivals(session, "https://images.test.example", site.now())


def test_the_desk_hears_once_that_a_disc_has_arrived(site: Site, waiting: str) -> None:
    assert (tell(site), tell(site)) == (1, 0)
    with site.sessions() as session:
        letter = session.scalars(select(Letter)).one()
    assert letter.kind == "arrived"


def test_nobody_hears_of_what_still_arrives_or_is_old(site: Site, clock: Clock, waiting: str) -> None:
    with site.sessions.begin() as session:
        session.get_one(Disc, waiting).state = DiscState.INGESTING
    assert tell(site) == 0
    with site.sessions.begin() as session:
        session.get_one(Disc, waiting).state = DiscState.READY
    clock.advance(hours=25)
    assert tell(site) == 0


def test_a_request_forgets_whom_it_was_about_thirty_days_after_its_end(
    site: Site, clock: Clock, organisation: Organisation
) -> None:
    a_request(site, organisation, expected=EXPECTED)
    for days, remembers in ((14 + 29, True), (2, False)):
        clock.advance(days=days)
        with site.sessions.begin() as session:
            forget_ended(session, site.now())
            asked = session.scalars(select(UploadRequest)).one()
            assert bool(asked.expected_name and asked.wanted) is remembers
