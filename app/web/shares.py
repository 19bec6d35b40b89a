"""Sharing for staff: make a link, hand it over once, see what became of it, end it.

A page that shows secrets answers the POST itself: no address ever leads back to them.
"""

from datetime import date
from typing import Any

from flask import Blueprint, Response, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from app.accounts.languages import LANGUAGES
from app.accounts.rights import StaffRight
from app.audit import Action, record
from app.errors import Outdated, Refused, Unacceptable
from app.mail.mailroom import letters_of
from app.shares import service
from app.shares.history import history, series_of, studies_of
from app.shares.newer import not_shown_yet, series_not_shown
from app.shares.notes import notes_of
from app.studies import overview, queries
from app.studies.models import Disc
from app.web.birth_date import asked_first
from app.web.context import site
from app.web.history_words import event_words
from app.web.made import hand_over, made_page, not_sent, patient_names
from app.web.outdated import shown_again
from app.web.share_form import DEFAULTS, GIVEN_TO, end_of, last_day, read_order, today
from app.web.share_list import ASKED, FILTERS, Question, as_csv, links
from app.web.staff import current_staff, staff_actor, staff_only, staff_or_none
from app.web.states import channel_name, filter_name, given_to_name, letter_words, role_name, share_state
from app.web.texts import _, ngettext

bp = Blueprint("shares", __name__)
bp.register_error_handler(Outdated, shown_again)


@bp.get("/discs/<disc_id>/share")
@staff_only(StaffRight.SHARE)
def create(disc_id: str) -> ResponseReturnValue:
    """Ask what to share, with whom and until when; all of it has a default. The birth date is asked first."""
    with site().sessions() as session:
        first = asked_first(session, disc_id)
    return first or _form(disc_id)


@bp.post("/discs/<disc_id>/share")
@staff_only(StaffRight.SHARE)
def make(disc_id: str) -> ResponseReturnValue:
    """Make the link and show it, once."""
    here, me = site(), current_staff()
    try:
        order = read_order(request.form, disc_id, me.organisation, here.now())
        cut = service.cut_key(here.signer)
        with here.sessions.begin() as session:
            if first := asked_first(session, disc_id, order.patient_key):
                return first
            key = service.create(
                session,
                cut,
                me.organisation.id,
                order,
                by=staff_actor(),
                created_by=me.user.id,
                now=here.now(),
            )
            hand_over(session, key, order.channel, order.email)
    except (Unacceptable, Refused) as why:
        return _form(disc_id, str(why)), 400
    return made_page(key, order.channel, order.email)


@bp.get("/shares")
@staff_only()
def listing() -> ResponseReturnValue:
    """List links, the newest first: all, some, or those found by a word; or who asks for one."""
    here, me = site(), current_staff()
    question = Question.of(request.args)
    with here.sessions() as session:
        asked = service.open_requests(session, me.organisation.id)
        found = links(session, me.organisation.id, question, here.now())
        shares = [request.share for request in asked] if question.state == ASKED else found.shares
        return render_template(
            "shares/list.html",
            found=found,
            question=question,
            asked=asked,
            filters=FILTERS,
            patients=patient_names(session, shares),
            sends=here.mail.sends,
        )


@bp.get("/shares.csv")
@staff_only(StaffRight.SHARE)
def export() -> Response:
    """Save the list as a table; that it was saved is written down."""
    here, me = site(), current_staff()
    question = Question.of(request.args)
    with here.sessions.begin() as session:
        found = links(session, me.organisation.id, question, here.now(), whole=True)
        table = as_csv(found, patient_names(session, found.shares), me.organisation, here.now())
        record(
            session,
            Action.SHARES_EXPORTED,
            staff_actor(),
            here.now(),
            organisation_id=me.organisation.id,
            links=len(found.shares),
        )
    response = Response(table, mimetype="text/csv")
    response.headers["Content-Disposition"] = f'attachment; filename="links-{here.now():%Y-%m-%d}.csv"'
    return response


@bp.post("/shares/revoke")
@staff_only(StaffRight.SHARE)
def revoke_several() -> ResponseReturnValue:
    """End the chosen shares and all their keys, all of them or none."""
    here, me, asked = site(), current_staff(), Question.of(request.args)
    back = redirect(url_for("shares.listing", state=asked.state or None, q=asked.search or None), 303)
    chosen = sorted(set(request.form.getlist("share")))
    if not chosen:
        flash(_("No link is ticked. Tick those to revoke, then press again."), "warn")
        return back
    with here.sessions.begin() as session:
        for share_id in chosen:
            service.revoke(
                session, me.organisation.id, share_id, by=staff_actor(), user_id=me.user.id, now=here.now()
            )
    flash(ngettext("One link is revoked.", "%(num)s links are revoked.", len(chosen)), "good")
    return back


