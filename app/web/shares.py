"""Sharing for staff: make a link, hand it over once, see what became of it, end it.

A page that shows secrets answers the POST itself: no address ever leads back to them.
"""

from datetime import date
from typing import Any
from zoneinfo import ZoneInfo

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import force_locale
from markupsafe import Markup
from sqlalchemy.orm import Session

from app.accounts.rights import StaffRight
from app.errors import Refused, Unacceptable
from app.shares import service
from app.shares.models import Share, ShareState
from app.shares.service import NewKey
from app.studies import overview, queries
from app.studies.models import Disc
from app.web.context import site
from app.web.i18n import LANGUAGES
from app.web.login import current_staff, staff_actor, staff_only
from app.web.share_form import CHANNELS, DEFAULTS, GIVEN_TO, end_of, last_day, read_order
from app.web.slip import slip_of
from app.web.states import channel_name, filter_name, given_to_name, role_name, share_state
from app.web.texts import _
from app.web.words import person

bp = Blueprint("shares", __name__)

PAGE = 50
MOST = 1000
"""Of how many links the list knows; older ones stand on their discs' pages."""
LONGEST_SEARCH = 200

FILTERS = (
    None,
    ShareState.LIVE,
    ShareState.WAITING,
    ShareState.FROZEN,
    ShareState.EXPIRED,
    ShareState.REVOKED,
)


@bp.get("/discs/<disc_id>/share")
@staff_only(StaffRight.SHARE)
def create(disc_id: str) -> ResponseReturnValue:
    """Ask what to share, with whom and until when; all of it has a default."""
    return _form(disc_id)


@bp.post("/discs/<disc_id>/share")
@staff_only(StaffRight.SHARE)
def make(disc_id: str) -> ResponseReturnValue:
    """Make the link and show it, once."""
    here, me = site(), current_staff()
    if request.form.get("channel") == "mail":
        return _form(disc_id, not_sent()), 409
    try:
        order, cut = (
            read_order(request.form, disc_id, me.organisation, here.now()),
            service.cut_key(here.signer),
        )
        with here.sessions.begin() as session:
            key = service.create(
                session,
                cut,
                me.organisation.id,
                order,
                by=staff_actor(),
                created_by=me.user.id,
                now=here.now(),
            )
    except (Unacceptable, Refused) as why:
        return _form(disc_id, str(why)), 400
    return _made(key, order.channel)


@bp.post("/shares/<share_id>/keys")
@staff_only(StaffRight.SHARE)
def add_key(share_id: str) -> ResponseReturnValue:
    """Make a further key to the same share: printed again, or told another way."""
    here, me = site(), current_staff()
    channel = request.form.get("channel", "")
    if channel == "mail":
        flash(not_sent(), "warn")
        return redirect(url_for("shares.show", share_id=share_id), 303)
    cut = service.cut_key(here.signer)
    with here.sessions.begin() as session:
        key = service.add_key(
            session,
            cut,
            me.organisation.id,
            share_id,
            channel=channel,
            by=staff_actor(),
            created_by=me.user.id,
            now=here.now(),
        )
    return _made(key, channel)


@bp.get("/shares")
@staff_only()
def listing() -> ResponseReturnValue:
    """List links, the newest first: all, those in one state, or those found by a word."""
    here, me = site(), current_staff()
    wanted, search = request.args.get("state", ""), request.args.get("q", "").strip()[:LONGEST_SEARCH]
    page = max(1, request.args.get("page", 1, int))
    with here.sessions() as session:
        found = service.list_shares(session, me.organisation.id, limit=MOST)
        patients = _patients(session, found)
        chosen = [
            share
            for share in found
            if (not wanted or service.state_of(share, here.now()) == wanted)
            and _holds(search, share.recipient, share.reference, person(patients.get(share.id)))
        ]
        return render_template(
            "shares/list.html",
            shares=chosen[(page - 1) * PAGE : page * PAGE],
            more=len(chosen) > page * PAGE,
            page=page,
            address=lambda number: url_for(
                "shares.listing", state=wanted or None, q=search or None, page=number
            ),
            any_at_all=bool(found),
            wanted=wanted,
            search=search,
            filters=FILTERS,
            patients=patients,
        )


def _holds(search: str, *texts: str) -> bool:
    return all(any(word in text.casefold() for text in texts) for word in search.casefold().split())


@bp.get("/shares/<share_id>")
@staff_only()
def show(share_id: str) -> ResponseReturnValue:
    """Show a link with its keys: how each was handed over, opened, mistyped. No secret: none is kept."""
    here, me = site(), current_staff()
    with here.sessions() as session:
        share = service.find_share(session, me.organisation.id, share_id)
        return render_template(
            "shares/share.html",
            share=share,
            patients=_patients(session, [share]),
            longest=_today() + service.LONGEST_LIFE,
            today=_today(),
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
            by=staff_actor(),
            now=here.now(),
        )
    flash(_("The last day is changed."), "good")
    return redirect(url_for("shares.show", share_id=share_id), 303)


def not_sent() -> str:
    """Return why no e-mail goes out, and what to do instead."""
    if site().config.smtp_url:
        return _("Not sent: Virtual CD can't send e-mail yet. Print the slip.")
    return _("Not sent: e-mail isn't set up. Print the slip.")


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
            until={purpose: last_day(purpose, None, _today()) for purpose in DEFAULTS},
            today=_today(),
            longest=_today() + service.LONGEST_LIFE,
            languages_of_link=LANGUAGES,
            given_to=GIVEN_TO,
            not_sent=not_sent(),
            given=request.form,
        )


def _refusal(disc: Disc) -> str:
    """Return why this disc cannot be shared now, or an empty text."""
    if disc.blocked_at:
        return _("This disc was stopped: nothing on it may be shared.")
    return {
        "needs_review": _("Somebody must first decide about this disc."),
        "failed": _("There is nothing to share: no images were found on this disc."),
    }.get(disc.state, "")


def _made(key: NewKey, channel: str) -> str:
    here, me = site(), current_staff()
    with here.sessions() as session:
        share = service.find_share(session, me.organisation.id, key.share_id)
        slip = slip_of(key, here.config.base_url)
        with force_locale(share.language or me.organisation.language):
            printed = render_template("shares/slip.html", share=share, slip=slip, of=me.organisation)
        return render_template(
            "shares/made.html",
            share=share,
            slip=slip,
            slip_page=Markup(printed),  # noqa: S704 - our own template's output
            channel=channel if channel in CHANNELS else "slip",
            patients=_patients(session, [share]),
            not_sent=not_sent(),
        )


def _patients(session: Session, shares: list[Share]) -> dict[str, str]:
    """Return the patient's name (PN) of each share, by its id; waiting ones may have none yet."""
    return overview.patient_names(session, {share.id: share.disc_patient_id for share in shares})


def _today() -> date:
    return site().now().astimezone(ZoneInfo(current_staff().organisation.time_zone)).date()


@bp.app_context_processor
def words() -> dict[str, Any]:
    """Give pages the words for links."""
    return {
        "share_state": lambda share: share_state(service.state_of(share, site().now())),
        "key_state": lambda key: share_state(service.key_state(key, site().now())),
        "filter_name": filter_name,
        "is_over": lambda share: service.state_of(share, site().now()) in ("expired", "revoked", "used_up"),
        "channel_name": channel_name,
        "given_to_name": given_to_name,
        "role_name": role_name,
        "clock": site().now,
    }
