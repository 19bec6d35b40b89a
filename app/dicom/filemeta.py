"""File Meta Information of what we write ourselves: directories, wrapped documents, copies (PS3.10 7.1)."""

import struct

from app.dicom.explicit import element
from app.dicom.uids import stand_in

PREAMBLE = b"\0" * 128 + b"DICM"
IMPLEMENTATION_UID = stand_in("Virtual CD: implementation class")
IMPLEMENTATION_VERSION = b"VIRTUALCD"


def file_meta(*, sop_class_uid: str, instance_uid: str, transfer_syntax_uid: str) -> bytes:
    """Return preamble, prefix and File Meta Information, after which the data set begins."""
    elements = b"".join(
        (
            element(0x00020001, "OB", b"\0\1"),
            element(0x00020002, "UI", sop_class_uid.encode()),
            element(0x00020003, "UI", instance_uid.encode()),
            element(0x00020010, "UI", transfer_syntax_uid.encode()),
            element(0x00020012, "UI", IMPLEMENTATION_UID.encode()),
            element(0x00020013, "SH", IMPLEMENTATION_VERSION),
        )
    )
    return PREAMBLE + element(0x00020000, "UL", struct.pack("<L", len(elements))) + elements
