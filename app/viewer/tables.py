"""VOI tables of a share: told once each, however many pictures refer to them."""

import hashlib
from collections.abc import Iterable
from typing import Any

from app.studies.models import Instance


def reference(table: dict[str, Any] | None) -> dict[str, Any] | None:
    """Return what the manifest says of a picture's table: which one, and the window that it refines."""
    return {"table": _name(table), "window": table["window"]} if table else None


def all_of(shared: Iterable[Instance]) -> dict[str, dict[str, Any]]:
    """Return the tables of all instances by their names: ``first``, ``name``, and the greys as base64."""
    found = (table for instance in shared if (table := (instance.display or {}).get("voi_lut")))
    return {_name(table): {key: table[key] for key in ("first", "name", "data")} for table in found}


def _name(table: dict[str, Any]) -> str:
    told = f"{table['first']}/{table['name']}/{table['data']}"
    return hashlib.sha256(told.encode()).hexdigest()[:16]
