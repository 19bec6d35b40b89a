"""Notes as the viewer knows them: who says what, since when, about how many marks."""

from typing import Any

from app.shares.models import ShareNote


def entry(note: ShareNote) -> dict[str, Any]:
    """Return a note without its marks, as the manifest lists it."""
    return {
        "id": note.id,
        "at": note.created_at.isoformat(),
        "name": note.name,
        "text": note.text,
        "count": note.count,
    }
