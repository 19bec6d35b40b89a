"""A message (RFC 5322): one recipient, a fixed sender, no line break where a header could begin."""

import unicodedata
from datetime import datetime
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime, make_msgid
from textwrap import fill
from typing import NamedTuple

from email_validator import EmailNotValidError, validate_email

from app.errors import Unacceptable

LONGEST_ADDRESS = 254
LONGEST_SUBJECT = 160
LONGEST_LINE = 76


class Outgoing(NamedTuple):
    """What somebody is told by e-mail."""

    to: str
    subject: str
    text: str
    html: str | None = None
    sender: str = ""
    """Whose name stands before our address: the hospital's."""
    reply_to: str | None = None


def check_address(typed: str) -> str:
    """Return one plain e-mail address. Raises Unacceptable for a list, a quoted name, a control character."""
    try:
        found = validate_email(typed.strip(), check_deliverability=False, globally_deliverable=False)
    except EmailNotValidError:
        raise Unacceptable("That is not an e-mail address.") from None
    if found.ascii_email is None or len(found.ascii_email) > LONGEST_ADDRESS:
        raise Unacceptable("That is not an e-mail address that every mail server takes.")
    return found.ascii_email.lower()


def compose(letter: Outgoing, from_address: str, now: datetime) -> bytes:
    """Return the message as it is sent. Raises Unacceptable for an address that is none."""
    host = from_address.rpartition("@")[2]
    message = EmailMessage(policy=SMTP)
    message["From"] = Address(one_line(letter.sender), addr_spec=from_address)
    message["To"] = Address(addr_spec=check_address(letter.to))
    message["Subject"] = one_line(letter.subject)[:LONGEST_SUBJECT]
    message["Date"] = format_datetime(now)
    message["Message-ID"] = make_msgid(domain=host)
    message["Auto-Submitted"] = "auto-generated"
    if letter.reply_to:
        message["Reply-To"] = Address(addr_spec=check_address(letter.reply_to))
    message.set_content(wrapped(letter.text))
    if letter.html is not None:
        message.add_alternative(letter.html, subtype="html")
    return message.as_bytes()


def wrapped(text: str) -> str:
    """Return ``text`` with no line longer than mail clients show (RFC 5322, 2.1.1), but for addresses."""
    lines = (
        fill(line, LONGEST_LINE, break_long_words=False, break_on_hyphens=False) for line in text.splitlines()
    )
    return "\n".join(lines) + "\n"


def one_line(text: str) -> str:
    """Return ``text`` without line breaks and control or direction marks: nothing in it begins a header."""
    spaced = " ".join(text.split())
    return "".join(c for c in spaced if unicodedata.category(c) not in ("Cc", "Cf"))
