"""What came after a share was made, and is added to it when somebody says so: never by itself.

It makes the share's next version: what the one before showed, and what was chosen. Who holds the link sees it
from the next request on, marked as new; a copy that they took before is not the latest any more.
"""

from collections.abc import Collection
from datetime import datetime
from typing import Any

from sqlalchemy import insert, select
from sqlalchemy.orm import Session

from app.audit import Action, Actor, record
from app.errors import Refused, Unacceptable
from app.shares.edition import check_edition
from app.shares.models import Share, ShareAttachment, ShareInstance, ShareVersion
from app.shares.queries import find_share
from app.shares.scope import next_version
from app.shares.states import ENDED, state_of
from app.studies.models import Attachment, AttachmentKind, DiscFile, Instance, Series


def not_shown_yet(session: Session, share: Share) -> list[Attachment]:
    """Return the reports and photos of the share's studies that its newest version does not show."""
    if not share.versions:
        return []
    newest = share.versions[-1].id
    studies = (
        select(Series.study_id)
        .join(Instance, Instance.series_id == Series.id)
        .join(ShareInstance, ShareInstance.instance_id == Instance.id)
        .where(ShareInstance.version_id == newest)
    )
    shown = select(ShareAttachment.attachment_id).where(ShareAttachment.version_id == newest)
    wanted = (
        select(Attachment)
        .join(Attachment.file)
        .where(Attachment.study_id.in_(studies), Attachment.id.not_in(shown))
        .order_by(DiscFile.number)
    )
    return list(session.scalars(wanted))


def add_attachments(
    session: Session,
    organisation_id: str,
    share_id: str,
    chosen: Collection[str],
    *,
    seen: str | None = None,
    by: Actor,
    created_by: str | None,
    now: datetime,
) -> ShareVersion:
    """Make a version that shows the chosen reports and photos too; ``seen`` is the edition decided from.

    Raises NotFound, Outdated, Unacceptable when none is chosen that could be; Refused for a share that ended.
    """
    share = find_share(session, organisation_id, share_id, lock=True)
    check_edition(share, seen)
    if state_of(share, now) in ENDED:
        raise Refused("This link has ended. Renew it first.")
    added = [one for one in not_shown_yet(session, share) if one.id in chosen]
    if not added:
        raise Unacceptable("Choose a report or photo that this link does not show yet.")
    before = share.versions[-1].id
    version = next_version(session, share, created_by, now)
    for table, column in (
        (ShareInstance, ShareInstance.instance_id),
        (ShareAttachment, ShareAttachment.attachment_id),
    ):
        kept = select(column).where(table.version_id == before)
        rows = [{"version_id": version.id, column.key: found} for found in session.scalars(kept)]
        if rows:
            session.execute(insert(table), rows)
    session.execute(
        insert(ShareAttachment), [{"version_id": version.id, "attachment_id": one.id} for one in added]
    )
    record(
        session,
        Action.SHARE_VERSION_ADDED,
        by,
        now,
        organisation_id=share.organisation_id,
        disc_id=share.disc_id,
        share_id=share.id,
        version=version.number,
        attachment_ids=[one.id for one in added],
        **_counts(added),
    )
    return version


def _counts(added: Collection[Attachment]) -> dict[str, Any]:
    reports = sum(one.kind == AttachmentKind.REPORT for one in added)
    return {"reports": reports, "photos": len(added) - reports}


def new_in(session: Session, version_id: str) -> set[str]:
    """Return the ids of what a version shows and the first one did not."""
    share_id = select(ShareVersion.share_id).where(ShareVersion.id == version_id).scalar_subquery()
    first = (
        select(ShareAttachment.attachment_id)
        .join(ShareVersion, ShareVersion.id == ShareAttachment.version_id)
        .where(ShareVersion.share_id == share_id, ShareVersion.number == 1)
    )
    shown = select(ShareAttachment.attachment_id).where(
        ShareAttachment.version_id == version_id, ShareAttachment.attachment_id.not_in(first)
    )
    return set(session.scalars(shown))
