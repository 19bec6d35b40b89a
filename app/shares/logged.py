"""What happens to a share stands in its organisation's log beside its disc."""

from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from app.audit import Action, Actor, record
from app.shares.models import Share


def record_of(
    session: Session, action: Action, share: Share, by: Actor, now: datetime, **details: Any
) -> None:
    """Append an entry about ``share``; ``details`` as of ``app.audit.record``, ``key_id`` too."""
    record(
        session,
        action,
        by,
        now,
        organisation_id=share.organisation_id,
        disc_id=share.disc_id,
        share_id=share.id,
        **details,
    )
