"""Pictures for links that are for looking only, where the organisation wants these reduced.

The manifest tells of each what is sent in its place: a JPEG of greys or colours as first shown, with square
pixels, without what only exact values are good for. ``app.pictures.reduced`` makes them.
"""

from collections.abc import Collection, Sequence
from typing import Any

from app.accounts.models import Organisation
from app.dicom.preview import size_within
from app.shares.models import Right

LONGEST = 512
"""The most pixels of a side: what previews have."""
GREYS = {"center": 128, "width": 256}
"""The window that leaves 8-bit greys as they are (PS3.3 C.11.2.1.2.1)."""
EXACT = ("modality_lut", "voi_lut", "padding", "lossy_ratio")
"""What is told of stored values: there are none any more."""


def is_reduced(organisation: Organisation, rights: Collection[Right]) -> bool:
    """Tell whether a visitor with these rights gets reduced pictures only."""
    return organisation.reduces_viewing and Right.DOWNLOAD not in rights


def reduce(base: str, studies: Sequence[dict[str, Any]]) -> None:
    """Change what the manifest tells of every picture; ``base`` is the share's address."""
    for study in studies:
        for series in study["series"]:
            series["instances"] = [_reduced(base, entry) for entry in series["instances"]]


def _reduced(base: str, entry: dict[str, Any]) -> dict[str, Any]:
    if not entry["shown"]:
        return entry
    columns, rows = size_within(entry["rows"], entry["columns"], entry["aspect"], LONGEST)
    coarser = (entry["rows"] / rows, entry["columns"] / columns)
    left_out = ("overlays", "regions")
    grey = any(frame["samples"] == 1 for frame in entry["frames"])
    return {
        **{key: value for key, value in entry.items() if key not in left_out},
        **dict.fromkeys(EXACT),
        "rows": rows,
        "columns": columns,
        "aspect": 1.0,
        "rescale": {"slope": 1, "intercept": 0},
        "unit": "",
        "windows": [GREYS] if grey else [],
        "lossy": True,
        "reduced": True,
        "undrawn": "overlays" in entry,
        "plane": _coarser(entry["plane"], coarser),
        "frames": [
            _frame(f"{base}/reduced/{entry['id']}/{index}.jpg", frame, coarser)
            for index, frame in enumerate(entry["frames"])
        ],
    }


def _frame(url: str, frame: dict[str, Any], coarser: tuple[float, float]) -> dict[str, Any]:
    told = {
        "url": url,
        "encoding": "jpeg",
        "bits": 8,
        "signed": False,
        "samples": frame["samples"],
        "photometric": "RGB" if frame["samples"] == 3 else "MONOCHROME2",
        "float": False,
    }
    return told | ({"plane": _coarser(frame["plane"], coarser)} if "plane" in frame else {})


def _coarser(plane: dict[str, Any], by: tuple[float, float]) -> dict[str, Any]:
    """Return a plane whose pixels are larger, ``by`` in height and in width."""
    spacing = plane.get("spacing")
    if not spacing:
        return plane
    return plane | {"spacing": [size * factor for size, factor in zip(spacing, by, strict=True)]}
