"""Handing a message to a mail server (RFC 5321), by TLS unless the server is this very machine."""

import smtplib
import ssl
from ipaddress import ip_address
from typing import NamedTuple
from urllib.parse import parse_qs, unquote, urlsplit

from app.errors import Refused, VirtualCdError

PATIENCE_SECONDS = 20
PERMANENT = 500


class Unreachable(VirtualCdError):
    """The mail server does not answer or has no time: worth another try."""


class Bounced(Refused):
    """The mail server will never take this."""


class Server(NamedTuple):
    """A mail server, as ``VCD_SMTP_URL`` names it."""

    host: str
    port: int
    implicit_tls: bool
    user: str
    password: str
    sender: str | None

    @classmethod
    def of(cls, url: str) -> "Server":
        """Read ``smtp://user:password@host:587?from=address`` (STARTTLS) or ``smtps://…`` (TLS at once)."""
        parts = urlsplit(url)
        implicit = parts.scheme == "smtps"
        return cls(
            parts.hostname or "localhost",
            parts.port or (465 if implicit else 587),
            implicit,
            unquote(parts.username or ""),
            unquote(parts.password or ""),
            next(iter(parse_qs(parts.query).get("from", [])), None),
        )

    @property
    def is_here(self) -> bool:
        """Tell whether the server is on this machine: then nothing travels that TLS would protect."""
        try:
            return ip_address(self.host).is_loopback
        except ValueError:
            return self.host == "localhost"


def deliver(server: Server, message: bytes, sender: str, to: str) -> None:
    """Hand over one message to one recipient. Raises Unreachable, Bounced; the texts are for staff."""
    try:
        with _connect(server) as connection:
            if server.user:
                connection.login(server.user, server.password)
            connection.sendmail(sender, [to], message)
    except smtplib.SMTPRecipientsRefused as why:
        raise _refusal(min(code for code, _ in why.recipients.values())) from None
    except smtplib.SMTPResponseException as why:
        raise _refusal(why.smtp_code) from None
    except (smtplib.SMTPException, OSError):
        raise Unreachable("The mail server does not answer. Virtual CD tries again by itself.") from None


def _connect(server: Server) -> smtplib.SMTP:
    context = ssl.create_default_context()
    if server.implicit_tls:
        return smtplib.SMTP_SSL(server.host, server.port, timeout=PATIENCE_SECONDS, context=context)
    connection = smtplib.SMTP(server.host, server.port, timeout=PATIENCE_SECONDS)
    try:
        connection.ehlo()
        if connection.has_extn("starttls") or not server.is_here:
            connection.starttls(context=context)
    except BaseException:
        connection.close()
        raise
    return connection


def _refusal(code: int) -> VirtualCdError:
    if code >= PERMANENT:
        return Bounced(f"The mail server refused it (code {code}). Check the address.")
    return Unreachable(f"The mail server has no time (code {code}). Virtual CD tries again by itself.")
