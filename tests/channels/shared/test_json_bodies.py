"""Bodies with halves of characters: read whole, with nothing else changed."""

import json

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from mim_desk.channels.shared.json_bodies import MOST_DEPTH, mended, opened, read, shallow

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


@pytest.mark.parametrize(("opens", "closes"), [(b"[", b"]"), (b'{"a":', b"}"), (b'[{"]":', b"}]")])
def test_what_is_nested_without_end_is_nothing_and_costs_nothing_beside_it(opens: bytes, closes: bytes):
    body = b'["before", ' + opens * 50_000 + b"1" + closes * 50_000 + b', "]}[{ \\" after"]'

    before, _, after = opened(json_list, body)

    assert (before, after) == ("before", ']}[{ " after')


json_list = msgspec.json.Decoder(tuple[str, msgspec.Raw, str]).decode


@given(st.recursive(st.text() | st.integers(), lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner)))
def test_what_people_nest_is_never_touched(told: object):
    body = json.dumps(told).encode()

    assert shallow(body) == body


@pytest.mark.parametrize(
    "body",
    [b"[" * 500_000, b'"' + b'\\"' * 500_000, b"]" * 1000, b"{" * 1000, b'[[["' * 90_000],
    ids=lambda b: str(b[:6]),
)
def test_what_never_ends_is_unreadable(body: bytes):
    assert read(ANY, body) is None
    assert len(shallow(body)) == len(body)


def test_the_deepest_that_is_kept():
    for depth, told in ((MOST_DEPTH, b"1"), (MOST_DEPTH + 1, b"null")):
        body = b"[" * depth + b"1" + b"]" * depth
        assert shallow(body) == b"[" * MOST_DEPTH + told + b"]" * MOST_DEPTH
