"""What a browser may send straight to a store, and all that the store refuses by itself."""

import json
from base64 import b64decode
from collections.abc import Iterator, Mapping
from datetime import timedelta
from io import BytesIO
from typing import Any
from urllib.error import HTTPError
from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit
from urllib.request import Request, urlopen
from uuid import uuid4

import pytest
from botocore.exceptions import ClientError
from mypy_boto3_s3 import S3Client

from app.errors import Unacceptable
from app.storage import ObjectStore, SignedUpload
from app.storage.s3 import S3Store
from app.storage.s3_client import make_client
from tests.forms import ask, post, put
from tests.servers import BUCKET

pytestmark = pytest.mark.xdist_group("seaweedfs")

LASTING = timedelta(minutes=15)
PART = 5 << 20
OURS = "https://discs.test.example"


def changed(url: str, **query: str) -> str:
    """Return ``url`` with other values in its query."""
    parts = urlsplit(url)
    return urlunsplit(parts._replace(query=urlencode(dict(parse_qsl(parts.query)) | query)))


@pytest.fixture
def signed(s3_store: ObjectStore) -> SignedUpload:
    """Leave to send five bytes as ``a/b``."""
    signed = s3_store.sign_upload("a/b", 5, LASTING)
    assert signed is not None
    return signed


def test_what_is_sent_by_a_form_is_there(s3_store: ObjectStore, signed: SignedUpload) -> None:
    assert post(signed, b"12345") == 204
    assert s3_store.sizes(["a/b"]) == {"a/b": 5}
    with s3_store.open("a/b") as file:
        assert file.read() == b"12345"


def test_an_empty_file_can_be_sent(s3_store: ObjectStore) -> None:
    signed = s3_store.sign_upload("a/empty", 0, LASTING)
    assert signed is not None
    assert post(signed, b"") == 204
    assert post(signed, b"x") == 400
    assert s3_store.sizes(["a/empty"]) == {"a/empty": 0}


@pytest.mark.parametrize("data", [b"1234", b"123456", b""], ids=["shorter", "longer", "empty"])
def test_another_length_is_refused(s3_store: ObjectStore, signed: SignedUpload, data: bytes) -> None:
    """P-01."""
    assert 400 <= post(signed, data) < 500
    assert not s3_store.exists("a/b")


@pytest.mark.parametrize(
    "fields",
    [
        {"key": "a/c"},
        {"Content-Type": "text/html"},
        {"Content-Type": None},
        {"x-amz-server-side-encryption": "AES256"},
        {"x-amz-meta-note": "x"},
        {"x-amz-signature": "0" * 64},
        {"policy": "e30="},
        {"acl": "public-read"},
        {"x-amz-acl": "public-read"},
        {"x-amz-tagging": "a=b"},
        {"x-amz-storage-class": "GLACIER"},
        {"x-amz-website-redirect-location": "https://elsewhere.example/"},
        {"success_action_redirect": "https://elsewhere.example/"},
        {"success_action_status": "201"},
        {"redirect": "https://elsewhere.example/"},
        {"Cache-Control": "public"},
        {"Content-Disposition": "inline"},
        {"Content-Encoding": "gzip"},
        {"Expires": "Thu, 01 Jan 2099 00:00:00 GMT"},
    ],
    ids=lambda fields: next(iter(fields)),
)
def test_what_was_not_signed_is_refused(
    s3_store: ObjectStore, signed: SignedUpload, fields: dict[str, str | None]
) -> None:
    """P-01."""
    assert 400 <= post(signed, b"12345", fields) < 500
    assert list(s3_store.keys("a/")) == []


def test_tags_that_the_sender_adds_are_not_taken(
    s3_client: S3Client, s3_store: ObjectStore, signed: SignedUpload
) -> None:
    """P-01: S3 refuses the field; SeaweedFS knows no condition for it and passes over it."""
    tags = "<Tagging><TagSet><Tag><Key>a</Key><Value>b</Value></Tag></TagSet></Tagging>"
    post(signed, b"12345", {"tagging": tags})
    if s3_store.exists("a/b"):
        assert s3_client.get_object_tagging(Bucket=BUCKET, Key=signed.fields["key"])["TagSet"] == []


def test_a_form_opens_no_other_bucket(s3_client: S3Client, signed: SignedUpload) -> None:
    """P-01."""
    s3_client.create_bucket(Bucket="another-bucket")
    url = signed.url.replace(BUCKET, "another-bucket")
    assert url != signed.url
    assert 400 <= post(signed, b"12345", url=url) < 500


