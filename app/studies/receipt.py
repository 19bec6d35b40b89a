"""The receipt of a disc: every file with its verdict, reason and SHA-256, as a document that can be signed.

It names no patient. The same disc gives the same bytes at any time, so one signature under it stays good.
"""

import json
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.studies import queries
from app.studies.gaps import Gap, gaps
from app.studies.models import Disc, DiscFile, Instance, Original, Series, Study

FORMAT = "virtual-cd-receipt/1"
Document = dict[str, Any]


def receipt_document(session: Session, disc: Disc, organisation: str) -> Document:
    """Return the receipt of a disc that was read; ``organisation`` is the name of who received it."""
    return {
        "format": FORMAT,
        "disc_id": disc.id,
        "received_by": organisation,
        "received_at": _moment(disc.received_at),
        "read_at": _moment(disc.read_at),
        "totals": queries.receipt(session, disc)._asdict(),
        "left_behind": disc.left_behind,
        "left_on_the_disc": disc.left_paths,
        "listed_but_missing": disc.missing,
        "numbers_missing": numbers_missing(session, disc),
        "files": _files(session, disc),
    }


def receipt_bytes(document: Document) -> bytes:
    """Return the bytes of a receipt: the ones that are signed."""
    return json.dumps(document, ensure_ascii=False, indent=1).encode() + b"\n"


def _moment(when: Any) -> str | None:
    return when.isoformat(timespec="seconds") if when else None


def numbers_missing(session: Session, disc: Disc) -> list[Document]:
    """Return the series of a disc in which instance numbers seem to be missing."""
    return [_gap(gap) for gap in gaps(session, disc)]


def _gap(gap: Gap) -> Document:
    return {
        "series_uid": gap.series_uid,
        "description": gap.description,
        "last": gap.last,
        "missing": [list(each) for each in gap.missing],
    }


def _files(session: Session, disc: Disc) -> list[Document]:
    rows = session.execute(
        select(
            DiscFile.path,
            DiscFile.size,
            DiscFile.verdict,
            DiscFile.reason,
            DiscFile.warnings,
            DiscFile.sha256,
            Original.scrubbed_sha256,
            Study.study_uid,
            Series.series_uid,
            Instance.instance_uid,
        )
        .outerjoin(
            Original,
            (Original.organisation_id == DiscFile.organisation_id) & (Original.sha256 == DiscFile.sha256),
        )
        .outerjoin(Instance, Instance.disc_file_id == DiscFile.id)
        .outerjoin(Series, Series.id == Instance.series_id)
        .outerjoin(Study, Study.id == Series.study_id)
        .where(DiscFile.disc_id == disc.id)
        .order_by(DiscFile.number)
    )
    return [_file(**row._mapping) for row in rows]


def _file(*, scrubbed_sha256: str | None, **told: Any) -> Document:
    """Leave out what says nothing; ``sha256_in_copies`` differs where a dangerous beginning was blanked."""
    blanked = {"sha256_in_copies": scrubbed_sha256} if scrubbed_sha256 else {}
    return {name: value for name, value in told.items() if value not in (None, [])} | blanked
