"""``flask organisation``: what an organisation wants of its staff, lets its visitors do, and may keep."""

import re
from typing import Any

import click

from app.accounts import settings
from app.accounts.languages import LANGUAGES
from app.accounts.models import Addresses
from app.audit.actor import OPERATOR
from app.cli.output import Group, common, emit, organisation, site
from app.ingest.quotas import amount, used_bytes

UNITS = {"MB": 10**6, "GB": 10**9, "TB": 10**12}
NO_QUOTA = -1
YES_NO = click.Choice(list(settings.YES_NO))
WORDS = {
    "name": "name",
    "telephone": "telephone",
    "hours": "hours",
    "colour": "colour",
    "desk_mailbox": "the desk's mailbox",
    "privacy_telephone": "Privacy's telephone",
    "language": "language",
    "time_zone": "time zone",
    "asks_second_factor": "staff need a second factor",
    "asks_birth_date": "asks for the birth date",
    "measuring": "visitors measure",
    "reslicing": "visitors see three planes",
    "reduces_viewing": "links for looking only show reduced pictures",
    "addresses": "visitors' addresses in a link's history",
    "quota_bytes": "may keep at most",
}


class Quota(click.ParamType[int]):
    """An amount like ``500GB`` or ``2TB``, in bytes; ``none`` is no bound and becomes -1."""

    name = "SIZE|none"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> int:
        if isinstance(value, int):
            return value
        if value.lower() == "none":
            return NO_QUOTA
        found = re.fullmatch(r"([0-9]{1,6})\s*(MB|GB|TB)", value, re.IGNORECASE)
        if not found:
            self.fail(f"{value!r} is no size. Say for example 500GB or 2TB, or none.", param, ctx)
        return int(found[1]) * UNITS[found[2].upper()]


@click.group("organisation", cls=Group)
def group() -> None:
    """Hospitals and clinics, and what they decided for themselves."""


@group.command("set")
@common
@click.option("--name", help="What visitors call it.")
@click.option("--telephone", help="Whom visitors call; an empty text takes it away, here and below.")
@click.option("--hours", help="When somebody answers the telephone, in a few words.")
@click.option("--colour", help="Of the pages that visitors see: #0b5cad.")
@click.option("--desk-mailbox", help="Where answers to letters and notices about links go.")
@click.option("--privacy-telephone", help="Whom staff call when images went to the wrong person.")
@click.option(
    "--language",
    type=click.Choice(list(LANGUAGES)),
    help="Of letters and slips where nobody chose one.",
)
@click.option("--time-zone", help="Where the days of links begin and end: Europe/Paris.")
@click.option(
    "--second-factor",
    "asks_second_factor",
    type=YES_NO,
    help="Whether everybody on the staff needs a second factor to log in.",
)
@click.option(
    "--ask-birth-date",
    "asks_birth_date",
    type=YES_NO,
    help="Whether staff type the birth date from an ID or order before a disc's first link.",
)
@click.option("--measuring", type=YES_NO, help="Whether visitors can measure in the viewer.")
@click.option(
    "--planes", "reslicing", type=YES_NO, help="Whether visitors can see other planes (MPR) in the viewer."
)
@click.option(
    "--reduced-viewing",
    "reduces_viewing",
    type=YES_NO,
    help="Whether links without download show reduced pictures only: smaller, lossy, not to be measured.",
)
@click.option(
    "--addresses",
    type=click.Choice([str(kind) for kind in Addresses]),
    help="How much of visitors' network addresses a link's history shows.",
)
@click.option("--quota", type=Quota(), help="How much it may keep, e.g. 500GB or 2TB, or none for no bound.")
def set_(quota: int | None, **answers: str | None) -> None:
    """Change what an organisation decided, or may keep."""
    wanted: dict[str, Any] = {
        name: settings.YES_NO.get(answer, answer) for name, answer in answers.items() if answer is not None
    }
    if quota is not None:
        wanted["quota_bytes"] = None if quota == NO_QUOTA else quota
    if not wanted:
        raise click.UsageError("Say what to change.")
    here = site()
    with here.sessions.begin() as session:
        clinic = organisation(session)
        settings.change(session, clinic, wanted, by=OPERATOR, now=here.now())
        slug, kept = clinic.slug, {name: getattr(clinic, name) for name in wanted}
    told = ", ".join(f"{WORDS[name]}: {_told(value)}" for name, value in kept.items())
    emit({"organisation": slug, **kept}, f"{slug}: {told}")


@group.command("show")
@common
def show() -> None:
    """Show what an organisation decided, keeps and may keep."""
    with site().sessions() as session:
        clinic = organisation(session)
        used = used_bytes(session, clinic.id)
        decided = {name: getattr(clinic, name) for name in WORDS}
        lines = [f"{words}: {_told(decided[name])}" for name, words in WORDS.items()]
        emit(
            {"organisation": clinic.slug, "name": clinic.name, "used_bytes": used, **decided},
            f"{clinic.slug}: {clinic.name}",
            f"  keeps: {amount(used)}",
            *(f"  {line}" for line in lines),
        )


def _told(value: settings.Value) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, int):
        return amount(value)
    return value or "none set"
