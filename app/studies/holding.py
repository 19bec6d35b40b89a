"""Who may rely on an original: reading a disc and purging one take turns, organisation by organisation."""

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.accounts.models import Organisation


def hold_originals(session: Session, organisation_id: str) -> None:
    """Keep others from adding or purging originals of the organisation until this transaction ends.

    On SQLite a deed has the whole database to itself anyway.
    """
    session.execute(
        select(Organisation.id).where(Organisation.id == organisation_id).with_for_update(key_share=True)
    )
