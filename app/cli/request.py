"""``flask request``: create, list, revoke."""

from datetime import date, timedelta

import click

from app.audit.actor import OPERATOR
from app.cli.documents import new_request_document, request_document
from app.cli.output import Day, Group, Lasting, common, emit, iso, organisation, site
from app.ingest.receive import Expected
from app.requests import service
from app.requests.limits import MOST_DISCS
from app.requests.service import RequestOrder
from app.shares.cut import cut_key


@click.group("request", cls=Group)
def group() -> None:
    """Images asked for: a link by which somebody outside sends a disc."""


@group.command("create")
@common
@click.option("--to", "asked", required=True, metavar="NAME", help="Who is asked.")
@click.option("--for", "wanted", required=True, metavar="TEXT", help="What they should send; they read it.")
@click.option("--reference", default="", metavar="TEXT")
@click.option("--expect-name", metavar="NAME")
@click.option("--expect-birth-date", type=Day())
@click.option("--expect-id", metavar="ID")
@click.option("--expires", type=Lasting(), default="14d", show_default=True)
@click.option("--pin", default="auto", metavar="auto|DIGITS")
@click.option("--max-discs", type=click.IntRange(1, MOST_DISCS), default=1, show_default=True)
def create(
    asked: str,
    wanted: str,
    reference: str,
    expect_name: str | None,
    expect_birth_date: date | None,
    expect_id: str | None,
    expires: timedelta,
    pin: str,
    max_discs: int,
) -> None:
    """Ask somebody for images. Link, code and PIN are shown this once."""
    here = site()
    order = RequestOrder(
        asked=asked,
        wanted=wanted,
        reference=reference,
        expected=Expected(expect_name, expect_birth_date, expect_id),
        expires_at=here.now() + expires,
        max_discs=max_discs,
        channel="cli",
    )
    cut = cut_key(here.request_signer, pin)
    with here.sessions.begin() as session:
        made = service.create(
            session, cut, organisation(session).id, order, by=OPERATOR, created_by=None, now=here.now()
        )
    emit(
        new_request_document(made, here.config.base_url),
        f"Link   {here.config.base_url}/r/{made.token}",
        f"Code   {made.code}   at {here.config.base_url}/go",
        f"PIN    {made.pin[:4]} {made.pin[4:]}   tell it by another way than the link",
        f"Until  {iso(made.expires_at)}",
    )


@group.command("list")
@common
def list_requests() -> None:
    """List requests, newest first."""
    here = site()
    with here.sessions() as session:
        found = service.list_requests(session, organisation(session).id)
        documents = [request_document(asked, here.now()) for asked in found]
    emit(
        documents,
        *(f"{d['request_id']}  {d['state']:<8}  until {d['expires_at']}  {d['to']}" for d in documents),
    )


@group.command("revoke")
@common
@click.argument("request_id")
def revoke(request_id: str) -> None:
    """End a request and what is being sent by it, now."""
    here = site()
    with here.sessions.begin() as session:
        asked = service.revoke(
            session, organisation(session).id, request_id, by=OPERATOR, user_id=None, now=here.now()
        )
        document = request_document(asked, here.now())
    emit(document, f"{request_id}  {document['state']}")
