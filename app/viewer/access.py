"""One instance of a share, for the routes that serve its bytes: asked anew for every request."""

from sqlalchemy import func, select
from sqlalchemy.orm import Session, contains_eager, defer

from app.errors import NotFound
from app.shares.models import ShareInstance, ShareVersion
from app.studies.models import Instance, Series


def shared_instance(session: Session, share_id: str, instance_id: str) -> Instance:
    """Return an instance of the share's newest version with its study, without its header facts.

    Raises NotFound for every other instance, whether it exists or not.
    """
    newest = select(func.max(ShareVersion.number)).where(ShareVersion.share_id == share_id).scalar_subquery()
    instance = session.scalars(
        select(Instance)
        .join(Instance.series)
        .join(Series.study)
        .join(ShareInstance, ShareInstance.instance_id == Instance.id)
        .join(ShareVersion, ShareVersion.id == ShareInstance.version_id)
        .where(Instance.id == instance_id, ShareVersion.share_id == share_id, ShareVersion.number == newest)
        .options(defer(Instance.facts), contains_eager(Instance.series).contains_eager(Series.study))
    ).one_or_none()
    if instance is None:
        raise NotFound("There is no such picture.")
    return instance
