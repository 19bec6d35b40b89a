"""Bytes under keys: the port, its two adapters and the names of the keys."""

from app.storage.port import (
    ObjectInfo,
    ObjectNotFound,
    ObjectStore,
    SignedPart,
    SignedUpload,
    StoreUnreachable,
)

__all__ = ["ObjectInfo", "ObjectNotFound", "ObjectStore", "SignedPart", "SignedUpload", "StoreUnreachable"]
