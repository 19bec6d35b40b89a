"""A request that has ended stays ended whatever clocks say later, as a share does (``app.shares.ending``)."""

from datetime import datetime

from sqlalchemy import true, update
from sqlalchemy.orm import Session

from app.requests.models import UploadRequest


def keep_ends(session: Session, now: datetime, request_id: str | None = None) -> None:
    """Store that a request's time is over; of one, or of all."""
    which = UploadRequest.id == request_id if request_id else true()
    over = update(UploadRequest).where(
        which, UploadRequest.ended_at.is_(None), UploadRequest.expires_at <= now
    )
    session.execute(over.values(ended_at=now))
