"""Where a text may be cut: not inside what a reader takes for one character (most of UAX 29)."""

import unicodedata
from typing import Final

_JOINER: Final = "\u200d"


def clusters(text: str) -> list[str]:
    """``text`` in characters as a reader sees them; joined they are the text again."""
    places = [at for at in range(1, len(text)) if not holds_together(text, at)]
    return [text[start:end] for start, end in zip([0, *places], [*places, len(text)], strict=True) if start < end]


def holds_together(text: str, at: int) -> bool:
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
        or ch in "\u200c\u0e33\u0eb3\uff9e\uff9f"
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
