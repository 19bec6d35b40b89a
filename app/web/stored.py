"""Objects of the store as answers: from the file itself where there is one, inflated for whoever needs it."""

import gzip
from collections.abc import Iterator
from typing import BinaryIO, cast

from flask import Response, request, send_file

from app.web.context import site

CHUNK = 1 << 16


def send_stored(key: str, content_type: str, *, gzipped: bool, size: int | None = None) -> Response:
    """Send the object under ``key``; ``gzipped`` when it is kept as a gzip member.

    A client that takes gzip gets it as it is kept, by Content-Encoding; any other inflated, ``size`` bytes.
    No cache may keep it: it is somebody's picture. Raises ObjectNotFound.
    """
    as_kept = gzipped and request.accept_encodings["gzip"] > 0
    response = _inflated(key, size) if gzipped and not as_kept else _as_is(key)
    response.headers["Content-Type"] = content_type
    response.headers["Cache-Control"] = "no-store"
    if gzipped:
        response.headers["Vary"] = "Accept-Encoding"
    if as_kept:
        response.headers["Content-Encoding"] = "gzip"
    return response


def _as_is(key: str) -> Response:
    store = site().store
    path = store.local_path(key)
    if path is not None:
        response = send_file(path, conditional=False, etag=False)
        response.headers.pop("Last-Modified", None)
        return response
    length = store.info(key).size
    response = _streamed(store.open(key))
    response.content_length = length
    return response


def _inflated(key: str, size: int | None) -> Response:
    kept = site().store.open(key)
    response = _streamed(cast(BinaryIO, gzip.GzipFile(fileobj=kept)))
    response.call_on_close(kept.close)
    if size is not None:
        response.content_length = size
    return response


def _streamed(file: BinaryIO) -> Response:
    response = Response(_chunks(file))
    response.call_on_close(file.close)
    return response


def _chunks(file: BinaryIO) -> Iterator[bytes]:
    while data := file.read(CHUNK):
        yield data
