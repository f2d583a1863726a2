"""Lengths of sounds from their heads."""

import struct
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mim_desk.channels.shared.lengths import mp4_length


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
