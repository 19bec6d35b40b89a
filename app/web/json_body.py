"""Reading a JSON request, field by field, with a sentence for what does not fit."""

from typing import Any

from flask import request

from app.errors import Unacceptable
from app.ingest.names import NO_TEXT


def json_body() -> dict[str, Any]:
    """Return the object that was sent."""
    try:
        asked = request.get_json(silent=True)
    except RecursionError:
        asked = None
    if not isinstance(asked, dict):
        raise Unacceptable("That is not the JSON we take here.")
    return asked


def text_of(asked: dict[str, Any], name: str, longest: int = 120) -> str:
    """Return a text field, stripped; empty when absent."""
    value = asked.get(name) or ""
    if not isinstance(value, str) or len(value) > longest:
        raise Unacceptable(f"{name} is too long.")
    if NO_TEXT.search(value):
        raise Unacceptable(f"{name} holds something that is no text.")
    return value.strip()


def count_of(asked: dict[str, Any], name: str) -> int:
    """Return a count; 0 when absent."""
    value = asked.get(name, 0)
    if not isinstance(value, int) or not 0 <= value <= 1_000_000:
        raise Unacceptable(f"{name} is not a count.")
    return value
