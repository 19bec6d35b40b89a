"""Why pictures are not shown is told in the visitor's language, numbers and all."""

import pytest

from app.accounts.languages import LANGUAGES
from app.dicom import unshown
from app.translations import catalogue
from app.viewer import reasons

DE = catalogue("de").gettext


def test_a_reason_is_told_in_the_visitors_language() -> None:
    said = reasons.translated(unshown.CUT_SHORT, DE)
    assert (
        said == "Das Bild ist abgeschnitten: Ein Teil der Daten fehlt. Was da ist, lässt sich herunterladen."
    )


def test_numbers_stay_and_are_set_so_that_every_language_reads_them_alike() -> None:
    said = reasons.translated(unshown.TOO_MANY_FRAMES.format(pictures="2,000,000"), DE)
    assert "2\u202f000\u202f000 Bilder" in said


def test_several_notes_one_after_the_other_are_all_translated() -> None:
    notes = f"{unshown.FEWER.format(shown=2, pictures=5)} {unshown.MEASURED}"
    said = reasons.translated(notes, DE)
    assert said.startswith("Nur 2 der 5 Bilder darin konnten gelesen werden")
    assert said.endswith("errechnet.")


def test_english_and_what_is_not_known_stay_as_they_are() -> None:
    text = unshown.TOO_MANY_FRAMES.format(pictures="2,000,000")
    assert reasons.translated(text, catalogue("en").gettext) == text
    assert reasons.translated("Something older.", DE) == "Something older."


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("sentence", [text for text in reasons.ALL if "downloaded" in text])
def test_who_may_only_look_is_not_told_of_downloading(language: str, sentence: str) -> None:
    reason = sentence.format(millions="400", pictures="2,000", shown="3")
    speak = catalogue(language).gettext
    whole, said = (reasons.translated(reason, speak, downloads=may) for may in (True, False))
    assert said.endswith(".")
    assert whole.startswith(said[:-1])
    assert 20 < len(said) < len(whole)
    for word in ("download", "descarg", "herunterlad", "télécharg"):
        assert word not in said


def test_of_several_notes_each_keeps_what_it_has_to_say() -> None:
    notes = f"{unshown.FEWER.format(shown=2, pictures=5)} {unshown.MEASURED}"
    said = reasons.translated(notes, catalogue("en").gettext, downloads=False)
    assert said == f"Only 2 of its 5 pictures could be read. {unshown.MEASURED}"
