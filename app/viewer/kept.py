"""A process's memory of texts that are dear to make: bounded in bytes, the longest unused forgotten first."""

from collections import OrderedDict
from collections.abc import Callable, Hashable
from threading import Lock
from typing import Generic, Protocol, TypeVar


class Sized(Protocol):
    """Whatever says how many bytes it takes."""

    @property
    def size(self) -> int:
        """Bytes, about."""


T = TypeVar("T", bound=Sized)


class Kept(Generic[T]):
    """Keeps what was made under a key that names all that it was made from. Thread-safe."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._bytes = 0
        self._values: OrderedDict[Hashable, T] = OrderedDict()
        self._lock = Lock()

    def get(self, key: Hashable, make: Callable[[], T]) -> T:
        """Return what is kept under ``key``, made now if need be. Two at once may both make it."""
        with self._lock:
            if key in self._values:
                self._values.move_to_end(key)
                return self._values[key]
        made = make()
        with self._lock:
            self._keep(key, made)
        return made

    def _keep(self, key: Hashable, made: T) -> None:
        if key in self._values or made.size > self._most:
            return
        self._values[key] = made
        self._bytes += made.size
        while self._bytes > self._most:
            _, oldest = self._values.popitem(last=False)
            self._bytes -= oldest.size
