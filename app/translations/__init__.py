"""What visitors read, in the languages that are not English: pages, letters, and what lies in a bundle.

Catalogues are read from their ``.po`` files once a process: no compiled file can then be stale or missing.
English is what the texts are written in and needs none.
"""

from functools import cache
from io import BytesIO
from pathlib import Path

from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po
from babel.support import NullTranslations, Translations

FOLDER = Path(__file__).parent


def files(language: str) -> list[Path]:
    """Return the ``.po`` files of a language: for pages and letters, and for bundles."""
    return sorted((FOLDER / language / "LC_MESSAGES").glob("*.po"))


@cache
def catalogue(language: str) -> NullTranslations:
    """Return the texts of ``language``; an empty catalogue for English."""
    found = files(language)
    if not found:
        return NullTranslations()
    whole = _compiled(found[0], language)
    for path in found[1:]:
        whole.merge(_compiled(path, language))
    return whole


def _compiled(path: Path, language: str) -> Translations:
    compiled = BytesIO()
    with path.open("rb") as file:
        write_mo(compiled, read_po(file, locale=language))
    compiled.seek(0)
    return Translations(compiled)
