"""Two people at one share: whoever decides from a page that is out of date is told, and nothing happens."""

from app.accounts import editions
from app.accounts.editions import edition_of
from app.shares.models import Share

MEANWHILE = "Somebody else changed this link meanwhile. Nothing was done: look at it, then decide."


def edition(share: Share) -> str:
    """Return a mark that changes whenever staff change the share: its end, its keys, what it shows.

    What visitors do (opening, mistyping, passing on) leaves it as it is.
    """
    keys = sorted(f"{key.id}:{key.revoked_at}" for key in share.keys if key.parent_id is None)
    return edition_of([share.expires_at, share.revoked_at, len(share.versions), *keys])


def check_edition(share: Share, seen: str | None) -> None:
    """Raise Outdated unless ``seen`` is the share's mark; None comes from who looked at no page."""
    editions.check(seen, edition(share), MEANWHILE)
