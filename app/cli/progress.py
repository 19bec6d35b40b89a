"""A progress bar on a terminal; silence elsewhere. Always on standard error."""

import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import click

Progress = Callable[[int, int], None]
"""Called with how much is done and how much there is."""
LOOK_SECONDS = 0.5


@contextmanager
def progress_bar(label: str) -> Iterator[Progress]:
    """Yield a function that draws how far the work is."""
    if not sys.stderr.isatty():
        yield lambda done, total: None
        return
    with click.progressbar(length=1, label=label, file=sys.stderr) as bar:

        def draw(done: int, total: int) -> None:
            bar.length = max(total, 1)
            bar.update(done - bar.pos)

        yield draw


@contextmanager
def followed(label: str, look: Callable[[], tuple[int, int]]) -> Iterator[None]:
    """Draw how far something is that goes on in the block; ``look`` tells how much is done and there is."""
    with progress_bar(label) as draw:
        if not sys.stderr.isatty():
            yield
            return
        over = threading.Event()

        def follow() -> None:
            while not over.wait(LOOK_SECONDS):
                draw(*look())

        eye = threading.Thread(target=follow)
        eye.start()
        try:
            yield
        finally:
            over.set()
            eye.join()
            draw(*look())
