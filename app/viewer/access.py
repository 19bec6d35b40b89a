"""One instance or attachment of a share, for the routes that serve bytes: asked anew for every request."""

from sqlalchemy import ScalarSelect, func, select
from sqlalchemy.orm import Session, contains_eager, defer, joinedload

from app.errors import NotFound
from app.shares.models import ShareAttachment, ShareInstance, ShareVersion
from app.studies.models import Attachment, Instance, Series


def shared_instance(session: Session, share_id: str, instance_id: str) -> Instance:
    """Return an instance of the share's newest version with its study, without its header facts.

    Raises NotFound for every other instance, whether it exists or not.
    """
    instance = session.scalars(
        select(Instance)
        .join(Instance.series)
        .join(Series.study)
        .join(ShareInstance, ShareInstance.instance_id == Instance.id)
        .join(ShareVersion, ShareVersion.id == ShareInstance.version_id)
        .where(
            Instance.id == instance_id,
            ShareVersion.share_id == share_id,
            ShareVersion.number == _newest(share_id),
        )
        .options(defer(Instance.facts), contains_eager(Instance.series).contains_eager(Series.study))
    ).one_or_none()
    if instance is None:
        raise NotFound("There is no such picture.")
    return instance


def shared_attachment(session: Session, share_id: str, attachment_id: str) -> Attachment:
    """Return an attachment of the share's newest version with study and original.

    Raises NotFound for every other one, whether it exists or not.
    """
    attachment = session.scalars(
        select(Attachment)
        .join(ShareAttachment, ShareAttachment.attachment_id == Attachment.id)
        .join(ShareVersion, ShareVersion.id == ShareAttachment.version_id)
        .where(
            Attachment.id == attachment_id,
            ShareVersion.share_id == share_id,
            ShareVersion.number == _newest(share_id),
        )
        .options(joinedload(Attachment.study), joinedload(Attachment.original))
    ).one_or_none()
    if attachment is None or attachment.study is None:
        raise NotFound("There is no such report or photo.")
    return attachment


def _newest(share_id: str) -> ScalarSelect[int]:
    return select(func.max(ShareVersion.number)).where(ShareVersion.share_id == share_id).scalar_subquery()
