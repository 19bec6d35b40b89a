"""One-time codes by e-mail in the PIN's place: to the link's own address only, once, for ten minutes."""

import re
from collections.abc import Callable, Iterator
from dataclasses import replace
from functools import partial

import pytest
from flask import Flask
from flask.testing import FlaskClient
from limits import parse
from sqlalchemy import event, select
from werkzeug.test import TestResponse

from app.accounts.models import Organisation
from app.config import Config
from app.errors import Unacceptable
from app.mail import Letter
from app.shares import service
from app.shares.models import Factor, MailCode
from app.site import Site
from app.web import pin_limits
from tests.conftest import Clock
from tests.factories import a_disc, a_share, wrong_pin
from tests.ports import free_port
from tests.postbox import Postbox, open_postbox
from tests.staff import Browser, a_member

PORT = free_port()
ADDRESS = "reader@example.org"

Post = Callable[..., TestResponse]


@pytest.fixture
def postbox() -> Iterator[Postbox]:
    with open_postbox(PORT) as box:
        yield box


@pytest.fixture
def config(config: Config) -> Config:
    return replace(config, smtp_url=f"smtp://127.0.0.1:{PORT}")


@pytest.fixture
def key(site: Site, organisation: Organisation) -> service.NewKey:
    disc_id = a_disc(site, organisation)
    return a_share(site, organisation, disc_id, channel="mail", email=ADDRESS, factor=Factor.MAIL_CODE)


@pytest.fixture
def ask(client: FlaskClient, key: service.NewKey) -> Post:
    return lambda email=ADDRESS: client.post(f"/s/{key.token}/code", data={"email": email})


@pytest.fixture
def enter(client: FlaskClient, key: service.NewKey) -> Post:
    return lambda code: client.post(f"/s/{key.token}", data={"pin": code})


@pytest.fixture
def code(site: Site, postbox: Postbox, ask: Post) -> Callable[[], str]:
    """Ask for a code; return it as the mail says it."""

    def latest() -> str:
        assert ask().status_code == 200
        with site.sessions() as session:
            waiting = session.scalars(select(Letter.id).where(Letter.state == "queued")).all()
        for letter_id in waiting:
            site.mail.send(site.sessions, letter_id, site.now())
        found = re.search(r"\b\d{4} \d{4}\b", postbox.messages[-1].get_content())
        assert found
        return found[0]

    return latest


def codes(site: Site) -> list[MailCode]:
    with site.sessions() as session:
        return list(session.scalars(select(MailCode)))


def test_a_code_opens_once(code: Callable[[], str], enter: Post) -> None:
    right = code()
    assert enter(right).status_code == 303
    assert enter(right).status_code == 403


def test_a_code_lasts_ten_minutes(code: Callable[[], str], enter: Post, clock: Clock) -> None:
    right = code()
    clock.advance(minutes=10)
    assert enter(right).status_code == 403


def test_only_the_newest_code_counts(code: Callable[[], str], enter: Post, clock: Clock) -> None:
    first = code()
    clock.advance(seconds=1)
    second = code()
    assert enter(first).status_code == 403
    assert enter(second).status_code == 303


def test_a_code_stands_five_tries(code: Callable[[], str], enter: Post, clock: Clock) -> None:
    right = code()
    for number in range(1, 6):
        assert enter(wrong_pin(right.replace(" ", ""), number)).status_code == 403
        clock.advance(seconds=60)
    assert enter(right).status_code == 403


def test_another_address_gets_the_same_answer_and_no_mail(site: Site, ask: Post) -> None:
    """F-12."""
    theirs, ours = ask("other@example.org"), ask()
    assert theirs.status_code == ours.status_code == 200
    assert theirs.text == ours.text
    assert len(codes(site)) == 1


