"""DICOM files made byte by byte, so that a test can say exactly what is wrong with one."""

import struct

CT = "1.2.840.10008.5.1.4.1.1.2"
EXPLICIT, IMPLICIT, BIG = "1.2.840.10008.1.2.1", "1.2.840.10008.1.2", "1.2.840.10008.1.2.2"
DEFLATED, JPEG = "1.2.840.10008.1.2.1.99", "1.2.840.10008.1.2.4.50"
DIRECTORY = "1.2.840.10008.1.3.10"
LONG = ("OB", "OW", "SQ", "UN", "UT", "UC")
UNDEFINED = 0xFFFFFFFF


def element(tag: int, vr: str, value: bytes | str, *, length: int | None = None, order: str = "<") -> bytes:
    """Return an element with explicit VR, padded to an even length; ``length`` overrides the true one."""
    data = value.encode() if isinstance(value, str) else value
    data += b"" if len(data) % 2 == 0 else (b"\0" if vr in ("UI", "OB") else b" ")
    size = len(data) if length is None else length
    head = struct.pack(f"{order}HH", tag >> 16, tag & 0xFFFF) + vr.encode()
    return (
        head + (struct.pack(f"{order}HI", 0, size) if vr in LONG else struct.pack(f"{order}H", size)) + data
    )


def implicit(tag: int, value: bytes | str) -> bytes:
    """Return an element with implicit VR."""
    data = value.encode() if isinstance(value, str) else value
    data += b"\0" * (len(data) % 2)
    return struct.pack("<HHI", tag >> 16, tag & 0xFFFF, len(data)) + data


def sequence(tag: int, *items: bytes) -> bytes:
    """Return a sequence of undefined length."""
    parts = [struct.pack("<HHI", 0xFFFE, 0xE000, UNDEFINED) + item + ITEM_END for item in items]
    return element(tag, "SQ", b"", length=UNDEFINED) + b"".join(parts) + SEQUENCE_END


ITEM_END = struct.pack("<HHI", 0xFFFE, 0xE00D, 0)
SEQUENCE_END = struct.pack("<HHI", 0xFFFE, 0xE0DD, 0)


def meta(syntax: str = EXPLICIT, uid: str = "1.2.3.4", sop_class: str = CT) -> bytes:
    """Return preamble, prefix and file meta information."""
    body = (
        element(0x00020002, "UI", sop_class)
        + element(0x00020003, "UI", uid)
        + element(0x00020010, "UI", syntax)
    )
    length = element(0x00020000, "UL", struct.pack("<I", len(body)))
    return bytes(128) + b"DICM" + length + body


def identity(uid: str = "1.2.3.4", order: str = "<") -> bytes:
    """Return the elements that say what and whose an instance is."""
    texts = [
        (0x00080016, "UI", CT),
        (0x00080018, "UI", uid),
        (0x00080060, "CS", "CT"),
        (0x00100010, "PN", "Test^Patient"),
        (0x00100020, "LO", "P1"),
        (0x0020000D, "UI", "1.2.3"),
        (0x0020000E, "UI", "1.2.3.1"),
    ]
    return b"".join(element(tag, vr, value, order=order) for tag, vr, value in texts)


def implicit_identity(uid: str = "1.2.3.4") -> bytes:
    """Return ``identity`` with implicit VR."""
    found = [(0x00080016, CT), (0x00080018, uid), (0x00100010, "Test^Patient"), (0x0020000D, "1.2.3")]
    return b"".join(implicit(tag, value) for tag, value in found)


def image(rows: int = 4, columns: int = 4) -> bytes:
    """Return the image pixel module of 16-bit grey pixels, up to the pixel data."""
    shorts = [
        (0x00280002, 1),
        (0x00280010, rows),
        (0x00280011, columns),
        (0x00280100, 16),
        (0x00280101, 16),
        (0x00280102, 15),
        (0x00280103, 0),
    ]
    return b"".join(element(tag, "US", struct.pack("<H", value)) for tag, value in shorts)


def pixel_data(size: int = 32) -> bytes:
    """Return native pixel data of ``size`` bytes."""
    return element(0x7FE00010, "OW", bytes(size))
