"""Two people at one share: whoever decides from a page that is out of date is told, and nothing happens."""

from hashlib import sha256

from app.errors import Outdated
from app.shares.models import Share


def edition(share: Share) -> str:
    """Return a mark that changes whenever staff change the share: its end, its keys, what it shows.

    What visitors do (opening, mistyping, passing on) leaves it as it is.
    """
    keys = sorted(f"{key.id}:{key.revoked_at}" for key in share.keys if key.parent_id is None)
    told = [str(share.expires_at), str(share.revoked_at), str(len(share.versions)), *keys]
    return sha256("\n".join(told).encode()).hexdigest()[:16]


def check_edition(share: Share, seen: str | None) -> None:
    """Raise Outdated unless ``seen`` is the share's mark; None comes from who looked at no page."""
    if seen is not None and seen != edition(share):
        raise Outdated(
            "Somebody else changed this link meanwhile. Nothing was done: look at it, then decide."
        )
