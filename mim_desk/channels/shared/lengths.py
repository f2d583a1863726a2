"""How long a sound lasts, read from its own head: networks that fetch a sound want to be told."""

import struct
from collections.abc import Iterator
from datetime import timedelta
from typing import Final

_LONGEST: Final = timedelta(days=1)
_VERSION_1: Final = ">QQIQ"
_VERSION_0: Final = ">IIII"


def mp4_length(data: bytes) -> timedelta | None:
    """The length of an MP4 or M4A file (ISO 14496-12, ``moov/mvhd``); None where it does not tell."""
    head = next(
        (box for kind, movie in _boxes(data) if kind == b"moov" for name, box in _boxes(movie) if name == b"mvhd"), b""
    )
    shape = _VERSION_1 if head[:1] == b"\x01" else _VERSION_0
    if len(head) < 4 + struct.calcsize(shape):
        return None
    _made, _changed, scale, length = struct.unpack_from(shape, head, 4)
    if not scale or not length:
        return None
    seconds = length / scale
    return timedelta(seconds=seconds) if seconds <= _LONGEST.total_seconds() else None


def _boxes(data: bytes) -> Iterator[tuple[bytes, bytes]]:
    """The boxes of one level, up to the first that does not fit."""
    at = 0
    while at + 8 <= len(data):
        size, kind = struct.unpack_from(">I4s", data, at)
        start = at + 8
        if size == 1 and start + 8 <= len(data):
            (size,) = struct.unpack_from(">Q", data, start)
            start += 8
        end = len(data) if size == 0 else at + size
        if end < start or end > len(data):
            return
        yield kind, data[start:end]
        at = end