def test_another_address_takes_the_same_work(site: Site, ask: Post) -> None:
    """F-12: the time that an answer takes, and the limit that it uses up, tell of no address."""
    ask()
    done: list[list[str]] = []
    for address in (ADDRESS, "other@example.org"):
        written: list[str] = []
        hear = partial(_hear, written)
        event.listen(site.sessions.engine, "before_cursor_execute", hear)
        ask(address)
        event.remove(site.sessions.engine, "before_cursor_execute", hear)
        done.append(written)
    ours, theirs = done
    undone = [said for said in theirs if said not in ours]
    assert [said for said in ours if said not in theirs] == []
    assert [said.split()[0] for said in undone] == ["UPDATE"], "which makes the commit wait for the disk"


def _hear(written: list[str], _connection: object, _cursor: object, statement: str, *_: object) -> None:
    if statement.startswith(("INSERT", "UPDATE")):
        written.append(statement)


def test_asking_for_codes_is_bounded_whatever_the_address(ask: Post, monkeypatch: pytest.MonkeyPatch) -> None:
    """F-12: thirty wrong addresses and a guess, and then a look whether the limit was reached."""
    monkeypatch.setattr(pin_limits, "CODES_ASKED", parse("4/hour"))
    answers = [ask(address) for address in ("other@example.org", ADDRESS) * 3]
    assert [answer.status_code for answer in answers] == [200] * 4 + [429] * 2
    assert int(answers[-1].headers["Retry-After"]) > 3000


def test_three_codes_an_hour_and_the_fourth_is_not_told(site: Site, ask: Post, clock: Clock) -> None:
    pages = {ask().text for _ in range(4)}
    assert len(pages) == 1
    assert len(codes(site)) == 3
    clock.advance(hours=1)
    ask()
    assert len(codes(site)) == 4


@pytest.mark.parametrize(
    "email", ["", "a@x,b@y", f"{ADDRESS}\r\nBcc: b@y.example", "a" * 500, '"<a>"@x.example']
)
def test_what_is_no_address_is_told(site: Site, ask: Post, email: str) -> None:
    """F-12."""
    assert ask(email).status_code == 400
    assert codes(site) == []


def test_looking_sends_no_code(site: Site, client: FlaskClient, key: service.NewKey) -> None:
    """T-16."""
    for _ in range(5):
        assert "Send me a code" in client.get(f"/s/{key.token}").text
        client.head(f"/s/{key.token}/code")
        client.get(f"/s/{key.token}/code")
    assert codes(site) == []


def test_such_a_key_has_no_pin_and_needs_an_address(site: Site, organisation: Organisation) -> None:
    disc_id = a_disc(site, organisation)
    key = a_share(site, organisation, disc_id, channel="mail", email=ADDRESS, factor=Factor.MAIL_CODE)
    assert key.pin == ""
    with pytest.raises(Unacceptable):
        a_share(site, organisation, disc_id, channel="mail", factor=Factor.MAIL_CODE)


def test_the_desk_chooses_it_beside_the_address(app: Flask, site: Site, organisation: Organisation) -> None:
    desk = Browser.of(app, site, a_member(site, organisation))
    disc_id = a_disc(site, organisation)
    asked = {"purpose": "appointment", "channel": "mail", "email": ADDRESS, "factor": "mail"}
    page = desk.post(f"/discs/{disc_id}/share", **asked).text
    assert f"To {ADDRESS}. A code goes there when they open it." in page
    assert "Show PIN" not in page
    assert 'class="slip"' not in page


def test_a_further_key_may_ask_for_a_code_by_mail_instead_of_a_pin(
    app: Flask, site: Site, organisation: Organisation
) -> None:
    key = a_share(site, organisation, a_disc(site, organisation))
    desk = Browser.of(app, site, a_member(site, organisation))
    by_mail = {"channel": "mail", "email": ADDRESS, "factor": "mail"}
    assert desk.post(f"/shares/{key.share_id}/keys", **by_mail).status_code == 200
    assert desk.post(f"/shares/{key.share_id}/keys", channel="reprint", factor="mail").status_code == 200
    with site.sessions() as session:
        share = service.find_share(session, organisation.id, key.share_id)
        factors = {one.channel: one.factor for one in share.keys}
    assert factors == {"slip": Factor.PIN, "mail": Factor.MAIL_CODE, "reprint": Factor.PIN}
