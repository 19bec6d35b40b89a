"""``flask disc``: import, list, show, resolve, delete, restore, attachments."""

from datetime import date
from pathlib import Path

import click
from click.exceptions import Exit

from app.accounts.service import find_user
from app.audit.actor import OPERATOR, Actor, ActorKind
from app.cli.attachments import attachments
from app.cli.documents import Document, disc_document
from app.cli.output import Day, Group, common, emit, organisation, site
from app.cli.progress import followed, progress_bar
from app.ingest import decisions
from app.ingest.going_on import Claims
from app.ingest.receive import Expected, import_path
from app.ingest.sandbox import Sandbox
from app.jobs.queries import is_idle
from app.studies import queries, retention
from app.studies.models import Disc, DiscState
from app.workers.loop import work_through

EXIT = {DiscState.NEEDS_REVIEW: 3, DiscState.FAILED: 4}


@click.group("disc", cls=Group)
def group() -> None:
    """Discs: what came in and what became of it."""


@group.command("import")
@common
@click.argument("path", type=click.Path(exists=True, path_type=Path))
@click.option("--label", default="", help="What stands on the disc.")
@click.option("--expect-name", help="Whose disc it should be, e.g. Lopez^Maria.")
@click.option("--expect-birth-date", type=Day())
@click.option("--expect-id")
@click.option("--no-wait", is_flag=True, help="Return once all is received.")
@click.option("--as", "email", metavar="EMAIL", help="On whose behalf.")
def import_disc(
    path: Path,
    label: str,
    expect_name: str | None,
    expect_birth_date: date | None,
    expect_id: str | None,
    no_wait: bool,
    email: str | None,
) -> None:
    """Take in the folder, ZIP or ISO image at PATH, and wait until it is read.

    An import that was killed goes on when it is asked for again in the same words on the same machine.
    """
    here = site()
    with here.sessions() as session:
        clinic = organisation(session)
        user_id = find_user(session, clinic, email).user.id if email else None
        clinic_id = clinic.id
    with progress_bar("Receiving") as progress, Sandbox() as sandbox:
        disc_id = import_path(
            here.sessions,
            here.store,
            here.jobs,
            sandbox,
            clinic_id,
            path,
            label=label,
            expected=Expected(expect_name, expect_birth_date, expect_id),
            by=Actor(ActorKind.STAFF, user_id) if user_id else OPERATOR,
            created_by=user_id,
            now=here.now(),
            progress=progress,
            claims=Claims(here.config.data_dir / "imports"),
        )
    if not no_wait:
        with followed("Reading  ", lambda: _read_of(disc_id)):
            work_through(here, disc_id, lambda: is_idle(here.sessions, disc_id))
    _show(disc_id)


@group.command("list")
@common
@click.option("--search", default="", help="Part of a label, name, ID or description.")
def list_discs(search: str) -> None:
    """List discs, newest first."""
    with site().sessions() as session:
        discs = queries.list_discs(session, organisation(session).id, search=search, limit=1000)
        documents = [disc_document(session, disc) for disc in discs]
    emit(documents, *(_line(document) for document in documents))


@group.command("show")
@common
@click.argument("disc_id")
def show(disc_id: str) -> None:
    """Show a disc with its receipt."""
    _show(disc_id, exits=False)


@group.command("resolve")
@common
@click.argument("disc_id")
@click.option("--keep", multiple=True, metavar="all|PATIENT_KEY")
@click.option(
    "--as-expected", multiple=True, metavar="PATIENT_KEY", help="Keep as the patient who was expected."
)
@click.option("--send-back", is_flag=True, help="Keep nobody: the disc goes back to whoever brought it.")
@click.option("--because", required=True, help="Why; kept in the audit log.")
def resolve(
    disc_id: str, keep: tuple[str, ...], as_expected: tuple[str, ...], send_back: bool, because: str
) -> None:
    """Decide whose images on a disc are kept; the rest is left out."""
    if send_back == bool(keep or as_expected):
        raise click.UsageError("Say --keep or --as-expected, or --send-back alone.")
    here = site()
    with here.sessions.begin() as session:
        disc = queries.find_disc(session, organisation(session).id, disc_id)
        if send_back:
            decisions.send_back(session, disc, because=because, by=OPERATOR, user_id=None, now=here.now())
        else:
            decisions.decide(
                session,
                disc,
                keep=None if "all" in keep else [*keep, *as_expected],
                as_expected=as_expected,
                because=because,
                by=OPERATOR,
                user_id=None,
                now=here.now(),
            )
    if send_back:
        emit(
            {"disc_id": disc_id, "sent_back": True},
            f"{disc_id} is sent back and deleted. Undo within 24 hours: flask disc restore {disc_id}",
        )
    else:
        _show(disc_id)


@group.command("delete")
@common
@click.argument("disc_id")
def delete(disc_id: str) -> None:
    """Delete a disc and end its links; ``disc restore`` undoes it within 24 hours."""
    here = site()
    with here.sessions.begin() as session:
        disc = queries.find_disc(session, organisation(session).id, disc_id)
        retention.delete_disc(session, disc, by=OPERATOR, now=here.now())
    emit(
        {"disc_id": disc_id, "deleted": True},
        f"{disc_id} is deleted. Undo within 24 hours: flask disc restore {disc_id}",
    )


@group.command("restore")
@common
@click.argument("disc_id")
def restore(disc_id: str) -> None:
    """Undo a deletion."""
    here = site()
    with here.sessions.begin() as session:
        retention.restore_disc(session, organisation(session).id, disc_id, by=OPERATOR, now=here.now())
    _show(disc_id)


group.add_command(attachments)


def _read_of(disc_id: str) -> tuple[int, int]:
    """Return how many files of a disc were read, and of how many."""
    with site().sessions() as session:
        done = queries.progress(session, session.get_one(Disc, disc_id))
    return done.read, done.files


def _show(disc_id: str, *, exits: bool = True) -> None:
    """Print a disc; leave with the code its state asks for."""
    with site().sessions() as session:
        document = disc_document(session, queries.find_disc(session, organisation(session).id, disc_id))
    emit(document, *_lines(document))
    if exits and (code := EXIT.get(document["state"])):
        raise Exit(code)


def _line(document: Document) -> str:
    names = ", ".join(patient["name"] or "(no name)" for patient in document["patients"])
    return f"{document['disc_id']}  {document['state']:<12}  {document['receipt']['instances']:>6}  {names}"


def _lines(document: Document) -> list[str]:
    receipt = document["receipt"]
    counts = ", ".join(f"{count} {word.replace('_', ' ')}" for word, count in receipt.items() if count)
    reasons = [document["reason"]] if document["reason"] else []
    return [_line(document), f"  {counts}", *(f"  {reason}" for reason in reasons)]
