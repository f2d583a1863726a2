"""What a reader takes for one character."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mim_desk.domain.graphemes import clusters

CASES = {
    "nothing": ("", []),
    "letters": ("ab", ["a", "b"]),
    "a mark on its letter": ("e\u0301b", ["e\u0301", "b"]),
    "a new line of two": ("\r\n\n", ["\r\n", "\n"]),
    "a skin on its hand": ("👋🏽👋", ["👋🏽", "👋"]),
    "a family": ("👨‍👩‍👧‍👦a", ["👨‍👩‍👧‍👦", "a"]),
    "flags": ("🇰🇷🇵🇹", ["🇰🇷", "🇵🇹"]),
    "a keycap": ("1\ufe0f\u20e3a", ["1\ufe0f\u20e3", "a"]),
    "a Korean block of letters": ("\u1112\u1161\u11ab한", ["\u1112\u1161\u11ab", "한"]),
    "a Thai vowel": ("น้ำดี", ["น้ำ", "ดี"]),
    "a vowel of Devanagari": ("कि", ["कि"]),
}


@pytest.mark.parametrize(("text", "wanted"), CASES.values(), ids=CASES.keys())
def test_a_text_falls_into_its_characters(text: str, wanted: list[str]):
    assert clusters(text) == wanted


@given(st.text())
def test_together_they_are_the_text(text: str):
    assert "".join(clusters(text)) == text
    assert all(clusters(text))
