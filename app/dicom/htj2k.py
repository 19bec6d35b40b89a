"""Display frames: lossless HTJ2K that is proven equal to its source, or the raw values where that is smaller.

What the browser's decoder is known to give back bit for bit: one sample of uint8, uint16 or int16, and RGB of
uint8 (ISO/IEC 15444-15, reversible). Everything else goes raw: little endian, as one gzip member.
"""

import math
import zlib
from typing import Any, NamedTuple

import imagecodecs
import numpy as np
from numpy.typing import NDArray

EXACT_IN_BROWSERS = frozenset(("uint8", "uint16", "int16"))
WORTH_TRYING = 0.8
"""Share of the raw size from which on gzip may win: noise, and masks of few values."""
SMALL = 4096
GZIP_LEVEL = 4


class Encoded(NamedTuple):
    """One display frame as stored; ``encoding`` is ``htj2k`` or ``raw``, which may be a gzip member."""

    data: bytes
    encoding: str
    gzip: bool


def encode(pixels: NDArray[Any]) -> Encoded:
    """Return (rows, columns) or (rows, columns, 3) as HTJ2K, if proven, or raw: whichever is smaller."""
    compressed = _htj2k(pixels)
    if compressed is not None and SMALL < len(compressed) < WORTH_TRYING * pixels.nbytes:
        return Encoded(compressed, "htj2k", gzip=False)
    raw = _raw(pixels)
    if compressed is not None and len(compressed) <= len(raw.data):
        return Encoded(compressed, "htj2k", gzip=False)
    return raw


def decode(encoded: Encoded, dtype: np.dtype[Any], shape: tuple[int, ...]) -> NDArray[Any]:
    """Return what ``encode`` was given. Raises ValueError for what it did not make of such a frame."""
    if encoded.encoding == "htj2k":
        try:
            decoded: NDArray[Any] = imagecodecs.htj2k_decode(encoded.data)
        except imagecodecs.Htj2kError as why:
            raise ValueError("no codestream of ours") from why
    else:
        decoded = np.frombuffer(_values(encoded, dtype, shape), dtype.newbyteorder("<")).reshape(shape)
    if decoded.dtype != dtype or decoded.shape != shape:
        raise ValueError("a frame of another kind")
    return decoded


def _values(encoded: Encoded, dtype: np.dtype[Any], shape: tuple[int, ...]) -> bytes:
    if not encoded.gzip:
        return encoded.data
    expected = math.prod(shape) * dtype.itemsize
    try:
        return zlib.decompressobj(zlib.MAX_WBITS | 16).decompress(encoded.data, expected + 1)
    except zlib.error as why:
        raise ValueError("no gzip member of ours") from why


def _htj2k(pixels: NDArray[Any]) -> bytes | None:
    """Return the codestream, or None when it cannot be proven to hold these very values."""
    colour = pixels.ndim == 3
    if pixels.dtype.name not in EXACT_IN_BROWSERS or (colour and pixels.dtype != np.uint8):
        return None
    try:
        data = bytes(imagecodecs.htj2k_encode(pixels, reversible=True, rgb=colour))
        decoded = imagecodecs.htj2k_decode(data)
    except imagecodecs.Htj2kError:
        return None
    same = decoded.dtype == pixels.dtype and np.array_equal(decoded, pixels)
    return data if same else None


def _raw(pixels: NDArray[Any]) -> Encoded:
    values = pixels.astype(pixels.dtype.newbyteorder("<"), order="C", copy=False).tobytes()
    deflater = zlib.compressobj(GZIP_LEVEL, zlib.DEFLATED, zlib.MAX_WBITS | 16)
    packed = deflater.compress(values) + deflater.flush()
    return (
        Encoded(packed, "raw", gzip=True) if len(packed) < len(values) else Encoded(values, "raw", gzip=False)
    )
