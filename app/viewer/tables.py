"""Modality and VOI tables of a share: told once each, however many pictures refer to them."""

import hashlib
from collections.abc import Iterable
from typing import Any

from app.studies.models import Instance

TOLD = ("first", "bits", "name", "data")


def reference(table: dict[str, Any] | None) -> dict[str, Any] | None:
    """Return what the manifest says of a picture's VOI table: which one, and the window that it refines."""
    return {"table": name_of(table), "window": table["window"]} if table else None


def all_of(shared: Iterable[Instance]) -> dict[str, dict[str, Any]]:
    """Return the tables of all instances by their names: ``first``, ``bits``, ``name``, entries as base64."""
    found = (
        table
        for instance in shared
        for key in ("modality_lut", "voi_lut")
        if (table := (instance.display or {}).get(key))
    )
    return {str(name_of(table)): {key: table[key] for key in TOLD} for table in found}


def name_of(table: dict[str, Any] | None) -> str | None:
    """Return what a table goes by: the same for the same table."""
    if not table:
        return None
    return hashlib.sha256("/".join(str(table[key]) for key in TOLD).encode()).hexdigest()[:16]
