"""A process of the product that is held up in the middle, so that tests meet it there on any machine."""

import sys
from pathlib import Path

HELD = """
import runpy, sys, time
from pathlib import Path
from app.storage.local import LocalStore
hold, deed, first, module, *words = sys.argv[1:]
do, passing = getattr(LocalStore, deed), iter(range(int(first)))
def held(*args, **keywords):
    if next(passing, None) is None:
        while Path(hold).exists():
            time.sleep(0.01)
    return do(*args, **keywords)
setattr(LocalStore, deed, held)
sys.argv[1:] = words
runpy.run_module(module, run_name="__main__", alter_sys=True)
"""


def held_up(hold: Path, deed: str, first: int, module: str, *words: object) -> list[str]:
    """Return a command that runs a module.

    While ``hold`` is there it does ``deed``, as a folder store calls it, no more than ``first`` times.
    """
    hold.touch()
    return [sys.executable, "-c", HELD, str(hold), deed, str(first), module, *map(str, words)]
