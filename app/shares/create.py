"""Making a share: checked, snapshotted, given its first key, written to the audit log."""

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.audit import Action, Actor
from app.errors import NeedsReview, NotFound, Refused, Unacceptable
from app.shares.cut import CutKey
from app.shares.keys import make_key
from app.shares.logged import record_of
from app.shares.models import Share
from app.shares.orders import KeyOrder, NewKey, Order, check_order
from app.shares.reasons import expected_of, lasting_reason, person_of
from app.shares.resemblance import Person, resembles
from app.shares.scope import choose, take_snapshot
from app.studies.models import Disc, DiscState


def create(
    session: Session,
    cut: CutKey,
    organisation_id: str,
    order: Order,
    *,
    by: Actor,
    created_by: str | None,
    now: datetime,
) -> NewKey:
    """Make a share and its first key. While the disc still arrives the share waits and opens by itself.

    An order with ``released_because`` shares a disc that waits for a decision, in an emergency: whom staff
    expected and whom the disc names then both stand on all that is shown.

    Raises NotFound for a disc, patient or study that is not there; NeedsReview when a person must decide
    about the disc first; Refused when it failed, is blocked, or several patients would be shared;
    Unacceptable when a part of the order is out of range.
    """
    check_order(order, now)
    disc = _disc_to_share(session, organisation_id, order)
    share = _new_share(order, disc, created_by, now)
    share.released_because = lasting_reason(session, disc, order.released_because) or None
    session.add(share)
    session.flush()
    instances = 0
    if disc.state in (DiscState.READY, DiscState.NEEDS_REVIEW):
        scope = choose(session, disc.id, order.patient_key, order.study_uids, order.series_uids)
        _check_reference(order.reference, person_of(scope.patient))
        instances = take_snapshot(session, share, scope, created_by, now)
    else:
        _check_reference(order.reference, expected_of(disc))
    record_of(
        session,
        Action.SHARE_CREATED,
        share,
        by,
        now,
        purpose=share.purpose,
        allow=share.allow,
        instances=instances,
        expires_at=share.expires_at.isoformat(),
    )
    if share.released_because:
        record_of(
            session,
            Action.DISC_RELEASED,
            share,
            by,
            now,
            reasons=[reason["code"] for reason in disc.review_reasons],
            because=share.released_because,
        )
    key = KeyOrder(cut, order.channel, by, created_by, now, order.checked_email(), order.factor)
    return make_key(session, share, key)


def _disc_to_share(session: Session, organisation_id: str, order: Order) -> Disc:
    wanted = select(Disc).where(Disc.id == order.disc_id, Disc.organisation_id == organisation_id)
    # Locked: a disc that becomes ready now either sees this share waiting or is seen ready by it.
    disc = session.scalars(wanted.with_for_update()).one_or_none()
    if disc is None or disc.deleted_at:
        raise NotFound("There is no such disc.")
    if disc.waiting_since:
        raise NeedsReview("This disc lies in the waiting room: somebody must first accept it.")
    if disc.blocked_at:
        raise Refused("This disc was stopped: nothing on it may be shared.")
    if disc.state == DiscState.FAILED:
        raise Refused("There is nothing to share: no images were found on this disc.")
    if order.released_because and disc.state != DiscState.NEEDS_REVIEW:
        raise Refused("This disc needs no emergency release: share it as usual.")
    if disc.state == DiscState.NEEDS_REVIEW and not order.released_because:
        raise NeedsReview("Somebody must first decide about this disc.")
    return disc


def _new_share(order: Order, disc: Disc, created_by: str | None, now: datetime) -> Share:
    studies = None if order.study_uids is None else list(order.study_uids)
    series = None if order.series_uids is None else list(order.series_uids)
    return Share(
        organisation_id=disc.organisation_id,
        disc=disc,
        purpose=order.purpose,
        scope={"patient_key": order.patient_key, "study_uids": studies, "series_uids": series},
        allow=sorted({str(right) for right in order.allow}),
        include_report=order.include_report,
        recipient=order.recipient.strip(),
        reference=order.reference.strip(),
        given_to=order.given_to,
        identity_checked=order.identity_checked,
        visit_on=order.visit_on,
        language=order.language,
        call_back=order.call_back.strip() or None,
        max_uses=order.max_uses,
        created_by=created_by,
        created_at=now,
        expires_at=order.expires_at,
    )


def _check_reference(reference: str, person: Person) -> None:
    if resembles(reference, person):
        raise Unacceptable(
            "The reference can be read before the PIN: leave out the patient's name, birth date and ID."
        )
