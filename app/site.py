"""The parts of a running product, built once and handed to the rims."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from app.accounts.second_factor import SecondFactors
from app.audit import AuditLog
from app.config import Config
from app.db import Sessions, make_engine
from app.jobs import JobQueue
from app.jobs.lease import LeaseQueue
from app.mail import Mailroom
from app.shares.token import LinkSigner
from app.signing import DocumentSigner
from app.storage import ObjectStore
from app.storage.local import LocalStore

EXTENSION = "virtual-cd"
"""Under this name the rims keep the site in a Flask application's extensions."""


def utc_now() -> datetime:
    """Return the time, aware, in UTC."""
    return datetime.now(UTC)


@dataclass(frozen=True)
class Site:
    """Everything that a rim needs to call a feature."""

    config: Config
    sessions: Sessions
    store: ObjectStore
    signer: LinkSigner
    request_signer: LinkSigner
    documents: DocumentSigner
    jobs: JobQueue
    mail: Mailroom
    second_factors: SecondFactors
    clock: Callable[[], datetime] = utc_now

    def now(self) -> datetime:
        """Return the time by the site's clock."""
        return self.clock()

    @classmethod
    def build(cls, config: Config, clock: Callable[[], datetime] = utc_now) -> "Site":
        """Build the parts that ``config`` asks for. Opens no connection yet."""
        riding: dict[str, Any] = {"audit": AuditLog(config.secret_keys)}
        sessions = Sessions(make_engine(config.database_url), riding)
        riding["jobs"] = jobs = LeaseQueue(sessions)
        riding["mail"] = mail = Mailroom(config, jobs)
        return cls(
            config=config,
            sessions=sessions,
            store=make_store(config.storage_url),
            signer=LinkSigner(config.secret_keys),
            request_signer=LinkSigner(config.secret_keys, leads_to="request"),
            documents=DocumentSigner(config.secret_keys),
            jobs=jobs,
            mail=mail,
            second_factors=SecondFactors(config.secret_keys),
            clock=clock,
        )


def make_store(url: str) -> ObjectStore:
    """Return the store that ``url`` names: ``file:///folder`` or ``s3://bucket/prefix?endpoint=…&region=…``."""
    parts = urlsplit(url)
    if parts.scheme == "file":
        return LocalStore(Path(parts.path))
    from app.storage.s3 import S3Store  # noqa: PLC0415 - boto3 costs every embedded process 0.2 s and 20 MB

    return S3Store.from_url(url)
