"""The receipt of a disc on paper."""

from app.pdf import HEADING, SMALL, TABLE, TEXT, Pdf
from app.signing import Signature
from app.studies.gaps import Gap
from app.studies.models import LeftBehind, Verdict
from app.studies.receipt import Document
from app.web.texts import _
from app.web.words import size


def receipt_pdf(receipt: Document, signed: Signature) -> bytes:
    """Return the PDF of a receipt whose bytes carry this signature."""
    pdf = Pdf(_("Receipt of a disc"), f"{receipt['received_by']} · {_('Disc %(id)s', id=receipt['disc_id'])}")
    _head(pdf, receipt)
    _warnings(pdf, receipt)
    pdf.add(_("Every file that arrived"), HEADING)
    for file in receipt["files"]:
        _file(pdf, file)
    _signature(pdf, signed)
    return pdf.to_bytes()


def verdict_words() -> dict[str, str]:
    """Return what the verdicts are called."""
    return {
        "instances": _("Images and reports"),
        "dicomdir": _("Index of the disc (DICOMDIR)"),
        "documents": _("Documents"),
        "duplicates": _("Twice on the disc"),
        "not_dicom": _("Not DICOM: programs, pages, texts"),
        "refused": _("Unreadable"),
    }


def file_words() -> dict[str, str]:
    """Return what one file is called by its verdict."""
    of_all = verdict_words()
    return {
        Verdict.INSTANCE: of_all["instances"],
        Verdict.DICOMDIR: of_all["dicomdir"],
        Verdict.DOCUMENT: of_all["documents"],
        Verdict.DUPLICATE: of_all["duplicates"],
        Verdict.NOT_DICOM: of_all["not_dicom"],
        Verdict.REFUSED: of_all["refused"],
    }


def left_words() -> dict[str, str]:
    """Return why something stayed on the disc."""
    return {
        LeftBehind.PROGRAM: _("a program"),
        LeftBehind.AUTORUN: _("would start a program"),
        LeftBehind.VIEWER: _("part of a viewer"),
        LeftBehind.SYSTEM: _("left there by a computer"),
        LeftBehind.TOO_LARGE: _("larger than we take"),
        LeftBehind.LEFT_OUT: _("left out before sending"),
    }


def _head(pdf: Pdf, receipt: Document) -> None:
    totals = receipt["totals"]
    pdf.add(receipt["received_by"])
    pdf.add(f"{_('Disc %(id)s', id=receipt['disc_id'])} · {receipt['received_at']}")
    pdf.add(_("What arrived"), HEADING)
    for verdict, words in verdict_words().items():
        pdf.columns(f"{totals[verdict]:>10,}  {words}")
    pdf.columns(f"{totals['files']:>10,}  {_('Files received, %(size)s', size=size(totals['bytes']))}")


def _warnings(pdf: Pdf, receipt: Document) -> None:
    if receipt["numbers_missing"]:
        pdf.add(_("Numbers that seem to be missing"), HEADING)
    for told in receipt["numbers_missing"]:
        pdf.add(gap_words(told))
    if receipt["listed_but_missing"]:
        pdf.add(_("Listed in the disc's index, but not on the disc"), HEADING)
    for path in receipt["listed_but_missing"]:
        pdf.add(path, TABLE)
    _left(pdf, receipt)


def _left(pdf: Pdf, receipt: Document) -> None:
    named = receipt["left_on_the_disc"]
    if receipt["left_behind"]:
        pdf.add(_("Left on the disc: %(number)s", number=f"{receipt['left_behind']:,}"), HEADING)
    for file in named:
        pdf.add(f"{file['path']}  ·  {left_words()[file['kind']]}", TABLE)
    if named and receipt["left_behind"] > len(named):
        pdf.add(_("and %(number)s more", number=f"{receipt['left_behind'] - len(named):,}"))


def gap_words(told: Document) -> str:
    """Return a gap as a sentence: "Axial: slices 45–47 of 120 seem to be missing."."""
    gap = Gap(
        told["series_uid"], told["description"], told["last"], [(low, high) for low, high in told["missing"]]
    )
    return _(
        "%(series)s: numbers %(missing)s of %(last)s seem to be missing.",
        series=gap.description or gap.series_uid,
        missing=gap.ranges,
        last=gap.last,
    )


def _file(pdf: Pdf, file: Document) -> None:
    pdf.add(f"{file['path']}  ·  {file_words()[file['verdict']]}  ·  {size(file['size'])}", TABLE)
    for sentence in [*([file["reason"]] if "reason" in file else []), *file.get("warnings", [])]:
        pdf.add(sentence, TEXT)
    if "sha256" in file:
        pdf.columns(f"SHA-256 {file['sha256']}", SMALL)
    if "sha256_in_copies" in file:
        pdf.columns(f"{_('in copies')} {file['sha256_in_copies']}", SMALL)


def _signature(pdf: Pdf, signed: Signature) -> None:
    pdf.add(_("Signature (Ed25519) of this receipt as a JSON document"), HEADING)
    for part in (signed.signature[:64], signed.signature[64:]):
        pdf.columns(part, SMALL)
    pdf.add(_("Public key"), TEXT)
    pdf.columns(signed.public_key, SMALL)
