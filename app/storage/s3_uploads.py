"""Leave for browsers to send straight to a bucket, under rules that the bucket enforces.

A form (presigned POST) is bound to one key, one length and one type; a part to its number and length.
"""

from collections.abc import Iterable, Sequence
from datetime import timedelta
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from botocore.exceptions import ClientError

from app.errors import Unacceptable
from app.storage.port import SignedPart, SignedUpload
from app.storage.s3_client import translated

if TYPE_CHECKING:  # the types of boto3 are a package of the tests
    from mypy_boto3_s3 import S3Client
    from mypy_boto3_s3.type_defs import (
        CompletedPartTypeDef,
        CORSRuleOutputTypeDef,
        CORSRuleTypeDef,
        PartTypeDef,
    )

TYPE = "application/octet-stream"
METHODS = ["POST", "PUT"]
PREFLIGHT_SECONDS = 3600
OPTIONAL_FIELDS = (
    "acl",
    "success_action_redirect",
    "success_action_status",
    "redirect",
    "Cache-Control",
    "Content-Disposition",
    "Content-Encoding",
    "Expires",
)
"""What S3 lets a form say beside the file; we sign none of it."""
AMAZON = ("amazonaws.com", "amazonaws.com.cn")
INCOMPLETE = "The file has not arrived as announced. Send what is missing, then try again."


class DirectUploads:
    """Signs for one bucket. ``signer`` knows the address that browsers use; names are whole keys."""

    def __init__(self, client: "S3Client", signer: "S3Client", bucket: str) -> None:
        self._client, self._signer, self._bucket = client, signer, bucket

    def signed_url(self, name: str, lasting: timedelta) -> str:
        """Return a URL that reads one object."""
        return self._sign("get_object", lasting, Key=name)

    def sign_upload(self, name: str, size: int, lasting: timedelta) -> SignedUpload:
        """Return a form that takes exactly ``size`` bytes under ``name``, and nothing else beside them."""
        with translated():
            signed = self._signer.generate_presigned_post(
                self._bucket,
                name,
                Fields={"Content-Type": TYPE},
                Conditions=[
                    ["content-length-range", size, size],
                    {"Content-Type": TYPE},
                    *self._nothing_else(),
                ],
                ExpiresIn=int(lasting.total_seconds()),
            )
        return SignedUpload(signed["url"], dict(signed["fields"]))

    def _nothing_else(self) -> list[list[str]]:
        """Return conditions by which a store refuses what was not signed, where it would not do so itself.

        Amazon refuses every field that a policy does not name, but also wants a field for every condition.
        """
        if _is_amazon(self._client.meta.endpoint_url):
            return []
        return [["eq", f"${field}", ""] for field in OPTIONAL_FIELDS]

    def sign_parts(self, name: str, sizes: Sequence[int], lasting: timedelta) -> list[SignedPart]:
        """Begin to send in parts, or go on with what was begun before."""
        upload = self._begun(name)
        there = {part["PartNumber"]: part["Size"] for part in self._parts(name, upload)} if upload else {}
        with translated():
            upload = upload or self._begin(name)
        return [
            SignedPart(
                number,
                size,
                self._sign(
                    "upload_part", lasting, Key=name, UploadId=upload, PartNumber=number, ContentLength=size
                ),
                there.get(number) == size,
            )
            for number, size in enumerate(sizes, 1)
        ]

    def join_parts(self, name: str, sizes: Sequence[int]) -> None:
        """Make the object, if exactly these parts have arrived. Raises Unacceptable."""
        upload = self._begun(name)
        parts = sorted(self._parts(name, upload), key=lambda part: part["PartNumber"]) if upload else []
        if upload is None or [(part["PartNumber"], part["Size"]) for part in parts] != list(
            enumerate(sizes, 1)
        ):
            raise Unacceptable(INCOMPLETE)
        done: list[CompletedPartTypeDef] = [
            {"PartNumber": part["PartNumber"], "ETag": part["ETag"]} for part in parts
        ]
        with translated():
            self._client.complete_multipart_upload(
                Bucket=self._bucket, Key=name, UploadId=upload, MultipartUpload={"Parts": done}
            )

    def origins(self) -> tuple[str, ...]:
        """Return where browsers send to; S3 itself has a host a bucket."""
        address = urlsplit(self._signer.meta.endpoint_url)
        at_endpoint = f"{address.scheme}://{address.netloc}"
        if not _is_amazon(self._signer.meta.endpoint_url):
            return (at_endpoint,)
        return (at_endpoint, f"{address.scheme}://{self._bucket}.{address.netloc}")

    def admit(self, origin: str) -> bool:
        """Let pages of ``origin`` send, unless a rule of the bucket does already."""
        with translated():
            rules = self._rules()
            if any(_admits(rule, origin) for rule in rules):
                return False
            ours: CORSRuleTypeDef = {
                "AllowedOrigins": [origin],
                "AllowedMethods": METHODS,
                "AllowedHeaders": ["*"],
                "ExposeHeaders": ["ETag"],
                "MaxAgeSeconds": PREFLIGHT_SECONDS,
            }
            self._client.put_bucket_cors(Bucket=self._bucket, CORSConfiguration={"CORSRules": [*rules, ours]})
        return True

    def _rules(self) -> "list[CORSRuleOutputTypeDef]":
        try:
            return self._client.get_bucket_cors(Bucket=self._bucket)["CORSRules"]
        except ClientError as why:
            if why.response.get("Error", {}).get("Code") == "NoSuchCORSConfiguration":
                return []
            raise

    def _sign(self, deed: str, lasting: timedelta, **about: str | int) -> str:
        with translated():
            return self._signer.generate_presigned_url(
                deed, Params={"Bucket": self._bucket, **about}, ExpiresIn=int(lasting.total_seconds())
            )

    def _begun(self, name: str) -> str | None:
        """Return the upload in parts that was begun last under ``name``."""
        with translated():
            answer = self._client.list_multipart_uploads(Bucket=self._bucket, Prefix=name)
        begun = [each for each in answer.get("Uploads", []) if each["Key"] == name]
        return (
            max(begun, key=lambda each: (each["Initiated"], each["UploadId"]))["UploadId"] if begun else None
        )

    def _begin(self, name: str) -> str:
        answer = self._client.create_multipart_upload(Bucket=self._bucket, Key=name, ContentType=TYPE)
        return answer["UploadId"]

    def _parts(self, name: str, upload: str) -> "Iterable[PartTypeDef]":
        with translated():
            pages = self._client.get_paginator("list_parts").paginate(
                Bucket=self._bucket, Key=name, UploadId=upload
            )
            return [part for page in pages for part in page.get("Parts", [])]


def _is_amazon(endpoint: str) -> bool:
    return (urlsplit(endpoint).hostname or "").endswith(AMAZON)


def _admits(rule: "CORSRuleOutputTypeDef", origin: str) -> bool:
    return origin in rule["AllowedOrigins"] and set(METHODS) <= set(rule["AllowedMethods"])
