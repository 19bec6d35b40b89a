"""imagecodecs joined to pydicom as a decoder plug-in, for every compressed transfer syntax that has pictures.

pydicom keeps its part (frames, signs, unused bits, colour); this part turns one codestream into bytes.
"""

import zlib
from collections.abc import Callable
from functools import lru_cache
from typing import Any

import imagecodecs
import numpy as np
from numpy.typing import NDArray
from pydicom.pixels.decoders.base import Decoder, DecodeRunner, get_decoder
from pydicom.uid import UID

from app.dicom import codestream, uids
from app.dicom.unshown import CANNOT_READ, DAMAGED, ELSEWHERE, OTHER_SIZE, VIDEO, Unshown

Pixels = NDArray[Any]
Decode = Callable[[bytes, codestream.Codestream, DecodeRunner], Pixels]


class _Encapsulated(UID):
    """A transfer syntax that pydicom's dictionary may not know yet."""

    @property
    def is_transfer_syntax(self) -> bool:
        return True


def _jpeg(data: bytes, stream: codestream.Codestream, runner: DecodeRunner) -> Pixels:
    """Any JPEG process, 8 to 16 bits. Lossless has no colour transform of its own, so pydicom does it."""
    if stream.samples == 1:
        return imagecodecs.jpeg8_decode(data)
    if stream.lossless:
        return imagecodecs.jpeg8_decode(data, colorspace="RGB", outcolorspace="RGB")
    rgb = _declared(runner) == "RGB" if stream.rgb is None else stream.rgb
    runner.set_option("photometric_interpretation", "RGB")
    return imagecodecs.jpeg8_decode(data, colorspace="RGB" if rgb else "YCBCR", outcolorspace="RGB")


def _declared(runner: DecodeRunner) -> str:
    findings: Findings = runner.get_option("findings")
    return findings.declared


def _jpeg_ls(data: bytes, stream: codestream.Codestream, runner: DecodeRunner) -> Pixels:
    return imagecodecs.jpegls_decode(data)


def _jpeg_2000(data: bytes, stream: codestream.Codestream, runner: DecodeRunner) -> Pixels:
    """The library undoes the colour transform, so what had one comes back as RGB."""
    if stream.rgb or _declared(runner) in ("YBR_ICT", "YBR_RCT"):
        runner.set_option("photometric_interpretation", "RGB")
    return imagecodecs.jpeg2k_decode(data)


def _jpeg_xl(data: bytes, stream: codestream.Codestream, runner: DecodeRunner) -> Pixels:
    if runner.samples_per_pixel == 3:
        runner.set_option("photometric_interpretation", "RGB")
    return imagecodecs.jpegxl_decode(data, keeporientation=True)


JPEG = ("50", "51", "52", "53", "55", "57", "70")
JPEG_LS = ("80", "81")
JPEG_2000 = ("90", "91", "92", "93", "201", "202", "203")
JPEG_XL = ("110", "111", "112")
CODECS: dict[str, Decode] = {
    f"1.2.840.10008.1.2.4.{leaf}": decode
    for leaves, decode in ((JPEG, _jpeg), (JPEG_LS, _jpeg_ls), (JPEG_2000, _jpeg_2000), (JPEG_XL, _jpeg_xl))
    for leaf in leaves
}
LOSSY = frozenset({"1.2.840.10008.1.2.4.112"})
"""JPEG XL, which may be lossy where the codestream does not tell."""
UNCOMPRESSED = "1.2.840.10008.1.2.1.98"
DEFLATED_FRAMES = "1.2.840.10008.1.2.8.1"
BY_KIND = {
    "jpeg": "1.2.840.10008.1.2.4.51",
    "jpeg-ls": "1.2.840.10008.1.2.4.80",
    "jpeg2000": "1.2.840.10008.1.2.4.90",
    "jpeg-xl": "1.2.840.10008.1.2.4.110",
}
"""A transfer syntax that decodes each kind of codestream, for files that name none."""
RLE = "1.2.840.10008.1.2.5"
NATIVE = (uids.IMPLICIT_LITTLE, uids.EXPLICIT_LITTLE, uids.DEFLATED_LITTLE, uids.EXPLICIT_BIG)
JPIP = ("1.2.840.10008.1.2.4.94", "1.2.840.10008.1.2.4.95")
VIDEOS = tuple(f"1.2.840.10008.1.2.4.{leaf}" for leaf in (100, 101, 102, 103, 104, 105, 106, 107, 108))

