"""Word to staff that something they asked for has arrived: once a disc, without a patient's name."""

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session, joinedload

from app.accounts.models import User
from app.mail import Mailroom, Outgoing
from app.requests.models import Delivery, UploadRequest
from app.shares.notices import FRESH, staff_addresses
from app.studies.models import Disc, DiscState

ARRIVED = "arrived"
SUBJECT = "Images that you asked for have arrived"


def tell_arrivals(session: Session, base_url: str, now: datetime) -> int:
    """Queue letters about discs that wait to be accepted; return how many. Nothing without a mail server."""
    post: Mailroom = session.info["mail"]
    if not post.sends:
        return 0
    waiting = (
        select(Delivery)
        .join(Delivery.disc)
        .where(
            Delivery.told_at.is_(None),
            Disc.waiting_since.is_not(None),
            Disc.deleted_at.is_(None),
            Disc.received_at >= now - FRESH,
            Disc.state.not_in((DiscState.RECEIVING, DiscState.INGESTING)),
        )
        .options(joinedload(Delivery.request).joinedload(UploadRequest.organisation))
    )
    return sum(_tell(session, post, delivery, base_url, now) for delivery in session.scalars(waiting).all())


def _tell(session: Session, post: Mailroom, delivery: Delivery, base_url: str, now: datetime) -> int:
    request = delivery.request
    delivery.told_at = now
    owner = session.get(User, request.created_by) if request.created_by else None
    to = staff_addresses(request.organisation, owner)
    for address in to:
        post.queue(
            session,
            Outgoing(address, SUBJECT, _text(delivery, base_url), sender=request.organisation.name),
            kind=ARRIVED,
            organisation_id=request.organisation_id,
            key_id=delivery.key_id,
            now=now,
        )
    return len(to)


def _text(delivery: Delivery, base_url: str) -> str:
    request = delivery.request
    about = [f"Asked: {request.asked}"]
    about += [f"Reference: {request.reference}"] if request.reference else []
    see = "They wait until somebody accepts or refuses them:"
    return "\n".join([f"{SUBJECT}.", *about, "", see, f"{base_url}/discs/{delivery.disc_id}"]) + "\n"
