"""Files that need not be sent, because the organisation holds their bytes already."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import exists, select, update
from sqlalchemy.orm import Session

from app.studies.holding import hold_originals
from app.studies.models import Disc, DiscFile, Original


def take_held(session: Session, disc: Disc, numbers: Sequence[int], now: datetime) -> list[int]:
    """Count announced files as arrived whose bytes the organisation holds; return the numbers of all such.

    A hash is no proof that the sender has the bytes: only for staff, who may see them anyway.
    """
    hold_originals(session, disc.organisation_id)
    here = (DiscFile.disc_id == disc.id, DiscFile.number.in_(numbers))
    kept = exists().where(
        Original.organisation_id == DiscFile.organisation_id,
        Original.sha256 == DiscFile.announced_sha256,
        Original.size == DiscFile.size,
    )
    awaited = (DiscFile.received_at.is_(None), DiscFile.verdict.is_(None))
    session.execute(
        update(DiscFile)
        .where(*here, *awaited, kept)
        .values(held=True, received_at=now)
        .execution_options(synchronize_session=False)
    )
    return list(
        session.scalars(select(DiscFile.number).where(*here, DiscFile.held).order_by(DiscFile.number))
    )
