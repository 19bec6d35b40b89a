"""RECEIPT.PDF: the SHA-256 of every file and our signature under that list, for people and their archives.

What is signed can be checked without us: the list is what ``sha256sum`` prints for these files in this order.
"""

from collections.abc import Sequence
from datetime import datetime
from hashlib import sha256

from app.bundles.entries import Entry
from app.bundles.texts import Speak
from app.pdf import HEADING, SMALL, TABLE, TEXT, Pdf
from app.signing import DocumentSigner

NAME = "RECEIPT.PDF"


def receipt(
    entries: Sequence[Entry],
    version_id: str,
    made_at: datetime,
    sender: str,
    signer: DocumentSigner,
    _: Speak,
) -> bytes:
    """Return the receipt of these files, as PDF."""
    made_on = _.made(made_at)
    pdf = Pdf(_("Receipt of a copy"), f"{sender} · {made_on}")
    pdf.add(_("From {sender}, made on {date}.").format(sender=sender, date=made_on))
    pdf.add(
        _(
            "Files in this copy: {number}, listed below, beside this receipt, MANIFEST.JSN and MANIFEST.SIG. "
            "Whoever holds it can tell by the SHA-256 of each file whether it is as we gave it."
        ).format(number=len(entries))
    )
    _signature(pdf, entries, version_id, signer, _)
    pdf.add(_("Every file: name, size in bytes, SHA-256"), HEADING)
    for entry in entries:
        pdf.columns(f"{entry.name:<35} {entry.size:>13,}  {entry.sha256}", SMALL)
    return pdf.to_bytes()


def listing(entries: Sequence[Entry]) -> bytes:
    """Return the list whose SHA-256 is signed, as ``sha256sum`` prints it."""
    return "".join(f"{entry.sha256}  {entry.name}\n" for entry in entries).encode()


def statement(lines: bytes, version_id: str) -> bytes:
    """Return the line that is signed."""
    return f"Virtual CD receipt {version_id}: the list has SHA-256 {sha256(lines).hexdigest()}".encode()


def _signature(pdf: Pdf, entries: Sequence[Entry], version_id: str, signer: DocumentSigner, _: Speak) -> None:
    signed = statement(listing(entries), version_id)
    under = signer.sign(signed)
    pdf.add(_("Our signature, Ed25519"), HEADING)
    pdf.add(_("Signed is this line; its SHA-256 is that of the list as sha256sum prints it:"), TEXT)
    words = signed.decode()
    for part in (words[:-64], words[-64:], "", under.signature[:64], under.signature[64:]):
        pdf.columns(part, TABLE)
    pdf.add(_("Public key"), TEXT)
    pdf.columns(under.public_key, TABLE)
