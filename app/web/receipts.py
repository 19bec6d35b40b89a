"""The receipt of a disc: as a page to print, as PDF, and as JSON with our signature beside it.

``receipt.json`` is signed as it stands, byte for byte: ``receipt.sig`` holds the 64 bytes of the Ed25519
signature (RFC 8032), and the public key is at ``/receipts/key.pem`` for anybody. docs/receipts.md says how to
check one with nothing but openssl.
"""

from flask import Blueprint, Response, render_template
from sqlalchemy.orm import Session

from app.errors import Refused
from app.signing import public_key_pem
from app.studies import queries
from app.studies.models import Disc
from app.studies.receipt import Document, receipt_bytes, receipt_document
from app.web.context import site
from app.web.receipt_pdf import file_words, gap_words, left_words, receipt_pdf, verdict_words
from app.web.staff import current_staff, staff_only
from app.web.texts import _

bp = Blueprint("receipts", __name__)

MOST_ON_PAGE = 5000


@bp.get("/receipts/key.pem")
def key() -> Response:
    """Send the public key that checks our receipts, newest first where there are several."""
    keys = "".join(map(public_key_pem, site().documents.public_keys))
    return Response(keys, mimetype="application/x-pem-file")


@bp.get("/discs/<disc_id>/receipt")
@staff_only()
def page(disc_id: str) -> str:
    """Show the receipt, ready to print."""
    with site().sessions() as session:
        disc = _read_disc(session, disc_id)
        return render_template(
            "discs/receipt.html", disc=disc, receipt=_document(session, disc), most=MOST_ON_PAGE
        )


@bp.get("/discs/<disc_id>/receipt.json")
@staff_only()
def document(disc_id: str) -> Response:
    """Send the receipt as the document that is signed."""
    return _attached(_bytes(disc_id), "application/json", f"receipt-{disc_id}.json")


@bp.get("/discs/<disc_id>/receipt.sig")
@staff_only()
def signature(disc_id: str) -> Response:
    """Send the signature of the document."""
    signed = bytes.fromhex(site().documents.sign(_bytes(disc_id)).signature)
    return _attached(signed, "application/octet-stream", f"receipt-{disc_id}.sig")


@bp.get("/discs/<disc_id>/receipt.pdf")
@staff_only()
def pdf(disc_id: str) -> Response:
    """Send the receipt as PDF; it carries the signature of the document that it shows."""
    with site().sessions() as session:
        told = _document(session, _read_disc(session, disc_id))
    signed = site().documents.sign(receipt_bytes(told))
    return _attached(receipt_pdf(told, signed), "application/pdf", f"receipt-{disc_id}.pdf")


def _read_disc(session: Session, disc_id: str) -> Disc:
    disc = queries.find_disc(session, current_staff().organisation.id, disc_id)
    if disc.read_at is None:
        raise Refused(_("There is a receipt once the disc was read. Come back in a moment."))
    return disc


def _document(session: Session, disc: Disc) -> Document:
    return receipt_document(session, disc, current_staff().organisation.name)


def _bytes(disc_id: str) -> bytes:
    with site().sessions() as session:
        return receipt_bytes(_document(session, _read_disc(session, disc_id)))


def _attached(data: bytes, mimetype: str, name: str) -> Response:
    response = Response(data, mimetype=mimetype)
    response.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    return response


@bp.app_context_processor
def words() -> dict[str, object]:
    """Give the page the words of the paper."""
    return {
        "verdict_words": verdict_words,
        "file_words": file_words,
        "gap_words": gap_words,
        "left_words": left_words,
    }
