"""What became of a file in the sandbox, held against what must."""

from pathlib import Path

from app.ingest.sandbox import Sandbox
from tests.hostile.samples import SHOWN, Outcome

MARKUP = ("<script", "<html", "alert(")


def check(sandbox: Sandbox, path: Path, wanted: Outcome) -> None:
    """Read a file, make its pictures, and compare."""
    with path.open("rb") as file:
        header = sandbox.read_header(file)
        said = [*([header.reason] if header.reason else []), *header.warnings]
        assert header.verdict == wanted.verdict, said
        assert wanted.says in " ".join(said), said
        assert wanted.says or not said, said
        assert not any(mark in sentence for mark in MARKUP for sentence in said)
        if header.verdict != "instance":
            assert header.facts is None or header.verdict == "dicomdir"
            return
        display, blobs = sandbox.make_display(file, header.facts or {})
        pictures = sum(len(data) for _, data in blobs)
    assert pictures < 1 << 20
    assert display.get("reason", SHOWN).find(wanted.picture) >= 0, display.get("reason")
