"""``flask bundle``: make one as a file, verify one that came back."""

import secrets
from pathlib import Path
from typing import Any

import click
from click.exceptions import Exit
from sqlalchemy.orm import Session

from app.accounts.models import Organisation
from app.audit import Action, record
from app.audit.actor import OPERATOR
from app.bundles.entries import Layout
from app.bundles.of_disc import plan_of_disc
from app.bundles.of_share import Bundles
from app.bundles.plan import Plan
from app.bundles.stream import Damaged, stream
from app.bundles.verify import Verified, check_files, verified
from app.cli.output import Group, common, emit, organisation, site
from app.cli.progress import Progress, progress_bar
from app.errors import Gone, NotFound
from app.shares.queries import find_share
from app.shares.states import ENDED, state_of
from app.site import Site
from app.storage import ObjectStore
from app.studies.queries import find_disc

REFUSED = 4


@click.group("bundle", cls=Group)
def group() -> None:
    """Bundles: what a link or a disc holds, as one file that every importer takes."""


@group.command("make")
@common
@click.argument("share_or_disc")
@click.option("--format", "form", type=click.Choice(["zip", "iso"]), default="zip", show_default=True)
@click.option("-o", "--output", type=click.Path(dir_okay=False, path_type=Path), required=True)
@click.option("--patient", "patient_key", help="Of a disc: needed when several patients were kept.")
def make(share_or_disc: str, form: str, output: Path, patient_key: str | None) -> None:
    """Write the bundle of a share, or of a disc, to a file."""
    here = site()
    with here.sessions() as session:
        made, about = _plan(here, session, organisation(session), share_or_disc, patient_key)
    layout = made.iso if form == "iso" else made.archive
    instances = made.listed + made.unlisted
    _note(
        here,
        Action.DOWNLOADED,
        about,
        form=form,
        of=layout.length,
        study_uids=list(made.study_uids),
        instances=instances,
    )
    try:
        with progress_bar("Writing") as progress:
            _write(layout, here.store, output, progress)
    except Damaged as why:
        _note(here, Action.ORIGINAL_DAMAGED, about, file=why.name, reason=why.reason)
        raise
    emit(
        {"file": str(output), "format": form, "bytes": layout.length, "instances": instances},
        f"{output}  {layout.length} bytes, {instances} instances",
    )


@group.command("verify")
@common
@click.argument("file", type=click.Path(exists=True, path_type=Path))
def verify(file: Path) -> None:
    """Tell whether a ZIP, an ISO image or a folder is complete, unchanged, ours, and the latest."""
    here = site()
    with progress_bar("Reading") as progress:
        checked = check_files(file, here.documents, progress)
    with here.sessions() as session:
        found = verified(session, checked, organisation(session), here.documents)
    emit(found._asdict(), *_lines(found))
    if not found.good:
        raise Exit(REFUSED)


def _plan(
    here: Site, session: Session, clinic: Organisation, wanted: str, patient_key: str | None
) -> tuple[Plan, dict[str, str]]:
    """Return the plan and what the audit log says it is of."""
    about = {"organisation_id": clinic.id}
    try:
        share = find_share(session, clinic.id, wanted)
    except NotFound:
        disc = find_disc(session, clinic.id, wanted)
        made = plan_of_disc(
            session,
            disc,
            clinic,
            patient_key,
            signer=here.documents,
            base_url=here.config.base_url,
            store=here.store,
        )
        return made, about | {"disc_id": disc.id}
    if state_of(share, here.now()) in ENDED:
        raise Gone("This link has ended. The disc's id makes a bundle all the same.")
    made = Bundles(here.store, here.documents, here.config.base_url).plan_of(session, share, clinic)
    return made, about | {"disc_id": share.disc_id, "share_id": share.id}


def _note(here: Site, action: Action, about: dict[str, str], **details: Any) -> None:
    with here.sessions.begin() as session:
        record(session, action, OPERATOR, here.now(), **about, **details)


def _write(layout: Layout, store: ObjectStore, output: Path, progress: Progress) -> None:
    """Write a bundle beside its place, then rename: what stands under the name is whole."""
    fresh = output.with_name(f".{output.name}-{secrets.token_hex(4)}")
    done = 0
    try:
        with fresh.open("xb") as file:
            for chunk in stream(layout, store):
                file.write(chunk)
                done += len(chunk)
                progress(done, layout.length)
        fresh.replace(output)
    finally:
        fresh.unlink(missing_ok=True)


def _lines(found: Verified) -> list[str]:
    """Return what a person reads: the verdict first, then each file that is the reason."""
    latest = {
        True: "the latest of its link",
        False: "not the latest of its link",
        None: "of a link not known here",
    }
    verdict = "Complete and unchanged" if found.good else "NOT as it was made"
    return [
        f"{verdict}; {latest[found.latest]}.",
        *(f"changed  {name}" for name in found.changed),
        *(f"missing  {name}" for name in found.missing),
        *(f"added    {name}" for name in found.added),
    ]
