"""What a file of an image may be is held against the same limits as any other file."""

from contextlib import ExitStack
from io import BytesIO

import pytest

from app.ingest import archives
from app.ingest.limits import FILE_TOO_LARGE, MAX_FILE_BYTES, MAX_PATH_LENGTH, PATH_TOO_LONG
from tests.unit.media.test_iso import GOOD, ROOT, SECTOR, folder, image, record

DEEP = {ROOT + 20 + depth: record(b"D" * 120, ROOT + 21 + depth, SECTOR, flags=2) for depth in range(3)}


@pytest.mark.parametrize(
    ("inside", "reason"),
    [
        ({ROOT: record(b"BIG", 21, MAX_FILE_BYTES + 1)}, FILE_TOO_LARGE),
        (
            {
                ROOT: record(b"D" * 120, ROOT + 20, SECTOR, flags=2),
                **DEEP,
                ROOT + 23: record(b"IM1", 21, 3),
            },
            PATH_TOO_LONG,
        ),
    ],
    ids=["too large", "name too long"],
)
def test_a_file_of_an_image_beyond_the_limits_is_refused(inside: dict[int, bytes], reason: str) -> None:
    data = image({**GOOD, **{at: folder(at, listed) for at, listed in inside.items()}})
    with ExitStack() as stack:
        _, entries = archives.listed(stack, archives.Archive.ISO, BytesIO(data), 5 << 30)
    assert [(entry.refusal, entry.open) for entry in entries] == [(reason, None)]
    assert MAX_PATH_LENGTH < 4 * 120
