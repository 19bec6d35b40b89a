"""What is handed over: the link as a picture, the code in words for the telephone, the PIN in fours."""

from typing import NamedTuple, Protocol
from urllib.parse import urlsplit

import segno

SPELLING = {
    "A": "alfa", "B": "bravo", "C": "charlie", "D": "delta", "E": "echo", "F": "foxtrot", "G": "golf",
    "H": "hotel", "I": "india", "J": "juliett", "K": "kilo", "L": "lima", "M": "mike", "N": "november",
    "O": "oscar", "P": "papa", "Q": "quebec", "R": "romeo", "S": "sierra", "T": "tango", "U": "uniform",
    "V": "victor", "W": "whiskey", "X": "x-ray", "Y": "yankee", "Z": "zulu",
    "2": "two", "3": "three", "4": "four", "5": "five", "6": "six", "7": "seven", "8": "eight", "9": "nine",
}  # fmt: skip
"""The spelling alphabet of ICAO; ``x-ray`` is its word for X."""


class Slip(NamedTuple):
    """One key, as people get it. The only moment at which it exists."""

    url: str
    place: str
    """Where the code is typed: ``images.example.org/go``."""
    code: str
    spelled: list[list[tuple[str, str]]]
    """The code's groups, each character with its word."""
    pin: str
    qr: str
    """The link as a QR code, a data URI of an SVG."""


class Secrets(Protocol):
    """What a key that was just made gives away, once."""

    @property
    def token(self) -> str: ...
    @property
    def code(self) -> str: ...
    @property
    def pin(self) -> str: ...


def slip_of(key: Secrets, base_url: str, way: str = "s") -> Slip:
    """Return what is printed or read aloud for ``key``, whose link begins with ``/<way>/``."""
    url = f"{base_url}/{way}/{key.token}"
    return Slip(
        url=url,
        place=f"{urlsplit(base_url).netloc}/go",
        code=key.code,
        spelled=[[(letter, SPELLING[letter]) for letter in group] for group in key.code.split("-")],
        pin=f"{key.pin[:4]} {key.pin[4:]}".strip(),
        qr=segno.make(url, error="m", micro=False).svg_data_uri(border=2, scale=4),
    )
