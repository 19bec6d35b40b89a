"""The organisation's colour as a stylesheet: the content security policy allows no styles inside pages."""

from flask import Blueprint, Response

from app.accounts.sessions import Owes
from app.web.staff import current_staff, staff_only

bp = Blueprint("look", __name__)

WHITE, INK = "#ffffff", "#1b2430"
READABLE = 4.5
"""Contrast of normal text (WCAG 2.1, 1.4.3)."""


@bp.get("/colours.css")
@staff_only(None, passive=True, owing=(Owes.PASSWORD, Owes.SECOND_FACTOR))
def colours() -> Response:
    """Send the accent, what is written on it, and the accent made dark enough for text on white."""
    accent = current_staff().organisation.colour
    return Response(stylesheet(accent), mimetype="text/css")


def stylesheet(accent: str) -> str:
    """Return the rules for one accent, ``#rrggbb``."""
    ink, text = written_on(accent), readable(accent)
    return f":root {{ --accent: {accent}; --accent-ink: {ink}; --accent-text: {text}; }}\n"


def written_on(colour: str) -> str:
    """Return what can be read on ``colour``."""
    return WHITE if contrast(colour, WHITE) >= READABLE else INK


def readable(colour: str) -> str:
    """Return ``colour``, darkened until text in it can be read on white."""
    red, green, blue = _parts(colour)
    while contrast(f"#{red:02x}{green:02x}{blue:02x}", WHITE) < READABLE:
        red, green, blue = (int(part * 0.9) for part in (red, green, blue))
    return f"#{red:02x}{green:02x}{blue:02x}"


def contrast(one: str, other: str) -> float:
    """Return the contrast of two colours, 1 to 21 (WCAG 2.1, contrast ratio)."""
    lighter, darker = sorted((_luminance(one), _luminance(other)), reverse=True)
    return (lighter + 0.05) / (darker + 0.05)


def _luminance(colour: str) -> float:
    linear = [
        part / 255 / 12.92 if part / 255 <= 0.03928 else ((part / 255 + 0.055) / 1.055) ** 2.4
        for part in _parts(colour)
    ]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def _parts(colour: str) -> list[int]:
    return [int(colour[i : i + 2], 16) for i in (1, 3, 5)]
