"""Which series an address names: ``series=<id>,<id>``."""

import re

from flask import request
from flask_babel import gettext as _

from app.errors import Unacceptable

ID = re.compile(r"[a-z2-7]{16}")


def asked_series() -> frozenset[str] | None:
    """Return the ids that are asked for, None for all. Raises Unacceptable for what can be no id."""
    series = [one for one in request.args.get("series", "").split(",") if one]
    if not all(map(ID.fullmatch, series)):
        raise unclear()
    return frozenset(series) if series else None


def unclear() -> Unacceptable:
    """Return what is said of an address that means nothing."""
    return Unacceptable(_("It is not clear which pictures are meant. Go back and choose again."))
