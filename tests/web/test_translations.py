"""What visitors read is there in every language that they can choose."""

import re
from io import BytesIO
from pathlib import Path

import pytest
from babel.messages.catalog import Catalog
from babel.messages.extract import extract
from babel.messages.pofile import read_po

from app.web import errors, i18n

WEB = Path(i18n.__file__).parent
VISITORS_READ = (
    "templates/landing/*.html",
    "templates/send/*.html",
    "templates/uploader/*.html",
    "templates/view/*.html",
    "templates/verify/*.html",
    "templates/mail/*",
    "templates/shares/slip.html",
    "landing*.py",
    "answers.py",
    "send*.py",
    "view*.py",
    "../viewer/words.py",
    "visitor.py",
    "papers.py",
    "report_pdf.py",
    "bundles.py",
    "slots.py",
    "take*.py",
    "verify.py",
    "letters.py",
)
OTHERS = [language for language in i18n.LANGUAGES if language != "en"]


def words() -> set[str]:
    """Return every text in the visitors' pages."""
    found = {*errors.TITLES.values(), errors.UNKNOWN}
    for path in (path for pattern in VISITORS_READ for path in WEB.glob(pattern)):
        method = "python" if path.suffix == ".py" else "jinja2.ext:babel_extract"
        texts = extract(method, BytesIO(path.read_bytes()), keywords={"_": None, "gettext": None})
        found |= {text for _, text, *_ in texts if isinstance(text, str)}
    return found


def catalogue(language: str) -> Catalog:
    with (i18n.TRANSLATIONS / language / "LC_MESSAGES" / "messages.po").open("rb") as file:
        return read_po(file, locale=language)


def placeholders(text: str) -> set[str]:
    return set(re.findall(r"%\(\w+\)s|\{\w+\}", text))


@pytest.mark.parametrize("language", OTHERS)
def test_every_text_is_translated(language: str) -> None:
    there = {message.id for message in catalogue(language) if message.string and not message.fuzzy}
    assert words() - there == set()


@pytest.mark.parametrize("language", OTHERS)
def test_a_translation_names_the_same_things(language: str) -> None:
    for message in catalogue(language):
        if message.id:
            assert placeholders(str(message.string)) == placeholders(str(message.id)), message.id


@pytest.mark.parametrize("language", OTHERS)
def test_no_text_stands_in_a_catalogue_twice(language: str) -> None:
    source = (i18n.TRANSLATIONS / language / "LC_MESSAGES" / "messages.po").read_text()
    texts = re.findall(r'^msgid "(.+)"$', source, re.MULTILINE)
    assert len(texts) == len(set(texts))


def test_english_needs_no_catalogue() -> None:
    assert i18n.catalogue("en").gettext("Open") == "Open"
    assert i18n.catalogue("de").gettext("Open") == "Öffnen"
