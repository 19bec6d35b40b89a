"""Staff's second factor: the codes of an authenticator app (TOTP, RFC 6238), and recovery codes on paper."""

import base64
import binascii
import hmac
import re
import secrets
from datetime import datetime
from enum import StrEnum
from typing import NamedTuple, cast

from cryptography.hazmat.primitives.hashes import SHA1
from cryptography.hazmat.primitives.twofactor.totp import TOTP
from sqlalchemy import CursorResult, delete, func, select, update
from sqlalchemy.orm import Session

from app.accounts import passwords
from app.accounts.letters import tell_of_account
from app.accounts.models import RecoveryCode, SecondFactor
from app.accounts.rights import Staff
from app.accounts.sessions import hash_secret
from app.audit import Action, Actor, record
from app.errors import Refused
from app.sealing import Sealer, Unreadable

SEALED_FOR = b"virtual-cd second factor AES-256-GCM"
ISSUER = "Virtual CD"
SECRET_BYTES, DIGITS, STEP_SECONDS = 20, 6, 30
"""What every authenticator app can do: other lengths and hashes are ignored by some without a word."""
STEPS_NEAR = (0, -1, 1)
"""Codes taken beside the present one: telephones' clocks differ, and people type slowly."""
RECOVERY_CODES = 8
LOST = (
    "Your two-step login can no longer be read: the service's secret keys were changed. "
    "Ask the person who runs Virtual CD to turn it off; then set it up anew."
)


class Offer(NamedTuple):
    """A secret that an app may take over; worth nothing until a code shows that it did."""

    secret: str
    """In base32, for typing."""
    address: str
    """``otpauth://`` address, for a QR code."""
    sealed: str
    """For the form that comes back with the first code."""


class Shown(StrEnum):
    """What was shown as a second factor."""

    APP = "app"
    RECOVERY_CODE = "recovery_code"


class SecondFactors:
    """Sets up, checks and takes away second factors; their secrets are sealed in the database."""

    def __init__(self, secret_keys: tuple[bytes, ...]) -> None:
        self._sealer = Sealer(secret_keys, SEALED_FOR)

    def offer(self, staff: Staff, sealed: str = "") -> Offer:
        """Return a new secret for ``staff``, or once more the one that ``sealed`` holds."""
        secret = self._opened(staff, sealed) or secrets.token_bytes(SECRET_BYTES)
        return Offer(
            base64.b32encode(secret).decode(),
            _totp(secret).get_provisioning_uri(staff.user.email, ISSUER),
            base64.urlsafe_b64encode(self._sealer.seal(secret, _offered_to(staff))).decode(),
        )

    def set_up(
        self, session: Session, staff: Staff, sealed: str, typed: str, *, by: Actor, now: datetime
    ) -> list[str]:
        """Keep the offered secret once ``typed`` is a code of it; return new recovery codes, shown this once.

        Whatever the user had before is replaced; the caller holds the user (``service.hold``). Raises
        Refused for a code that does not fit.
        """
        secret = self._opened(staff, sealed)
        step = _step_of(secret, _cleaned(typed), now) if secret else None
        if secret is None or step is None:
            raise Refused("That code does not fit. Type the one that the app shows now.")
        _forget(session, staff)
        session.add(
            SecondFactor(
                user_id=staff.user.id,
                sealed_secret=self._sealer.seal(secret, staff.user.id),
                last_step=step,
                created_at=now,
            )
        )
        codes = _new_codes(session, staff)
        _record(session, Action.SECOND_FACTOR_SET, staff, by, now)
        tell_of_account(session, staff, "Two-step login was set up for it, with an authenticator app.", now)
        return codes

    def check(self, session: Session, staff: Staff, typed: str, *, by: Actor, now: datetime) -> Shown | None:
        """Use up ``typed``; return what it was, or None when it is worth nothing (and log that).

        A code of the app is taken once, a recovery code is taken once. Raises Refused when the secret
        cannot be read any more.
        """
        code, shown = _cleaned(typed), kind_of(typed)
        use = self._use_app if shown is Shown.APP else _use_recovery_code
        good = use(session, staff, code, now)
        if not good:
            _record(session, Action.SECOND_FACTOR_DENIED, staff, by, now)
        elif shown is Shown.RECOVERY_CODE:
            tell_of_account(session, staff, "Somebody logged in to it with a recovery code.", now)
        return shown if good else None

    def _use_app(self, session: Session, staff: Staff, code: str, now: datetime) -> bool:
        kept = find(session, staff.user.id)
        if kept is None:
            return False
        try:
            secret = self._sealer.unseal(kept.sealed_secret, staff.user.id)
        except Unreadable:
            raise Refused(LOST) from None
        step = _step_of(secret, code, now)
        if step is None:
            return False
        # Sealed anew, so that every login moves the secret under the newest key.
        used = session.execute(
            update(SecondFactor)
            .where(SecondFactor.id == kept.id, SecondFactor.last_step < step)
            .values(last_step=step, sealed_secret=self._sealer.seal(secret, staff.user.id))
        )
        return cast(CursorResult[None], used).rowcount == 1

    def _opened(self, staff: Staff, sealed: str) -> bytes | None:
        try:
            return self._sealer.unseal(base64.urlsafe_b64decode(sealed), _offered_to(staff))
        except (Unreadable, binascii.Error, ValueError):
            return None


