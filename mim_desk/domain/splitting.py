"""Cutting a long text into parts: after a paragraph, line, sentence or word, and never inside what reads as one character."""

import re
from bisect import bisect_right
from collections.abc import Callable
from enum import StrEnum
from typing import Final

from mim_desk.domain.graphemes import holds_together

Size = Callable[[str], int]


class Counting(StrEnum):
    """How a channel counts a text."""

    CHARACTERS = "characters"
    UTF_16 = "utf16"
    UTF_8 = "utf8"

    def size(self, text: str) -> int:
        """How long it is, so counted."""
        return _SIZES[self](text)


_ENDS: Final = tuple(
    re.compile(pattern)
    for pattern in (
        r"\n[^\S\n]*\n\s*",
        r"\n\s*",
        r"""[.!?…؟।။።][)\]}"'”’»]*\s+|[。！？｡]["'”’」』）]*\s*""",
        r"\s+",
    )
)
"""Where a part may end, the best first."""


def utf16_units(text: str) -> int:
    """How long providers count a text that count as JavaScript and Java do."""
    return len(text) + sum(ch > "\uffff" for ch in text)


def utf8_bytes(text: str) -> int:
    """How long providers count a text that count its bytes."""
    return len(text.encode("utf-8", "surrogatepass"))


_SIZES: Final = {Counting.CHARACTERS: len, Counting.UTF_16: utf16_units, Counting.UTF_8: utf8_bytes}


def split_text(text: str, limit: int, size: Size = len) -> list[str]:
    """``text`` in parts of at most ``limit``; joined they are the text again. White space stays with the part before it."""
    if size(text) <= limit:
        return [text]
    places = _places(text)
    parts: list[str] = []
    start = 0
    while start < len(text):
        end = _furthest(text, start, limit, size, places)
        if end < len(text):
            end = _best_end(text, start, end)
        parts.append(text[start:end])
        start = end
    return parts


def parts_before(text: str, limit: int, room: int, size: Size = len) -> list[str]:
    """``text`` in parts of at most ``limit`` of which the last, under which something stands, has at most ``room``."""
    *before, last = split_text(text, limit, size)
    return [*before, *split_text(last, min(room or limit, limit), size)]


def _places(text: str) -> list[int]:
    """Where one may cut: after each whole character as a reader sees it."""
    return [at for at in range(1, len(text)) if not holds_together(text, at)] + [len(text)]


def _furthest(text: str, start: int, limit: int, size: Size, places: list[int]) -> int:
    """The last place up to which a part from ``start`` is not too long; one code point at least."""
    low, high = start + 1, min(start + limit, len(text))
    while low < high:
        middle = (low + high + 1) // 2
        if size(text[start:middle]) <= limit:
            low = middle
        else:
            high = middle - 1
    found = bisect_right(places, low)
    place = places[found - 1] if found else 0
    return place if place > start else low


def _best_end(text: str, start: int, end: int) -> int:
    """The best end of a part in its second half, else ``end``."""
    half = start + (end - start) // 2
    for pattern in _ENDS:
        ends = (match.end() for match in pattern.finditer(text, start, end))
        found = [at for at in ends if at >= half and not holds_together(text, at)]
        if found:
            return found[-1]
    return end
