"""What visitors read is there in every language that they can choose."""

import re
from io import BytesIO
from pathlib import Path

import pytest
from babel.messages.catalog import Catalog, Message
from babel.messages.extract import extract
from babel.messages.pofile import read_po

from app import translations
from app.accounts.languages import LANGUAGES
from app.viewer import reasons
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
    "pace.py",
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
    "../bundles/*.py",
    "../bundles/templates/*",
)
OTHERS = [language for language in LANGUAGES if language != "en"]


KEYWORDS = {"_": None, "gettext": None, "ngettext": (1, 2)}
Text = str | tuple[str, ...]
"""A text as catalogues know it: alone, or for one and for several."""


def words() -> set[Text]:
    """Return every text in the visitors' pages."""
    found: set[Text] = {*errors.TITLES.values(), errors.WAS_AWAY, errors.UNKNOWN, errors.AWAY, *reasons.ALL}
    for path in (path for pattern in VISITORS_READ for path in WEB.glob(pattern)):
        method = "python" if path.suffix == ".py" else "jinja2.ext:babel_extract"
        texts = extract(method, BytesIO(path.read_bytes()), keywords=KEYWORDS)
        found |= {text for _, text, *_ in texts}
    return found


def catalogue(language: str) -> Catalog:
    """Return every text of a language, out of all its files."""
    whole = Catalog(locale=language)
    for path in translations.files(language):
        with path.open("rb") as file:
            for message in read_po(file, locale=language):
                if message.id:
                    whole[message.id] = message
    return whole


def placeholders(text: str) -> set[str]:
    return set(re.findall(r"%\(\w+\)s|\{\w+\}", text))


@pytest.mark.parametrize("language", OTHERS)
def test_every_text_is_translated(language: str) -> None:
    there = {_text(message.id) for message in catalogue(language) if _is_whole(message)}
    assert words() - there == set()


def _text(identifier: str | list[str] | tuple[str, ...]) -> Text:
    return identifier if isinstance(identifier, str) else tuple(identifier)


def _strings(message: Message) -> list[str]:
    return [message.string] if isinstance(message.string, str) else list(message.string or [])


def _is_whole(message: Message) -> bool:
    strings = _strings(message)
    return bool(strings) and all(strings) and not message.fuzzy


@pytest.mark.parametrize("language", OTHERS)
def test_a_translation_names_the_same_things(language: str) -> None:
    for message in catalogue(language):
        if message.id:
            assert placeholders(str(message.string)) == placeholders(str(message.id)), message.id


@pytest.mark.parametrize("language", OTHERS)
def test_no_text_stands_in_a_catalogue_twice(language: str) -> None:
    source = "".join(path.read_text() for path in translations.files(language))
    texts = re.findall(r'^msgid "(.+)"$', source, re.MULTILINE)
    assert len(texts) == len(set(texts))


def test_french_is_set_as_french_is() -> None:
    """No mark stands alone at a line's start: the space before it doesn't break. Apostrophes are curved."""
    texts = [text for message in catalogue("fr") if message.id for text in _strings(message)]
    assert [text for text in texts if re.search(r"[^\u00a0][:;!?»](\s|$)|« |'|\.\.\.", text)] == []


def test_english_needs_no_catalogue() -> None:
    assert translations.catalogue("en").gettext("Open") == "Open"
    assert translations.catalogue("de").gettext("Open") == "Öffnen"
