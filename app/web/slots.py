"""How many downloads flow at once: two a key, eight a host, whatever the number of processes.

Pictures that are made while they flow take the processor too: of these one a key, two a host.

A slot is a locked file: the system lets go of it when a process dies, however it dies.
"""

import fcntl
import os
from collections.abc import Iterable
from pathlib import Path

from flask_babel import gettext as _

from app.errors import TooSoon

PER_KEY, PER_HOST = 2, 8
DRAWN_PER_KEY, DRAWN_PER_HOST = 1, 2
RETRY_AFTER = 30
"""Seconds."""


class Slot:
    """A place held in both counts; ``release`` may be called more than once."""

    def __init__(self, locks: Iterable["Slot | _Lock"]) -> None:
        self._locks = list(locks)

    def release(self) -> None:
        """Let the next one in."""
        while self._locks:
            self._locks.pop().release()


class StreamSlots:
    """The slots of one host, as files in ``folder``."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def take(self, key_id: str) -> Slot:
        """Return a slot for a download by this key. Raises TooSoon when there is none."""
        self._folder.mkdir(parents=True, exist_ok=True)
        own = self._any(f"key-{key_id}", PER_KEY)
        if own is None:
            raise TooSoon(_("Two downloads of this link are running. Wait until one has ended."), RETRY_AFTER)
        common = self._any("host", PER_HOST)
        if common is None:
            own.release()
            raise TooSoon(
                _("Many downloads are running just now. Please try again in a moment."), RETRY_AFTER
            )
        return Slot((own, common))

    def take_drawing(self, key_id: str) -> Slot:
        """Return a slot for pictures that are made for this key. Raises TooSoon when there is none."""
        flowing = self.take(key_id)
        own = self._any(f"drawn-key-{key_id}", DRAWN_PER_KEY)
        common = self._any("drawn-host", DRAWN_PER_HOST) if own else None
        if own and common:
            return Slot((flowing, own, common))
        Slot(filter(None, (flowing, own))).release()
        raise TooSoon(
            _("Pictures are being made for others just now. Please try again in a moment.")
            if own
            else _("Pictures of this link are being made already. Wait until that has ended."),
            RETRY_AFTER,
        )

    def _any(self, name: str, count: int) -> "_Lock | None":
        locks = (_Lock.take(self._folder / f"{name}-{number}") for number in range(count))
        return next(filter(None, locks), None)


class _Lock:
    """A file under an exclusive lock, removed before the lock is let go so that no file is left over."""

    def __init__(self, path: Path, descriptor: int) -> None:
        self._path, self._descriptor = path, descriptor

    @classmethod
    def take(cls, path: Path) -> "_Lock | None":
        """Lock ``path``, or return None when it is taken."""
        while True:
            descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
            try:
                fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
                if path.exists() and os.path.samestat(os.fstat(descriptor), path.stat()):
                    return cls(path, descriptor)
            except BlockingIOError:
                os.close(descriptor)
                return None
            except FileNotFoundError:  # removed by the one before between the two looks
                pass
            os.close(descriptor)

    def release(self) -> None:
        """Remove the file, then let go of it."""
        self._path.unlink(missing_ok=True)
        os.close(self._descriptor)
