"""Who may send files to a disc: whoever shows its grant (``Authorization: Upload …``), logged in or not."""

from collections.abc import Iterator
from contextlib import contextmanager

from flask import request
from sqlalchemy.orm import Session

from app.audit.actor import Actor, ActorKind
from app.errors import NotFound
from app.ingest import receive
from app.ingest.models import UploadGrant
from app.studies import queries
from app.studies.models import Disc
from app.web.context import actor, site

SCHEME = "Upload "


@contextmanager
def granted(disc_id: str) -> Iterator[tuple[Session, Disc, UploadGrant]]:
    """Yield the disc that the shown grant is for, in a transaction. Raises NotFound."""
    with site().sessions.begin() as session:
        yield _shown(session, disc_id)


@contextmanager
def looking(disc_id: str) -> Iterator[tuple[Session, Disc, UploadGrant]]:
    """Yield the same to read only."""
    with site().sessions() as session:
        yield _shown(session, disc_id)


def require_grant(disc_id: str) -> None:
    """Raise NotFound unless a grant for the disc is shown."""
    with looking(disc_id):
        pass


def secret() -> str:
    """Return the secret that is shown."""
    header = request.headers.get("Authorization", "")
    if not header.startswith(SCHEME):
        raise NotFound("There is no such upload.")
    return header.removeprefix(SCHEME)


def uploader(grant: UploadGrant) -> Actor:
    """Return who sends, as the audit log knows them: a member of staff, or by which key of a request."""
    if grant.asked_key_id:
        return actor(ActorKind.VISITOR, grant.asked_key_id)
    return actor(ActorKind.STAFF, grant.created_by)


def _shown(session: Session, disc_id: str) -> tuple[Session, Disc, UploadGrant]:
    grant = receive.find_grant(session, secret(), disc_id, site().now())
    return session, queries.find_disc(session, grant.organisation_id, disc_id), grant
