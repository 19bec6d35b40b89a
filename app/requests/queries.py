"""Finding requests, their keys, visits, and what came in by them."""

from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session, joinedload, selectinload
from sqlalchemy.orm.interfaces import ORMOption
from sqlalchemy.orm.strategy_options import _AbstractLoad

from app.errors import NotFound
from app.requests.models import Delivery, RequestKey, SenderVisit, UploadRequest
from app.shares import codes
from app.shares.token import LinkSigner, link_hash
from app.shares.visits import hash_of
from app.studies.models import Disc, DiscState

_ALL = (selectinload(UploadRequest.keys), selectinload(UploadRequest.deliveries).joinedload(Delivery.disc))


def find_request(
    session: Session, organisation_id: str, request_id: str, *, lock: bool = False
) -> UploadRequest:
    """Return a request with keys and deliveries; locked, nobody else changes it until the deed is done.

    Raises NotFound, for another organisation's too.
    """
    wanted = select(UploadRequest).where(
        UploadRequest.id == request_id, UploadRequest.organisation_id == organisation_id
    )
    if lock:
        session.execute(wanted.with_only_columns(UploadRequest.id).with_for_update())
    request = session.scalars(wanted.options(*_ALL)).one_or_none()
    if request is None:
        raise NotFound("There is no such request.")
    return request


def list_requests(session: Session, organisation_id: str, limit: int = 200) -> list[UploadRequest]:
    """Return an organisation's requests with keys and deliveries, the newest first."""
    wanted = select(UploadRequest).where(UploadRequest.organisation_id == organisation_id).limit(limit)
    newest = wanted.order_by(UploadRequest.created_at.desc(), UploadRequest.id)
    return list(session.scalars(newest.options(*_ALL)))


def find_key(session: Session, signer: LinkSigner, token: str, now: datetime) -> RequestKey:
    """Return the key that a link's token, or the ticket for a typed code, names.

    Raises NotFound for what we never signed or do not know, TicketLapsed for a ticket that is too old.
    """
    try:
        wanted = RequestKey.link_hash == link_hash(signer.read(token))
    except NotFound:
        wanted = RequestKey.id == signer.read_ticket(token, now)
    return _one_key(session, wanted)


def find_key_by_code(session: Session, signer: LinkSigner, code: str) -> RequestKey:
    """Return the key of a short code as ``codes.read_code`` returns it. Raises NotFound."""
    return _one_key(session, RequestKey.code_hash.in_(signer.keyed_hashes(codes.PURPOSE, code)))


def find_visit(session: Session, request_id: str, secret: str) -> SenderVisit:
    """Return the visit to a request that a cookie's secret stands for. Raises NotFound.

    The caller asks ``visits.has_ended``, and ``key_over`` of its key.
    """
    wanted = select(SenderVisit).where(
        SenderVisit.secret_hash == hash_of(secret), SenderVisit.request_id == request_id
    )
    request = joinedload(SenderVisit.key).joinedload(RequestKey.request)
    found = session.scalars(wanted.options(*_with_request(request))).one_or_none()
    if found is None:
        raise NotFound("There is no such link.")
    return found


def find_delivery(session: Session, disc: Disc) -> Delivery | None:
    """Return how a disc came in by a request, with it; None when it came another way."""
    wanted = select(Delivery).where(Delivery.disc_id == disc.id).options(joinedload(Delivery.request))
    return session.scalars(wanted).one_or_none()


def waiting_room(session: Session, organisation_id: str) -> list[Delivery]:
    """Return what waits to be accepted, the longest first; what still arrives comes last."""
    wanted = (
        select(Delivery)
        .join(Delivery.disc)
        .where(
            Disc.organisation_id == organisation_id,
            Disc.waiting_since.is_not(None),
            Disc.deleted_at.is_(None),
        )
        .order_by(Disc.received_at.nulls_last(), Disc.id)
    )
    return list(session.scalars(wanted.options(joinedload(Delivery.disc), joinedload(Delivery.request))))


def count_waiting(session: Session, organisation_id: str) -> int:
    """Return how many discs somebody must accept or refuse."""
    waiting = select(func.count()).where(
        Disc.organisation_id == organisation_id,
        Disc.waiting_since.is_not(None),
        Disc.deleted_at.is_(None),
        Disc.state.not_in((DiscState.RECEIVING, DiscState.INGESTING)),
    )
    return session.scalar(waiting) or 0


def _one_key(session: Session, wanted: object) -> RequestKey:
    found = select(RequestKey).where(wanted)  # type: ignore[arg-type]  # a column's comparison
    key = session.scalars(found.options(*_with_request(joinedload(RequestKey.request)))).one_or_none()
    if key is None:
        raise NotFound("There is no such link.")
    return key


def _with_request(request: _AbstractLoad) -> tuple[ORMOption, ...]:
    return (
        request.joinedload(UploadRequest.organisation),
        request.selectinload(UploadRequest.deliveries).joinedload(Delivery.disc),
        request.selectinload(UploadRequest.keys),
    )
