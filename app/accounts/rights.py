"""Which role may do what: one table."""

from enum import StrEnum
from typing import NamedTuple

from app.accounts.models import Organisation, Role, User


class StaffRight(StrEnum):
    """Something that not every member may do."""

    SEE = "see"
    UPLOAD = "upload"
    REVIEW = "review"
    SHARE = "share"
    ADMINISTER = "administer"
    AUDIT = "audit"


RIGHTS: dict[Role, frozenset[StaffRight]] = {
    Role.VIEWER: frozenset({StaffRight.SEE}),
    Role.UPLOADER: frozenset({StaffRight.SEE, StaffRight.UPLOAD, StaffRight.REVIEW, StaffRight.SHARE}),
    Role.AUDITOR: frozenset({StaffRight.AUDIT}),
    Role.ADMIN: frozenset(StaffRight),
    Role.OPERATOR: frozenset({StaffRight.AUDIT}),
}


class Staff(NamedTuple):
    """A user at work: in one organisation, in one role."""

    user: User
    organisation: Organisation
    role: Role


def may(role: Role, right: StaffRight) -> bool:
    """Tell whether ``role`` holds ``right``."""
    return right in RIGHTS[role]
