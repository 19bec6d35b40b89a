"""A store in a bucket, on anything that speaks S3."""

from app.storage.local import LocalStore


class S3Store(LocalStore):
    @classmethod
    def from_url(cls, url: str) -> "S3Store":
        raise NotImplementedError
