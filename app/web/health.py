"""For whoever runs the service: is it alive, can it work."""

from flask import Blueprint, Response, jsonify
from sqlalchemy import text

from app.web import answers
from app.web.context import site

bp = Blueprint("health", __name__)


@bp.get("/healthz")
def alive() -> Response:
    """Answer that the process serves."""
    return jsonify(status="alive")


@bp.get("/readyz")
def ready() -> tuple[Response, int]:
    """Answer whether database, store and jobs work now; and whether wrong PINs can be counted.

    When they can't, nobody new gets in, but whoever looks at images does so undisturbed: still 200.
    """
    here = site()
    parts = {"database": "ok", "store": "ok", "jobs": "ok"}
    try:
        with here.sessions() as session:
            session.execute(text("SELECT count(*) FROM job WHERE state = 'queued'"))
    except Exception:  # whatever the driver raises: it does not answer
        parts["database"] = parts["jobs"] = "failing"
    try:
        here.store.check()
    except Exception:  # as above
        parts["store"] = "failing"
    good = set(parts.values()) == {"ok"}
    parts["limits"] = "ok" if answers.can_be_counted() else "failing"
    return jsonify(status="ready" if good else "not ready", **parts), 200 if good else 503
