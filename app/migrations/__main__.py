"""Write the next version: what the models have that the newest version has not."""

import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

from alembic import command
from alembic.script import ScriptDirectory

from app.db import make_engine
from app.migrations import settings, upgrade


def revise(message: str) -> Path:
    """Compare the models with a fresh database at the newest version; return the version file written."""
    with tempfile.TemporaryDirectory() as folder:
        url = f"sqlite:///{folder}/head.sqlite"
        upgrade(url)
        engine = make_engine(url)
        with engine.connect() as connection:
            config = settings(connection)
            number = len(list(ScriptDirectory.from_config(config).walk_revisions())) + 1
            script = command.revision(config, message, autogenerate=True, rev_id=f"{number:04d}")
        engine.dispose()
    assert script is not None
    assert not isinstance(script, Sequence)
    path = Path(script.path)
    lines = path.read_text().splitlines(keepends=True)
    path.write_text("".join(line for line in lines if "# ###" not in line))  # Alembic's own remarks
    return path


if __name__ == "__main__":
    if len(sys.argv) != 2:
        raise SystemExit('Say what changed: python -m app.migrations "message"')
    sys.stdout.write(f"{revise(sys.argv[1])}\nRead it, then run: make format test\n")
