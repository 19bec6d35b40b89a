"""What a view reaches for: the site, and who is asking."""

from typing import cast

from flask import current_app, request

from app.audit.actor import Actor, ActorKind
from app.site import EXTENSION, Site


def site() -> Site:
    """Return the site behind the running application."""
    return cast(Site, current_app.extensions[EXTENSION])


def actor(kind: ActorKind, actor_id: str | None = None) -> Actor:
    """Return who is asking, with the address they ask from."""
    return Actor(kind, actor_id, request.remote_addr)