@bp.get("/shares/<share_id>")
@staff_only()
def show(share_id: str) -> ResponseReturnValue:
    """Show a link with its keys: how each was handed over, opened, mistyped. No secret: none is kept."""
    here, me = site(), current_staff()
    with here.sessions() as session:
        share = service.find_share(session, me.organisation.id, share_id)
        asked = [
            one for one in service.open_requests(session, me.organisation.id) if one.share_id == share_id
        ]
        return render_template(
            "shares/share.html",
            share=share,
            asked=asked[0] if asked else None,
            events=history(session, share),
            letters=letters_of(session, [share_id]),
            studies=studies_of(session, share.disc_id),
            series=series_of(session, share.disc_id),
            sends=here.mail.sends,
            not_shown=not_shown_yet(session, share),
            left_out=series_not_shown(session, share),
            notes=notes_of(session, share.id),
            patients=patient_names(session, [share]),
            longest=today(current_staff().organisation) + service.LONGEST_LIFE,
            today=today(current_staff().organisation),
        )


@bp.post("/shares/<share_id>/revoke")
@staff_only(StaffRight.SHARE)
def revoke(share_id: str) -> ResponseReturnValue:
    """End a share and all its keys."""
    here, me = site(), current_staff()
    with here.sessions.begin() as session:
        service.revoke(
            session, me.organisation.id, share_id, by=staff_actor(), user_id=me.user.id, now=here.now()
        )
    flash(_("The link is closed. What was downloaded before stays with those who hold it."), "good")
    return redirect(url_for("shares.show", share_id=share_id), 303)


@bp.post("/shares/<share_id>/extend")
@staff_only(StaffRight.SHARE)
def extend(share_id: str) -> ResponseReturnValue:
    """Give a share another last day, later or sooner."""
    here, me = site(), current_staff()
    try:
        until = date.fromisoformat(request.form.get("until", ""))
    except ValueError:
        raise Unacceptable(_("Choose the last day.")) from None
    with here.sessions.begin() as session:
        service.extend(
            session,
            me.organisation.id,
            share_id,
            expires_at=end_of(until, me.organisation, here.now()),
            seen=request.form.get("seen"),
            by=staff_actor(),
            now=here.now(),
        )
    flash(_("The last day is changed."), "good")
    return redirect(url_for("shares.show", share_id=share_id), 303)


def _form(disc_id: str, message: str = "") -> str:
    here, me = site(), current_staff()
    with here.sessions() as session:
        disc = queries.find_disc(session, me.organisation.id, disc_id)
        patients = overview.contents(session, [disc]).get(disc.id, [])
        return render_template(
            "shares/form.html",
            disc=disc,
            refusal=_refusal(disc),
            message=message,
            patients=[line for line in patients if not line.left_out],
            until={
                purpose: last_day(purpose, None, today(current_staff().organisation)) for purpose in DEFAULTS
            },
            today=today(current_staff().organisation),
            longest=today(current_staff().organisation) + service.LONGEST_LIFE,
            languages_of_link=LANGUAGES,
            given_to=GIVEN_TO,
            not_sent=not_sent(),
            given=request.form,
        )


def _refusal(disc: Disc) -> str:
    """Return why this disc cannot be shared now, or an empty text."""
    if disc.waiting_since:
        return _("This disc lies in the waiting room: somebody must first accept it.")
    if disc.blocked_at:
        return _("This disc was stopped: nothing on it may be shared.")
    return {
        "needs_review": _("Somebody must first decide about this disc."),
        "failed": _("There is nothing to share: no images were found on this disc."),
    }.get(disc.state, "")


@bp.app_context_processor
def words() -> dict[str, Any]:
    """Give pages the words for links, and how many ask for a new one."""

    def asked() -> int:
        me = staff_or_none()
        if me is None:
            return 0
        with site().sessions() as session:
            return service.count_open_requests(session, me.organisation.id)

    return {
        "asked_count": asked,
        "share_state": lambda share: share_state(service.state_of(share, site().now())),
        "key_state": lambda key: share_state(service.key_state(key, site().now())),
        "edition": service.edition,
        "letter_words": letter_words,
        "event_words": event_words,
        "filter_name": filter_name,
        "is_over": lambda share: service.state_of(share, site().now()) in ("expired", "revoked", "used_up"),
        "channel_name": channel_name,
        "given_to_name": given_to_name,
        "role_name": role_name,
        "clock": site().now,
    }
