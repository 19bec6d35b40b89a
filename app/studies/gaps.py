"""Instance numbers that are missing inside a series: a hint that slices were lost, never a proof."""

from collections.abc import Iterable
from itertools import groupby, pairwise
from typing import NamedTuple

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.studies.models import Disc, Instance, Series

FEWEST = 4
"""Different numbers that a series needs before a hole in them means anything."""
MOST_MISSING = 0.25
"""Above this part of the whole, numbers were given in steps or by other rules, and nothing is missing."""


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
    """Return the series of a disc in which numbers are missing between the lowest and the highest."""
    numbered = session.execute(
        select(Series.id, Series.series_uid, Series.description, Instance.number)
        .join(Instance, Instance.series_id == Series.id)
        .where(Series.disc_id == disc.id, Instance.number.is_not(None), Instance.frames > 0)
        .order_by(Series.number, Series.series_uid, Series.id, Instance.number)
    )
    found = []
    for _, rows in groupby(numbered, key=lambda row: row[0]):
        series = list(rows)
        numbers = [number for *_, number in series if number is not None]
        if missing := missing_numbers(numbers):
            found.append(Gap(series[0][1], series[0][2], max(numbers), missing))
    return found


def missing_numbers(numbers: Iterable[int]) -> list[tuple[int, int]]:
    """Return the ranges that are missing inside these numbers, or none where they follow another rule."""
    there = sorted(set(numbers))
    holes = [(low + 1, high - 1) for low, high in pairwise(there) if high > low + 1]
    lost = sum(last - first + 1 for first, last in holes)
    return holes if len(there) >= FEWEST and lost <= MOST_MISSING * (lost + len(there)) else []
