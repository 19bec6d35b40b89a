"""Notices: who is told what of a link, once, without a patient's name."""

from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import select

from app.accounts.models import Organisation
from app.config import Config
from app.mail import Letter
from app.shares import service
from app.shares.models import LinkRequest, Share, ShareKey
from app.shares.notices import send_notices
from app.site import Site
from tests import factories
from tests.conftest import Clock
from tests.staff import a_member


@pytest.fixture
def config(config: Config) -> Config:
    """With a mail server, which none of these tests reaches."""
    return replace(config, smtp_url="smtp://127.0.0.1:1")


@pytest.fixture
def key(site: Site, organisation: Organisation) -> service.NewKey:
    made = factories.a_share(site, organisation, factories.a_disc(site, organisation), reference="RAD-118")
    staff = a_member(site, organisation)
    with site.sessions.begin() as session:
        session.get_one(Share, made.share_id).created_by = staff.user.id
        session.get_one(Organisation, organisation.id).desk_mailbox = "desk@hospital.example"
    return made


def told(site: Site) -> list[str]:
    """Send what is due; return the kinds of the letters that were queued."""
    with site.sessions.begin() as session:
        before = set(session.scalars(select(Letter.id)))
        send_notices(session, "http://localhost", site.now())
        session.flush()
        return sorted(one.kind for one in session.scalars(select(Letter)) if one.id not in before)


def test_sender_and_desk_are_told_of_the_first_opening_once(
    site: Site, key: service.NewKey, clock: Clock
) -> None:
    assert told(site) == []
    with site.sessions.begin() as session:
        opened = session.get_one(ShareKey, key.key_id)
        opened.opened_at, opened.share.uses = site.now(), 1
    assert told(site) == ["opened", "opened"]
    clock.advance(minutes=10)
    assert told(site) == []


def test_a_link_that_nobody_opens_is_told_of_seven_and_two_days_before_its_end(
    site: Site, key: service.NewKey, clock: Clock
) -> None:
    found = []
    for _ in range(15):
        found.append(told(site)[:1])
        clock.advance(days=1)
    assert found == [[]] * 7 + [["unopened_7"]] + [[]] * 4 + [["unopened_2"]] + [[]] * 2


def test_the_visit_counts_before_the_end(site: Site, key: service.NewKey, clock: Clock) -> None:
    with site.sessions.begin() as session:
        session.get_one(Share, key.share_id).visit_on = (site.now() + timedelta(days=10)).date()
    clock.advance(days=2)
    assert told(site) == []
    clock.advance(days=1)
    assert told(site)[:1] == ["unopened_7"]


def test_a_link_that_is_closed_or_frozen_or_asked_for(
    site: Site, organisation: Organisation, key: service.NewKey
) -> None:
    with site.sessions.begin() as session:
        frozen = session.get_one(ShareKey, key.key_id)
        frozen.frozen_at = site.now()
        session.add(
            LinkRequest(organisation_id=organisation.id, share=frozen.share, key=frozen, asked_at=site.now())
        )
    assert told(site) == ["asked", "asked", "frozen", "frozen"]


def test_whoever_left_is_not_written_to(site: Site, key: service.NewKey) -> None:
    with site.sessions.begin() as session:
        share = session.get_one(Share, key.share_id)
        share.created_by = None
        share.keys[0].frozen_at = site.now()
    assert told(site) == ["frozen"]
