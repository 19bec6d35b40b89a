"""Instance numbers that are missing inside a series: a hint that slices were lost, never a proof."""

from collections import defaultdict
from collections.abc import Iterable
from itertools import pairwise
from typing import NamedTuple

from sqlalchemy import BigInteger, ColumnElement, and_, cast, func, select
from sqlalchemy.orm import Session

from app.studies.models import Disc, Instance, Series

FEWEST = 4
"""Different numbers that a series needs before a hole in them means anything."""
MOST_MISSING = 0.25
"""Above this part of the whole, numbers were given in steps or by other rules, and nothing is missing."""
NUMBERED = and_(Instance.number.is_not(None), Instance.frames > 0)


class Gap(NamedTuple):
    """A series that seems to lack instances: ``missing`` as ranges of numbers, both ends included."""

    series_uid: str
    description: str
    last: int
    """The highest number that is there."""
    missing: list[tuple[int, int]]

    @property
    def ranges(self) -> str:
        """The numbers as people write them: ``45–47, 80``."""
        return ", ".join(f"{first}–{last}" if last > first else str(first) for first, last in self.missing)


def gaps(session: Session, disc: Disc) -> list[Gap]:
    """Return the series of a disc in which numbers are missing between the lowest and the highest.

    The database finds them, and only their numbers are read: a disc may hold tens of thousands.
    """
    suspects = (
        select(Instance.series_id)
        .where(Instance.disc_id == disc.id, NUMBERED)
        .group_by(Instance.series_id)
        .having(_has_holes())
    )
    in_order = select(Series).where(Series.id.in_(suspects))
    series = session.scalars(in_order.order_by(Series.number, Series.series_uid, Series.id)).all()
    numbers = _numbers(session, disc, [one.id for one in series])
    return [
        Gap(one.series_uid, one.description, numbers[one.id][-1], missing)
        for one in series
        if (missing := missing_numbers(numbers[one.id]))
    ]


def _has_holes() -> ColumnElement[bool]:
    """Tell whether as many numbers of a series are missing as ``missing_numbers`` calls missing."""
    there = func.count(Instance.number.distinct())
    span = cast(func.max(Instance.number), BigInteger) - func.min(Instance.number) + 1
    return and_(span > there, span - there <= MOST_MISSING * span)


def _numbers(session: Session, disc: Disc, series_ids: list[str]) -> dict[str, list[int]]:
    """Return the instance numbers of each series, ascending."""
    numbered = session.execute(
        select(Instance.series_id, Instance.number)
        .where(Instance.disc_id == disc.id, Instance.series_id.in_(series_ids), NUMBERED)
        .order_by(Instance.number)
    )
    found: dict[str, list[int]] = defaultdict(list)
    for series_id, number in numbered:
        if number is not None:
            found[series_id].append(number)
    return found


def missing_numbers(numbers: Iterable[int]) -> list[tuple[int, int]]:
    """Return the ranges that are missing inside these numbers, or none where they follow another rule."""
    there = sorted(set(numbers))
    holes = [(low + 1, high - 1) for low, high in pairwise(there) if high > low + 1]
    lost = sum(last - first + 1 for first, last in holes)
    return holes if len(there) >= FEWEST and lost <= MOST_MISSING * (lost + len(there)) else []
