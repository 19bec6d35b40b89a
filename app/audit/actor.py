"""Who stands behind a deed."""

from enum import StrEnum
from typing import NamedTuple


class ActorKind(StrEnum):
    """What sort of actor did it."""

    STAFF = "staff"
    TOKEN = "token"  # noqa: S105 - a kind, not a secret
    VISITOR = "visitor"
    OPERATOR = "operator"
    SYSTEM = "system"


class Actor(NamedTuple):
    """An actor: staff by user id, visitor by key id, operator at the command line, or the system itself."""

    kind: ActorKind
    id: str | None = None
    address: str | None = None
    """Network address the request came from, where there was a request."""


SYSTEM = Actor(ActorKind.SYSTEM)
OPERATOR = Actor(ActorKind.OPERATOR)
