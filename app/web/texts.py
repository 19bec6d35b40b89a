"""Flask-Babel's functions with types: texts in the language of the page."""

import flask_babel


def _(text: str, **values: object) -> str:
    """Return ``text`` in the page's language, ``%(name)s`` filled in."""
    return str(flask_babel.gettext(text, **values))


def ngettext(one: str, several: str, number: int, **values: object) -> str:
    """Return the form that suits ``number``, which both may name as ``%(num)s``."""
    return str(flask_babel.ngettext(one, several, number, **values))
