"""How we talk to S3: a client, and what it raises in the port's words."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

import boto3
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError

from app.errors import StorageFull
from app.storage.port import ObjectNotFound, StoreUnreachable

if TYPE_CHECKING:  # the types of boto3 are a package of the tests
    from mypy_boto3_s3 import S3Client

FULL = {"QuotaExceeded", "InsufficientStorage", "XMinioStorageFull", "XMinioAdminBucketQuotaExceeded"}
MISSING = {"NoSuchKey", "NoSuchUpload", "404", "NotFound"}
FAULTS = (ClientError, BotoCoreError)
"""All that a client raises."""


class OutOfRangeError(Exception):
    """The range starts at or behind the object's end."""


def make_client(endpoint: str | None, region: str | None) -> "S3Client":
    """Return a client that may be shared by threads and stores. It connects when first used."""
    config = Config(
        signature_version="s3v4",
        connect_timeout=5,
        read_timeout=60,
        retries={"mode": "standard", "total_max_attempts": 4},
        max_pool_connections=50,
        s3={"addressing_style": "path" if endpoint else "virtual"},
    )
    return boto3.session.Session().client(
        "s3", region_name=region or "us-east-1", endpoint_url=endpoint, config=config
    )


@contextmanager
def translated() -> Iterator[None]:
    """Turn what boto3 raises into the port's words."""
    try:
        yield
    except ClientError as why:
        code = why.response.get("Error", {}).get("Code", "")
        status = why.response.get("ResponseMetadata", {}).get("HTTPStatusCode", 0)
        if code in MISSING:
            raise ObjectNotFound("no such object") from None
        if status == 416:
            raise OutOfRangeError from None
        if status == 507 or code in FULL:
            raise StorageFull("The storage is full. What arrived before is safe.") from None
        refusal = StoreUnreachable if status >= 500 else OSError
        raise refusal(f"the store refused: {code or status}") from why
    except BotoCoreError as why:
        raise StoreUnreachable(f"the store does not answer: {type(why).__name__}") from why
