"""``flask share``: create, key, list, show, revoke, extend."""

from datetime import timedelta

import click

from app.audit.actor import OPERATOR
from app.cli.documents import new_key_document, share_document
from app.cli.output import Group, Lasting, common, emit, iso, organisation, site
from app.errors import Unacceptable
from app.shares import service
from app.shares.models import Right
from app.shares.service import NewKey, Order

SPAN = Lasting()


@click.group("share", cls=Group)
def group() -> None:
    """Links: made, listed, ended."""


@group.command("create")
@common
@click.option("--disc", "disc_id", required=True)
@click.option("--patient", "patient_key", help="Needed when several patients were kept.")
@click.option("--study", "study_uids", multiple=True, metavar="UID", help="Only these studies.")
@click.option("--series", "series_uids", multiple=True, metavar="UID", help="Of their studies only these.")
@click.option("--expires", type=SPAN, default="14d", show_default=True)
@click.option("--pin", default="auto", metavar="auto|DIGITS")
@click.option("--email", help="Where the link goes; not sent from here.")
@click.option("--allow", default="view,download", show_default=True)
@click.option("--max-uses", type=click.IntRange(min=1))
@click.option("--to", "recipient", default="", metavar="NAME")
@click.option("--include-report", type=click.Choice(["yes", "no"]), default="yes", show_default=True)
def create(
    disc_id: str,
    patient_key: str | None,
    study_uids: tuple[str, ...],
    series_uids: tuple[str, ...],
    expires: timedelta,
    pin: str,
    email: str | None,
    allow: str,
    max_uses: int | None,
    recipient: str,
    include_report: str,
) -> None:
    """Share one patient's studies on a disc. Link, code and PIN are shown this once."""
    here = site()
    order = Order(
        disc_id=disc_id,
        patient_key=patient_key,
        study_uids=study_uids or None,
        series_uids=series_uids or None,
        expires_at=here.now() + expires,
        allow=_rights(allow),
        max_uses=max_uses,
        recipient=recipient,
        include_report=include_report == "yes",
        channel="cli",
        email=email,
    )
    cut = service.cut_key(here.signer, pin)
    with here.sessions.begin() as session:
        key = service.create(
            session,
            cut,
            organisation(session).id,
            order,
            by=OPERATOR,
            created_by=None,
            now=here.now(),
        )
    _emit_key(key, here.config.base_url)


@group.command("key")
@common
@click.argument("share_id")
@click.option("--pin", default="auto", metavar="auto|DIGITS")
@click.option(
    "--channel", type=click.Choice(["cli", "slip", "mail", "telephone", "reprint"]), default="reprint"
)
def key(share_id: str, pin: str, channel: str) -> None:
    """Give a share one more key: own link, code, PIN and counters."""
    here = site()
    order = service.KeyOrder(service.cut_key(here.signer, pin), channel, OPERATOR, None, here.now())
    with here.sessions.begin() as session:
        made = service.add_key(session, organisation(session).id, share_id, order)
    _emit_key(made, here.config.base_url)


@group.command("list")
@common
@click.option("--disc", "disc_id")
def list_shares(disc_id: str | None) -> None:
    """List shares, newest first."""
    here = site()
    with here.sessions() as session:
        shares = service.list_shares(session, organisation(session).id, disc_id=disc_id)
        documents = [share_document(share, here.now()) for share in shares]
    emit(
        documents,
        *(f"{d['share_id']}  {d['state']:<8}  until {d['expires_at']}  {d['recipient']}" for d in documents),
    )


@group.command("show")
@common
@click.argument("share_id")
def show(share_id: str) -> None:
    """Show a share with the state of its keys."""
    _show(share_id)


@group.command("revoke")
@common
@click.argument("share_id")
def revoke(share_id: str) -> None:
    """End a share and all its keys, now."""
    here = site()
    with here.sessions.begin() as session:
        service.revoke(session, organisation(session).id, share_id, by=OPERATOR, user_id=None, now=here.now())
    _show(share_id)


@group.command("extend")
@common
@click.argument("share_id")
@click.option("--expires", type=SPAN, required=True, help="From now.")
def extend(share_id: str, expires: timedelta) -> None:
    """Move a share's end, later or earlier."""
    here = site()
    with here.sessions.begin() as session:
        end = here.now() + expires
        service.extend(
            session, organisation(session).id, share_id, expires_at=end, by=OPERATOR, now=here.now()
        )
    _show(share_id)


def _rights(text: str) -> tuple[Right, ...]:
    try:
        return tuple(Right(word.strip()) for word in text.split(","))
    except ValueError:
        raise Unacceptable(f"--allow takes {', '.join(Right)}, separated by commas.") from None


def _show(share_id: str) -> None:
    here = site()
    with here.sessions() as session:
        share = service.find_share(session, organisation(session).id, share_id)
        document = share_document(share, here.now())
    keys = (
        f"  key {k['key_id']}  {k['state']:<8}  opened {k['uses']}×, {k['failures']} wrong"
        for k in document["keys"]
    )
    emit(document, f"{share_id}  {document['state']}  until {document['expires_at']}", *keys)


def _emit_key(made: NewKey, base_url: str) -> None:
    emit(
        new_key_document(made, base_url),
        f"Link   {base_url}/s/{made.token}",
        f"Code   {made.code}   at {base_url}/go",
        f"PIN    {made.pin[:4]} {made.pin[4:]}   tell it by another way than the link",
        f"Until  {iso(made.expires_at)}",
    )
