"""Texts in PDFs, as a reader of PDFs finds them."""

import shutil
import subprocess
from pathlib import Path

import pytest

from app.pdf import Pdf

pytestmark = pytest.mark.skipif(not shutil.which("pdftotext"), reason="reading PDFs needs poppler-utils")

FRENCH = "Copie complète : 1\u202f234,5\u202fMo. « L’œil du patient »\u00a0!"


def test_what_french_is_written_with_is_read_back(tmp_path: Path) -> None:
    pdf = Pdf("Compte rendu", "Virtual CD")
    pdf.add(FRENCH)
    text = read("pdftotext", pdf, tmp_path)
    assert FRENCH.replace("\u202f", " ").replace("\u00a0", " ") in text  # pdftotext writes usual spaces


def test_a_line_is_not_broken_where_words_must_stay_together(tmp_path: Path) -> None:
    pdf = Pdf("Compte rendu", "Virtual CD")
    pdf.add(" ".join(["mot\u00a0:"] * 60))
    lines = [line for line in read("pdftotext", pdf, tmp_path).splitlines() if "mot" in line]
    assert len(lines) > 1
    assert all(line.startswith("mot") and line.endswith(":") for line in lines)


@pytest.mark.parametrize("title", ["Images (2)", "Résumé \\ (œil) č", "Снимки"])
def test_a_title_may_have_any_letters(title: str, tmp_path: Path) -> None:
    assert f"Title:           {title}\n" in read("pdfinfo", Pdf(title, "Virtual CD"), tmp_path)


def read(tool: str, pdf: Pdf, folder: Path) -> str:
    path = folder / "read.pdf"
    path.write_bytes(pdf.to_bytes())
    more = ["-"] if tool == "pdftotext" else []
    return subprocess.run([tool, path, *more], capture_output=True, check=True, text=True).stdout
