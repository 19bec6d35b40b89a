"""Links by e-mail, through a real mail server: one clean message, no PIN in it, nothing kept once it left."""

import os
import re
from collections.abc import Iterator
from dataclasses import replace
from email import message_from_bytes
from email.policy import default

import pytest
from flask import Flask
from sqlalchemy import select, text

from app.accounts.languages import LANGUAGES
from app.accounts.models import Organisation
from app.audit.models import AuditEntry
from app.config import Config
from app.db import Base
from app.errors import Unacceptable
from app.mail import Letter, LetterState, Outgoing, check_address
from app.mail.message import compose
from app.mail.smtp import Bounced, Unreachable
from app.shares.models import Share
from app.shares.notices import send_notices
from app.site import Site
from app.workers.housekeeping import clear_outbox, try_mail_again
from tests.conftest import NOW, Clock
from tests.factories import a_disc, a_share
from tests.ports import free_port
from tests.postbox import Postbox, open_postbox
from tests.staff import Browser, a_member

PORT = free_port()


@pytest.fixture
def postbox() -> Iterator[Postbox]:
    with open_postbox(PORT) as box:
        yield box


@pytest.fixture
def config(config: Config, request: pytest.FixtureRequest) -> Config:
    """With a mail server, unless a test is about there being none."""
    url = (
        None
        if "without_mail" in request.fixturenames
        else f"smtp://127.0.0.1:{PORT}?from=links@hospital.example"
    )
    return replace(config, smtp_url=url)


@pytest.fixture
def without_mail() -> None:
    """No mail server is set up."""


@pytest.fixture
def desk(app: Flask, site: Site, organisation: Organisation) -> Browser:
    return Browser.of(app, site, a_member(site, organisation))


def send(desk: Browser, site: Site, organisation: Organisation, **fields: str) -> str:
    """Share by e-mail; return the page that the desk sees."""
    asked = {"purpose": "appointment", "channel": "mail", "email": "reader@example.org", **fields}
    answer = desk.post(f"/discs/{a_disc(site, organisation)}/share", **asked)
    assert answer.status_code == 200, answer.text
    return str(answer.text)


def letters(site: Site) -> list[Letter]:
    with site.sessions() as session:
        return list(session.scalars(select(Letter)))


def post(site: Site) -> None:
    """Send what waits, as a worker does."""
    for letter in letters(site):
        site.mail.send(site.sessions, letter.id, site.now())


def share_page(desk: Browser, site: Site) -> str:
    with site.sessions() as session:
        return str(desk.get(f"/shares/{session.scalars(select(Share.id)).one()}").text)


def test_the_link_goes_to_one_address_and_the_pin_to_none(
    desk: Browser, site: Site, organisation: Organisation, postbox: Postbox
) -> None:
    page = send(desk, site, organisation, reference="RAD-118")
    assert "To reader@example.org. Tell the PIN another way." in page
    post(site)
    (message,) = postbox.messages
    assert postbox.envelopes[0].rcpt_tos == ["reader@example.org"]
    assert str(message["From"]) == "Test Hospital <links@hospital.example>"
    assert message["Subject"] == "A secure link from Test Hospital"
    pin = re.search(r'class="pin-digits">(\d{4} \d{4})<', page)
    link = re.search(r'data-copy="([^"]+)"', page)
    assert pin
    assert link
    bodies = [part.get_content() for part in message.walk() if not part.is_multipart()]
    assert len(bodies) == 2
    for body in bodies:
        assert link[1] in body
        assert "RAD-118" in body
        assert "Your PIN comes separately, never in this e-mail." in body
        for private in (pin[1], pin[1].replace(" ", ""), "Patient", "TEST-1", "chest"):
            assert private not in body


def test_a_letter_is_encrypted_while_it_waits_and_erased_once_it_left(
    desk: Browser, site: Site, organisation: Organisation, postbox: Postbox
) -> None:
    """T-08, O-06."""
    link = re.search(r'data-copy="[^"]*/s/([^"]+)"', send(desk, site, organisation))
    assert link
    with site.sessions() as session:
        dump = "\n".join(
            str(row)
            for table in Base.metadata.sorted_tables
            for row in session.execute(text(f'SELECT * FROM "{table.name}"'))
        )
        log = str([vars(entry) for entry in session.scalars(select(AuditEntry))])
    assert link[1] not in dump
    assert "reader@example.org" not in log
    (waiting,) = letters(site)
    assert waiting.sealed
    post(site)
    (sent,) = letters(site)
    assert (sent.state, sent.sealed) == (LetterState.SENT, None)
    post(site)
    assert len(postbox.envelopes) == 1, "a job done twice sends once"
    assert "Sent" in share_page(desk, site)


