"""Visitors at the door: links opened and PINs checked at a steady rate, while slow readers take bundles.

Every request stands on a timetable: one that starts late because those before it were slow counts as late.
"""

import contextlib
import socket
import statistics
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor

from tests.bench.client import Visitor, flask, peak_memory
from tests.served import Served

PER_SECOND = 50
SECONDS = 10
SLOW_READERS = 8
TWO_A_LINK = 2
READS_EVERY = 0.25
PIECE = 64 << 10
STORM = 50
Figure = Callable[..., None]


def measure(served: Served, disc_id: str, figure: Figure) -> None:
    """Print how the door does under load; ``disc_id`` is a disc whose bundle is large."""
    links = SLOW_READERS // TWO_A_LINK
    people = [Visitor(served.port, flask(served, "share", "create", "--disc", disc_id)) for _ in range(links)]
    for person in people:
        person.open()
    with _slow_readers(people * TWO_A_LINK):
        alone = _on_time(PER_SECOND, lambda number: people[number % links].landing())
        _tell(figure, f"links opened, {PER_SECOND} a second, {SLOW_READERS} slow downloads", alone)
        most = _checks_a_second(people)
        figure("PINs checked, as many as the machine can", most, "PINs/s")
        share = max(1, int(most / 2))
        _both(people, share, figure)
    figure("PIN storm", _storm(people), "s until all are answered", at_once=STORM)
    figure("peak memory after the storm, gunicorn", peak_memory(served)["gunicorn"], "MB")


def _both(people: list[Visitor], pins_a_second: int, figure: Figure) -> None:
    """Open links at the full rate while PINs are checked at half of what the machine can."""
    found: dict[str, list[float]] = {}

    def check(number: int) -> None:
        person = people[number % len(people)]
        Visitor(person.port, {"pin": person.pin, "url": person.link}).open()

    def openings() -> None:
        found["links"] = _on_time(PER_SECOND, lambda number: people[number % len(people)].landing())

    beside = threading.Thread(target=openings)
    beside.start()
    found["PINs"] = _on_time(pins_a_second, check)
    beside.join()
    _tell(figure, f"links opened, {PER_SECOND} a second, PINs checked beside them", found["links"])
    _tell(figure, f"PINs checked, {pins_a_second} a second, beside them", found["PINs"])


def _on_time(per_second: int, ask: Callable[[int], None]) -> list[float]:
    """Ask ``per_second`` times a second; return how long after its time each answer was there (s)."""
    began = time.perf_counter() + 0.2

    def at(number: int) -> float:
        due = began + number / per_second
        time.sleep(max(0.0, due - time.perf_counter()))
        ask(number)
        return time.perf_counter() - due

    with ThreadPoolExecutor(32) as pool:
        return list(pool.map(at, range(per_second * SECONDS)))


def _checks_a_second(people: list[Visitor]) -> float:
    """Return how many PINs are checked a second when four people always wait."""
    began, number = time.perf_counter(), 60
    with ThreadPoolExecutor(4) as pool:
        list(pool.map(lambda index: people[index % len(people)].open(), range(number)))
    return number / (time.perf_counter() - began)


def _storm(people: list[Visitor]) -> float:
    """Give fifty PINs at once; return how long it takes until all are answered (s)."""
    began = time.perf_counter()
    with ThreadPoolExecutor(STORM) as pool:
        list(pool.map(lambda index: people[index % len(people)].open(), range(STORM)))
    return time.perf_counter() - began


def _tell(figure: Figure, name: str, taken: list[float]) -> None:
    milliseconds = sorted(one * 1e3 for one in taken)
    p99 = milliseconds[int(len(milliseconds) * 0.99) - 1]
    figure(f"{name}: p99", p99, "ms", median=round(statistics.median(milliseconds), 1), requests=len(taken))


def _asking(person: Visitor) -> bytes:
    lines = (f"GET {person.view}/bundle.zip HTTP/1.1", "Host: 127.0.0.1", f"Cookie: {person.cookie}", "", "")
    return "\r\n".join(lines).encode()


@contextlib.contextmanager
def _slow_readers(people: list[Visitor]) -> Iterator[None]:
    """Let each of ``people`` take a bundle at a quarter of a megabyte a second."""
    done, begun = threading.Event(), threading.Barrier(len(people) + 1)

    def read(person: Visitor) -> None:
        with socket.create_connection(("127.0.0.1", person.port), timeout=60) as line:
            line.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, PIECE)
            line.sendall(_asking(person))
            assert b" 200 " in line.recv(PIECE).partition(b"\r\n")[0]
            begun.wait()
            while not done.wait(READS_EVERY):
                line.recv(PIECE)

    threads = [threading.Thread(target=read, args=(person,)) for person in people]
    for thread in threads:
        thread.start()
    begun.wait(60)
    yield
    done.set()
    for thread in threads:
        thread.join()
