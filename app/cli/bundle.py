"""``flask bundle``: make one as a file, verify one that came back."""

import secrets
from collections.abc import Sequence
from pathlib import Path
from typing import Any, NamedTuple

import click
from click.exceptions import Exit
from sqlalchemy.orm import Session

from app.accounts.models import Organisation
from app.audit import Action, record
from app.audit.actor import OPERATOR
from app.bundles import compatible as copies
from app.bundles.choice import Choice
from app.bundles.entries import Layout
from app.bundles.of_disc import plan_of_disc
from app.bundles.of_share import Bundles
from app.bundles.plan import Plan
from app.bundles.stream import Damaged, stream
from app.bundles.verify import Verified, check_files, verified
from app.cli.output import Group, common, emit, organisation, site
from app.cli.progress import Progress, progress_bar
from app.errors import Gone, NotFound, Refused
from app.shares.models import Share
from app.shares.queries import find_share, shared_instances
from app.shares.states import ENDED, state_of
from app.site import Site
from app.storage import ObjectStore
from app.studies.queries import find_disc
from app.workers.loop import work_through

REFUSED = 4
PART = "It holds the {chosen} series that were chosen; the link showed {all}."


class Wanted(NamedTuple):
    """What of a disc or a link is to be written, and how."""

    patient_key: str | None
    series_uids: tuple[str, ...]
    compatible: bool


@click.group("bundle", cls=Group)
def group() -> None:
    """Bundles: what a link or a disc holds, as one file that every importer takes."""


@group.command("make")
@common
@click.argument("share_or_disc")
@click.option("--format", "form", type=click.Choice(["zip", "iso"]), default="zip", show_default=True)
@click.option("-o", "--output", type=click.Path(dir_okay=False, path_type=Path), required=True)
@click.option("--patient", "patient_key", help="Of a disc: needed when several patients were kept.")
@click.option("--series", "series_uids", multiple=True, help="Of a link: this series alone; repeatable.")
@click.option("--compatible", is_flag=True, help="Of a link: everything in Explicit VR Little Endian.")
def make(
    share_or_disc: str,
    form: str,
    output: Path,
    patient_key: str | None,
    series_uids: tuple[str, ...],
    compatible: bool,
) -> None:
    """Write the bundle of a share, or of a disc, to a file."""
    here = site()
    wanted = Wanted(patient_key, series_uids, compatible)
    if compatible:
        _make_copies(here, share_or_disc)
    with here.sessions() as session:
        made, about = _plan(here, session, organisation(session), share_or_disc, wanted)
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
    here: Site, session: Session, clinic: Organisation, share_or_disc: str, wanted: Wanted
) -> tuple[Plan, dict[str, str]]:
    """Return the plan and what the audit log says it is of."""
    about = {"organisation_id": clinic.id}
    try:
        share = find_share(session, clinic.id, share_or_disc)
    except NotFound:
        disc = find_disc(session, clinic.id, share_or_disc)
        if wanted.series_uids or wanted.compatible:
            raise Refused("Series and form are chosen of what a link shows. Name a link.") from None
        made = plan_of_disc(
            session,
            disc,
            clinic,
            wanted.patient_key,
            signer=here.documents,
            base_url=here.config.base_url,
            store=here.store,
        )
        return made, about | {"disc_id": disc.id}
    if state_of(share, here.now()) in ENDED:
        raise Gone("This link has ended. The disc's id makes a bundle all the same.")
    bundles = Bundles(here.store, here.documents, here.config.base_url)
    choice = Choice(_series_ids(session, share, wanted.series_uids), wanted.compatible)
    made = bundles.chosen(session, share, clinic, choice, here.now())
    return made, about | {"disc_id": share.disc_id, "share_id": share.id}


def _series_ids(session: Session, share: Share, series_uids: Sequence[str]) -> frozenset[str] | None:
    """Return the ids of series of a share; None for all. Raises NotFound for one that it does not show."""
    if not series_uids:
        return None
    version_id = share.versions[-1].id if share.versions else ""
    shown = {one.series.series_uid: one.series_id for one in shared_instances(session, share, version_id)}
    if unknown := [uid for uid in series_uids if uid not in shown]:
        raise NotFound(f"The link shows no series {unknown[0]}.")
    return frozenset(shown[uid] for uid in series_uids)


def _make_copies(here: Site, share_id: str) -> None:
    """Make what a link's copy without compression lacks, here or by waiting for whoever makes it."""
    with here.sessions.begin() as session:
        clinic = organisation(session)
        try:
            share = find_share(session, clinic.id, share_id)
        except NotFound:
            return  # of a disc, which is told later
        if state_of(share, here.now()) in ENDED or not share.versions:
            return
        version_id = share.versions[-1].id
        copies.ask(session, here.jobs, version_id, here.now())

    def ready() -> bool:
        with here.sessions() as session:
            return copies.progress(session, version_id, here.now()).ready

    work_through(here, version_id, ready)


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
        *([PART.format(chosen=found.part[0], all=found.part[1])] if found.part and found.signed else []),
        *(f"changed  {name}" for name in found.changed),
        *(f"missing  {name}" for name in found.missing),
        *(f"added    {name}" for name in found.added),
    ]
