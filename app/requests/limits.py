"""How much may come in by requests: of one, and of all that an organisation has out.

They keep strangers from taking the room that staff need. docs/configuration.md tells people.
"""

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app.errors import Refused, TooLarge
from app.ingest.limits import MAX_DISC_BYTES
from app.ingest.models import UploadGrant
from app.ingest.quotas import FULL, check_kept
from app.requests.models import Delivery, UploadRequest
from app.requests.states import Standing, standing
from app.studies.models import Disc, DiscFile, DiscState

MOST_DISCS = 20
MOST_BYTES = 5 * MAX_DISC_BYTES
OPEN_AT_ONCE = 2
"""Uploads of one request that are open at a time."""
TRIES = 10
"""How many uploads beyond what was asked for may be begun: broken off, unreadable or refused ones."""
RESUMED = 100
"""How often one upload may be gone on with."""
OPEN_OF_ORGANISATION = 20
WAITING_OF_ORGANISATION = 100
BYTES_OF_ORGANISATION = 100 << 30


def check_upload(session: Session, request: UploadRequest) -> None:
    """Raise Refused when no further upload may be begun by the request now."""
    standings = [standing(delivery) for delivery in request.deliveries]
    if standings.count(Standing.ARRIVING) >= OPEN_AT_ONCE:
        raise Refused("Another upload is still going on. Let it end first.")
    if len(standings) >= request.max_discs + TRIES:
        raise Refused("Too many uploads were begun with this link. Please call.")
    lying = [
        Disc.organisation_id == request.organisation_id,
        Disc.waiting_since.is_not(None),
        Disc.deleted_at.is_(None),
    ]
    waiting = session.scalar(select(func.count()).where(*lying)) or 0
    arriving = session.scalar(select(func.count()).where(*lying, Disc.state == DiscState.RECEIVING)) or 0
    if waiting >= WAITING_OF_ORGANISATION or arriving >= OPEN_OF_ORGANISATION:
        raise Refused(FULL)
    try:
        check_kept(session, request.organisation_id)
    except TooLarge:
        raise Refused(FULL) from None


def check_resume(session: Session, disc: Disc) -> None:
    """Raise Refused when an upload was gone on with so often that nobody means to end it."""
    granted = session.scalar(select(func.count()).where(UploadGrant.disc_id == disc.id)) or 0
    if granted > RESUMED:
        raise Refused("Too many uploads were begun with this link. Please call.")


def check_room(session: Session, disc: Disc) -> None:
    """Raise TooLarge when what was announced for a disc is more than its request, or the house, may take.

    Called after announcing, in the same deed: requests of an organisation take turns.
    """
    request = session.scalars(
        select(UploadRequest)
        .join(Delivery, Delivery.request_id == UploadRequest.id)
        .where(Delivery.disc_id == disc.id)
        .with_for_update(of=UploadRequest)
    ).one()
    announced = select(func.coalesce(func.sum(DiscFile.size), 0)).join(Disc, Disc.id == DiscFile.disc_id)
    own = announced.join(Delivery, Delivery.disc_id == Disc.id).where(Delivery.request_id == request.id)
    if int(session.scalar(own) or 0) > request.max_bytes:
        raise TooLarge("This is more than was asked for. Leave something out, or call.")
    waiting = announced.where(
        Disc.organisation_id == disc.organisation_id,
        Disc.waiting_since.is_not(None),
        Disc.purged_at.is_(None),
    )
    if int(session.scalar(waiting) or 0) > BYTES_OF_ORGANISATION:
        raise TooLarge(FULL)
