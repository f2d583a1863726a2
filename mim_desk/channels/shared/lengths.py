"""How long a sound lasts, read from its own head: networks that fetch a sound want to be told."""

import struct
from collections.abc import Iterator
from dataclasses import dataclass
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


def mp3_length(data: bytes) -> timedelta | None:
    """The length of an MP3 file (ISO 11172-3 and 13818-3, layer III), frame by frame; None where it is none."""
    at, frames, seconds = _after_tag(data), 0, 0.0
    while frame := _frame(data, at):
        at += frame.size
        frames += 1
        seconds += frame.seconds
    whole = frames > 1 and seconds <= _LONGEST.total_seconds()
    return timedelta(seconds=seconds) if whole else None


@dataclass(frozen=True, slots=True)
class _Frame:
    size: int
    seconds: float


_RATES: Final = {3: (44_100, 48_000, 32_000), 2: (22_050, 24_000, 16_000), 0: (11_025, 12_000, 8_000)}
"""Samples a second by the version of the head: 1, 2 and 2.5."""
_KBITS_1: Final = (0, 32, 40, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320)
_KBITS_2: Final = (0, 8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160)
_LAYER_3: Final = 1


def _after_tag(data: bytes) -> int:
    """Where sound begins: behind an ID3v2 tag, whose size has seven bits in each byte."""
    if data[:3] != b"ID3" or len(data) < 10:
        return 0
    size = 0
    for byte in data[6:10]:
        size = size << 7 | byte & 0x7F
    return 10 + size + (10 if data[5] & 0x10 else 0)


def _frame(data: bytes, at: int) -> _Frame | None:
    """The frame at a place, None where none begins."""
    if at + 4 > len(data):
        return None
    (head,) = struct.unpack_from(">I", data, at)
    version, layer, kbits, rate = head >> 19 & 3, head >> 17 & 3, head >> 12 & 15, head >> 10 & 3
    if head >> 21 != 0x7FF or version not in _RATES or layer != _LAYER_3 or kbits in (0, 15) or rate == 3:
        return None
    per_second = _RATES[version][rate]
    samples = 1152 if version == 3 else 576
    bits = (_KBITS_1 if version == 3 else _KBITS_2)[kbits] * 1000
    return _Frame(samples * bits // 8 // per_second + (head >> 9 & 1), samples / per_second)


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
