"""Visits: what the cookie of a right PIN is worth, request by request."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from app.accounts.models import Organisation
from app.audit import Action
from app.audit.actor import OPERATOR, Actor, ActorKind
from app.audit.models import AuditEntry
from app.shares import service
from app.shares.history import MOST, MOST_DENIALS, history
from app.shares.logged import record_of
from app.shares.models import Right, Share, ShareKey, VisitorSession
from app.site import Site
from app.studies.models import Disc
from app.web.visitor import require_visit
from app.workers.housekeeping import keep_house
from tests import factories
from tests.conftest import Clock
from tests.staff import Browser, a_member


@pytest.fixture
def disc_id(site: Site, organisation: Organisation) -> str:
    return factories.a_disc(site, organisation)


@pytest.fixture
def new(site: Site, organisation: Organisation, disc_id: str) -> service.NewKey:
    return factories.a_share(site, organisation, disc_id, allow=("view",))


@pytest.fixture
def app(app: Flask, site: Site) -> Flask:
    """The application with a page that needs a visit, and one that asks from within a deed."""

    @app.get("/probe/<share_id>/<right>")
    def probe(share_id: str, right: str) -> str:
        with site.sessions() as session:
            return require_visit(session, share_id, Right(right)).organisation.name

    @app.get("/deed/<share_id>/<right>")
    def deed(share_id: str, right: str) -> str:
        with site.sessions.begin() as session:
            return require_visit(session, share_id, Right(right)).organisation.name

    return app


Look = Callable[..., int]


@pytest.fixture
def look(client: FlaskClient, new: service.NewKey) -> Look:
    def status(right: str = "view", share_id: str = new.share_id, page: str = "probe") -> int:
        return client.get(f"/{page}/{share_id}/{right}").status_code

    return status


@pytest.fixture
def visit(client: FlaskClient, new: service.NewKey) -> service.NewKey:
    """A visit that has begun."""
    assert client.post(f"/s/{new.token}", data={"pin": new.pin}).status_code == 303
    return new


def denials(site: Site) -> list[tuple[str, str]]:
    with site.sessions() as session:
        entries = session.scalars(
            select(AuditEntry).where(AuditEntry.action.like("%denied")).order_by(AuditEntry.number)
        )
        return [(entry.action, entry.details["reason"]) for entry in entries]


def test_a_visitor_sees_and_a_stranger_does_not(app: Flask, look: Look, visit: service.NewKey) -> None:
    """F-13: the link alone opens nothing."""
    assert look() == 200
    stranger = app.test_client()
    assert stranger.get(f"/probe/{visit.share_id}/view").status_code == 404
    for cookie in ("", "x", visit.token, visit.key_id, visit.share_id, visit.pin):
        stranger.set_cookie(f"v-{visit.share_id}", cookie)
        assert stranger.get(f"/probe/{visit.share_id}/view").status_code == 404


def test_a_visit_opens_its_own_share_only(
    site: Site,
    organisation: Organisation,
    disc_id: str,
    client: FlaskClient,
    look: Look,
    visit: service.NewKey,
) -> None:
    """I-02."""
    other = factories.a_share(site, organisation, disc_id)
    cookie = client.get_cookie(f"v-{visit.share_id}")
    assert cookie
    client.set_cookie(f"v-{other.share_id}", cookie.value)
    assert look(share_id=other.share_id) == 404
    assert look(share_id="nothing") == 404


def test_two_shares_can_be_visited_side_by_side(
    site: Site,
    organisation: Organisation,
    disc_id: str,
    client: FlaskClient,
    look: Look,
    visit: service.NewKey,
) -> None:
    other = factories.a_share(site, organisation, disc_id)
    client.post(f"/s/{other.token}", data={"pin": other.pin})
    assert look() == look(share_id=other.share_id) == 200


@pytest.mark.parametrize("page", ["probe", "deed"])
def test_without_the_right_it_is_refused_and_written_down(
    site: Site, look: Look, visit: service.NewKey, page: str
) -> None:
    assert look("download", page=page) == 403
    assert denials(site) == [("download_denied", "not_allowed")]
    assert look("dicomweb", page=page) == 403
    assert denials(site)[1:] == [("open_denied", "not_allowed")]


def test_a_key_can_allow_less_than_its_share(
    site: Site, organisation: Organisation, disc_id: str, client: FlaskClient, look: Look
) -> None:
    wide = factories.a_share(site, organisation, disc_id)
    client.post(f"/s/{wide.token}", data={"pin": wide.pin})
    assert look("download", share_id=wide.share_id) == 200
    with site.sessions.begin() as session:
        session.get_one(ShareKey, wide.key_id).allow = ["view", "give"]
    assert look("download", share_id=wide.share_id) == 403
    assert look("give", share_id=wide.share_id) == 403
    assert look("view", share_id=wide.share_id) == 200


def test_a_revoked_share_is_gone_on_the_next_request(
    site: Site, organisation: Organisation, look: Look, visit: service.NewKey
) -> None:
    """T-11."""
    with site.sessions.begin() as session:
        service.revoke(session, organisation.id, visit.share_id, by=OPERATOR, user_id=None, now=site.now())
    assert look() == 410
    assert denials(site) == [("open_denied", "revoked")]


@pytest.mark.parametrize(("right", "status"), [("view", 410), ("download", 403)])
def test_who_is_turned_away_again_and_again_fills_no_log(
    app: Flask,
    site: Site,
    organisation: Organisation,
    look: Look,
    visit: service.NewKey,
    clock: Clock,
    right: str,
    status: int,
) -> None:
    """A-01: each denial is accounted for, and an ex-visitor cannot fill the disk or push out the history."""
    if right == "view":
        with site.sessions.begin() as session:
            service.revoke(
                session, organisation.id, visit.share_id, by=OPERATOR, user_id=None, now=site.now()
            )
    for _ in range(50):
        assert look(right) == status
        clock.advance(seconds=1)
    assert len(denials(site)) == 1
    clock.advance(minutes=10)
    keep_house(site, 1)
    assert len(denials(site)) == 2
    desk = Browser.of(app, site, a_member(site, organisation))
    page = desk.get(f"/shares/{visit.share_id}").text
    assert "(49 more times)" in page
    assert "Opened" in page


def test_a_history_tells_deeds_however_many_were_turned_away(
    app: Flask, site: Site, organisation: Organisation, visit: service.NewKey
) -> None:
    by = Actor(ActorKind.VISITOR, visit.key_id, "192.0.2.1")
    with site.sessions.begin() as session:
        share = session.get_one(Share, visit.share_id)
        for _ in range(MOST):
            record_of(session, Action.OPEN_DENIED, share, by, site.now(), reason="revoked")
        events = [event.action for event in history(session, share)]
    assert events.count(Action.OPEN_DENIED) == MOST_DENIALS
    assert events[-3:] == [Action.OPENED, Action.KEY_CREATED, Action.SHARE_CREATED]


def test_a_shortened_share_is_gone_on_the_next_request(
    site: Site, organisation: Organisation, look: Look, visit: service.NewKey, clock: Clock
) -> None:
    """T-07."""
    with site.sessions.begin() as session:
        end = site.now() + timedelta(minutes=5)
        service.extend(session, organisation.id, visit.share_id, expires_at=end, by=OPERATOR, now=site.now())
    clock.advance(minutes=5, microseconds=-1)
    assert look() == 200
    clock.advance(microseconds=1)
    assert look() == 410


@pytest.mark.parametrize("column", ["deleted_at", "blocked_at"])
def test_a_deleted_or_stopped_disc_ends_visits(
    site: Site, disc_id: str, look: Look, visit: service.NewKey, column: str
) -> None:
    with site.sessions.begin() as session:
        setattr(session.get_one(Disc, disc_id), column, site.now())
    assert look() == 410


def test_a_frozen_or_used_up_key_ends_no_visit(site: Site, look: Look, visit: service.NewKey) -> None:
    """F-07, F-11."""
    with site.sessions.begin() as session:
        key = session.get_one(ShareKey, visit.key_id)
        key.frozen_at, key.share.max_uses = site.now(), 1
    assert look() == 200


def test_a_replaced_key_ends_its_visits(site: Site, look: Look, visit: service.NewKey) -> None:
    """F-11."""
    with site.sessions.begin() as session:
        session.get_one(ShareKey, visit.key_id).revoked_at = site.now()
    assert look() == 410


def test_a_visit_ends_after_half_an_hour_without_a_request(
    look: Look, visit: service.NewKey, clock: Clock
) -> None:
    for _ in range(3):
        clock.advance(minutes=29)
        assert look() == 200
    clock.advance(minutes=30)
    assert look() == 410


def test_a_visit_ends_after_four_hours_whatever_happens(
    look: Look, visit: service.NewKey, clock: Clock
) -> None:
    for _ in range(11):
        clock.advance(minutes=20)
        assert look() == 200
    clock.advance(minutes=20)
    assert look() == 410


def test_signs_of_life_are_noted_at_most_once_a_minute(
    site: Site, look: Look, visit: service.NewKey, clock: Clock
) -> None:
    def seen() -> float:
        with site.sessions() as session:
            return (session.scalars(select(VisitorSession.seen_at)).one() - begun).total_seconds()

    begun = site.now()
    clock.advance(seconds=59)
    look()
    assert seen() == 0
    clock.advance(seconds=1)
    look(page="deed")
    assert seen() == 60


def test_left_is_left(site: Site, look: Look, visit: service.NewKey) -> None:
    with site.sessions.begin() as session:
        session.scalars(select(VisitorSession)).one().ended_at = site.now()
    assert look() == 410


def test_the_pin_again_begins_another_visit(
    site: Site, client: FlaskClient, look: Look, visit: service.NewKey, clock: Clock
) -> None:
    first = client.get_cookie(f"v-{visit.share_id}")
    clock.advance(hours=5)
    assert look() == 410
    client.post(f"/s/{visit.token}", data={"pin": visit.pin})
    second = client.get_cookie(f"v-{visit.share_id}")
    assert first
    assert second
    assert first.value != second.value
    assert look() == 200
