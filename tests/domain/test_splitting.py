"""Where long texts are cut."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mim_desk.domain.splitting import split_text, utf8_bytes, utf16_units

FAMILY = "👨‍👩‍👧‍👦"
CASES = {
    "short": ("Hello", 5, ["Hello"]),
    "empty": ("", 5, [""]),
    "after a paragraph": ("One two.\n\nThree four five", 16, ["One two.\n\n", "Three four five"]),
    "after a line": ("One two.\nThree four five", 16, ["One two.\n", "Three four five"]),
    "after a sentence": ("One two. Three four five", 16, ["One two. ", "Three four five"]),
    "after a sentence in brackets": ("(One two.) Three four five", 18, ["(One two.) ", "Three four five"]),
    "after a Chinese sentence": ("请稍等。我们看看你的订单", 7, ["请稍等。", "我们看看你的订", "单"]),
    "after an Arabic question": ("أين طلبي؟ أرجو الرد الآن", 14, ["أين طلبي؟ ", "أرجو الرد الآن"]),
    "after a word": ("One two three four", 9, ["One two ", "three ", "four"]),
    "no better place": ("abcdefghij", 4, ["abcd", "efgh", "ij"]),
    "a mark stays on its letter": ("aaae\u0301b", 4, ["aaa", "e\u0301b"]),
    "a family stays together": ("ab" + FAMILY, 8, ["ab", FAMILY]),
    "a skin stays on its hand": ("aa👋🏽", 3, ["aa", "👋🏽"]),
    "flags are pairs": ("🇵🇹🇵🇹", 3, ["🇵🇹", "🇵🇹"]),
    "a written syllable": ("aa\u1112\u1161\u11ab", 4, ["aa", "\u1112\u1161\u11ab"]),
    "one character longer than a part": (FAMILY, 3, ["👨‍👩", "‍👧‍", "👦"]),
}


@pytest.mark.parametrize(("text", "limit", "wanted"), CASES.values(), ids=CASES.keys())
def test_a_text_is_cut_at_the_best_place(text: str, limit: int, wanted: list[str]):
    assert split_text(text, limit) == wanted


def test_lengths_are_those_of_the_provider():
    assert split_text("👍👍👍", 4, utf16_units) == ["👍👍", "👍"]
    assert split_text("👍👍👍", 4, utf8_bytes) == ["👍", "👍", "👍"]
    assert utf16_units("a👍é") == 4
    assert utf8_bytes("a👍é") == 7


LETTERS = st.text("ab .!?\n\u0301\u200d👋🏽🇵🇹。한\u11a8", max_size=80) | st.text(max_size=80)


@given(LETTERS, st.integers(4, 30), st.sampled_from([len, utf16_units, utf8_bytes]))
def test_the_parts_are_the_text_again_and_none_is_too_long(text: str, limit: int, size):
    parts = split_text(text, limit, size)

    assert "".join(parts) == text
    assert all(size(part) <= limit for part in parts)
    assert all(parts) or parts == [""]


def test_a_long_text_is_cut_in_good_time():
    parts = split_text("Where is my parcel? " * 5000, 4096)

    assert {part[-20:] for part in parts} == {"Where is my parcel? "}
