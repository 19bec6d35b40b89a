"""Finding shares, keys and what a share shows."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session, contains_eager, joinedload, selectinload

from app.errors import NotFound
from app.shares import codes
from app.shares.models import Share, ShareAttachment, ShareInstance, ShareKey, ShareVersion
from app.shares.token import LinkSigner, link_hash
from app.studies.models import Attachment, DiscFile, DisplayState, Instance, Series, Study

_WITH_KEYS = (joinedload(Share.disc), selectinload(Share.keys), selectinload(Share.versions))


def find_share(session: Session, organisation_id: str, share_id: str, *, lock: bool = False) -> Share:
    """Return a share with its keys and versions; locked, nobody else changes it until the deed is done.

    Raises NotFound, for another organisation's too.
    """
    wanted = select(Share).where(Share.id == share_id, Share.organisation_id == organisation_id)
    if lock:
        session.execute(wanted.with_only_columns(Share.id).with_for_update())
    share = session.scalars(wanted.options(*_WITH_KEYS)).one_or_none()
    if share is None:
        raise NotFound("There is no such link.")
    return share


def list_shares(
    session: Session, organisation_id: str, disc_id: str | None = None, limit: int = 200
) -> list[Share]:
    """Return an organisation's shares, or those of one disc, with keys and versions, the newest first."""
    wanted = select(Share).where(Share.organisation_id == organisation_id)
    if disc_id is not None:
        wanted = wanted.where(Share.disc_id == disc_id)
    newest = wanted.order_by(Share.created_at.desc(), Share.id).limit(limit)
    return list(session.scalars(newest.options(*_WITH_KEYS)))


def load_shares(session: Session, share_ids: Sequence[str]) -> list[Share]:
    """Return shares with disc, keys and versions, in the order of their ids."""
    found = {
        share.id: share
        for share in session.scalars(select(Share).where(Share.id.in_(share_ids)).options(*_WITH_KEYS))
    }
    return [found[share_id] for share_id in share_ids]


def find_key(session: Session, signer: LinkSigner, token: str, now: datetime) -> ShareKey:
    """Return the key that a link's token, or the ticket for a typed code, names.

    Raises NotFound for what we never signed or do not know, TicketLapsed for a ticket that is too old.
    """
    try:
        wanted = ShareKey.link_hash == link_hash(signer.read(token))
    except NotFound:
        wanted = ShareKey.id == signer.read_ticket(token, now)
    return _one_key(session, wanted)


def find_key_by_code(session: Session, signer: LinkSigner, code: str) -> ShareKey:
    """Return the key of a short code as ``codes.read_code`` returns it. Raises NotFound."""
    return _one_key(session, ShareKey.code_hash.in_(signer.keyed_hashes(codes.PURPOSE, code)))


def _one_key(session: Session, wanted: object) -> ShareKey:
    found = select(ShareKey).where(wanted)  # type: ignore[arg-type]
    share = joinedload(ShareKey.share)
    loaded = found.options(
        share.joinedload(Share.disc), share.joinedload(Share.organisation), share.selectinload(Share.versions)
    )
    key = session.scalars(loaded).one_or_none()
    if key is None:
        raise NotFound("There is no such link.")
    return key


def all_displayed(session: Session, version_id: str) -> bool:
    """Tell whether nothing that a version shows waits to be made ready for display."""
    waiting = (
        select(Instance.id)
        .join(ShareInstance, ShareInstance.instance_id == Instance.id)
        .where(ShareInstance.version_id == version_id, Instance.display_state == DisplayState.PENDING)
    )
    return session.scalars(waiting.limit(1)).first() is None


def shared_instances(session: Session, share: Share, version_id: str | None = None) -> list[Instance]:
    """Return what the share's newest version shows, in display order, with series, study, patient, original.

    ``version_id`` asks for that version instead, so that nothing newer can slip in between two looks.
    Order: newest study first, then by Series Number (0020,0011) and Instance Number (0020,0013).
    """
    newest = (
        select(ShareVersion.id)
        .where(ShareVersion.share_id == share.id)
        .order_by(ShareVersion.number.desc())
        .limit(1)
        .scalar_subquery()
    )
    wanted = (
        select(Instance)
        .join(ShareInstance, ShareInstance.instance_id == Instance.id)
        .where(ShareInstance.version_id == (version_id or newest))
        .join(Instance.series)
        .join(Series.study)
        .join(Study.patient)
        .options(
            contains_eager(Instance.series).contains_eager(Series.study).contains_eager(Study.patient),
            selectinload(Instance.original),
        )
        .order_by(
            Study.date.desc(),
            Study.time.desc(),
            Study.study_uid,
            Series.number.nulls_last(),
            Series.series_uid,
            Instance.number.nulls_last(),
            Instance.instance_uid,
            Instance.id,
        )
    )
    return list(session.scalars(wanted))


def shared_attachments(session: Session, version_id: str) -> list[Attachment]:
    """Return what a version shows besides instances, with study and original, in the order it came in."""
    wanted = (
        select(Attachment)
        .join(ShareAttachment, ShareAttachment.attachment_id == Attachment.id)
        .where(ShareAttachment.version_id == version_id)
        .join(Attachment.file)
        .options(joinedload(Attachment.study), joinedload(Attachment.original))
        .order_by(DiscFile.number, Attachment.id)
    )
    return list(session.scalars(wanted))