def test_the_letter_speaks_the_recipients_language(
    desk: Browser, site: Site, organisation: Organisation, postbox: Postbox
) -> None:
    send(desk, site, organisation, language="es")
    post(site)
    assert postbox.messages[0]["Subject"] == "Un enlace seguro de Test Hospital"


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_letter_reads_well_as_plain_text(
    desk: Browser, site: Site, organisation: Organisation, postbox: Postbox, language: str
) -> None:
    """No line that a mail client breaks, which would break the link; no markup; nothing fetched."""
    page = send(
        desk, site, organisation, language=language, reference="R&D 118, Kardiologie, " + "Haus Nord " * 6
    )
    link = re.search(r'data-copy="([^"]+)"', page)
    post(site)
    plain = postbox.messages[0].get_body(("plain",))
    html = postbox.messages[0].get_body(("html",))
    assert link
    assert plain
    assert html
    lines = plain.get_content().splitlines()
    assert lines.count(link[1]) == 1
    assert [line for line in lines if len(line) > 78 and line != link[1]] == []
    assert not re.search(r"<|>|&\w+;|{|}|\n\n\n", plain.get_content())
    assert set(re.findall(r"https?://[^\"<\s]+", html.get_content())) == {link[1]}
    assert not re.search(r"src=|url\(|@import|<link", html.get_content())


def test_what_the_mail_server_refuses_is_shown_on_the_share_and_told_to_the_sender_once(
    desk: Browser, site: Site, organisation: Organisation, postbox: Postbox
) -> None:
    postbox.answer = "550 no such mailbox"
    send(desk, site, organisation)
    with pytest.raises(Bounced) as caught:
        post(site)
    with site.sessions.begin() as session:
        site.mail.give_up(session, letters(site)[0].id, str(caught.value), site.now(), final=True)
    (failed,) = letters(site)
    assert (failed.state, failed.sealed) == (LetterState.FAILED, None)
    assert "The mail server refused it (code 550). Check the address." in share_page(desk, site)
    for untold in (1, 0):
        with site.sessions.begin() as session:
            assert send_notices(session, site.config.base_url, site.now()) == untold
    assert sorted(letter.kind for letter in letters(site)) == ["bounced", "link"]


def test_a_mail_server_that_is_down_holds_a_letter_up_for_a_day_at_most(
    desk: Browser, site: Site, organisation: Organisation, clock: Clock
) -> None:
    send(desk, site, organisation)
    with pytest.raises(Unreachable) as caught:
        post(site)
    letter_id = letters(site)[0].id
    with site.sessions.begin() as session:
        site.mail.give_up(session, letter_id, str(caught.value), site.now(), final=False)
    assert "does not answer" in share_page(desk, site)
    try_mail_again(site)
    with open_postbox(PORT) as late:
        post(site)
        assert len(late.envelopes) == 1
    send(desk, site, organisation)
    clock.advance(hours=24)
    with site.sessions.begin() as session:
        (held,) = session.scalars(select(Letter).where(Letter.state == LetterState.QUEUED))
        site.mail.give_up(session, held.id, "down", site.now(), final=False)
    assert {one.state for one in letters(site)} == {LetterState.SENT, LetterState.FAILED}


def test_letters_in_the_outbox_are_erased_after_a_week(
    desk: Browser, site: Site, organisation: Organisation, clock: Clock, without_mail: None
) -> None:
    send(desk, site, organisation)
    post(site)
    (kept,) = (site.config.data_dir / "outbox").glob("*.eml")
    os.utime(kept, (site.now().timestamp(), site.now().timestamp()))
    clock.advance(days=6, hours=23)
    clear_outbox(site)
    assert kept.exists()
    clock.advance(hours=2)
    clear_outbox(site)
    assert not kept.exists()


