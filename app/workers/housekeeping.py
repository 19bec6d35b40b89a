"""What nobody asks for and must happen all the same: sweeping, purging, tidying."""

import logging
from collections.abc import Callable
from datetime import timedelta

from app.audit import repeats
from app.ingest.sweep import sweep
from app.requests import ending as requests
from app.requests import notices
from app.requests.forgetting import forget_ended
from app.shares import ending as shares
from app.shares.notes import erase_notes
from app.shares.notices import send_notices
from app.site import Site
from app.studies.orphans import sweep_orphans
from app.studies.plain_copies import sweep_copies
from app.studies.retention import purge_due

log = logging.getLogger(__name__)

EVERY_MINUTES = 10
EVERY = timedelta(minutes=EVERY_MINUTES)
LEFTOVERS_AFTER = timedelta(hours=24)


def keep_house(site: Site, minute: int = 0) -> None:
    """Do what is due in this minute of a worker's life.

    One chore that fails leaves the others alone and is tried again next time.
    """
    for chore in BRISK if minute % EVERY_MINUTES else (*BRISK, *CHORES):
        try:
            chore(site)
        except Exception:
            log.exception("housekeeping: %s failed", chore.__name__)


def sweep_uploads(site: Site) -> None:
    """End uploads that were abandoned."""
    sweep(site.sessions, site.store, site.now())


def purge_discs(site: Site) -> None:
    """Purge discs whose time to be restored is over, and what visitors noted on their pictures."""
    purge_due(site.sessions, site.store, site.now(), erase_notes)


def clear_orphans(site: Site) -> None:
    """Remove bytes that no row knows, a shelf or two in each round."""
    sweep_orphans(site.sessions, site.store, site.now(), site.now() - EVERY)


def clear_copies(site: Site) -> None:
    """Remove copies without compression whose time is over."""
    sweep_copies(site.sessions, site.store, site.now())


def tidy_store(site: Site) -> None:
    """Remove what interrupted writes left in the store."""
    site.store.tidy(site.now() - LEFTOVERS_AFTER)


def end_links(site: Site) -> None:
    """Keep it that links have ended whose time is over, those to images and those to send some."""
    with site.sessions.begin() as session:
        shares.keep_ends(session, site.now())
        requests.keep_ends(session, site.now())


def tell_repeats(site: Site) -> None:
    """Write down how often denials were repeated."""
    repeats.tell_repeats(site.sessions, site.now())


def tell_senders(site: Site) -> None:
    """Queue the notices about links."""
    with site.sessions.begin() as session:
        send_notices(session, site.config.base_url, site.now())


def tell_arrivals(site: Site) -> None:
    """Queue the notices about discs that were sent on request."""
    with site.sessions.begin() as session:
        notices.tell_arrivals(session, site.config.base_url, site.now())


def forget_requests(site: Site) -> None:
    """Erase whom requests that ended were about."""
    with site.sessions.begin() as session:
        forget_ended(session, site.now())


def try_mail_again(site: Site) -> None:
    """Send letters that a mail server had no time for."""
    with site.sessions.begin() as session:
        site.mail.try_again(session, site.now())


def clear_outbox(site: Site) -> None:
    """Erase letters that were kept because no mail server is set up."""
    site.mail.clear_outbox(site.now())


BRISK: tuple[Callable[[Site], None], ...] = (end_links, tell_repeats)
"""Every minute: until an end is stored, a clock that is set back takes it back; histories tell what was."""
CHORES: tuple[Callable[[Site], None], ...] = (
    sweep_uploads,
    purge_discs,
    clear_orphans,
    clear_copies,
    tidy_store,
    tell_senders,
    tell_arrivals,
    forget_requests,
    try_mail_again,
    clear_outbox,
)
