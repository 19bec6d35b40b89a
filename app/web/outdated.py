"""A deed decided from a page that is out of date: nothing was done, and the link is shown as it is."""

from flask import flash, redirect, request, url_for
from flask.typing import ResponseReturnValue

from app.errors import Outdated


def shown_again(why: Outdated) -> ResponseReturnValue:
    """Lead whoever decided about a link from an older page back to it, and tell them why."""
    flash(str(why), "warn")
    return redirect(url_for("shares.show", **(request.view_args or {})), 303)
