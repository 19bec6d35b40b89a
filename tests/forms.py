"""Sending to a store as a browser does: a form, a part, and what came of it."""

from urllib.error import HTTPError
from urllib.request import Request, urlopen
from uuid import uuid4

from app.storage import SignedUpload


def post(
    signed: SignedUpload, data: bytes, changed: dict[str, str | None] | None = None, *, url: str = ""
) -> int:
    """Send a form as a browser does; return the status. A field changed to None is left out."""
    fields = signed.fields | (changed or {})
    boundary = uuid4().hex
    body = b"".join(
        f'--{boundary}\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{value}\r\n'.encode()
        for name, value in fields.items()
        if value is not None
    )
    body += f'--{boundary}\r\nContent-Disposition: form-data; name="file"; filename="blob"\r\n'.encode()
    body += b"Content-Type: application/octet-stream\r\n\r\n" + data + f"\r\n--{boundary}--\r\n".encode()
    headers = {"Content-Type": f"multipart/form-data; boundary={boundary}"}
    return ask(Request(url or signed.url, body, headers, method="POST"))


def put(url: str, data: bytes) -> int:
    return ask(Request(url, data, {"Content-Type": ""}, method="PUT"))


def ask(request: Request) -> int:
    try:
        with urlopen(request) as answer:
            return int(answer.status)
    except HTTPError as refused:
        with refused:
            return refused.code
