"""PINs: eight random digits, told on another way than the link; kept as argon2id hashes.

Hashing shares the gate of staff passwords (``app.accounts.passwords``): m=47104 KiB, t=1, p=1, few at once.
"""

import secrets
import unicodedata

from app.accounts.passwords import hash_password, password_matches
from app.errors import Unacceptable

LENGTH = 8
LONGEST_TYPED = 64
EASY = ("12345678", "23456789", "01234567", "87654321", "98765432", "76543210")


def new_pin() -> str:
    """Return eight random digits."""
    return f"{secrets.randbelow(10**LENGTH):0{LENGTH}d}"


def read_pin(typed: str) -> str:
    """Return the eight digits that were typed, without spaces, dashes and invisible marks of any kind.

    Digits of other scripts count as what they mean. Raises Unacceptable for anything else, before hashing.
    """
    if len(typed) > LONGEST_TYPED:
        raise Unacceptable("A PIN has eight digits.")
    plain = [c for c in typed if not _is_spacing(c)]
    if len(plain) != LENGTH or not all(c.isdecimal() for c in plain):
        raise Unacceptable("A PIN has eight digits.")
    return "".join(str(unicodedata.decimal(c)) for c in plain)


def judge(pin: str) -> None:
    """Raise Unacceptable when a PIN chosen by a person is easy to guess."""
    if len(set(pin)) < 3 or pin in EASY or pin[:4] == pin[4:]:
        raise Unacceptable("That PIN is too easy to guess. Let Virtual CD choose one.")


def grouped(pin: str) -> str:
    """Return a PIN as it is written for people: ``4821 0937``."""
    return f"{pin[:4]} {pin[4:]}"


def hash_pin(pin: str) -> str:
    """Return an argon2id hash of ``pin``."""
    return hash_password(pin)


def matches(pin: str, hashed: str | None) -> bool:
    """Tell whether ``hashed`` was made from ``pin``; takes as long either way, and without a hash."""
    return password_matches(pin, hashed or NOTHING) and hashed is not None


def spend_time() -> None:
    """Take as long as a check takes: what does not exist is not told by the clock."""
    password_matches("00000000", NOTHING)


NOTHING = hash_password(secrets.token_urlsafe())


def _is_spacing(character: str) -> bool:
    return character.isspace() or unicodedata.category(character) in ("Pd", "Cf") or character == "\u2212"
