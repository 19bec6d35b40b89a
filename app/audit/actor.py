"""Who stands behind a deed."""

from enum import StrEnum
from ipaddress import IPv6Address, ip_address
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


def network(address: str) -> str:
    """Return what counts as one address: an IPv6 subscriber has a whole /64."""
    try:
        found = ip_address(address)
    except ValueError:
        return address
    if isinstance(found, IPv6Address) and found.ipv4_mapped:
        return str(found.ipv4_mapped)
    if isinstance(found, IPv6Address):
        return f"{IPv6Address(int(found) >> 64 << 64)}/64"
    return str(found)
