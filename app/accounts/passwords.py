"""Passwords: hashed with argon2id, judged by length and by what is commonly tried (NIST SP 800-63B-4)."""

import os
import secrets
import threading

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from app.errors import Unacceptable

SHORTEST, LONGEST = 15, 128
COMMON = (
    "password",
    "passwort",
    "contraseña",
    "qwerty",
    "123456",
    "letmein",
    "welcome",
    "virtualcd",
    "virtual-cd",
)

_hasher = PasswordHasher(time_cost=1, memory_cost=47_104, parallelism=1)
AT_ONCE = max(1, min(2, (os.cpu_count() or 1) // 2))
"""Hashes at one moment: of 46 MiB each, and never on more than half of the processors, so that links open."""
_at_once = threading.BoundedSemaphore(AT_ONCE)


def hash_password(password: str) -> str:
    """Return an argon2id hash of ``password``."""
    with _at_once:
        return _hasher.hash(password)


def password_matches(password: str, hashed: str) -> bool:
    """Tell whether ``hashed`` was made from ``password``; takes as long either way."""
    if len(password) > LONGEST:
        return False
    with _at_once:
        try:
            return _hasher.verify(hashed, password)
        except (VerificationError, InvalidHashError):
            return False


NOBODY = hash_password(secrets.token_urlsafe())
"""Checked for an unknown user, so that the answer takes as long as for a known one."""


def one_time_password() -> str:
    """Return a random password to be changed at the first login: 100 bits, easy to type."""
    alphabet = "abcdefghjkmnpqrstuvwxyz23456789"
    return "-".join("".join(secrets.choice(alphabet) for _ in range(5)) for _ in range(4))


def judge(password: str, email: str) -> None:
    """Raise Unacceptable, with what to do, unless ``password`` will do for the user ``email``."""
    if len(password) < SHORTEST:
        raise Unacceptable(f"Use at least {SHORTEST} characters. A few words in a row make a good password.")
    if len(password) > LONGEST:
        raise Unacceptable(f"Use at most {LONGEST} characters.")
    plain = password.lower().replace(" ", "")
    own = email.partition("@")[0]
    if len(set(plain)) < 5 or own in plain or plain.startswith(COMMON):
        raise Unacceptable("That password is too easy to guess. A few unusual words in a row are better.")
