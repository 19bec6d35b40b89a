"""Where everything of a contact sheet stands, page by page, before a picture is made. Points, from below."""

from collections.abc import Iterator, Sequence
from math import ceil
from typing import NamedTuple

from app.pictures.choice import Picture, Selection, Strip

WIDTH, HEIGHT, MARGIN = 595.0, 842.0, 40.0
COLUMNS = 4
SIDE = 108.0
"""The square that a picture fits into; letters of direction stand around it."""
BETWEEN = (WIDTH - 2 * MARGIN - COLUMNS * SIDE) / COLUMNS
ROW = SIDE + 28
HEAD, STUDY, SERIES, FOOT = 96.0, 24.0, 16.0, 62.0
MOST = 600
"""Pictures on a sheet; of more, every second, third… is taken."""


class Cell(NamedTuple):
    """A picture and the lower left corner of its square."""

    strip: Strip
    picture: Picture
    x: float
    y: float


class Heading(NamedTuple):
    """The line above a series, or with ``of_study`` above its study; ``again`` on a further page."""

    strip: Strip
    y: float
    of_study: bool
    again: bool


class Page(NamedTuple):
    """What stands on a page."""

    headings: list[Heading]
    cells: list[Cell]


def fewer(selection: Selection, most: int = MOST) -> Selection:
    """Return a selection of about ``most`` pictures: every n-th of each series, the first always."""
    step = ceil(selection.size / most)
    strips = tuple(strip._replace(pictures=strip.pictures[::step]) for strip in selection.strips)
    return selection._replace(strips=strips)


def pages(strips: Sequence[Strip]) -> list[Page]:
    """Return the pages; on the first there is room for the sheet's head."""
    return list(_pages(strips))


def _pages(strips: Sequence[Strip]) -> Iterator[Page]:
    page, y = Page([], []), HEIGHT - MARGIN - HEAD
    study_id = None
    for strip in strips:
        new_study, study_id = strip.study.id != study_id, strip.study.id
        for at in range(0, len(strip.pictures), COLUMNS):
            first = at == 0
            needed = ROW + (SERIES if first else 0) + (STUDY if first and new_study else 0)
            if y - needed < FOOT:
                yield page
                page, y = Page([], []), HEIGHT - MARGIN
                y = _headed(page, strip, y, study=True, again=not (first and new_study))
            elif first:
                y = _headed(page, strip, y, study=new_study, again=False)
            y -= ROW
            page.cells.extend(_row(strip, strip.pictures[at : at + COLUMNS], y))
    yield page


def _headed(page: Page, strip: Strip, y: float, *, study: bool, again: bool) -> float:
    """Put headings at ``y``; return what is left below them."""
    if study:
        y -= STUDY
        page.headings.append(Heading(strip, y, of_study=True, again=again))
    y -= SERIES
    page.headings.append(Heading(strip, y, of_study=False, again=again))
    return y


def _row(strip: Strip, pictures: Sequence[Picture], y: float) -> Iterator[Cell]:
    for column, picture in enumerate(pictures):
        x = MARGIN + BETWEEN / 2 + column * (SIDE + BETWEEN)
        yield Cell(strip, picture, x, y + 14)
