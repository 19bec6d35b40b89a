"""The viewer's words in the visitor's language."""

from flask_babel import gettext

from app.viewer import words as viewer


def words() -> dict[str, str]:
    """Return every text of the viewer's script, translated."""
    return {key: gettext(text) for key, text in viewer.words().items()}
