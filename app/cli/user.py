"""``flask user``: create, token, disable."""

import click

from app.accounts import service, sessions
from app.accounts.models import Role
from app.audit.actor import OPERATOR
from app.cli.output import Group, common, emit, organisation, site


@click.group("user", cls=Group)
def group() -> None:
    """People and programs on the staff side."""


@group.command("create")
@common
@click.option("--email", required=True)
@click.option("--role", type=click.Choice([role.value for role in Role]), required=True)
def create(email: str, role: str) -> None:
    """Make a user; the one-time password is shown this once and must be changed at the first login."""
    here = site()
    with here.sessions.begin() as session:
        made = service.create_user(
            session, organisation(session), email, Role(role), by=OPERATOR, now=here.now()
        )
    emit(made._asdict(), f"{made.email}  one-time password: {made.one_time_password}")


@group.command("token")
@common
@click.option("--email", required=True)
@click.option("--name", required=True, help="What the token is for.")
def token(email: str, name: str) -> None:
    """Make an API token that acts as a user; shown this once."""
    here = site()
    with here.sessions.begin() as session:
        staff = service.find_user(session, organisation(session), email)
        secret = sessions.create_token(session, staff, name, by=OPERATOR, now=here.now())
    emit({"token": secret}, secret)


@group.command("disable")
@common
@click.option("--email", required=True)
def disable(email: str) -> None:
    """End a user's access, now."""
    here = site()
    with here.sessions.begin() as session:
        staff = service.find_user(session, organisation(session), email)
        service.disable_user(session, staff, by=OPERATOR, now=here.now())
        email = staff.user.email
    emit({"email": email, "disabled": True}, f"{email} can no longer log in.")
