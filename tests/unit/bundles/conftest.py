"""A shelf of instances, a sender, and a bundle made of them."""

from datetime import UTC, datetime
from io import BytesIO
from pathlib import Path
from typing import Protocol
from zipfile import ZipFile

import pytest
from sqlalchemy.orm import Session

from app.accounts.models import Organisation
from app.bundles.plan import Plan, plan
from app.signing import DocumentSigner
from app.studies.models import Instance
from tests.shelf import ORGANISATION, Shelf

SIGNER = DocumentSigner((b"a key for tests that is long enough to be one",))
MADE_AT = datetime(2026, 11, 24, 9, 0, tzinfo=UTC)


class Bundle(Protocol):
    """Makes a plan and its ZIP; ``pages``: with pages for people, of what the shelf shows."""

    def __call__(
        self, instances: list[Instance], *, pages: bool = False, language: str = "en"
    ) -> tuple[Plan, ZipFile]: ...


@pytest.fixture
def shelf(tmp_path: Path) -> Shelf:
    return Shelf(tmp_path / "store")


@pytest.fixture
def sender() -> Organisation:
    return Organisation(
        id=ORGANISATION, slug="test", name="Hôpital Test", telephone="+1 555 0100", hours="8 to 17"
    )


@pytest.fixture
def bundle(shelf: Shelf, sender: Organisation) -> Bundle:
    def make(instances: list[Instance], *, pages: bool = False, language: str = "en") -> tuple[Plan, ZipFile]:
        made = plan(
            Session(),
            instances,
            sender,
            MADE_AT,
            seed="version-1",
            signer=SIGNER,
            pictures=shelf.store if pages else None,
            language=language,
        )
        return made, ZipFile(BytesIO(shelf.whole(made.archive)))

    return make
