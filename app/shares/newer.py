"""What came after a share was made, and is added to it when somebody says so: never by itself.

It makes the share's next version: what the one before showed, and what was chosen. Who holds the link sees it
from the next request on, marked as new; a copy that they took before is not the latest any more.
"""

from collections.abc import Collection
from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import Select, func, insert, select
from sqlalchemy.orm import Session, contains_eager

from app.audit import Action, Actor
from app.dicom.uids import REPORT_CLASSES
from app.errors import Refused, Unacceptable
from app.shares.edition import check_edition
from app.shares.logged import record_of
from app.shares.models import Share, ShareAttachment, ShareInstance, ShareVersion
from app.shares.queries import find_share
from app.shares.scope import next_version
from app.shares.states import ENDED, state_of
from app.studies.models import Attachment, AttachmentKind, DiscFile, Instance, Series, Study


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


class LeftOut(NamedTuple):
    """A series, whose study is loaded, with how many of its images and of all its instances are not shown."""

    series: Series
    images: int
    instances: int


def series_not_shown(session: Session, share: Share) -> list[LeftOut]:
    """Return what the share's patient has on its disc and its newest version does not show, by series.

    It makes no difference why: left out at first, or arrived later. A share that waits lacks nothing.
    """
    if not share.versions:
        return []
    counts = _left_out(share).with_only_columns(
        Instance.series_id, func.count().filter(Instance.frames > 0), func.count()
    )
    found = {row[0]: row[1:] for row in session.execute(counts.group_by(Instance.series_id))}
    wanted = (
        select(Series)
        .join(Series.study)
        .where(Series.id.in_(found))
        .options(contains_eager(Series.study))
        .order_by(Study.date.desc(), Study.time.desc(), Study.study_uid, Series.number, Series.series_uid)
    )
    return [LeftOut(series, *found[series.id]) for series in session.scalars(wanted)]


def _left_out(share: Share) -> Select[Instance]:
    shown = select(ShareInstance.instance_id).where(ShareInstance.version_id == share.versions[-1].id)
    return (
        select(Instance)
        .join(Instance.series)
        .join(Series.study)
        .where(
            Study.disc_id == share.disc_id,
            Study.disc_patient_id == share.disc_patient_id,
            Instance.id.not_in(shown),
        )
    )


def add_to_share(
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
    """Make a version that shows the chosen reports, photos and series too, by their ids.

    Open visits see it at once. ``seen`` is the edition that was decided from. Raises NotFound,
    Outdated, Unacceptable when nothing is chosen that could be; Refused for a share that ended or waits.
    """
    share = find_share(session, organisation_id, share_id, lock=True)
    check_edition(share, seen)
    if state_of(share, now) in ENDED:
        raise Refused("This link has ended. Renew it first.")
    if not share.versions:
        raise Refused("The disc is still being checked. The link then shows by itself all that was chosen.")
    papers = [one for one in not_shown_yet(session, share) if one.id in chosen]
    instances = list(session.scalars(_left_out(share).where(Instance.series_id.in_(chosen))))
    if not papers and not instances:
        raise Unacceptable("Choose something that this link does not show yet.")
    before = share.versions[-1].id
    version = next_version(session, share, created_by, now)
    for table, column, added in (
        (ShareInstance, ShareInstance.instance_id, instances),
        (ShareAttachment, ShareAttachment.attachment_id, papers),
    ):
        kept = session.scalars(select(column).where(table.version_id == before))
        rows = [{"version_id": version.id, column.key: one} for one in (*kept, *(one.id for one in added))]
        if rows:
            session.execute(insert(table), rows)
    record_of(
        session,
        Action.SHARE_VERSION_ADDED,
        share,
        by,
        now,
        version=version.number,
        attachment_ids=[one.id for one in papers],
        **_counts(papers, instances),
    )
    return version


def _counts(papers: Collection[Attachment], instances: Collection[Instance]) -> dict[str, Any]:
    """Return how much was added: of reports, DICOM's and others; photos; images; and all instances."""
    reports = sum(one.kind == AttachmentKind.REPORT for one in papers)
    return {
        "reports": reports + sum(one.sop_class_uid in REPORT_CLASSES for one in instances),
        "photos": len(papers) - reports,
        "images": sum(one.frames > 0 for one in instances),
        "instances": len(instances),
    }


def new_in(session: Session, share_id: str, version_id: str, number: int) -> set[str]:
    """Return the ids of the instances and attachments that a version shows and the first one did not."""
    if number == 1:
        return set()
    first = select(ShareVersion.id).where(ShareVersion.share_id == share_id, ShareVersion.number == 1)
    found: set[str] = set()
    for table, column in (
        (ShareInstance, ShareInstance.instance_id),
        (ShareAttachment, ShareAttachment.attachment_id),
    ):
        before = select(column).where(table.version_id == first.scalar_subquery())
        shown = select(column).where(table.version_id == version_id, column.not_in(before))
        found.update(session.scalars(shown))
    return found
