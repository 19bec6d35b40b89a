"""One sandbox for all samples: a child that one of them killed must be replaced for the next."""

from collections.abc import Iterator

import pytest

from app.ingest.sandbox import Sandbox


@pytest.fixture(scope="module")
def reading() -> Iterator[Sandbox]:
    with Sandbox(1) as sandbox:
        yield sandbox
