"""Our words turned into HTTP: one status table, one page, one JSON shape (RFC 9457)."""

from flask import Flask, Response, jsonify, render_template, request
from flask_babel import gettext
from flask_wtf.csrf import CSRFError
from sqlalchemy.exc import DataError
from werkzeug.exceptions import HTTPException, SecurityError

from app import errors
from app.storage import StoreUnreachable
from app.web.i18n import VISITORS

STATUS: dict[type[errors.VirtualCdError], int] = {
    errors.NotFound: 404,
    errors.Gone: 410,
    errors.Refused: 403,
    errors.Unacceptable: 400,
    errors.TooLarge: 413,
    errors.TooSoon: 429,
    errors.NeedsReview: 409,
    errors.Outdated: 412,
    errors.StorageFull: 507,
}
TITLES = {
    400: "That was not understood",
    401: "Please log in",
    403: "Not allowed",
    404: "There is nothing here",
    405: "Not possible here",
    409: "Somebody must decide first",
    410: "This has ended",
    412: "It was changed meanwhile",
    413: "Too large",
    415: "Not a form we take",
    429: "Please wait a little",
    500: "Something went wrong on our side",
    503: "The store cannot be reached",
    507: "The storage is full",
}
WAS_AWAY = "You were away for a while"
"""Instead of "This has ended": the link still opens."""
PLAIN = {
    400: "The page was open too long, or something in it is not right. Go back, load it and try again.",
    401: "Log in, then try again.",
    403: "This is not for you to do here. Ask the person who runs this service.",
    404: "Check the address for typing errors.",
    405: "This address takes no such request. Start again from the page before.",
    413: "What was sent is larger than this page takes.",
    415: "What was sent is in a form that this address does not read.",
}
"""For what libraries refuse, instead of their own words."""
UNKNOWN = "Nothing is lost. Try again; if it stays, tell the person who runs this service."

AWAY = (
    "The place where the images are kept cannot be reached just now. Nothing is lost. Try again in a few "
    "minutes; if it stays, tell the person who runs this service."
)
AWAY_SECONDS = 120
"""When programs may come back."""


def wants_json() -> bool:
    """Tell whether the caller is a program of ours or of others rather than a page's visitor."""
    best = request.accept_mimetypes.best_match(["text/html", "application/json", "application/problem+json"])
    return (
        request.is_json
        or request.path.startswith(("/api/", "/dicom-web/", "/uploads/"))
        or (best is not None and best != "text/html")
    )


def answer(status: int, detail: str, title: str | None = None) -> tuple[Response | str, int]:
    """Return a page or a problem document in the page's language, with nothing a stranger should not read."""
    title = gettext(title or TITLES.get(status, "That did not work"))
    detail = detail and gettext(detail)
    if wants_json():
        problem = jsonify(type="about:blank", title=title, status=status, detail=detail)
        problem.content_type = "application/problem+json"
        return problem, status
    layout = "landing/stopped.html" if request.blueprint in VISITORS else "errors/error.html"
    return render_template(layout, title=title, detail=detail, status=status), status


def init_app(app: Flask) -> None:
    """Register the handlers."""

    @app.errorhandler(errors.VirtualCdError)
    def ours(error: errors.VirtualCdError) -> tuple[Response | str, int]:
        status = next(code for kind, code in STATUS.items() if isinstance(error, kind))
        body, status = answer(status, str(error), WAS_AWAY if isinstance(error, errors.Away) else None)
        if isinstance(error, errors.TooSoon):
            response = app.make_response((body, status))
            response.headers["Retry-After"] = str(error.retry_after)
            return response, status
        return body, status

    @app.errorhandler(StoreUnreachable)
    def away(error: StoreUnreachable) -> Response:
        app.logger.error("the store is away: %s", error)
        response = app.make_response(answer(503, AWAY))
        response.headers["Retry-After"] = str(AWAY_SECONDS)
        return response

    @app.errorhandler(DataError)
    def no_data(error: DataError) -> tuple[Response | str, int]:
        # A text with NUL, or longer than its column: what it says stays out of the log.
        app.logger.warning("the database cannot keep what was sent: %s", type(error.orig).__name__)
        return answer(400, PLAIN[400])

    @app.errorhandler(HTTPException)
    def http(error: HTTPException) -> tuple[Response | str, int] | Response:
        status = error.code or 500
        if status < 400:
            return app.make_response(error.get_response())
        return answer(status, _detail(error, status) if status < 500 else UNKNOWN)

    @app.errorhandler(SecurityError)
    def foreign_host(error: SecurityError) -> Response:
        # Without an address of ours to build on there is no page to show.
        return Response(f"{PLAIN[404]}\n", 400, mimetype="text/plain")

    @app.errorhandler(Exception)
    def unknown(error: Exception) -> tuple[Response | str, int]:
        app.logger.error("unexpected error", exc_info=error)
        return answer(500, UNKNOWN)


def _detail(error: HTTPException, status: int) -> str:
    """Return what a view of ours said, or plain words where a library refused."""
    theirs = isinstance(error, CSRFError) or error.description == type(error).description
    return PLAIN.get(status, "") if theirs or not error.description else error.description
