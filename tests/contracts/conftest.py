"""The stores that the contract is held to: a folder, and a bucket on a real SeaweedFS."""

from collections.abc import Iterator
from itertools import count
from pathlib import Path

import pytest
from mypy_boto3_s3 import S3Client

from app.site import make_store
from app.storage import ObjectStore
from app.storage.s3 import S3Store
from app.storage.s3_client import make_client
from tests import servers

BUCKET = "virtual-cd-tests"
REGION = "us-east-1"
numbers = count()


@pytest.fixture(scope="session")
def s3_server() -> Iterator[servers.S3Server]:
    """A SeaweedFS, and its keys where AWS's tools look for them."""
    with servers.seaweedfs() as server, pytest.MonkeyPatch.context() as environment:
        environment.setenv("AWS_ACCESS_KEY_ID", server.access_key)
        environment.setenv("AWS_SECRET_ACCESS_KEY", server.secret_key)
        yield server


@pytest.fixture(scope="session")
def s3_client(s3_server: servers.S3Server) -> Iterator[S3Client]:
    client = make_client(s3_server.endpoint, REGION)
    client.create_bucket(Bucket=BUCKET)
    yield client
    client.close()


@pytest.fixture
def s3_url(s3_server: servers.S3Server, s3_client: S3Client) -> str:
    """The address of a place of its own in the bucket."""
    return f"s3://{BUCKET}/place-{next(numbers)}?endpoint={s3_server.endpoint}&region={REGION}"


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
