"""The stores that the contract is held to: a folder, and a bucket on a real SeaweedFS."""

from itertools import count
from pathlib import Path

import pytest
from mypy_boto3_s3 import S3Client

from app.site import make_store
from app.storage import ObjectStore
from app.storage.s3 import S3Store
from tests.servers import BUCKET

numbers = count()


@pytest.fixture
def s3_store(s3_client: S3Client) -> ObjectStore:
    return S3Store(s3_client, BUCKET, f"place-{next(numbers)}")


@pytest.fixture
def local_store(tmp_path: Path) -> ObjectStore:
    return make_store(f"file://{tmp_path / 'store'}")


@pytest.fixture(params=["local", pytest.param("s3", marks=pytest.mark.xdist_group("seaweedfs"))])
def store(request: pytest.FixtureRequest) -> ObjectStore:
    found: ObjectStore = request.getfixturevalue(f"{request.param}_store")
    return found
