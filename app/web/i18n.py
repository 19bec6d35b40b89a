"""The language of a page, and the words in it.

Which language: the one chosen on the page (``?lang=``, kept in a cookie), else the one a view prefers for
this request (``prefer``: the share's, the user's), else the browser's, else the fallback a view named (the
organisation's), else English. The browser goes before the organisation: visitors are strangers to it, and
every organisation has a language, chosen or not. Pages for staff are in English alone.
"""

from functools import cached_property

from babel import Locale
from babel.support import NullTranslations
from flask import Flask, Response, g, request
from flask_babel import Babel, Domain, get_locale, refresh

from app.accounts.languages import LANGUAGES
from app.translations import catalogue
from app.web.context import site

VISITORS = (
    "landing",
    "send_link",
    "send",
    "view",
    "view_papers",
    "view_give",
    "view_notes",
    "view_history",
    "view_compatible",
    "bundles",
    "takes",
    "verify",
)
"""Blueprints whose pages strangers read: all their words are in every catalogue."""
COOKIE = "vcd-lang"
COOKIE_LASTS = 365 * 24 * 3600


class _Catalogues(Domain):  # type: ignore[misc]  # Flask-Babel has no types
    """Translations straight from the ``.po`` files."""

    def get_translations(self) -> NullTranslations:
        """Return the catalogue of the page's language."""
        return catalogue(str(get_locale()))


class _Babel(Babel):  # type: ignore[misc]  # Flask-Babel has no types
    @cached_property
    def domain_instance(self) -> Domain:
        return _Catalogues()


def prefer(language: str | None, fallback: str | None = None) -> None:
    """Say which language suits this request, and which to fall back on; a choice on the page still wins."""
    g.language, g.fallback_language = language, fallback
    refresh()


def chosen() -> str | None:
    """Return the language that the visitor chose on the page, now or before."""
    return _known(request.args.get("lang")) or _known(request.cookies.get(COOKIE))


def _select() -> str:
    if request.blueprint not in VISITORS:
        return "en"
    return (
        chosen()
        or _known(g.get("language"))
        or request.accept_languages.best_match(list(LANGUAGES))
        or _known(g.get("fallback_language"))
        or "en"
    )


def _known(language: str | None) -> str | None:
    """Return the language of ours that ``language`` (``de``, ``de-CH``, ``de_CH``) means, or None."""
    short = (language or "").replace("_", "-").partition("-")[0].lower()
    return short if short in LANGUAGES else None


def _keep_choice(response: Response) -> Response:
    choice = _known(request.args.get("lang"))
    if choice and choice != request.cookies.get(COOKIE):
        secure = site().config.secure
        response.set_cookie(COOKIE, choice, COOKIE_LASTS, httponly=True, samesite="Lax", secure=secure)
    return response


def spoken() -> str:
    """Return the language of this answer."""
    locale: Locale = get_locale()
    return locale.language


def init_app(app: Flask) -> None:
    """Give templates ``_``, date filters, ``language()`` and ``languages``."""
    _Babel().init_app(app, locale_selector=_select)
    app.jinja_env.globals.update(language=spoken, languages=LANGUAGES)
    app.after_request(_keep_choice)
