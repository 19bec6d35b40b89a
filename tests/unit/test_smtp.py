"""Handing over to a mail server by TLS and with a login, through real servers."""

import ssl
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword, Session
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from app.mail.smtp import Bounced, Server, Unreachable, deliver
from tests.ports import free_port
from tests.postbox import Postbox

USER, PASSWORD = b"links", b"a pass:word @ with signs"
LOGIN = "links:a%20pass%3Aword%20%40%20with%20signs"
MESSAGE = b"Subject: Test\r\n\r\nA line.\r\n"


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Key and certificate of ``localhost``, in one file."""
    path = tmp_path_factory.mktemp("tls") / "localhost.pem"
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "localhost")])
    now = datetime.now(UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName("localhost")]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    path.write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )
        + made.public_bytes(serialization.Encoding.PEM)
    )
    return path


def _authenticate(
    server: SMTP, session: Session, envelope: Envelope, mechanism: str, data: LoginPassword
) -> AuthResult:
    return AuthResult(success=(data.login, data.password) == (USER, PASSWORD), handled=False)


@pytest.fixture(params=["smtp", "smtps"])
def server(request: pytest.FixtureRequest, certificate: Path) -> Iterator[tuple[str, Postbox]]:
    """A server that demands TLS, by STARTTLS or at once, and knows one login; its URL without the login."""
    box, port, context = Postbox(), free_port(), ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(certificate)
    tls: dict[str, Any] = (
        {"tls_context": context, "require_starttls": True, "auth_required": True}
        if request.param == "smtp"
        else {"ssl_context": context, "auth_require_tls": False}
    )
    controller = Controller(box, hostname="localhost", port=port, authenticator=_authenticate, **tls)
    controller.start()
    yield f"{request.param}://%s@localhost:{port}", box
    controller.stop()


def test_a_server_that_demands_tls_and_a_login_gets_both(
    server: tuple[str, Postbox], certificate: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    url, box = server
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
    deliver(Server.of(url % LOGIN), MESSAGE, "links@hospital.example", "reader@example.org")
    (envelope,) = box.envelopes
    assert envelope.rcpt_tos == ["reader@example.org"]
    assert envelope.mail_from == "links@hospital.example"


def test_a_wrong_login_is_told_as_refused(
    server: tuple[str, Postbox], certificate: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    url, box = server
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
    with pytest.raises(Bounced):
        deliver(Server.of(url % "links:wrong"), MESSAGE, "links@hospital.example", "reader@example.org")
    assert box.envelopes == []


def test_a_server_with_a_strangers_certificate_gets_nothing(server: tuple[str, Postbox]) -> None:
    url, box = server
    with pytest.raises(Unreachable):
        deliver(Server.of(url % LOGIN), MESSAGE, "links@hospital.example", "reader@example.org")
    assert box.envelopes == []
