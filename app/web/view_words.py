"""The viewer's words in the visitor's language."""

from collections.abc import Iterable

from flask_babel import gettext

from app.viewer import reasons
from app.viewer import words as viewer


def words() -> dict[str, str]:
    """Return every text of the viewer's script, translated."""
    return {key: gettext(text) for key, text in viewer.words().items()}


def reason_words(told: Iterable[str], *, downloads: bool) -> dict[str, str]:
    """Return why pictures are not shown, each reason under itself, for who may download or only look."""
    return {reason: reasons.translated(reason, gettext, downloads=downloads) for reason in told}
