"""What only an S3 store has: a URL of its own, parts, checksums, and errors of the network."""

from datetime import UTC, datetime, timedelta
from io import BytesIO
from urllib.error import HTTPError
from urllib.request import urlopen

import pytest
from mypy_boto3_s3 import S3Client

from app.site import make_store
from app.storage import ObjectStore
from app.storage.s3 import S3Store
from app.storage.s3_client import make_client
from tests.ports import free_port
from tests.servers import BUCKET, S3Server

pytestmark = pytest.mark.xdist_group("seaweedfs")


def test_a_url_names_bucket_prefix_endpoint_and_region(s3_url: str, s3_client: S3Client) -> None:
    store = make_store(s3_url)
    store.put("a/b", BytesIO(b"1"))
    assert list(store.keys("a/")) == ["a/b"]
    prefix = s3_url.split("?", maxsplit=1)[0].rpartition("/")[2]
    assert s3_client.get_object(Bucket=BUCKET, Key=f"{prefix}/a/b")["Body"].read() == b"1"
    store.close()


def test_a_signed_url_opens_one_object_for_its_time(s3_store: ObjectStore) -> None:
    """P-06: as what it is opened is signed too."""
    s3_store.put("a/b", BytesIO(b"1"))
    s3_store.put("a/c", BytesIO(b"2"))
    url = s3_store.signed_url("a/b", timedelta(minutes=1))
    assert url is not None
    assert "X-Amz-Expires=60" in url
    for wrong in (
        url.replace("a/b", "a/c"),
        url.replace("Expires=60", "Expires=6000"),
        url.split("?")[0],
        f"{url}&response-content-type=text%2Fhtml",
        f"{url}&response-content-disposition=inline",
    ):
        with pytest.raises(HTTPError) as refused:
            urlopen(wrong)
        assert refused.value.code == 403
        refused.value.close()


def test_an_upload_that_was_cut_off_is_tidied_away(s3_client: S3Client) -> None:
    """P-02: never completed."""
    store = S3Store(s3_client, BUCKET, "cut-off")
    s3_client.create_multipart_upload(Bucket=BUCKET, Key="cut-off/a")
    s3_client.create_multipart_upload(Bucket=BUCKET, Key="elsewhere/a")
    assert store.tidy(datetime.now(UTC) - timedelta(hours=1)) == 0
    assert store.tidy(datetime.now(UTC) + timedelta(hours=1)) == 1
    assert store.tidy(datetime.now(UTC) + timedelta(hours=1)) == 0


def test_a_large_source_that_breaks_off_leaves_no_parts(s3_client: S3Client) -> None:
    class Broken(BytesIO):
        def read(self, size: int | None = -1) -> bytes:
            if self.tell() >= 17 << 20:
                raise ConnectionResetError
            return super().read(min(size or 0, 1 << 20))

    with pytest.raises(ConnectionResetError):
        S3Store(s3_client, BUCKET, "broken").put("a", Broken(bytes(20 << 20)))
    assert not s3_client.list_multipart_uploads(Bucket=BUCKET, Prefix="broken/").get("Uploads")


def test_a_store_that_does_not_answer_is_an_error_of_the_system(s3_client: S3Client) -> None:
    client = make_client(f"http://127.0.0.1:{free_port()}", "us-east-1")
    with pytest.raises(OSError, match="does not answer"):
        S3Store(client, BUCKET).exists("a")
    client.close()


def test_a_refusal_names_no_secret(s3_server: S3Server, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "another secret")
    client = make_client(s3_server.endpoint, "us-east-1")
    with pytest.raises(OSError, match=r"^the store refused: SignatureDoesNotMatch$"):
        S3Store(client, BUCKET).put("a", BytesIO(b"1"))
    client.close()
