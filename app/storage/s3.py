"""A store in a bucket, on anything that speaks S3."""

import io
from collections.abc import Iterator, Sequence
from contextlib import suppress
from datetime import datetime, timedelta
from itertools import groupby
from pathlib import Path
from secrets import token_hex
from typing import TYPE_CHECKING, BinaryIO
from urllib.parse import parse_qs, urlsplit

from app.errors import Unacceptable
from app.storage.keys import folder_key, object_key
from app.storage.port import ObjectInfo, ObjectNotFound, SignedPart, SignedUpload
from app.storage.s3_client import FAULTS, OutOfRangeError, make_client, translated
from app.storage.s3_uploads import DirectUploads

if TYPE_CHECKING:  # the types of boto3 are a package of the tests
    from botocore.response import StreamingBody
    from mypy_boto3_s3 import S3Client
    from mypy_boto3_s3.type_defs import CompletedPartTypeDef, CopySourceTypeDef

PART = 16 << 20
"""Bytes of one part of a large object, and the most of it that is held in memory."""
READ_AHEAD = 1 << 20
MOST_DELETED = 1000
"""Objects that one request may name (DeleteObjects)."""


class S3Store:
    """Objects in a bucket under a prefix. A PUT that S3 acknowledged is durable, whatever was asked for.

    Bytes are checked against a CRC on the way in, and on the way out where the whole object is read.
    """

    def __init__(
        self,
        client: "S3Client",
        bucket: str,
        prefix: str = "",
        *,
        signer: "S3Client | None" = None,
        direct: bool = True,
    ) -> None:
        """``signer`` signs for browsers, which may reach the store under another address than we do.

        Without ``direct`` they don't reach it at all, and everything goes through us.
        """
        self._client, self._bucket = client, bucket
        self._prefix = f"{prefix}/" if prefix else ""
        self._direct = DirectUploads(client, signer or client, bucket) if direct else None

    @classmethod
    def from_url(cls, url: str) -> "S3Store":
        """Return the store at ``s3://bucket/prefix?endpoint=…&region=…``; credentials as AWS's tools do.

        ``public=https://…`` is where browsers reach it, if not at the endpoint; ``public=no``: nowhere.
        """
        parts = urlsplit(url)
        query = {name: values[-1] for name, values in parse_qs(parts.query).items()}
        region, public = query.get("region"), query.get("public")
        return cls(
            make_client(query.get("endpoint"), region),
            parts.netloc,
            parts.path.strip("/"),
            signer=make_client(public, region) if public and public != "no" else None,
            direct=public != "no",
        )

    def put(self, key: str, source: BinaryIO, *, durable: bool = True) -> int:
        """See the port."""
        name = self._name(key)
        head = _read_fully(source)
        with translated():
            if len(head) == PART:
                return self._put_parts(name, head, source)
            self._client.put_object(Bucket=self._bucket, Key=name, Body=head)
            return len(head)

    def make_durable(self, keys: Sequence[str]) -> None:
        """See the port; they are durable already."""

    def open(self, key: str, start: int = 0, length: int | None = None) -> BinaryIO:
        """See the port."""
        if length == 0:
            self.info(key)
            return io.BytesIO()
        try:
            with translated():
                return io.BufferedReader(_Body(self._get(self._name(key), start, length)), READ_AHEAD)
        except OutOfRangeError:
            return io.BytesIO()

    def info(self, key: str) -> ObjectInfo:
        """See the port."""
        with translated():
            answer = self._client.head_object(Bucket=self._bucket, Key=self._name(key))
            return ObjectInfo(answer["ContentLength"], answer["LastModified"])

    def exists(self, key: str) -> bool:
        """See the port."""
        try:
            self.info(key)
        except ObjectNotFound:
            return False
        return True

    def copy(self, source: str, target: str) -> None:
        """See the port. S3 does it by itself, up to 5 GiB."""
        where: CopySourceTypeDef = {"Bucket": self._bucket, "Key": self._name(source)}
        with translated():
            self._client.copy_object(Bucket=self._bucket, Key=self._name(target), CopySource=where)

    def delete(self, key: str) -> int:
        """See the port."""
        if key.endswith("/"):
            return sum(self._delete_page(page) for page in self._pages(key))
        name = self._name(key)
        if not self.exists(key):
            return 0
        with translated():
            self._client.delete_object(Bucket=self._bucket, Key=name)
        return 1

    def delete_all(self, keys: Sequence[str]) -> None:
        """See the port."""
        names = [self._name(key) for key in keys]
        for start in range(0, len(names), MOST_DELETED):
            self._delete_page(names[start : start + MOST_DELETED])

    def keys(self, folder: str) -> Iterator[str]:
        """See the port."""
        for page in self._pages(folder):
            yield from (name.removeprefix(self._prefix) for name in page)

    def local_path(self, key: str) -> Path | None:
        """Return None: the bytes are elsewhere."""
        return None

    def signed_url(self, key: str, lasting: timedelta) -> str | None:
        """See the port."""
        return self._direct.signed_url(self._name(key), lasting) if self._direct else None

    def sign_upload(self, key: str, size: int, lasting: timedelta) -> SignedUpload | None:
        """See the port."""
        return self._direct.sign_upload(self._name(key), size, lasting) if self._direct else None

    def sign_parts(self, key: str, sizes: Sequence[int], lasting: timedelta) -> list[SignedPart] | None:
        """See the port."""
        return self._direct.sign_parts(self._name(key), sizes, lasting) if self._direct else None

    def join_parts(self, key: str, sizes: Sequence[int]) -> None:
        """See the port."""
        if self._direct is None:
            raise Unacceptable("Nothing was sent in parts.")
        if self.sizes([key]).get(key) != sum(sizes):
            self._direct.join_parts(self._name(key), sizes)

    def sizes(self, keys: Sequence[str]) -> dict[str, int]:
        """See the port. Keys of one folder that lie close together cost one request a thousand."""
        found: dict[str, int] = {}
        for _, together in groupby(sorted(keys), lambda key: key.rpartition("/")[0]):
            found |= self._listed_sizes(list(together))
        return found

    def browser_origins(self) -> tuple[str, ...]:
        """See the port."""
        return self._direct.origins() if self._direct else ()

    def admit(self, origin: str) -> bool:
        """See the port. Rules that the bucket has for others stay."""
        return self._direct is not None and self._direct.admit(origin)

    def tidy(self, before: datetime) -> int:
        """See the port. Ends multipart uploads that were never completed."""
        count = 0
        with translated():
            for page in self._client.get_paginator("list_multipart_uploads").paginate(
                Bucket=self._bucket, Prefix=self._prefix
            ):
                for upload in page.get("Uploads", []):
                    if upload["Initiated"] < before:
                        self._abort(upload["Key"], upload["UploadId"])
                        count += 1
        return count

    def check(self) -> None:
        """See the port."""
        key = f"check/{token_hex(8)}"
        self.put(key, io.BytesIO(b"ok"))
        with self.open(key) as file:
            file.read()
        self.delete(key)

    def close(self) -> None:
        """See the port."""
        self._client.close()

    def _get(self, name: str, start: int, length: int | None) -> "StreamingBody":
        if start == 0 and length is None:  # asked without a range, S3 sends the checksum along
            return self._client.get_object(Bucket=self._bucket, Key=name)["Body"]
        end = "" if length is None else start + length - 1
        return self._client.get_object(Bucket=self._bucket, Key=name, Range=f"bytes={start}-{end}")["Body"]

    def _name(self, key: str) -> str:
        return self._prefix + object_key(key)

    def _pages(self, folder: str) -> Iterator[list[str]]:
        prefix = self._prefix + folder_key(folder)
        with translated():
            for page in self._client.get_paginator("list_objects_v2").paginate(
                Bucket=self._bucket, Prefix=prefix
            ):
                yield [found["Key"] for found in page.get("Contents", [])]

    def _listed_sizes(self, keys: list[str]) -> dict[str, int]:
        """Return the sizes of ``keys``, which are sorted and lie in one folder."""
        names = {self._name(key): key for key in keys}
        first, last = min(names), max(names)
        folder = first.rpartition("/")[0] + "/"
        found: dict[str, int] = {}
        with translated():
            for page in self._client.get_paginator("list_objects_v2").paginate(
                Bucket=self._bucket, Prefix=folder, StartAfter=first[:-1]
            ):
                listed = page.get("Contents", [])
                found |= {names[each["Key"]]: int(each["Size"]) for each in listed if each["Key"] in names}
                if listed and listed[-1]["Key"] >= last:
                    break
        return found

    def _delete_page(self, names: list[str]) -> int:
        if not names:
            return 0
        with translated():
            answer = self._client.delete_objects(
                Bucket=self._bucket, Delete={"Objects": [{"Key": name} for name in names], "Quiet": True}
            )
        if faults := answer.get("Errors"):
            raise OSError(f"the store refused to delete: {faults[0].get('Code')}")
        return len(names)

    def _put_parts(self, name: str, head: bytes, source: BinaryIO) -> int:
        upload = self._client.create_multipart_upload(Bucket=self._bucket, Key=name)["UploadId"]
        try:
            done: list[CompletedPartTypeDef] = []
            size, part = 0, head
            while part:
                number = len(done) + 1
                answer = self._client.upload_part(
                    Bucket=self._bucket, Key=name, UploadId=upload, PartNumber=number, Body=part
                )
                done.append({"PartNumber": number, "ETag": answer["ETag"]})
                size += len(part)
                part = _read_fully(source)
            self._client.complete_multipart_upload(
                Bucket=self._bucket, Key=name, UploadId=upload, MultipartUpload={"Parts": done}
            )
        except BaseException:
            self._abort(name, upload)
            raise
        return size

    def _abort(self, name: str, upload: str) -> None:
        with suppress(*FAULTS):
            self._client.abort_multipart_upload(Bucket=self._bucket, Key=name, UploadId=upload)


class _Body(io.RawIOBase):
    """What S3 sends, as a file."""

    def __init__(self, body: "StreamingBody") -> None:
        self._body = body

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: memoryview) -> int:  # type: ignore[override]  # BufferedReader gives no less
        with translated():
            data = self._body.read(len(buffer))
        buffer[: len(data)] = data
        return len(data)

    def close(self) -> None:
        self._body.close()
        super().close()


def _read_fully(source: BinaryIO) -> bytes:
    """Return the next part: ``PART`` bytes, fewer only at the end of ``source``."""
    data = bytearray()
    while len(data) < PART and (more := source.read(PART - len(data))):
        data += more
    return bytes(data)
