"""Cutting a key: link, code and PIN are drawn and hashed before anything is written.

Hashing a PIN takes a tenth of a second on purpose. Inside a deed on SQLite it would hold the one write lock
for as long, so a deed takes a key that was cut before it began.
"""

from typing import NamedTuple

from app.shares import codes, pins
from app.shares.token import LinkSigner, link_hash

AUTO = "auto"


class CutKey(NamedTuple):
    """The secrets of a key that belongs to no share yet, and the hashes that will be kept of them."""

    token: str
    link_hash: str
    code: str
    """Grouped for people."""
    code_hash: str
    pin: str
    pin_hash: str
    chosen: bool
    """Whether a person chose the PIN: then it is held against the patient's birth date."""


def cut_key(signer: LinkSigner, pin: str = AUTO) -> CutKey:
    """Draw and hash a key's secrets; call it outside any deed.

    ``pin`` may be eight digits that a person chose. Raises Unacceptable when they will not do.
    """
    digits = pins.new_pin() if pin == AUTO else pins.read_pin(pin)
    if pin != AUTO:
        pins.judge(digits)
    token, link_id = signer.new()
    code = codes.new_code()
    return CutKey(
        token,
        link_hash(link_id),
        codes.grouped(code),
        signer.keyed_hashes(codes.PURPOSE, code)[0],
        digits,
        pins.hash_pin(digits),
        pin != AUTO,
    )