DECODER_DEPENDENCIES = {UID(uid): ("imagecodecs",) for uid in (*CODECS, UNCOMPRESSED, DEFLATED_FRAMES)}


def is_available(uid: str) -> bool:
    """Tell pydicom whether this plug-in decodes ``uid``."""
    return uid in DECODER_DEPENDENCIES


@lru_cache(maxsize=64)
def decoder_of(transfer_syntax_uid: str) -> Decoder:
    """Return pydicom's decoder for a transfer syntax. Raises Unshown when there is none."""
    if transfer_syntax_uid in (*NATIVE, RLE):
        return get_decoder(transfer_syntax_uid)
    if transfer_syntax_uid in VIDEOS:
        raise Unshown(VIDEO)
    if transfer_syntax_uid in JPIP:
        raise Unshown(ELSEWHERE)
    if not is_available(transfer_syntax_uid):
        raise Unshown(CANNOT_READ)
    decoder = Decoder(_Encapsulated(transfer_syntax_uid))
    decoder.add_plugin("imagecodecs", (__name__, "decode_frame"))
    return decoder


def load_all() -> None:
    """Load every library now that would otherwise load with the first frame that needs it."""
    for name in ("jpeg8", "jpegls", "jpeg2k", "jpegxl", "htj2k"):
        getattr(imagecodecs, f"{name}_decode")
    for uid in (*CODECS, *NATIVE, RLE, UNCOMPRESSED, DEFLATED_FRAMES):
        decoder_of(uid)


class Findings:
    """What decoding learns beside the pixels; it rides along as the runner's option ``findings``.

    ``declared`` is the header's Photometric Interpretation: the runner's own changes with every frame.
    """

    def __init__(self, declared: str) -> None:
        self.declared = declared
        self.reason = DAMAGED
        self.lossy = False
        self.broken: bytes | None = None
        """The codestream that was tried last and could not be decoded."""


def decode_frame(data: bytes, runner: DecodeRunner) -> bytearray:
    """Decode one frame for pydicom: little endian, colour by pixel, in the header's container or a larger.

    The reason of a failure is also left in the findings, since pydicom keeps only its own words. It asks once
    more after a failure, in vain: CharLS may take five seconds to find out that a codestream is cut short.
    """
    findings: Findings = runner.get_option("findings")
    if data is findings.broken:
        raise Unshown(findings.reason)
    try:
        return bytearray(_decode(data, runner, findings))
    except Exception as why:  # whatever the codec raises
        findings.broken = data
        findings.reason = str(why) if isinstance(why, Unshown) else DAMAGED
        raise


def _decode(data: bytes, runner: DecodeRunner, findings: Findings) -> bytes:
    uid = str(runner.transfer_syntax)
    length = int(runner.frame_length())
    if uid == UNCOMPRESSED:
        return data[:length]
    if uid == DEFLATED_FRAMES:
        return zlib.decompressobj(-zlib.MAX_WBITS).decompress(data, length)
    stream = codestream.inspect(data)
    _check(stream, runner)
    findings.lossy |= uid in LOSSY if stream.lossless is None else not stream.lossless
    pixels = CODECS[uid](data, stream, runner)
    _check_decoded(pixels, runner)
    return _contained(pixels, runner)


def _check(stream: codestream.Codestream, runner: DecodeRunner) -> None:
    if (stream.rows, stream.columns) != (runner.rows, runner.columns):
        raise Unshown(OTHER_SIZE)
    if stream.samples not in (0, runner.samples_per_pixel):
        raise Unshown(OTHER_SIZE)


def _check_decoded(pixels: Pixels, runner: DecodeRunner) -> None:
    samples = (3,) if runner.samples_per_pixel == 3 else ()
    if pixels.shape != (runner.rows, runner.columns, *samples) or pixels.dtype.kind not in "iu":
        raise Unshown(DAMAGED)


def _contained(pixels: Pixels, runner: DecodeRunner) -> bytes:
    """Frames of one instance may differ in precision; the header's container holds them all."""
    size = max(pixels.dtype.itemsize, runner.bits_allocated // 8)
    runner.set_option("bits_allocated", 8 * size)
    runner.set_option("planar_configuration", 0)
    return pixels.astype(np.dtype(f"<{pixels.dtype.kind}{size}"), order="C", copy=False).tobytes()
