"""What a request that is over need not keep: whom it was about, and the words that asked."""

from datetime import datetime, timedelta

from sqlalchemy import or_, update
from sqlalchemy.orm import Session

from app.requests.models import UploadRequest

KEPT = timedelta(days=30)
"""How long after its end a request still tells whose images were expected."""


def forget_ended(session: Session, now: datetime) -> None:
    """Erase the expected patient and what was asked from requests that ended 30 days ago."""
    over = or_(UploadRequest.expires_at <= now - KEPT, UploadRequest.revoked_at <= now - KEPT)
    session.execute(
        update(UploadRequest)
        .where(over, UploadRequest.wanted != "")
        .values(expected_name=None, expected_birth_date=None, expected_patient_id=None, wanted="")
        .execution_options(synchronize_session=False)
    )
