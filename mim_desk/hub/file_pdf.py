"""PDF files without the people who wrote them: in the document's properties (ISO 32000-1, 14.3.3) and in its XMP packet.

Blanked in place, byte for byte, since the file's index counts bytes. Properties may lie in packed object streams (7.5.7),
which are packed again and filled up to their old length: readers take no notice of what follows the packed data.
"""

import re
import zlib
from functools import partial
from typing import Final

MOST_UNPACKED: Final = 16 * 1024 * 1024
MOST_STREAMS: Final = 2_000
_INNER: Final = rb"(?:[^()\\]|\\.|\((?:[^()\\]|\\.)*\))*"
"""A string may hold pairs of brackets."""
_TEXT: Final = re.compile(rb"(/(?:Author|Creator)\s*\()(" + _INNER + rb")(\))", re.DOTALL)
_HEX: Final = re.compile(rb"(/(?:Author|Creator)\s*<)([0-9A-Fa-f\s]+)(>)")
_XMP: Final = re.compile(
    rb"(<(dc:creator|pdf:Author|xmp:Author|dc:contributor|photoshop:Author\w*)\b[^>]*>)(.*?)(</\2>)", re.DOTALL
)
_XMP_WORDS: Final = re.compile(rb"(>)([^<]+)(<)")
_XMP_INLINE: Final = re.compile(rb"(\b(?:pdf:Author|photoshop:Author\w*)=\")([^\"]*)(\")")
_STREAM: Final = re.compile(rb"<<((?:(?!endobj|stream).){0,2000}?)>>\s*stream\r?\n", re.DOTALL)
_LENGTH: Final = re.compile(rb"/Length\s+(\d+)(?!\s+\d+\s+R)")
_PACKED_PEOPLE: Final = re.compile(rb"/Type\s*/(?:ObjStm|Metadata)\b")


def without_people(data: bytes) -> bytes:
    """The same file, of the same length, with blanks for authors."""
    written = bytearray(_blank(data))
    for number, found in enumerate(_STREAM.finditer(data)):
        if number == MOST_STREAMS:
            break
        head, length = found[1], _LENGTH.search(found[1])
        if length is None or b"/FlateDecode" not in head or not _PACKED_PEOPLE.search(head):
            continue
        start, end = found.end(), found.end() + int(length[1])
        again = _repacked(data[start:end])
        if again is not None:
            written[start:end] = again
    return bytes(written)


def _repacked(packed: bytes) -> bytes | None:
    """The stream with blanks; None when nobody is named or it would grow."""
    reader = zlib.decompressobj()
    try:
        plain = reader.decompress(packed, MOST_UNPACKED)
    except zlib.error:
        return None
    blank = _blank(plain)
    if blank == plain or not reader.eof:
        return None
    again = zlib.compress(blank, 9)
    return again.ljust(len(packed), b"\n") if len(again) <= len(packed) else None


def _blank(data: bytes) -> bytes:
    for pattern, blank in ((_TEXT, b" "), (_HEX, b"0"), (_XMP_INLINE, b" ")):
        data = pattern.sub(partial(_blanked, blank), data)
    return _XMP.sub(lambda found: found[1] + _words_blanked(found[3]) + found[4], data)


def _words_blanked(inner: bytes) -> bytes:
    """All that stands between tags."""
    return _XMP_WORDS.sub(partial(_blanked, b" "), b">" + inner + b"<")[1:-1]


def _blanked(blank: bytes, found: re.Match[bytes]) -> bytes:
    return found[1] + blank * len(found[2]) + found[3]