@pytest.mark.parametrize(
    "address",
    [
        ",".join(f"reader{number}@example.org" for number in range(1000)),
        ";".join(f"reader{number}@example.org" for number in range(1000)),
        "reader@example.org\r\nBcc: other@example.org",
        "reader@example.org\nRCPT TO:<other@example.org>",
        "\rreader@example.org\r,x@example.org",
    ],
)
def test_a_thousand_recipients_or_a_second_line_send_nothing(
    desk: Browser, site: Site, organisation: Organisation, address: str
) -> None:
    """X-04, F-12: by the form that makes a link and by the one that makes a further key."""
    disc_id = a_disc(site, organisation, slices=1)
    fields = {"purpose": "appointment", "channel": "mail", "email": address}
    assert desk.post(f"/discs/{disc_id}/share", **fields).status_code == 400
    key = a_share(site, organisation, disc_id)
    assert desk.post(f"/shares/{key.share_id}/keys", **fields).status_code == 400
    assert letters(site) == []
    with site.sessions() as session:
        assert len(session.get_one(Share, key.share_id).keys) == 1


def test_without_a_mail_server_the_letter_is_kept_in_the_outbox(
    without_mail: None, desk: Browser, site: Site, organisation: Organisation
) -> None:
    send(desk, site, organisation)
    post(site)
    (kept,) = (site.config.data_dir / "outbox").glob("*.eml")
    assert kept.stat().st_mode & 0o077 == 0
    assert b"Subject: A secure link from Test Hospital" in kept.read_bytes()
    assert "Not sent: e-mail isn&#39;t set up" in share_page(desk, site)


@pytest.mark.parametrize(
    "address",
    [
        "a@x.example,b@y.example",
        "a@x.example; b@y.example",
        "a@x.example\r\nBcc: b@y.example",
        '"<a>"@x.example',
        "Name <a@x.example>",
        "a" * 490 + "@x.example",
        "a@[127.0.0.1]",
        "a@x.example\x00",
        "ä@x.example",
        ",".join(f"p{number}@x.example" for number in range(1000)),
    ],
    ids=["two", "semicolon", "header", "quoted", "named", "long", "literal", "nul", "not ASCII", "thousand"],
)
def test_only_one_plain_address_is_taken(
    desk: Browser, site: Site, organisation: Organisation, address: str
) -> None:
    """F-12, X-04."""
    with pytest.raises(Unacceptable):
        check_address(address)
    answer = desk.post(
        f"/discs/{a_disc(site, organisation)}/share", purpose="appointment", channel="mail", email=address
    )
    assert answer.status_code == 400
    assert letters(site) == []


@pytest.mark.parametrize(
    "words", ["Clinic\r\nBcc: x@y.example", "{{7*7}}", "<script>alert(1)</script>", "a\u202eb\x1b[31m"]
)
def test_free_text_stays_text_and_adds_no_header(words: str) -> None:
    """X-04."""
    letter = Outgoing("a@x.example", f"A secure link from {words}", words, sender=words)
    head, _, body = compose(letter, "links@hospital.example", NOW).partition(b"\r\n\r\n")
    names = [line.partition(b":")[0] for line in head.split(b"\r\n") if line[:1] not in (b" ", b"\t")]
    assert sorted(names) == sorted(set(names))
    assert b"Bcc" not in names
    assert b"49" not in body


def test_what_is_told_to_staff_has_its_address_on_a_line_of_its_own() -> None:
    address = f"https://links.hospital.example/shares/{'a' * 60}"
    said = f"{'Somebody asks for a new link. ' * 5}\n\n{address}\n"
    message = message_from_bytes(
        compose(Outgoing("a@x.example", "s", said), "l@x.example", NOW), policy=default
    )
    lines = message.get_content().splitlines()
    assert lines[-2:] == ["", address]
    assert [line for line in lines if len(line) > 78 and line != address] == []


def test_html_in_what_staff_wrote_is_inert(
    desk: Browser, site: Site, organisation: Organisation, postbox: Postbox
) -> None:
    """X-04."""
    send(desk, site, organisation, reference="<b>{{7*7}}</b>")
    post(site)
    html = postbox.messages[0].get_body(("html",))
    plain = postbox.messages[0].get_body(("plain",))
    assert html
    assert plain
    assert "&lt;b&gt;{{7*7}}&lt;/b&gt;" in html.get_content()
    assert "<b>{{7*7}}</b>" in plain.get_content()
