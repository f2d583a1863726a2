"""Lengths of sounds from their heads."""

import struct
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mim_desk.channels.shared.lengths import mp3_length, mp4_length


def box(kind: bytes, inside: bytes) -> bytes:
    return struct.pack(">I4s", len(inside) + 8, kind) + inside


def m4a(milliseconds: int) -> bytes:
    """The least that tells its length."""
    head = box(b"mvhd", struct.pack(">IIIII", 0, 0, 0, 1000, milliseconds) + bytes(80))
    return box(b"ftyp", b"M4A \0\0\0\0") + box(b"mdat", b"sound") + box(b"moov", head)


def wide(milliseconds: int) -> bytes:
    head = struct.pack(">IQQIQ", 1 << 24, 0, 0, 1000, milliseconds)
    large = struct.pack(">I4sQ", 1, b"mvhd", len(head) + 16) + head
    return box(b"moov", box(b"free", b"") + large)


def mp3(frames: int, head: int = 0xFFFB9000, size: int = 417) -> bytes:
    """Frames of silence; as told: MPEG 1, layer III, 128 kbit/s, 44,100 samples a second."""
    return (struct.pack(">I", head) + bytes(size - 4)) * frames


TAG = b"ID3\x04\0\0\0\0\x01\x10" + bytes(144)
"""144 is 1 * 128 + 16."""
SOUNDS = {
    "plain": (mp3(100), 100 * 1152 / 44_100),
    "behind a tag with a cover": (TAG + mp3(100), 100 * 1152 / 44_100),
    "with a tag at its end": (mp3(50) + b"TAG" + bytes(125), 50 * 1152 / 44_100),
    "of two speeds": (mp3(10) + mp3(10, 0xFFFB5000, 208), 20 * 1152 / 44_100),
    "padded": (mp3(10, 0xFFFB9200, 418), 10 * 1152 / 44_100),
    "of half the samples": (mp3(10, 0xFFF38000, 208), 10 * 576 / 22_050),
}


@pytest.mark.parametrize(("data", "seconds"), SOUNDS.values(), ids=SOUNDS.keys())
def test_the_frames_of_an_mp3_say_how_long_it_is(data: bytes, seconds: float):
    told = mp3_length(data)

    assert told is not None
    assert abs(told.total_seconds() - seconds) < 1e-4


@pytest.mark.parametrize("data", [b"", b"ID3", TAG, TAG[:-3], m4a(6_500), mp3(1), b"\xff" * 4000])
def test_what_is_no_mp3_has_no_length(data: bytes):
    assert mp3_length(data) is None


@pytest.mark.parametrize("made", [m4a, wide], ids=["narrow numbers", "wide numbers"])
def test_the_length_stands_in_the_head(made):
    assert mp4_length(made(6_500)) == timedelta(seconds=6.5)


@pytest.mark.parametrize("data", [b"", b"ID3 no such file", m4a(0), m4a(6_500)[:-90], box(b"moov", b"")])
def test_what_does_not_tell_has_no_length(data: bytes):
    assert mp4_length(data) is None


@given(st.binary(max_size=200), st.integers(0, 120))
def test_any_bytes_are_only_no_sound(data: bytes, cut: int):
    mp4_length(data)
    mp4_length(m4a(9)[:cut] + data)
