"""``flask organisation``: what an organisation wants of its staff, and lets its visitors do."""

from typing import Any

import click

from app.accounts.models import Addresses
from app.audit import Action, record
from app.audit.actor import OPERATOR
from app.cli.output import Group, common, emit, organisation, site

YES_NO = click.Choice(["yes", "no"])
YES_OR_NO = {"yes": True, "no": False}
SAID = {value: answer for answer, value in YES_OR_NO.items()}
WORDS = {
    "asks_birth_date": "asks for the birth date",
    "measuring": "visitors measure",
    "reslicing": "visitors see three planes",
    "addresses": "visitors' addresses in a link's history",
}


@click.group("organisation", cls=Group)
def group() -> None:
    """Hospitals and clinics, and what they decided for themselves."""


@group.command("set")
@common
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
    "--addresses",
    type=click.Choice([str(kind) for kind in Addresses]),
    help="How much of visitors' network addresses a link's history shows.",
)
def set_(**answers: str | None) -> None:
    """Change what an organisation decided."""
    wanted: dict[str, Any] = {
        name: YES_OR_NO.get(answer, answer) for name, answer in answers.items() if answer is not None
    }
    if not wanted:
        raise click.UsageError("Say what to change.")
    here = site()
    with here.sessions.begin() as session:
        clinic = organisation(session)
        for name, value in wanted.items():
            setattr(clinic, name, value)
        slug = clinic.slug
        record(
            session, Action.ORGANISATION_CHANGED, OPERATOR, here.now(), organisation_id=clinic.id, **wanted
        )
    told = ", ".join(f"{WORDS[name]}: {SAID.get(value, value)}" for name, value in wanted.items())
    emit({"organisation": slug, **wanted}, f"{slug}: {told}")
