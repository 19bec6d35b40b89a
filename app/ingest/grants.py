"""Leave to send files to one disc: a secret that outlives the page's login, and opens nothing else."""

import hashlib
import secrets
from datetime import datetime, timedelta

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from app.accounts.models import User
from app.errors import NotFound
from app.ingest.limits import UPLOAD_HOURS
from app.ingest.models import UploadGrant
from app.studies.models import Disc


def grant_upload(
    session: Session, disc: Disc, *, created_by: str | None, asked_key_id: str | None = None, now: datetime
) -> str:
    """Return a new secret that lets its holder send files to the disc, for 24 hours."""
    secret = secrets.token_urlsafe(32)
    session.add(
        UploadGrant(
            organisation_id=disc.organisation_id,
            disc_id=disc.id,
            secret_hash=_hash(secret),
            created_by=created_by,
            asked_key_id=asked_key_id,
            created_at=now,
            expires_at=now + timedelta(hours=UPLOAD_HOURS),
        )
    )
    session.flush()
    return secret


def find_grant(session: Session, secret: str, disc_id: str, now: datetime) -> UploadGrant:
    """Return the grant behind a secret.

    Raises NotFound when it is unknown, over, for another disc, or of somebody whose access has ended.
    """
    held = select(UploadGrant).where(UploadGrant.secret_hash == _hash(secret), UploadGrant.disc_id == disc_id)
    grant = session.scalars(held).one_or_none()
    if grant is None or grant.ended_at or grant.expires_at <= now:
        raise NotFound("There is no such upload.")
    if grant.created_by and session.get_one(User, grant.created_by).disabled_at:
        raise NotFound("There is no such upload.")
    return grant


def end_grants(session: Session, disc: Disc, now: datetime) -> None:
    """End every leave to send files to the disc."""
    running = update(UploadGrant).where(UploadGrant.disc_id == disc.id, UploadGrant.ended_at.is_(None))
    session.execute(running.values(ended_at=now))


def _hash(secret: str) -> str:
    return hashlib.sha256(secret.encode("utf-8", "replace")).hexdigest()
