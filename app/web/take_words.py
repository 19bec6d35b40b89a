"""The words on pictures that leave: made while the page's language is known, used while they flow."""

from collections.abc import Callable, Sequence
from datetime import datetime
from itertools import groupby
from typing import Any, NamedTuple

from app.pictures.archive import Made, folder_of
from app.pictures.choice import Choice, Picture, Selection, Strip, Which
from app.viewer.reasons import translated
from app.web.texts import _
from app.web.view_page import person_text, unmatched_text
from app.web.view_titles import study_title
from app.web.visitor import Visit
from app.web.words import count, day


class Words(NamedTuple):
    """All texts of one download. Braces are filled in while it flows."""

    title: str
    sender: str
    person: str
    """Whose pictures these are; empty unless chosen."""
    warning: str
    """Both identities of an emergency release; empty as a rule."""
    made_on: str
    note: str
    titles: dict[str, str]
    """By a study's id."""
    series: str
    place: str
    what: str
    failed: str
    left_out: tuple[str, ...]
    page: str

    def series_line(self, strip: Strip) -> str:
        """Return "Series 2: 40 of 120 pictures"."""
        return self.series.format(number=strip.series_number, some=len(strip.pictures), total=strip.total)

    def place_of(self, strip: Strip, picture: Picture) -> str:
        """Return "Series 2, picture 60 of 120"."""
        return self.place.format(series=strip.series_number, number=picture.number, total=strip.total)

    def band(self, strip: Strip, picture: Picture) -> tuple[str, ...]:
        """Return the lines below a picture; none where nobody asked for a name."""
        if not self.person and not self.warning:
            return ()
        place = f"{self.titles[strip.study.id]} · {self.place_of(strip, picture)}"
        return tuple(filter(None, (self.warning, self.person, place, self.sender)))

    def readme(self, selection: Selection) -> Callable[[Made], str]:
        """Return what writes README.TXT once it is known how it went."""

        def text(made: Made) -> str:
            lines = [
                self.title,
                "",
                self.sender,
                self.made_on,
                *filter(None, (self.person, self.warning)),
                "",
            ]
            lines += [self.what.format(count=made.number), ""]
            for strip in selection.strips:
                lines += [f"{folder_of(strip)}: {self.titles[strip.study.id]}. {self.series_line(strip)}"]
            lines += ["", self.note, *self.left_out]
            if made.failed:
                lines += ["", self.failed, *made.failed]
            return "".join(f"{line}\r\n" for line in lines)

        return text


def words_of(
    visit: Visit, head: dict[str, Any], selection: Selection, choice: Choice, now: datetime
) -> Words:
    """Return the words in the visitor's language; ``head`` is the manifest's."""
    hospital = visit.organisation
    warning = unmatched_text(head["unmatched"])
    return Words(
        title=_("Your pictures"),
        sender=", ".join(filter(None, (hospital.name, hospital.telephone))),
        person=_person(head) if choice.named or warning else "",
        warning=warning,
        made_on=_("Made on %(date)s", date=day(now, hospital)),
        note=_note(),
        titles=_titles(selection.strips),
        series=_("Series {number}: {some} of {total} pictures"),
        place=_("Series {series}, picture {number} of {total}"),
        what=_what(choice),
        failed=_("These pictures could not be made. They are in the full copy:"),
        left_out=tuple(_left_out(selection)),
        page=_("Page {number} of {total}"),
    )


def _note() -> str:
    return _(
        "For review only, not for diagnosis. The pictures may be reduced and compressed; "
        "doctors need the full copy. Check name, date and side."
    )


def _person(head: dict[str, Any]) -> str:
    """Return who it is: as staff know them, and as the images have it where that differs."""
    patient = head["patient"] or {}
    said = person_text(patient) if patient else ""
    in_images = person_text(patient.get("in_images"))
    told = _("In the images: %(person)s", person=in_images) if in_images else ""
    return " · ".join(filter(None, (said, told)))


def _titles(strips: Sequence[Strip]) -> dict[str, str]:
    titles = {}
    for study_id, own in groupby(strips, lambda strip: strip.study.id):
        of_study = list(own)
        title = study_title(strip.series for strip in of_study)
        titles[study_id] = ", ".join(filter(None, (title, day(of_study[0].study.date))))
    return titles


def _what(choice: Choice) -> str:
    if choice.which is Which.NTH:
        return _("{count} pictures: one of every %(every)s.", every=choice.every)
    if choice.which is Which.KEY:
        return _("{count} pictures: those that the radiologist chose.")
    if choice.which is Which.MARKED:
        return _("{count} pictures: those that you marked.")
    return _("{count} pictures.")


def _left_out(selection: Selection) -> list[str]:
    without = [
        _("Not among them: %(count)s. %(reason)s", count=count(number), reason=translated(reason, _))
        for reason, number in sorted(selection.left_out.items())
    ]
    if selection.has_overlays:
        without.append(_("Drawings that lie over pictures are not in them. They are in the full copy."))
    return without