def test_a_form_lasts_no_longer_than_it_says(s3_store: ObjectStore) -> None:
    """P-01."""
    signed = s3_store.sign_upload("a/b", 5, timedelta(seconds=-5))
    assert signed is not None
    assert 400 <= post(signed, b"12345") < 500
    assert not s3_store.exists("a/b")


def test_a_large_file_comes_in_parts_in_any_order(s3_store: ObjectStore) -> None:
    sizes = [PART, PART, 7]
    parts = s3_store.sign_parts("a/b", sizes, LASTING)
    assert parts is not None
    assert [(part.number, part.size, part.there) for part in parts] == [
        (1, PART, False),
        (2, PART, False),
        (3, 7, False),
    ]
    for part in reversed(parts):
        assert put(part.url, bytes([part.number]) * part.size) == 200
    s3_store.join_parts("a/b", sizes)
    s3_store.join_parts("a/b", sizes)
    assert s3_store.sizes(["a/b"]) == {"a/b": sum(sizes)}
    with s3_store.open("a/b", PART - 1, 2) as file:
        assert file.read() == b"\1\2"


def test_an_upload_in_parts_goes_on_where_it_was(s3_store: ObjectStore) -> None:
    sizes = [PART, 7]
    begun = s3_store.sign_parts("a/b", sizes, LASTING)
    assert begun is not None
    put(begun[0].url, bytes(PART))
    again = s3_store.sign_parts("a/b", sizes, LASTING)
    assert again is not None
    assert [part.there for part in again] == [True, False]
    put(again[1].url, bytes(7))
    s3_store.join_parts("a/b", sizes)
    assert s3_store.sizes(["a/b"]) == {"a/b": PART + 7}


@pytest.mark.parametrize("size", [6, 8])
def test_a_part_of_another_size_is_refused(s3_store: ObjectStore, size: int) -> None:
    """P-02."""
    parts = s3_store.sign_parts("a/b", [7], LASTING)
    assert parts is not None
    assert 400 <= put(parts[0].url, bytes(size)) < 500


def test_a_part_is_signed_for_its_place_alone(s3_store: ObjectStore) -> None:
    """P-02: neither more parts nor other ones."""
    parts = s3_store.sign_parts("a/b", [7], LASTING)
    assert parts is not None
    url = parts[0].url
    for wrong in (changed(url, partNumber="2"), url.replace("a/b", "a/c"), changed(url, uploadId="other")):
        assert 400 <= put(wrong, bytes(7)) < 500


def test_parts_make_a_file_only_when_all_are_there(s3_store: ObjectStore) -> None:
    """P-02."""
    parts = s3_store.sign_parts("a/b", [PART, 7], LASTING)
    assert parts is not None
    with pytest.raises(Unacceptable):
        s3_store.join_parts("a/b", [PART, 7])
    put(parts[1].url, bytes(7))
    for sizes in ([PART, 7], [7], []):
        with pytest.raises(Unacceptable):
            s3_store.join_parts("a/b", sizes)
    assert not s3_store.exists("a/b")


def test_a_sender_joins_nothing_and_adds_nothing_once_the_parts_were_joined(
    s3_client: S3Client, s3_store: ObjectStore
) -> None:
    """P-02: leave for a part is no leave to end the upload; it ends with the upload."""
    parts = s3_store.sign_parts("a/b", [PART, 7], LASTING)
    assert parts is not None
    for part in parts:
        assert put(part.url, bytes(part.size)) == 200
    ending = urlsplit(parts[0].url)
    upload = dict(parse_qsl(ending.query))["uploadId"]
    body = b"<CompleteMultipartUpload></CompleteMultipartUpload>"
    for query in (ending.query, f"uploadId={upload}"):
        address = urlunsplit(ending._replace(query=query))
        assert 400 <= ask(Request(address, body, method="POST")) < 500
    assert not s3_store.exists("a/b")
    s3_store.join_parts("a/b", [PART, 7])
    assert 400 <= put(parts[0].url, b"\1" * PART) < 500
    with s3_store.open("a/b", 0, 2) as file:
        assert file.read() == bytes(2)


def test_sizes_are_told_of_what_is_there(store: ObjectStore) -> None:
    wanted = [f"a/{number:06d}" for number in range(0, 2000, 10)]
    for key in wanted[::50]:
        store.put(key, BytesIO(bytes(3)))
    store.put("a/000005", BytesIO(b"x"))
    assert store.sizes([*wanted, "b/000000"]) == dict.fromkeys(wanted[::50], 3)
    assert store.sizes([]) == {}


