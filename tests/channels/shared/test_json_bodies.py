"""Bodies with halves of characters: read whole, with nothing else changed."""

import json

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from mim_desk.channels.shared.json_bodies import mended, opened, read

ANY = msgspec.json.Decoder()


@pytest.mark.parametrize(
    ("body", "told"),
    [
        (rb'["a\ud83d"]', ["a\ufffd"]),
        (rb'["\udc4ba"]', ["\ufffda"]),
        (rb'["\ud83d\ud83d\udc4b"]', ["\ufffd👋"]),
        (rb'["\ud83d\udc4b"]', ["👋"]),
        (rb'["\\ud83d"]', ["\\ud83d"]),
        (rb'["\\\ud83d"]', ["\\\ufffd"]),
        (b'["a\xff", "b"]', ["a\ufffd", "b"]),
        (b'["\xe2\x82"]', ["\ufffd"]),
    ],
)
def test_a_half_character_becomes_a_replacement_and_all_else_stays(body: bytes, told: object):
    assert opened(ANY.decode, body) == told


@given(st.recursive(st.text() | st.integers(), lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner)))
def test_whole_texts_are_never_touched(told: object):
    for ascii_only in (True, False):
        body = json.dumps(told, ensure_ascii=ascii_only).encode()
        assert mended(body) == body


@given(st.binary())
def test_any_bytes_are_mended_and_read_without_an_exception(body: bytes):
    read(ANY, body)
    assert mended(mended(body)) == mended(body)


def test_a_half_in_a_part_that_is_read_later_is_mended_with_the_whole():
    first, second = opened(msgspec.json.Decoder(list[msgspec.Raw]).decode, b'["ok", "cut \xf0\x9f"]')

    assert opened(msgspec.json.Decoder(str).decode, first) == "ok"
    assert msgspec.json.decode(second) == "cut \ufffd"
