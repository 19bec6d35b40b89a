"""Which picture a visitor sees first: a key image, else the middle of the newest study's largest series."""

from collections.abc import Sequence
from typing import Any

from app.viewer import order


def picture(studies: Sequence[dict[str, Any]], key_uids: set[str]) -> dict[str, Any] | None:
    """Return ``{"series_uid", "instance_id", "frame_index", "preview"}`` of the first picture, or None."""
    chosen = _key_image(studies, key_uids) or _middle_of_largest(studies)
    if chosen is None:
        return None
    series, entry, frame_index = chosen
    return {
        "series_uid": series["series_uid"],
        "instance_id": entry["id"],
        "frame_index": frame_index,
        "preview": entry["preview"],
    }


def _key_image(
    studies: Sequence[dict[str, Any]], key_uids: set[str]
) -> tuple[dict[str, Any], dict[str, Any], int] | None:
    for study in studies:
        for series in study["series"]:
            for entry in series["instances"]:
                if entry["shown"] and entry["instance_uid"] in key_uids:
                    return series, entry, 0
    return None


def _middle_of_largest(
    studies: Sequence[dict[str, Any]],
) -> tuple[dict[str, Any], dict[str, Any], int] | None:
    """Look through series proper of all studies, newest first, before captures and scouts of any."""
    for rank in (order.PROPER, order.CAPTURE, order.SCOUT):
        for study in studies:
            fit = [series for series in study["series"] if series["rank"] == rank and series["pictures"]]
            if fit:
                largest = max(fit, key=lambda series: int(series["pictures"]))
                return (largest, *_middle(largest))
    return None


def _middle(series: dict[str, Any]) -> tuple[dict[str, Any], int]:
    frames = [
        (entry, index)
        for entry in series["instances"]
        if entry["shown"]
        for index in range(len(entry["frames"]))
    ]
    return frames[len(frames) // 2]
