"""Cutting a long text into parts: after a paragraph, line, sentence or word, and never inside what reads as one character."""

import re
import unicodedata
from bisect import bisect_right
from collections.abc import Callable
from typing import Final

Size = Callable[[str], int]

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
_JOINER: Final = "\u200d"


def utf16_units(text: str) -> int:
    """How long providers count a text that count as JavaScript and Java do."""
    return len(text) + sum(ch > "\uffff" for ch in text)


def utf8_bytes(text: str) -> int:
    """How long providers count a text that count its bytes."""
    return len(text.encode("utf-8", "surrogatepass"))


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


def _places(text: str) -> list[int]:
    """Where one may cut: after each whole character as a reader sees it."""
    return [at for at in range(1, len(text)) if not _holds_together(text, at)] + [len(text)]


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
        found = [at for at in ends if at >= half and not _holds_together(text, at)]
        if found:
            return found[-1]
    return end


def _holds_together(text: str, at: int) -> bool:
    """Whether the two code points around ``at`` are one character to a reader (most of UAX 29)."""
    before, after = text[at - 1], text[at]
    if before.isascii() and after.isascii():
        return before == "\r" and after == "\n"
    if before == _JOINER or _extends(after):
        return before not in "\r\n"
    if _is_flag(before) and _is_flag(after):
        return _flags_before(text, at) % 2 == 1
    return _is_one_syllable(before, after)


def _extends(ch: str) -> bool:
    return (
        ch == _JOINER
        or unicodedata.category(ch) in ("Mn", "Me", "Mc")
        or "\U0001f3fb" <= ch <= "\U0001f3ff"
        or "\U000e0020" <= ch <= "\U000e007f"
        or ch in "\u200c\uff9e\uff9f"
    )


def _is_flag(ch: str) -> bool:
    return "\U0001f1e6" <= ch <= "\U0001f1ff"


def _flags_before(text: str, at: int) -> int:
    count = 0
    while at > count and _is_flag(text[at - count - 1]):
        count += 1
    return count


def _is_one_syllable(before: str, after: str) -> bool:
    """Korean letters that are written as one block."""
    is_lead = "\u1100" <= before <= "\u115f" or "\ua960" <= before <= "\ua97c"
    is_vowel, is_tail = "\u1160" <= after <= "\u11a7", "\u11a8" <= after <= "\u11ff"
    if is_lead:
        return is_vowel or "\u1100" <= after <= "\u115f" or "\uac00" <= after <= "\ud7a3"
    if "\uac00" <= before <= "\ud7a3":
        return is_tail or (is_vowel and (ord(before) - 0xAC00) % 28 == 0)
    return ("\u1160" <= before <= "\u11a7" and (is_vowel or is_tail)) or ("\u11a8" <= before <= "\u11ff" and is_tail)