def kind_of(typed: str) -> Shown:
    """Return what somebody meant to type: letters, or more than a few digits, are of a recovery code."""
    digits = re.fullmatch(rf"[0-9]{{0,{DIGITS + 2}}}", _cleaned(typed))
    return Shown.APP if digits else Shown.RECOVERY_CODE


def find(session: Session, user_id: str) -> SecondFactor | None:
    """Return the authenticator app of a user, if one is set up."""
    return session.scalars(select(SecondFactor).where(SecondFactor.user_id == user_id)).first()


def codes_left(session: Session, staff: Staff) -> int:
    """Return how many recovery codes were not used yet."""
    unused = select(func.count()).where(RecoveryCode.user_id == staff.user.id, RecoveryCode.used_at.is_(None))
    return session.scalars(unused).one()


def renew_codes(session: Session, staff: Staff, *, by: Actor, now: datetime) -> list[str]:
    """Return new recovery codes, shown this once; the old ones are worth nothing from now on."""
    _forget_codes(session, staff)
    codes = _new_codes(session, staff)
    _record(session, Action.RECOVERY_CODES_MADE, staff, by, now)
    tell_of_account(session, staff, "New recovery codes were made for it.", now)
    return codes


def take_away(session: Session, staff: Staff, *, by: Actor, now: datetime) -> bool:
    """Take the second factor of ``staff`` away; tell whether there was one."""
    if find(session, staff.user.id) is None:
        return False
    _forget(session, staff)
    _record(session, Action.SECOND_FACTOR_REMOVED, staff, by, now)
    tell_of_account(session, staff, "Two-step login was turned off for it.", now)
    return True


def _record(session: Session, action: Action, staff: Staff, by: Actor, now: datetime) -> None:
    record(session, action, by, now, organisation_id=staff.organisation.id, user=staff.user.id)


def _forget(session: Session, staff: Staff) -> None:
    session.execute(delete(SecondFactor).where(SecondFactor.user_id == staff.user.id))
    _forget_codes(session, staff)


def _forget_codes(session: Session, staff: Staff) -> None:
    session.execute(delete(RecoveryCode).where(RecoveryCode.user_id == staff.user.id))


def _new_codes(session: Session, staff: Staff) -> list[str]:
    codes = [passwords.one_time_password() for _ in range(RECOVERY_CODES)]
    session.add_all(
        RecoveryCode(user_id=staff.user.id, code_hash=hash_secret(_cleaned(code))) for code in codes
    )
    return codes


def _use_recovery_code(session: Session, staff: Staff, code: str, now: datetime) -> bool:
    used = session.execute(
        update(RecoveryCode)
        .where(
            RecoveryCode.user_id == staff.user.id,
            RecoveryCode.code_hash == hash_secret(code),
            RecoveryCode.used_at.is_(None),
        )
        .values(used_at=now)
    )
    return cast(CursorResult[None], used).rowcount == 1


def _cleaned(typed: str) -> str:
    """Return a code without what people type between its groups."""
    return re.sub(r"[\s-]", "", typed).lower()


def _offered_to(staff: Staff) -> str:
    return f"offered to {staff.user.id}"


def _totp(secret: bytes) -> TOTP:
    return TOTP(secret, DIGITS, SHA1(), STEP_SECONDS)  # noqa: S303 - RFC 6238's own; apps know no other


def _step_of(secret: bytes, code: str, now: datetime) -> int | None:
    """Return the time step near ``now`` whose code it is (RFC 6238, 4 and 5.2)."""
    present = int(now.timestamp()) // STEP_SECONDS
    for step in (present + near for near in STEPS_NEAR):
        if hmac.compare_digest(_totp(secret).generate(step * STEP_SECONDS), code.encode()):
            return step
    return None