def test_a_folder_signs_nothing(local_store: ObjectStore) -> None:
    assert local_store.sign_upload("a/b", 5, LASTING) is None
    assert local_store.sign_parts("a/b", [5], LASTING) is None
    assert local_store.browser_origins() == ()
    assert not local_store.admit(OURS)
    with pytest.raises(Unacceptable):
        local_store.join_parts("a/b", [5])


def test_a_store_that_browsers_cannot_reach_signs_nothing(s3_client: S3Client) -> None:
    store = S3Store(s3_client, BUCKET, "hidden", direct=False)
    assert (store.sign_upload("a", 5, LASTING), store.signed_url("a", LASTING)) == (None, None)
    assert store.browser_origins() == ()


def test_browsers_are_sent_to_the_address_that_they_can_reach(s3_client: S3Client) -> None:
    signer = make_client("https://files.test.example", "us-east-1")
    store = S3Store(s3_client, BUCKET, signer=signer)
    signed = store.sign_upload("a", 5, LASTING)
    assert signed is not None
    assert signed.url == f"https://files.test.example/{BUCKET}"
    assert store.browser_origins() == ("https://files.test.example",)
    signer.close()


def test_a_bucket_of_amazon_has_a_host_of_its_own_and_forms_name_no_field_that_is_not_sent(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "test")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "test")
    client = make_client(None, "eu-central-1")
    store = S3Store(client, "some-bucket")
    signed = store.sign_upload("a", 5, LASTING)
    assert signed is not None
    origin = "://".join(urlsplit(signed.url)[:2])
    assert origin in store.browser_origins()
    conditions = json.loads(b64decode(signed.fields["policy"]))["conditions"]
    fields = {name for condition in conditions if isinstance(condition, dict) for name in condition}
    assert fields - {"bucket"} == {
        name for name in signed.fields if name not in ("policy", "x-amz-signature")
    }
    assert [each for each in conditions if isinstance(each, list)] == [["content-length-range", 5, 5]]
    client.close()


@pytest.fixture
def a_bucket(s3_client: S3Client) -> Iterator[str]:
    """A bucket whose rules nobody else depends on."""
    name = f"cors-{uuid4().hex[:8]}"
    s3_client.create_bucket(Bucket=name)
    yield name
    s3_client.delete_bucket(Bucket=name)


def preflight(url: str, origin: str) -> Mapping[str, Any] | None:
    """Ask as a browser does before it sends; return the headers of a yes."""
    headers = {
        "Origin": origin,
        "Access-Control-Request-Method": "PUT",
        "Access-Control-Request-Headers": "content-type",
    }
    try:
        with urlopen(Request(url, headers=headers, method="OPTIONS")) as answer:
            return answer.headers if answer.headers.get("Access-Control-Allow-Origin") else None
    except HTTPError as refused:
        refused.close()
        return None


def test_only_our_pages_may_send_to_the_bucket(s3_client: S3Client, a_bucket: str) -> None:
    """P-05."""
    store = S3Store(s3_client, a_bucket)
    url = f"{s3_client.meta.endpoint_url}/{a_bucket}/a"
    assert store.admit(OURS)
    assert not store.admit(OURS)
    allowed = preflight(url, OURS)
    assert allowed is not None
    assert allowed["Access-Control-Allow-Origin"] == OURS
    assert allowed.get("Access-Control-Allow-Credentials") in (None, "true")
    assert preflight(url, "https://elsewhere.example") is None
    s3_client.delete_bucket_cors(Bucket=a_bucket)


def test_rules_that_a_bucket_has_for_others_stay(s3_client: S3Client, a_bucket: str) -> None:
    theirs = {"AllowedOrigins": ["https://theirs.example"], "AllowedMethods": ["GET"]}
    s3_client.put_bucket_cors(Bucket=a_bucket, CORSConfiguration={"CORSRules": [theirs]})  # type: ignore[list-item]  # a plain dict is one
    assert S3Store(s3_client, a_bucket).admit(OURS)
    rules = s3_client.get_bucket_cors(Bucket=a_bucket)["CORSRules"]
    assert [rule["AllowedOrigins"] for rule in rules] == [["https://theirs.example"], [OURS]]


def test_nobody_reads_without_a_signature(s3_client: S3Client, s3_store: ObjectStore) -> None:
    """P-05."""
    s3_store.put("a/b", BytesIO(b"secret"))
    for address in (f"{s3_client.meta.endpoint_url}/{BUCKET}", f"{s3_client.meta.endpoint_url}/{BUCKET}/a/b"):
        assert ask(Request(address)) == 403
    with pytest.raises(ClientError):
        s3_client.complete_multipart_upload(
            Bucket=BUCKET, Key="a/b", UploadId="none", MultipartUpload={"Parts": []}
        )
