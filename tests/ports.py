"""Addresses for what tests start."""

import os
import socket
from itertools import chain

PORTS = range(22_300, 28_300)
"""Below those that the system gives to whoever asks, and beside ``servers.S3_PORTS``: nobody takes one
between its choice and the start of what is to listen there."""


def free_port() -> int:
    """Return a port of the loopback that nothing listens at, and that no other test chooses."""
    offset = os.getpid() * 10 % len(PORTS)
    for port in chain(PORTS[offset:], PORTS[:offset]):
        if _binds(port) and reserve(port):
            return port
    raise RuntimeError("no free ports")


def reserve(port: int) -> bool:
    """Keep a port from this machine's other tests while this process lives; tell whether it was free."""
    claim = socket.socket(socket.AF_UNIX)
    try:
        claim.bind(f"\0virtual-cd test port {port}")
    except OSError:
        claim.close()
        return False
    claim.detach()  # stays open
    return True


def _binds(port: int) -> bool:
    with socket.socket() as probe:
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
        return True
