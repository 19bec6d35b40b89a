"""What is kept of an instance for the viewer. On its own, so that the web does not load what makes it."""

from typing import Any


def stored(display: dict[str, Any]) -> list[dict[str, Any]]:
    """Return what ``frames.make_display`` tells of each numbered blob: the frames, then the overlays."""
    return [*display.get("frames", []), *display.get("overlays", [])]
