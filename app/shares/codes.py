"""Short codes: what a person types at /go when there is no link to press, e.g. KM4T-7WQX-3HRP-C.

Twelve characters of an alphabet without look-alikes (30 of them: 58.9 bits) and a check character that finds
every mistyped character and every two that changed places, so that a typing error is told from a wrong code.
The database keeps an HMAC of it: 59 bits are enough against guessing on line, where 30 wrong answers an hour
are heard, but few against somebody with a copy of the database and a plain hash.
"""

import secrets
import unicodedata

from app.errors import Unacceptable

ALPHABET = "23456789ABCDEFGHJKMNPQRSTVWXYZ"
LENGTH = 12
LONGEST_TYPED = 64
PURPOSE = "short code"
"""What the keyed hash of a code is made for; see ``LinkSigner.keyed_hashes``."""

_MODULUS = 31  # the least prime above 30: every weight then has an inverse, so no single error hides


def new_code() -> str:
    """Return a fresh code of 13 characters, its check character last."""
    while True:
        code = "".join(secrets.choice(ALPHABET) for _ in range(LENGTH))
        check = _check(code)
        if check < len(ALPHABET):  # one in 31 has a check value without a character
            return code + ALPHABET[check]


def read_code(typed: str) -> str:
    """Return what was typed as we keep it: capitals, without spaces and dashes.

    Raises Unacceptable when it cannot be a code: a typing error, which counts as no attempt.
    """
    if len(typed) > LONGEST_TYPED:
        raise Unacceptable("That is too long for a code.")
    plain = "".join(c for c in typed.upper() if not _is_spacing(c))
    if len(plain) != LENGTH + 1 or not set(plain) <= set(ALPHABET):
        raise Unacceptable("A code has 13 characters and never 0, O, 1, I, L or U.")
    if _check(plain[:LENGTH]) != ALPHABET.index(plain[LENGTH]):
        raise Unacceptable("One of the characters is not right.")
    return plain


def grouped(code: str) -> str:
    """Return a code as it is written for people: in fours."""
    return "-".join(code[start : start + 4] for start in range(0, len(code), 4))


def _check(code: str) -> int:
    """Return the check value, 0 to 30: different weights make exchanged neighbours show."""
    return sum(weight * ALPHABET.index(c) for weight, c in enumerate(code, start=2)) % _MODULUS


def _is_spacing(character: str) -> bool:
    return character.isspace() or unicodedata.category(character) in ("Pd", "Cf") or character == "\u2212"
