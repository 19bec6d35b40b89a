"""How every verb speaks: options, one JSON document or a few lines, exit codes.

Exit codes: 0 done; 2 wrong use; 3 a person must decide; 4 refused, the reason says why; 1 anything else.
"""

import json
import re
from collections.abc import Callable
from datetime import date, datetime, timedelta
from typing import Any, TypeVar, cast

import click
from flask import current_app
from sqlalchemy.orm import Session

from app import errors
from app.accounts.models import Organisation
from app.accounts.service import the_organisation
from app.cli.prepare import prepare
from app.site import EXTENSION, Site

Command = TypeVar("Command", bound=Callable[..., Any])

EXIT: tuple[tuple[type[errors.VirtualCdError], int], ...] = (
    (errors.Unacceptable, 2),
    (errors.NeedsReview, 3),
    (errors.Refused, 4),
    (errors.Gone, 4),
    (errors.TooLarge, 4),
)


class Group(click.Group):
    """A group of verbs whose foreseen errors become a sentence and an exit code."""

    def invoke(self, ctx: click.Context) -> Any:
        """Run a verb."""
        try:
            return super().invoke(ctx)
        except errors.VirtualCdError as error:
            code = next((code for kind, code in EXIT if isinstance(error, kind)), 1)
            if ctx.meta.get("json"):
                click.echo(json.dumps({"error": type(error).__name__, "detail": str(error)}))
            click.echo(str(error), err=True)
            ctx.exit(code)


def _remember(ctx: click.Context, parameter: click.Parameter, value: object) -> None:
    ctx.meta[str(parameter.name)] = value


def common(command: Command) -> Command:
    """Add the options that every verb has: ``--json`` and ``--org``."""
    as_json = click.option(
        "--json",
        is_flag=True,
        expose_value=False,
        callback=_remember,
        help="One JSON document on standard output.",
    )
    org = click.option(
        "--org",
        metavar="SLUG",
        expose_value=False,
        callback=_remember,
        help="Needed once several organisations exist.",
    )
    return as_json(org(command))


def bare_site() -> Site:
    """Return the site as configured, whatever is in its data folder."""
    return cast(Site, current_app.extensions[EXTENSION])


def site() -> Site:
    """Return the site, its database made if this is the first command on an empty data folder."""
    here = bare_site()
    prepare(here)
    return here


def wants_json() -> bool:
    """Tell whether ``--json`` was given."""
    return bool(click.get_current_context().meta.get("json"))


def organisation(session: Session) -> Organisation:
    """Return the organisation that ``--org`` names, or the only one."""
    return the_organisation(session, click.get_current_context().meta.get("org"))


def emit(document: Any, *lines: str) -> None:
    """Print the document with ``--json``, the lines without."""
    click.echo(json.dumps(document, ensure_ascii=False) if wants_json() else "\n".join(lines))


def iso(moment: datetime | None) -> str | None:
    """Return a moment as documents show it, e.g. ``2026-11-24T09:00:00Z``."""
    return None if moment is None else moment.strftime("%Y-%m-%dT%H:%M:%SZ")


class Lasting(click.ParamType[timedelta]):
    """A span such as ``14d``, ``36h`` or ``30m``."""

    name = "span"
    UNITS = {"d": "days", "h": "hours", "m": "minutes"}  # noqa: RUF012 - click's classes are values

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> timedelta:
        """Return the span."""
        if isinstance(value, timedelta):
            return value
        found = re.fullmatch(r"(\d{1,5})([dhm])", str(value))
        if not found:
            self.fail("write a span such as 14d, 36h or 30m", param, ctx)
        return timedelta(**{self.UNITS[found[2]]: int(found[1])})


class Day(click.ParamType[date]):
    """A date, ``1961-05-08`` or DICOM's ``19610508``."""

    name = "date"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> date:
        """Return the date."""
        try:
            return value if isinstance(value, date) else date.fromisoformat(str(value))
        except ValueError:
            self.fail("write a date such as 1961-05-08", param, ctx)
