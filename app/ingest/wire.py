"""The words between the sandbox and its children: messages with a length before them, bounded by the reader.

Child to parent: ``kind`` (1 byte), ``frame`` (signed, a blob's index), ``length``, then that many bytes.
Parent to child: a message of JSON, with the input's file descriptor beside its first byte. Where the input is
no file of the system, the child asks for its bytes piece by piece, and gets each as a message.
"""

import json
import socket
import struct
import time
from typing import Any, NamedTuple

READY, RESULT, BLOB, ASK = b"Y", b"R", b"B", b"A"
NO_FRAME = -1
_HEAD = struct.Struct("<cqQ")
_CHUNK = 1 << 20


class Message(NamedTuple):
    """One message as it came."""

    kind: bytes
    frame: int
    body: bytes


class WireError(Exception):
    """The other side is gone, is too slow, or does not keep to the bounds."""


class LateError(WireError):
    """Nothing more came before the deadline."""


def send(sock: socket.socket, kind: bytes, body: bytes, frame: int = NO_FRAME) -> None:
    """Send a message; a short one in one piece, so that the other side wakes up once."""
    head = _HEAD.pack(kind, frame, len(body))
    if len(body) <= _CHUNK:
        sock.sendall(head + body)
    else:
        sock.sendall(head)
        sock.sendall(body)


def send_request(sock: socket.socket, request: dict[str, Any], descriptor: int | None) -> None:
    """Send a request with the file that it is about, if that is a file of the system."""
    body = json.dumps(request).encode()
    message = _HEAD.pack(RESULT, NO_FRAME, len(body)) + body
    sent = socket.send_fds(sock, [message], [] if descriptor is None else [descriptor])
    sock.sendall(message[sent:])


def receive_request(sock: socket.socket) -> tuple[dict[str, Any], int | None] | None:
    """Wait for the next request. Returns it with the file's descriptor; None once the parent is gone."""
    head, descriptors, _flags, _address = socket.recv_fds(sock, _HEAD.size, 1)
    if not head:
        return None
    while len(head) < _HEAD.size:
        head += _some(sock, _HEAD.size - len(head))
    _kind, _frame, length = _HEAD.unpack(head)
    return json.loads(_exactly(sock, length, None)), descriptors[0] if descriptors else None


def ask(sock: socket.socket, offset: int, size: int) -> bytes:
    """Ask the parent for bytes of the input; fewer come at its end only."""
    send(sock, ASK, size.to_bytes(8, "little"), offset)
    return receive(sock, size, None).body


def asked(message: Message, most: int) -> tuple[int, int]:
    """Return the offset and size that a child asks for. Raises WireError for more than ``most`` bytes."""
    size = int.from_bytes(message.body[:8], "little")
    if message.frame < 0 or size > most:
        raise WireError("more than the bounds allow")
    return message.frame, size


def receive(sock: socket.socket, most: int, deadline: float | None) -> Message:
    """Return the next message. Raises WireError past ``deadline`` (monotonic seconds) or ``most`` bytes."""
    kind, frame, length = _HEAD.unpack(_exactly(sock, _HEAD.size, deadline))
    if length > most:
        raise WireError("more than the bounds allow")
    return Message(kind, frame, _exactly(sock, length, deadline))


def _exactly(sock: socket.socket, count: int, deadline: float | None) -> bytes:
    body = bytearray()
    while len(body) < count:
        if deadline is not None:
            sock.settimeout(max(deadline - time.monotonic(), 0.001))
        body += _some(sock, min(count - len(body), _CHUNK))
    return bytes(body)


def _some(sock: socket.socket, count: int) -> bytes:
    try:
        more = sock.recv(count)
    except TimeoutError:
        raise LateError("too slow") from None
    except OSError:
        raise WireError("gone") from None
    if not more:
        raise WireError("gone")
    return more
