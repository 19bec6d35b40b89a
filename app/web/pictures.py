"""Display frames and previews as answers. They may be lost in a power failure: then they are made again."""

from flask import Response

from app.errors import TooSoon
from app.ingest.again import make_again
from app.storage import ObjectNotFound
from app.studies.models import Instance
from app.web.context import site
from app.web.stored import send_stored

AGAIN_IN = 2
"""Seconds; one picture is made in less."""


def send_picture(
    instance: Instance, key: str, content_type: str, *, gzipped: bool = False, size: int | None = None
) -> Response:
    """Send what was made from an instance; ``size`` is how many bytes are kept, if that is known.

    Where they are not there, or not all of them, they are asked for anew. Raises TooSoon then.
    """
    try:
        response = send_stored(key, content_type, gzipped=gzipped)
    except ObjectNotFound:
        return ask_again(instance)
    sent, inflated = response.content_length, gzipped and "Content-Encoding" not in response.headers
    if inflated or (sent == size if size is not None else sent):
        return response
    response.close()
    return ask_again(instance)


def wait() -> Response:
    """Ask a visitor for patience. Raises TooSoon."""
    raise TooSoon("This picture is being made ready. Try again in a moment.", AGAIN_IN)


def ask_again(instance: Instance) -> Response:
    """Ask for an instance's pictures anew, and the visitor for patience. Raises TooSoon."""
    here = site()
    with here.sessions.begin() as session:
        make_again(session, here.jobs, instance, here.now())
    return wait()
