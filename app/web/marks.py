"""What would make a page lie is shown as a mark: characters that turn the order of letters round; controls.

File names and texts of a disc are a stranger's: with U+202E in it, ``IM<U+202E>gpj.exe`` reads as a picture.
"""

import re

from flask import Flask

TURNING = "\u202a-\u202e\u2066-\u2069"
CONTROLS = "\0-\x08\x0b\x0c\x0e-\x1f\x7f"
_DECEIVING = re.compile(f"[{CONTROLS}{TURNING}]")
MARK = "\ufffd"


def init_app(app: Flask) -> None:
    """Mark them in whatever a template prints."""
    app.jinja_env.finalize = marked


def marked(value: object) -> object:
    """Return ``value``, or text with a mark in place of each such character."""
    if not isinstance(value, str) or not _DECEIVING.search(value):
        return value
    return type(value)(_DECEIVING.sub(MARK, value))
