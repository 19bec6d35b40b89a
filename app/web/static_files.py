"""Built front-end files: named by content, kept by browsers for a year, never compressed here."""

from flask import Blueprint, Response, abort, request, send_from_directory

from app.web.assets import DIST

bp = Blueprint("static_files", __name__)

ENCODINGS = (("br", ".br"), ("gzip", ".gz"))
TYPES = {".js": "text/javascript", ".css": "text/css", ".wasm": "application/wasm", ".svg": "image/svg+xml"}
PRIVATE = (".json", ".br", ".gz", ".built")


@bp.get("/static/dist/<path:path>")
def built(path: str) -> Response:
    """Send a built file, in the smallest form the browser takes."""
    if path.endswith(PRIVATE):
        abort(404)
    encoding = next(
        (
            (name, end)
            for name, end in ENCODINGS
            if request.accept_encodings.quality(name) > 0 and (DIST / (path + end)).is_file()
        ),
        None,
    )
    response = send_from_directory(DIST, path + (encoding[1] if encoding else ""), max_age=31_536_000)
    suffix = path[path.rfind(".") :]
    response.headers["Content-Type"] = TYPES.get(suffix, "application/octet-stream")
    response.headers["Vary"] = "Accept-Encoding"
    if encoding:
        response.headers["Content-Encoding"] = encoding[0]
    if response.cache_control.max_age:
        response.cache_control.immutable = True
        response.cache_control.public = True
    return response
