"""What the New disc page saw on a disc before it sent it: what stays there, and who is one person."""

from typing import Any

from app.dicom.identity import Identity
from app.errors import Unacceptable
from app.ingest import same_person
from app.ingest.names import plain, shown_path
from app.studies.models import Disc, LeftBehind
from app.web.json_body import text_of

MOST_NAMED = 1000
LONGEST_REASON = 500
LONGEST_WORD = 1000
KINDS = frozenset(LeftBehind)


def left_paths(asked: dict[str, Any]) -> list[dict[str, str]]:
    """Return what stays on the disc as the receipt names it: path and kind. Raises Unacceptable."""
    named = asked.get("left_paths", [])
    if not isinstance(named, list) or len(named) > MOST_NAMED:
        raise Unacceptable(f"Name at most {MOST_NAMED:,} files that stay on the disc.")
    return [_left(file) for file in named]


def note_same_person(disc: Disc, asked: dict[str, Any], user_id: str) -> None:
    """Keep why the sender says that these identities are one person; null takes it back, nothing leaves it.

    Raises Unacceptable.
    """
    if "same_person" not in asked:
        return
    told = asked["same_person"]
    if told is None:
        disc.same_person = None
        return
    people = told.get("people") if isinstance(told, dict) else None
    because = text_of(told, "because", LONGEST_REASON) if isinstance(told, dict) else ""
    if not because or not isinstance(people, list) or not 0 < len(people) <= same_person.MOST_PEOPLE:
        raise Unacceptable("Say why, and of whom, it is the same person.")
    same_person.note(disc, because, [_identity(who) for who in people], user_id)


def _left(file: Any) -> dict[str, str]:
    path, kind = (file.get("path"), file.get("kind")) if isinstance(file, dict) else (None, None)
    if not isinstance(path, str) or not path or not isinstance(kind, str) or kind not in KINDS:
        raise Unacceptable("Name what stays on the disc with path and kind.")
    return {"path": shown_path(path), "kind": kind}


def _identity(who: Any) -> Identity:
    if not isinstance(who, dict) or not all(isinstance(value, str) for value in who.values()):
        raise Unacceptable("Name people by the words of their headers.")
    return Identity(
        name=plain(who.get("name", ""), LONGEST_WORD),
        patient_id=plain(who.get("patient_id", ""), LONGEST_WORD),
        birth_date=plain(who.get("birth_date", ""), 16),
    )
