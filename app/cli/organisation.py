"""``flask organisation``: what an organisation wants of its staff."""

import click

from app.audit import Action, record
from app.audit.actor import OPERATOR
from app.cli.output import Group, common, emit, organisation, site


@click.group("organisation", cls=Group)
def group() -> None:
    """Hospitals and clinics, and what they decided for themselves."""


@group.command("set")
@common
@click.option(
    "--ask-birth-date",
    type=click.Choice(["yes", "no"]),
    required=True,
    help="Whether staff type the birth date from an ID or order before a disc's first link.",
)
def set_(ask_birth_date: str) -> None:
    """Change what an organisation decided."""
    here, wanted = site(), ask_birth_date == "yes"
    with here.sessions.begin() as session:
        clinic = organisation(session)
        clinic.asks_birth_date = wanted
        slug = clinic.slug
        record(
            session,
            Action.ORGANISATION_CHANGED,
            OPERATOR,
            here.now(),
            organisation_id=clinic.id,
            asks_birth_date=wanted,
        )
    emit(
        {"organisation": slug, "asks_birth_date": wanted},
        f"{slug}: asks for the birth date: {ask_birth_date}",
    )
