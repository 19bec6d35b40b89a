"""Reports and photos of a disc, for staff: added, looked at, given to a study, taken away again."""

from collections.abc import Iterator
from contextlib import contextmanager
from tempfile import TemporaryFile
from threading import Lock
from typing import Any, BinaryIO, cast

from flask import Blueprint, flash, redirect, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session
from werkzeug.datastructures import FileStorage

from app.accounts.rights import StaffRight
from app.audit import Action, record
from app.errors import Refused, TooLarge, Unacceptable
from app.ingest import adding, attaching
from app.ingest.sandbox import Sandbox
from app.studies import queries
from app.studies.attachments import attachments_of, find_attachment
from app.studies.models import Attachment, Disc
from app.web.context import site
from app.web.papers import send_small, send_to_read
from app.web.security import csrf
from app.web.staff import current_staff, staff_actor, staff_only
from app.web.texts import _, ngettext

bp = Blueprint("attachments", __name__)

MOST_BYTES = 4 * adding.MAX_BYTES
"""Bytes of one form: four files of the largest size, or many of the usual one."""
MOST_FILES = 20
one_at_a_time = Lock()
"""A sandbox may take two gigabytes of memory; a process that answers visitors starts one at most."""


@bp.post("/discs/<disc_id>/attachments")
@staff_only(StaffRight.UPLOAD)
def add(disc_id: str) -> ResponseReturnValue:
    """Take files that staff chose, each on its own: what is refused is named, the rest is kept.

    The token is checked here, once it is known that somebody may send so much.
    """
    request.max_content_length = MOST_BYTES
    csrf.protect()
    with site().sessions() as session:
        disc = _disc(session, disc_id)
    adding.must_take(disc)
    files = [file for file in request.files.getlist("file") if file.filename]
    if not files:
        raise Unacceptable(_("Choose a PDF, a JPEG or a PNG first."))
    if len(files) > MOST_FILES:
        raise Unacceptable(_("Add at most %(most)s files at once.", most=MOST_FILES))
    added = _add_all(disc, files)
    if added:
        flash(ngettext("The file is added.", "%(num)s files are added.", added), "good")
    return _back(disc_id)


csrf.exempt(add)


def _add_all(disc: Disc, files: list[FileStorage]) -> int:
    here, added = site(), 0
    form = request.form
    wish = adding.Wish(form.get("study") or None, form.get("kind") or None, form.get("title", ""))
    with one_at_a_time, Sandbox(1) as sandbox:
        adder = adding.Adder(here.sessions, here.store, sandbox, disc, here.now)
        for file in files:
            name = file.filename or ""
            try:
                with _on_disk(file) as copy:
                    adder.add(copy, name, wish, by=staff_actor(), user_id=current_staff().user.id)
                added += 1
            except (Unacceptable, TooLarge, Refused) as why:
                flash(_("%(name)s was not added. %(why)s", name=name, why=str(why)), "stop")
    return added


@contextmanager
def _on_disk(file: FileStorage) -> Iterator[BinaryIO]:
    with TemporaryFile() as copy:
        file.save(copy)
        copy.flush()
        yield cast(BinaryIO, copy)


@bp.post("/discs/<disc_id>/attachments/<attachment_id>")
@staff_only(StaffRight.UPLOAD)
def change(disc_id: str, attachment_id: str) -> ResponseReturnValue:
    """Say which study it belongs to, whether it is a report or a photo, and what it is called."""
    form = request.form
    with site().sessions.begin() as session:
        disc, attachment = _found(session, disc_id, attachment_id)
        attaching.change(
            session,
            disc,
            attachment,
            study_id=form.get("study") or None,
            kind=form.get("kind", attachment.kind),
            title=form.get("title", ""),
            by=staff_actor(),
            now=site().now(),
        )
    flash(_("That is kept. Links made from now on show it so."), "good")
    return _back(disc_id)


@bp.post("/discs/<disc_id>/attachments/<attachment_id>/remove")
@staff_only(StaffRight.UPLOAD)
def remove(disc_id: str, attachment_id: str) -> ResponseReturnValue:
    """Take away what staff added, with its bytes."""
    here = site()
    with here.sessions.begin() as session:
        disc, attachment = _found(session, disc_id, attachment_id)
        attaching.remove(session, here.store, disc, attachment, by=staff_actor(), now=here.now())
    flash(_("The file is removed."), "good")
    return _back(disc_id)


@bp.get("/discs/<disc_id>/attachments/<attachment_id>")
@staff_only()
def show(disc_id: str, attachment_id: str) -> ResponseReturnValue:
    """Send it to be looked at; the log says who did."""
    with site().sessions.begin() as session:
        disc, attachment = _found(session, disc_id, attachment_id)
        record(
            session,
            Action.VIEWED,
            staff_actor(),
            site().now(),
            organisation_id=disc.organisation_id,
            disc_id=disc.id,
            attachment_id=attachment.id,
        )
        return send_to_read(attachment)


@bp.get("/discs/<disc_id>/attachments/<attachment_id>/preview.webp")
@staff_only(passive=True)
def preview(disc_id: str, attachment_id: str) -> ResponseReturnValue:
    """Send the small picture of a photo."""
    with site().sessions() as session:
        return send_small(_found(session, disc_id, attachment_id)[1])


def attached(session: Session, disc: Disc) -> dict[str, Any]:
    """Return what the disc's page shows of its attachments."""
    return {
        "attachments": attachments_of(session, disc),
        "in_links": attaching.shown_by_links(session, disc.id),
        "can_add": _takes(disc),
        "most_megabytes": adding.MAX_BYTES >> 20,
    }


def _takes(disc: Disc) -> bool:
    try:
        adding.must_take(disc)
    except Refused:
        return False
    return True


def _disc(session: Session, disc_id: str) -> Disc:
    return queries.find_disc(session, current_staff().organisation.id, disc_id)


def _found(session: Session, disc_id: str, attachment_id: str) -> tuple[Disc, Attachment]:
    disc = _disc(session, disc_id)
    return disc, find_attachment(session, disc, attachment_id)


def _back(disc_id: str) -> ResponseReturnValue:
    return redirect(url_for("discs.show", disc_id=disc_id, _anchor="attached"), 303)
