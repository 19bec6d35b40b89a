"""``flask organisation``: what an organisation wants of its staff, and lets its visitors do."""

from typing import Any

import click

from app.audit import Action, record
from app.audit.actor import OPERATOR
from app.cli.output import Group, common, emit, organisation, site

YES_NO = click.Choice(["yes", "no"])
WORDS = {
    "asks_birth_date": "asks for the birth date",
    "measuring": "visitors measure",
    "reslicing": "visitors see three planes",
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
def set_(**answers: str | None) -> None:
    """Change what an organisation decided."""
    wanted: dict[str, Any] = {name: answer == "yes" for name, answer in answers.items() if answer is not None}
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
    told = ", ".join(f"{WORDS[name]}: {'yes' if value else 'no'}" for name, value in wanted.items())
    emit({"organisation": slug, **wanted}, f"{slug}: {told}")
